/* The lazy address-translation cache against a list that is searched from end to end: random
 * entries, look-ups and fences. */
#include "mmu/atc.h"
#include "mmu/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { LIST_MAX = 64, ROUNDS = 200000 };

static struct atc_entry list[LIST_MAX];
static u64 rng_state;

static u64 rnd(u64 below)
{
    u64 x = rng_state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return (x ^ x >> 31) % below;
}

/* Few of each, so that they meet. */
static struct atc_tables random_tables(void)
{
    u8 kind = (u8)rnd(3);
    u16 vmid = kind == ATC_HS ? 0 : (u16)rnd(2), asid = kind == ATC_G ? 0 : (u16)rnd(2);
    return (struct atc_tables){kind, vmid, asid};
}

static u64 random_address(void)
{
    return rnd(2) << 39 | rnd(2) << 30 | rnd(2) << 21 | rnd(3) << 12 | rnd(4096);
}

static bool serves(const struct atc_entry *e, struct atc_tables t)
{
    return e->used && e->tables.kind == t.kind && e->tables.vmid == t.vmid &&
           (e->global || e->tables.asid == t.asid);
}

static struct atc_entry *listed(struct atc_tables t, u64 page, unsigned shift)
{
    for (unsigned k = 0; k < LIST_MAX; k++)
        if (serves(&list[k], t) && list[k].page == page && list[k].shift == shift) return &list[k];
    return NULL;
}

static const struct atc_entry *lowest(struct atc_tables t, u64 va, unsigned levels)
{
    static const u8 shifts[] = {12, 16, 21, 30, 39, 48};
    for (unsigned k = 0; k < 6; k++) {
        const struct atc_entry *e = listed(t, va >> shifts[k], shifts[k]);
        if (e) return e->level < levels ? e : NULL;
    }
    return NULL;
}

static struct atc_entry random_entry(void)
{
    static const u8 shifts[] = {12, 16, 21, 30, 39};
    static const u8 levels[] = {0, 0, 1, 2, 3};
    unsigned n = (unsigned)rnd(5);
    struct atc_entry e = {.tables = random_tables(), .shift = shifts[n], .level = levels[n]};
    e.page = random_address() >> e.shift;
    e.pte = rnd(~0ull) << 1 | (rnd(4) != 0);
    e.pointer = e.level && rnd(2);
    e.global = e.tables.kind != ATC_G && !rnd(4);
    return e;
}

/* One more, if the list has room for it. Which of a global entry and another one for the same page
 * is found is open, so there are no such pairs. */
static void keep(struct atc *a)
{
    struct atc_entry e = random_entry(), *free_place = NULL;
    if (!(e.pte & 1)) return;
    for (unsigned k = 0; k < LIST_MAX; k++) {
        struct atc_entry *other = &list[k];
        if (!other->used) free_place = other;
        if (other->used && other->tables.kind == e.tables.kind &&
            other->tables.vmid == e.tables.vmid && other->page == e.page &&
            other->shift == e.shift && (other->global || e.global))
            return;
    }
    struct atc_entry *old = listed(e.tables, e.page, e.shift);
    if (!old) old = free_place;
    if (!old) return;
    atc_keep(a, &e);
    *old = e;
    old->used = true;
}

static void drop(struct atc *a)
{
    struct atc_entry *e = &list[rnd(LIST_MAX)];
    if (e->used) atc_drop(a, e);
    e->used = false;
}

/* 12.2.1 and 22.3.2, condition by condition. */
static void fence(struct atc *a)
{
    struct atc_fence f = {random_tables(), rnd(2), rnd(2), rnd(2), random_address()};
    atc_fence(a, &f);
    for (unsigned k = 0; k < LIST_MAX; k++) {
        struct atc_entry *e = &list[k];
        bool there = !f.by_address || (f.address >> e->shift == e->page && !e->pointer);
        bool space = !f.by_asid || (f.tables.asid == e->tables.asid && !e->global);
        bool machine = !f.by_vmid || f.tables.vmid == e->tables.vmid;
        if (e->tables.kind == f.tables.kind && there && space && machine) e->used = false;
    }
}

static void look(struct atc *a)
{
    struct atc_tables t = random_tables();
    u64 va = random_address();
    unsigned levels = 3 + (unsigned)rnd(3);
    const struct atc_entry *got = atc_find(a, t, va, levels), *want = lowest(t, va, levels);
    assert_int_equal(got != NULL, want != NULL);
    if (got) assert_int_equal(got->pte, want->pte);
}

static void test_against_a_list(void **state)
{
    (void)state;
    struct atc *a = atc_new(false);
    assert_non_null(a);
    for (unsigned k = 0; k < ROUNDS; k++) {
        if (rnd(2)) keep(a);
        if (!rnd(20)) fence(a);
        if (!rnd(20)) drop(a);
        look(a);
    }
    atc_clear(a);
    memset(list, 0, sizeof list);
    for (unsigned k = 0; k < 100; k++) look(a);
    atc_free(a);
}

static void test_invalid_entries(void **state)
{
    (void)state;
    for (unsigned keep_invalid = 0; keep_invalid < 2; keep_invalid++) {
        struct atc *a = atc_new(keep_invalid);
        const struct atc_entry e = {.page = 5, .shift = 12};
        atc_keep(a, &e);
        assert_int_equal(atc_find(a, e.tables, 0x5000, 3) != NULL, keep_invalid);
        atc_free(a);
    }
}

/* More than it holds: some go, none is mixed up. */
static void test_many(void **state)
{
    (void)state;
    struct atc *a = atc_new(true);
    unsigned held = 0;
    for (u64 page = 0; page < 4 * ATC_ENTRY_N; page++) {
        const struct atc_entry e = {.page = page, .shift = 12, .pte = page << 10 | PTE_V};
        atc_keep(a, &e);
    }
    for (u64 page = 0; page < 4 * ATC_ENTRY_N; page++) {
        const struct atc_entry *e = atc_find(a, (struct atc_tables){0}, page << 12, 3);
        if (e) assert_int_equal(e->pte, page << 10 | PTE_V);
        held += e != NULL;
    }
    assert_int_equal(held, ATC_ENTRY_N);
    atc_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list),
        cmocka_unit_test(test_invalid_entries),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
