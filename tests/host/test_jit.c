/* Translated code (hart/jit/): that it is what runs, that it goes when code or its place changes
 * (unpriv. spec 7, Zifencei; priv. spec 12.2.1), when its room is used up, and when another hart
 * writes; that no memory is writable and executable; and what the host's floating point is not to
 * be trusted with. Expected values are those of the program
 * as it stands in memory. What a guest can see is asked of every tier. */
#include "hart/block.h"
#include "hart/csr.h"
#include "hart/decode.h"
#include "hart/jit/jit.h"
#include "hart/jit/maker.h"
#include "hart/trap.h"
#include "mmu/walk.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

/* A sled has an eighth more rows than there is room for ways out, or for calls. */
enum { ROOM = EXIT_MAX > POINT_MAX ? EXIT_MAX : POINT_MAX };
enum { SLED_ROWS = ROOM / 8 * 9, SLED_PAGES = SLED_ROWS / (PAGE_SIZE / 4) };
enum { SLED_TIMES = 4, PAGES = SLED_PAGES + 256, HEAT = 2 };
#define RAM 0x80000000ull
#define END (RAM + 0x800) /* where every program ends, in a WFI */

enum { RA = 1, T0 = 5, T1, S0 = 8, S1, A0, A1, S2 = 18, S3, S4 };

/* ---- a machine of some pages, and two harts at most ---- */

static struct isa all;
static u8 ram[PAGES][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
static u8 flags[PAGES];
static struct hart *harts[2];

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
static void code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
    for (unsigned k = 0; k < 2; k++)
        if (harts[k]) hart_forget_stores(harts[k]);
}
static void stored(void *machine, u64 pa, unsigned size)
{
    (void)machine, (void)size;
    flags[(pa - RAM) >> PAGE_SHIFT] = 0;
    for (unsigned k = 0; k < 2; k++)
        if (harts[k]) hart_forget_code(harts[k], pa);
}

static struct hart *new_hart(enum hart_tier tier)
{
    const struct bus bus = {
        .page = find_page, .stored = stored, .code_page = code_page, .time = no_time};
    const struct hart_config config = {.isa = &all, .tier = tier, .heat = HEAT};
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    hart_reset(h, RAM);
    csr_write(h, 0x3b0, ~0ull);
    csr_write(h, 0x3a0, 3 << 3 | 7);
    return h;
}

/* ---- programs ---- */

static u64 here; /* where the next row goes */

static u32 bits(unsigned op, unsigned rd, unsigned rs1, unsigned rs2, s64 imm)
{
    const struct insn i = {
        .op = (u16)op, .rd = (u8)rd, .rs1 = (u8)rs1, .rs2 = (u8)rs2, .imm = (s32)imm};
    return encode(&i);
}
static void put(u64 pa, u64 value, unsigned size)
{
    memcpy(&ram[(pa - RAM) >> PAGE_SHIFT][pa & PAGE_OFFSET_MASK], &value, size);
}
static void row(unsigned op, unsigned rd, unsigned rs1, unsigned rs2, s64 imm)
{
    put(here, bits(op, rd, rs1, rs2, imm), 4);
    here += 4;
}
static void branch(unsigned op, unsigned rs1, unsigned rs2, u64 to)
{
    row(op, 0, rs1, rs2, (s64)(to - here));
}

/* a0 += n, and back. */
static void put_function(u64 pa, s64 n)
{
    here = pa;
    row(OP_addi, A0, A0, 0, n);
    row(OP_jalr, 0, RA, 0, 0);
}

static void begin(enum hart_tier tier, unsigned n)
{
    memset(flags, 0, sizeof flags);
    memset(ram, 0, sizeof ram);
    for (unsigned k = 0; k < n; k++) harts[k] = new_hart(tier);
    put(END, bits(OP_wfi, 0, 0, 0, 0), 4);
}
static void end(void)
{
    for (unsigned k = 0; k < 2; k++) {
        hart_free(harts[k]);
        harts[k] = NULL;
    }
}

