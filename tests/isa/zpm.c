/* Pointer masking: Smmpm, Smnpm, Ssnpm (priv. spec, "Pointer Masking Extensions"; the PMM fields of
 * mseccfg, menvcfg, henvcfg and senvcfg; hstatus.HUPMM). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_sd, "sd a1, (a0)");
SNIPPET(do_lr_sc, "lr.d t0, (a0)\nsc.d t1, a1, (a0)\nadd a0, t0, t1");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");
SNIPPET(do_fld, "fld ft0, (a0)\nfmv.x.d a0, ft0");
SNIPPET(do_fsd, "fmv.d.x ft0, a1\nfsd ft0, (a0)");
SNIPPET_C(do_c_ld, "c.ld a0, 0(a0)");
SNIPPET(do_zero, "cbo.zero (a0)");
SNIPPET(do_flush, "cbo.flush (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(plain_then_tagged, "ld t0, (a0)\nld t1, (a1)\nsd t1, (a1)\nld t2, (a0)\nadd a0, t1, t2");
SNIPPET(hlv_d, "hlv.d a0, (a0)");
SNIPPET(hlvx_wu, "hlvx.wu a0, (a0)");
SNIPPET(hsv_d, "hsv.d a1, (a0)");

#define PMM(value)   ((u64)(value) << 32)
#define HUPMM(value) ((u64)(value) << 48)
enum { LOW = 0x40000000, VALUE = 0x0a5a1234 };

static const struct length {
    u64 pmm;
    unsigned bits;
} lengths[] = {
    {2, 7 },
    {3, 16}
};

static u64 ones(unsigned bits)
{
    return ~(~0ull >> bits);
}

/* The address with some of its ignored bits turned over. */
static u64 tag(u64 address, unsigned bits)
{
    return address ^ (0xa5a5000000000000 & ones(bits)) ^ BIT(63);
}

/* Set the field that governs a mode. */
static void mask_mode(enum mode mode, u64 pmm)
{
    switch (mode) {
    case M_MODE: csr_write(mseccfg, PMM(pmm)); break;
    case S_MODE: csr_write(menvcfg, PMM(pmm) | ENVCFG_CBZE | ENVCFG_CBCFE); break;
    case VS_MODE: csr_write(henvcfg, PMM(pmm) | ENVCFG_CBZE | ENVCFG_CBCFE); break;
    default: csr_write(senvcfg, PMM(pmm) | ENVCFG_CBZE | ENVCFG_CBCFE); break;
    }
}

static void mask_none(void)
{
    csr_write(mseccfg, 0);
    csr_write(menvcfg, ENVCFG_CBZE | ENVCFG_CBCFE);
    csr_write(henvcfg, ENVCFG_CBZE | ENVCFG_CBCFE);
    csr_write(senvcfg, ENVCFG_CBZE | ENVCFG_CBCFE);
    csr_clear(hstatus, HUPMM(3));
}

TEST(fields)
{
    for (unsigned value = 0; value < 4; value++) {
        note(value);
        if (value == 1) continue; /* reserved */
        CHECK_EQ(csr_write_read(mseccfg, PMM(value)) & PMM(3), PMM(value));
        CHECK_EQ(csr_write_read(menvcfg, PMM(value)) & PMM(3), PMM(value));
        CHECK_EQ(csr_write_read(henvcfg, PMM(value)) & PMM(3), PMM(value));
        CHECK_EQ(csr_write_read(senvcfg, PMM(value)) & PMM(3), PMM(value));
        csr_clear(hstatus, HUPMM(3));
        csr_set(hstatus, HUPMM(value));
        CHECK_EQ(csr_read(hstatus) & HUPMM(3), HUPMM(value));
    }
    CHECK_EQ((csr_write_read(mseccfg, PMM(1)) & PMM(3)) == PMM(1), 0);
    CHECK_EQ((csr_write_read(menvcfg, PMM(1)) & PMM(3)) == PMM(1), 0);
    CHECK_EQ((csr_write_read(henvcfg, PMM(1)) & PMM(3)) == PMM(1), 0);
    CHECK_EQ((csr_write_read(senvcfg, PMM(1)) & PMM(3)) == PMM(1), 0);
    mask_none();
}

