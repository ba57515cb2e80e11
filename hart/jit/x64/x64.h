/* A small x86-64 assembler: the instructions that the translator uses. Names and encodings are
 * those of Intel's Software Developer's Manual, volume 2. */
#ifndef HART_JIT_X64_X64_H
#define HART_JIT_X64_X64_H

#include "hart/jit/host.h"

enum { AX, CX, DX, BX, SP, BP, SI, DI, R8, R9, R10, R11, R12, R13, R14, R15, NO_REG = -1 };

/* Conditions, as jcc, setcc and cmovcc number them; cc ^ 1 is the opposite. */
enum {
    CC_O,
    CC_B = 2,
    CC_AE,
    CC_E,
    CC_NE,
    CC_BE,
    CC_A,
    CC_S,
    CC_NS,
    CC_P,
    CC_NP,
    CC_L,
    CC_GE,
    CC_LE,
    CC_G
};

/* A register (reg >= 0), or memory at base + (index << scale) + disp. */
struct operand {
    s8 reg, base, index;
    u8 scale;
    s32 disp;
};

static inline struct operand host_reg(int r)
{
    return (struct operand){(s8)r, NO_REG, NO_REG, 0, 0};
}
static inline struct operand mem(int base, s32 disp)
{
    return (struct operand){NO_REG, (s8)base, NO_REG, 0, disp};
}
static inline struct operand mem_index(int base, int index, unsigned scale, s32 disp)
{
    return (struct operand){NO_REG, (s8)base, (s8)index, (u8)scale, disp};
}
static inline bool fits32(u64 v)
{
    return (u64)(s64)(s32)v == v;
}

void emit_byte(struct code *c, unsigned byte);
void emit_long(struct code *c, u64 v);

/* An instruction with a ModRM byte: width 1, 2, 4 or 8; opcode of one byte, or two (0x0fNN). */
void emit_op(struct code *c, unsigned width, unsigned opcode, int reg, struct operand rm);
/* The same with a mandatory prefix (0xf3, 0xf2, 0x66): lzcnt, SSE... */
void emit_prefixed(struct code *c, unsigned prefix, unsigned width, unsigned opcode, int reg,
                   struct operand rm);

/* VEX-encoded: map 1 is 0f, 2 0f38, 3 0f3a; pp 0 none, 1 66, 2 f3, 3 f2; v the second source. */
enum { MAP_0F = 1, MAP_0F38, MAP_0F3A };
enum { PP_NONE, PP_66, PP_F3, PP_F2 };
struct vex {
    u8 map, pp, opcode;
};
void emit_vex(struct code *c, unsigned width, struct vex op, int reg, int v, struct operand rm);

/* The eight operations that share their encodings. */
enum alu { ALU_ADD, ALU_OR, ALU_ADC, ALU_SBB, ALU_AND, ALU_SUB, ALU_XOR, ALU_CMP };
void alu(struct code *c, unsigned width, enum alu op, int reg, struct operand rm); /* reg op= rm */
void alu_to(struct code *c, unsigned width, enum alu op, struct operand rm, int reg);
void alu_imm(struct code *c, unsigned width, enum alu op, struct operand rm, s32 k);
void test(struct code *c, unsigned width, int reg, struct operand rm);
void test_imm(struct code *c, unsigned width, struct operand rm, s32 k);

enum shift { SHIFT_LEFT = 4, SHIFT_RIGHT, SHIFT_ARITHMETIC = 7 };
void shift_imm(struct code *c, unsigned width, enum shift op, int reg, unsigned k);
void rotate_right(struct code *c, int to, int from, unsigned k); /* 32 bits */

void move(struct code *c, int to, struct operand from); /* 64 bits; nothing when it is there */
void move_to(struct code *c, struct operand to, int from);
void move_imm(struct code *c, int to, u64 k); /* changes the flags */
void move_imm_to(struct code *c, unsigned width, struct operand to, s32 k);
void lea(struct code *c, unsigned width, int to, struct operand from);

/* Jumps to a place not known yet return the four bytes to aim, in the written view. */
u8 *jump_if(struct code *c, int cc);
void jump_if_to(struct code *c, int cc, const u8 *to);
void jump_reg(struct code *c, int reg);
void jump_mem(struct code *c, struct operand rm);
void call_to(struct code *c, const u8 *to);
void call_c(struct code *c, u64 function); /* through rax */

void push(struct code *c, int reg);
void pop(struct code *c, int reg);
void ret(struct code *c);

#endif
