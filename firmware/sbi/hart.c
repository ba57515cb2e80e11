/* What vCPUs do to each other through the SBI: IPI, RFENCE, HSM, and SUSP. */
#include "firmware/sbi/sbi.h"

enum { HSM_STARTED = 0, HSM_STOPPED = 1, HSM_SUSPENDED = 4 };
enum { SUSPEND_RETENTIVE = 0 };
#define SUSPEND_NON_RETENTIVE BIT(31)

/* The vCPUs that a hart mask names, a bit for each; false if it names one that does not exist. */
static bool read_mask(const struct vm *vm, u64 mask, u64 base, u64 *set)
{
    u64 all = BIT(vm->vcpu_count) - 1;
    *set = base == ~0ull ? all : 0;
    if (base == ~0ull || !mask) return true;
    if (base >= vm->vcpu_count || mask & ~(all >> base)) return false;
    *set = mask << base;
    return true;
}

struct sbiret sbi_ipi(struct vcpu *v, u64 function, const u64 *a)
{
    u64 set;
    if (function != 0) return sbi_not_supported;
    if (!read_mask(v->vm, a[0], a[1], &set)) return sbi_invalid_param;
    for (unsigned i = 0; i < v->vm->vcpu_count; i++) {
        struct vcpu *to = v->vm->vcpus[i];
        if (!(set & BIT(i)) || to->state == STOPPED) continue;
        v->events[PMU_IPI_SENT]++;
        to->events[PMU_IPI_SENT + 1]++;
        to->post |= BIT(IRQ_VSS);
        sched_notify(to);
    }
    return sbi_success;
}

/* Functions: FENCE.I, SFENCE.VMA, and that for one ASID. The others are for hypervisors. Whatever
 * the guest asks for, all that a hart caches for the vCPU is dropped: what the guest would gain by
 * naming addresses is less than a kick costs. */
struct sbiret sbi_remote_fence(struct vcpu *v, u64 function, const u64 *a)
{
    static const u8 events[] = {PMU_FENCE_I_SENT, PMU_SFENCE_VMA_SENT, PMU_SFENCE_ASID_SENT};
    u64 set;
    if (function >= sizeof events) return sbi_not_supported;
    if (!read_mask(v->vm, a[0], a[1], &set)) return sbi_invalid_param;
    v->events[events[function]]++;
    for (unsigned i = 0; i < v->vm->vcpu_count; i++)
        if (set & BIT(i)) v->vm->vcpus[i]->events[events[function] + 1]++;
    world_fence(v->vm, set);
    return sbi_success;
}

static struct sbiret start(struct vm *vm, const u64 *a)
{
    if (a[0] >= vm->vcpu_count) return sbi_invalid_param;
    struct vcpu *to = vm->vcpus[a[0]];
    if (to->state != STOPPED) return (struct sbiret){SBI_ERR_ALREADY_AVAILABLE, 0};
    if (!vm_has_ram(vm, a[1], 1)) return (struct sbiret){SBI_ERR_INVALID_ADDRESS, 0};
    world_reset(to);
    world_start(to, a[1], a[2]);
    sched_make_runnable(to);
    return sbi_success;
}

static bool others_stopped(const struct vcpu *v)
{
    for (unsigned i = 0; i < v->vm->vcpu_count; i++)
        if (v->vm->vcpus[i] != v && v->vm->vcpus[i]->state != STOPPED) return false;
    return true;
}

static struct sbiret stop(struct vcpu *v)
{
    v->state = STOPPED;
    if (others_stopped(v)) vm_end(v->vm, "stopped its last hart");
    return sbi_success;
}

static struct sbiret status(const struct vm *vm, u64 id)
{
    if (id >= vm->vcpu_count) return sbi_invalid_param;
    const struct vcpu *of = vm->vcpus[id];
    u64 state = of->state == STOPPED ? HSM_STOPPED : of->suspended ? HSM_SUSPENDED : HSM_STARTED;
    return (struct sbiret){SBI_SUCCESS, state};
}

/* Waits as WFI does; afterwards goes on behind the call, or anew at a[0]. */
static struct sbiret suspend(struct vcpu *v, bool anew, const u64 *a)
{
    if (anew && !vm_has_ram(v->vm, a[0], 1)) return (struct sbiret){SBI_ERR_INVALID_ADDRESS, 0};
    if (anew) {
        v->resume_pc = a[0];
        v->resume_argument = a[1];
    }
    v->suspended = exit_wait(v) == SWITCH;
    return sbi_success;
}

struct sbiret sbi_hart_state(struct vcpu *v, u64 function, const u64 *a)
{
    switch (function) {
    case 0: return start(v->vm, a);
    case 1: return stop(v);
    case 2: return status(v->vm, a[0]);
    case 3:
        if ((u32)a[0] != SUSPEND_RETENTIVE && (u32)a[0] != SUSPEND_NON_RETENTIVE)
            return sbi_invalid_param;
        return suspend(v, (u32)a[0] == SUSPEND_NON_RETENTIVE, a + 1);
    default: return sbi_not_supported;
    }
}

/* Suspend to RAM, type 0, is the last hart's suspension here. */
struct sbiret sbi_suspend(struct vcpu *v, u64 function, const u64 *a)
{
    if (function != 0) return sbi_not_supported;
    if ((u32)a[0] != 0) return sbi_invalid_param;
    if (!others_stopped(v)) return (struct sbiret){SBI_ERR_DENIED, 0};
    return suspend(v, true, a + 1);
}
