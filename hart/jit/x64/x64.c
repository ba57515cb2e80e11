#include "hart/jit/x64/x64.h"

#include <string.h>

void emit_byte(struct code *c, unsigned byte)
{
    *c->at++ = (u8)byte;
}

void emit_long(struct code *c, u64 v)
{
    memcpy(c->at, &v, 4);
    c->at += 4;
}

static void emit_quad(struct code *c, u64 v)
{
    memcpy(c->at, &v, 8);
    c->at += 8;
}

/* ModRM, SIB and displacement. A base of rsp or r12 takes a SIB byte, one of rbp or r13 a
 * displacement; without a base there is an index. */
static void emit_modrm(struct code *c, int reg, struct operand m)
{
    unsigned r = ((unsigned)reg & 7) << 3, base = (unsigned)m.base & 7;
    if (m.reg >= 0) {
        emit_byte(c, 0xc0 | r | ((unsigned)m.reg & 7));
        return;
    }
    if (m.base < 0) {
        emit_byte(c, r | 4);
        emit_byte(c, (unsigned)m.scale << 6 | ((unsigned)m.index & 7) << 3 | 5);
        emit_long(c, (u64)m.disp);
        return;
    }
    unsigned mod = m.disp == 0 && base != BP ? 0 : m.disp == (s8)m.disp ? 0x40 : 0x80;
    if (m.index >= 0 || base == SP) {
        emit_byte(c, mod | r | 4);
        emit_byte(c,
                  (unsigned)m.scale << 6 | (m.index >= 0 ? (unsigned)m.index & 7 : SP) << 3 | base);
    } else {
        emit_byte(c, mod | r | base);
    }
    if (mod == 0x40)
        emit_byte(c, (u8)m.disp);
    else if (mod == 0x80)
        emit_long(c, (u64)m.disp);
}

void emit_prefixed(struct code *c, unsigned prefix, unsigned width, unsigned opcode, int reg,
                   struct operand m)
{
    if (width == 2) emit_byte(c, 0x66);
    if (prefix) emit_byte(c, prefix);
    unsigned rex = (unsigned)(width == 8) << 3 | (unsigned)(reg > 7) << 2;
    if (m.reg >= 0)
        rex |= m.reg > 7;
    else
        rex |= (unsigned)(m.index > 7) << 1 | (m.base > 7);
    if (rex || (width == 1 && (reg > BX || m.reg > BX))) emit_byte(c, 0x40 | rex);
    if (opcode > 255) emit_byte(c, opcode >> 8);
    emit_byte(c, opcode);
    emit_modrm(c, reg, m);
}

void emit_op(struct code *c, unsigned width, unsigned opcode, int reg, struct operand m)
{
    emit_prefixed(c, 0, width, opcode, reg, m);
}

void emit_vex(struct code *c, unsigned width, struct vex op, int reg, int v, struct operand m)
{
    bool b = m.reg >= 0 ? m.reg > 7 : m.base > 7, x = m.reg < 0 && m.index > 7;
    emit_byte(c, 0xc4);
    emit_byte(c, (unsigned)!(reg > 7) << 7 | (unsigned)!x << 6 | (unsigned)!b << 5 | op.map);
    emit_byte(c, (unsigned)(width == 8) << 7 | (~(unsigned)v & 15) << 3 | op.pp);
    emit_byte(c, op.opcode);
    emit_modrm(c, reg, m);
}

/* ---- arithmetic ---- */

void alu(struct code *c, unsigned width, enum alu op, int reg, struct operand m)
{
    emit_op(c, width, op * 8u + (width == 1 ? 2 : 3), reg, m);
}

void alu_to(struct code *c, unsigned width, enum alu op, struct operand m, int reg)
{
    emit_op(c, width, op * 8u + (width == 1 ? 0 : 1), reg, m);
}

void alu_imm(struct code *c, unsigned width, enum alu op, struct operand m, s32 k)
{
    bool small = k == (s8)k;
    emit_op(c, width, width == 1 ? 0x80 : small ? 0x83 : 0x81, (int)op, m);
    if (small || width == 1)
        emit_byte(c, (u8)k);
    else
        emit_long(c, (u64)k);
}

