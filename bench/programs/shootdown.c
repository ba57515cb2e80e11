/* TLB shootdowns: hart 0 maps one of 33 pages to its other memory, interrupts all other harts,
 * which read these pages the whole time, and goes on when each has fenced that page, as a kernel
 * does by way of its firmware. Then it reads all 33 itself. An event is a change. */
#include "csr.h"
#include "paging.h"

enum { CHANGES = 66, PAGES = 33, LINE = 64 };
#define WINDOW  0x40000000ull
#define CLINT   0x2000000ull /* one word a hart: its software interrupt */
#define MSIP(k) (((volatile u32 *)CLINT)[k])

static u64 *memory[PAGES][2]; /* what each page is mapped to in turn */

static struct {
    _Alignas(LINE) u64 value;
} ready, answered, page_changed;
static u64 root; /* satp; 0 until there is one */

static u64 read_pages(void)
{
    u64 sum = 0;
    for (u64 va = WINDOW; va < WINDOW + PAGES * PAGE; va += PAGE) sum += *(volatile u64 *)va;
    return sum;
}

/* ---- the other harts ---- */

__attribute__((interrupt("machine"), aligned(4))) static void fence_page(void)
{
    MSIP(csr_read(mhartid)) = 0;
    __asm__ volatile("fence o, rw\n sfence.vma %0, zero" ::"r"(page_changed.value) : "memory");
    __atomic_add_fetch(&answered.value, 1, __ATOMIC_ACQ_REL);
}

static void read_for_ever(void)
{
    __atomic_add_fetch(&ready.value, 1, __ATOMIC_ACQ_REL);
    for (;;) read_pages();
}

void another_hart(u64 hartid)
{
    (void)hartid;
    u64 satp;
    while (!(satp = __atomic_load_n(&root, __ATOMIC_ACQUIRE))) __asm__ volatile("pause");
    csr_write(pmpaddr0, ~0ull);
    csr_write(pmpcfg0, 0x1f);
    csr_write(satp, satp);
    csr_write(mtvec, fence_page);
    csr_write(mie, BIT(3));
    csr_clear(mstatus, STATUS_MPP);
    csr_set(mstatus, STATUS_MPP_S);
    csr_write(mepc, read_for_ever);
    __asm__ volatile("sfence.vma\n mret" ::: "memory");
}

/* ---- hart 0 ---- */

static void prepare(void)
{
    for (u64 k = 0; k < PAGES; k++) {
        for (u64 which = 0; which < 2; which++) {
            memory[k][which] = heap(PAGE);
            *memory[k][which] = xorshift(2 * k + which + 1);
        }
        map(current_root(), WINDOW + k * PAGE, (u64)memory[k][0], PAGE, LEAF_4K, PTE_KERNEL);
    }
    map(current_root(), CLINT, CLINT, PAGE, LEAF_4K, PTE_KERNEL);
    __asm__ volatile("sfence.vma" ::: "memory");
    __atomic_store_n(&root, csr_read(satp), __ATOMIC_RELEASE);
    while (__atomic_load_n(&ready.value, __ATOMIC_ACQUIRE) < params.harts - 1)
        __asm__ volatile("pause");
}

static void shoot_down(u64 va)
{
    page_changed.value = va;
    answered.value = 0;
    __asm__ volatile("fence w, ow" ::: "memory");
    for (u64 k = 1; k < params.harts; k++) MSIP(k) = 1;
    __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
    while (__atomic_load_n(&answered.value, __ATOMIC_ACQUIRE) < params.harts - 1)
        __asm__ volatile("pause");
}

/* Each page changes an even number of times, so a round ends as it began. */
static u64 work(void)
{
    u64 sum = 0, *last_level = leaf_of(current_root(), WINDOW);
    for (u64 k = 0, which = 1; k < CHANGES; which ^= 1)
        for (u64 page = 0; page < PAGES; page++, k++) {
            last_level[page] = pte((u64)memory[page][which], PTE_KERNEL);
            shoot_down(WINDOW + page * PAGE);
            sum = mix(sum, read_pages());
            events++;
        }
    return sum;
}

const struct program program = {.prepare = prepare, .work = work};
