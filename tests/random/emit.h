/* Writing instructions into a program's image, from the simulator's own rows. */
#ifndef TESTS_RANDOM_EMIT_H
#define TESTS_RANDOM_EMIT_H

#include "hart/decode.h"
#include "tests/random/program.h"

struct emitter {
    struct program *p;
    u32 at, end; /* offsets in the image: next instruction, and what must not be reached */
    bool solid;  /* what follows is no spot: the program would be unsound without it */
};

/* One instruction, given as bits or by fields; fields that its row lacks do not matter. */
void emit_raw(struct emitter *e, u32 raw);
void emit_insn(struct emitter *e, const struct insn *i);
void emit(struct emitter *e, unsigned op, unsigned rd, unsigned rs1, unsigned rs2, s32 imm);

/* Set rd to a constant, in up to 8 instructions. */
void emit_li(struct emitter *e, unsigned rd, u64 value);

/* csrrw x0 / csrrs x0 / csrrc x0 from a register. */
void emit_csr(struct emitter *e, unsigned op, unsigned csr, unsigned rs1);

/* 8 bytes of data at an offset in the image. */
void put_u64(struct program *p, u32 at, u64 value);

#endif
