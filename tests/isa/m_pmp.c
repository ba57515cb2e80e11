/* Physical memory protection: matching modes down to 4 bytes, priority, what M is free of, locks
 * (priv. spec 3.7). reset_machine() opens all memory by entry 15; entries here come before it. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_lb, "lbu a0, (a0)");
SNIPPET(do_lw, "lwu a0, (a0)");
SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_sw, "sw a1, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(code_in_page, "li a0, 0x5a");

enum { R = 1, W = 2, X = 4, TOR = 1 << 3, NA4 = 2 << 3, NAPOT = 3 << 3, LOCK = 1 << 7 };

static u64 page;

static void set_page(void)
{
    page = (u64)new_pages(3);
    for (unsigned i = 0; i < 4; i++) ((u32 *)page)[i] = code_in_page[i];
    __asm__ volatile("fence.i" ::: "memory");
}

/* Configuration bytes of entries 0 to 7. */
static void configure(u64 bytes)
{
    csr_write(pmpcfg0, bytes);
    fence_all();
}

static void expect_load(const u32 *code, u64 address, bool allowed)
{
    struct trap t = run(S_MODE, code, address);

    if (allowed)
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, LEVEL_M, .cause = LOAD_ACCESS, .tval = address);
}

static void expect_store(u64 address, bool allowed)
{
    struct trap t = run(S_MODE, do_sw, address, 0x13);

    if (allowed)
        EXPECT_RETURN(t);
    else
        EXPECT_TRAP(t, LEVEL_M, .cause = STORE_ACCESS, .tval = address);
}

static u64 napot(u64 base, u64 size)
{
    return (base | (size / 2 - 1)) >> 2;
}

TEST(permissions)
{
    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    for (unsigned rwx = 0; rwx < 8; rwx++) {
        if ((rwx & (R | W)) == W) continue; /* reserved */
        note(rwx);
        configure(NAPOT | rwx);
        expect_load(do_lw, page, rwx & R);
        expect_store(page + 64, rwx & W);
        struct trap t = run(U_MODE, do_jump, page);
        if (rwx & X)
            EXPECT_VALUE(t, 0x5a);
        else
            EXPECT_TRAP(t, LEVEL_M, .cause = FETCH_ACCESS, .epc = page, .tval = page);
        EXPECT_RETURN(run(M_MODE, do_sw, page + 64)); /* not locked: M is free */
    }
}

/* The kinds of access behind R and W. Block management goes where a load or a store may go, and
 * faults as a store (CMO extensions). */
TEST(every_kind_of_access)
{
    SNIPPET(do_lr, "lr.w a0, (a0)");
    SNIPPET(do_sc, "lr.w t0, (a2)\n.globl m_pmp_sc\nm_pmp_sc: sc.w t0, a1, (a0)");
    SNIPPET(do_amo, "amoadd.w a0, a1, (a0)");
    SNIPPET(do_zero, "cbo.zero (a0)");
    SNIPPET(do_clean, "cbo.clean (a0)");
    SNIPPET(do_flush, "cbo.flush (a0)");
    extern const u32 m_pmp_sc[];
    static const struct {
        const u32 *code;
        unsigned any_of;
        u64 cause;
    } list[] = {
        {do_lr,    R,     LOAD_ACCESS },
        {do_lw,    R,     LOAD_ACCESS },
        {do_sw,    W,     STORE_ACCESS},
        {do_amo,   W,     STORE_ACCESS},
        {do_zero,  W,     STORE_ACCESS},
        {do_clean, R | W, STORE_ACCESS},
        {do_flush, R | W, STORE_ACCESS},
    };
    static const unsigned rwx[] = {0, R, R | W, R | X, R | W | X};

    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    for (unsigned i = 0; i < 5; i++) {
        configure(NAPOT | rwx[i]);
        for (unsigned k = 0; k < 7; k++) {
            csr_write(menvcfg, ENVCFG_CBZE | ENVCFG_CBCFE);
            struct trap t = run(S_MODE, list[k].code, page + 256);
            note(i << 4 | k);
            if (rwx[i] & list[k].any_of)
                EXPECT_RETURN(t);
            else
                EXPECT_TRAP(t, LEVEL_M, .cause = list[k].cause, .tval = page + 256);
        }
        if (rwx[i] & W) continue;
        struct trap t = run(S_MODE, do_sc, page + 256, 0, page + PAGE); /* may fail unseen */
        if (t.level != NOT_TAKEN)
            EXPECT_TRAP(t, LEVEL_M, .cause = STORE_ACCESS, .tval = page + 256,
                        .epc = (u64)m_pmp_sc);
    }
    configure(NAPOT | R); /* with its reservation SC must not store */
    SNIPPET(lr_sc, "lr.w t0, (a0)\n.globl m_pmp_sc_2\nm_pmp_sc_2: sc.w a0, a1, (a0)");
    extern const u32 m_pmp_sc_2[];
    EXPECT_TRAP(run(S_MODE, lr_sc, page + 256), LEVEL_M, .cause = STORE_ACCESS, .tval = page + 256,
                .epc = (u64)m_pmp_sc_2);
}

