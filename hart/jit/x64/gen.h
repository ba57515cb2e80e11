/* What the parts of the x86-64 host share. The parts:
 *
 *     x64.c      assembler
 *     gen.c      trees to host code
 *     fp.c       floating point
 *     csr.c      CSRs that are storage
 *     access.c   loads and stores
 *     wide.c     those that meet another page each time
 *     exits.c    ways out of a trace
 *     entry.c    the way into translated code and out
 *
 * Host registers while translated code runs:
 *     rbp        the hart, plus HART_BIAS so that x[] has short offsets
 *     r14        its context (hart/context.h)
 *     r15        steps that may be made, less TRACE_MAX: negative is the time to leave
 *     pins       nine guest registers (gen.c)
 *     rax rcx rdx  scratch; the row's temporary IT, and the target of a jump, are in rax */
#ifndef HART_JIT_X64_GEN_H
#define HART_JIT_X64_GEN_H

#include "hart/jit/x64/x64.h"

enum { HART = BP, CONTEXT = R14, BUDGET = R15, HART_BIAS = 128 };

#define AT_HART(field)    mem(HART, (s32)offsetof(struct hart, field) - HART_BIAS)
#define AT_CONTEXT(field) mem(CONTEXT, (s32)offsetof(struct context, field))

/* ---- gen.c ---- */

extern const s8 pin_of[32];         /* the host register of a guest register, or NO_REG */
struct operand guest(unsigned reg); /* its pin, or its place in memory */
struct operand guest_in_memory(unsigned reg);
struct operand guest_f(unsigned reg);

/* Leave a tree's value in host register d. width 4: only the low half matters. Other than d, only
 * the scratch registers in the set free, which d is not in, are changed. */
void gen(struct maker *m, const struct node *n, unsigned width, int d, u32 free);
/* The host register that has the value: a pin, or one of free, which is then changed. */
int gen_reg(struct maker *m, const struct node *n, unsigned width, u32 free);
/* Compare; the condition under which the tree holds. */
int gen_compare(struct maker *m, const struct node *condition, u32 free);
/* The host register in which a leaf is to be found; NO_REG: it is in memory, or no leaf. */
int node_pin(const struct maker *m, const struct node *n);

enum { SCRATCH = 1u << AX | 1u << CX | 1u << DX };

/* The scratch registers that the row may use. */
u32 gen_free(const struct maker *m);
/* Before these change: save what they hold; and forget it, unless the change still reads it. */
void gen_save(struct maker *m, u32 registers);
void gen_clobber(struct maker *m, u32 registers);

/* ---- fp.c ---- */

void gen_fp_compare(struct maker *m, const struct node *n, int d, u32 free);
void gen_fp_to_int(struct maker *m, const struct node *n, int d);

/* ---- access.c ---- */

void gen_load(struct maker *m, const struct node *load, int d);

/* A site's entry. */
struct operand site_tag(u32 site, bool store);
struct operand site_add(u32 site, bool store);

/* enter leaves room for two registers at the top of the stack. */
enum { STACK_ROOM = 24 };
#define SPARE_SLOT        mem(SP, 0)
#define SECOND_SPARE_SLOT mem(SP, 8)

/* What follows uses rax and rcx. The first address of a check. */
void gen_address(struct code *c, const struct check *k, int to);
/* Jump if its range goes beyond its page. */
u8 *jump_if_crossing(struct code *c, const struct check *k);
/* Find the second level's entry (hart/context.c: second_slot, second_tag): rcx is then the page,
 * and the operand is what to add. Two jumps if there is none. */
struct operand gen_second(struct code *c, const struct check *k, u8 *absent[2]);
/* To where the check leads. */
void go_back(struct code *c, const struct check *k);

#endif
