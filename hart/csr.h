/* Control and status registers: one row each, in hart/csrs.def and hext/csrs.def. */
#ifndef HART_CSR_H
#define HART_CSR_H

#include "hart/state.h"

/* Who may close the door on a CSR, besides the privilege level in its number (bits 9:8). */
enum csr_gate {
    GATE_NONE,
    GATE_FS,      /* floating-point state off */
    GATE_COUNTER, /* mcounteren, hcounteren, scounteren: the bit of number & 31 */
    GATE_TIMER,   /* stimecmp, vstimecmp: TM and STCE */
    GATE_TVM,     /* mstatus.TVM, hstatus.VTVM */
    GATE_ENVCFG,  /* mstateen0, hstateen0: bit ENVCFG */
    GATE_SSE,     /* menvcfg, henvcfg, senvcfg: bit SSE */
    GATE_STATEEN, /* mstateenN, hstateenN: bit SE0, N = number & 3 */
    GATE_AIA,     /* mstateen0, hstateen0: bit AIA */
    GATE_CSRIND,  /* the same: bit CSRIND */
    GATE_IREG,    /* and what the select register names (hart/aia.h) */
    GATE_TOPEI,   /* the interrupt file behind it */
    GATE_VTI      /* hvictl.VTI */
};

/* What depends on a CSR's value and must be looked at again after a write. */
enum csr_after {
    AFTER_INTERRUPTS = 1,
    AFTER_SPACES = 2, /* translation contexts */
    AFTER_TIMER = 4   /* the platform's plan for the next timer event */
};

struct csr {
    u16 number, count; /* consecutive registers of one kind share a row; 0 counts as 1 */
    const char *name;  /* of a range: the stem; the index follows */
    isa_set ext;       /* the extension that brings it */
    isa_set or_ext;    /* others that do, too */
    u8 gate;           /* enum csr_gate */
    u8 after;          /* enum csr_after bits */
    u8 index;          /* first index of a range's names */
    u16 vs;            /* the CSR that stands in for it when V=1; 0: none */
    u16 alias;         /* the CSR that a write is recorded as, which holds the state; 0: itself */
    u16 also;          /* another that a write changes and is recorded as too; 0: none */
    u16 at;            /* offset of its u64 (the first of count) in struct hart; 0: none */
    u64 mask;          /* writable bits of the storage */
    u64 hidden, ones;  /* what a read shows of it: all but hidden, and these bits as 1 */
    bool sd;           /* and SD: whether FS is dirty */
    u64 (*get)(const struct hart *h, unsigned number);       /* NULL: the storage */
    void (*set)(struct hart *h, unsigned number, u64 value); /* NULL: masked into the storage.
                                                              * To write what has been read
                                                              * changes nothing. */
    u64 (*get_to_modify)(const struct hart *h); /* what csrrs and csrrc change; NULL: as get */
};

/* Build the table; call once. And, for a hart, note which CSRs its ISA has. */
void csr_init(void);
void csr_rows(struct hart *h);

/* 0 when the hart may access the CSR in its present mode, else EXC_ILLEGAL or EXC_VIRTUAL. */
u64 csr_verdict(const struct hart *h, unsigned number, bool write);

/* The storage of a CSR as the present mode sees it, when there any access depends on the mode alone
 * and a write changes nothing else; NULL otherwise. A write keeps the bits in *mask. */
u64 *csr_plain(struct hart *h, unsigned number, bool write, u64 *mask);

/* How a CSR is read in the present mode, when any access there depends on the mode alone and the
 * value is in storage (at, hidden, ones and sd of struct csr); false otherwise, and for writes that
 * make the platform plan anew. */
struct csr_shown {
    const u64 *at;
    u64 hidden, ones;
    bool sd;
};
bool csr_is_shown(struct hart *h, unsigned number, bool write, struct csr_shown *out);

/* The CSR as the present mode sees it (with V=1, sstatus is vsstatus). The verdict must be 0. */
u64 csr_read(const struct hart *h, unsigned number);
u64 csr_read_to_modify(const struct hart *h, unsigned number);
void csr_write(struct hart *h, unsigned number, u64 value);

/* Record for the observer that a CSR (itself, not what stands in for it) has been written. */
void csr_note_shown(struct hart *h, unsigned number);
static inline void csr_note(struct hart *h, unsigned number)
{
    if (RARE(h->observer && h->observer->retire)) csr_note_shown(h, number);
}

/* The CSR itself, whatever the mode, for tools; *value is unchanged when there is none. */
bool csr_peek(const struct hart *h, unsigned number, u64 *value);

/* Its name, or NULL. The text lives as long as the program. */
const char *csr_name(unsigned number);

/* For the views: all have one signature, few look at the number. */
#define CSR_GET(name) u64 name(const struct hart *h, __attribute__((unused)) unsigned number)
#define CSR_SET(name) void name(struct hart *h, __attribute__((unused)) unsigned number, u64 value)

/* An envcfg register after a write of value to its bits in mask: a field keeps what it has when the
 * value is reserved for it (CBIE 2, PMM 1). */
u64 envcfg_merge(u64 old, u64 value, u64 mask);
/* The writable fields of envcfg registers that are alike in all three. */
u64 envcfg_fields(const struct hart *h);

/* Supervisor-level interrupts: those that M-mode may delegate. */
u64 mip_s(const struct hart *h);

/* The bits that mstateen n and hstateen n have. */
u64 stateen_mask(const struct hart *h, unsigned n);

/* What a status register becomes by the rule that disabled traps mean disabled interrupts. */
u64 status_disable(u64 status);

/* The bits of ASID and VMID that the hart has, at bit 0, and whether it has a MODE. */
static inline u64 asid_mask(const struct hart *h)
{
    return MASK(15, 0) >> h->config.asid_cut;
}
static inline u64 vmid_mask(const struct hart *h)
{
    return MASK(13, 0) >> h->config.vmid_cut;
}
static inline bool atp_mode_exists(u64 mode, u16 cut)
{
    return walk_mode_known(mode) && (mode == ATP_BARE || !(cut >> mode & 1));
}

/* What of a status register cannot be written: SUM and MXR, where satp and vsatp are always Bare
 * (3.1.6.4). */
static inline u64 status_fixed(const struct hart *h)
{
    bool paged = atp_mode_exists(ATP_SV39, h->config.satp_cut) ||
                 atp_mode_exists(ATP_SV48, h->config.satp_cut) ||
                 atp_mode_exists(ATP_SV57, h->config.satp_cut);
    return paged ? 0 : STATUS_SUM | STATUS_MXR;
}

/* mstatus or vsstatus now has this value: bring up to date what follows from it. */
void status_changed(struct hart *h, u64 old, u64 now);

#endif
