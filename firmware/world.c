/* The world switch: which vCPU's state is on the hart. */
#include "firmware/vmm.h"
#include "firmware/world.h"

_Static_assert(offsetof(struct vcpu, x) == VCPU_X(0) && offsetof(struct vcpu, pc) == VCPU_PC &&
                   offsetof(struct vcpu, sstatus) == VCPU_SSTATUS &&
                   offsetof(struct vcpu, hstatus) == VCPU_HSTATUS &&
                   offsetof(struct vcpu, f) == VCPU_F(0) &&
                   offsetof(struct vcpu, fcsr) == VCPU_FCSR,
               "world.S");

void world_enter(struct vcpu *v);
void fp_save(struct vcpu *v);
void fp_restore(const struct vcpu *v);

/* What is kept in CSRs while the vCPU is on the hart. scounteren has no VS counterpart: the guest
 * uses the real one. vsatp and the timer have their own rules below. */
/* clang-format off */
#define EACH_WORLD_CSR(act) \
    act(vsstatus) act(vsie) act(vstvec) act(vsscratch) act(vsepc) act(vscause) act(vstval) \
    act(hvip) act(scounteren)
/* What only some harts have. No guest is told of it but of senvcfg, yet where there is no hstateen0
 * to close it each could leave others a word there. */
#define EACH_OPTIONAL_CSR(act) act(senvcfg) act(vsiselect) act(scontext) act(jvt)

#define SAVE(csr) v->csr = csr_read(csr);
#define LOAD(csr) csr_write(csr, v->csr);
#define ZERO(csr) v->csr = 0;
#define SAVE_OPTIONAL(csr) if (host.csr) SAVE(csr)
#define LOAD_OPTIONAL(csr) if (host.csr) LOAD(csr)
/* clang-format on */

void world_start(struct vcpu *v, u64 pc, u64 argument)
{
    memset(v->x, 0, sizeof v->x);
    v->pc = pc;
    v->x[10] = v->id;
    v->x[11] = argument;
    v->sstatus = SSTATUS_UXL_64 | SSTATUS_SPP | (v->sstatus & SSTATUS_FS);
    v->hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV | HSTATUS_VTW;
    v->vsstatus = SSTATUS_UXL_64;
    v->vsatp = 0;
}

void world_reset(struct vcpu *v)
{
    EACH_WORLD_CSR(ZERO)
    EACH_OPTIONAL_CSR(ZERO)
    v->scounteren = COUNTEREN_ALL; /* as kernels find it on real firmware, and rely on */
    v->post = 0;
    v->henvcfg = host.henvcfg;
    v->locked_features = 0;
    v->timer = v->steal_gpa = NEVER;
}

/* The guest's floating point made sstatus.FS Dirty when it wrote a register: only then is there
 * anything to save. */
static void save_fp(struct vcpu *v)
{
    if ((v->sstatus & SSTATUS_FS) != SSTATUS_FS) return;
    csr_set(sstatus, SSTATUS_FS);
    fp_save(v);
    v->sstatus = (v->sstatus & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

/* The registers are still this vCPU's if it was the last to have its values put there and has not
 * been on another hart since. */
static void load_fp(struct vcpu *v)
{
    struct hart *h = this_hart();
    if (!host.fp || (h->fp_owner == v && v->last_hart == h)) return;
    csr_set(sstatus, SSTATUS_FS);
    fp_restore(v);
    v->sstatus = (v->sstatus & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
    h->fp_owner = v;
}

static void take_off(struct vcpu *v)
{
    EACH_WORLD_CSR(SAVE)
    EACH_OPTIONAL_CSR(SAVE_OPTIONAL)
    v->vsatp = csr_read(vsatp);
    if (host.sstc) v->timer = csr_read(vstimecmp);
    save_fp(v);
    v->hart = NULL;
    /* In this order, lest one VM's VS-stage translations be cached under another's VMID
     * (hypervisor chapter, "Memory-Management Fences", note). */
    csr_write(vsatp, 0);
    csr_write(hgatp, 0);
}

/* All vCPUs of a VM have its VMID, but each thinks that it has a TLB of its own: the guest fences
 * only the hart on which it changed something. So what this hart caches is good only for the vCPU
 * that it last ran, and only if that has not been elsewhere. */
static bool has_stale_entries(const struct vcpu *v)
{
    const struct hart *h = this_hart();
    return v->last_hart != h || v->vm->last_vcpu[h - harts] != v;
}

static void put_on(struct vcpu *v)
{
    struct hart *h = this_hart();
    EACH_WORLD_CSR(LOAD)
    EACH_OPTIONAL_CSR(LOAD_OPTIONAL)
    if (host.henvcfg_can) csr_write(henvcfg, v->henvcfg);
    csr_write(htimedelta, v->vm->htimedelta);
    if (host.sstc) csr_write(vstimecmp, v->timer);
    load_fp(v);
    gstage_select(v->vm);
    if (has_stale_entries(v)) v->fence = true;
    csr_write(vsatp, v->vsatp);
    v->vm->last_vcpu[h - harts] = v;
    v->hart = v->last_hart = h;
    v->vm->stats.numbers[SWITCHES]++;
}

void world_switch(struct vcpu *v)
{
    struct hart *h = this_hart();
    if (h->vcpu == v) return;
    /* A vCPU's LR must not let its SC succeed when it comes back: the next one on this hart may
     * have stored there meanwhile, and only another hart's stores are sure to end a reservation. An
     * SC to what nobody has reserved fails, and ends it (A extension,
     * "Load-Reserved/Store-Conditional Instructions"). */
    __asm__ volatile("sc.d zero, zero, (%0)" ::"r"(h) : "memory");
    if (h->vcpu) take_off(h->vcpu);
    if (v) put_on(v);
    h->vcpu = v;
}

void world_deliver(struct vcpu *v)
{
    csr_clear(hvip, BIT(IRQ_VSE));
    csr_set(hvip, v->post | (v->external ? BIT(IRQ_VSE) : 0));
    v->post = 0;
    gstage_catch_up(v->vm);
    if (!v->fence) return;
    v->fence = false;
    hfence_vvma_all();
    fence_i();
}

static bool all_fenced(const struct vm *vm, u64 set)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if ((set & BIT(i)) && vm->vcpus[i]->in_guest && vm->vcpus[i]->fence) return false;
    return true;
}

/* A vCPU that is not in the guest now fences before it is there again, so only the others have to
 * be waited for. */
void world_fence(struct vm *vm, u64 set)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++) {
        struct vcpu *v = vm->vcpus[i];
        if (set & BIT(i)) v->fence = true;
        if (v->fence && v->in_guest) hart_kick(v->hart);
    }
    while (!all_fenced(vm, set)) {
        unlock();
        cpu_relax();
        lock();
    }
}

struct trap world_run(struct vcpu *v)
{
    world_deliver(v);
    v->in_guest = true;
    unlock();
    u64 instret = host_instret(), cycle = host.instret ? csr_read(cycle) : 0;
    world_enter(v);
    instret = host_instret() - instret;
    if (host.instret) v->events[PMU_CYCLES] += csr_read(cycle) - cycle;
    struct trap t = {csr_read(scause), csr_read(stval), csr_read(htval), csr_read(htinst)};
    lock();
    v->in_guest = false;
    v->events[PMU_INSTRUCTIONS] += instret;
    v->vm->stats.numbers[IN_GUEST] += instret;
    return t;
}
