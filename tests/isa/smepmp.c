/* Smepmp: machine mode under PMP (mseccfg, priv. spec 3.1.19, and the extension's truth table).
 *
 * MML, MMWP and locks stay until reset, so the order of the tests is their plan: first what needs
 * no MML; then the table, with RLB; then what RLB may not help. From the_truth_table on, entries 1
 * to 4 are locked over what the program itself needs, and entry 0 is free for tests. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_lw, "lwu a0, (a0)");
SNIPPET(do_sw, "sw a1, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(code_in_page, "li a0, 0x5a");

enum { R = 1, W = 2, X = 4, TOR = 1 << 3, NAPOT = 3 << 3, LOCK = 1 << 7 };
enum { MML = 1, MMWP = 2, RLB = 4 };

extern u8 image_start[], utext_end[], image_end[];
static u8 page[PAGE] __attribute__((aligned(PAGE)));
#define PAGE_AT ((u64)page)

static u64 napot(u64 base, u64 size)
{
    return (base | (size / 2 - 1)) >> 2;
}

static void set_page(void)
{
    for (unsigned i = 0; i < 4; i++) ((u32 *)page)[i] = code_in_page[i];
    __asm__ volatile("fence.i" ::: "memory");
}

/* Entry n, 0 to 7, alone. */
static void set_entry(unsigned n, u64 cfg)
{
    u64 others = csr_read(pmpcfg0) & ~(0xffull << 8 * n);
    csr_write(pmpcfg0, others | cfg << 8 * n);
    fence_all();
}

static u64 entry(unsigned n)
{
    return csr_read(pmpcfg0) >> 8 * n & 0xff;
}

/* The mode may do just `rwx` to the page. */
static void expect_rights(enum mode mode, u64 rwx)
{
    struct trap load = run(mode, do_lw, PAGE_AT + 64), store = run(mode, do_sw, PAGE_AT + 64, 1);
    struct trap jump = run(mode, do_jump, PAGE_AT);

    if (rwx & R)
        EXPECT_RETURN(load);
    else
        EXPECT_TRAP(load, LEVEL_M, .cause = LOAD_ACCESS, .tval = PAGE_AT + 64);
    if (rwx & W)
        EXPECT_RETURN(store);
    else
        EXPECT_TRAP(store, LEVEL_M, .cause = STORE_ACCESS, .tval = PAGE_AT + 64);
    if (rwx & X)
        EXPECT_VALUE(jump, 0x5a);
    else
        EXPECT_TRAP(jump, LEVEL_M, .cause = FETCH_ACCESS, .epc = PAGE_AT, .tval = PAGE_AT);
}

static void expect_all_rights(u64 m, u64 su)
{
    expect_rights(M_MODE, m);
    expect_rights(S_MODE, su);
    expect_rights(U_MODE, su);
}

TEST(reset_values)
{
    CHECK_EQ(csr_read(mseccfg) & (MML | MMWP | RLB), 0);
    CHECK_EQ(csr_write_read(mseccfg, RLB) & (MML | MMWP | RLB), RLB);
    CHECK_EQ(csr_write_read(mseccfg, 0) & (MML | MMWP | RLB), 0);
}

/* "If mseccfg.MML is not set, the combination of pmpcfg.RW=01 remains reserved". */
TEST(write_alone_is_reserved_without_mml)
{
    csr_write(pmpaddr0, napot(PAGE_AT, PAGE));
    set_entry(0, NAPOT | W);
    CHECK_EQ((entry(0) & (R | W)) == W, 0);
    set_entry(0, 0);
}

TEST(rlb_opens_locks)
{
    set_page();
    csr_write(mseccfg, RLB);
    csr_write(pmpaddr0, napot(PAGE_AT, PAGE));
    set_entry(0, LOCK | NAPOT | R);
    expect_rights(M_MODE, R);
    set_entry(0, LOCK | NAPOT | R | W);
    expect_rights(M_MODE, R | W);
    csr_write(pmpaddr0, 0x1234);
    CHECK_EQ(csr_read(pmpaddr0), 0x1234);
    set_entry(1, LOCK | TOR | R); /* from entry 0's address up to 0 */
    csr_write(pmpaddr0, 0x4321);
    CHECK_EQ(csr_read(pmpaddr0), 0x4321);
    csr_write(pmpcfg0, 0);
    CHECK_EQ(csr_read(pmpcfg0), 0);
    CHECK_EQ(csr_write_read(mseccfg, 0) & RLB, 0);
}

/* Code: M may execute and read, S and U execute. Data and CLINT: M's. */
static void lock_what_is_needed(void)
{
    csr_write(pmpaddr1, (u64)image_start >> 2);
    csr_write(pmpaddr2, (u64)utext_end >> 2);
    csr_write(pmpaddr3, (u64)image_end >> 2);
    csr_write(pmpaddr4, napot(0x2000000, 0x10000));
    set_entry(2, LOCK | TOR | R | X); /* shared code has no encoding yet */
    csr_write(mseccfg, MML | RLB);
    set_entry(2, LOCK | TOR | W | X);
    set_entry(3, LOCK | TOR | R | W);
    set_entry(4, LOCK | NAPOT | R | W);
}

