/* HTIF, the host-target interface of bare programs made for Spike: the program stores commands at
 * its symbol tohost and finds answers at fromhost. (Not specified anywhere but in riscv-isa-sim's
 * fesvr and in the programs of riscv-tests.)
 *
 * A command is one 64-bit word: device 63:56, command 55:48, payload 47:0. Stored in two halves it
 * counts when both are there, in either order; a half that stays alone for 5 us (of the host's
 * clock: 100 ms), with the other as it was, is a command too.
 *
 *   device 0, command 0: odd payload: exit with code payload >> 1; even payload: the address of
 *                        eight 64-bit words, a system call's number and arguments, the result goes
 *                        into the first, and fromhost becomes 1
 *   device 1, command 0: read a console byte; fromhost gets 1 << 56 | 0x100 | byte
 *   device 1, command 1: write the console byte in payload 7:0 */
#ifndef PLATFORM_HTIF_H
#define PLATFORM_HTIF_H

#include "platform/board.h"

struct htif_config {
    u64 tohost, fromhost;   /* physical addresses; fromhost 0: the program takes no answers */
    char *const *arguments; /* the program's, for the call that asks for them */
    unsigned argument_count;
    bool quiet;     /* say nothing on stderr: another board does */
    bool host_time; /* the board follows the host's clock */
};

struct htif;

/* Listen to the program on this board. NULL, with a line on stderr, when the addresses are not in
 * RAM or memory runs out. config's arguments must outlive it. */
struct htif *htif_new(const struct htif_config *config, struct board *b);
void htif_free(struct htif *h);

/* The code with which the program ended, all of it: an exit status has 8 bits. False: it has not
 * ended by HTIF. */
bool htif_exit_code(const struct htif *h, s64 *code);

#endif
