/* The director: the program's M-mode trap handler. Each trap that reaches M-mode runs the next of
 * its routines, in turn: it steps over the instruction, or sends the hart into another mode and
 * other address spaces, or rewrites page-table entries and makes the fences that are due. */
#ifndef TESTS_RANDOM_DIRECTOR_H
#define TESTS_RANDOM_DIRECTOR_H

#include "tests/random/draw.h"
#include "tests/random/tables.h"

struct world {
    struct program *p;
    struct rng *r;
    const struct tables *tables;
    const struct taste *taste;
    u32 code[4096]; /* offsets in the image where there are instructions worth jumping to */
    unsigned code_n;
};

/* Write the director into the vault, and set the program's entry. */
void make_director(struct world *w);

/* The trap handlers of HS (the first half) and VS on the handlers' page. */
enum { SERVER_N = 14, SERVER_SIZE = 256 };
void make_servers(struct world *w);

/* A place in the code, as an offset from the beginning of MAIN. */
u64 random_code(struct world *w);

/* Is it a page that random_data favours, in any view? */
bool is_hot(u64 va);

/* An address of data for a mode that sees memory through this value of satp or vsatp. */
u64 random_data(struct rng *r, s8 tree, bool user);

#endif
