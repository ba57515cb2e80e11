/* For test_faults.c: a guest with two stages of page tables, in which each page, each last-level
 * table and each reference to memory can be made to fail; and what the specification says that a
 * failure must leave behind.
 *
 *     guest virtual       guest physical          physical
 *     CODE_A, CODE_B      GUEST + page            RAM + page      neighbours, each with a
 * last-level DATA_A, DATA_B                                              table of its own
 *
 * Neighbours in virtual memory are none in physical memory. */
#ifndef TEST_FAULTS_H
#define TEST_FAULTS_H

#include "hart/context.h"
#include "hart/csr.h"
#include "hart/decode.h"
#include "hart/trap.h"
#include "hext/fence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { PAGE_N = 64 };
#define RAM    0x80000000ull
#define GUEST  0x20000000ull /* page n of RAM is at GUEST + n * 4096 for the guest */
#define HOLE   0x40000000ull /* nothing is there */
#define CODE_A 0x001ff000ull
#define CODE_B 0x00200000ull
#define DATA_A 0x005ff000ull
#define DATA_B 0x00600000ull
#define TVEC   0x80000100ull

/* Where things are in RAM, by page; G_TABLES and what follows are tables of the G-stage. */
enum page { PAGE_HANDLER, ROOT, MIDDLE, LAST, G_TABLES = 8, CODE = 30, DATA = 40, SPREAD = 3 };

static struct isa all;
static u8 ram[PAGE_N][PAGE_SIZE] __attribute__((aligned(4096)));
static u8 flags[PAGE_N];
static unsigned references, fail_at; /* calls of find_page; the one (from 1) that finds nothing */

static struct ram_page find_page(void *machine, u64 pa)
{
    (void)machine;
    u64 n = (pa - RAM) >> PAGE_SHIFT;
    if (++references == fail_at || pa < RAM || n >= PAGE_N) return (struct ram_page){NULL, NULL};
    return (struct ram_page){ram[n], &flags[n]};
}
static bool no_load(void *machine, u64 pa, unsigned size, u64 *value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}
static bool no_store(void *machine, u64 pa, unsigned size, u64 value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}
static void stored(void *machine, u64 pa, unsigned size)
{
    (void)machine, (void)pa, (void)size;
}
static void code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}

static struct hart *new_hart(enum hart_tier tier)
{
    const struct bus bus = {.page = find_page,
                            .load = no_load,
                            .store = no_store,
                            .stored = stored,
                            .code_page = code_page,
                            .time = no_time};
    const struct hart_config config = {.isa = &all, .tier = tier, .heat = 1};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    return h;
}

/* ---- instructions: what their encoding says of their access ---- */

enum kind { KIND_NONE, KIND_LOAD, KIND_STORE, KIND_ATOMIC, KIND_SHADOW, KIND_BLOCK };

struct shape {
    enum kind kind;
    unsigned size;
    bool faults_load; /* faults are those of a load; else of a store or AMO */
    bool for_guest;   /* HLV, HSV */
};

/* OP-IMM to SYSTEM as the opcode map has them; widths by funct3 (unpriv. spec; 22.3.1; Zicfiss). */
static struct shape shape_of(u32 raw)
{
    unsigned funct3 = raw >> 12 & 7, funct7 = raw >> 25;
    switch (raw & 0x7f) {
    case 0x03: return (struct shape){KIND_LOAD, 1u << (funct3 & 3), true, false};
    case 0x07: return (struct shape){KIND_LOAD, 1u << funct3, true, false};
    case 0x23:
    case 0x27: return (struct shape){KIND_STORE, 1u << funct3, false, false};
    case 0x2f:
        if (raw >> 27 == 9) return (struct shape){KIND_SHADOW, 1u << funct3, false, false};
        return (struct shape){KIND_ATOMIC, 1u << funct3, raw >> 27 == 2, false};
    case 0x0f:
        if (funct3 == 2) return (struct shape){KIND_BLOCK, 1, false, false};
        break;
    case 0x73:
        if (funct3 != 4) break;
        if ((funct7 & 0x78) == 0x30)
            return (struct shape){funct7 & 1 ? KIND_STORE : KIND_LOAD, 1u << (funct7 >> 1 & 3),
                                  !(funct7 & 1), true};
        if ((raw & 0xfe0fffff) == 0xce004073 || (raw & 0xfff07fff) == 0xcdc04073)
            return (struct shape){raw >> 15 & 31 || funct7 == 0x67 ? KIND_SHADOW : KIND_NONE, 8,
                                  false, false};
    }
    return (struct shape){KIND_NONE, 0, false, false};
}

