/* Page-table changes: one of 33 pages is mapped to its other memory, fenced by address, and all 33
 * are read. An event is a change. */
#include "csr.h"
#include "paging.h"

enum { CHANGES = 3300, PAGES = 33 };
#define WINDOW 0x40000000ull

static u64 *memory[PAGES][2]; /* what each page is mapped to in turn */

static void prepare(void)
{
    for (u64 k = 0; k < PAGES; k++) {
        for (u64 which = 0; which < 2; which++) {
            memory[k][which] = heap(PAGE);
            *memory[k][which] = xorshift(2 * k + which + 1);
        }
        map(current_root(), WINDOW + k * PAGE, (u64)memory[k][0], PAGE, LEAF_4K, PTE_KERNEL);
    }
    __asm__ volatile("sfence.vma" ::: "memory");
}

static u64 touch(void)
{
    u64 sum = 0;
    for (u64 va = WINDOW; va < WINDOW + PAGES * PAGE; va += PAGE) sum += *(volatile u64 *)va;
    return sum;
}

/* Each page changes an even number of times, so a round ends as it began. */
static u64 work(void)
{
    u64 sum = 0, *last_level = leaf_of(current_root(), WINDOW);
    for (u64 k = 0, which = 1; k < CHANGES; which ^= 1)
        for (u64 page = 0; page < PAGES; page++, k++) {
            u64 va = WINDOW + page * PAGE;
            last_level[page] = pte((u64)memory[page][which], PTE_KERNEL);
            __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
            sum = mix(sum, touch());
            events++;
        }
    return sum;
}

const struct program program = {.prepare = prepare, .work = work};
