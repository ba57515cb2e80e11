/* Every way in which a two-stage translation can fail: each access, in each pair of schemes, with
 * each malformed or forbidding entry at each level of each stage, the G-stage of VS-level tables
 * among them; and the trap values that this must give (H extension, "Two-Stage Address
 * Translation", "Guest-Page Faults"). Hardware does not update A and D here. */
#include "harness.h"
#include "paging.h"

SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a1, 0(a0)");
SNIPPET(do_lr, "lr.d a0, (a0)");
SNIPPET(do_amo, "amoadd.d a0, zero, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_hlv, "hlv.d a0, (a0)");
SNIPPET(do_hlvx, "hlvx.wu a0, (a0)");
SNIPPET(do_hsv, "hsv.d a1, (a0)");
SNIPPET(code_in_page, "li a0, 0x5a");

enum kind { LOAD, STORE, FETCH, LOAD_OF_CODE };

static const struct access {
    const u32 *code;
    enum mode mode;
    enum kind kind;
} accesses[] = {
    {do_ld,   VS_MODE, LOAD        },
    {do_sd,   VS_MODE, STORE       },
    {do_lr,   VS_MODE, LOAD        },
    {do_amo,  VS_MODE, STORE       },
    {do_jump, VS_MODE, FETCH       },
    {do_hlv,  S_MODE,  LOAD        },
    {do_hlvx, S_MODE,  LOAD_OF_CODE},
    {do_hsv,  S_MODE,  STORE       },
};

/* ---- the world ---- */

enum { LEVELS = 5, DATA = 64 };

/* Addresses that share no table with the image's below the root. VS-level tables below the root are
 * reached through guest physical addresses of their own: alias + physical address. */
static struct {
    enum scheme vs_scheme, g_scheme;
    u64 gva, gpa, alias;
    u8 *page;
    struct table *vs, *g;
    u64 *vs_entry[LEVELS]; /* for gva */
    u64 *g_entry[LEVELS];  /* for gpa */
} w;

static u64 table_of(const u64 *entry)
{
    return (u64)entry & ~0xfffull;
}

static void map_g_stage(void)
{
    w.g = use_hgatp(w.g_scheme);
    w.gpa = 0x10c0a05000 | BIT(10 + 9 * pt_levels(w.g_scheme));
    w.alias = BIT(9 + 9 * pt_levels(w.g_scheme));
    pt_map(w.g, w.gpa, (u64)w.page, 0, LEAF_U);
    for (unsigned l = 0; l < pt_levels(w.g_scheme); l++) w.g_entry[l] = pt_entry(w.g, w.gpa, l);
}

/* The entries are found first: afterwards they point to where only the guest finds tables. */
static void map_vs_stage(void)
{
    unsigned levels = pt_levels(w.vs_scheme);

    w.vs = use_vsatp(w.vs_scheme);
    w.gva = 0x2040603000 | BIT(10 + 9 * levels);
    pt_map(w.vs, w.gva, w.gpa, 0, LEAF_S);
    for (unsigned l = 0; l < levels; l++) w.vs_entry[l] = pt_entry(w.vs, w.gva, l);
    for (unsigned l = 0; w.g && l + 1 < levels; l++) {
        u64 table = table_of(w.vs_entry[l]);

        pt_map(w.g, w.alias | table, table, 0, LEAF_U);
        *w.vs_entry[l + 1] = (w.alias | table) >> 2 | PTE_V;
    }
}

static void make_world(enum scheme vs_scheme, enum scheme g_scheme)
{
    reset_machine();
    w.vs_scheme = vs_scheme;
    w.g_scheme = g_scheme;
    w.vs = w.g = NULL;
    w.alias = 0;
    w.page = new_pages(1);
    if (((u64)w.page >> 12 & 15) == 8) w.page = new_pages(1); /* else NAPOT is well-formed */
    w.gpa = (u64)w.page;
    if (g_scheme) map_g_stage();
    w.gva = w.gpa;
    if (vs_scheme) map_vs_stage();
    for (unsigned i = 0; i < 4; i++) ((u32 *)w.page)[i] = code_in_page[i];
    __asm__ volatile("fence.i" ::: "memory");
    csr_write(medeleg, MASK(15, 12) | MASK(23, 20));
    csr_set(hstatus, HSTATUS_SPVP);
}

/* ---- what can be wrong with an entry ---- */

enum reason {
    NONE,
    IGNORED_BITS, /* G and RSW */
    INVALID,
    ALL_BUT_VALID,
    WRITE_WITHOUT_READ,
    RESERVED_BIT,
    PBMT_OFF,
    BAD_NAPOT,
    WRONG_SHAPE, /* a pointer at level 0; above, a superpage that is not aligned */
    POINTER_WITH_A,
    POINTER_WITH_D,
    POINTER_WITH_U,
    WRONG_U,
    NO_A,
    NO_D,
    NO_READ, /* and no write */
    NO_WRITE,
    NO_EXECUTE,
    REASONS
};

static bool applies(enum reason r, unsigned level)
{
    if (r >= POINTER_WITH_A && r <= POINTER_WITH_U) return level > 0;
    if (r >= WRONG_U) return level == 0;
    return true;
}

static u64 spoilt(u64 pte, enum reason r, unsigned level)
{
    switch (r) {
    case IGNORED_BITS: return pte | PTE_G | MASK(9, 8);
    case INVALID: return 0;
    case ALL_BUT_VALID: return pte & ~PTE_V;
    case WRITE_WITHOUT_READ: return (pte & ~PTE_R) | PTE_W | PTE_A | PTE_D;
    case RESERVED_BIT: return pte | BIT(54);
    case PBMT_OFF: return pte | PTE_PBMT(1);
    case BAD_NAPOT: return pte | PTE_NAPOT;
    case WRONG_SHAPE: return level ? pte | PTE_RWX | PTE_A | PTE_D | BIT(10) : pte & ~MASK(7, 1);
    case POINTER_WITH_A: return pte | PTE_A;
    case POINTER_WITH_D: return pte | PTE_D;
    case POINTER_WITH_U: return pte | PTE_U;
    case WRONG_U: return pte ^ PTE_U;
    case NO_A: return pte & ~PTE_A;
    case NO_D: return pte & ~PTE_D;
    case NO_READ: return pte & ~PTE_RW;
    case NO_WRITE: return pte & ~PTE_W;
    case NO_EXECUTE: return pte & ~PTE_X;
    default: return pte;
    }
}

static bool fails(enum reason r, enum kind kind)
{
    switch (r) {
    case NONE:
    case IGNORED_BITS: return false;
    case NO_D:
    case NO_WRITE: return kind == STORE;
    case NO_READ: return kind == LOAD || kind == STORE;
    case NO_EXECUTE: return kind == FETCH || kind == LOAD_OF_CODE;
    default: return true;
    }
}

/* ---- what must come of it ---- */

static u64 cause_of(enum kind kind, bool guest)
{
    if (kind == FETCH) return guest ? FETCH_GUEST_PAGE_FAULT : FETCH_PAGE_FAULT;
    if (kind == STORE) return guest ? STORE_GUEST_PAGE_FAULT : STORE_PAGE_FAULT;
    return guest ? LOAD_GUEST_PAGE_FAULT : LOAD_PAGE_FAULT;
}

/* entry: 0, or the guest physical address of the VS-level entry whose reading fails. */
static void check(const struct access *a, bool fault, bool guest, u64 entry)
{
    u64 offset = a->kind == FETCH ? 0 : DATA, at = w.gva + offset;
    struct trap t = run(a->mode, a->code, at);

    if (fault)
        EXPECT_TRAP(t, LEVEL_HS, .cause = cause_of(a->kind, guest), .tval = at,
                    .epc = a->kind == FETCH ? at : 0, .gpa = entry ? entry : w.gpa + offset,
                    .pseudo = entry ? 0x3000 : 0, .gva = true);
    else if (a->kind == FETCH)
        EXPECT_VALUE(t, 0x5a);
    else
        EXPECT_RETURN(t);
}

/* Spoil one entry in each way, and try each access. */
static void check_entry(u64 *pte, unsigned level, bool guest, u64 implicit)
{
    u64 good = *pte;

    for (enum reason r = NONE; r < REASONS; r++) {
        if (!applies(r, level)) continue;
        *pte = spoilt(good, r, level);
        tables_changed();
        for (unsigned i = 0; i < sizeof accesses / sizeof *accesses; i++) {
            note((u64)w.vs_scheme << 24 | (u64)w.g_scheme << 16 | level << 12 | r << 4 | i);
            check(&accesses[i], fails(r, implicit ? LOAD : accesses[i].kind), guest, implicit);
        }
    }
    *pte = good;
    tables_changed();
}

/* ---- tests: every pair of schemes ---- */

static const enum scheme schemes[] = {BARE, SV39, SV48, SV57};

static void for_each_pair(void (*test)(void))
{
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned j = 0; j < 4; j++) {
            make_world(schemes[i], schemes[j]);
            test();
        }
    }
}

