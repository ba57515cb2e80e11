/* From bits to rows and back. All of it is read off the encodings in the row tables. */
#ifndef HART_DECODE_H
#define HART_DECODE_H

#include "hart/insn.h"

/* Build the tables from the rows; call once before the others (again does no harm). */
void decode_init(void);

/* Decode the instruction at the low end of raw (bits above a compressed one are ignored). What no
 * row of the ISA matches becomes OP_ILLEGAL. offset is left 0. */
void decode(const struct isa *isa, u32 raw, struct insn *out);

/* Bytes of the instruction that begins with these 16 bits: 2 or 4. */
static inline unsigned insn_length(u16 first)
{
    return (first & 3) == 3 ? 4 : 2;
}

/* The full-width encoding of an instruction: the one it was, or that it expands to. */
u32 encode(const struct insn *i);

/* Assembly text of the instruction at pc, mnemonics without aliases; "unknown" for OP_ILLEGAL. */
void disassemble(const struct isa *isa, u32 raw, u64 pc, char *out, size_t size);

/* ---- the rows themselves, for tests and tools ---- */

struct row {
    const char *name, *encoding, *syntax;
    const char *body; /* its text, for telling rows apart; none for a compressed row */
    u8 ext;
    u16 op; /* for a compressed row: the full row it lowers to */
};
enum { ROW_FULL_N = OP_ILLEGAL };
extern const struct row full_rows[ROW_FULL_N];
extern const struct row compressed_rows[];
extern const unsigned compressed_row_n;

/* The fixed bits of a row, from its encoding: raw & mask == match. */
struct pattern {
    u32 mask, match;
};
struct pattern full_pattern(unsigned row);
struct pattern compressed_pattern(unsigned row);

/* The compressed row of the low 16 bits, or -1. */
int compressed_row_of(const struct isa *isa, u16 raw);

#endif
