/* --check-isolation: G-stage tables, made by hand in the RAM of a board whose device tree gives two
 * VMs, and what the checker has to say when a hart enters them. The layouts follow priv. spec 12.3
 * and 22.5 (Sv39x4), the rules docs/isolation.md. */
#define _GNU_SOURCE
#include "platform/isolation.h"
#include "hart/isa.h"
#include "hart/state.h"
#include "platform/board.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

/* Physical memory: where the test puts things. */
enum {
    MIB = 1 << 20,
    PAGE = 4096,
    GUEST_MEMORY = 4 * MIB,
};
#define FIRMWARE   0x80000000ull
#define KERNEL(vm) (0x80400000ull + (vm)*0x10000ull)
#define TABLES(vm) (0x80800000ull + (vm)*0x100000ull) /* the root, then the other tables */
#define MEMORY(vm) (0x81000000ull + (vm)*0x1000000ull)
#define ROOT(vm)   TABLES(vm)
#define MIDDLE(vm) (TABLES(vm) + 0x4000)
#define LAST(vm)   (TABLES(vm) + 0x5000)

#define GUEST_RAM 0x80000000ull
#define ENTRY     0x80200000ull

#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)

static struct isa isa;
static struct board *board;
static struct hart *hart;
static struct isolation *iso;
static const struct hart_observer *observer;
static FILE *err;
static int old_err;
static char said[1024];

/* ---- a board with two VMs ---- */

static u64 pte(u64 pa, u64 flags)
{
    return pa >> 12 << 10 | flags;
}

static void write64(u64 pa, u64 value)
{
    assert_true(board_write(board, pa, &value, sizeof value));
}

/* Code by which a kernel is known, at the entry of its memory and in its image. */
static void put_code(u64 pa, u64 vm)
{
    for (u64 k = 0; k < 8; k++) write64(pa + 8 * k, 0x1111111111111111 * (vm + 1) + k);
}

/* A VM's tables: its first 2 MiB by one leaf, the next by a table of pages with one page. */
static void make_vm(u64 vm)
{
    write64(ROOT(vm) + 8 * (GUEST_RAM >> 30), pte(MIDDLE(vm), PTE_V));
    write64(MIDDLE(vm), pte(MEMORY(vm), LEAF));
    write64(MIDDLE(vm) + 8, pte(LAST(vm), PTE_V));
    write64(LAST(vm), pte(MEMORY(vm) + 0x200000, LEAF));
    put_code(MEMORY(vm) + (ENTRY - GUEST_RAM), vm);
    put_code(KERNEL(vm) + 0x100, vm);
}

static int setup(void **state)
{
    static const struct board_guest guests[2] = {
        {"a", NULL, KERNEL(0), 0x1000, 0, 0, GUEST_MEMORY, 1},
        {"b", NULL, KERNEL(1), 0x1000, 0, 0, GUEST_MEMORY, 1},
    };
    static const struct board_boot boot = {.entry = RAM_BASE, .guests = guests, .guest_count = 2};
    const struct board_config config = {.harts = 2, .ram_size = 64 * MIB, .isa = &isa};
    (void)state;
    isa_default(&isa);
    board = board_new(&config);
    assert_non_null(board);
    assert_true(board_claim(board, "firmware", FIRMWARE, 0x100000));
    for (u64 vm = 0; vm < 2; vm++) assert_true(board_claim(board, "image", KERNEL(vm), 0x1000));
    assert_true(board_finish_setup(board, &boot));
    for (u64 vm = 0; vm < 2; vm++) make_vm(vm);
    hart = board_hart(board, 0);
    for (unsigned h = 0; h < 2; h++) { /* PMP entry 1: everything for everybody */
        pmp_write_addr(&board_hart(board, h)->pmp, 1, ~0ull);
        pmp_write_cfg(&board_hart(board, h)->pmp, 0, 0x1f00);
    }
    iso = isolation_new(board, ISOLATION_TABLES);
    assert_non_null(iso);
    observer = isolation_observer(iso, 0, NULL);
    isolation_observer(iso, 1, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    isolation_free(iso);
    board_free(board);
    return 0;
}

/* ---- entering ---- */

static void begin_listening(void)
{
    err = tmpfile();
    fflush(stderr);
    old_err = dup(STDERR_FILENO);
    dup2(fileno(err), STDERR_FILENO);
}

static void end_listening(void)
{
    fflush(stderr);
    dup2(old_err, STDERR_FILENO);
    close(old_err);
    ssize_t n = pread(fileno(err), said, sizeof said - 1, 0);
    said[n > 0 ? n : 0] = 0;
    fclose(err);
}

/* A hart goes to V=1 with this VM's tables. */
static void enter_on(unsigned index, u64 vm)
{
    struct hart *h = board_hart(board, index);
    const struct return_event e = {ENTRY, PRIV_S, PRIV_S, false, true};
    h->hgatp = (u64)ATP_SV39 << ATP_MODE_SHIFT | (vm + 1) << ATP_ID_SHIFT | ROOT(vm) >> PAGE_SHIFT;
    begin_listening();
    const struct hart_observer *o = isolation_observer(iso, index, NULL);
    o->returned(o->arg, h, &e);
    end_listening();
}

static void enter(u64 vm)
{
    enter_on(0, vm);
}

static void leave_on(unsigned index)
{
    const struct trap_event e = {
        .cause = EXC_ECALL_VS, .from_priv = PRIV_S, .to_priv = PRIV_S, .from_virt = true};
    const struct hart_observer *o = isolation_observer(iso, index, NULL);
    o->trap(o->arg, board_hart(board, index), &e);
}

static void leave(void)
{
    leave_on(0);
}

static void assert_kept(void)
{
    assert_string_equal(said, "");
}

/* One line, which says this of the VM, and the run is over. */
static void assert_violated(const char *vm, const char *text)
{
    char head[64];
    snprintf(head, sizeof head, "vhart: isolation violated: VM '%s' ", vm);
    if (strncmp(said, head, strlen(head)) != 0 || !strstr(said, text))
        fail_msg("'%s' expected of VM %s, but: %s", text, vm, said);
    assert_ptr_equal(strchr(said, '\n'), said + strlen(said) - 1);
    assert_int_equal(board_status(board), STATUS_VIOLATION);
    assert_int_equal(board_why(board), END_STOPPED);
}

/* Entry number 1 of VM a's last table: the page at its RAM + 0x201000. */
#define SPARE     (LAST(0) + 8)
#define SPARE_GPA "gpa 0x80201000"

/* ---- tests ---- */

static void test_kept(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        enter(i % 2);
        assert_kept();
        leave();
    }
    write64(SPARE, pte(MEMORY(0) + 0x300000, LEAF));
    enter(0);
    assert_kept();
}

