/* What a hypervisor shares out: the state of a hart that is not its program's. Every CSR above user
 * level belongs to one of these; the program's are the registers, fcsr, ssp and its memory. */
#ifndef CENSUS_RESOURCE_H
#define CENSUS_RESOURCE_H

#include "hart/state.h"

enum resource {
    RES_MODE,        /* privilege mode and V */
    RES_STATUS,      /* interrupt enables, previous modes, dirty bits: the status registers */
    RES_TRANSLATION, /* satp, hgatp, and where memory lies */
    RES_TLB,         /* what is remembered of them */
    RES_VECTOR,      /* where traps go */
    RES_TRAP,        /* what trap registers hold */
    RES_DELEGATION,  /* who takes them */
    RES_INTERRUPTS,  /* pending and enabled */
    RES_TIMER,       /* comparisons */
    RES_TIME,        /* the time itself */
    RES_COUNTERS,    /* cycles, instructions, events */
    RES_ENABLES,     /* what lower modes may do */
    RES_PROTECTION,  /* PMP and the like */
    RES_HYPERVISOR,  /* hstatus */
    RES_IDENTITY,    /* which hart this is, and of what make */
    RES_PROCESSOR,   /* the time of the processor: it waits */
    RES_N
};

extern const char *const resource_names[RES_N];

/* The resource that a CSR is part of; RES_N when it is its program's own. */
enum resource resource_of(unsigned csr);

/* With V=1, the bits of a CSR that are the guest's own: its VS copy of the supervisor's registers,
 * and those that have no copy, which the hypervisor swaps when it changes guests (22.2). */
u64 guest_bits(unsigned csr);

/* Is it one of those without a copy? */
bool is_swapped(unsigned csr);

/* The VS CSR that stands in for a supervisor CSR; 0: none. */
unsigned stand_in(unsigned csr);

/* The supervisor's CSRs that make up what a kernel sees of its machine. */
enum { KERNEL_CSR_N = 16 };
extern const u16 kernel_csrs[KERNEL_CSR_N];

#endif
