/* What profiles guarantee by name: extensions without instructions or CSRs of their own. Each TEST
 * names those that it checks. Sstvala, Shvstvala and Shtvala are checked by every expected trap of
 * the other programs, when they are built with RICHEST. */
#include "harness.h"
#include "paging.h"

/* Svbare, Sv39, Sv48, Sv57 */
TEST(modes_of_satp)
{
    static const u64 modes[] = {BARE, SV39, SV48, SV57};
    for (unsigned i = 0; i < 4; i++) {
        note(modes[i]);
        csr_write(satp, modes[i] << 60 | 0x80123);
        CHECK_EQ(csr_read(satp) >> 60, modes[i]);
    }
    csr_write(satp, 0);
}

/* Shvsatpa, Shgatpa: what satp can, vsatp can, and hgatp in its x4 form, whose number is the same.
 */
TEST(modes_of_guests)
{
    for (u64 mode = 0; mode < 16; mode++) {
        csr_write(satp, 0);
        csr_write(satp, mode << 60);
        if (csr_read(satp) >> 60 != mode) continue;
        note(mode);
        csr_write(vsatp, mode << 60);
        CHECK_EQ(csr_read(vsatp) >> 60, mode);
        csr_write(hgatp, mode << 60);
        CHECK_EQ(csr_read(hgatp) >> 60, mode);
    }
    csr_write(satp, 0);
    csr_write(vsatp, 0);
    csr_write(hgatp, 0);
}

/* Sstvecd, Shvstvecd: direct mode, at any valid address that is a multiple of 4. */
TEST(direct_vectors)
{
    for (unsigned bit = 2; bit < 56; bit++) {
        u64 base = BIT(bit) | (bit > 8 ? 0x154 : 0);
        note(bit);
        u64 before = csr_read(stvec);
        csr_write(stvec, base);
        CHECK_EQ(csr_read(stvec), base);
        csr_write(stvec, before);
        before = csr_read(vstvec);
        csr_write(vstvec, base);
        CHECK_EQ(csr_read(vstvec), base);
        csr_write(vstvec, before);
    }
}

/* Sscounterenw, Shcounterenw: a counter that is not read-only zero can be opened. */
#define CHECK_COUNTER(n)                                                                           \
    {                                                                                              \
        csr_write(mhpmcounter##n, 0x5a5a);                                                         \
        csr_write(scounteren, BIT(n));                                                             \
        csr_write(hcounteren, BIT(n));                                                             \
        note(n);                                                                                   \
        if (csr_read(mhpmcounter##n)) {                                                            \
            CHECK_EQ(csr_read(scounteren) & BIT(n), BIT(n));                                       \
            CHECK_EQ(csr_read(hcounteren) & BIT(n), BIT(n));                                       \
        }                                                                                          \
        csr_write(mhpmcounter##n, 0);                                                              \
    }

TEST(counter_enables)
{
    CHECK_COUNTER(3)
    CHECK_COUNTER(4)
    CHECK_COUNTER(17)
    CHECK_COUNTER(31)
    for (unsigned n = 0; n < 3; n++) { /* cycle, time, instret: likewise */
        csr_write(scounteren, BIT(n));
        csr_write(hcounteren, BIT(n));
        CHECK_EQ(csr_read(scounteren), BIT(n));
        CHECK_EQ(csr_read(hcounteren), BIT(n));
    }
}

/* Ssu64xl */
TEST(user_width)
{
    csr_clear(sstatus, 3ull << 32);
    csr_set(sstatus, 2ull << 32);
    CHECK_EQ(csr_read(sstatus) >> 32 & 3, 2);
}

/* Svvptc: an entry made valid by a plain store is seen without a fence. Bounded time: here at most
 * a thousand tries. Also one level up. */
TEST(entries_become_valid)
{
    SNIPPET(store_and_try, "sd a1, (a0)\nld a0, (a2)");
    struct table *t = use_satp(SV39);
    u64 page = (u64)new_pages(1);

    for (unsigned level = 0; level < 2; level++) {
        u64 va = level ? 0x180000000 : 0x40000000;
        u64 *leaf = pt_entry(t, va, 0), *entry = pt_entry(t, va, level), valid;
        *leaf = page >> 12 << 10 | LEAF_S;
        valid = *entry;
        *entry = valid & ~(u64)PTE_V;
        *(u64 *)page = 0x1234 + level;
        tables_changed();
        pt_map(t, 0x50000000, (u64)entry & ~(u64)(PAGE - 1), 0, LEAF_S);
        SNIPPET(try, "ld a0, (a0)");
        EXPECT_TRAP(run(S_MODE, try, va), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = va);
        struct trap r = {.level = LEVEL_M};
        for (unsigned i = 0; i < 1000 && r.level != NOT_TAKEN; i++)
            r = run(S_MODE, store_and_try, 0x50000000 | ((u64)entry & (PAGE - 1)), valid, va);
        note(level);
        EXPECT_VALUE(r, 0x1234 + level);
    }
}

/* Zicclsm: misaligned in every way, over page borders as well; Ssccptr lies in use_satp. */
TEST(misaligned_accesses)
{
    SNIPPET(store_load, "sd a1, (a0)\nld a0, (a0)");
    SNIPPET(store_load_w, "sw a1, (a0)\nlw a0, (a0)");
    SNIPPET(store_load_h, "sh a1, (a0)\nlh a0, (a0)");
    u8 *pages = new_pages(2);
    use_satp(SV39);

    for (unsigned i = 0; i < 16; i++) {
        note(i);
        u64 a = (u64)pages + PAGE - 8 + i;
        EXPECT_VALUE(run(S_MODE, store_load, a, 0x8192a3b4c5d6e7f8), 0x8192a3b4c5d6e7f8);
        EXPECT_VALUE(run(S_MODE, store_load_w, a, 0x11223344), 0x11223344);
        EXPECT_VALUE(run(S_MODE, store_load_h, a, 0x5566), 0x5566);
    }
}

/* Zic64b: blocks of 64 bytes, aligned. */
TEST(cache_blocks)
{
    SNIPPET(zero, "cbo.zero (a0)");
    u8 *page = new_pages(1);

    for (unsigned at = 256; at < 320; at += 21) {
        for (unsigned i = 0; i < PAGE; i++) page[i] = 0xff;
        EXPECT_RETURN(run(M_MODE, zero, page + at));
        note(at);
        for (unsigned i = 0; i < PAGE; i++)
            if (page[i] != (i / 64 == 4 ? 0 : 0xff)) CHECK_EQ(i, PAGE);
    }
}

/* Za64rs, Za128rs: a store of the same hart outside of the reserved 64 bytes leaves an LR/SC pair
 * alone; Ziccrse: the pair succeeds in the end. */
TEST(reservations)
{
    SNIPPET(loop,
            "li t2, 10000\n1: lr.d t0, (a0)\nsd a1, 64(a0)\nsc.d t1, a1, (a0)\naddi t2, t2, -1\n"
            "beqz t2, 2f\nbnez t1, 1b\n2: mv a0, t1");
    static u64 memory[16] __attribute__((aligned(64)));

    EXPECT_VALUE(run(M_MODE, loop, memory, 7), 0);
    CHECK_EQ(memory[0], 7);
    CHECK_EQ(memory[8], 7);
}
