#include "mmu/pmp.h"

enum { A_OFF, A_TOR, A_NA4, A_NAPOT };
static unsigned mode_of(u8 cfg)
{
    return cfg >> 3 & 3;
}

/* Entry n's bytes, from its address register and, for TOR, the one before (3.7.1.1). */
static void set_range(struct pmp *p, unsigned n)
{
    u64 a = p->addr[n], start = a << 2, size = 4;
    switch (mode_of(p->cfg[n])) {
    case A_TOR:
        start = n ? p->addr[n - 1] << 2 : 0;
        size = a << 2 > start ? (a << 2) - start : 0;
        break;
    case A_NAPOT:
        size = 8ull << __builtin_ctzll(~a);
        start &= ~(size - 1);
        break;
    case A_OFF: size = 0; break;
    }
    /* No access reaches from 0 to the end: the empty range holds a byte of none. */
    p->range[n].start = size ? start : ~0ull;
    p->range[n].last = size ? start + size - 1 : 0;
}

static void update(struct pmp *p)
{
    p->active = false;
    for (unsigned n = 0; n < PMP_N; n++) {
        set_range(p, n);
        if (mode_of(p->cfg[n]) != A_OFF) p->active = true;
    }
}

static bool locked(const struct pmp *p, unsigned n)
{
    return (p->cfg[n] & PMP_L) && !(p->seccfg & PMP_RLB);
}

/* Who may do what, by the bits L R W X of an entry, once MML is set (smepmp, truth table). */
enum { NO, R = PMP_R, W = PMP_W, X = PMP_X };
static const struct {
    u8 m, su;
} lockdown[16] = {
    [0x0] = {NO,    NO       },
      [0x1] = {NO,    X        },
      [0x2] = {R | W, R        }, /* shared data */
    [0x3] = {R | W, R | W    },
      [0x4] = {NO,    R        },
      [0x5] = {NO,    R | X    },
    [0x6] = {NO,    R | W    },
      [0x7] = {NO,    R | W | X},
      [0x8] = {NO,    NO       },
    [0x9] = {X,     NO       },
      [0xa] = {X,     X        }, /* shared code */
    [0xb] = {R | X, X        },
      [0xc] = {R,     NO       },
      [0xd] = {R | X, NO       },
    [0xe] = {R | W, NO       },
      [0xf] = {R,     R        }, /* shared data */
};

static unsigned lrwx(u8 cfg)
{
    return (cfg & PMP_L ? 8 : 0) | (cfg & PMP_R ? 4 : 0) | (cfg & PMP_W ? 2 : 0) |
           (cfg & PMP_X ? 1 : 0);
}

/* What an entry lets a mode do: PMP_R, PMP_W, PMP_X. */
static unsigned permissions(const struct pmp *p, unsigned n, enum priv priv)
{
    u8 cfg = p->cfg[n];
    if (p->seccfg & PMP_MML) return priv == PRIV_M ? lockdown[lrwx(cfg)].m : lockdown[lrwx(cfg)].su;
    return priv == PRIV_M && !(cfg & PMP_L) ? R | W | X : cfg & (R | W | X);
}

/* What an entry may be made: with MML, none that lets M-mode execute, unless by RLB. */
static bool may_become(const struct pmp *p, u8 cfg)
{
    return !(p->seccfg & PMP_MML) || (p->seccfg & PMP_RLB) || !(lockdown[lrwx(cfg)].m & X);
}

void pmp_write_cfg(struct pmp *p, unsigned first, u64 value)
{
    for (unsigned n = first; n < first + 8; n++, value >>= 8) {
        u8 cfg = value & (PMP_R | PMP_W | PMP_X | PMP_A | PMP_L);
        if (!(cfg & PMP_R) && !(p->seccfg & PMP_MML)) cfg &= (u8)~PMP_W;
        if (!locked(p, n) && may_become(p, cfg)) p->cfg[n] = cfg;
    }
    update(p);
}

u64 pmp_read_cfg(const struct pmp *p, unsigned first)
{
    u64 value = 0;
    for (unsigned k = 0; k < 8; k++) value |= (u64)p->cfg[first + k] << 8 * k;
    return value;
}

/* A locked entry locks its address and, when it is TOR, the address below it. */
void pmp_write_addr(struct pmp *p, unsigned n, u64 value)
{
    bool next_locks = n + 1 < PMP_N && locked(p, n + 1) && mode_of(p->cfg[n + 1]) == A_TOR;
    if (locked(p, n) || next_locks) return;
    p->addr[n] = value & PMP_ADDR_MASK;
    update(p);
}

/* MML and MMWP stay once set; RLB stays clear while any entry is locked. */
void pmp_write_seccfg(struct pmp *p, u64 value)
{
    bool any_locked = false;
    for (unsigned n = 0; n < PMP_N; n++) any_locked |= locked(p, n);
    u64 rlb = any_locked ? 0 : value & PMP_RLB;
    p->seccfg = (u8)((p->seccfg & (PMP_MML | PMP_MMWP)) | (value & (PMP_MML | PMP_MMWP)) | rlb);
}

static bool enough(unsigned rwx, enum access access)
{
    switch (access) {
    case ACCESS_STORE: return rwx & W;
    case ACCESS_FETCH: return rwx & X;
    case ACCESS_CBO: return rwx & (R | W);
    case ACCESS_SS_LOAD:
    case ACCESS_SS_STORE: return (rwx & (R | W)) == (R | W); /* both (Zicfiss) */
    case ACCESS_HLVX: return (rwx & (R | X)) == (R | X);     /* both (22.3.1) */
    default: return rwx & R;
    }
}

/* An access that matches no entry. */
static bool unmatched(const struct pmp *p, enum access access, enum priv priv)
{
    if (priv != PRIV_M || (p->seccfg & PMP_MMWP)) return false;
    return !(p->seccfg & PMP_MML) || access != ACCESS_FETCH;
}

bool pmp_allows(const struct pmp *p, u64 pa, u64 size, enum access access, enum priv priv)
{
    u64 last = pa + size - 1;
    if (!p->active) return unmatched(p, access, priv);
    for (unsigned n = 0; n < PMP_N; n++) {
        if (last < p->range[n].start || pa > p->range[n].last) continue;
        bool whole = pa >= p->range[n].start && last <= p->range[n].last;
        return whole && enough(permissions(p, n, priv), access);
    }
    return unmatched(p, access, priv);
}
