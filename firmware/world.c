/* The world switch: which vCPU's state is on the hart. */
#include "firmware/vmm.h"
#include "firmware/world.h"

_Static_assert(offsetof(struct vcpu, x) == VCPU_X(0), "world.S");
_Static_assert(offsetof(struct vcpu, pc) == VCPU_PC, "world.S");
_Static_assert(offsetof(struct vcpu, sstatus) == VCPU_SSTATUS, "world.S");
_Static_assert(offsetof(struct vcpu, hstatus) == VCPU_HSTATUS, "world.S");
_Static_assert(offsetof(struct vcpu, f) == VCPU_F(0), "world.S");
_Static_assert(offsetof(struct vcpu, fcsr) == VCPU_FCSR, "world.S");

void world_enter(struct vcpu *v);
void fp_save(struct vcpu *v);
void fp_restore(const struct vcpu *v);

static struct vcpu *on_hart;

/* What is kept in CSRs while the vCPU is on the hart. scounteren has no VS counterpart: the guest
 * uses the real one. vsatp, senvcfg and the timer have their own rules below. */
/* clang-format off */
#define EACH_WORLD_CSR(act) \
    act(CSR_VSSTATUS,   vsstatus) \
    act(CSR_VSIE,       vsie) \
    act(CSR_VSTVEC,     vstvec) \
    act(CSR_VSSCRATCH,  vsscratch) \
    act(CSR_VSEPC,      vsepc) \
    act(CSR_VSCAUSE,    vscause) \
    act(CSR_VSTVAL,     vstval) \
    act(CSR_HVIP,       hvip) \
    act(CSR_SCOUNTEREN, scounteren)
/* clang-format on */

#define SAVE(csr, field) v->field = csr_read(csr);
#define LOAD(csr, field) csr_write(csr, v->field);

void world_start(struct vcpu *v, u64 pc, u64 tree)
{
    v->pc = pc;
    v->x[10] = 0; /* hartid */
    v->x[11] = tree;
    v->sstatus = SSTATUS_UXL_64 | SSTATUS_SPP;
    v->hstatus = HSTATUS_VSXL_64 | HSTATUS_SPV | HSTATUS_VTW;
    v->vsstatus = SSTATUS_UXL_64;
    v->timer = NEVER;
    /* The guest's time begins now. Read back: htimedelta is zero where time is not implemented. */
    csr_write(CSR_HTIMEDELTA, 0 - timer_now());
    v->htimedelta = csr_read(CSR_HTIMEDELTA);
}

/* The guest's floating point made sstatus.FS Dirty when it wrote a register: only then is there
 * anything to save. */
static void save_fp(struct vcpu *v)
{
    if ((v->sstatus & SSTATUS_FS) != SSTATUS_FS) return;
    csr_set(CSR_SSTATUS, SSTATUS_FS);
    fp_save(v);
}

static void load_fp(struct vcpu *v)
{
    if (!host.fp) return;
    csr_set(CSR_SSTATUS, SSTATUS_FS);
    fp_restore(v);
    v->sstatus = (v->sstatus & ~SSTATUS_FS) | SSTATUS_FS_CLEAN;
}

static void take_off(struct vcpu *v)
{
    EACH_WORLD_CSR(SAVE)
    v->vsatp = csr_read(CSR_VSATP);
    if (host.envcfg) v->senvcfg = csr_read(CSR_SENVCFG);
    if (host.sstc) v->timer = csr_read(CSR_VSTIMECMP);
    save_fp(v);
}

void world_switch(struct vcpu *v)
{
    if (on_hart == v) return;
    if (on_hart) take_off(on_hart);
    on_hart = v;

    EACH_WORLD_CSR(LOAD)
    if (host.envcfg) csr_write(CSR_SENVCFG, v->senvcfg);
    csr_write(CSR_HTIMEDELTA, v->htimedelta);
    if (host.sstc) csr_write(CSR_VSTIMECMP, v->timer);
    load_fp(v);
    /* In this order, lest one VM's VS-stage translations be cached under another's VMID
     * (hypervisor chapter, "Memory-Management Fences", note). */
    csr_write(CSR_VSATP, 0);
    bool new_vmid = gstage_select(v->vm);
    /* HFENCE.GVMA has dropped what led to machine addresses under this VMID, but the VS-stage's
     * own entries are HFENCE.VVMA's. */
    if (new_vmid) hfence_vvma_all();
    csr_write(CSR_VSATP, v->vsatp);
}

void world_drop(const struct vcpu *v)
{
    if (on_hart != v) return;
    on_hart = NULL;
    csr_write(CSR_VSATP, 0);
    csr_write(CSR_HGATP, 0);
}

struct trap world_run(struct vcpu *v)
{
    world_enter(v);
    return (struct trap){csr_read(CSR_SCAUSE), csr_read(CSR_STVAL), csr_read(CSR_HTVAL),
                         csr_read(CSR_HTINST)};
}