/* ---- physical addresses: the upper bits become 0 ---- */

static void check_physical(enum mode mode, const struct length *l)
{
    u64 *word = (u64 *)new_pages(1), at = (u64)word, odd = BIT(63 - l->bits);
    bool guest = mode & 4;

    *word = VALUE;
    note(mode * 16 + l->bits);
    mask_mode(mode, l->pmm);
    EXPECT_VALUE(run(mode, do_ld, at), VALUE);
    EXPECT_VALUE(run(mode, do_ld, tag(at, l->bits)), VALUE);
    EXPECT_VALUE(run(mode, do_ld, at | ones(l->bits)), VALUE);
    EXPECT_VALUE(run(mode, plain_then_tagged, at, tag(at, l->bits)), 2 * VALUE);
    /* The first bit that counts */
    struct trap t = run(mode, do_ld, tag(at | odd, l->bits));
    EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_ACCESS, .tval = at | odd, .gva = guest);
    mask_mode(mode, 0);
    t = run(mode, do_ld, tag(at, l->bits));
    EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_ACCESS, .tval = tag(at, l->bits), .gva = guest);
}

TEST(physical_addresses)
{
    static const enum mode modes[] = {M_MODE, S_MODE, U_MODE, VS_MODE, VU_MODE};

    for (unsigned k = 0; k < 2; k++)
        for (unsigned m = 0; m < 5; m++) check_physical(modes[m], &lengths[k]);
}

/* ---- virtual addresses: they take on the sign of the first bit that counts ---- */

static void check_virtual(enum mode mode, struct table *t, const struct length *l)
{
    u64 *word = (u64 *)new_pages(1), flags = mode & 1 ? LEAF_S : LEAF_U;
    u64 high = ~0ull << (11 + 9 * pt_levels(t->scheme)); /* lowest of the upper half */

    *word = VALUE;
    note(t->scheme * 256 + mode * 16 + l->bits);
    pt_map(t, LOW, (u64)word, 0, flags);
    mask_mode(mode, l->pmm);
    EXPECT_VALUE(run(mode, do_ld, LOW), VALUE);
    EXPECT_VALUE(run(mode, do_ld, tag(LOW, l->bits)), VALUE);
    EXPECT_VALUE(run(mode, plain_then_tagged, LOW, tag(LOW, l->bits)), 2 * VALUE);
    if (l->bits == 16 && t->scheme == SV57) return; /* 57 bits do not all count */
    pt_map(t, high, (u64)word, 0, flags);
    EXPECT_VALUE(run(mode, do_ld, high), VALUE);
    EXPECT_VALUE(run(mode, do_ld, tag(high, l->bits)), VALUE);
    EXPECT_VALUE(run(mode, do_ld, high & ~ones(l->bits)), VALUE);
    u64 missing = high + GIB + 8;
    EXPECT_TRAP(run(mode, do_ld, tag(missing, l->bits)), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = missing, .gva = (mode & 4) != 0);
    mask_mode(mode, 0);
    EXPECT_TRAP(run(mode, do_ld, tag(high, l->bits)), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = tag(high, l->bits), .gva = (mode & 4) != 0);
}

static void check_schemes(enum mode mode)
{
    for (enum scheme scheme = SV39; scheme <= SV57; scheme++) {
        for (unsigned k = 0; k < 2; k++) {
            reset_tables();
            struct table *t = mode & 4 ? use_vsatp(scheme) : use_satp(scheme);
            tables_changed();
            check_virtual(mode, t, &lengths[k]);
        }
    }
}