static bool is_push_or_pop(const struct insn *i)
{
    return i->op == OP_sspush || i->op == OP_sspopchk;
}

/* ---- a trial: an instruction at a place, with its data at a place ---- */

struct trial {
    struct insn i;
    struct shape shape;
    u64 pc, va; /* va: of the first byte of data */
    u64 seed;
};

/* What fails. */
enum flaw {
    NOT_MAPPED,       /* the guest's page table does not have the page */
    NOT_BACKED,       /* the G-stage does not have it */
    TABLE_NOT_BACKED, /* nor the guest's last-level table */
    NOT_ALLOWED,      /* PMP forbids it */
    TABLE_NOT_ALLOWED,
    NOTHING_THERE, /* where the G-stage leads to there is no memory */
    TABLE_NOT_THERE,
    FLAW_N
};

/* Four places where a page may fail, in the order of LAST's tables. */
enum place { AT_CODE_A, AT_CODE_B, AT_DATA_A, AT_DATA_B, PLACE_N };
static const u64 place_va[PLACE_N] = {CODE_A, CODE_B, DATA_A, DATA_B};
static const u8 place_page[PLACE_N] = {CODE, CODE + SPREAD, DATA, DATA + SPREAD};

static u64 page_pa(unsigned n)
{
    return RAM + (u64)n * PAGE_SIZE;
}
static u64 page_gpa(unsigned n)
{
    return GUEST + (u64)n * PAGE_SIZE;
}
static u64 *entry(unsigned page, u64 index)
{
    return (u64 *)(void *)ram[page] + index;
}

/* The guest's entry for a place, and where the guest sees it; the G-stage's entry for a page. */
static u64 *guest_entry(enum place p)
{
    return entry(LAST + p, place_va[p] >> 12 & 511);
}
static u64 guest_entry_gpa(enum place p)
{
    return page_gpa(LAST + p) + (place_va[p] >> 12 & 511) * 8;
}
static u64 *g_entry(unsigned page)
{
    return entry(G_TABLES + 5, page_gpa(page) >> 12 & 511);
}

#define ALL_BITS (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

/* G_TABLES: 4 pages of root, then one table of each other level. Shadow-stack pages are W alone. */
static void make_tables(bool shadow)
{
    memset(ram, 0, CODE * PAGE_SIZE);
    *entry(ROOT, 0) = page_gpa(MIDDLE) >> 2 | PTE_V;
    for (unsigned p = 0; p < PLACE_N; p++) {
        u64 bits = shadow && p >= AT_DATA_A ? PTE_V | PTE_W | PTE_A | PTE_D : ALL_BITS;
        *entry(MIDDLE, place_va[p] >> 21 & 511) = page_gpa(LAST + p) >> 2 | PTE_V;
        *guest_entry(p) = page_gpa(place_page[p]) >> 2 | bits;
    }
    *entry(G_TABLES, GUEST >> 30) = page_pa(G_TABLES + 4) >> 2 | PTE_V;
    *entry(G_TABLES + 4, GUEST >> 21 & 511) = page_pa(G_TABLES + 5) >> 2 | PTE_V;
    for (unsigned n = 0; n < PAGE_N; n++) *g_entry(n) = page_pa(n) >> 2 | ALL_BITS | PTE_U;
}