/* Run a program to its end. */
static void run(struct hart *h, u64 from)
{
    u64 done;
    h->pc = from;
    h->waiting = false;
    assert_int_equal(hart_run(h, 20000000, &done), STOP_WAIT);
    assert_int_equal(h->pc, END + 4);
}

static bool is_translated(const struct hart *h)
{
    return h->jit && h->jit->trace_n;
}

/* ---- it runs ---- */

static void put_loop(void)
{
    here = RAM;
    row(OP_addi, A0, A0, 0, 1);
    branch(OP_bne, A0, A1, RAM);
    branch(OP_jal, 0, 0, END);
}

/* Half of the loop's 2000 rounds with the block engine's idea of it spoilt: to that, a0 += 10. */
static u64 count_with_spoilt_block(enum hart_tier tier)
{
    u64 done;
    begin(tier, 1);
    put_loop();
    harts[0]->x[A1] = ~0ull;
    hart_run(harts[0], 2000, &done);
    assert_int_equal(harts[0]->x[A0], 1000);
    assert_int_equal(is_translated(harts[0]), tier == TIER_JIT);
    harts[0]->pc = RAM;
    block_find(harts[0])->insn[0].imm = 10;
    hart_run(harts[0], 2000, &done);
    u64 value = harts[0]->x[A0];
    end();
    return value;
}

/* But for the last steps of a run, which are too few for a block or a trace. */
static void test_translated_code_is_what_runs(void **state)
{
    (void)state;
    if (!jit_exists()) skip();
    enum { TAIL = TRACE_MAX / 2 * 9 };
    assert_in_range(count_with_spoilt_block(TIER_BLOCK), 11000 - TAIL, 11000);
    assert_in_range(count_with_spoilt_block(TIER_JIT), 2000, 2000 + TAIL);
}

/* Other tiers have none, and what runs seldom is not worth it. */
static void test_cold_code_is_not_translated(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        begin(tier, 1);
        put_loop();
        harts[0]->x[A1] = tier == TIER_JIT ? HEAT - 1 : 1000;
        run(harts[0], RAM);
        assert_false(is_translated(harts[0]));
        end();
    }
}

static void test_no_memory_is_writable_and_executable(void **state)
{
#ifdef JIT_ONE_VIEW
    skip(); /* hart/jit/jit.c: it is, for emulators */
#endif
    (void)state;
    if (!jit_exists()) skip();
    begin(TIER_JIT, 1);
    put_loop();
    harts[0]->x[A1] = 1000;
    run(harts[0], RAM);
    assert_true(is_translated(harts[0]));
    FILE *maps = fopen("/proc/self/maps", "r");
    assert_non_null(maps);
    char line[1000], permissions[5];
    unsigned code = 0;
    while (fgets(line, sizeof line, maps)) {
        unsigned long start, end_of_it, run_at = (unsigned long)harts[0]->jit->run;
        assert_int_equal(sscanf(line, "%lx-%lx %4s", &start, &end_of_it, permissions), 3);
        assert_false(strchr(permissions, 'w') && strchr(permissions, 'x'));
        code += strchr(permissions, 'x') && start <= run_at && run_at < end_of_it;
    }
    fclose(maps);
    assert_int_equal(code, 1);
    end();
}

/* ---- code that changes ---- */

enum { ROUNDS = 200, CALLS = 20 };

/* Call a function, whose address is in s2 too, many times: the way there is looked up; and as many
 * times more: the way there is known. Both ways must lead to what it is now. */
static void put_calls(u64 function)
{
    for (unsigned known = 0; known < 2; known++) {
        row(OP_addi, T0, 0, 0, CALLS);
        u64 again = here;
        if (known)
            row(OP_jal, RA, 0, 0, (s64)(function - here));
        else
            row(OP_jalr, RA, S2, 0, 0);
        row(OP_addi, T0, T0, 0, -1);
        branch(OP_bne, T0, 0, again);
    }
}