/* MXR and SUM open pages of page tables, never what PMP closes. */
TEST(mxr_and_sum_open_nothing)
{
    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    configure(NAPOT | X);
    csr_set(sstatus, STATUS_MXR | STATUS_SUM);
    expect_load(do_lw, page, false);
    struct table *t = use_satp(SV39);
    pt_map(t, 0x40000000, page, 0, LEAF_S & ~PTE_RW); /* MXR opens this page, not the memory */
    expect_load(do_lw, 0x40000000, false);
    pt_map(t, 0x40000000, page, 0, LEAF_U);
    expect_load(do_lw, 0x40000000, false);
    expect_store(0x40000000, false);
    configure(NAPOT | R);
    expect_load(do_lw, 0x40000000, true);
}

TEST(granularity_is_four_bytes)
{
    csr_write(pmpaddr0, ~0ull);
    u64 value = csr_read(pmpaddr0);
    CHECK_EQ(value & 1, 1);
    csr_write(pmpaddr0, 0);
    configure(NAPOT);
    CHECK_EQ(csr_read(pmpaddr0) & 1, 0);
    configure(NA4);
    CHECK_EQ(csr_read(pmpcfg0) & 0x18, NA4);
    configure(0);
}

TEST(na4)
{
    set_page();
    csr_write(pmpaddr0, (page + 8) >> 2);
    configure(NA4 | R);
    expect_store(page + 4, true);
    expect_store(page + 8, false);
    expect_load(do_lw, page + 8, true);
    expect_store(page + 12, true);
    configure(NA4);
    expect_load(do_lb, page + 7, true);
    expect_load(do_lb, page + 8, false);
    expect_load(do_lb, page + 11, false);
    expect_load(do_lb, page + 12, true);
}

/* All bytes of an access must match one entry; a partial match fails, permissions or not. */
TEST(partial_match)
{
    set_page();
    csr_write(pmpaddr0, (page + 8) >> 2);
    configure(NA4 | R | W | X);
    expect_load(do_lw, page + 8, true);
    expect_load(do_ld, page + 8, false);
    expect_load(do_ld, page, true);
    EXPECT_TRAP(run(M_MODE, do_ld, page + 8), LEVEL_M, .cause = LOAD_ACCESS, .tval = page + 8);
}

TEST(napot_sizes)
{
    set_page();
    for (u64 size = 8; size <= PAGE; size *= 2) {
        note(size);
        csr_write(pmpaddr0, napot(page, size));
        configure(NAPOT);
        expect_load(do_lw, page, false);
        expect_load(do_lw, page + size - 4, false);
        expect_load(do_lw, page + size, true);
        csr_write(pmpaddr0, napot(page + size, size)); /* an odd multiple of its size */
        fence_all();
        expect_load(do_lw, page + size - 4, true);
        expect_load(do_lw, page + size, false);
        expect_load(do_lw, page + 2 * size - 4, false);
    }
}

