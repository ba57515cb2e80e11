/* All 2^30 instruction words of 32 bits, folded into cubes: sets of words that have some bits in
 * common and the others at will, all of which the decoder takes for the same row. */
#ifndef CENSUS_FOLD_H
#define CENSUS_FOLD_H

#include "hart/decode.h"

enum { ROW_RESERVED = OP_ILLEGAL };

struct cube {
    u32 mask, match; /* word & mask == match */
    u16 row;         /* of full_rows; ROW_RESERVED: none */
};

struct fold {
    struct cube *cube;
    size_t n, room;
    bool failed; /* memory ran out */
};

/* Fold; free with fold_free in any case. Cubes are disjoint and hold every word. */
void fold_words(struct fold *f, const struct isa *isa);
void fold_free(struct fold *f);

/* Words in a cube. */
u64 cube_size(const struct cube *c);

/* The cube's word with these free bits. */
static inline u32 cube_word(const struct cube *c, u32 bits)
{
    return (bits & ~c->mask) | c->match;
}

/* Ask the decoder about words of each cube: its first and last, and n at random. False: one is not
 * of the cube's row, and *bad is that word. */
bool fold_check(const struct fold *f, const struct isa *isa, unsigned n, u32 *bad);

/* Pseudo-random numbers. */
u64 random_next(u64 *state);

#endif