TEST(supervisor_virtual)
{
    check_schemes(S_MODE);
}
TEST(user_virtual)
{
    check_schemes(U_MODE);
}
TEST(guest_supervisor_virtual)
{
    check_schemes(VS_MODE);
}
TEST(guest_user_virtual)
{
    check_schemes(VU_MODE);
}

/* With 16 bits ignored under Sv57, nine bits that would index the root do not count: LOW and ALSO
 * are one address then and two without. */
#define ALSO (LOW | BIT(50))

static void two_pages(struct table *t, u64 flags)
{
    u64 *word = (u64 *)new_pages(2);

    word[0] = VALUE;
    word[512] = 2 * VALUE;
    pt_map(t, LOW, (u64)word, 0, flags);
    pt_map(t, ALSO, (u64)word + PAGE, 0, flags);
}

TEST(bits_of_sv57_are_ignored_too)
{
    two_pages(use_satp(SV57), LEAF_S);
    EXPECT_VALUE(run(S_MODE, do_ld, ALSO), 2 * VALUE);
    mask_mode(S_MODE, 3);
    EXPECT_VALUE(run(S_MODE, do_ld, ALSO), VALUE);
    mask_mode(S_MODE, 2);
    EXPECT_VALUE(run(S_MODE, do_ld, ALSO), 2 * VALUE);
}

/* "Changing senvcfg.PMM takes effect immediately", here between two loads as U-mode by MPRV. */
TEST(at_once)
{
    SNIPPET(load_change_load, "li t0, 0x8000021800\ncsrc mstatus, t0\nli t0, 0x20000\n"
                              "csrs mstatus, t0\nld t0, (a0)\ncsrw senvcfg, a1\nld a0, (a0)\n"
                              "add a0, a0, t0");
    two_pages(use_satp(SV57), LEAF_U);
    EXPECT_VALUE(run(M_MODE, load_change_load, ALSO, PMM(3)), 3 * VALUE);
    EXPECT_VALUE(run(M_MODE, load_change_load, ALSO, PMM(2)), 3 * VALUE);
}

/* ---- which accesses ---- */

static void check_accesses(enum mode mode, u64 at, volatile u64 *word)
{
    *word = 5;
    EXPECT_VALUE(run(mode, do_ld, at), 5);
    EXPECT_VALUE(run(mode, do_c_ld, at), 5);
    EXPECT_VALUE(run(mode, do_fld, at), 5);
    EXPECT_RETURN(run(mode, do_sd, at, 6));
    CHECK_EQ(*word, 6);
    EXPECT_VALUE(run(mode, do_lr_sc, at, 7), 6);
    CHECK_EQ(*word, 7);
    EXPECT_VALUE(run(mode, do_amo, at, 1), 7);
    CHECK_EQ(*word, 8);
    EXPECT_RETURN(run(mode, do_fsd, at, 9));
    CHECK_EQ(*word, 9);
    EXPECT_RETURN(run(mode, do_flush, at));
    EXPECT_RETURN(run(mode, do_zero, at));
    CHECK_EQ(*word, 0);
}

TEST(every_explicit_access)
{
    static const enum mode modes[] = {M_MODE, S_MODE, U_MODE, VS_MODE, VU_MODE};
    u64 *word = (u64 *)new_pages(1);

    mask_none();
    for (unsigned m = 0; m < 5; m++) {
        note(modes[m]);
        mask_mode(modes[m], 2);
        check_accesses(modes[m], tag((u64)word, 7), word);
    }
}

