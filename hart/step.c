#include "hart/step.h"
#include "hart/block.h"
#include "hart/context.h"
#include "hart/counters.h"
#include "hart/csr.h"
#include "hart/decode.h"
#include "hart/interrupt.h"
#include "hart/memory.h"
#include "hart/quirk.h"
#include "hart/shadow.h"
#include "hart/trap.h"
#include "hext/fence.h"
#include "hext/gate.h"

/* ---- the rows, with every access made the exact way ---- */

static inline enum status load(struct hart *h, u64 va, unsigned size, u64 *value)
{
    struct space room;
    return memory_load(h, data_space(h, &room), ACCESS_LOAD, va, size, value);
}

static inline enum status store(struct hart *h, u64 va, unsigned size, u64 value)
{
    struct space room;
    return memory_store(h, data_space(h, &room), va, size, value);
}

#define LOAD(va, size, value)                 load(h, va, size, value)
#define STORE(va, size, value)                store(h, va, size, value)
#define ATOMIC(access, va, size, host, where) memory_atomic(h, access, va, size, host, where)
#define NOTE_LOAD(va, size, v)                memory_note(h, va, size, (u64)(v), false);
#define WROTE(va, pa, size, v)                                                                     \
    {                                                                                              \
        memory_note(h, va, size, (u64)(v), true);                                                  \
        memory_wrote(h, pa, size);                                                                 \
    }
#define NOTE_CSR(number)   csr_note(h, number);
#define ILLEGAL()          return raise_exception(h, EXC_ILLEGAL, i->raw)
#define MISALIGNED(target) return raise_exception(h, EXC_FETCH_MISALIGNED, target)
#define LAND()             h->elp = h->attention = true
#define SYS(s)             s
#include "hart/words.h"

#define TRAP(cause, tval) return raise_exception(h, cause, tval);
#define GATE(verdict)                                                                              \
    {                                                                                              \
        u64 bad_ = (verdict);                                                                      \
        if (bad_) return raise_exception(h, bad_, i->raw);                                         \
    }
#define CSR(new, write, read)                                                                      \
    unsigned number_ = (unsigned)i->imm & 0xfff;                                                   \
    bool write_ = (write);                                                                         \
    if (RARE(h->config.quirks) && quirk_csr(h, i, write_)) return GO;                              \
    GATE(csr_verdict(h, number_, write_))                                                          \
    u64 old_ = (read) ? csr_read(h, number_) : 0;                                                  \
    __attribute__((unused)) u64 it = write_ && (read) ? csr_read_to_modify(h, number_) : 0;        \
    if (write_) csr_write(h, number_, (new));                                                      \
    WR(old_)
#define HLV(type, access)                                                                          \
    GATE(hlv_gate(h))                                                                              \
    struct space space_ = space_of_guest_access(h);                                                \
    u64 v_;                                                                                        \
    enum status s_ = memory_load(h, &space_, access, RS1, sizeof(type), &v_);                      \
    if (s_ != GO) return s_;                                                                       \
    WR((u64)(type)v_)
#define HSV(type)                                                                                  \
    GATE(hlv_gate(h))                                                                              \
    struct space space_ = space_of_guest_access(h);                                                \
    return memory_store(h, &space_, RS1, sizeof(type), (u64)(type)RS2);
#define FENCE_I()   blocks_fence(h);
#define CBO(a)      return memory_cbo(h, a);
#define CBO_ZERO(a) return memory_cbo_zero(h, a);

#define INSN(id, ext, encoding, syntax, body)                                                      \
    static enum status row_##id(struct hart *h, const struct insn *i)                              \
    {                                                                                              \
        (void)h, (void)i;                                                                          \
        body return GO;                                                                            \
    }
#include "hart/rows.def"
#undef INSN

static enum status row_illegal(struct hart *h, const struct insn *i)
{
    ILLEGAL();
}

static enum status (*const rows[OP_N])(struct hart *, const struct insn *) = {
#define INSN(id, ext, encoding, syntax, body) [OP_##id] = row_##id,
#include "hart/rows.def"
#undef INSN
    [OP_ILLEGAL] = row_illegal,
};

/* ---- steps ---- */

/* A trap whose handler is the very instruction that trapped, in M-mode, can go on for ever: count
 * how often it has. */
