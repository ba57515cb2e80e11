/* Round robin over the VMs: each has the hart for a slice, or until it waits or ends. */
#include "firmware/vmm.h"

enum { SLICES_PER_SECOND = 200 };

static u64 slice_end;

void sched_arm(const struct vcpu *v)
{
    u64 at = slice_end;
    if (!host.sstc && timer_deadline(v) < at) at = timer_deadline(v);
    timer_wake_host(at);
}

enum next sched_tick(struct vcpu *v)
{
    timer_update(v);
    if (timer_now() >= slice_end) return SWITCH;
    sched_arm(v);
    return STAY;
}

static void run_slice(struct vcpu *v)
{
    struct vm *vm = v->vm;
    enum next next;
    world_switch(v);
    timer_update(v);
    slice_end = timer_now() + host.timebase / SLICES_PER_SECOND;
    sched_arm(v);
    vm->slices++;
    do {
        u64 begin = host_instret();
        struct trap t = world_run(v);
        vm->ran += host_instret() - begin;
        next = exit_handle(v, &t);
    } while (next == STAY);
    if (v->state == ENDED) vm_release(vm);
}

static bool is_ready(struct vcpu *v)
{
    if (v->state == WAITING && timer_now() >= v->wake_at) v->state = RUNNABLE;
    return v->state == RUNNABLE;
}

/* The first VM that can run, from `from` on and around. */
static struct vm *find_ready(struct vm *from)
{
    struct vm *vm = from;
    do {
        if (is_ready(&vm->vcpu)) return vm;
        vm = vm->next ? vm->next : vms;
    } while (vm != from);
    return NULL;
}

/* Sleeps until a vCPU's wait is over; false if no VM is left that could ever wake. */
static bool idle(void)
{
    u64 wake_at = NEVER;
    for (struct vm *vm = vms; vm; vm = vm->next)
        if (vm->vcpu.state == WAITING && vm->vcpu.wake_at < wake_at) wake_at = vm->vcpu.wake_at;
    if (wake_at == NEVER) return false;
    timer_wake_host(wake_at);
    while (timer_now() < wake_at) __asm__ volatile("wfi");
    return true;
}

void sched_run(void)
{
    csr_write(CSR_SIE, BIT(IRQ_STIMER));
    for (struct vm *vm = vms; vm;) {
        struct vm *ready = find_ready(vm);
        if (!ready && !idle()) break;
        if (!ready) continue;
        run_slice(&ready->vcpu);
        vm = ready->next ? ready->next : vms;
    }
    for (struct vm *vm = vms; vm; vm = vm->next)
        if (vm->vcpu.state == WAITING) vm_end(vm, "it waits for an interrupt that cannot come");
}
