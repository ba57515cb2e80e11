/* World switches: a guest calls by ecall, the host in HS-mode under its own page table takes it
 * with all registers, answers in a0, and enters the guest again. An event is a call. */
#include "world.h"

enum { CALLS = 5000 };
static struct vcpu guest;

static void guest_program(void)
{
    __asm__ volatile("1: ecall\n j 1b");
}

static void prepare(void)
{
    guest_paging(guest_memory(), 1);
}

struct vcpu *guest_exit(struct vcpu *v, u64 cause)
{
    must(cause == CAUSE_ECALL_VS);
    v->sepc += 4;
    v->x[10] = xorshift(v->x[10]);
    return ++events % CALLS ? v : NULL;
}

static u64 work(void)
{
    guest_begin(&guest, guest_program);
    guest.x[10] = 42;
    run_guest(&guest);
    return guest.x[10];
}

const struct program program = {.prepare = prepare, .work = work, .delegated = BIT(CAUSE_ECALL_VS)};