static void vs_stage(void)
{
    for (unsigned l = 0; w.vs && l < pt_levels(w.vs_scheme); l++)
        check_entry(w.vs_entry[l], l, false, 0);
}

TEST(vs_stage_entries)
{
    for_each_pair(vs_stage);
}

static void g_stage(void)
{
    for (unsigned l = 0; w.g && l < pt_levels(w.g_scheme); l++)
        check_entry(w.g_entry[l], l, true, 0);
}

TEST(g_stage_entries)
{
    for_each_pair(g_stage);
}

/* The leaf for the VS-level table of each level; of the entries above, which all these tables
 * share, the first table to be read finds the flaw. */
static void g_stage_of_tables(void)
{
    if (!w.vs || !w.g) return;
    unsigned top = pt_levels(w.vs_scheme) - 1;
    for (unsigned l = 0; l < top; l++) {
        u64 entry = w.alias | (u64)w.vs_entry[l];
        check_entry(pt_entry(w.g, entry, 0), 0, true, entry);
    }
    for (unsigned l = 1; l < pt_levels(w.g_scheme); l++) {
        u64 entry = w.alias | (u64)w.vs_entry[top - 1];
        check_entry(pt_entry(w.g, entry, l), l, true, entry);
    }
}

TEST(g_stage_entries_of_vs_level_tables)
{
    for_each_pair(g_stage_of_tables);
}