/* Swap s0 and s1, and begin again as often as a1 counts. */
static void put_next_round(void)
{
    row(OP_addi, T0, S0, 0, 0);
    row(OP_addi, S0, S1, 0, 0);
    row(OP_addi, S1, T0, 0, 0);
    row(OP_addi, A1, A1, 0, -1);
    branch(OP_bne, A1, 0, RAM);
    branch(OP_jal, 0, 0, END);
}

/* Rounds of: store one instruction or the other over the function's first, call it. */
static void put_modifier(u64 function)
{
    here = RAM;
    row(OP_sw, 0, S2, S0, 0);
    row(OP_fence_i, 0, 0, 0, 0);
    put_calls(function);
    put_next_round();
}

static void check_modifier(enum hart_tier tier, u64 function)
{
    begin(tier, 1);
    put_function(function, 0);
    put_modifier(function);
    u64 *x = harts[0]->x;
    x[S0] = bits(OP_addi, A0, A0, 0, 1);
    x[S1] = bits(OP_addi, A0, A0, 0, 1000);
    x[S2] = function, x[A1] = ROUNDS;
    run(harts[0], RAM);
    assert_int_equal(x[A0], ROUNDS / 2 * 2 * CALLS * 1001);
    assert_int_equal(is_translated(harts[0]), tier == TIER_JIT && jit_exists());
    end();
}

static void test_code_that_modifies_code(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        check_modifier(tier, RAM + 0x100);
        check_modifier(tier, RAM + 0x1000);
        check_modifier(tier, RAM + 0x3ff8);
    }
}

/* Two harts have the function translated; each of them rewrites it in turn. */
static void check_pair(enum hart_tier tier)
{
    const u64 calls = RAM + 0x100, function = RAM + 0x1000;
    u64 adds = 1, expected = 0;
    begin(tier, 2);
    put_function(function, 1);
    here = RAM;
    row(OP_sw, 0, S2, S0, 0);
    branch(OP_jal, 0, 0, END);
    here = calls;
    row(OP_fence_i, 0, 0, 0, 0);
    put_calls(function);
    branch(OP_jal, 0, 0, END);
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct hart *writer = harts[round & 1];
        expected += 2 * CALLS * adds;
        for (unsigned k = 0; k < 2; k++) {
            harts[k]->x[S2] = function;
            run(harts[k], calls);
            assert_int_equal(harts[k]->x[A0], expected);
            assert_int_equal(is_translated(harts[k]), tier == TIER_JIT && jit_exists());
        }
        adds = round + 2;
        writer->x[S0] = bits(OP_addi, A0, A0, 0, (s64)adds);
        run(writer, RAM);
    }
    end();
}

static void test_code_that_another_hart_modifies(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) check_pair(tier);
}

/* ---- code that moves ---- */

/* Sv39 spaces: RAM where it is, and up to VIEW_PAGES below it, which a jump can reach from there.
 */
enum { VIEW_PAGES = 16384, VIEW_TABLES = VIEW_PAGES / 512, TABLES = 64, FUNCTIONS = 16 };
enum { TABLES_OF_SPACE = VIEW_TABLES + 2 };
enum { LEAF = PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D };
#define VIEW  (RAM - (u64)VIEW_PAGES * PAGE_SIZE)
#define PLACE (RAM - PAGE_SIZE) /* of a function that moves */