static void make_flaw(struct hart *h, enum flaw flaw, enum place p)
{
    bool table = flaw == TABLE_NOT_BACKED || flaw == TABLE_NOT_ALLOWED || flaw == TABLE_NOT_THERE;
    unsigned page = table ? LAST + p : place_page[p];
    switch (flaw) {
    case NOT_MAPPED: *guest_entry(p) &= ~(u64)PTE_V; break;
    case NOT_BACKED:
    case TABLE_NOT_BACKED: *g_entry(page) &= ~(u64)PTE_V; break;
    case NOT_ALLOWED:
    case TABLE_NOT_ALLOWED:
        csr_write(h, 0x3b0, (page_pa(page) | 0x7ff) >> 2);
        csr_write(h, 0x3a0, 3 << 3);
        break;
    default: *g_entry(page) = HOLE >> 2 | ALL_BITS | PTE_U; break;
    }
}

/* Exactly the fence that the change calls for (22.3.2); a change of PMP needs none when it is
 * fenced by what the hart does itself, so it gets both (3.7.2). */
static void fence_flaw(struct hart *h, enum flaw flaw, enum place p)
{
    struct insn by_address = {.rs1 = 10}, everything = {0};
    unsigned table = LAST + p;
    switch (flaw) {
    case NOT_MAPPED: hfence(h, FENCE_VVMA, &by_address, place_va[p], 0); break;
    case NOT_BACKED:
    case NOTHING_THERE: hfence(h, FENCE_GVMA, &by_address, page_gpa(place_page[p]) >> 2, 0); break;
    case TABLE_NOT_BACKED:
    case TABLE_NOT_THERE: hfence(h, FENCE_GVMA, &by_address, page_gpa(table) >> 2, 0); break;
    default: hfence(h, FENCE_VVMA, &everything, 0, 0); hfence(h, FENCE_GVMA, &everything, 0, 0);
    }
}

/* ---- what the trap must say ---- */

struct expected {
    u64 cause, tval, tval2, tinst;
    bool host; /* tval is no guest's address: GVA is 0 */
};

/* Load and store instructions keep what table 44 of 22.6.3 lets them keep, AMOs and the
 * hypervisor's all but rs1; in place of rs1 stands the distance of the fault. Of a compressed one
 * bit 1 is 0. Fetches, and instructions that are not in the tables, give 0. */
static u64 transformed(const struct insn *i, u64 distance)
{
    u32 raw = encode(i), opcode = raw & 0x7f, keep;
    if (is_push_or_pop(i)) return 0;
    if (opcode == 0x03 || opcode == 0x07)
        keep = 0x00007fff; /* opcode, rd, funct3 */
    else if (opcode == 0x23 || opcode == 0x27)
        keep = 0x01f0707f; /* opcode, funct3, rs2 */
    else
        keep = ~(31u << 15);
    return ((raw & keep) | (u32)distance << 15) & (i->len == 2 ? ~2u : ~0u);
}

static struct expected expect(const struct trial *t, enum flaw flaw, enum place p)
{
    bool fetch = p < AT_DATA_A, load = !fetch && t->shape.faults_load;
    u64 start = fetch ? t->pc : t->va, va = (start & ~4095ull) == place_va[p] ? start : place_va[p];
    bool table = flaw == TABLE_NOT_BACKED;
    unsigned row = flaw == NOT_MAPPED ? 1 : flaw == NOT_BACKED || table ? 2 : 0;
    static const u8 causes[3][3] = {
        {1,  5,  7 },
        {12, 13, 15},
        {20, 21, 23}
    };
    struct expected e = {.cause = causes[row][fetch ? 0 : load ? 1 : 2], .tval = va};
    if (row == 2)
        e.tval2 = (table ? guest_entry_gpa(p) : page_gpa(place_page[p]) + (va & 4095)) >> 2;
    e.tinst = table ? 0x3000 : fetch ? 0 : transformed(&t->i, va - start);
    return e;
}

#endif
