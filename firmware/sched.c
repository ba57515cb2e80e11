/* Whose turn it is. Each VM's time on the harts is counted, the slower the greater its weight
 * (`vruntime`), and the VM that had the least goes first, whichever of its vCPUs is ready. A turn
 * lasts a slice, or until the vCPU waits or its VM ends; longer while nobody else wants the hart.
 */
#include "firmware/devices/devices.h"

/* A long slice while nobody else is ready; who wakes up waits for the shortest before it is his
 * turn. Polls are of the terminal. */
enum { SLICES_PER_SECOND = 200, LONG_SLICES_PER_SECOND = 20, SHORTEST_SLICES_PER_SECOND = 1000 };
enum { POLLS_PER_SECOND = 100 };

#define EACH_VCPU(vm, v)                                                                           \
    for (struct vm *vm = vms; vm; vm = vm->next)                                                   \
        for (struct vcpu * v, **at_ = vm->vcpus;                                                   \
             at_ < vm->vcpus + vm->vcpu_count && (v = *at_, 1); at_++)

/* What the VM had that ran last: nobody who slept may claim much more than what it missed. */
static u64 vruntime_floor;
static u64 next_poll;

static u64 ticks(u64 per_second)
{
    return host.timebase / per_second;
}

static bool is_ready(struct vcpu *v)
{
    if (v->vm->state != LIVE) return false;
    if (v->state == WAITING && timer_now() >= v->wake_at) sched_make_runnable(v);
    return v->state == RUNNABLE && (!v->hart || v->hart == this_hart());
}

static bool is_before(const struct vcpu *a, const struct vcpu *b)
{
    return a->vm == b->vm ? a->ran < b->ran : a->vm->vruntime < b->vm->vruntime;
}

/* The vCPU that should have this hart now, if not this one; NULL if none is ready. */
static struct vcpu *pick(const struct vcpu *but)
{
    struct vcpu *best = NULL;
    EACH_VCPU(vm, v)
    if (v != but && is_ready(v) && (!best || is_before(v, best))) best = v;
    return best;
}

static u64 first_wake(void)
{
    u64 first = NEVER;
    EACH_VCPU(vm, v)
    if (vm->state == LIVE && v->state == WAITING) first = min(first, v->wake_at);
    return first;
}

/* One that sleeps until then at most. */
static struct hart *idle_hart(u64 until)
{
    for (struct hart *h = harts; h < harts + hart_count; h++)
        if (h->idle && h->alarm <= until) return h;
    return NULL;
}

/* One hart looks after the terminal. */
static u64 poll_due(void)
{
    return this_hart() == harts ? next_poll : NEVER;
}

void sched_arm(const struct vcpu *v)
{
    const struct hart *h = this_hart();
    u64 at = min(h->slice_end, poll_due()), wake = first_wake();
    /* A hart that sleeps sees to those who wake up, if they already slept when it began to. */
    if (!idle_hart(wake))
        at = min(at, max(wake, h->slice_begin + ticks(SHORTEST_SLICES_PER_SECOND)));
    if (!host.sstc) at = min(at, timer_deadline(v));
    timer_wake_host(at);
}

/* At most so often, because each look costs a call of the firmware. */
static void poll_console(void)
{
    if (timer_now() < poll_due()) return;
    next_poll = timer_now() + ticks(POLLS_PER_SECOND);
    console_poll();
}

enum next sched_tick(struct vcpu *v)
{
    const struct hart *h = this_hart();
    u64 now = timer_now();
    timer_update(v);
    poll_console();
    if (now >= h->slice_end) return SWITCH;
    if (now >= h->slice_begin + ticks(SHORTEST_SLICES_PER_SECOND) && pick(NULL) != v) return SWITCH;
    sched_arm(v);
    return STAY;
}

/* Finds a hart for one who has become ready: one that sleeps, or that had been told it may run its
 * vCPU for long. Else it waits for the end of somebody's slice. */
