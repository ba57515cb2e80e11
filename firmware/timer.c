/* Time: the host's timer, which ends slices and waits, and the guests' timers. With Sstc a guest's
 * timer is vstimecmp and needs no help while its vCPU is on the hart; without, SBI calls set it,
 * the host's timer stands in, and hvip.VSTIP tells the guest. */
#include "firmware/vmm.h"

enum { SBI_TIME = 0x54494d45 };

u64 timer_now(void)
{
    return csr_read(time);
}

void timer_wake_host(u64 at)
{
    if (host.sstc)
        csr_write(stimecmp, at);
    else
        sbi_call(SBI_TIME, 0, at, 0, 0);
}

void timer_set(struct vcpu *v, u64 at)
{
    if (host.sstc) {
        csr_write(vstimecmp, at);
        return;
    }
    v->timer = at;
    csr_clear(hvip, BIT(IRQ_VST));
    timer_update(v);
    sched_arm(v);
}

void timer_update(struct vcpu *v)
{
    if (host.sstc || v->timer == NEVER || timer_now() + v->vm->htimedelta < v->timer) return;
    csr_set(hvip, BIT(IRQ_VST));
    v->timer = NEVER;
}

u64 timer_deadline(const struct vcpu *v)
{
    u64 at = host.sstc ? csr_read(vstimecmp) : v->timer;
    u64 host_at = at - v->vm->htimedelta;
    return v->vm->htimedelta && host_at < at ? NEVER : host_at;
}
