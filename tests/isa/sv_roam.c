/* Code that meets another page at each access, long enough to be what a simulator's fastest tier
 * runs: translations that a fence by address retires on the way, faults at their exact access,
 * words that straddle two pages (priv. spec, "Supervisor Memory-Management Fence Instruction",
 * "Virtual Address Translation Process"). A model in C follows in physical memory. */
#include "fences.h"
#include "harness.h"
#include "paging.h"

enum { PAGES = 16, STEPS = 3000, SPAN = PAGES * PAGE };
#define VA 0x2040600000ull

/* Steps of xorshift64 from the seed in a1, the number of them in a2. Each adds its number to the
 * doubleword that it selects, stores one near it as it is, and rotates into the sum, which is
 * returned, the word that begins where its bits 22:7 say, on whatever byte that is. */
SNIPPET(roam, "mv t6, a0\n"
              "li a0, 0\n"
              "li t4, 0xfff8\n"
              "li t5, 0xffff\n"
              "1: sll t0, a1, 13\n"
              "xor a1, a1, t0\n"
              "srl t0, a1, 7\n"
              "xor a1, a1, t0\n"
              "sll t0, a1, 17\n"
              "xor a1, a1, t0\n"
              "srl t0, a1, 40\n"
              "and t0, t0, t4\n"
              "add t0, t0, t6\n"
              ".globl roam_load\n"
              "roam_load: ld t1, 0(t0)\n"
              "add t1, t1, a1\n"
              "sltu t2, t1, a1\n" /* something between them */
              ".globl roam_store\n"
              "roam_store: sd t1, 0(t0)\n"
              "addi t0, t0, 2040\n"
              ".globl roam_near_load\n"
              "roam_near_load: ld t1, 0(t0)\n"
              ".globl roam_near_store\n"
              "roam_near_store: sd t1, 0(t0)\n"
              "srl t0, a1, 7\n"
              "and t0, t0, t5\n"
              "add t0, t0, t6\n"
              ".globl roam_word\n"
              "roam_word: lwu t1, 0(t0)\n"
              "sll t2, a0, 5\n"
              "srl a0, a0, 59\n"
              "or a0, a0, t2\n"
              "add a0, a0, t1\n"
              "addi a2, a2, -1\n"
              "bnez a2, 1b");
extern const u32 roam_load[], roam_store[], roam_near_load[], roam_near_store[], roam_word[];

/* ---- the model ---- */

static u8 *frame[PAGES + 1]; /* where each page is; the one behind the last takes its words' ends */
static u8 copy[PAGES + 1][PAGE]; /* what is to be in it */
static u64 seed;

static u64 next(u64 x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ x << 17;
}

static u8 *byte_at(u64 offset)
{
    return &copy[offset / PAGE][offset % PAGE];
}

static u64 read_bytes(u64 offset, unsigned n)
{
    u64 value = 0;
    for (unsigned k = 0; k < n; k++) value |= (u64)*byte_at(offset + k) << 8 * k;
    return value;
}

/* A page that may not be written, or not be read either; and the first access that meets it. */
struct closed {
    unsigned page;
    bool to_loads;
    const u32 *epc;
    u64 at, offset; /* of the first byte in it, and how far into the access that is */
};

static bool meets(struct closed *c, const u32 *epc, u64 at, unsigned n)
{
    u64 start = c->page * PAGE;
    if (at + n <= start || at >= start + PAGE) return false;
    c->epc = epc;
    c->at = at < start ? start : at;
    c->offset = c->at - at;
    return true;
}

/* The sum of so many steps; or as far as it comes. */
static u64 model(u64 steps, struct closed *c)
{
    u64 sum = 0;
    while (steps--) {
        u64 x = next(seed), at = x >> 40 & 0xfff8, word = x >> 7 & 0xffff;
        if (meets(c, c->to_loads ? roam_load : roam_store, at, 8)) break;
        u64 value = read_bytes(at, 8) + x;
        for (unsigned k = 0; k < 8; k++) *byte_at(at + k) = (u8)(value >> 8 * k);
        if (meets(c, c->to_loads ? roam_near_load : roam_near_store, at + 2040, 8)) break;
        if (c->to_loads && meets(c, roam_word, word, 4)) break;
        sum = (sum << 5 | sum >> 59) + read_bytes(word, 4);
        seed = x;
    }
    return sum;
}

static void check_memory(void)
{
    u64 different = 0;
    for (unsigned p = 0; p <= PAGES; p++)
        for (unsigned k = 0; k < PAGE; k++) different += frame[p][k] != copy[p][k];
    CHECK_EQ(different, 0);
}

/* ---- the pages, in no order ---- */

static struct table *t;

static void set_up(enum mode mode)
{
    u8 *pages = new_pages(PAGES + 1);
    if (mode == VS_MODE) use_hgatp(SV39);
    t = mode == VS_MODE ? use_vsatp(SV39) : use_satp(SV39);
    seed = 88172645463325252;
    for (unsigned p = 0; p <= PAGES; p++) {
        frame[p] = pages + (p * 7 % (PAGES + 1)) * PAGE;
        pt_map(t, VA + p * PAGE, (u64)frame[p], 0, LEAF_S);
        for (unsigned k = 0; k < PAGE; k++) frame[p][k] = copy[p][k] = (u8)(p + k * 3);
    }
}

