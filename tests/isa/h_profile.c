/* What the extensions that make up Sha promise beyond the hypervisor chapter: Shcounterenw,
 * Shgatpa, Shvsatpa, Shvstvecd, Shvstvala. (Shtvala: every guest-page fault of the other files.) */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");
SNIPPET(do_lr, "lr.d a0, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");

/* ---- Shcounterenw ---- */

/* Where a counter can hold something, the guest can be given it and denied it. */
#define COUNTER(n)                                                                                 \
    if (csr_write_read(mhpmcounter##n, 0x5555)) {                                                  \
        note(n);                                                                                   \
        CHECK_EQ(csr_write_read(hcounteren, BIT(n)) & BIT(n), BIT(n));                             \
        CHECK_EQ(csr_write_read(hcounteren, ~BIT(n)) & BIT(n), 0);                                 \
    }

TEST(hcounteren)
{
    for (unsigned n = 0; n < 3; n++) { /* cycle, time, instret are never read-only zero */
        note(n);
        CHECK_EQ(csr_write_read(hcounteren, BIT(n)) & BIT(n), BIT(n));
        CHECK_EQ(csr_write_read(hcounteren, ~BIT(n)) & BIT(n), 0);
    }
    /* clang-format off */
    COUNTER(3) COUNTER(4) COUNTER(5) COUNTER(6) COUNTER(7) COUNTER(8) COUNTER(9) COUNTER(10)
    COUNTER(11) COUNTER(12) COUNTER(13) COUNTER(14) COUNTER(15) COUNTER(16) COUNTER(17)
    COUNTER(18) COUNTER(19) COUNTER(20) COUNTER(21) COUNTER(22) COUNTER(23) COUNTER(24)
    COUNTER(25) COUNTER(26) COUNTER(27) COUNTER(28) COUNTER(29) COUNTER(30) COUNTER(31)
    /* clang-format on */
}

/* ---- Shgatpa, Shvsatpa ---- */

#define ROOT 0x80404000

/* Sv39 is there in any case, so that neither test is empty. */
TEST(sv39)
{
    CHECK_EQ(csr_write_read(satp, ATP(SV39, 0, ROOT)), ATP(SV39, 0, ROOT));
}

TEST(hgatp_modes_of_satp)
{
    for (u64 mode = 1; mode < 16; mode++) {
        csr_write(satp, 0);
        if (csr_write_read(satp, ATP(mode, 0, ROOT)) != ATP(mode, 0, ROOT)) continue;
        note(mode);
        CHECK_EQ(csr_write_read(hgatp, ATP(mode, 0, ROOT)), ATP(mode, 0, ROOT));
        CHECK_EQ(csr_write_read(hgatp, 0), 0);
    }
}

TEST(vsatp_modes_of_satp)
{
    SNIPPET(write_satp, "csrw satp, a0\ncsrr a0, satp\ncsrw satp, zero");

    for (u64 mode = 0; mode < 16; mode++) {
        u64 value = mode ? ATP(mode, 0, ROOT) : 0;

        csr_write(satp, 0);
        if (csr_write_read(satp, value) != value) continue;
        note(mode);
        csr_write(vsatp, ATP(SV39, 0, 0x80500000));
        CHECK_EQ(csr_write_read(vsatp, value), value);
        CHECK_EQ(csr_write_read(vsatp, 0), 0);
    }
    EXPECT_VALUE(run(VS_MODE, write_satp, 0), 0);
}

/* ---- Shvstvecd ---- */

/* Addresses of every scheme: bit 56 and all above it equal. */
TEST(vstvec)
{
    for (unsigned bit = 2; bit < 57; bit++) {
        u64 address = bit == 56 ? ~0ull << 56 : BIT(bit);

        note(bit);
        CHECK_EQ(csr_write_read(vstvec, address), address);
        CHECK_EQ(csr_write_read(vstvec, ~3ull ^ address), ~3ull ^ address);
    }
    CHECK_EQ(csr_write_read(vstvec, 1) & 2, 0);
    CHECK_EQ(csr_write_read(vstvec, 0), 0); /* MODE goes back to Direct */
}

/* A handler at an odd multiple of four, and interrupts that come there too, as the mode is Direct.
 */
TEST(handler_at_any_word)
{
    SNIPPET(do_nothing, "li a0, 7");
    static u32 words[9] __attribute__((aligned(16)));

    csr_write(hideleg, BIT(VSSI));
    csr_write(hie, BIT(VSSI));
    csr_write(hedeleg, BIT(BREAKPOINT));
    csr_write(medeleg, BIT(BREAKPOINT));
    for (u64 i = 0; i < 8; i++) {
        u64 here = (u64)&words[i], far = (u64)trap_vs - here;

        /* jal x0, trap_vs */
        words[i] = 0x6f | (u32)(far >> 20 & 1) << 31 | (u32)(far >> 1 & 0x3ff) << 21 |
                   (u32)(far >> 11 & 1) << 20 | (u32)(far & MASK(19, 12));
        __asm__ volatile("fence.i" ::: "memory");
        note(i);
        csr_write(vstvec, here);
        CHECK_EQ(csr_read(vstvec), here);
        csr_write(hvip, BIT(VSSI));
        csr_set(vsstatus, STATUS_SIE);
        EXPECT_TRAP(run(VS_MODE, do_nothing), LEVEL_VS, .cause = INTERRUPT | SSI);
        csr_clear(vsstatus, STATUS_SIE);
        csr_write(hvip, 0);
    }
}

/* ---- Shvstvala ---- */

#define EXCEPTIONS (MASK(8, 1) | MASK(15, 12)) /* all but those that hedeleg never gives to VS */
#define NOWHERE    0x1000000000ull             /* no memory there */

static const enum mode guest_modes[] = {VU_MODE, VS_MODE};

/* vstval is the faulting address, however large the access and wherever it begins. */
static void expect_vstval(enum mode mode, u64 address, u64 load, u64 store, u64 fetch)
{
    EXPECT_TRAP(run(mode, do_ld, address), LEVEL_VS, .cause = load, .tval = address);
    EXPECT_TRAP(run(mode, do_lr, address), LEVEL_VS, .cause = load, .tval = address);
    EXPECT_TRAP(run(mode, do_sd, address), LEVEL_VS, .cause = store, .tval = address);
    EXPECT_TRAP(run(mode, do_amo, address), LEVEL_VS, .cause = store, .tval = address);
    EXPECT_TRAP(run(mode, do_jump, address), LEVEL_VS, .cause = fetch, .epc = address,
                .tval = address);
}

TEST(vstval_of_page_faults)
{
    csr_write(medeleg, EXCEPTIONS);
    csr_write(hedeleg, EXCEPTIONS);
    for (unsigned g_stage = 0; g_stage < 2; g_stage++) {
        if (g_stage) use_hgatp(SV39);
        use_vsatp(SV39);
        for (unsigned i = 0; i < 2; i++) {
            note(g_stage << 4 | i);
            expect_vstval(guest_modes[i], 0x2040603018, LOAD_PAGE_FAULT, STORE_PAGE_FAULT,
                          FETCH_PAGE_FAULT);
            expect_vstval(guest_modes[i], 0x8000000000000008, LOAD_PAGE_FAULT, STORE_PAGE_FAULT,
                          FETCH_PAGE_FAULT);
        }
    }
}

TEST(vstval_of_access_faults)
{
    u64 va = 0x2040603000;

    csr_write(medeleg, EXCEPTIONS);
    csr_write(hedeleg, EXCEPTIONS);
    struct table *vs = use_vsatp(SV39);
    for (unsigned i = 0; i < 2; i++) {
        note(i);
        pt_map(vs, va, NOWHERE, 0, i ? LEAF_S : LEAF_U);
        expect_vstval(guest_modes[i], va + 24, LOAD_ACCESS, STORE_ACCESS, FETCH_ACCESS);
    }
}

/* LR and AMO have no misaligned form here: a misaligned or an access fault, both with the address.
 */
TEST(vstval_of_misaligned_atomics)
{
    u64 address = (u64)new_pages(1) + 4;

    csr_write(medeleg, EXCEPTIONS);
    csr_write(hedeleg, EXCEPTIONS);
    for (unsigned i = 0; i < 2; i++) {
        struct trap lr = run(guest_modes[i], do_lr, address);
        struct trap amo = run(guest_modes[i], do_amo, address);

        note(i);
        EXPECT_TRAP(lr, LEVEL_VS, .tval = address,
                    .cause = lr.cause == LOAD_ACCESS ? LOAD_ACCESS : MISALIGNED_LOAD);
        EXPECT_TRAP(amo, LEVEL_VS, .tval = address,
                    .cause = amo.cause == STORE_ACCESS ? STORE_ACCESS : MISALIGNED_STORE);
    }
}

/* The instruction itself, right-justified; not 0, which the base architecture would allow. */
TEST(vstval_of_illegal_instructions)
{
    SNIPPET(read_mscratch, "csrr a0, mscratch");
    SNIPPET(all_ones, ".word 0xffffffff");
    SNIPPET_C(reserved_c, ".half 0x8002");

    csr_write(medeleg, EXCEPTIONS);
    csr_write(hedeleg, EXCEPTIONS);
    for (unsigned i = 0; i < 2; i++) {
        note(i);
        EXPECT_TRAP(run(guest_modes[i], read_mscratch), LEVEL_VS, .cause = ILLEGAL_INSTRUCTION,
                    .tval = *read_mscratch);
        EXPECT_TRAP(run(guest_modes[i], reserved_c), LEVEL_VS, .cause = ILLEGAL_INSTRUCTION,
                    .tval = 0x8002);
        struct trap t = run(guest_modes[i], all_ones);
        EXPECT_TRAP(t, LEVEL_VS, .cause = ILLEGAL_INSTRUCTION,
                    .tval = t.tval == 0xffff ? 0xffff : 0xffffffff); /* as long as it was fetched */
    }
}
