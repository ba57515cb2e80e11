/* What the parts of the AArch64 host share. The parts:
 *
 *     a64.c      assembler
 *     gen.c      trees to host code
 *     fp.c       floating point
 *     csr.c      CSRs that are storage
 *     access.c   loads and stores
 *     wide.c     those that meet another page each time
 *     exits.c    ways out of a trace
 *     entry.c    the way into translated code and out
 *
 * Host registers while translated code runs:
 *     x28         the hart
 *     x27         its context (hart/context.h)
 *     x26 x25     the context's slot stamps, and its table of entries
 *     x24         steps that may be made, less TRACE_MAX: negative is the time to leave
 *     pins        seventeen guest registers (gen.c)
 *     x0 to x3    scratch
 *     x4          the row's temporary IT, or the target of a jump
 *     x16 x17 x30 within what one function emits; x16 is a point or a size for the code around
 * x18 is the platform's. */
#ifndef HART_JIT_A64_GEN_H
#define HART_JIT_A64_GEN_H

#include "hart/jit/a64/a64.h"

enum { SCRATCH_N = 4, SCRATCH = (1u << SCRATCH_N) - 1 };
enum { IT_REG = 4, TEMP = 16, TEMP2 = 17, TEMP3 = LR };
enum { HART = 28, CONTEXT = 27, SLOTS = 26, ENTRIES = 25, BUDGET = 24 };

#define IN_HART(field)    ((s64)offsetof(struct hart, field))
#define IN_CONTEXT(field) ((s64)offsetof(struct context, field))

/* ---- gen.c ---- */

extern const s8 pin_of[32]; /* the host register of a guest register, or NO_REG */
s64 in_x(unsigned reg);     /* where the hart has a guest register */
s64 in_f(unsigned reg);

/* Leave a tree's value in host register d. width 4: only the low half matters, and the upper one is
 * undefined. d is written last, but may serve as scratch before if it is one. Other than d, only
 * the scratch registers in the set free are changed. */
void gen(struct maker *m, const struct node *n, unsigned width, int d, u32 free);
/* The host register that has the value, taken out of *free: a pin, ZR, what happens to hold it, or
 * one of *free, which is then changed. gen_base: no ZR. */
int gen_reg(struct maker *m, const struct node *n, unsigned width, u32 *free);
int gen_base(struct maker *m, const struct node *n, u32 *free);
/* Compare; the condition under which the tree holds. */
int gen_compare(struct maker *m, const struct node *condition, u32 free);
/* d = n op k, by way of TEMP2 if need be; op is AND, ORR, EOR or ANDS. */
void gen_logical(struct maker *m, u32 op, int d, int n, u64 k);

/* The scratch registers that the row may use; these hold nothing of use any more; this one now
 * holds guest register r (a pin: no scratch register does). */
u32 gen_free(const struct maker *m);
int gen_take(struct maker *m, u32 *free);
void gen_hold(struct maker *m, int host, unsigned r);

/* ---- fp.c ---- */

void gen_fp_compare(struct maker *m, const struct node *n, int d, u32 free);
void gen_fp_to_int(struct maker *m, const struct node *n, int d, u32 free);
void gen_count_ones(struct maker *m, const struct node *n, int d, u32 free);

/* ---- access.c ---- */

void gen_load(struct maker *m, const struct node *load, int d, u32 free);

/* Where a site's entry is in the context. */
s64 site_tag(u32 site, bool store);
s64 site_add(u32 site, bool store);

/* What follows uses TEMP, TEMP2 and TEMP3. TEMP = the first address of a check. */
void gen_address(struct code *c, const struct check *k);
/* Jump if the range that begins at TEMP goes beyond its page. */
u8 *jump_if_crossing(struct code *c, const struct check *k);
/* Find the second level's entry for TEMP (hart/context.c: second_slot, second_tag): TEMP is then
 * its page, and TEMP2 what to add. Two jumps if there is none. */
void gen_second(struct code *c, const struct check *k, u8 *absent[2]);
/* Both into the site. */
void gen_refill(struct code *c, const struct check *k);

#endif