/* CSRs hold what software writes, all of it: an access to one is no access to memory. */
TEST(not_a_csr)
{
    SNIPPET(keep, "csrw sepc, a0\ncsrr t0, sepc\ncsrw stval, a0\ncsrr t1, stval\n"
                  "csrw sscratch, a0\ncsrr t2, sscratch\nxor t0, t0, a0\nxor t1, t1, a0\n"
                  "xor t2, t2, a0\nor a0, t0, t1\nor a0, a0, t2");
    u64 tagged = tag(0x80001234, 16);

    for (unsigned k = 0; k < 2; k++) {
        mask_mode(S_MODE, lengths[k].pmm);
        mask_mode(VS_MODE, lengths[k].pmm);
        mask_mode(M_MODE, lengths[k].pmm);
        EXPECT_VALUE(run(S_MODE, keep, tagged), 0);
        EXPECT_VALUE(run(VS_MODE, keep, tagged), 0);
        EXPECT_VALUE(run(M_MODE, keep, tagged), 0);
        CHECK_EQ(csr_write_read(mepc, tagged), tagged);
        CHECK_EQ(csr_write_read(mscratch, tagged), tagged);
    }
}

/* Nor is the way to the handler: at a tagged address there is none, and the fetch there fails. */
TEST(not_a_trap_vector)
{
    SNIPPET(do_ebreak, "ebreak");
    u64 handler = tag((u64)trap_hs, 7) & ~3ull;

    mask_mode(S_MODE, 2);
    csr_write(medeleg, BIT(BREAKPOINT));
    csr_write(stvec, handler);
    EXPECT_TRAP(run(U_MODE, do_ebreak), LEVEL_M, .cause = FETCH_ACCESS, .epc = handler,
                .tval = handler, .from_set = true, .from = S_MODE);
    csr_write(stvec, trap_hs);
}

/* Not fetches: "nor instruction fetches", and what a jump to a tagged address leaves in tval. */
TEST(not_a_fetch)
{
    static const enum mode modes[] = {M_MODE, S_MODE, U_MODE};
    u64 to = tag((u64)do_ld, 7);

    for (unsigned m = 0; m < 3; m++) {
        mask_mode(modes[m], 2);
        EXPECT_TRAP(run(modes[m], do_jump, to), LEVEL_M, .cause = FETCH_ACCESS, .epc = to,
                    .tval = to);
    }
}

TEST(store_and_atomic_faults_hold_the_transformed_address)
{
    u64 missing = 0x50000008;

    use_satp(SV39);
    mask_none();
    mask_mode(S_MODE, 3);
    EXPECT_TRAP(run(S_MODE, do_sd, tag(missing, 16)), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = missing);
    EXPECT_TRAP(run(S_MODE, do_amo, tag(missing, 16)), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = missing);
    struct trap t = run(S_MODE, do_amo, tag(missing + 1, 16)); /* misaligned, or an access fault */
    CHECK_EQ(t.cause == MISALIGNED_STORE || t.cause == STORE_ACCESS, true);
    CHECK_EQ(t.tval, missing + 1);
    EXPECT_TRAP(run(S_MODE, do_zero, tag(missing & ~63ull, 16)), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .tval = missing & ~63ull);
}

/* "The behavior is identical to applying the pointer masking transformation to every constituent
 * aligned memory access": 0x7fff... is followed by 0xffff8... */
TEST(misaligned_across_the_sign)
{
    struct table *t = use_satp(SV57);
    u8 *pages = new_pages(2);
    u64 last = 0x00007ffffffff000, first = 0xffff800000000000;

    *(u32 *)(pages + PAGE - 4) = 0x11223344;
    *(u32 *)(pages + PAGE) = 0x55667788;
    pt_map(t, last, (u64)pages, 0, LEAF_S);
    mask_mode(S_MODE, 3);
    EXPECT_TRAP(run(S_MODE, do_ld, tag(last + PAGE - 4, 16)), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = first, .offset = 4);
    pt_map(t, first, (u64)pages + PAGE, 0, LEAF_S);
    EXPECT_VALUE(run(S_MODE, do_ld, tag(last + PAGE - 4, 16)), 0x5566778811223344);
}

/* ---- whose setting ---- */