static u64 page_pa(unsigned n)
{
    return RAM + (u64)n * PAGE_SIZE;
}
static u64 pte(u64 pa, u64 flag_bits)
{
    return pa >> 2 | flag_bits;
}
/* The third-level entry of a page of the view: of space k, in tables that follow each other. */
static u64 entry_pa(unsigned k, unsigned page)
{
    return page_pa(TABLES + TABLES_OF_SPACE * k + 2) + (u64)page * 8;
}
/* satp for space k, where the last pages of the view, each of them, are the physical page n. */
static u64 make_space(unsigned k, unsigned pages, unsigned n)
{
    unsigned root = TABLES + TABLES_OF_SPACE * k;
    put(page_pa(root) + 8, pte(page_pa(root + 1), PTE_V), 8);
    put(page_pa(root) + 16, pte(RAM, LEAF), 8);
    for (unsigned t = 0; t < VIEW_TABLES; t++)
        put(page_pa(root + 2) - (VIEW_TABLES - t) * 8ull, pte(page_pa(root + 2 + t), PTE_V), 8);
    for (unsigned page = VIEW_PAGES - pages; page < VIEW_PAGES; page++)
        put(entry_pa(k, page), pte(page_pa(n), LEAF), 8);
    return 8ull << 60 | (u64)(k + 1) << 44 | page_pa(root) >> PAGE_SHIFT;
}

static void begin_spaces(enum hart_tier tier)
{
    begin(tier, 1);
    put_function(page_pa(FUNCTIONS), 1);
    put_function(page_pa(FUNCTIONS + 1), 1000);
    hart_set_mode(harts[0], PRIV_S, false);
    harts[0]->x[S2] = PLACE;
    harts[0]->x[A1] = ROUNDS;
}
static void check_spaces(enum hart_tier tier, u64 satp)
{
    csr_write(harts[0], 0x180, satp);
    run(harts[0], RAM);
    assert_int_equal(harts[0]->x[A0], ROUNDS / 2 * 2 * CALLS * 1001);
    assert_int_equal(is_translated(harts[0]), tier == TIER_JIT && jit_exists());
    end();
}

/* satp has one space and the other, by turns. */
static void check_satp(enum hart_tier tier)
{
    begin_spaces(tier);
    here = RAM;
    harts[0]->x[S0] = make_space(0, 1, FUNCTIONS);
    harts[0]->x[S1] = make_space(1, 1, FUNCTIONS + 1);
    row(OP_csrrw, 0, S0, 0, 0x180);
    put_calls(PLACE);
    put_next_round();
    check_spaces(tier, harts[0]->x[S0]);
}

/* The entry has one page and the other, by turns; SFENCE.VMA with an address, or without. */
static void check_fence(enum hart_tier tier, unsigned fence_rs1)
{
    begin_spaces(tier);
    here = RAM;
    harts[0]->x[S0] = pte(page_pa(FUNCTIONS), LEAF);
    harts[0]->x[S1] = pte(page_pa(FUNCTIONS + 1), LEAF);
    harts[0]->x[S3] = entry_pa(0, VIEW_PAGES - 1);
    row(OP_sd, 0, S3, S0, 0);
    row(OP_sfence_vma, 0, fence_rs1, 0, 0);
    put_calls(PLACE);
    put_next_round();
    check_spaces(tier, make_space(0, 1, FUNCTIONS));
}

static void test_code_that_moves(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++) {
        check_satp(tier);
        check_fence(tier, 0);
        check_fence(tier, S2);
    }
}

/* ---- room ---- */

/* A function at more places than there are slots for pages. */
static void test_no_slots_are_left(void **state)
{
    (void)state;
    enum { PLACES = SLOT_N / 2 + 512, TIMES = 4 };
    _Static_assert((int)PLACES <= (int)VIEW_PAGES, "there are not as many places");
    if (!jit_exists()) skip();
    begin_spaces(TIER_JIT);
    u64 *x = harts[0]->x;
    csr_write(harts[0], 0x180, make_space(0, PLACES, FUNCTIONS));
    here = RAM;
    row(OP_addi, S2, S0, 0, 0);
    row(OP_addi, T0, S1, 0, 0);
    row(OP_jalr, RA, S2, 0, 0);
    row(OP_add, S2, S2, S3, 0);
    row(OP_addi, T0, T0, 0, -1);
    branch(OP_bne, T0, 0, RAM + 8);
    row(OP_addi, A1, A1, 0, -1);
    branch(OP_bne, A1, 0, RAM);
    branch(OP_jal, 0, 0, END);
    x[S0] = RAM - (u64)PLACES * PAGE_SIZE, x[S1] = PLACES, x[S3] = PAGE_SIZE, x[A1] = TIMES;
    run(harts[0], RAM);
    assert_int_equal(x[A0], TIMES * PLACES);
    assert_true(harts[0]->jit->resets > 1);
    end();
}

