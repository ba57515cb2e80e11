/* System calls: a program in U-mode asks, the kernel in S-mode saves all registers, looks the call
 * up in a table, answers, and restores them. The same in VU and VS without leaving the guest. An
 * event is a call. */
#include "csr.h"
#include "paging.h"

enum { CALLS = 5000 };
#define USER_PROGRAM 0x40000000ull

struct frame { /* syscall.S knows the offsets */
    u64 x[32];
    u64 kernel_sp, sepc, sstatus;
};

extern char user_start[], user_end[];
void run_user(struct frame *f);
static struct frame frame;

static bool call_end(struct frame *f)
{
    (void)f;
    return false;
}

static bool call_step(struct frame *f)
{
    f->x[10] = xorshift(f->x[10]);
    return true;
}

static bool (*const calls[])(struct frame *f) = {call_end, call_step};

/* False: the program has ended. */
bool system_call(struct frame *f, u64 cause)
{
    u64 number = f->x[17];
    must(cause == CAUSE_ECALL_U && number < sizeof calls / sizeof calls[0]);
    f->sepc += 4;
    events++;
    return calls[number](f);
}

static void prepare(void)
{
    map(current_root(), USER_PROGRAM, (u64)user_start, (u64)(user_end - user_start), LEAF_4K,
        PTE_USER);
    __asm__ volatile("sfence.vma" ::: "memory");
}

static u64 work(void)
{
    u64 before = events;
    frame.sepc = USER_PROGRAM;
    frame.sstatus = (csr_read(sstatus) | STATUS_SPIE) & ~STATUS_SPP;
    frame.x[10] = 42;
    frame.x[11] = CALLS - 1; /* and one to end */
    run_user(&frame);
    must(events - before == CALLS);
    return frame.x[10];
}

const struct program program = {.prepare = prepare, .work = work, .delegated = BIT(CAUSE_ECALL_U)};
