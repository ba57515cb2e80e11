/* For test_walk.c: a world of page tables made up as they are read, and a walker written from the
 * specification's text: "Virtual Address Translation Process" of the supervisor chapter, and
 * "Two-Stage Address Translation" of the hypervisor chapter with Svnapot, Svpbmt, Svadu and the
 * page-table rules of Zicbom and of Zicfiss ("Shadow Stack Memory Protection").
 *
 * The number of a page says which table it may be (bits 4:2 the level, bit 5 the stage), and what
 * lies at an address is a hash of it, so that any two walkers see the same tables without anyone
 * laying them out. */
#ifndef TEST_WALK_H
#define TEST_WALK_H

#include "mmu/walk.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* ---- random numbers ---- */

static u64 mix(u64 x)
{
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static u64 rng_state;

static inline u64 rnd(void)
{
    return mix(rng_state += 0x9e3779b97f4a7c15);
}

static inline unsigned pick(unsigned n)
{
    return (unsigned)(rnd() % n);
}

/* ---- a world of page tables ---- */

enum { STORES_MAX = 64, PATCH_N = 64 };

struct world {
    u64 seed;
    unsigned flaws;      /* one entry in so many is malformed; 0: none */
    unsigned leaves;     /* one entry above level 0 in so many is a leaf; 0: none */
    unsigned holes;      /* one page in so many cannot be reached; 0: none */
    unsigned width;      /* bits of a page number */
    bool user;           /* first-stage leaves are U */
    bool clean;          /* many leaves have A or D clear */
    bool fancy;          /* N and PBMT occur where they are legal */
    unsigned fail_at;    /* the access (from 1) that fails; 0: none */
    unsigned disturb_at; /* the swap (from 1) before which another agent rewrites the entry */
    const u64 *patch;    /* of PATCH_N: bits to flip in entries, by their address; NULL: none */
};

/* What one walker did to its copy of a world. */
struct memory {
    const struct world *world;
    struct {
        u64 pa, value;
    } stored[STORES_MAX];
    unsigned stored_n, accesses, swaps;
    bool failed, touched_after_failure;
};

static u64 flawed(u64 pte, u64 h, unsigned level)
{
    switch (h % 14) {
    case 0: return pte & ~(u64)PTE_V;
    case 1: return (pte & ~(u64)(PTE_R | (h >> 8 & PTE_X))) | PTE_W;
    case 2: return pte | BIT(54 + (h >> 8) % 7);
    case 3: return pte ^ BIT(10 + (h >> 8) % (9 * level + 1));
    case 4: return pte | PTE_N;
    case 5: return pte | BIT(61);
    case 6: return pte | PTE_PBMT;
    case 7: return pte ^ PTE_U;
    case 8: return pte ^ PTE_A;
    case 9: return pte ^ PTE_D;
    case 10: return pte & ~(u64)(PTE_R | PTE_W);
    case 11: return pte & ~(u64)PTE_X;
    case 12: return pte & ~(u64)PTE_W;
    default: return pte ^ (h >> 8 & 1 ? BIT(53 - (h >> 9) % 16) : PTE_R | PTE_W | PTE_X);
    }
}

static u64 leaf(const struct world *w, u64 pa, u64 h, unsigned level, bool g)
{
    u64 ppn = h & MASK(w->width - 1, 0) & ~(BIT(9 * level) - 1);
    if (level == 0 && g) ppn = (ppn & ~MASK(8, 0)) | (pa >> 3 & 511); /* keep what pages are */
    u64 more = mix(h);
    u64 pte = ppn << 10 | PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
    if (g || w->user) pte |= PTE_U;
    if (w->clean) pte &= ~(more >> 8 & (PTE_A | PTE_D));
    if (w->fancy && more % 4 == 0) pte |= (more >> 20) % 3 << 61;
    if (w->fancy && level == 0 && more % 4 == 1) pte = (pte & ~MASK(13, 10)) | PTE_N | BIT(13);
    return pte | (more & (MASK(9, 8) | PTE_G));
}

/* The entry at pa, before anyone stored there. */
static u64 made_up(const struct world *w, u64 pa)
{
    u64 h = mix(w->seed ^ pa >> 3), more = mix(h ^ w->seed);
    unsigned level = (pa >> 14 & 7) % 5;
    bool g = pa >> 17 & 1;
    u64 pte;
    if (level == 0 || (w->leaves && (more >> 32) % w->leaves == 0)) {
        pte = leaf(w, pa, h, level, g);
    } else {
        u64 ppn = (h & MASK(w->width - 1, 0) & ~MASK(5, 2)) | (level - 1) << 2 | (u64)g << 5;
        pte = ppn << 10 | PTE_V | (more & MASK(9, 8)) | (more & PTE_G);
    }
    if (w->flaws && more % w->flaws == 0) pte = flawed(pte, mix(more), level);
    return w->patch ? pte ^ w->patch[h >> 58] : pte;
}

static u64 *stored_at(struct memory *m, u64 pa)
{
    for (unsigned k = 0; k < m->stored_n; k++)
        if (m->stored[k].pa == pa) return &m->stored[k].value;
    return NULL;
}

static void put_entry(struct memory *m, u64 pa, u64 value)
{
    u64 *found = stored_at(m, pa);
    if (found) {
        *found = value;
        return;
    }
    assert_true(m->stored_n < STORES_MAX);
    m->stored[m->stored_n].pa = pa;
    m->stored[m->stored_n++].value = value;
}

static u64 entry_at(struct memory *m, u64 pa)
{
    const u64 *found = stored_at(m, pa);
    return found ? *found : made_up(m->world, pa);
}

/* Count an access; false when it fails. */
static bool reach(struct memory *m, u64 pa)
{
    const struct world *w = m->world;
    m->touched_after_failure |= m->failed;
    m->accesses++;
    bool hole = w->holes && mix(w->seed + (pa >> 12)) % w->holes == 0;
    bool fails = hole || m->accesses == w->fail_at;
    m->failed |= fails;
    return !fails;
}

static bool memory_read(void *arg, u64 pa, u64 *pte)
{
    struct memory *m = arg;
    if (!reach(m, pa)) return false;
    *pte = entry_at(m, pa);
    return true;
}

static bool memory_swap(void *arg, u64 pa, u64 old, u64 new_pte, u64 *pte)
{
    struct memory *m = arg;
    if (!reach(m, pa)) return false;
    if (++m->swaps == m->world->disturb_at)
        put_entry(m, pa, flawed(entry_at(m, pa), mix(m->world->seed), 0));
    *pte = entry_at(m, pa);
    if (*pte == old) put_entry(m, pa, new_pte);
    return true;
}

/* ---- the second walker ---- */

/* A page-table access in support of first-stage translation (22.5.1): "as though for an implicit
 * load or store". MXR is for explicit loads only. */
enum { IMPLICIT_LOAD = ACCESS_N, IMPLICIT_STORE };

struct naive {
    const struct space *space;
    struct memory *memory;
    bool may_update; /* false: an A or D to set ends the walk, whatever ADUE says */
    struct walk out;
};

static bool stop(struct naive *n, enum walk_outcome outcome)
{
    n->out.outcome = outcome;
    return false;
}

static void note(struct naive *n, u64 pa, u64 pte, enum walk_stage stage, int level, bool store)
{
    n->out.ref[n->out.ref_n++] = (struct walk_ref){pa, pte, (u8)stage, (u8)level, store};
}

static unsigned xwr(u64 pte)
{
    return pte >> 1 & 7;
}

/* "The encoding R=0, W=1, and X=0, is defined to represent an SS page" of the first stage, and
 * "remains reserved" while SSE is 0. */
static bool is_ss(const struct space *s, enum walk_stage stage, u64 pte)
{
    return stage == STAGE_FIRST && s->sse && xwr(pte) == 2;
}

/* Step 3, with Svnapot's and Svpbmt's rows of reserved encodings. */
static bool is_reserved(u64 pte, int i, bool pbmte, bool napot, bool ss)
{
    bool pointer = !(pte & (PTE_R | PTE_X)) && !ss;
    unsigned pbmt = pte >> 61 & 3;
    if ((pte & PTE_W) && !(pte & PTE_R) && !ss) return true;
    if (pte & PTE_RESERVED) return true;
    if (pointer) return pte & (PTE_A | PTE_D | PTE_U | PTE_PBMT | PTE_N);
    if (pbmt && !pbmte) return true;
    if (pbmt == 3) return true;
    if (!(pte & PTE_N)) return false;
    return !napot || i > 0 || (pte >> 10 & 15) != 8;
}

static bool u_allows(const struct space *s, enum walk_stage stage, unsigned access, u64 pte)
{
    bool u = pte & PTE_U;
    if (stage == STAGE_G || s->priv == PRIV_U) return u;
    if (!u) return true;
    return access != ACCESS_FETCH && s->sum;
}

static bool rwx_allows(unsigned access, u64 pte, bool mxr)
{
    bool r = pte & PTE_R, w = pte & PTE_W, x = pte & PTE_X;
    switch (access) {
    case ACCESS_LOAD: return r || (mxr && x);
    case ACCESS_STORE: return w;
    case ACCESS_FETCH: return x;
    case ACCESS_HLVX: return x;
    case ACCESS_CBO: return r || w || (mxr && x);
    case IMPLICIT_LOAD: return r;
    case ACCESS_SS_LOAD:
    case ACCESS_SS_STORE: return r && w; /* of the G-stage */
    default: return w;
    }
}

/* Step 7, the Shadow Stack Memory Protection rules of the first stage: an access fault? */
static bool ss_rules_deny(unsigned access, u64 pte, bool ss)
{
    if (access == ACCESS_SS_LOAD || access == ACCESS_SS_STORE) return !ss && xwr(pte) != 1;
    return ss && (access == ACCESS_STORE || access == ACCESS_CBO || access == ACCESS_FETCH);
}

/* Step 8: an SS page can be read by all that only load, HLVX wants X. */
static bool ss_allows(unsigned access)
{
    return access == ACCESS_LOAD || access == ACCESS_SS_LOAD || access == ACCESS_SS_STORE;
}

static bool naive_g(struct naive *n, u64 gpa, unsigned access, u64 *pa);

/* Where the entry at a lies in physical memory; false: the walk has failed. */
static bool locate(struct naive *n, enum walk_stage stage, u64 a, unsigned access, u64 *pa)
{
    *pa = a;
    return stage == STAGE_G || !n->space->virt || naive_g(n, a, access, pa);
}

enum update { UPDATED, UPDATE_FAILED, UPDATE_AGAIN };

/* Step 9: a is the entry's address in its stage. */
static enum update update(struct naive *n, enum walk_stage stage, u64 a, int i, u64 pte,
                          u64 new_pte)
{
    u64 pa, found;
    if (!locate(n, stage, a, IMPLICIT_STORE, &pa)) return UPDATE_FAILED;
    if (!memory_swap(n->memory, pa, pte, new_pte, &found)) {
        stop(n, WALK_ACCESS_FAULT);
        return UPDATE_FAILED;
    }
    if (found != pte) return UPDATE_AGAIN;
    note(n, pa, new_pte, stage, i, true);
    return UPDATED;
}

/* Steps 1 to 10 for one stage whose root table is at a; levels and vpn bits as the scheme has. */
static bool naive_stage(struct naive *n, enum walk_stage stage, u64 atp, u64 va, unsigned access,
                        u64 *result, u8 *shift)
{
    const struct space *s = n->space;
    bool first = stage == STAGE_FIRST;
    enum walk_outcome fault = first ? WALK_PAGE_FAULT : WALK_GUEST_FAULT;
    int levels = (int)(atp >> 60) - 5, top = 12 + 9 * levels + (first ? 0 : 2);
    u64 beyond = first ? (u64)((s64)va >> (top - 1)) : va >> top;
    if (beyond != 0 && !(first && beyond == ~0ull)) return stop(n, fault);

    u64 a = (atp & SATP_PPN) << 12;
    int i = levels - 1;
    for (;;) {
        u64 vpn = va >> (12 + 9 * i) & (i == levels - 1 && !first ? 2047 : 511);
        u64 at = a + vpn * 8, pa, pte;
        if (!locate(n, stage, at, IMPLICIT_LOAD, &pa)) return false;
        if (!memory_read(n->memory, pa, &pte)) return stop(n, WALK_ACCESS_FAULT);
        note(n, pa, pte, stage, i, false);
        bool ss = is_ss(s, stage, pte);
        if (!(pte & PTE_V) || is_reserved(pte, i, first ? s->pbmte : s->gpbmte, s->napot, ss))
            return stop(n, fault);
        u64 ppn = (pte & PTE_PPN) >> 10;
        if (!(pte & (PTE_R | PTE_X)) && !ss) {
            if (--i < 0) return stop(n, fault);
            a = ppn << 12;
            continue;
        }
        int span = pte & PTE_N ? 4 : 9 * i; /* bits of ppn that come from va */
        if (i > 0 && ppn & (BIT(span) - 1)) return stop(n, fault);
        if (!u_allows(s, stage, access, pte)) return stop(n, fault);
        if (first && ss_rules_deny(access, pte, ss)) return stop(n, WALK_ACCESS_FAULT);
        bool shadow = first && (access == ACCESS_SS_LOAD || access == ACCESS_SS_STORE);
        bool allows = ss       ? ss_allows(access)
                      : shadow ? false
                               : rwx_allows(access, pte, first ? s->mxr : s->gmxr);
        if (!allows) return stop(n, fault);
        bool store =
            access == ACCESS_STORE || access == IMPLICIT_STORE || access == ACCESS_SS_STORE;
        u64 new_pte = pte | PTE_A | (store ? PTE_D : 0);
        if (new_pte != pte) {
            if (!(first ? s->adue : s->gadue) || !n->may_update) return stop(n, fault);
            enum update u = update(n, stage, at, i, pte, new_pte);
            if (u == UPDATE_FAILED) return false;
            if (u == UPDATE_AGAIN) continue;
        }
        u64 low = BIT(12 + span) - 1;
        *result = (ppn << 12 & ~low) | (va & low);
        *shift = (u8)(12 + span);
        return true;
    }
}

static bool naive_g(struct naive *n, u64 gpa, unsigned access, u64 *pa)
{
    *pa = gpa;
    if (!(n->space->gatp >> 60)) return true;
    if (naive_stage(n, STAGE_G, n->space->gatp, gpa, access, pa, &n->out.g_shift)) return true;
    if (n->out.outcome == WALK_GUEST_FAULT) {
        n->out.gpa = gpa;
        n->out.implicit = access >= IMPLICIT_LOAD;
        n->out.implicit_store = access == IMPLICIT_STORE;
    }
    return false;
}

static void naive_walk(struct naive *n, u64 va, enum access access)
{
    const struct space *s = n->space;
    u64 a = va;
    bool bare = s->priv == PRIV_M || !(s->atp >> 60);
    n->out = (struct walk){.outcome = WALK_OK};
    if (bare && (access == ACCESS_SS_LOAD || access == ACCESS_SS_STORE)) {
        stop(n, WALK_ACCESS_FAULT);
        return;
    }
    if (s->priv != PRIV_M && s->atp >> 60 &&
        !naive_stage(n, STAGE_FIRST, s->atp, va, access, &a, &n->out.first_shift))
        return;
    n->out.pa = a;
    if (s->virt && !naive_g(n, a, access, &n->out.pa)) return;
    n->out.gpa = a;
}

/* Which accesses the tables allow as they stand now. */
static u8 naive_allowed(const struct naive *done, u64 va)
{
    static struct naive n;
    struct world calm = *done->memory->world;
    struct memory copy = *done->memory;
    calm.fail_at = calm.disturb_at = 0;
    copy.world = &calm;
    u8 allowed = 0;
    for (unsigned access = 0; access < ACCESS_N; access++) {
        n = (struct naive){.space = done->space, .memory = &copy};
        naive_walk(&n, va, access);
        if (n.out.outcome == WALK_OK) allowed |= (u8)(1u << access);
    }
    return allowed;
}

#endif