/* A page more, given between two entries, is a page looked at. */
static void spare_is(u64 entry, const char *text)
{
    enter(0);
    leave();
    enter(1);
    leave();
    write64(SPARE, entry);
    enter(0);
    if (text)
        assert_violated("a", text);
    else
        assert_kept();
}

static void test_firmware(void **state)
{
    (void)state;
    spare_is(pte(FIRMWARE + 0x3000, LEAF), SPARE_GPA ", where there is firmware");
}

static void test_other_image(void **state)
{
    (void)state;
    spare_is(pte(KERNEL(1), LEAF), "where there is image");
}

static void test_device_tree(void **state)
{
    (void)state;
    spare_is(pte(0x83e00000, LEAF), "where there is the device tree");
}

static void test_device(void **state)
{
    (void)state;
    spare_is(pte(0x10000000, LEAF), "0x10000000..0x10000fff at " SPARE_GPA ", which is not RAM");
}

static void test_behind_ram(void **state)
{
    (void)state;
    spare_is(pte(0x84000000, LEAF), "which is not RAM");
}

static void test_neighbour(void **state)
{
    (void)state;
    spare_is(pte(MEMORY(1) + 0x5000, LEAF), NULL);
    leave();
    enter(1);
    assert_violated("b", "which belongs to VM a");
}

static void test_neighbour_at_once(void **state)
{
    (void)state;
    enter_on(1, 1);
    enter(0);
    leave();
    write64(SPARE, pte(MEMORY(1) + 0x5000, LEAF));
    enter(0);
    assert_violated("a", "which belongs to VM b");
}

static void test_read_only(void **state)
{
    (void)state;
    enter_on(1, 1);
    write64(SPARE, pte(MEMORY(1) + 0x5000, PTE_V | PTE_R | PTE_U));
    enter(0);
    assert_violated("a", "which belongs to VM b");
}

static void test_own_tables(void **state)
{
    (void)state;
    spare_is(pte(LAST(0), LEAF), "which has the G-stage tables of VM a");
}

static void test_own_root(void **state)
{
    (void)state;
    spare_is(pte(ROOT(0) + 0x3000, LEAF), "which has the G-stage tables of VM a");
}

static void test_other_tables(void **state)
{
    (void)state;
    enter_on(1, 1);
    write64(SPARE, pte(MIDDLE(1), LEAF));
    enter(0);
    assert_violated("a", "which has the G-stage tables of VM b");
}

static void test_more_memory(void **state)
{
    (void)state;
    enter(0);
    assert_kept();
    leave();
    write64(MIDDLE(0) + 8 * 2, pte(MEMORY(0) + 0x400000, LEAF));
    enter(0);
    assert_violated("a", "gpa 0x80400000, outside of the RAM that the device tree gives it");
}

static void test_below(void **state)
{
    (void)state;
    write64(ROOT(0), pte(LAST(0), PTE_V));
    write64(LAST(0) + 8 * 3, pte(MEMORY(0) + 0x300000, LEAF));
    enter(0);
    assert_violated("a", "outside of the RAM");
}

