/* For a test of what stands around a board: include board.c beside this file, and have a board
 * without harts: 1 MiB of RAM at RAM_BASE, a terminal whose input is a string and whose output is
 * kept. */
#ifndef TESTS_FAKE_BOARD_H
#define TESTS_FAKE_BOARD_H

#include "platform/board.h"

enum { FAKE_RAM_SIZE = 1 << 20, FAKE_OUTPUT_MAX = 1 << 16 };

struct terminal {
    const char *input;
    char output[FAKE_OUTPUT_MAX];
    size_t used;
};

struct fake_board {
    u8 ram[FAKE_RAM_SIZE];
    struct terminal terminal;
    bool stopped;
    int status;
    unsigned claims;
};

/* A fresh one, the only one; it is what the functions of board.h work on. */
struct board *fake_board_new(const char *input);
struct fake_board *fake_board(void);
void fake_board_free(void);

/* A store as a hart makes it: watches see it. */
void fake_store(u64 pa, u64 value, unsigned size);

/* The time of the alarm has come, if one is set. How often one was. */
void fake_ring(void);
unsigned fake_alarms(void);

u64 fake_load(u64 pa, unsigned size);

#endif
