/* A small A64 assembler: the instructions that the translator uses. Names and encodings are those
 * of Arm's Architecture Reference Manual (DDI 0487), C6 and C7. */
#ifndef HART_JIT_A64_A64_H
#define HART_JIT_A64_A64_H

#include "hart/jit/host.h"

/* Register 31 is zero, or the stack pointer where the manual says so. */
enum { ZR = 31, SP = 31, LR = 30, NO_REG = -1 };

/* Conditions, as B.cond and CSEL number them; cc ^ 1 is the opposite. */
enum {
    CC_EQ,
    CC_NE,
    CC_HS,
    CC_LO,
    CC_MI,
    CC_PL,
    CC_VS,
    CC_VC,
    CC_HI,
    CC_LS,
    CC_GE,
    CC_LT,
    CC_GT,
    CC_LE,
};

/* Width is 4 or 8 bytes; with 4, the upper half of the result is zero. */
void emit_word(struct code *c, u32 word);
/* An instruction of three registers: word has all but the width and them. */
void emit_3(struct code *c, unsigned width, u32 word, int d, int n, int m);
void emit_2(struct code *c, unsigned width, u32 word, int d, int n);

enum {
    A64_ADD = 0x0b000000,
    A64_SUB = 0x4b000000,
    A64_SUBS = 0x6b000000,
    A64_AND = 0x0a000000,
    A64_ORR = 0x2a000000,
    A64_EOR = 0x4a000000,
    A64_ANDS = 0x6a000000,
    A64_INVERT = 0x00200000, /* or'ed in: BIC, ORN, EON */
    A64_LSLV = 0x1ac02000,
    A64_LSRV = 0x1ac02400,
    A64_ASRV = 0x1ac02800,
    A64_UDIV = 0x1ac00800,
    A64_SDIV = 0x1ac00c00,
    A64_MUL = 0x1b007c00,
    A64_SMULH = 0x1b407c00,
    A64_UMULH = 0x1bc07c00,
    A64_RBIT = 0x5ac00000,
    A64_CLZ = 0x5ac01000,
    A64_REV64 = 0x5ac00c00,
    A64_CSEL = 0x1a800000,
    A64_CSINC = 0x1a800400,
    A64_CSINV = 0x5a800000,
};

/* The second source of ADD to ANDS, shifted. */
enum shift { SHIFT_LEFT, SHIFT_RIGHT, SHIFT_ARITHMETIC };
void emit_shifted(struct code *c, unsigned width, u32 op, int d, int n, int m, enum shift shift,
                  unsigned k);
/* d = n + (the low half of m << k, zero-extended); k <= 4 */
void add_low_half(struct code *c, int d, int n, int m, unsigned k);
void shift_imm(struct code *c, unsigned width, enum shift shift, int d, int n, unsigned k);
/* bits [from, from + length) of n */
void extract(struct code *c, int d, int n, unsigned from, unsigned length);
void extend(struct code *c, int d, int n, unsigned size, bool is_signed);
void multiply_subtract(struct code *c, unsigned width, int d, int n, int m, int from);
void choose(struct code *c, unsigned width, u32 op, int d, int n, int m, int cc); /* CSEL... */
void set_if(struct code *c, int d, int cc);

/* d = n + k, any k that fits; n and d are no ZR. */
bool fits_add(s64 k);
void add_imm(struct code *c, unsigned width, int d, int n, s64 k);
void compare_imm(struct code *c, unsigned width, int n, s64 k);
void compare(struct code *c, unsigned width, int n, int m);
/* compare, if cc holds now; else the flags are clear: not equal. */
void compare_if(struct code *c, int n, int m, int cc);
/* op is AND, ORR, EOR or ANDS. */
bool fits_logical(unsigned width, u64 k);
void logical_imm(struct code *c, unsigned width, u32 op, int d, int n, u64 k);

void move(struct code *c, int d, int n); /* nothing when it is there */
void move_imm(struct code *c, int d, u64 k);

/* Memory at base + offset, of size bytes; an offset of any size, but register 16 is used for a
 * large one. is_signed: extended to 64 bits. */
void load(struct code *c, unsigned size, bool is_signed, int d, int base, s64 offset);
void store(struct code *c, unsigned size, int d, int base, s64 offset);
/* At base + index. */
void load_index(struct code *c, unsigned size, bool is_signed, int d, int base, int index);
void store_index(struct code *c, unsigned size, int d, int base, int index);
/* Two registers side by side, at an offset of up to 504. */
void load_pair(struct code *c, int d, int d2, int base, s32 offset);
void store_pair(struct code *c, int d, int d2, int base, s32 offset);

/* Jumps to a place not known yet return the instruction to aim, in the written view. */
u8 *jump_if(struct code *c, int cc);
u8 *jump_if_zero(struct code *c, unsigned width, int reg, bool zero);
void jump_reg(struct code *c, int reg);
void call_to(struct code *c, const u8 *to);
void call_c(struct code *c, u64 function); /* through register 17 */
void ret(struct code *c);

#endif
