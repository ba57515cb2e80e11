/* Physical memory attributes (priv. spec 3.6) as QEMU's virt board and vhart have them: RAM takes
 * everything; a device, here the CLINT, takes plain aligned loads and stores and nothing else, from
 * whatever mode and through whatever translation. All violations are precise access faults. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_amo, "amoswap.w a0, a1, (a0)");
SNIPPET(do_lr, "lr.w a0, (a0)");
SNIPPET(do_sc, "la t0, m_pma_word\nlr.w t1, (t0)\nsc.w a0, a1, (a0)");
SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_sd, "sd a1, (a0)");
SNIPPET(do_zero, "cbo.zero (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
u64 m_pma_word;

#define MTIMECMP 0x2004000ull
#define VA       0x40000000ull
#define NOWHERE  0x1000000000ull

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

static const struct {
    const u32 *code;
    u64 offset, cause;
} refused[] = {
    {do_amo,  0, STORE_ACCESS},
    {do_lr,   0, LOAD_ACCESS },
    {do_ld,   4, LOAD_ACCESS },
    {do_sd,   2, STORE_ACCESS},
    {do_zero, 0, STORE_ACCESS},
    {do_jump, 0, FETCH_ACCESS},
};
enum { REFUSED = sizeof refused / sizeof *refused };

static void open_cbo(void)
{
    csr_write(menvcfg, ENVCFG_CBZE);
    csr_write(henvcfg, ENVCFG_CBZE);
    csr_write(senvcfg, ENVCFG_CBZE);
}

static void check(enum mode mode, u64 device)
{
    for (unsigned k = 0; k < REFUSED; k++) {
        u64 at = device + refused[k].offset;
        note(mode << 8 | k);
        EXPECT_TRAP(run(mode, refused[k].code, at), LEVEL_M, .cause = refused[k].cause, .tval = at,
                    .epc = refused[k].code == do_jump ? at : 0, .gva = mode & 4);
    }
    EXPECT_RETURN(run(mode, do_sd, device, 0x123456789abcdef0));
    EXPECT_VALUE(run(mode, do_ld, device), 0x123456789abcdef0);
    CHECK_EQ(CLINT_MTIMECMP, 0x123456789abcdef0); /* none of the others has reached it */
}

/* An SC without a valid reservation may fail without looking. */
static void check_sc(enum mode mode, u64 device)
{
    struct trap t = run(mode, do_sc, device, 1);

    if (t.level == NOT_TAKEN)
        EXPECT_VALUE(t, 1);
    else
        EXPECT_TRAP(t, LEVEL_M, .cause = STORE_ACCESS, .tval = device, .epc = ANY, .gva = mode & 4);
}

TEST(device_in_every_mode)
{
    open_cbo();
    for (unsigned i = 0; i < 5; i++) {
        check(modes[i], MTIMECMP);
        check_sc(modes[i], MTIMECMP);
    }
}

/* The attributes are of the physical address; the trap value is the virtual one. */
TEST(device_through_translation)
{
    open_cbo();
    for (unsigned i = 0; i < 2; i++) {
        struct table *t = use_satp(SV39), *vs = use_vsatp(SV48), *g = use_hgatp(SV39);
        u64 user = i ? 0 : PTE_U;

        pt_map(t, VA, MTIMECMP, 0, LEAF_S | user);
        pt_map(vs, VA, 0x50000000, 0, LEAF_S | user);
        pt_map(g, 0x50000000, MTIMECMP, 0, LEAF_U);
        check(modes[i], VA);
        check(modes[3 + i], VA);
        reset_machine();
        open_cbo();
    }
}

/* Nothing is there: so too for an address that a page leads to. */
TEST(nothing_through_translation)
{
    static const struct {
        const u32 *code;
        u64 cause;
    } all[] = {
        {do_ld,   LOAD_ACCESS },
        {do_sd,   STORE_ACCESS},
        {do_amo,  STORE_ACCESS},
        {do_jump, FETCH_ACCESS}
    };
    pt_map(use_satp(SV57), VA, NOWHERE, 0, LEAF_S);
    for (unsigned k = 0; k < 4; k++) {
        note(k);
        EXPECT_TRAP(run(S_MODE, all[k].code, VA + 8), LEVEL_M, .cause = all[k].cause,
                    .tval = VA + 8, .epc = all[k].code == do_jump ? VA + 8 : 0);
    }
}

/* Page tables lie in RAM; a device has none. */
TEST(page_table_in_a_device)
{
    struct table *t = use_satp(SV39);

    *pt_entry(t, VA, 1) = (MTIMECMP & ~0xfffull) >> 2 | PTE_V;
    CLINT_MTIMECMP = (u64)new_pages(1) >> 2 | LEAF_S; /* an entry of that table */
    tables_changed();
    EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_ACCESS, .tval = VA);
    CLINT_MTIMECMP = ~0ull;
}

/* Main memory takes every width and kind, in every mode. */
TEST(main_memory)
{
    SNIPPET(all_widths, "sb a1, (a0)\nlbu t0, (a0)\nsh a1, 8(a0)\nlhu t1, 8(a0)\nsw a1, 16(a0)\n"
                        "lwu t2, 16(a0)\nsd a1, 24(a0)\nld t3, 24(a0)\nadd a0, t0, t1\n"
                        "add a0, a0, t2\nadd a0, a0, t3");
    SNIPPET(all_atomics,
            "1: lr.d t0, (a0)\nsc.d t1, a1, (a0)\nbnez t1, 1b\namoswap.w t0, a2, (a0)\n"
            "amoxor.w t1, t0, (a0)\namoor.d t1, a1, (a0)\namoand.d t1, a1, (a0)\n"
            "amoadd.d t1, a1, (a0)\namomaxu.d t1, a1, (a0)\nld a0, (a0)");
    static u64 words[8];

    for (unsigned i = 0; i < 5; i++) {
        note(modes[i]);
        EXPECT_VALUE(run(modes[i], all_widths, words, 0x0102030405060708),
                     0x08 + 0x0708 + 0x05060708 + 0x0102030405060708);
        EXPECT_VALUE(run(modes[i], all_atomics, words, 0x10, 0x3), 0x20);
    }
}
