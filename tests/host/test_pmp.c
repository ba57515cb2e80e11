/* Physical memory protection against a model that asks each entry about each byte
 * (priv. spec 3.7.1: "Physical Memory Protection CSRs", "Priority and Matching Logic"; 3.1.19 and
 * the Smepmp chapter for mseccfg). */
#include "mmu/pmp.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static u64 rng_state;

static u64 rnd(void)
{
    u64 x = rng_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static u64 pick(u64 n)
{
    return rnd() % n;
}

/* ---- the model: the registers as software sees them ---- */

enum { OFF, TOR, NA4, NAPOT };

struct model {
    u8 cfg[PMP_N];
    u64 addr[PMP_N];
    bool mml, mmwp, rlb;
};

static unsigned a_field(u8 cfg)
{
    return cfg >> 3 & 3;
}

static bool matches_byte(const struct model *m, unsigned n, u64 byte)
{
    u64 word = byte >> 2, prefix = m->addr[n];
    switch (a_field(m->cfg[n])) {
    case OFF: return false;
    case TOR: return word < m->addr[n] && (n == 0 || word >= m->addr[n - 1]);
    case NA4: return word == m->addr[n];
    default:
        /* Each trailing one of the address register leaves out a bit of the comparison, and so
         * does the zero above them. */
        for (; prefix & 1; prefix >>= 1) word >>= 1;
        return word >> 1 == prefix >> 1;
    }
}

/* Of the rights R, W, X, those that an entry grants without MML. */
static unsigned plain_rights(u8 cfg, enum priv priv)
{
    return priv == PRIV_M && !(cfg & PMP_L) ? 7 : cfg & 7;
}

/* With MML: the prose of 3.1.19, not the table of the Smepmp chapter. */
static unsigned lockdown_rights(u8 cfg, bool machine)
{
    bool lock = cfg & PMP_L, r = cfg & PMP_R, w = cfg & PMP_W, x = cfg & PMP_X;
    if (!r && w && !lock) return machine || x ? PMP_R | PMP_W : PMP_R; /* shared data */
    if (!r && w) return machine && x ? PMP_R | PMP_X : PMP_X;          /* shared code */
    if (lock && r && w && x) return PMP_R;                             /* "read-only access" */
    return lock == machine ? cfg & 7 : 0;                              /* M-only, S/U-only */
}

static bool permission(unsigned rights, enum access access)
{
    bool r = rights & PMP_R, w = rights & PMP_W, x = rights & PMP_X;
    switch (access) {
    case ACCESS_LOAD: return r;
    case ACCESS_STORE: return w;
    case ACCESS_FETCH: return x;
    case ACCESS_SS_LOAD:
    case ACCESS_SS_STORE: return r && w; /* Zicfiss: "read-write permission" */
    case ACCESS_HLVX: return r && x;     /* 22.3.1: "both execute and read permissions" */
    default: return r || w;              /* cmo: where a load or a store may go */
    }
}

/* "Executing code from a region without a matching rule [...] is denied"; MMWP denies the rest. */
static bool model_unmatched(const struct model *m, enum access access, enum priv priv)
{
    if (m->mml && access == ACCESS_FETCH) return false;
    return priv == PRIV_M && !m->mmwp;
}

static bool model_allows(const struct model *m, u64 pa, u64 size, enum access access,
                         enum priv priv)
{
    for (unsigned n = 0; n < PMP_N; n++) {
        u64 matched = 0;
        for (u64 k = 0; k < size; k++) matched += matches_byte(m, n, pa + k);
        if (!matched) continue;
        if (matched < size) return false;
        return permission(m->mml ? lockdown_rights(m->cfg[n], priv == PRIV_M)
                                 : plain_rights(m->cfg[n], priv),
                          access);
    }
    return model_unmatched(m, access, priv);
}

static bool model_locked(const struct model *m, unsigned n)
{
    return (m->cfg[n] & PMP_L) && !m->rlb;
}

static void model_write_addr(struct model *m, unsigned n, u64 value)
{
    if (model_locked(m, n)) return;
    if (n + 1 < PMP_N && model_locked(m, n + 1) && a_field(m->cfg[n + 1]) == TOR) return;
    m->addr[n] = value & (BIT(54) - 1);
}

/* "Adding a rule with executable privileges that either is M-mode-only or a locked Shared-Region is
 * not possible and such pmpcfg writes are ignored." */
static bool model_refuses(const struct model *m, u8 cfg)
{
    return m->mml && !m->rlb && (cfg & PMP_L) && (lockdown_rights(cfg, true) & PMP_X);
}

static void model_write_cfg(struct model *m, unsigned first, u64 value)
{
    for (unsigned n = first; n < first + 8; n++, value >>= 8)
        if (!model_locked(m, n) && !model_refuses(m, value & 0x9f)) m->cfg[n] = value & 0x9f;
}

static void model_write_seccfg(struct model *m, u64 value)
{
    bool any = false;
    for (unsigned n = 0; n < PMP_N; n++) any |= (m->cfg[n] & PMP_L) != 0;
    if (m->rlb || !any) m->rlb = value >> 2 & 1;
    m->mml |= value & 1;
    m->mmwp |= value >> 1 & 1;
}

/* ---- random registers and accesses ---- */

/* Addresses crowd together, so that entries overlap and accesses straddle them. */
static u64 random_addr(u64 base)
{
    u64 ones = BIT(pick(8)) - 1;
    if (pick(40) == 0) return ~0ull >> pick(12);
    return (base + pick(64)) | (pick(2) ? ones : 0);
}

static u64 random_cfg(const struct model *m, unsigned lock_rate)
{
    u64 value = 0;
    for (unsigned k = 0; k < 8; k++) {
        u64 cfg = rnd() & 0x1f;
        if ((cfg & PMP_W) && !(cfg & PMP_R) && !m->mml) cfg ^= PMP_W; /* else a shared region */
        if (pick(lock_rate) == 0) cfg |= PMP_L;
        value = value << 8 | cfg;
    }
    return value;
}

static void compare_registers(const struct pmp *p, const struct model *m)
{
    for (unsigned n = 0; n < PMP_N; n++) {
        assert_int_equal(p->addr[n], m->addr[n]);
        assert_int_equal(pmp_read_cfg(p, n & 8) >> 8 * (n & 7) & 0xff, m->cfg[n]);
    }
    assert_int_equal(p->seccfg, m->mml | m->mmwp << 1 | m->rlb << 2);
}

static void compare_access(const struct pmp *p, const struct model *m, u64 base)
{
    static const enum priv privs[] = {PRIV_U, PRIV_S, PRIV_M};
    u64 pa = (base << 2) + pick(512), size = pick(8) ? BIT(pick(4)) : 1 + pick(128);
    if (pick(500) == 0) size = PAGE_SIZE, pa &= ~PAGE_OFFSET_MASK;
    enum access access = (enum access)pick(ACCESS_N);
    enum priv priv = privs[pick(3)];
    bool expected = model_allows(m, pa, size, access, priv);
    if (pmp_allows(p, pa, size, access, priv) == expected) return;
    fail_msg("pa %" PRIx64 " size %" PRIu64 " access %u priv %u should be %s", pa, size, access,
             priv, expected ? "allowed" : "refused");
}

/* Fill a fresh unit and its model alike, then write over what locks leave open. */
static void fill(struct pmp *p, struct model *m, u64 base, unsigned lock_rate)
{
    *p = (struct pmp){0};
    *m = (struct model){0};
    for (unsigned round = 0; round < 3; round++) {
        u64 seccfg = pick(3) ? 0 : pick(8);
        pmp_write_seccfg(p, seccfg);
        model_write_seccfg(m, seccfg);
        for (unsigned n = 0; n < PMP_N; n++) {
            u64 value = random_addr(base);
            pmp_write_addr(p, n, value);
            model_write_addr(m, n, value);
        }
        for (unsigned first = 0; first < PMP_N; first += 8) {
            u64 value = random_cfg(m, lock_rate);
            if (pick(4) == 0) value = 0;
            pmp_write_cfg(p, first, value);
            model_write_cfg(m, first, value);
        }
    }
}

static void test_against_the_model(void **state)
{
    (void)state;
    rng_state = 1;
    for (unsigned k = 0; k < 8000; k++) {
        struct pmp p;
        struct model m;
        u64 base = pick(2) ? 0 : 0x20000000;
        fill(&p, &m, base, pick(2) ? 4 : 100);
        compare_registers(&p, &m);
        for (unsigned n = 0; n < 50; n++) compare_access(&p, &m, base);
    }
}

/* Entry 1 lies inside entry 2 and permits nothing. */
static void test_lowest_entry_decides(void **state)
{
    (void)state;
    struct pmp p = {0};
    pmp_write_addr(&p, 0, 0x1000 >> 2);
    pmp_write_addr(&p, 1, 0x2000 >> 2 | 0x1ff); /* 0x2000 to 0x2fff */
    pmp_write_addr(&p, 2, ~0ull);               /* everything */
    pmp_write_cfg(&p, 0, NAPOT << 3 | PMP_R | (u64)(NAPOT << 3) << 8 | (u64)(NAPOT << 3 | 7) << 16);
    assert_false(pmp_allows(&p, 0x2000, 8, ACCESS_LOAD, PRIV_S));
    assert_false(pmp_allows(&p, 0x2ff8, 8, ACCESS_LOAD, PRIV_U));
    assert_true(pmp_allows(&p, 0x2ff8, 8, ACCESS_LOAD, PRIV_M));
    assert_true(pmp_allows(&p, 0x3000, 8, ACCESS_STORE, PRIV_U));
    assert_false(pmp_allows(&p, 0x2ffc, 8, ACCESS_LOAD, PRIV_S)); /* not all of it in entry 1 */
    assert_false(pmp_allows(&p, 0x2ffc, 8, ACCESS_LOAD, PRIV_M)); /* "irrespective of L" */
    assert_false(pmp_allows(&p, 0x1000, 4, ACCESS_STORE, PRIV_S));
    assert_true(pmp_allows(&p, 0x1004, 4, ACCESS_LOAD, PRIV_S));
}

/* With all entries off, the lesser modes may do nothing, M-mode all. */
static void test_all_off(void **state)
{
    (void)state;
    const struct pmp p = {0};
    for (unsigned access = 0; access < ACCESS_N; access++) {
        assert_false(pmp_allows(&p, 0x80000000, 4, (enum access)access, PRIV_S));
        assert_false(pmp_allows(&p, 0x80000000, 4, (enum access)access, PRIV_U));
        assert_true(pmp_allows(&p, 0x80000000, 4, (enum access)access, PRIV_M));
    }
}

/* A locked TOR entry holds its lower bound too, even when the entry below is off and unlocked. */
static void test_locks(void **state)
{
    (void)state;
    struct pmp p = {0};
    pmp_write_addr(&p, 2, 0x100);
    pmp_write_addr(&p, 3, 0x200);
    pmp_write_cfg(&p, 0, (u64)(PMP_L | TOR << 3 | PMP_R) << 24);
    pmp_write_addr(&p, 2, 0);
    pmp_write_addr(&p, 3, 0);
    pmp_write_cfg(&p, 0, 0);
    assert_int_equal(p.addr[2], 0x100);
    assert_int_equal(p.addr[3], 0x200);
    assert_int_equal(pmp_read_cfg(&p, 0), (u64)(PMP_L | TOR << 3 | PMP_R) << 24);
    assert_false(pmp_allows(&p, 0x400, 4, ACCESS_STORE, PRIV_M));
    pmp_write_cfg(&p, 8, PMP_L); /* off and locked is locked */
    pmp_write_addr(&p, 8, 1);
    assert_int_equal(p.addr[8], 0);
}

/* R, W and X are one WARL field, in which W without R is reserved; A and L are fields of their own,
 * and take what is written. Bits 6:5 are zero. */
static void test_reserved_permissions(void **state)
{
    (void)state;
    for (u64 value = 0; value < 256; value++) {
        struct pmp p = {0};
        pmp_write_cfg(&p, 8, value << 16);
        u64 cfg = pmp_read_cfg(&p, 8) >> 16, rwx = cfg & 7;
        assert_true(rwx != PMP_W && rwx != (PMP_W | PMP_X));
        assert_int_equal(cfg & 0x60, 0);
        if ((value & 3) != PMP_W) assert_int_equal(cfg, value & 0x9f);
        assert_int_equal(cfg & (PMP_A | PMP_L), value & (PMP_A | PMP_L));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_the_model),
        cmocka_unit_test(test_lowest_entry_decides),
        cmocka_unit_test(test_all_off),
        cmocka_unit_test(test_locks),
        cmocka_unit_test(test_reserved_permissions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
