#include "tests/random/emit.h"

#include <stdlib.h>
#include <string.h>

void emit_raw(struct emitter *e, u32 raw)
{
    unsigned len = insn_length((u16)raw);
    if (e->at + len > e->end) abort(); /* the generator misjudged a length */
    memcpy(e->p->image + e->at, &raw, len);
    if (!e->solid && e->p->spot_n < SPOT_MAX)
        e->p->spot[e->p->spot_n++] = (struct spot){e->at, (u8)len};
    e->at += len;
}

void emit_insn(struct emitter *e, const struct insn *i)
{
    emit_raw(e, encode(i));
}

void emit(struct emitter *e, unsigned op, unsigned rd, unsigned rs1, unsigned rs2, s32 imm)
{
    struct insn i = {.op = (u16)op, .rd = (u8)rd, .rs1 = (u8)rs1, .rs2 = (u8)rs2, .imm = imm};
    emit_insn(e, &i);
}

void emit_li(struct emitter *e, unsigned rd, u64 value)
{
    s32 low = (s32)((value & 0xfff) ^ 0x800) - 0x800;
    u64 rest = value - (u64)(s64)low;
    if (!rest) {
        emit(e, OP_addi, rd, 0, 0, low);
    } else if ((u64)(s64)(s32)rest == rest) {
        emit(e, OP_lui, rd, 0, 0, (s32)rest);
        emit(e, OP_addiw, rd, rd, 0, low);
    } else {
        emit_li(e, rd, (u64)((s64)rest >> 12));
        emit(e, OP_slli, rd, rd, 0, 12);
        emit(e, OP_addi, rd, rd, 0, low);
    }
}

void emit_csr(struct emitter *e, unsigned op, unsigned csr, unsigned rs1)
{
    emit(e, op, 0, rs1, 0, (s32)csr);
}

void put_u64(struct program *p, u32 at, u64 value)
{
    memcpy(p->image + at, &value, sizeof value);
}

void blank(struct program *p, unsigned spot)
{
    static const u8 nop4[4] = {0x13, 0, 0, 0}, nop2[2] = {0x01, 0};
    struct spot s = p->spot[spot];
    memcpy(p->image + s.at, s.len == 2 ? nop2 : nop4, s.len);
}
