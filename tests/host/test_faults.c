/* Each instruction's each access fails: what it would have changed must be as it was, but for what
 * the trap itself writes. The instructions come from the rows, so a new one is tested as soon as it
 * is there; all tiers run them, cold and with the translations at hand. */
#include "tests/host/test_faults.h"

#include <stdio.h>

enum { DRAWS = 3 };

enum { TIERS = 3, RUNS_TO_WARM = 3 }; /* which the translator has translated by then */

static struct hart *harts[TIERS];
static u16 csrs[CSR_N];
static unsigned csr_n;

static u64 rng_state;
static u64 rnd(void)
{
    u64 z = rng_state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* ---- the state of a hart ---- */

struct snapshot {
    u64 x[32], f[32], pc, csr[CSR_N];
    u8 priv, virt;
    u8 data[2][PAGE_SIZE];
    u8 tables[CODE][PAGE_SIZE];
};

static void take_snapshot(const struct hart *h, struct snapshot *s)
{
    memcpy(s->x, h->x, sizeof s->x);
    memcpy(s->f, h->f, sizeof s->f);
    s->pc = h->pc;
    s->priv = h->priv;
    s->virt = h->virt;
    for (unsigned k = 0; k < csr_n; k++) csr_peek(h, csrs[k], &s->csr[k]);
    for (unsigned k = 0; k < 2; k++) memcpy(s->data[k], ram[DATA + k * SPREAD], PAGE_SIZE);
    memcpy(s->tables, ram, sizeof s->tables);
}

static u64 csr_of(const struct snapshot *s, unsigned number)
{
    for (unsigned k = 0; k < csr_n; k++)
        if (csrs[k] == number) return s->csr[k];
    return 0;
}

/* The registers that a trap to M writes, and those that count cycles. */
static bool trap_writes(unsigned csr)
{
    static const u16 list[] = {0x300, 0x341, 0x342, 0x343, 0x34a, 0x34b, 0xb00, 0xc00};
    for (unsigned k = 0; k < sizeof list / sizeof list[0]; k++)
        if (list[k] == csr) return true;
    return false;
}

/* What the instruction had to leave alone; NULL when it did. */
static const char *disturbed(const struct snapshot *a, const struct snapshot *b)
{
    static char text[80];
    if (memcmp(a->x, b->x, sizeof a->x)) return "an x register has changed";
    if (memcmp(a->f, b->f, sizeof a->f)) return "an f register has changed";
    if (memcmp(a->data, b->data, sizeof a->data)) return "memory has changed";
    if (memcmp(a->tables, b->tables, sizeof a->tables)) return "a page table has changed";
    for (unsigned k = 0; k < csr_n; k++) {
        if (a->csr[k] == b->csr[k] || trap_writes(csrs[k])) continue;
        snprintf(text, sizeof text, "%s has changed", csr_name(csrs[k]));
        return text;
    }
    return NULL;
}

/* mstatus after a trap to M of an access to guest memory (3.1.6.1, 22.4.1). */
static u64 mstatus_after(const struct snapshot *before, bool gva)
{
    u64 old = csr_of(before, 0x300);
    u64 gone = STATUS_MIE | STATUS_MPIE | STATUS_MPP | STATUS_MPV | STATUS_GVA;
    return (old & ~gone) | (old & STATUS_MIE ? STATUS_MPIE : 0) | (u64)before->priv << 11 |
           (before->virt ? STATUS_MPV : 0) | (gva ? STATUS_GVA : 0);
}

static const char *wrong_trap(const struct snapshot *before, const struct snapshot *after,
                              const struct expected *e)
{
    if (after->pc != TVEC || after->priv != PRIV_M || after->virt) return "no trap to M";
    if (csr_of(after, 0x342) != e->cause) return "mcause";
    if (csr_of(after, 0x343) != e->tval) return "mtval";
    if (csr_of(after, 0x34b) != e->tval2) return "mtval2";
    if (csr_of(after, 0x34a) != e->tinst) return "mtinst";
    if (csr_of(after, 0x341) != before->pc) return "mepc";
    if (csr_of(after, 0x300) != mstatus_after(before, !e->host)) return "mstatus";
    return disturbed(before, after);
}

/* ---- running ---- */

/* Registers with something in each, that lead the instruction to its data. */
static void arm(struct hart *h, const struct trial *t)
{
    rng_state = t->seed;
    for (unsigned k = 1; k < 32; k++) h->x[k] = rnd();
    for (unsigned k = 0; k < 32; k++) h->f[k] = rnd();
    for (unsigned k = 0; k < 2; k++)
        for (unsigned n = 0; n < PAGE_SIZE; n += 8)
            *(u64 *)(void *)(ram[DATA + k * SPREAD] + n) = rnd();
    hart_set_mode(h, PRIV_M, false);
    csr_write(h, 0x011, t->i.op == OP_sspush ? t->va + 8 : t->va);
    if (t->i.op == OP_sspopchk)
        memcpy(ram[DATA] + (t->va & PAGE_OFFSET_MASK), &h->x[1 + t->i.imm], 8);
    if (t->shape.kind != KIND_NONE && !is_push_or_pop(&t->i))
        h->x[t->i.rs1] =
            t->va - (t->shape.kind <= KIND_STORE && !t->shape.for_guest ? (u64)(s64)t->i.imm : 0);
    h->reserved = t->va ? ram[DATA] + (t->va & PAGE_OFFSET_MASK) : NULL; /* for SC */
    h->pc = t->pc;
    hart_set_mode(h, PRIV_S, !t->shape.for_guest);
}

/* All that is optional is on; all traps go to M. */
static void set_up(struct hart *h, const struct trial *t)
{
    static const struct {
        u16 csr;
        u64 value;
    } settings[] = {
        {0x305, TVEC                                        },
        {0xb02, 0                                           },
        {0x3bf, ~0ull                                       },
        {0x3a2, 0x1full << 56                               },
        {0x30a, ~(ENVCFG_LPE | ENVCFG_ADUE | ENVCFG_PMM)    },
        {0x60a, ~(ENVCFG_LPE | ENVCFG_ADUE | ENVCFG_PMM)    },
        {0x300, STATUS_FS | STATUS_MPIE                     },
        {0x200, STATUS_FS                                   },
        {0x600, HSTATUS_SPVP                                },
        {0x280, (u64)ATP_SV39 << 60 | (GUEST >> 12 | ROOT)  },
        {0x680, (u64)ATP_SV39 << 60 | (RAM >> 12 | G_TABLES)},
    };
    fail_at = 0;
    hart_reset(h, TVEC);
    memset(flags, 0, sizeof flags);
    for (unsigned n = CODE; n < CODE + 2 * SPREAD; n += SPREAD) hart_forget_code(h, page_pa(n));
    make_tables(t->shape.kind == KIND_SHADOW);
    for (unsigned k = 0; k < sizeof settings / sizeof settings[0]; k++)
        csr_write(h, settings[k].csr, settings[k].value);
    for (unsigned k = 0; k < t->i.len; k++) {
        u64 at = (t->pc & PAGE_OFFSET_MASK) + k;
        ram[CODE + (at >> PAGE_SHIFT) * SPREAD][at & PAGE_OFFSET_MASK] = (u8)(t->i.raw >> 8 * k);
    }
}

static void run_one(struct hart *h)
{
    u64 done;
    references = 0;
    hart_run(h, 1, &done);
    assert_int_equal(done, 1);
}

static unsigned trials, traps;

static void complain(const struct trial *t, const struct hart *h, const char *what,
                     const char *wrong, const struct expected *e)
{
    static const char *const tiers[TIERS] = {"the stepper", "blocks", "the translator"};
    char text[80];
    disassemble(&all, t->i.raw, t->pc, text, sizeof text);
    print_message("%s (0x%x) on %s, data at 0x%llx, %s: %s\n", text, t->i.raw,
                  tiers[h->config.tier], (unsigned long long)t->va, what, wrong);
    print_message("  cause %llu tval 0x%llx tval2 0x%llx tinst 0x%llx",
                  (unsigned long long)h->level[LEVEL_M].cause,
                  (unsigned long long)h->level[LEVEL_M].tval, (unsigned long long)h->mtval2,
                  (unsigned long long)h->mtinst);
    if (e)
        print_message("; due: %llu 0x%llx 0x%llx 0x%llx", (unsigned long long)e->cause,
                      (unsigned long long)e->tval, (unsigned long long)e->tval2,
                      (unsigned long long)e->tinst);
    print_message("\n");
    fail();
}

/* With nothing wrong it retires; otherwise the trial would prove nothing. */
static void run_sound(struct hart *h, const struct trial *t, struct snapshot *after)
{
    u64 retired = hart_retired(h);
    run_one(h);
    take_snapshot(h, after);
    if (after->pc != t->pc + t->i.len || hart_retired(h) != retired + 1)
        complain(t, h, "nothing wrong", "it does not retire", NULL);
}

static void run_flawed(struct hart *h, const struct trial *t, enum flaw flaw, enum place p,
                       bool warm)
{
    static struct snapshot before, after;
    static const char *const names[FLAW_N] = {
        "page not mapped",       "page not backed",    "table not backed",   "PMP refuses the page",
        "PMP refuses the table", "page not in memory", "table not in memory"};
    struct expected e = expect(t, flaw, p);
    set_up(h, t);
    if (warm) {
        for (unsigned k = 0; k < RUNS_TO_WARM; k++) {
            arm(h, t);
            if (p >= AT_DATA_A) run_sound(h, t, &after);
        }
    }
    arm(h, t);
    make_flaw(h, flaw, p);
    if (warm) fence_flaw(h, flaw, p);
    take_snapshot(h, &before);
    run_one(h);
    take_snapshot(h, &after);
    const char *wrong = wrong_trap(&before, &after, &e);
    if (wrong) complain(t, h, names[flaw], wrong, &e);
    trials++;
}

static void run_all_flaws(const struct trial *t, enum place p)
{
    for (unsigned k = 0; k < TIERS; k++)
        for (unsigned flaw = 0; flaw < FLAW_N; flaw++) {
            run_flawed(harts[k], t, (enum flaw)flaw, p, false);
            run_flawed(harts[k], t, (enum flaw)flaw, p, true);
        }
}

/* ---- from rows to trials ---- */

/* An instruction of the row that can be led to its data: through a register other than x0. */
static bool draw(unsigned row, bool compressed, struct insn *out)
{
    struct pattern p = compressed ? compressed_pattern(row) : full_pattern(row);
    for (unsigned k = 0; k < 1000; k++) {
        u32 raw = p.match | ((u32)rnd() & ~p.mask);
        if (compressed && compressed_row_of(&all, (u16)raw) != (int)row) continue;
        decode(&all, raw, out);
        bool special = !compressed && out->op != row; /* another row within this one */
        if (!special && (out->rs1 || is_push_or_pop(out))) return true;
    }
    return false;
}

static struct trial trial_of(const struct insn *i)
{
    struct trial t = {.i = *i, .shape = shape_of(encode(i)), .seed = rnd()};
    t.pc = t.shape.for_guest ? page_pa(CODE) + 0x100 : CODE_A + 0x100;
    t.va = DATA_B - 64;
    return t;
}

/* A function for each instruction that accesses memory, from each row. */
static void for_each_access(void (*act)(const struct trial *))
{
    unsigned rows = 0;
    rng_state = 1;
    for (unsigned row = 0; row < ROW_FULL_N + compressed_row_n; row++) {
        bool compressed = row >= ROW_FULL_N;
        struct insn i;
        for (unsigned n = 0; n < DRAWS; n++) {
            if (!draw(compressed ? row - ROW_FULL_N : row, compressed, &i)) break;
            struct trial t = trial_of(&i);
            if (t.shape.kind == KIND_NONE) break;
            u64 state = rng_state;
            act(&t);
            rng_state = state;
            rows += n == 0;
        }
    }
    print_message("%u rows access memory\n", rows);
    assert_true(rows > 100);
}

/* ---- tests ---- */

/* Anywhere in a page, and over its end where the access may be misaligned. */
static void fail_each_page(const struct trial *t)
{
    struct trial at = *t;
    run_all_flaws(&at, AT_DATA_A);
    if (t->shape.kind != KIND_LOAD && t->shape.kind != KIND_STORE) return;
    for (unsigned before = 1; before < t->shape.size; before++) {
        at.va = DATA_B - before;
        run_all_flaws(&at, AT_DATA_A);
        run_all_flaws(&at, AT_DATA_B);
    }
}

static void test_each_page_of_each_access(void **state)
{
    (void)state;
    trials = 0;
    for_each_access(fail_each_page);
    print_message("%u trials\n", trials);
}

/* The second half of an instruction is not there: whatever it is, it has not begun. */
static void test_each_half_of_a_fetch(void **state)
{
    (void)state;
    rng_state = 2;
    for (unsigned row = 0; row < ROW_FULL_N + compressed_row_n; row++) {
        bool compressed = row >= ROW_FULL_N;
        struct insn i;
        if (!draw(compressed ? row - ROW_FULL_N : row, compressed, &i) && compressed) continue;
        if (!compressed) decode(&all, full_pattern(row).match, &i);
        u64 seed = rnd();
        struct trial t = {.i = i, .pc = CODE_B - 2, .va = DATA_A, .seed = seed};
        run_all_flaws(&t, AT_CODE_A);
        if (i.len == 4) run_all_flaws(&t, AT_CODE_B);
        rng_state = seed;
    }
}

/* ---- each reference to memory ---- */

/* Sv39 over Sv39x4 makes 15 references for a page, and one more is for what is on it. */
enum { WALK_AND_ACCESS = 16 };

struct count {
    unsigned fetch, data;
};

/* What may come of a reference that fails: an access fault of the fetch, or of the data. */
static void judge(const struct trial *t, struct hart *h, const struct snapshot *before,
                  const struct snapshot *sound, struct count *count)
{
    static struct snapshot after;
    take_snapshot(h, &after);
    if (after.pc != TVEC) { /* it concerned nothing that the instruction needs */
        if (after.pc != sound->pc || disturbed(sound, &after))
            complain(t, h, "a reference fails", "it is neither done nor undone", NULL);
        return;
    }
    u64 cause = csr_of(&after, 0x342), tval = csr_of(&after, 0x343);
    bool fetch = cause == 1, second = tval == (fetch ? t->pc + 2 : DATA_B);
    struct expected e = {.cause = fetch                  ? 1
                                  : t->shape.faults_load ? 5
                                                         : 7,
                         .host = fetch && t->shape.for_guest};
    e.tval = fetch ? t->pc + 2 * second : second ? DATA_B : t->va;
    if (!fetch) e.tinst = transformed(&t->i, e.tval - t->va);
    const char *wrong = wrong_trap(before, &after, &e);
    if (fetch && count->data) wrong = "a fetch after an access to data";
    if (wrong) complain(t, h, "a reference fails", wrong, &e);
    *(fetch ? &count->fetch : &count->data) += 1;
    traps++;
}

static struct count fail_each_reference_of(struct hart *h, const struct trial *t)
{
    static struct snapshot before, sound;
    struct count count = {0};
    set_up(h, t);
    arm(h, t);
    run_sound(h, t, &sound);
    unsigned all_references = references;
    for (unsigned k = 1; k <= all_references; k++) {
        set_up(h, t);
        arm(h, t);
        take_snapshot(h, &before);
        fail_at = k;
        run_one(h);
        fail_at = 0;
        judge(t, h, &before, &sound, &count);
    }
    return count;
}

static void fail_each_reference(const struct trial *t)
{
    struct trial at = *t;
    bool splits = t->shape.size > 1 && t->shape.kind <= KIND_STORE;
    for (unsigned pieces = 1; pieces <= 1u + splits; pieces++) {
        if (pieces == 2) at.va = DATA_B - 1;
        struct count n = fail_each_reference_of(harts[TIER_STEP], &at);
        unsigned halves = t->i.len / 2;
        assert_int_equal(n.fetch, t->shape.for_guest ? halves : halves * WALK_AND_ACCESS);
        assert_int_equal(n.data, pieces * WALK_AND_ACCESS);
        for (unsigned k = TIER_BLOCK; k < TIERS; k++) fail_each_reference_of(harts[k], &at);
    }
}

static void test_each_reference(void **state)
{
    (void)state;
    traps = 0;
    for_each_access(fail_each_reference);
    print_message("%u references failed\n", traps);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_page_of_each_access),
        cmocka_unit_test(test_each_half_of_a_fetch),
        cmocka_unit_test(test_each_reference),
    };
    isa_default(&all);
    for (unsigned k = 0; k < TIERS; k++) harts[k] = new_hart((enum hart_tier)k);
    for (unsigned n = 0; n < CSR_N; n++)
        if (csr_name(n)) csrs[csr_n++] = (u16)n;
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    for (unsigned k = 0; k < TIERS; k++) hart_free(harts[k]);
    return failed;
}