/* Each mode has its own, and a change needs no fence. */
TEST(each_mode_its_own)
{
    static const enum mode modes[] = {M_MODE, S_MODE, VS_MODE, U_MODE};
    u64 *word = (u64 *)new_pages(1), tagged = tag((u64)word, 7);

    *word = VALUE;
    for (unsigned set = 0; set < 4; set++) {
        mask_none();
        mask_mode(modes[set], 2);
        for (unsigned m = 0; m < 4; m++) {
            struct trap t = run(modes[m], do_ld, tagged);
            note(16 * set + m);
            if (m == set)
                EXPECT_VALUE(t, VALUE);
            else
                EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_ACCESS, .tval = tagged, .gva = m == 2);
        }
    }
    EXPECT_VALUE(run(VU_MODE, do_ld, tagged), VALUE); /* senvcfg is U's and VU's */
}

/* "When MXR is in effect at the effective privilege mode [...] pointer masking does not apply",
 * with and without page tables; M-mode has no MXR. */
TEST(not_under_mxr)
{
    u64 *word = (u64 *)new_pages(1), tagged = tag((u64)word, 7);

    *word = VALUE;
    mask_mode(M_MODE, 2);
    mask_mode(S_MODE, 2);
    mask_mode(U_MODE, 2);
    mask_mode(VS_MODE, 2);
    csr_set(mstatus, STATUS_MXR);
    EXPECT_VALUE(run(M_MODE, do_ld, tagged), VALUE);
    EXPECT_TRAP(run(S_MODE, do_ld, tagged), LEVEL_M, .cause = LOAD_ACCESS, .tval = tagged);
    EXPECT_TRAP(run(U_MODE, do_sd, tagged), LEVEL_M, .cause = STORE_ACCESS, .tval = tagged);
    EXPECT_TRAP(run(VS_MODE, do_ld, tagged), LEVEL_M, .cause = LOAD_ACCESS, .tval = tagged,
                .gva = true);
    csr_clear(mstatus, STATUS_MXR);
    csr_set(vsstatus, STATUS_MXR);
    EXPECT_VALUE(run(S_MODE, do_ld, tagged), VALUE);
    EXPECT_TRAP(run(VS_MODE, do_ld, tagged), LEVEL_M, .cause = LOAD_ACCESS, .tval = tagged,
                .gva = true);
    EXPECT_TRAP(run(VU_MODE, do_ld, tagged), LEVEL_M, .cause = LOAD_ACCESS, .tval = tagged,
                .gva = true);
    csr_clear(vsstatus, STATUS_MXR);
    EXPECT_VALUE(run(VS_MODE, do_ld, tagged), VALUE);
    use_satp(SV39);
    csr_set(mstatus, STATUS_MXR);
    EXPECT_TRAP(run(S_MODE, do_ld, tagged), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = tagged);
}

/* MPRV: the setting of the mode that the access is made as. */
TEST(mprv)
{
    SNIPPET(load_as_s, "li t0, 0x8000021800\ncsrc mstatus, t0\nli t0, 0x20800\ncsrs mstatus, t0\n"
                       ".globl zpm_access\nzpm_access: ld a0, (a0)");
    extern const u32 zpm_access[];
    u64 *word = (u64 *)new_pages(1), tagged = tag((u64)word, 7);

    *word = VALUE;
    mask_mode(S_MODE, 2);
    EXPECT_VALUE(run(M_MODE, load_as_s, tagged), VALUE);
    mask_none();
    mask_mode(M_MODE, 2);
    EXPECT_TRAP(run(M_MODE, load_as_s, tagged), LEVEL_M, .cause = LOAD_ACCESS,
                .epc = (u64)zpm_access, .tval = tagged);
}

/* ---- two stages ---- */

