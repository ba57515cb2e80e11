/* A decoded instruction, and the list of rows that it can be. */
#ifndef HART_INSN_H
#define HART_INSN_H

#include "hart/isa.h"
#include "hart/types.h"

/* One identifier per row; OP_ILLEGAL is what no row matches. The two others exist in blocks only.
 */
enum op {
#define INSN(id, ext, encoding, syntax, body) OP_##id,
#include "hart/rows.def"
#undef INSN
    OP_ILLEGAL,
    OP_END,  /* the block's end: go on at its offset */
    OP_PUNT, /* the stepper does the instruction at its offset */
    OP_N
};

struct insn {
    u16 op;     /* enum op, of the full instruction that a compressed one expands to */
    u16 offset; /* of its first byte in its page */
    u8 rd, rs1, rs2, rs3;
    s32 imm;  /* immediate, shift amount, CSR number or fence sets: what the row has */
    u32 raw;  /* the bits fetched; 16 of them when len is 2 */
    u8 rm;    /* rounding mode */
    u8 aqrl;  /* aq << 1 | rl */
    u8 len;   /* bytes */
    u8 taken; /* in a block: how often its jump was taken, modulo 256 */
};

#endif
