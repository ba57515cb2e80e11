/* Tables of operands and results, for instructions that compute. */
#ifndef TESTS_ISA_VECTORS_H
#define TESTS_ISA_VECTORS_H

#include "harness.h"

struct vector {
    const u32 *code;
    u64 a0, a1, want; /* want: a0 afterwards */
};

#define CHECK_VECTORS(list) check_vectors(HERE, list, sizeof list / sizeof *list)

/* Runs each in M-mode; the note of a failure is the index. */
static inline void check_vectors(struct place at, const struct vector *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        note(i);
        expect_value(at, run(M_MODE, v[i].code, v[i].a0, v[i].a1), v[i].want);
    }
}

/* Operands that meet each other in check_model(): corners of 8, 16, 32 and 64 bits. */
static const u64 corners[] = {
    0,
    1,
    2,
    31,
    63,
    0x7f,
    0x80,
    0x7fff,
    0x8000,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x0123456789abcdef,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000080000001,
    0xaaaaaaaaaaaaaaaa,
    0xfedcba9876543210,
    0xffffffff00000000,
    0xffffffff80000000,
    0xfffffffffffffffe,
    0xffffffffffffffff,
};
enum { CORNERS = sizeof corners / sizeof *corners };

#define CHECK_MODEL(code, model) check_model(HERE, code, model)

/* code(a, b) against model(a, b) for every pair of corners; the note is the pair's number. */
static inline void check_model(struct place at, const u32 *code, u64 (*model)(u64, u64))
{
    for (unsigned i = 0; i < CORNERS; i++) {
        for (unsigned j = 0; j < CORNERS; j++) {
            note(i * CORNERS + j);
            expect_value(at, run(M_MODE, code, corners[i], corners[j]),
                         model(corners[i], corners[j]));
        }
    }
}

#endif
