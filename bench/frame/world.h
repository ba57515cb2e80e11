/* A guest's hart, as a hypervisor in HS-mode keeps it. */
#ifndef BENCH_WORLD_H
#define BENCH_WORLD_H

#include "csr.h"
#include "paging.h"

struct vcpu { /* world.S knows the offsets */
    u64 x[32];
    u64 host_sp, sepc, sstatus, hstatus;
};

/* Run guests in VS-mode until guest_exit returns NULL. All registers and the status are switched.
 */
void run_guest(struct vcpu *v);

/* The program's: handle an exit, and say who goes on. */
struct vcpu *guest_exit(struct vcpu *v, u64 cause);

static inline void guest_begin(struct vcpu *v, void (*entry)(void))
{
    v->sepc = (u64)entry;
    v->sstatus = csr_read(sstatus) | STATUS_SPP | STATUS_SPIE;
    v->hstatus = HSTATUS_SPV | HSTATUS_SPVP;
}

/* Give the guest its own tables for RAM in both stages; more can be mapped in the roots. */
struct guest_memory {
    u64 *root, *groot;
};

static inline struct guest_memory guest_memory(void)
{
    struct guest_memory m = {new_root(false), new_root(true)};
    map_ram(m.root, RAM_MAPPED, PTE_KERNEL);
    map_ram(m.groot, RAM_MAPPED, PTE_USER);
    return m;
}

static inline void guest_paging(struct guest_memory m, u64 vmid)
{
    csr_write(vsatp, atp(m.root, 0));
    csr_write(hgatp, atp(m.groot, vmid));
    __asm__ volatile("hfence.gvma\n hfence.vvma" ::: "memory");
}

#endif
