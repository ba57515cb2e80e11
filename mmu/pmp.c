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

void pmp_write_cfg(struct pmp *p, unsigned first, u64 value)
{
    for (unsigned n = first; n < first + 8; n++, value >>= 8) {
        u8 cfg = value & (PMP_R | PMP_W | PMP_X | PMP_A | PMP_L);
        if (!(cfg & PMP_R)) cfg &= (u8)~PMP_W;
        if (!(p->cfg[n] & PMP_L)) p->cfg[n] = cfg;
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
    bool next_locks = n + 1 < PMP_N && (p->cfg[n + 1] & PMP_L) && mode_of(p->cfg[n + 1]) == A_TOR;
    if ((p->cfg[n] & PMP_L) || next_locks) return;
    p->addr[n] = value & PMP_ADDR_MASK;
    update(p);
}

static bool cfg_allows(u8 cfg, enum access access, enum priv priv)
{
    if (priv == PRIV_M && !(cfg & PMP_L)) return true;
    switch (access) {
    case ACCESS_STORE: return cfg & PMP_W;
    case ACCESS_FETCH: return cfg & PMP_X;
    case ACCESS_CBO: return cfg & (PMP_R | PMP_W);
    case ACCESS_SS_LOAD:
    case ACCESS_SS_STORE: return (cfg & (PMP_R | PMP_W)) == (PMP_R | PMP_W); /* both (Zicfiss) */
    case ACCESS_HLVX: return (cfg & (PMP_R | PMP_X)) == (PMP_R | PMP_X);     /* both (22.3.1) */
    default: return cfg & PMP_R;
    }
}

bool pmp_allows(const struct pmp *p, u64 pa, u64 size, enum access access, enum priv priv)
{
    u64 last = pa + size - 1;
    if (!p->active) return priv == PRIV_M;
    for (unsigned n = 0; n < PMP_N; n++) {
        if (last < p->range[n].start || pa > p->range[n].last) continue;
        bool whole = pa >= p->range[n].start && last <= p->range[n].last;
        return whole && cfg_allows(p->cfg[n], access, priv);
    }
    return priv == PRIV_M;
}
