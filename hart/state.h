/* The state of a hart. Public to hart/ and hext/ and to whoever looks into one; the platform drives
 * harts through hart/hart.h alone. */
#ifndef HART_STATE_H
#define HART_STATE_H

#include "hart/csrbits.h"
#include "hart/hart.h"
#include "hart/insn.h"
#include "hart/isa.h"
#include "hart/types.h"
#include "mmu/pmp.h"
#include "mmu/space.h"
#include "mmu/walk.h"

/* What executing a row, or an access within it, comes to. */
enum status {
    GO = 0,  /* done: on to the next instruction */
    LEAVE,   /* done, and pc is set: look around */
    TRAPPED, /* not done: hart.trap says why */
    PUNT     /* nothing happened: the stepper shall do it (block engine only) */
};

/* The three levels that take traps. */
enum level { LEVEL_M, LEVEL_HS, LEVEL_VS, LEVEL_N };

/* The trap registers that each level has. */
struct level_regs {
    u64 tvec, scratch, epc, cause, tval;
};

/* An exception on its way to trap_take. */
struct exception_info {
    u64 cause, tval;
    u64 gpa;               /* guest-page faults: the guest-physical address that failed */
    bool tval_is_guest_va; /* GVA */
    bool explicit_access;  /* a load or store of the instruction: tinst may tell which */
    u8 pseudo;             /* 0, or a guest fault on a first-stage entry: 'r' or 'w' */
    u8 offset;             /* tval minus the address of the whole access */
    u8 level;              /* of an interrupt: enum level that takes it */
};

/* The performance counters (hart/counters.h), by number: 0 is mcycle, 2 minstret; 1 is not used. */
enum { COUNTER_N = 32 };
struct counters {
    u64 value[COUNTER_N]; /* when the clock that the counter follows read since[] */
    u64 since[COUNTER_N];
    u64 event[COUNTER_N]; /* mcyclecfg, minstretcfg, mhpmevent */
    u64 inhibit;          /* mcountinhibit */
    u32 running;          /* those that run now; the others stand at value */
    u32 in_mode[8];       /* those that would, by priv | virt << 2 */
    u32 armed;            /* those whose overflow will be an interrupt */
};

enum { CSR_N = 4096 };

struct context;
struct block_cache;

/* What h->walk was for, when it found no plain way to memory. The stepper, which then does the
 * access, uses it again. context NULL: nothing, or something has happened since. */
struct walked {
    const struct context *context;
    u64 va;
    enum access access;
};

struct hart {
    /* ---- hot: touched by every instruction ---- */
    u64 x[33]; /* x[32] takes the writes to x0 */
    u64 pc;
    u64 page_va; /* virtual page of the instruction being executed: pc = page_va + insn.offset */
    u64 budget;  /* steps left in this run */
    u64 limit;   /* value of steps when budget will be 0: steps made = limit - budget */
    u64 held;    /* further steps of this run, once a counter has been looked at (counters.h) */
    struct context *code, *data; /* translation contexts of fetches, and of loads and stores */
    u8 priv, virt;
    bool attention; /* something that interrupts depend on has changed: look before going on */
    bool waiting;   /* in WFI */
    bool yield;     /* hart_run shall return */
    bool fs_off;    /* floating-point instructions are illegal */
    bool lpe;       /* landing pads are enforced in this mode (Zicfilp: xLPE) */
    u8 fflags, frm;
    u8 fp_flags; /* further flags are in the host's floating-point unit (hart/jit/host.h) */
    u64 f[32];

    /* ---- reservation of LR: host address, or NULL ---- */
    const u8 *reserved;
    u64 reserved_value; /* what it read, and the version of the line, with a monitor */
    u32 reserved_version;

    /* ---- the instruction and the exception under way (stepper) ---- */
    const struct insn *insn;
    struct exception_info trap;
    struct commit commit;

    /* ---- CSRs; hart/csrs.def and hext/csrs.def say which is which ---- */
    struct level_regs level[LEVEL_N];
    u64 mstatus, vsstatus, hstatus;
    u64 medeleg, mideleg, hedeleg, hideleg;
    u64 mie;   /* sie, hie and vsie are views of it */
    u64 mip;   /* software-written bits: SSIP, STIP, SEIP */
    u64 lines; /* mip bits held by interrupt lines */
    u64 hvip, hgeip, hgeie;
    u64 satp, vsatp, hgatp;
    u64 mcounteren, scounteren, hcounteren;
    u64 menvcfg, henvcfg, senvcfg;
    u64 mseccfg; /* apart from the bits that pmp has */
    u64 mstateen[4], hstateen[4], sstateen[4];
    u64 mtval2, mtinst, htval, htinst;
    u64 htimedelta, stimecmp, vstimecmp;
    u64 unretired; /* steps that retired nothing: traps and interrupts */
    struct counters counters;
    u64 mnscratch, mnepc, mncause, mnstatus;
    u64 ssp;
    u64 elp;  /* 1: the next instruction must be lpad (Zicfilp); then no block runs */
    u64 rnmi; /* the line of the resumable non-maskable interrupt */
    struct {  /* the Advanced Interrupt Architecture (hart/aia.h, hext/aia.c) */
        u64 miselect, siselect, vsiselect;
        u64 mvien, mvip; /* mvip: but bits that are mip's */
        u64 sie, vsie;   /* bits that are not mie's or sie's */
        u64 hvien, hvictl, hviprio1;
        u64 iprio[2][8]; /* the arrays of M and S: 64 bytes each */
    } aia;
    struct pmp pmp;

    /* ---- surroundings ---- */
    struct hart_config config;
    const struct isa *isa;
    struct bus bus;
    const struct hart_observer *observer;
    struct translations *translations; /* hart/context.h */
    struct block_cache *blocks;        /* hart/block.c */
    struct atc *atc;                   /* mmu/atc.h; NULL but with TLB_LAZY */
    struct imsic *imsic;               /* hart/imsic.h; NULL: none */
    struct jit *jit;                   /* hart/jit/, once it is used */
    struct walk walk;                  /* record of the last walk */
    struct walked walked;
    u64 target_mask;   /* bits that a jump target may not have: 2 without compressed instructions */
    u8 csr_row[CSR_N]; /* hart/csr.c: which row stands for each CSR; 0: none */
    bool critical;   /* a double trap in M-mode has ended all (smdbltrp); h->trap is what it was */
    unsigned loop_n; /* traps in a row whose handler was the trapping instruction */
};

static inline u64 hart_retired(const struct hart *h)
{
    return h->limit - h->budget - h->unretired;
}

/* While NMIE is 0, no interrupt is taken and MPRV counts as 0 (smrnmi). */
static inline bool hart_nmi_masked(const struct hart *h)
{
    return isa_has(h->isa, EXT_SMRNMI) && !(h->mnstatus & MNSTATUS_NMIE);
}

/* Raise an exception: cause with tval. Always TRAPPED. */
enum status raise_exception(struct hart *h, u64 cause, u64 tval);

#endif