TEST(guest_page_faults)
{
    struct table *g = use_hgatp(SV39), *t;
    u64 *word = (u64 *)new_pages(1);

    *word = VALUE;
    pt_map(g, LOW, (u64)word, 0, LEAF_U);
    mask_mode(VS_MODE, 3);
    EXPECT_VALUE(run(VS_MODE, do_ld, tag(LOW, 16)), VALUE); /* vsatp Bare: zeros above */
    EXPECT_TRAP(run(VS_MODE, do_ld, tag(0x50000010, 16)), LEVEL_M, .cause = LOAD_GUEST_PAGE_FAULT,
                .tval = 0x50000010, .gpa = 0x50000010, .gva = true);
    t = use_vsatp(SV39);
    pt_map(t, 0x60000000, LOW, 0, LEAF_S);
    pt_map(t, 0x60001000, 0x50000000, 0, LEAF_S);
    EXPECT_VALUE(run(VS_MODE, do_ld, tag(0x60000000, 16)), VALUE);
    EXPECT_TRAP(run(VS_MODE, do_sd, tag(0x60001008, 16)), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                .tval = 0x60001008, .gpa = 0x50000008, .gva = true);
}

/* ---- HLV and HSV ---- */

static u64 *guest_word;

/* A guest whose page at LOW is user's or supervisor's. */
static void guest(bool user)
{
    guest_word = (u64 *)new_pages(1);
    *guest_word = VALUE;
    pt_map(use_vsatp(SV39), LOW, (u64)guest_word, 0, user ? LEAF_U : LEAF_S);
    csr_set(hstatus, HSTATUS_HU);
    if (user)
        csr_clear(hstatus, HSTATUS_SPVP);
    else
        csr_set(hstatus, HSTATUS_SPVP);
    mask_none();
}

static void expect_hlv(enum mode mode, bool masked)
{
    u64 tagged = tag(LOW, 7);
    struct trap load = run(mode, hlv_d, tagged), store = run(mode, hsv_d, tagged, VALUE + 1);

    note(mode);
    if (masked) {
        EXPECT_VALUE(load, VALUE);
        EXPECT_RETURN(store);
        CHECK_EQ(*guest_word, VALUE + 1);
    } else {
        EXPECT_TRAP(load, LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = tagged, .gva = true);
        EXPECT_TRAP(store, LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = tagged, .gva = true);
    }
    *guest_word = VALUE;
}

TEST(hlv_as_vs)
{
    static const enum mode modes[] = {M_MODE, S_MODE, U_MODE};

    guest(false);
    for (unsigned m = 0; m < 3; m++) {
        mask_none();
        mask_mode(modes[m], 2); /* its own does not count */
        csr_set(hstatus, HUPMM(2));
        mask_mode(U_MODE, 2);
        expect_hlv(modes[m], false);
        mask_none();
        mask_mode(VS_MODE, 2);
        expect_hlv(modes[m], true);
    }
}

TEST(hlv_as_vu)
{
    guest(true);
    mask_mode(VS_MODE, 2);
    mask_mode(S_MODE, 2);
    csr_set(hstatus, HUPMM(2));
    expect_hlv(S_MODE, false);
    expect_hlv(M_MODE, false);
    expect_hlv(U_MODE, true);
    mask_none();
    mask_mode(VU_MODE, 2);
    expect_hlv(S_MODE, true);
    expect_hlv(M_MODE, true);
    expect_hlv(U_MODE, false);
}

TEST(hlvx_is_never_masked)
{
    guest(false);
    mask_mode(VS_MODE, 2);
    EXPECT_VALUE(run(S_MODE, hlvx_wu, LOW), VALUE);
    EXPECT_TRAP(run(S_MODE, hlvx_wu, tag(LOW, 7)), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .tval = tag(LOW, 7), .gva = true);
}

TEST(hlv_under_the_guests_mxr)
{
    guest(false);
    mask_mode(VS_MODE, 2);
    csr_set(vsstatus, STATUS_MXR);
    expect_hlv(S_MODE, false);
    guest(true);
    csr_set(hstatus, HUPMM(2));
    expect_hlv(U_MODE, false);
    csr_clear(vsstatus, STATUS_MXR);
    expect_hlv(U_MODE, true);
}