TEST(tor)
{
    set_page();
    csr_write(pmpaddr0, (page + 16) >> 2);
    csr_write(pmpaddr1, (page + 28) >> 2);
    configure((u64)TOR << 8); /* entry 1 from 16 to 28 */
    expect_load(do_lw, page + 12, true);
    expect_load(do_lw, page + 16, false);
    expect_load(do_lw, page + 24, false);
    expect_load(do_lw, page + 28, true);
    csr_write(pmpaddr1, (page + 16) >> 2); /* bottom = top: matches nothing */
    configure((u64)TOR << 8);
    expect_load(do_lw, page + 16, true);
    csr_write(pmpaddr0, page >> 2); /* entry 0: from address 0 up to the page; code needs X */
    configure(TOR | R | W | X);
    expect_load(do_lw, page, true);
}

/* The lowest-numbered matching entry decides. */
TEST(priority)
{
    set_page();
    csr_write(pmpaddr0, napot(page, 8));
    csr_write(pmpaddr1, napot(page, PAGE));
    configure((NAPOT | R | W) | (u64)NAPOT << 8);
    expect_load(do_lw, page, true);
    expect_load(do_lw, page + 8, false);
    configure(NAPOT | (u64)(NAPOT | R | W) << 8);
    expect_load(do_lw, page, false);
    expect_load(do_lw, page + 8, true);
}

/* No entry matches: S and U are refused, M is not. */
TEST(no_match)
{
    set_page();
    csr_write(pmpaddr0, napot((u64)trap_m & ~(u64)(PAGE - 1), PAGE));
    csr_write(pmpcfg2, 0);
    csr_write(pmpaddr1, 0x80000000 >> 2);
    csr_write(pmpaddr2, page >> 2);
    configure((u64)(TOR | R | W | X) << 16); /* image up to the page */
    expect_load(do_lw, page - 4, true);
    expect_load(do_lw, page, false);
    EXPECT_RETURN(run(M_MODE, do_lw, page));
}

/* An entry that is off matches nothing. */
TEST(off)
{
    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    configure(0);
    expect_load(do_lw, page, true);
}

/* MPRV: M's access is checked as the lesser mode. */
TEST(mprv)
{
    SNIPPET(load_as_s, "li t0, 0x8000021800\ncsrc mstatus, t0\nli t0, 0x20800\ncsrs mstatus, t0\n"
                       ".globl as_s_access\nas_s_access: lwu a0, (a0)");
    extern const u32 as_s_access[];
    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    configure(NAPOT);
    EXPECT_TRAP(run(M_MODE, load_as_s, page), LEVEL_M, .cause = LOAD_ACCESS,
                .epc = (u64)as_s_access, .tval = page);
}

/* A fetch is of the instruction's own bytes: what lies behind its end may be closed, what lies in
 * it may not. */
TEST(fetch_at_the_edge)
{
    SNIPPET_C(short_code, "c.li a0, 9\nc.jr ra");

    set_page();
    u32 *last = (u32 *)(page + PAGE - 4);
    csr_write(pmpaddr0, napot(page, PAGE));
    csr_write(pmpaddr1, napot(page + PAGE, PAGE));
    configure((NAPOT | R | W | X) | (u64)(NAPOT | R | W) << 8);
    *last = *short_code;
    __asm__ volatile("fence.i" ::: "memory");
    EXPECT_VALUE(run(U_MODE, last), 9);
    *(u16 *)(page + PAGE - 2) = 0x0513; /* half of an addi */
    __asm__ volatile("fence.i" ::: "memory");
    EXPECT_TRAP(run(U_MODE, last), LEVEL_M, .cause = FETCH_ACCESS, .epc = page + PAGE - 2,
                .tval = page + PAGE);
}