static void test_pmp(void **state)
{
    (void)state;
    enter(0);
    leave();
    /* Entry 0: 4 KiB (NAPOT) for nobody. */
    pmp_write_addr(&hart->pmp, 0, (MEMORY(0) + 0x300000) >> 2 | 0x1ff);
    pmp_write_cfg(&hart->pmp, 0, 0x1f18);
    write64(SPARE, pte(MEMORY(0) + 0x300000, LEAF));
    enter(0);
    assert_violated("a", "PMP");
}

/* Entries on which every access faults give nothing (12.3.2, 22.5.1). */
static void test_malformed(void **state)
{
    (void)state;
    static const u64 flags[] = {
        PTE_R | PTE_W | PTE_X | PTE_U, /* not valid */
        PTE_V | PTE_W | PTE_U | PTE_A, /* reserved */
        LEAF | 1ull << 54,             /* reserved bits */
        PTE_V | PTE_R | PTE_W | PTE_X, /* not a user's */
        PTE_V,                         /* a pointer at the last level */
    };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        write64(SPARE, pte(FIRMWARE, flags[i]));
        enter(0);
        assert_kept();
        leave();
    }
    /* A misaligned leaf of 2 MiB. */
    write64(MIDDLE(0) + 8 * 3, pte(FIRMWARE + 0x1000, LEAF));
    enter(0);
    assert_kept();
}

static void test_bare(void **state)
{
    (void)state;
    const struct return_event e = {ENTRY, PRIV_S, PRIV_S, false, true};
    hart->hgatp = 0;
    put_code(ENTRY, 0);
    begin_listening();
    observer->returned(observer->arg, hart, &e);
    end_listening();
    assert_violated("a", "outside of the RAM");
}

static void test_unknown_kernel(void **state)
{
    (void)state;
    put_code(MEMORY(0) + (ENTRY - GUEST_RAM), 7);
    enter(0);
    assert_violated("none", "code of no kernel in /chosen");
}

static void test_tables_without_end(void **state)
{
    (void)state;
    enter(0);
    leave();
    /* Every entry of the middle table leads back to it. */
    write64(ROOT(0) + 8 * 5, pte(MIDDLE(0), PTE_V));
    for (u64 i = 2; i < 512; i++) write64(MIDDLE(0) + 8 * i, pte(MIDDLE(0), PTE_V));
    for (u64 i = 6; i < 2048; i++) write64(ROOT(0) + 8 * i, pte(MIDDLE(0), PTE_V));
    enter(0);
    assert_violated("a", "G-stage tables without end");
}

/* Memory of a VM that has ended may go to another; it must then be left alone. */
static void test_handed_on(void **state)
{
    (void)state;
    enter(1);
    leave();
    write64(MIDDLE(0) + 8, pte(MEMORY(1), LEAF));
    for (unsigned i = 0; i < 2; i++) {
        enter(0);
        assert_kept();
        leave();
    }
    enter(1);
    assert_violated("b", "which belongs to VM a");
}

/* What a guest's own access comes to. */
static void test_walk(void **state)
{
    (void)state;
    static struct walk w;
    struct space space = {.virt = 1};
    const struct walk_event e = {&space, 0x1234, ACCESS_LOAD, &w};
    enter(0);
    hart->virt = true;
    w.pa = MEMORY(0) + 0x1234;
    begin_listening();
    observer->walked(observer->arg, hart, &e);
    end_listening();
    assert_kept();
    w.pa = MEMORY(0) + 0x201000;
    begin_listening();
    observer->walked(observer->arg, hart, &e);
    end_listening();
    assert_violated("a", "is given 0x81201000 for 0x1234");
}

static void test_no_guests(void **state)
{
    (void)state;
    const struct board_config config = {.harts = 1, .ram_size = 16 * MIB, .isa = &isa};
    const struct board_boot boot = {.entry = RAM_BASE};
    struct board *alone = board_new(&config);
    assert_true(board_finish_setup(alone, &boot));
    begin_listening();
    struct isolation *none = isolation_new(alone, ISOLATION_TABLES);
    end_listening();
    assert_null(none);
    assert_string_equal(said,
                        "vhart: --check-isolation: the device tree has no VMs; give --guest\n");
    board_free(alone);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_kept),
        TEST(test_firmware),
        TEST(test_other_image),
        TEST(test_device_tree),
        TEST(test_device),
        TEST(test_behind_ram),
        TEST(test_neighbour),
        TEST(test_neighbour_at_once),
        TEST(test_read_only),
        TEST(test_own_tables),
        TEST(test_own_root),
        TEST(test_other_tables),
        TEST(test_more_memory),
        TEST(test_below),
        TEST(test_pmp),
        TEST(test_malformed),
        TEST(test_bare),
        TEST(test_unknown_kernel),
        TEST(test_tables_without_end),
        TEST(test_handed_on),
        TEST(test_walk),
        TEST(test_no_guests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
