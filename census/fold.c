#include "census/fold.h"

#include <stdlib.h>

/* Rows that the ISA has, in the decoder's order: of two that a word matches, the one with more
 * fixed bits counts (hart/decode.c). */
struct candidates {
    u16 row[ROW_FULL_N];
    unsigned n;
};

static int by_fixed_bits(const void *a, const void *b)
{
    u16 x = *(const u16 *)a, y = *(const u16 *)b;
    int more = __builtin_popcount(full_pattern(y).mask) - __builtin_popcount(full_pattern(x).mask);
    return more ? more : x - y;
}

static struct candidates all_candidates(const struct isa *isa)
{
    struct candidates c = {.n = 0};
    for (unsigned r = 0; r < ROW_FULL_N; r++)
        if (isa_has(isa, full_rows[r].ext)) c.row[c.n++] = (u16)r;
    qsort(c.row, c.n, sizeof c.row[0], by_fixed_bits);
    return c;
}

/* Those of from that some word of the cube matches. */
static struct candidates candidates_within(const struct candidates *from, const struct cube *cube)
{
    struct candidates c = {.n = 0};
    for (unsigned k = 0; k < from->n; k++) {
        struct pattern p = full_pattern(from->row[k]);
        if (!((p.match ^ cube->match) & p.mask & cube->mask)) c.row[c.n++] = from->row[k];
    }
    return c;
}

static void add(struct fold *f, struct cube cube)
{
    if (f->n == f->room) {
        size_t room = f->room ? 2 * f->room : 1024;
        struct cube *bigger = realloc(f->cube, room * sizeof *bigger);
        if (!bigger) {
            f->failed = true;
            return;
        }
        f->cube = bigger;
        f->room = room;
    }
    f->cube[f->n++] = cube;
}

/* If the first candidate takes the whole cube, that is it; else halve the cube at a bit that the
 * candidate looks at. */
static void split(struct fold *f, struct cube cube, const struct candidates *from)
{
    struct candidates c = candidates_within(from, &cube);
    u32 undecided = c.n ? full_pattern(c.row[0]).mask & ~cube.mask : 0;
    if (!undecided) {
        cube.row = c.n ? c.row[0] : ROW_RESERVED;
        add(f, cube);
        return;
    }
    u32 bit = undecided & -undecided;
    cube.mask |= bit;
    split(f, cube, &c);
    cube.match |= bit;
    split(f, cube, &c);
}

void fold_words(struct fold *f, const struct isa *isa)
{
    *f = (struct fold){0};
    struct candidates all = all_candidates(isa);
    split(f, (struct cube){.mask = 3, .match = 3}, &all);
}

void fold_free(struct fold *f)
{
    free(f->cube);
}

u64 cube_size(const struct cube *c)
{
    return 1ull << (32 - __builtin_popcount(c->mask));
}

u64 random_next(u64 *state)
{
    u64 x = *state += 0x9e3779b97f4a7c15;
    x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9;
    x = (x ^ x >> 27) * 0x94d049bb133111eb;
    return x ^ x >> 31;
}

static bool is_row(const struct isa *isa, u32 word, unsigned row, u32 *bad)
{
    struct insn i;
    decode(isa, word, &i);
    *bad = word;
    return i.op == row;
}

bool fold_check(const struct fold *f, const struct isa *isa, unsigned n, u32 *bad)
{
    u64 seed = 1;
    for (size_t k = 0; k < f->n; k++) {
        const struct cube *c = &f->cube[k];
        if (!is_row(isa, cube_word(c, 0), c->row, bad)) return false;
        if (!is_row(isa, cube_word(c, ~0u), c->row, bad)) return false;
        for (unsigned j = 0; j < n; j++)
            if (!is_row(isa, cube_word(c, (u32)random_next(&seed)), c->row, bad)) return false;
    }
    return true;
}
