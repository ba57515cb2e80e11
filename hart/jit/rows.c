/* The rows (hart/rows.def) with their words bound to a builder of trees; and traces, row by row.
 *
 * A trace follows jumps and goes on past branches, on one page, until it comes to something
 * unknown. A row whose words are not all here is called (cold), or left to the stepper. */
#include "hart/decode.h"
#include "hart/fp/fli.h"
#include "hart/host.h"
#include "hart/jit/host.h"

#include <string.h>

/* ---- points ---- */

u32 make_point(struct maker *m, const struct insn *i)
{
    struct jit *j = m->j;
    j->points[j->point_n] = (struct point){.insn = *i, .done = m->pending, .pc = m->pc};
    return j->point_n++;
}

void make_give_up(struct maker *m, u8 *from)
{
    m->give_up[m->give_up_n++] = (struct give_up){from, make_point(m, m->insn), to_be_saved(m)};
}

static void make_give_ups(struct maker *m)
{
    for (unsigned k = 0; k < m->give_up_n; k++) {
        aim(m->give_up[k].from, m->code->at);
        save_later(m->code, &m->give_up[k].unsaved);
        go_step(m, m->give_up[k].point);
    }
}

/* ---- ways out ---- */

void make_exit(struct maker *m, u8 *site, u64 pc, bool cold)
{
    struct jit *j = m->j;
    if (site) aim(site, m->code->at);
    j->exits[j->exit_n] = (struct exit){.site = site, .stub = m->code->at, .pc = pc, .cold = cold};
    leave_by(m, j->exit_n++);
}

static bool other_page(const struct maker *m, u64 pc)
{
    return (pc ^ m->page_va) >> PAGE_SHIFT;
}

/* Charge the rows so far, then on to pc. */
static void make_go(struct maker *m, u64 pc, u32 rows)
{
    charge(m, rows);
    u8 *spent = jump_charged(m, false), *guard = NULL, *moved = NULL;
    if (pc == m->head) {
        jump_to(m->code, m->head_code);
        make_exit(m, spent, pc, false);
        m->j->exits[m->j->exit_n - 1].site = NULL;
        return;
    }
    if (other_page(m, pc)) moved = jump_if_moved(m, &guard);
    u8 *site = jump_ahead(m->code);
    aim(spent, m->code->at);
    if (moved) aim(moved, m->code->at);
    make_exit(m, site, pc, false);
    m->j->exits[m->j->exit_n - 1].guard = guard;
}

/* ---- rows that are not translated ---- */

void forget_all(struct maker *m)
{
    m->known = m->fp_ready = m->boxed = 0;
    memset(m->held, 0, sizeof m->held);
    for (unsigned g = 0; g < 32; g++) forget_checks(m, g, false);
}

/* Call the row as the block engine has it; on to the next row if it is done. */
static void make_cold(struct maker *m)
{
    save_registers(m);
    call_row(m, make_point(m, m->insn), m->j->entries.cold);
    forget_all(m);
}

static bool always_leaves(const struct insn *i)
{
    const char *body = full_rows[i->op].body;
    return strstr(body, "LEAVE") || strncmp(body, "SYS(TRAP(", 9) == 0;
}

static void make_step(struct maker *m);

/* Let the stepper do the row; on to the next one when that is where it leads. */
static void make_system(struct maker *m)
{
    if (always_leaves(m->insn)) {
        make_step(m);
        return;
    }
    save_registers(m);
    call_row(m, make_point(m, m->insn), m->j->entries.system);
    forget_all(m);
}

/* Let the stepper do the row, and go on wherever that leads. */
static void make_step(struct maker *m)
{
    save_registers(m);
    go_step(m, make_point(m, m->insn));
    m->done = true;
}

/* ---- effects ---- */

static const struct node *read_reg(struct maker *m, unsigned r)
{
    r &= 31;
    return tree_reg(&m->pool, r, m->known >> r & 1, m->value[r]);
}

static bool adds_constant_to(const struct node *v, unsigned rd)
{
    return v->op == NODE_ADD && v->a->op == NODE_REG && v->a->reg == rd && v->b->known;
}

void write_reg(struct maker *m, const struct node *v)
{
    unsigned rd = m->insn->rd & 31;
    if (v->op == NODE_REG && v->reg == rd) return;
    if (!rd && v->op != NODE_LOAD && v->op < NODE_FADD) return;
    gen_write(m, rd, v);
    if (!rd || m->failed) return;
    forget_checks(m, rd, adds_constant_to(v, rd));
    m->known &= ~(1u << rd);
    if (v->known) {
        m->known |= 1u << rd;
        m->value[rd] = v->k;
    }
}