/* As many rows as fill the room for ways out, or for calls: each a branch that is not taken, or an
 * instruction that translated code calls. One row in 16 counts. */
static void check_sled(unsigned op, unsigned rd, unsigned rs1, unsigned rs2, s64 imm)
{
    enum { FIRST = 1 };
    begin(TIER_JIT, 1);
    u64 *x = harts[0]->x;
    here = page_pa(FIRST);
    for (unsigned k = 0; k < SLED_ROWS; k++)
        if (k % 16)
            row(op, rd, rs1, rs2, imm);
        else
            row(OP_addi, A0, A0, 0, 1);
    row(OP_addi, A1, A1, 0, -1);
    row(OP_beq, 0, A1, 0, 8);
    row(OP_jalr, 0, S2, 0, 0);
    row(OP_jalr, 0, S4, 0, 0);
    x[S2] = page_pa(FIRST), x[S4] = END, x[A1] = SLED_TIMES;
    x[S3] = page_pa(PAGES - 1), x[S0] = 1;
    run(harts[0], page_pa(FIRST));
    assert_int_equal(x[A0], SLED_TIMES * SLED_ROWS / 16);
    assert_true(harts[0]->jit->resets > 1);
    end();
}

static void test_no_exits_are_left(void **state)
{
    (void)state;
    if (!jit_exists()) skip();
    check_sled(OP_beq, 0, S2, S3, 16);
}

static void test_no_points_are_left(void **state)
{
    (void)state;
    if (!jit_exists()) skip();
    check_sled(OP_amoadd_d, T0, S3, S0, 0);
    const u64 sum = (u64)SLED_TIMES * SLED_ROWS / 16 * 15;
    assert_memory_equal(ram[PAGES - 1], &sum, sizeof sum);
}

/* ---- floating point: tininess is detected after rounding (unpriv. spec 21.3) ---- */

enum { NX = 1, UF = 2, FS_DIRTY = 3 << 13 };
#define BOXED(v) (~0ull << 32 | (v))

/* Products and the like around the least normal number. Where e is small, 2^-1022 (1 - e) rounds to
 * 2^-1022 even with room for a smaller exponent, so it is not tiny, though less; 2^-1022 (1 -
 * 2^-53) is tiny, and rounds to the same. */
