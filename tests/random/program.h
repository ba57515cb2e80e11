/* A random program: what is in memory when it begins, and how its machine is made.
 *
 * Physical memory
 *     0x1000_0000   a device, one page (machine.h)
 *     0x8000_0000   MAIN: what the program runs, reads and writes
 *                       page 0       trap handlers of HS and VS, and fence stubs
 *                       pages 1..8   code
 *                       pages 9..31  data; 16..31 can be one NAPOT page
 *     0x1_4000_0000 VAULT: what only the director touches. It is the M-mode trap handler with its
 *                   routines (director.c), and all page tables are there (tables.c).
 *
 * The block engine's TLB may be stale where the architecture lets it be; the stepper never is. So
 * page tables change in the director's hands alone, which fences whatever it has changed, and no
 * register that random code uses ever points into the vault. */
#ifndef TESTS_RANDOM_PROGRAM_H
#define TESTS_RANDOM_PROGRAM_H

#include "hart/hart.h"
#include "tests/random/rng.h"

#define DEVICE_PA 0x10000000ull
#define MAIN_PA   0x80000000ull
#define VAULT_PA  0x140000000ull

enum {
    HANDLER_PAGE = 0,
    CODE_PAGE = 1,
    CODE_PAGE_N = 8,
    DATA_PAGE = CODE_PAGE + CODE_PAGE_N,
    NAPOT_PAGE = 16,
    MAIN_PAGE_N = 32,
    VAULT_PAGE_N = 160,
    RAM_PAGE_N = MAIN_PAGE_N + VAULT_PAGE_N,
    RAM_SIZE = RAM_PAGE_N * PAGE_SIZE,
    SPOT_MAX = 16384,
};

/* At this offset in each page of MAIN but the first there is a function, another one in each: what
 * it adds to a register tells which page was executed. */
enum { FUNCTION_OFFSET = 0x20, FUNCTION_SIZE = 8 };

/* Random code leaves the first three alone; the others it seldom writes. */
enum { REG_VAULT = 31, REG_CONST = 30, REG_HANDLER = 29, REG_COPY = 28, REG_LOOP = 27 };

/* An instruction that may be replaced by nops when a failing program is shrunk. */
struct spot {
    u32 at; /* offset in the image */
    u8 len;
};

/* What a program is about besides (aims.h); bit n of struct program's aims. */
enum aim {
    AIM_PADS,     /* Zicfilp: landing pads */
    AIM_SHADOW,   /* Zicfiss: shadow stacks */
    AIM_DOUBLE,   /* Ssdbltrp: traps in trap handlers */
    AIM_MASK,     /* Smmpm, Smnpm, Ssnpm: pointer masking */
    AIM_LOCKDOWN, /* Smepmp */
    AIM_OVERFLOW, /* Sscofpmf */
    AIM_PAIR,     /* two harts */
    AIM_N
};

struct program {
    u64 seed;
    u16 aims;
    enum hart_tier tier; /* the fast one, and its heat */
    u32 heat;
    bool trap_misaligned;
    bool compressed;  /* the hart has compressed instructions */
    u8 ticks_shift;   /* log2 of the steps that make a tick of mtime */
    u8 watched_page;  /* of MAIN: each store to it is reported; 0: none */
    u64 entry;        /* physical address where the hart begins, in M-mode */
    u64 second_entry; /* the same of a second one; 0: there is none */
    u64 x[32], f[32]; /* registers then */
    unsigned spot_n;
    struct spot spot[SPOT_MAX];
    u8 image[RAM_SIZE]; /* MAIN, then VAULT */
};

/* Make the program of a seed. */
void generate(struct program *p, u64 seed);

/* Replace the instruction of a spot by nops of the same length. */
void blank(struct program *p, unsigned spot);

/* Offset in the image of a physical address that is in RAM. */
static inline u32 image_offset(u64 pa)
{
    return (u32)(pa >= VAULT_PA ? pa - VAULT_PA + MAIN_PAGE_N * PAGE_SIZE : pa - MAIN_PA);
}

#endif