/* ---- control ---- */

static bool was_seen(const struct maker *m, u64 pc)
{
    for (unsigned k = 0; k < m->seen_n; k++)
        if (m->seen[k] == pc) return true;
    return false;
}

/* Find the row at pc, to be made next, in the blocks. */
static void profile_row(struct maker *m)
{
    struct profile *p = &m->profile;
    const struct insn *last = p->block ? &p->block->insn[p->row] : NULL;
    if (last && m->pc == (m->page_va | last->offset) + last->len && p->row + 1 < p->block->n) {
        p->row++;
        p->runs -= last->taken < p->runs ? last->taken : p->runs;
        return;
    }
    *p = (struct profile){.block = block_at(m->h, m->host_page + (m->pc & PAGE_OFFSET_MASK))};
    if (p->block) p->runs = block_runs(m->h, p->block);
}

static bool mostly_taken(const struct maker *m)
{
    const struct profile *p = &m->profile;
    return p->block && 4u * p->block->insn[p->row].taken > 3 * p->runs;
}

/* A branch back to the head of the trace stays in it while there are steps left. */
static void make_loop(struct maker *m)
{
    save_registers(m);
    u8 *over = jump_when(m, m->condition, false);
    charge(m, m->pending + 1);
    aim(jump_charged(m, true), m->head_code);
    make_exit(m, NULL, m->head, false);
    aim(over, m->code->at);
}

static void make_branch(struct maker *m, u64 to)
{
    bool misaligned = to & m->h->target_mask;
    if (to == m->head && !misaligned) {
        make_loop(m);
        return;
    }
    bool follow = !misaligned && !other_page(m, to) && !was_seen(m, to) && mostly_taken(m);
    u8 *aside = jump_when(m, m->condition, !follow);
    if (misaligned)
        make_give_up(m, aside);
    else
        m->side[m->side_n++] = (struct side){
            .from = aside,
            .pc = follow ? m->next : to,
            .done = m->pending + 1,
            .unsaved = to_be_saved(m),
        };
    if (follow) m->next = to;
}

static void jump_known(struct maker *m, u64 to)
{
    if (!was_seen(m, to) && !other_page(m, to)) {
        m->next = to;
        return;
    }
    save_registers(m);
    make_go(m, to, m->pending + 1);
    m->done = true;
}

static void make_jump(struct maker *m, const struct node *to)
{
    if (m->condition)
        make_branch(m, to->k);
    else
        jump_known(m, to->k);
}

/* Indirect jumps, but returns and those that software guards, need a landing pad when the mode says
 * so (hart/words.h: words_must_land). */
static void make_landing_check(struct maker *m)
{
    unsigned rs1 = m->insn->rs1;
    if (!isa_has(m->h->isa, EXT_ZICFILP) || rs1 == 1 || rs1 == 5 || rs1 == 7) return;
    make_give_up(m, jump_unless_byte(m, offsetof(struct hart, lpe), 0));
}

static void make_call(struct maker *m, const struct node *to, bool indirect)
{
    if (to->known && (to->k & m->h->target_mask)) {
        make_step(m);
        return;
    }
    if (indirect) make_landing_check(m);
    if (!to->known) gen_target(m, to, m->h->target_mask);
    write_reg(m, tree_k(&m->pool, m->pc + m->insn->len));
    if (to->known) {
        jump_known(m, to->k);
    } else {
        save_registers(m);
        go_indirect(m, m->pending + 1);
        m->done = true;
    }
}

/* ---- the words ---- */

#define RS1  read_reg(m, i->rs1)
#define RS2  read_reg(m, i->rs2)
#define RD   read_reg(m, i->rd)
#define IMM  tree_k(&m->pool, (u64)(s64)i->imm)
#define PC   tree_k(&m->pool, m->pc)
#define K(c) tree_k(&m->pool, (u64)(s64)(c))

#define WR(v)          write_reg(m, v);
#define LD(type, a)    tree_typed(&m->pool, NODE_LOAD, TYPE_##type, a)
#define ST(type, a, v) make_store(m, TYPE_##type, a, v);

#define IF(c, s)                                                                                   \
    m->condition = c;                                                                              \
    s m->condition = NULL;
#define JUMP(a)     make_jump(m, a);
#define CALL(a)     make_call(m, a, false);
#define CALL_REG(a) make_call(m, a, true);

#define AMO(stype, type, f) make_cold(m);
#define LR(stype, type)     make_cold(m);
#define SC(type)            make_cold(m);
#define CAS(stype, type)    make_cold(m);
#define CAS_PAIR()          make_cold(m);