static void find_hart(void)
{
    struct hart *h = idle_hart(NEVER);
    u64 end = timer_now() + ticks(SHORTEST_SLICES_PER_SECOND);
    if (!h)
        for (h = harts; h < harts + hart_count && h->slice_end <= end; h++) continue;
    if (h == harts + hart_count) return;
    h->idle = false;
    h->slice_end = end;
    if (h == this_hart() && h->vcpu) sched_arm(h->vcpu);
    hart_kick(h);
}

void sched_make_runnable(struct vcpu *v)
{
    u64 slice = ticks(SLICES_PER_SECOND);
    v->state = RUNNABLE;
    v->suspended = false;
    v->since = timer_now();
    if (vruntime_floor > slice) v->vm->vruntime = max(v->vm->vruntime, vruntime_floor - slice);
    find_hart();
}

void sched_notify(struct vcpu *v)
{
    if (v->state == WAITING)
        sched_make_runnable(v);
    else if (v->in_guest)
        hart_kick(v->hart);
}

/* A vCPU that suspended itself for good goes on where it asked to, with interrupts as they are. */
static void resume(struct vcpu *v)
{
    if (v->hart) world_switch(NULL);
    world_start(v, v->resume_pc, v->resume_argument);
    v->resume_pc = 0;
}

static void begin_slice(struct vcpu *v)
{
    struct hart *h = this_hart();
    u64 now = timer_now();
    if (v->resume_pc) resume(v);
    v->steal += now - v->since;
    v->vm->stats.numbers[STEAL] += now - v->since;
    vruntime_floor = max(vruntime_floor, v->vm->vruntime);
    h->slice_begin = now;
    h->slice_end = now + ticks(pick(v) ? SLICES_PER_SECOND : LONG_SLICES_PER_SECOND);
    world_switch(v);
    timer_update(v);
    sbi_report_steal(v);
    sched_arm(v);
    v->vm->stats.numbers[SLICES]++;
}

static void end_slice(struct vcpu *v)
{
    u64 now = timer_now(), ran = now - this_hart()->slice_begin;
    v->ran += ran;
    v->vm->vruntime += ran * WEIGHT_DEFAULT / v->vm->weight;
    v->since = now;
    if (v->vm->state != ENDED) return;
    world_switch(NULL);
    vm_release(v->vm);
}

static void run_slice(struct vcpu *v)
{
    struct vm *vm = v->vm;
    enum next next;
    begin_slice(v);
    do {
        struct trap t = world_run(v);
        next = exit_handle(v, &t);
    } while (next == STAY && vm->state == LIVE);
    end_slice(v);
}

/* Nothing can wake this VM: each vCPU waits without a timer and without listening to devices. */
static bool is_stuck(const struct vm *vm)
{
    if (vm->state != LIVE) return false;
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        const struct vcpu *v = vm->vcpus[i];
        if (v->state == RUNNABLE) return false;
        if (v->state == WAITING && (v->wake_at != NEVER || (v->vsie & BIT(IRQ_SEXT)))) return false;
    }
    return true;
}

static void end_the_stuck(void)
{
    for (struct vm *vm = vms; vm; vm = vm->next)
        if (is_stuck(vm)) {
            vm_end(vm, "it waits for an interrupt that cannot come");
            vm_release(vm);
        }
}

static bool any_left(void)
{
    for (const struct vm *vm = vms; vm; vm = vm->next)
        if (vm->state != ENDED) return true;
    return false;
}

static void idle(void)
{
    struct hart *h = this_hart();
    world_switch(NULL);
    h->idle = true;
    h->alarm = min(first_wake(), poll_due());
    timer_wake_host(h->alarm);
    unlock();
    __asm__ volatile("wfi");
    lock();
    h->idle = false;
    csr_clear(sip, BIT(IRQ_SSOFT));
    if (csr_read(sip) & csr_read(sie) & BIT(IRQ_SEXT)) direct_interrupt();
    poll_console();
}

void sched_run(void)
{
    for (;;) {
        struct vcpu *v = pick(NULL);
        if (v) {
            run_slice(v);
            continue;
        }
        if (first_wake() == NEVER) {
            world_switch(NULL);
            end_the_stuck();
        }
        if (!any_left()) break;
        idle();
    }
    say("all VMs have ended\n");
    stats_report(NULL);
    host_shutdown(false);
}
