/* The machine's harts: how the others are started and called, and the lock that all share. */
#include "firmware/vmm.h"

enum { SBI_HSM = 0x48534d, HSM_START = 0, SBI_IPI = 0x735049, IPI_SEND = 0 };

struct hart harts[HARTS_MAX];
unsigned hart_count;

static u8 stacks[HARTS_MAX][HART_STACK_SIZE] __attribute__((aligned(16)));

static u32 next_ticket, now_served;

void lock(void)
{
    u32 mine = __atomic_fetch_add(&next_ticket, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&now_served, __ATOMIC_ACQUIRE) != mine) cpu_relax();
}

void unlock(void)
{
    __atomic_store_n(&now_served, now_served + 1, __ATOMIC_RELEASE);
}

/* start.S comes here with a hart that the firmware has started. */
__attribute__((noreturn)) void hart_main(void)
{
    lock();
    host_setup();
    sched_run();
}

void hart_begin(u64 id)
{
    harts[0] = (struct hart){.id = id};
    hart_count = 1;
    __asm__ volatile("mv tp, %0" ::"r"(&harts[0]));
    lock();
}

static void start(u64 id)
{
    extern char start_secondary[];
    struct hart *h = &harts[hart_count];
    *h = (struct hart){.id = id, .stack_top = (u64)stacks[hart_count] + HART_STACK_SIZE};
    struct sbiret r = sbi_call(SBI_HSM, HSM_START, id, (u64)start_secondary, (u64)h);
    if (r.error)
        say("hart %lu does not start: the firmware's error is -%lu\n", id, 0 - (u64)r.error);
    else
        hart_count++;
}

void hart_start_others(void)
{
    u64 id = 0;
    for (unsigned n = 0; host_has_hart(n, &id) && hart_count < HARTS_MAX; n++)
        if (id != this_hart()->id) start(id);
}

void hart_kick(const struct hart *h)
{
    if (h != this_hart()) sbi_call(SBI_IPI, IPI_SEND, 1, h->id, 0);
}
