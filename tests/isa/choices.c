/* What the specification leaves to choice: each test finds out how this machine has chosen, checks
 * that it is one of the ways that there are and the same everywhere, and prints it as a line
 * "NAME VALUE". tests/cli/choices.sh asks vhart for each way and reads these lines. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_illegal, ".word 0xffffffff");
SNIPPET(read_hstatus, "csrr a0, hstatus");
SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");

#define GVA 0x2040603000ull
#define GPA 0x10c0a05000ull

static void say(const char *name, const char *value)
{
    print(name);
    print(" ");
    print(value);
    print("\n");
}

static void say_number(const char *name, u64 value)
{
    print(name);
    print(" ");
    print_dec(value);
    print("\n");
}

/* ---- identifiers ---- */

/* The least-significant bits are implemented first, so the mask is one less than a power of two. */
static u64 width(u64 mask)
{
    u64 bits = 0;

    CHECK_EQ(mask & (mask + 1), 0);
    while (mask >> bits & 1) bits++;
    return bits;
}

TEST(asid_bits)
{
    csr_write(vsatp, MASK(59, 44));
    u64 bits = width(csr_read(vsatp) << 4 >> 48);
    csr_write(satp, ATP(SV39, 0xffff, 0));
    if (csr_read(satp) >> 60 == SV39) CHECK_EQ(width(csr_read(satp) << 4 >> 48), bits);
    csr_write(satp, 0);
    say_number("asid-bits", bits);
}

TEST(vmid_bits)
{
    csr_write(hgatp, MASK(57, 44));
    say_number("vmid-bits", width(csr_read(hgatp) << 6 >> 50));
}

/* ---- modes ---- */

static const enum scheme schemes[] = {SV39, SV48, SV57};

static void say_modes(const char *name, u64 modes, const char *suffix)
{
    static const char *const names[] = {" sv39", " sv48", " sv57"};

    print(name);
    for (unsigned i = 0; i < 3; i++) {
        if (!(modes >> schemes[i] & 1)) continue;
        print(names[i]);
        print(suffix);
    }
    print("\n");
}

/* BIT(MODE) of those that stay when they are written. */
#define MODES(csr)                                                                                 \
    ({                                                                                             \
        u64 modes_ = 0;                                                                            \
        for (unsigned i_ = 0; i_ < 3; i_++) {                                                      \
            csr_write(csr, 0);                                                                     \
            CHECK_EQ(csr_read(csr), 0);                                                            \
            csr_write(csr, ATP(schemes[i_], 0, 0));                                                \
            if (csr_read(csr) >> 60) modes_ |= BIT(csr_read(csr) >> 60);                           \
        }                                                                                          \
        csr_write(csr, 0);                                                                         \
        modes_;                                                                                    \
    })

TEST(satp_modes)
{
    u64 modes = MODES(satp);

    if (modes >> SV48 & 1) CHECK_EQ(modes >> SV39 & 1, 1);
    if (modes >> SV57 & 1) CHECK_EQ(modes >> SV48 & 1, 1);
    CHECK_EQ(MODES(vsatp), modes);
    const u64 bits = STATUS_SUM | STATUS_MXR, want = modes ? bits : 0; /* without pages, 0 */
    csr_set(mstatus, bits);
    csr_set(vsstatus, bits);
    CHECK_EQ(csr_read(mstatus) & bits, want);
    CHECK_EQ(csr_read(sstatus) & bits, want);
    CHECK_EQ(csr_read(vsstatus) & bits, want);
    say_modes("satp-modes", modes, "");
}

TEST(hgatp_modes)
{
    say_modes("hgatp-modes", MODES(hgatp), "x4");
}

/* ---- guest external interrupts ---- */

/* hgeie has bits GEILEN to 1, and VGEIN holds each of them. */
TEST(geilen)
{
    csr_write(hgeie, ~0ull);
    u64 lines = csr_read(hgeie), n = width(lines >> 1);
    csr_write(hgeie, 0);
    CHECK_EQ(lines & 1, 0);
    for (u64 i = 0; i <= n; i++) {
        csr_clear(hstatus, HSTATUS_VGEIN);
        csr_set(hstatus, i << 12);
        CHECK_EQ((csr_read(hstatus) & HSTATUS_VGEIN) >> 12, i);
    }
    CHECK_EQ(csr_read(mideleg) >> SGEI & 1, n != 0);
    say_number("geilen", n);
}

/* ---- trap values ---- */