static void fence(enum mode mode, unsigned page)
{
    run(mode == VS_MODE ? M_MODE : mode, mode == VS_MODE ? hfence_v_va : sfence_va,
        VA + page * PAGE);
}

static void roam_about(enum mode mode)
{
    struct closed none = {.page = 2 * PAGES};
    u64 start = seed, sum = model(STEPS, &none);
    EXPECT_VALUE(run(mode, roam, VA, start, STEPS), sum);
    check_memory();
}

static void change_places(enum mode mode, unsigned a, unsigned b)
{
    u64 *first = pt_entry(t, VA + a * PAGE, 0), *second = pt_entry(t, VA + b * PAGE, 0), e = *first;
    u8 *f = frame[a];
    *first = *second;
    *second = e;
    frame[a] = frame[b];
    frame[b] = f;
    for (unsigned k = 0; k < PAGE; k++) {
        u8 byte = copy[a][k];
        copy[a][k] = copy[b][k];
        copy[b][k] = byte;
    }
    fence(mode, a);
    fence(mode, b);
}

/* The first access that needs these bits of the page's entry must fault; then let it be. */
static void forbid(enum mode mode, unsigned page, u64 bits)
{
    struct closed c = {.page = page, .to_loads = bits & PTE_V};
    u64 *e = pt_entry(t, VA + page * PAGE, 0), before = *e, start = seed;
    *e &= ~bits;
    fence(mode, page);
    model(~0ull, &c);
    EXPECT_TRAP(run(mode, roam, VA, start, ~0ull), LEVEL_M,
                .cause = c.to_loads ? LOAD_PAGE_FAULT : STORE_PAGE_FAULT, .epc = (u64)c.epc,
                .tval = VA + c.at, .offset = c.offset, .gva = mode == VS_MODE);
    check_memory();
    *e = before;
    fence(mode, page);
}

static void all(enum mode mode)
{
    set_up(mode);
    for (unsigned round = 0; round < 4; round++) {
        roam_about(mode);
        change_places(mode, round, 15 - round);
        roam_about(mode);
        forbid(mode, 5 + round, PTE_V);
        roam_about(mode);
        forbid(mode, 9 - round, PTE_W | PTE_D);
    }
}

/* D is exact (priv. spec, "Addressing and Memory Protection"): a store that could follow, to the
 * page below, but never does, must not set it, however often the code runs. */
SNIPPET(store_or_not, "1: sd a1, 0(a0)\n"
                      "amoadd.w t0, zero, (a0)\n"
                      "bnez a1, 2f\n"
                      "sd a1, -64(a0)\n"
                      "2: addi a2, a2, -1\n"
                      "bnez a2, 1b\n");

TEST(store_not_made)
{
    u8 *pages = new_pages(2);
    csr_write(menvcfg, ENVCFG_ADUE);
    t = use_satp(SV39);
    for (unsigned p = 0; p < 2; p++)
        pt_map(t, VA + p * PAGE, (u64)pages + p * PAGE, 0, LEAF_S & ~PTE_A & ~PTE_D);
    EXPECT_RETURN(run(S_MODE, store_or_not, VA + PAGE, 1, 500));
    CHECK_EQ(*pt_entry(t, VA, 0) & PTE_D, 0);
    CHECK_EQ(*pt_entry(t, VA + PAGE, 0) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* A store that is certain to come unless a load before it traps, which it does: then the load of
 * what would be stored to has been made, and D is clear. */
SNIPPET(add_to, "1: ld t0, 0(a0)\n"
                ".globl add_to_load\n"
                "add_to_load: ld t1, 0(a1)\n"
                "add t0, t0, t1\n"
                ".globl add_to_store\n"
                "add_to_store: sd t0, 0(a0)\n"
                "addi a2, a2, -1\n"
                "bnez a2, 1b\n");
extern const u32 add_to_load[], add_to_store[];

TEST(store_not_reached)
{
    u8 *pages = new_pages(3);
    csr_write(menvcfg, ENVCFG_ADUE);
    t = use_satp(SV39);
    for (unsigned p = 0; p < 2; p++)
        pt_map(t, VA + p * PAGE, (u64)pages + p * PAGE, 0, LEAF_S & ~PTE_A & ~PTE_D);
    pt_map(t, VA + 2 * PAGE, (u64)pages + 2 * PAGE, 0, LEAF_S & ~PTE_W & ~PTE_D);
    EXPECT_RETURN(run(S_MODE, add_to, VA, VA + 8, 500));
    EXPECT_TRAP(run(S_MODE, add_to, VA + PAGE, VA + 3 * PAGE, 1), LEVEL_M, .cause = LOAD_PAGE_FAULT,
                .epc = (u64)add_to_load, .tval = VA + 3 * PAGE);
    CHECK_EQ(*pt_entry(t, VA + PAGE, 0) & (PTE_A | PTE_D), PTE_A);
    EXPECT_TRAP(run(S_MODE, add_to, VA + 2 * PAGE, VA, 1), LEVEL_M, .cause = STORE_PAGE_FAULT,
                .epc = (u64)add_to_store, .tval = VA + 2 * PAGE);
    EXPECT_RETURN(run(S_MODE, add_to, VA + PAGE, VA, 500));
    CHECK_EQ(*pt_entry(t, VA + PAGE, 0) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

TEST(in_s_mode)
{
    all(S_MODE);
}

TEST(in_a_guest)
{
    all(VS_MODE);
}