#define FENCE()                                                                                    \
    if (m->h->config.monitor && (host_needs_fence(i->imm) || host_is_pause(i->imm))) make_cold(m);

#define FP(s)                                                                                      \
    {                                                                                              \
        make_fp_ready(m, fp_kind(i));                                                              \
        s;                                                                                         \
    }
#define FPR(s)                                                                                     \
    if (rounds_like_host(i))                                                                       \
        FP(s)                                                                                      \
    else                                                                                           \
        make_cold(m);
#define FS1(w)     fp_operand(m, i->rs1, w)
#define FS2(w)     fp_operand(m, i->rs2, w)
#define FS3(w)     fp_operand(m, i->rs3, w)
#define FRAW1      tree_f(&m->pool, i->rs1)
#define FRAW2      tree_f(&m->pool, i->rs2)
#define FSIGN(w)   tree_k(&m->pool, BIT(w - 1))
#define FNEG(w, v) XOR(v, FSIGN(w))
#define FLI(w, k)  tree_k(&m->pool, fli_f##w(k))
#define WF(w, v)   write_f(m, w, v);
#define S32(a)     AS(s32, a)
#define U32(a)     AS(u32, a)
#define S64(a)     (a)
#include "hart/jit/fp_words.h"

#define HLV(type, access) make_cold(m);
#define HSV(type)         make_cold(m);
#define SYS(s)            make_system(m);

/* new may refer to IT, which csr_begin makes. */
#define CSR(new, write, read)                                                                      \
    if (csr_begin(m, write))                                                                       \
        csr_end(m, (write) ? (new) : NULL);                                                        \
    else                                                                                           \
        make_system(m);
#define IT (m->it)

#define BINARY(op, a, b) tree_binary(&m->pool, NODE_##op, a, b)
#define UNARY(op, a)     tree_unary(&m->pool, NODE_##op, a)

#define ADD(a, b)       BINARY(ADD, a, b)
#define SUB(a, b)       BINARY(SUB, a, b)
#define AND(a, b)       BINARY(AND, a, b)
#define OR(a, b)        BINARY(OR, a, b)
#define XOR(a, b)       BINARY(XOR, a, b)
#define NOT(a)          BINARY(XOR, a, K(-1))
#define SLL(a, b)       BINARY(SLL, a, b)
#define SRL(a, b)       BINARY(SRL, a, b)
#define SRA(a, b)       BINARY(SRA, a, b)
#define SLL32(a, b)     BINARY(SLL32, a, b)
#define SRL32(a, b)     BINARY(SRL32, a, b)
#define SRA32(a, b)     BINARY(SRA32, a, b)
#define AS(type, a)     tree_typed(&m->pool, NODE_NARROW, TYPE_##type, a)
#define SX(a)           AS(s32, a)
#define ZX(a)           AS(u32, a)
#define EQ(a, b)        BINARY(EQ, a, b)
#define NE(a, b)        BINARY(NE, a, b)
#define LT(a, b)        BINARY(LT, a, b)
#define GE(a, b)        BINARY(GE, a, b)
#define LTU(a, b)       BINARY(LTU, a, b)
#define GEU(a, b)       BINARY(GEU, a, b)
#define SELECT(c, a, b) tree_select(&m->pool, c, a, b)
#define MUL(a, b)       BINARY(MUL, a, b)
#define MULH(a, b)      BINARY(MULH, a, b)
#define MULHU(a, b)     BINARY(MULHU, a, b)
#define DIV(a, b)       BINARY(DIV, a, b)
#define DIVU(a, b)      BINARY(DIVU, a, b)
#define REM(a, b)       BINARY(REM, a, b)
#define REMU(a, b)      BINARY(REMU, a, b)
#define DIV32(a, b)     BINARY(DIV32, a, b)
#define DIVU32(a, b)    BINARY(DIVU32, a, b)
#define REM32(a, b)     BINARY(REM32, a, b)
#define REMU32(a, b)    BINARY(REMU32, a, b)
#define CLZ(a)          UNARY(CLZ, a)
#define CTZ(a)          UNARY(CTZ, a)
#define CLZ32(a)        UNARY(CLZ32, a)
#define CTZ32(a)        UNARY(CTZ32, a)
#define CPOP(a)         UNARY(CPOP, a)
#define REV8(a)         UNARY(REV8, a)
#define ORC_B(a)        UNARY(COLD, a)
#define CLMUL(a, b)     BINARY(COLD, a, b)
#define CLMULR(a, b)    BINARY(COLD, a, b)