static void watch_for_loop(struct hart *h, u64 pc, bool from_m)
{
    h->loop_n = from_m && h->priv == PRIV_M && h->pc == pc ? h->loop_n + 1 : 0;
    if (h->loop_n) h->attention = true;
}

static void finish(struct hart *h, const struct insn *i, enum status s, u64 pc)
{
    h->walked.context = NULL;
    if (s == TRAPPED) {
        bool from_m = h->priv == PRIV_M;
        h->budget--;
        h->unretired++;
        trap_take(h, pc);
        watch_for_loop(h, pc, from_m);
        return;
    }
    if (s == GO) h->pc = pc + i->len;
    h->budget--;
    h->loop_n = 0;
}

static bool writes_x(const struct row *r)
{
    return strncmp(r->syntax, "rd", 2) == 0;
}
static bool writes_f(const struct row *r)
{
    return strncmp(r->syntax, "fd", 2) == 0;
}

static void report(struct hart *h, const struct insn *i)
{
    struct commit *c = &h->commit;
    const struct row *r = &full_rows[i->op];
    c->raw = i->raw;
    c->len = i->len;
    c->rd = i->rd & 31;
    c->wrote_x = writes_x(r) && c->rd;
    c->wrote_f = writes_f(r);
    c->wrote_pair = i->op == OP_amocas_q && c->rd;
    for (unsigned k = 0; k < c->csr_n; k++) csr_peek(h, c->csr[k].number, &c->csr[k].value);
    c->value = c->wrote_f ? h->f[c->rd] : h->x[c->rd];
    if (c->wrote_pair) c->value_next = h->x[c->rd + 1];
    h->observer->retire(h->observer->arg, h, c);
}

static void begin(struct hart *h, const struct insn *i)
{
    h->insn = i;
    h->commit.pc = h->pc;
    h->commit.priv = h->priv;
    h->commit.virt = h->virt;
    h->commit.mem_n = h->commit.csr_n = 0;
}

/* What an indirect jump has led to must be an aligned lpad, and its label, unless it is 0, that in
 * x7 (unpriv. spec, "Landing Pad Enforcement"). The check comes before that for illegal ones. */
static enum status land(struct hart *h, const struct insn *i)
{
    bool labelled = !i->imm || (u32)i->imm == (h->x[7] & MASK(31, 12));
    if (i->op != OP_lpad || (h->pc & 3) || !labelled)
        return raise_exception(h, EXC_SOFTWARE_CHECK, TVAL_LANDING_PAD);
    h->elp = false;
    return GO;
}

void step_decoded(struct hart *h, const struct insn *i)
{
    u64 pc = h->pc;
    begin(h, i);
    h->page_va = pc & ~PAGE_OFFSET_MASK;
    enum status s = RARE(h->elp) ? land(h, i) : GO;
    if (s == GO) s = rows[i->op](h, i);
    finish(h, i, s, pc);
    if (RARE(h->observer && h->observer->retire) && s != TRAPPED) report(h, i);
}

void step(struct hart *h)
{
    u32 raw;
    struct insn i = {.op = OP_ILLEGAL};
    begin(h, &i);
    if (memory_fetch(h, h->pc, &raw) != GO) {
        finish(h, &i, TRAPPED, h->pc);
        return;
    }
    decode(h->isa, raw, &i);
    i.offset = h->pc & PAGE_OFFSET_MASK;
    if (!i.rd) i.rd = 32;
    step_decoded(h, &i);
}

static void step_rnmi(struct hart *h)
{
    h->budget--;
    h->unretired++;
    trap_rnmi(h, h->pc, CAUSE_INTERRUPT); /* no causes are told apart */
}

void step_interrupt(struct hart *h, struct taken_interrupt i)
{
    h->walked.context = NULL;
    h->trap = (struct exception_info){.level = (u8)i.level};
    h->trap.cause = CAUSE_INTERRUPT | (unsigned)i.cause;
    h->budget--;
    h->unretired++;
    trap_take(h, h->pc);
}

void step_attention(struct hart *h)
{
    counters_look(h);
    h->attention = false;
    struct taken_interrupt i = interrupt_to_take(h);
    if (RARE(h->rnmi && !hart_nmi_masked(h)))
        step_rnmi(h);
    else if (i.cause >= 0)
        step_interrupt(h, i);
    else if (h->waiting && hart_wakes(h))
        h->waiting = false;
}
