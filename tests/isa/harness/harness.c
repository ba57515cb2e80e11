/* The list of tests, checks, and run(). */
#include "harness.h"
#include "paging.h"

/* Build with -DSABOTAGE=1 to see every check fail: each expected value is then wrong. */
#ifndef SABOTAGE
#define SABOTAGE 0
#endif

/* With RICHEST, zero will not do for a trap value that the specification merely allows to be
 * written: stval, htval and the like hold the address or the instruction. */
#ifndef RICHEST
#define RICHEST 1
#endif

extern const struct test tests_start[], tests_end[];

void enter(const void *code, u64 a0, u64 a1, u64 a2);
void stray_trap(void) __attribute__((noreturn));
u64 main(void);

struct trap trap_record;
static const struct test *current;
static u64 first_failed; /* ordinal of the first failed test, 0: none */
static u64 notes, noted_test, noted_value;

static u64 ordinal(const struct test *t)
{
    return (u64)(t - tests_start) + 1;
}

static void fail(struct place at, const char *what)
{
    if (!first_failed) first_failed = ordinal(current);
    print(at.file);
    print(":");
    print_dec((u64)at.line);
    print(": ");
    print(current->name);
    print(": ");
    print(what);
    if (notes && noted_test == ordinal(current)) {
        print(" [note ");
        print_hex(noted_value);
        print("]");
    }
}

void note(u64 value)
{
    notes = 1;
    noted_test = ordinal(current);
    noted_value = value;
}

void check_eq(struct place at, const char *what, u64 got, u64 want)
{
    want ^= SABOTAGE;
    if (got == want) return;
    fail(at, what);
    print(": got ");
    print_hex(got);
    print(", expected ");
    print_hex(want);
    print("\n");
}

u64 main(void)
{
    probe_machine();
    for (current = tests_start; current < tests_end; current++) {
        reset_machine();
        current->body();
    }
    return first_failed;
}

void stray_trap(void)
{
    fail(HERE, "a trap outside of run(): mcause, mepc, mtval =");
    print(" ");
    print_hex(csr_read(mcause));
    print(" ");
    print_hex(csr_read(mepc));
    print(" ");
    print_hex(csr_read(mtval));
    print("\n");
    finish(first_failed);
}

struct trap run3(enum mode mode, const void *code, u64 a0, u64 a1, u64 a2)
{
    u64 mpp = (u64)(mode & 3) << 11, mpv = mode & 4 ? STATUS_MPV : 0;

    prepare_tables(mode);
    csr_clear(mstatus, STATUS_MPP | STATUS_MPV);
    csr_set(mstatus, mpp | mpv);
    trap_record =
        (struct trap){.mode = mode, .code = (u64)code, .hstatus_before = csr_read(hstatus)};
    enter(code, a0, a1, a2);
    return trap_record;
}
