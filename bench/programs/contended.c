/* params.harts harts add to one word by AMO, and meet after each round. How often is divided among
 * them, so that a round adds as much however many there are. An event is an AMO of any. */
#include "frame.h"

enum { ADDITIONS = 1024 * 1024, LINE = 64 };

static struct {
    _Alignas(LINE) u64 value;
} word, arrived, round_number;

static void do_part(void)
{
    for (u64 k = 0; k < ADDITIONS / params.harts; k++)
        __atomic_fetch_add(&word.value, 1, __ATOMIC_RELAXED);
    __atomic_add_fetch(&arrived.value, 1, __ATOMIC_ACQ_REL);
}

void another_hart(u64 hartid)
{
    (void)hartid;
    for (u64 done = 0;; done++) {
        while (__atomic_load_n(&round_number.value, __ATOMIC_ACQUIRE) == done)
            __asm__ volatile("pause");
        do_part();
    }
}

static u64 work(void)
{
    u64 before = word.value;
    arrived.value = 0;
    __atomic_add_fetch(&round_number.value, 1, __ATOMIC_RELEASE);
    do_part();
    while (__atomic_load_n(&arrived.value, __ATOMIC_ACQUIRE) < params.harts)
        __asm__ volatile("pause");
    events += ADDITIONS;
    return word.value - before;
}

const struct program program = {.work = work};