TEST(the_truth_table)
{
    /* By L R W X, as the chapter has it: what M may do, what S and U may. */
    static const u8 table[16][2] = {
        {0,     0        },
        {0,     X        },
        {R | W, R        },
        {R | W, R | W    },
        {0,     R        },
        {0,     R | X    },
        {0,     R | W    },
        {0,     R | W | X},
        {0,     0        },
        {X,     0        },
        {X,     X        },
        {R | X, X        },
        {R,     0        },
        {R | X, 0        },
        {R | W, 0        },
        {R,     R        },
    };
    set_page();
    csr_write(mseccfg, RLB);
    lock_what_is_needed();
    CHECK_EQ(csr_read(mseccfg) & (MML | MMWP | RLB), MML | RLB);
    csr_write(pmpaddr0, napot(PAGE_AT, PAGE));
    for (unsigned lrwx = 0; lrwx < 16; lrwx++) {
        u64 rwx = (lrwx & 4 ? R : 0) | (lrwx & 2 ? W : 0) | (lrwx & 1 ? X : 0);
        u64 cfg = (lrwx & 8 ? LOCK : 0) | NAPOT | rwx;
        note(lrwx);
        set_entry(0, cfg);
        CHECK_EQ(entry(0), cfg);
        expect_all_rights(table[lrwx][0], table[lrwx][1]);
    }
    set_entry(0, 0);
    csr_write(mseccfg, 0); /* RLB goes, for good: entries are locked */
    CHECK_EQ(csr_read(mseccfg) & (MML | MMWP | RLB), MML);
}

/* "RLB remains 0 and any further modifications [...] are ignored"; MML is sticky. */
TEST(rlb_stays_clear_while_an_entry_is_locked)
{
    CHECK_EQ(csr_write_read(mseccfg, RLB) & (MML | MMWP | RLB), MML);
    u64 before = csr_read(pmpcfg0), address = csr_read(pmpaddr3);
    csr_write(pmpcfg0, before & 0xff);
    CHECK_EQ(csr_read(pmpcfg0), before);
    csr_write(pmpaddr3, 0);
    CHECK_EQ(csr_read(pmpaddr3), address);
    csr_write(pmpaddr1, 0); /* the bottom of entry 2 */
    CHECK_EQ(csr_read(pmpaddr1), (u64)image_start >> 2);
}

/* No rule that lets M execute can be added; such a write leaves the entry as it was. */
TEST(no_new_code_for_m)
{
    static const u8 refused[] = {X, R | X, W, W | X};

    csr_write(pmpaddr0, napot(PAGE_AT, PAGE));
    set_entry(0, NAPOT | R);
    for (unsigned k = 0; k < sizeof refused; k++) {
        note(k);
        set_entry(0, LOCK | NAPOT | refused[k]);
        CHECK_EQ(entry(0), NAPOT | R);
    }
    set_entry(0, NAPOT | R | W | X); /* for S and U alone it can */
    CHECK_EQ(entry(0), NAPOT | R | W | X);
}

/* An access by MPRV counts as the mode that it is made as: "effective privilege mode". */
TEST(effective_privilege_counts)
{
    SNIPPET(load_as_s, "li t0, 0x8000021800\ncsrc mstatus, t0\nli t0, 0x20800\ncsrs mstatus, t0\n"
                       ".globl smepmp_access\nsmepmp_access: lwu a0, (a0)");
    extern const u32 smepmp_access[];

    csr_write(pmpaddr0, napot(PAGE_AT, PAGE));
    set_entry(0, NAPOT | R);
    EXPECT_VALUE(run(M_MODE, load_as_s, PAGE_AT), code_in_page[0]);
    set_entry(0, 0);
    EXPECT_TRAP(run(M_MODE, load_as_s, PAGE_AT), LEVEL_M, .cause = LOAD_ACCESS,
                .epc = (u64)smepmp_access, .tval = PAGE_AT);
}

/* Page tables are read as S-mode reads them. */
TEST(page_tables_are_the_supervisors)
{
    struct table *t = use_satp(SV39);

    pt_map(t, 0x40000000, PAGE_AT, 0, LEAF_S);
    struct trap trap = run(S_MODE, do_lw, 0x40000000); /* its first fetch walks M's own memory */
    EXPECT_TRAP(trap, LEVEL_M, .cause = FETCH_ACCESS, .tval = (u64)do_lw);
}

/* M may load and store where no entry matches, and not execute, until MMWP denies that too. */
TEST(no_match)
{
    static const u64 device = 0x10000; /* in no entry */

    csr_write(pmpcfg2, 0);
    fence_all();
    EXPECT_TRAP(run(M_MODE, do_jump, device), LEVEL_M, .cause = FETCH_ACCESS, .epc = device,
                .tval = device);
    u64 beyond = (u64)image_end + 16 * MIB;
    EXPECT_RETURN(run(M_MODE, do_lw, beyond));
    EXPECT_RETURN(run(M_MODE, do_sw, beyond, 0));
    EXPECT_TRAP(run(M_MODE, do_jump, beyond), LEVEL_M, .cause = FETCH_ACCESS, .epc = beyond,
                .tval = beyond);
    CHECK_EQ(csr_write_read(mseccfg, MMWP) & (MML | MMWP), MML | MMWP);
    CHECK_EQ(csr_write_read(mseccfg, 0) & (MML | MMWP), MML | MMWP);
    fence_all();
    EXPECT_TRAP(run(M_MODE, do_lw, beyond), LEVEL_M, .cause = LOAD_ACCESS, .tval = beyond);
    EXPECT_TRAP(run(M_MODE, do_sw, beyond), LEVEL_M, .cause = STORE_ACCESS, .tval = beyond);
    EXPECT_TRAP(run(M_MODE, do_jump, beyond), LEVEL_M, .cause = FETCH_ACCESS, .epc = beyond,
                .tval = beyond);
}
