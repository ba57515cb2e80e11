/* params.harts harts compute, each on its own, and meet after each round. The work is divided among
 * them, so that a round costs the same however many there are. An event is an iteration of any. */
#include "frame.h"

enum { ITERATIONS = 1024 * 1024, HARTS_MAX = 64, LINE = 64 };

static struct {
    _Alignas(LINE) u64 checksum;
} part[HARTS_MAX];
static u64 arrived, round_number;

static u64 compute(u64 seed, u64 iterations)
{
    u64 x = seed + 1, sum = 0;
    for (u64 k = 0; k < iterations; k++) {
        x = xorshift(x);
        if (x & 0x100) sum += x;
    }
    return sum;
}

static void do_part(u64 hartid)
{
    part[hartid].checksum = compute(hartid, ITERATIONS / params.harts);
    __atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);
}

void another_hart(u64 hartid)
{
    for (u64 done = 0;; done++) {
        while (__atomic_load_n(&round_number, __ATOMIC_ACQUIRE) == done) __asm__ volatile("pause");
        do_part(hartid);
    }
}

static u64 work(void)
{
    arrived = 0;
    __atomic_add_fetch(&round_number, 1, __ATOMIC_RELEASE);
    do_part(0);
    while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < params.harts) __asm__ volatile("pause");
    u64 sum = 0;
    for (u64 k = 0; k < params.harts; k++) sum = mix(sum, part[k].checksum);
    events += ITERATIONS;
    return sum;
}

const struct program program = {.work = work};