TEST(tval_of_an_instruction)
{
    struct trap t = run(M_MODE, do_illegal), v = run(VS_MODE, read_hstatus);

    csr_write(medeleg, BIT(ILLEGAL_INSTRUCTION));
    struct trap s = run(U_MODE, do_illegal);
    csr_write(hedeleg, BIT(ILLEGAL_INSTRUCTION));
    struct trap g = run(VU_MODE, do_illegal);
    CHECK_EQ(t.cause, ILLEGAL_INSTRUCTION);
    CHECK_EQ(v.cause, VIRTUAL_INSTRUCTION);
    CHECK_EQ(s.level, LEVEL_HS);
    CHECK_EQ(g.level, LEVEL_VS);
    CHECK_EQ(s.tval, t.tval);
    CHECK_EQ(g.tval, t.tval);
    if (t.tval) CHECK_EQ(t.tval, 0xffffffff);
    CHECK_EQ(v.tval, t.tval ? *read_hstatus : 0);
    say("tval", t.tval ? "instruction" : "zero");
}

/* A missing guest page, or a place without memory where the G-stage has no modes. */
TEST(tinst)
{
    bool paged = MODES(hgatp) >> SV39 & 1;

    if (paged) use_hgatp(SV39);
    struct trap t = run(VS_MODE, do_ld, GPA);
    CHECK_EQ(t.cause, paged ? LOAD_GUEST_PAGE_FAULT : LOAD_ACCESS);
    CHECK_EQ(t.tval, GPA);
    if (t.tinst) CHECK_EQ(t.tinst, transformed(*do_ld, 0));
    say("tinst", t.tinst ? "transformed" : "zero");
}

/* ---- misaligned accesses ---- */

TEST(misaligned)
{
    u8 *page = new_pages(1);

    page[9] = 1;
    struct trap load = run(M_MODE, do_ld, page + 1), store = run(M_MODE, do_sd, page + 1, 0);
    bool works = load.level == NOT_TAKEN;
    CHECK_EQ(store.level == NOT_TAKEN, works);
    if (works)
        EXPECT_VALUE(load, 0);
    else
        EXPECT_TRAP(load, LEVEL_M, .cause = MISALIGNED_LOAD, .tval = (u64)page + 1);
    CHECK_EQ(page[9], 1);
    say("misaligned", works ? "allow" : "trap");
}

/* ---- A and D ---- */

/* Whether hardware sets A and D of *entry, for a load and a store by VS-mode at va. */
static bool sets_a_d(u64 *entry, u64 va, enum cause load_fault, enum cause store_fault)
{
    *entry &= ~(PTE_A | PTE_D);
    fence_all();
    struct trap load = run(VS_MODE, do_ld, va);
    bool hardware = load.level == NOT_TAKEN;
    CHECK_EQ(*entry & (PTE_A | PTE_D), hardware ? PTE_A : 0);
    if (!hardware) CHECK_EQ(load.cause, load_fault);
    *entry |= PTE_A;
    fence_all();
    struct trap store = run(VS_MODE, do_sd, va, 0);
    CHECK_EQ(store.level == NOT_TAKEN, hardware);
    CHECK_EQ(*entry & PTE_D, hardware ? PTE_D : 0);
    if (!hardware) CHECK_EQ(store.cause, store_fault);
    *entry |= PTE_A | PTE_D;
    fence_all();
    return hardware;
}

/* In all of the stages that there are, or in none. */
static bool hardware_sets_a_d(void)
{
    static struct table *vs, *g;
    u64 page = (u64)new_pages(1);
    bool first, second;

    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    pt_map(g, GPA, page, 0, LEAF_U);
    pt_map(vs, GVA, GPA, 0, LEAF_S);
    first = sets_a_d(pt_entry(vs, GVA, 0), GVA, LOAD_PAGE_FAULT, STORE_PAGE_FAULT);
    second = sets_a_d(pt_entry(g, GPA, 0), GVA, LOAD_GUEST_PAGE_FAULT, STORE_GUEST_PAGE_FAULT);
    CHECK_EQ(first, second);
    return first;
}

/* With ADUE 0, and, where it can be set, 1. */
TEST(a_and_d)
{
    if (!(MODES(vsatp) >> SV39 & 1) || !(MODES(hgatp) >> SV39 & 1)) return;
    bool always = hardware_sets_a_d();
    csr_write(menvcfg, ENVCFG_ADUE);
    csr_write(henvcfg, ENVCFG_ADUE);
    bool adue = csr_read(menvcfg) & ENVCFG_ADUE;
    reset_tables();
    if (adue) CHECK_EQ(hardware_sets_a_d(), true);
    if (adue) CHECK_EQ(always, false);
    say("ad", adue ? "adue" : always ? "hardware" : "trap");
}