#define INSN(id, ext, encoding, syntax, body)                                                      \
    static void make_##id(struct maker *m, const struct insn *i)                                   \
    {                                                                                              \
        (void)m, (void)i;                                                                          \
        body                                                                                       \
    }
#include "hart/rows.def"
#undef INSN

static void make_row_step(struct maker *m, const struct insn *i)
{
    (void)i;
    make_step(m);
}

static void (*const make_row[OP_N])(struct maker *, const struct insn *) = {
#define INSN(id, ext, encoding, syntax, body) [OP_##id] = make_##id,
#include "hart/rows.def"
#undef INSN
    [OP_ILLEGAL] = make_row_step,
    [OP_END] = make_row_step,
    [OP_PUNT] = make_row_step,
};

/* ---- a trace ---- */

bool maker_decode(const struct maker *m, u64 pc, struct insn *out)
{
    u32 raw = 0;
    unsigned offset = pc & PAGE_OFFSET_MASK;
    if (other_page(m, pc)) return false;
    memcpy(&raw, m->page_bytes + offset, 2);
    if (insn_length((u16)raw) == 4) {
        if (offset + 4 > PAGE_SIZE) return false;
        memcpy(&raw, m->page_bytes + offset, 4);
    }
    decode(m->h->isa, raw, out);
    out->offset = (u16)offset;
    if (!out->rd) out->rd = 32;
    return true;
}

/* False: there were too few registers, and nothing has been made. */
static bool try_row(struct maker *m)
{
    u8 *start = m->code->at;
    unsigned miss_n = m->miss_n, give_up_n = m->give_up_n, fp_ready = m->fp_ready;
    unsigned again_n = m->again_n;
    u32 boxed = m->boxed, unsaved = m->unsaved;
    u8 held[sizeof m->held];
    memcpy(held, m->held, sizeof held);
    m->pool.used = 0;
    m->failed = false;
    make_row[m->insn->op](m, m->insn);
    if (!m->failed) return true;
    m->fp_ready = fp_ready;
    m->again_n = again_n;
    m->it = NULL;
    m->boxed = boxed;
    m->unsaved = unsaved;
    memcpy(m->held, held, sizeof held);
    m->miss_n = miss_n;
    m->give_up_n = give_up_n;
    m->code->at = start;
    return false;
}

/* One row; one that straddles two pages is the stepper's. */
static void make_one(struct maker *m)
{
    struct insn i;
    if (!maker_decode(m, m->pc, &i))
        i = (struct insn){.op = OP_PUNT, .offset = (u16)(m->pc & PAGE_OFFSET_MASK)};
    m->insn = &i;
    m->next = m->pc + i.len;
    if (!try_row(m)) {
        save_registers(m);
        forget_all(m); /* nor is there a check that it made */
        if (!try_row(m)) make_cold(m);
    }
    m->pending++;
}

static void make_rows(struct maker *m)
{
    while (!m->done) {
        if (m->seen_n == TRACE_MAX || (m->seen_n && other_page(m, m->pc))) {
            save_registers(m);
            make_go(m, m->pc, m->pending);
            return;
        }
        m->seen[m->seen_n++] = m->pc;
        profile_row(m);
        make_one(m);
        m->pc = m->next;
    }
}

static void make_agains(struct maker *m)
{
    for (unsigned k = 0; k < m->again_n; k++) {
        const struct again *again = &m->again[k];
        aim(again->from, m->code->at);
        again->make(m, again);
        jump_to(m->code, again->back);
    }
}

static void make_sides(struct maker *m)
{
    for (unsigned k = 0; k < m->side_n; k++) {
        aim(m->side[k].from, m->code->at);
        save_later(m->code, &m->side[k].unsaved);
        make_go(m, m->side[k].pc, m->side[k].done);
    }
}

struct trace *make_trace(struct hart *h, const struct block *b)
{
    struct jit *j = h->jit;
    u64 offset = h->pc & PAGE_OFFSET_MASK;
    struct maker m = {
        .h = h,
        .j = j,
        .code = &j->code,
        .host_page = b->host - offset,
        .page_bytes = blocks_page_bytes(h, b->host - offset),
        .page_va = h->pc - offset,
        .head = h->pc,
        .pc = h->pc,
        .mode = (u8)(h->priv | h->virt << 2),
    };
    align_code(&j->code);
    m.head_code = j->code.at;
    make_rows(&m);
    make_sides(&m);
    make_give_ups(&m);
    make_agains(&m);
    make_misses(&m);
    struct trace *t = &j->traces[j->trace_n++];
    *t = (struct trace){.pc = m.head, .code = m.head_code + j->to_run, .jit = j, .mode = m.mode};
    return t;
}