void test(struct code *c, unsigned width, int reg, struct operand m)
{
    emit_op(c, width, width == 1 ? 0x84 : 0x85, reg, m);
}

void test_imm(struct code *c, unsigned width, struct operand m, s32 k)
{
    emit_op(c, width, width == 1 ? 0xf6 : 0xf7, 0, m);
    if (width == 1)
        emit_byte(c, (u8)k);
    else
        emit_long(c, (u64)k);
}

void shift_imm(struct code *c, unsigned width, enum shift op, int reg, unsigned k)
{
    emit_op(c, width, 0xc1, (int)op, host_reg(reg));
    emit_byte(c, k);
}

void rotate_right(struct code *c, int to, int from, unsigned k)
{
    emit_vex(c, 4, (struct vex){MAP_0F3A, PP_F2, 0xf0}, to, 0, host_reg(from)); /* rorx */
    emit_byte(c, k);
}

/* ---- moves ---- */

void move(struct code *c, int to, struct operand from)
{
    if (from.reg != to) emit_op(c, 8, 0x8b, to, from);
}

void move_to(struct code *c, struct operand to, int from)
{
    if (to.reg != from) emit_op(c, 8, 0x89, from, to);
}

void move_imm(struct code *c, int to, u64 k)
{
    if (k == 0) {
        alu(c, 4, ALU_XOR, to, host_reg(to));
    } else if (k >> 32 == 0) {
        if (to > 7) emit_byte(c, 0x41);
        emit_byte(c, 0xb8 | ((unsigned)to & 7));
        emit_long(c, k);
    } else if (fits32(k)) {
        move_imm_to(c, 8, host_reg(to), (s32)k);
    } else {
        emit_byte(c, 0x48 | (to > 7));
        emit_byte(c, 0xb8 | ((unsigned)to & 7));
        emit_quad(c, k);
    }
}

void move_imm_to(struct code *c, unsigned width, struct operand to, s32 k)
{
    emit_op(c, width, width == 1 ? 0xc6 : 0xc7, 0, to);
    if (width == 1)
        emit_byte(c, (u8)k);
    else if (width == 2)
        emit_byte(c, (u8)k), emit_byte(c, (u8)(k >> 8));
    else
        emit_long(c, (u64)k);
}

void lea(struct code *c, unsigned width, int to, struct operand from)
{
    emit_op(c, width, 0x8d, to, from);
}

/* ---- control ---- */

u8 *jump_if(struct code *c, int cc)
{
    emit_byte(c, 0x0f);
    emit_byte(c, 0x80 | (unsigned)cc);
    c->at += 4;
    return c->at - 4;
}

u8 *jump_ahead(struct code *c)
{
    emit_byte(c, 0xe9);
    c->at += 4;
    return c->at - 4;
}

void aim(u8 *site, const u8 *to)
{
    s32 distance = (s32)(to - (site + 4));
    memcpy(site, &distance, 4);
}

void jump_to(struct code *c, const u8 *to)
{
    aim(jump_ahead(c), to);
}

void jump_if_to(struct code *c, int cc, const u8 *to)
{
    aim(jump_if(c, cc), to);
}

void jump_reg(struct code *c, int reg)
{
    jump_mem(c, host_reg(reg));
}

void jump_mem(struct code *c, struct operand m)
{
    emit_op(c, 4, 0xff, 4, m);
}

void call_to(struct code *c, const u8 *to)
{
    emit_byte(c, 0xe8);
    c->at += 4;
    aim(c->at - 4, to);
}

void call_c(struct code *c, u64 function)
{
    move_imm(c, AX, function);
    emit_op(c, 4, 0xff, 2, host_reg(AX));
}

void push(struct code *c, int reg)
{
    if (reg > 7) emit_byte(c, 0x41);
    emit_byte(c, 0x50 | ((unsigned)reg & 7));
}

void pop(struct code *c, int reg)
{
    if (reg > 7) emit_byte(c, 0x41);
    emit_byte(c, 0x58 | ((unsigned)reg & 7));
}

void ret(struct code *c)
{
    emit_byte(c, 0xc3);
}