/* Page tables are read under PMP as S-mode loads: an access fault of the original type. */
TEST(page_tables)
{
    struct table *t = use_satp(SV39);

    set_page();
    pt_map(t, 0x40000000, page, 0, LEAF_S);
    u64 table = (*pt_entry(t, 0x40000000, 1) & MASK(53, 10)) << 2;
    csr_write(pmpaddr0, napot(table, PAGE));
    configure(NAPOT);
    EXPECT_TRAP(run(S_MODE, do_lw, 0x40000000), LEVEL_M, .cause = LOAD_ACCESS, .tval = 0x40000000);
    EXPECT_TRAP(run(S_MODE, do_sw, 0x40000000), LEVEL_M, .cause = STORE_ACCESS, .tval = 0x40000000);
    EXPECT_TRAP(run(S_MODE, do_jump, 0x40000000), LEVEL_M, .cause = FETCH_ACCESS, .epc = 0x40000000,
                .tval = 0x40000000);
    configure(NAPOT | R);
    EXPECT_RETURN(run(S_MODE, do_lw, 0x40000000));
}

/* The guest: PMP holds for supervisor physical addresses, whatever V. */
TEST(guest)
{
    set_page();
    csr_write(pmpaddr0, napot(page, PAGE));
    configure(NAPOT | R);
    EXPECT_RETURN(run(VS_MODE, do_lw, page));
    EXPECT_TRAP(run(VS_MODE, do_sw, page), LEVEL_M, .cause = STORE_ACCESS, .tval = page,
                .gva = true);
    EXPECT_TRAP(run(VU_MODE, do_sw, page), LEVEL_M, .cause = STORE_ACCESS, .tval = page,
                .gva = true);
}

/* An access over the border of two entries that both allow it: each part must be within one. A
 * misaligned access may be split, so either outcome is right; it must not be another fault. */
TEST(misaligned_over_a_border)
{
    set_page();
    csr_write(pmpaddr0, napot(page, 8));
    configure(NAPOT | R | W);
    struct trap t = run(S_MODE, do_ld, page + 4);
    CHECK_EQ(t.level == NOT_TAKEN || t.cause == LOAD_ACCESS || t.cause == MISALIGNED_LOAD, 1);
}

/* ---- locks: last, as only reset undoes them; entry 4 stays locked ---- */

TEST(lock_binds_m)
{
    static u8 locked[PAGE] __attribute__((aligned(PAGE)));
    u64 base = (u64)locked;

    csr_write(pmpaddr4, napot(base, PAGE));
    configure((u64)(LOCK | NAPOT | R) << 32);
    EXPECT_RETURN(run(M_MODE, do_lw, base));
    EXPECT_TRAP(run(M_MODE, do_sw, base), LEVEL_M, .cause = STORE_ACCESS, .tval = base);
    EXPECT_TRAP(run(M_MODE, do_jump, base), LEVEL_M, .cause = FETCH_ACCESS, .epc = base,
                .tval = base);
    csr_write(pmpcfg0, 0);
    CHECK_EQ(csr_read(pmpcfg0) >> 32 & 0xff, LOCK | NAPOT | R);
    csr_write(pmpaddr4, 0);
    CHECK_EQ(csr_read(pmpaddr4), napot(base, PAGE));
}

/* A locked TOR entry locks the address below it as well. */
TEST(lock_of_tor)
{
    csr_write(pmpaddr5, 0x1000);
    csr_write(pmpaddr6, 0x2000);
    csr_write(pmpcfg0, (u64)(LOCK | TOR | R) << 48 | csr_read(pmpcfg0));
    csr_write(pmpaddr5, 0x1234);
    CHECK_EQ(csr_read(pmpaddr5), 0x1000);
    csr_write(pmpaddr6, 0x1234);
    CHECK_EQ(csr_read(pmpaddr6), 0x2000);
}
