# Into the guest and back. What changes between vCPUs but not at each exit (the VS CSRs, floating
# point) is world.c's.

#include "firmware/world.h"

        .macro  each_saved, op
        .set    at, 0
        .irp    r, ra,tp,s0,s1,s2,s3,s4,s5,s6,s7,s8,s9,s10,s11
        \op     \r, at(sp)
        .set    at, at + 8
        .endr
        .endm

# All of the guest's registers but x10, which holds the vCPU meanwhile.
        .macro  each_guest, op
        .irp    n, 1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     x\n, VCPU_X(\n)(a0)
        .endr
        .endm

        .text
# void world_enter(struct vcpu *v): runs the guest from v->pc until it traps to HS-mode.
        .globl  world_enter
world_enter:
        addi    sp, sp, -112
        each_saved sd
        sd      sp, VCPU_HOST_SP(a0)
        csrw    sscratch, a0
        la      t0, guest_vector
        csrw    stvec, t0
        ld      t0, VCPU_PC(a0)
        ld      t1, VCPU_SSTATUS(a0)
        ld      t2, VCPU_HSTATUS(a0)
        csrw    sepc, t0
        csrw    sstatus, t1
        csrw    hstatus, t2
        each_guest ld
        ld      a0, VCPU_X(10)(a0)
        sret

        .balign 4
guest_vector:
        csrrw   a0, sscratch, a0
        each_guest sd
        csrr    t0, sscratch
        sd      t0, VCPU_X(10)(a0)
        csrr    t0, sepc
        csrr    t1, sstatus
        csrr    t2, hstatus
        sd      t0, VCPU_PC(a0)
        sd      t1, VCPU_SSTATUS(a0)
        sd      t2, VCPU_HSTATUS(a0)
        la      t0, host_vector
        csrw    stvec, t0
        ld      sp, VCPU_HOST_SP(a0)
        each_saved ld
        addi    sp, sp, 112
        ret

        .option arch, +d
        .macro  each_float, op
        .irp    n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
        \op     f\n, VCPU_F(\n)(a0)
        .endr
        .endm

# void fp_save(struct vcpu *v), void fp_restore(struct vcpu *v): sstatus.FS must not be Off.
        .globl  fp_save
fp_save:
        each_float fsd
        frcsr   t0
        sd      t0, VCPU_FCSR(a0)
        ret

        .globl  fp_restore
fp_restore:
        each_float fld
        ld      t0, VCPU_FCSR(a0)
        fscsr   t0
        ret
