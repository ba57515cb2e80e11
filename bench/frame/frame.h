/* The frame of a benchmark: a bare program that enters a mode, with or without paging, repeats one
 * piece of work there, and reports a checksum and what it counted.
 *
 * The work is done `rounds` times, and each round must end in the same checksum. So whatever the
 * number of rounds, a run on any simulator has one right result; and a round executes the same
 * instructions each time, so that two runs of different length tell what one round costs. */
#ifndef BENCH_FRAME_H
#define BENCH_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

enum mode { MODE_M, MODE_S, MODE_VS };
enum leaf { LEAF_4K, LEAF_2M };
enum board { BOARD_HTIF, BOARD_VIRT, BOARD_NEMU };

/* What bench/ sets in the image before a run; start.S has the layout and the defaults. */
struct params {
    char magic[16];
    u64 rounds; /* how often the work is done, at least 1 */
    u64 size;   /* how much there is of whatever the program is about */
    u64 stride; /* bytes between two of them */
    u64 harts;  /* how many take part, at most 64 */
    u64 mode, leaf, board;
};
extern struct params params;

/* Each program defines one. */
struct program {
    void (*prepare)(void); /* runs in the mode, once; may be NULL */
    u64 (*work)(void);     /* a round; returns its checksum */
    u64 (*arena)(void);    /* bytes of arena that it needs; may be NULL */
    u64 delegated;         /* exceptions that it takes in its mode, as bits of medeleg */
};
extern const struct program program;

/* Counted by the program: switches made, pages visited, iterations. */
extern u64 events;

/* End with a result. Does not return. */
void finish(u64 checksum, bool good) __attribute__((noreturn));

/* Give up, from any mode, when the machine did not do what it must. */
static inline void must(bool good)
{
    if (!good) finish(0, false);
}

/* What harts 1, 2 ... do in M-mode; only in programs that take part with several. */
void another_hart(u64 hartid);

/* A step of a 64-bit xorshift generator (Marsaglia 2003); x is not 0. */
static inline u64 xorshift(u64 x)
{
    x ^= x << 13;
    x ^= x >> 7;
    return x ^ x << 17;
}

static inline u64 mix(u64 sum, u64 value)
{
    return (sum ^ value) * 0x100000001b3ull + (sum >> 29);
}

#endif
