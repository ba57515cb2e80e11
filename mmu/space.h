/* An address space as an access sees it, by value: all that decides how an address is translated,
 * apart from the tables themselves and PMP. Two equal spaces translate alike.
 *
 * HLV/HSV, MPRV and instruction fetch differ from an ordinary access only in the space they pass.
 */
#ifndef MMU_SPACE_H
#define MMU_SPACE_H

#include "hart/types.h"

enum priv { PRIV_U = 0, PRIV_S = 1, PRIV_M = 3 };

struct space {
    u64 atp;   /* satp, or vsatp when virt; 0 in M-mode */
    u64 gatp;  /* hgatp when virt, else 0 */
    u8 priv;   /* effective privilege */
    u8 virt;   /* effective V: two stages */
    u8 sum;    /* supervisor may access user pages (sstatus.SUM or vsstatus.SUM) */
    u8 mxr;    /* first stage: make executable readable */
    u8 gmxr;   /* G-stage: make executable readable (sstatus.MXR of HS, priv. spec 22.2.9) */
    u8 adue;   /* first stage: hardware updates A and D (Svadu) */
    u8 gadue;  /* G-stage: the same */
    u8 pbmte;  /* first stage: Svpbmt on */
    u8 gpbmte; /* G-stage: Svpbmt on */
    u8 napot;  /* Svnapot on, both stages */
    u8 pmlen;  /* pointer masking: upper bits of data addresses that are ignored */
    u8 sse;    /* first stage: there are shadow-stack pages (Zicfiss) */
    u8 pad[4];
};

enum access {
    ACCESS_LOAD,
    ACCESS_STORE, /* also AMO and SC, whose faults are store/AMO faults */
    ACCESS_FETCH,
    ACCESS_HLVX, /* a load that needs execute permission in place of read (22.3.1) */
    ACCESS_CBO,  /* cbo.clean, .flush, .inval: load or store permission; faults are store faults */
    /* Zicfiss: shadow-stack instructions, which get at shadow-stack pages alone; faults are store
     * faults even of the one that only loads. */
    ACCESS_SS_LOAD,
    ACCESS_SS_STORE,
    ACCESS_N
};

static inline bool access_is_shadow(enum access access)
{
    return access == ACCESS_SS_LOAD || access == ACCESS_SS_STORE;
}

/* The address that a load, store or cache-block instruction means by va, once pointer masking has
 * ignored its upper pmlen bits: a virtual address is sign-extended, a physical one zero-extended
 * (priv. spec, "Pointer Masking Extensions"). Fetches and HLVX are not subject to it. */
static inline u64 space_address(const struct space *s, enum access access, u64 va)
{
    if (!s->pmlen || access == ACCESS_FETCH || access == ACCESS_HLVX) return va;
    u64 up = va << s->pmlen;
    return s->atp >> 60 ? (u64)((s64)up >> s->pmlen) : up >> s->pmlen;
}

static inline bool space_equal(const struct space *a, const struct space *b)
{
    return __builtin_memcmp(a, b, sizeof *a) == 0;
}

#endif
