/* For test_context.c: a hart with some pages of RAM, page tables in them, and looks into contexts.
 */
#ifndef TEST_CONTEXT_H
#define TEST_CONTEXT_H

#include "hart/context.h"
#include "hart/csr.h"
#include "hart/trap.h"
#include "hext/fence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

/* ---- a machine of some pages of RAM ---- */

enum { PAGES = 96, DATA = 64 }; /* pages from DATA on are mapped, those below hold tables */
#define RAM 0x80000000ull

static struct isa all;
static u8 ram[PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))), flags[PAGES];
static unsigned next_table;

static struct ram_page find_page(void *machine, u64 pa)
{
    (void)machine;
    u64 n = (pa - RAM) >> PAGE_SHIFT;
    if (pa < RAM || n >= PAGES) return (struct ram_page){NULL, NULL};
    return (struct ram_page){ram[n], &flags[n]};
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}

/* In M-mode, with PMP open to all. Nothing here reaches a device. */
static struct hart *new_hart(void)
{
    const struct bus bus = {.page = find_page, .time = no_time};
    const struct hart_config config = {.isa = &all};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    memset(ram, 0, sizeof ram);
    memset(flags, 0, sizeof flags);
    next_table = 0;
    csr_write(h, 0x3b0, ~0ull);
    csr_write(h, 0x3a0, 3 << 3 | 7);
    return h;
}

/* ---- page tables ---- */

#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)

static u64 page_pa(unsigned n)
{
    return RAM + (u64)n * PAGE_SIZE;
}

/* A table of 4 pages, as the G-stage's root needs; its page number is a multiple of 4. */
static u64 new_root(void)
{
    next_table = (next_table + 3) & ~3u;
    next_table += 4;
    assert_true(next_table <= DATA);
    return page_pa(next_table - 4);
}

static u64 *entry_of(u64 table, u64 index)
{
    return (u64 *)(void *)ram[(table - RAM) >> PAGE_SHIFT] + index;
}

/* Map va to pa in an Sv39 (or Sv39x4) table by a leaf at this level. */
static void map(u64 root, u64 va, u64 pa, unsigned leaf_level, u64 bits)
{
    u64 table = root;
    for (unsigned level = 2; level > leaf_level; level--) {
        u64 *e = entry_of(table, va >> (12 + 9 * level) & 511);
        if (!*e) *e = page_pa(next_table++) >> 2 | PTE_V;
        assert_true(next_table <= DATA);
        table = (*e & PTE_PPN) << 2;
    }
    *entry_of(table, va >> (12 + 9 * leaf_level) & 511) = pa >> 2 | bits;
}

static u64 atp(u64 root, u64 id)
{
    return (u64)ATP_SV39 << 60 | id << 44 | root >> 12;
}

/* ---- looking into contexts ---- */

/* What the fast tiers would find: a hit by the rule in hart/context.h, or NULL. */
static const u8 *hit(const struct context *c, u64 va, enum access access)
{
    const struct tlb_entry *table = access == ACCESS_LOAD ? c->load : c->store;
    const struct tlb_entry *e = &table[va >> PAGE_SHIFT & (TLB_N - 1)];
    return va - e->tag <= PAGE_SIZE - 1 ? (const u8 *)(va + e->add) : NULL;
}

static const u8 *load(struct hart *h, u64 va)
{
    return tlb_fill(h, h->data, va, 8, ACCESS_LOAD);
}

/* With this address space in S-mode from now on. */
static void enter_s(struct hart *h, u64 satp)
{
    hart_set_mode(h, PRIV_M, false);
    csr_write(h, 0x180, satp);
    hart_set_mode(h, PRIV_S, false);
}

static void enter_vs(struct hart *h, u64 vsatp, u64 hgatp)
{
    hart_set_mode(h, PRIV_M, false);
    csr_write(h, 0x280, vsatp);
    csr_write(h, 0x680, hgatp);
    hart_set_mode(h, PRIV_S, true);
}

/* rs1 and rs2 are register numbers: 0 stands for x0, "all". */
static void fence(struct hart *h, enum fence_kind kind, bool by_va, u64 va, bool by_id, u64 id)
{
    struct insn i = {.rs1 = by_va ? 10 : 0, .rs2 = by_id ? 11 : 0};
    hfence(h, kind, &i, va, id);
}

#endif
