/* What a host provides: everything that knows its registers and instructions. One folder beside
 * this file is one host (the Makefile picks it by the compiler), and none.c stands in for all of
 * it.
 *
 * Code is written at m->code->at. A function that ends in a jump to a place not known yet returns
 * the jump, to be aimed later; a jump's reach is a trace's room (conditional ones), or all code. */
#ifndef HART_JIT_HOST_H
#define HART_JIT_HOST_H

#include "hart/csr.h"
#include "hart/jit/maker.h"

/* Room for code: no more than what a jump that can be aimed reaches. */
extern const size_t code_size;

/* ---- jumps ---- */

void align_code(struct code *c); /* for the head of a trace */
u8 *jump_ahead(struct code *c);
void jump_to(struct code *c, const u8 *to);
/* Aim a jump, in the written view; it may be aimed more than once. */
void aim(u8 *jump, const u8 *to);

/* Jump unless the byte at an offset in the hart is k. */
u8 *jump_unless_byte(struct maker *m, size_t offset, u8 k);
/* Jump when a comparison holds, or when it does not. */
u8 *jump_when(struct maker *m, const struct node *condition, bool holds);

/* ---- ways out of a trace ---- */

/* Charge rows, and jump when there were not steps enough for them, or when there were. */
void charge(struct maker *m, u32 rows);
u8 *jump_charged(struct maker *m, bool enough);

/* Leave by an exit. */
void leave_by(struct maker *m, u32 exit);
/* On another page there may be other code than when the way was found: jump unless its slot has
 * been seen there since translations last changed. The slot is filled in at *guard when the exit is
 * linked. */
u8 *jump_if_moved(struct maker *m, u8 **guard);
void aim_guard(u8 *guard, unsigned slot);

/* The target of an indirect jump: to the host's register for it; then give up if it has one of
 * these bits. go_indirect, after write_reg at most: look it up in the context's table, and jump. */
void gen_target(struct maker *m, const struct node *to, u64 bits);
void go_indirect(struct maker *m, u32 rows);

/* Have the stepper do a point's row, and go on wherever that leads. */
void go_step(struct maker *m, u32 point);
/* Call j->entries.cold or .system for it, which come back if the next row is what comes next. */
void call_row(struct maker *m, u32 point, const u8 *entry);

/* ---- registers ---- */

/* Bring the hart up to date, but for pins; or find out what that takes, to do it behind the trace.
 */
void save_registers(struct maker *m);
struct unsaved to_be_saved(const struct maker *m);
void save_later(struct code *c, const struct unsaved *u);

/* rd = value, x0 included (write_reg). Too complicated: m->failed. */
void gen_write(struct maker *m, unsigned rd, const struct node *value);

/* ---- memory ---- */

void make_store(struct maker *m, enum type t, const struct node *address, const struct node *value);
/* Behind the trace: a check has failed. */
void make_miss(struct maker *m, const struct miss *s);

/* A check that stands for this one, and for what lies behind it: it looks into the first level of
 * the TLB, then into the second, and leads to hot or slow. */
void make_wide(struct code *c, const struct check *k);

/* ---- CSRs ---- */

/* A CSR's value into IT; false: not here, and nothing has been made. What is in the hart at this
 * address, whose bits in mask can be written: */
bool gen_csr_plain(struct maker *m, const u64 *at, u64 mask);
bool gen_csr_shown(struct maker *m, const struct csr_shown *shown);
/* Write its bits in mask; jump unless the value is IT. */
void gen_csr_write(struct maker *m, const u64 *at, u64 mask, const struct node *value);
u8 *jump_unless_it(struct maker *m, const struct node *value);

/* ---- floating point ---- */

/* Give up unless the floating-point state is dirty; then C must look at the host's flags. */
void make_dirty(struct maker *m);
/* Jump unless the register holds a boxed single. */
u8 *jump_unless_boxed(struct maker *m, unsigned reg);
/* f[rd] = value, boxed. */
void gen_write_f(struct maker *m, unsigned width, unsigned rd, const struct node *value);
/* Floating-point flags that translated code has raised on the host: into the hart. */
void fp_flags_to_hart(struct hart *h);
void fp_flags_clear(void);

/* ---- the code around (calls.c) ---- */

void make_entries(struct jit *j);

/* What it calls; the state is then in the hart. All but fill return the code to go on with, or
 * NULL: the row is done, on to the next. */
const u8 *called_step(struct hart *h, u32 point);
const u8 *called_system(struct hart *h, u32 point);
const u8 *called_cold(struct hart *h, u32 point);
const u8 *called_indirect(struct hart *h); /* to h->pc */

/* Translate for a check, which may be early (struct miss). */
u8 *check_fill(struct hart *h, u64 va, unsigned span, bool store, bool early);
/* And refill its site; how is what fill_how makes. */
struct filled {
    u64 found, add;
};
struct filled called_fill(struct hart *h, u64 va, u32 how);
/* A check has failed, this time for va, and is to be looked at: it may become a wide one. The
 * hart's budget need not be exact (wide.c). */
void called_widen(struct hart *h, u64 va, u32 point);
static inline u32 fill_how(s32 span, bool store, bool early, u32 site)
{
    return (u32)span | (u32)early << 15 | (u32)store << 16 | site << 17;
}

/* Run translated code; the number of the exit taken, or NO_EXIT: pc is in the hart. */
enum { NO_EXIT = ~0u };
u32 enter_code(struct hart *h, const u8 *code);

#endif
