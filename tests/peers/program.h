/* Programs that a peer ought to run as vhart does. */
#ifndef TESTS_PEERS_PROGRAM_H
#define TESTS_PEERS_PROGRAM_H

#include "hart/isa.h"
#include "tests/random/program.h"

/* A simulator, and what it is not to be asked since it is known to be wrong (docs/peers.md) or to
 * choose otherwise. */
struct peer {
    const char *name;    /* the command to look for on the PATH */
    const char *isa;     /* of the programs, and for vhart */
    const char *command; /* to which the program's file is added */
    bool a_d_faults;     /* it has Svade: leaves may have A or D clear */
    bool reserved;       /* it looks at reserved bits of leaves */
    bool amo_faults;     /* faults of AMOs are right */
    const char *rows;    /* names of rows to leave out, with spaces around */
};

/* Fill the image in p (from PLACES on) with the program of a seed. p has spots for its code. */
enum { IMAGE_SIZE = 0x70000 };
void peer_program(struct program *p, const struct peer *peer, u64 seed);

#endif