static const struct {
    unsigned op;
    u64 a, b, c, result;
    u8 flags;
} underflows[] = {
  /* (1 - 2^-28) * 2^-1022 (1 + 2^-28) */
    {OP_fmul_d,   0x3feffffffe000000, 0x0010000001000000, 0,                  0x0010000000000000, NX     },
    {OP_fmul_d,   0xbfeffffffe000000, 0x0010000001000000, 0,                  0x8010000000000000, NX     },
 /* (1 - 2^-53) * 2^-1022 */
    {OP_fmul_d,   0x3fefffffffffffff, 0x0010000000000000, 0,                  0x0010000000000000, NX | UF},
 /* exact: 1/2 * 2^-1022, 0 * 2^-1022, 1 * 2^-1022 */
    {OP_fmul_d,   0x3fe0000000000000, 0x0010000000000000, 0,                  0x0008000000000000, 0      },
    {OP_fmul_d,   0,                  0x0010000000000000, 0,                  0,                  0      },
    {OP_fmul_d,   0x3ff0000000000000, 0x0010000000000000, 0,                  0x0010000000000000, 0      },
 /* 2^-600 * 2^-600; 2^-1074 / 2 */
    {OP_fmul_d,   0x1a70000000000000, 0x1a70000000000000, 0,                  0,                  NX | UF},
    {OP_fdiv_d,   1,                  0x4000000000000000, 0,                  0,                  NX | UF},
 /* 2^-537 * -2^-541 + 2^-1022 */
    {OP_fmadd_d,  0x1e60000000000000, 0x9e20000000000000, 0x0010000000000000, 0x0010000000000000,
     NX                                                                                                  },
 /* the same in single precision: (1 - 2^-14) * 2^-126 (1 + 2^-14), (1 - 2^-24) * 2^-126 */
    {OP_fmul_s,   BOXED(0x3f7ffc00),  BOXED(0x00800200),  0,                  BOXED(0x00800000),  NX     },
    {OP_fmul_s,   BOXED(0x3f7fffff),  BOXED(0x00800000),  0,                  BOXED(0x00800000),  NX | UF},
 /* 2^-126 (1 - 2^-30) and 2^-126 (1 - 2^-24) */
    {OP_fcvt_s_d, 0x380fffffff800000, 0,                  0,                  BOXED(0x00800000),  NX     },
    {OP_fcvt_s_d, 0x380fffffe0000000, 0,                  0,                  BOXED(0x00800000),  NX | UF},
};

static void set_operands(struct hart *h, u64 a, u64 b, u64 c)
{
    h->x[A0] = 0;
    h->fflags = 0;
    h->f[0] = a;
    h->f[1] = b;
    h->f[2] = c;
}

/* Ten rounds of it, in code that has run often enough with zeros. */
static void check_underflow(enum hart_tier tier, size_t k)
{
    begin(tier, 1);
    struct hart *h = harts[0];
    struct insn i = {.op = (u16)underflows[k].op, .rd = 3, .rs1 = 0, .rs2 = 1, .rs3 = 2};
    if (i.op == OP_fcvt_s_d) i.rs2 = 0;
    here = RAM;
    put(here, encode(&i), 4);
    here += 4;
    row(OP_addi, A0, A0, 0, 1);
    branch(OP_bne, A0, A1, RAM);
    branch(OP_jal, 0, 0, END);
    csr_write(h, 0x300, FS_DIRTY);
    h->x[A1] = 100;
    set_operands(h, BOXED(0), BOXED(0), 0);
    run(h, RAM);
    assert_int_equal(is_translated(h), tier == TIER_JIT && jit_exists());
    h->x[A1] = 10;
    set_operands(h, underflows[k].a, underflows[k].b, underflows[k].c);
    run(h, RAM);
    assert_int_equal(h->f[3], underflows[k].result);
    assert_int_equal(h->fflags, underflows[k].flags);
    end();
}

static void test_tiny_results(void **state)
{
    (void)state;
    for (enum hart_tier tier = TIER_STEP; tier <= TIER_JIT; tier++)
        for (size_t k = 0; k < sizeof underflows / sizeof underflows[0]; k++)
            check_underflow(tier, k);
}

int main(void)
{
    isa_default(&all);
    decode_init();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_translated_code_is_what_runs),
        cmocka_unit_test(test_cold_code_is_not_translated),
        cmocka_unit_test(test_no_memory_is_writable_and_executable),
        cmocka_unit_test(test_code_that_modifies_code),
        cmocka_unit_test(test_code_that_another_hart_modifies),
        cmocka_unit_test(test_code_that_moves),
        cmocka_unit_test(test_tiny_results),
        cmocka_unit_test(test_no_slots_are_left),
        cmocka_unit_test(test_no_exits_are_left),
        cmocka_unit_test(test_no_points_are_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
