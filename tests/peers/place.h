/* What a trap handler of frame.c writes before it goes on. */
#ifndef TESTS_PEERS_PLACE_H
#define TESTS_PEERS_PLACE_H

#include <stdbool.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint64_t u64;

struct place {
    u64 mstatus, hstatus, vsstatus, satp, vsatp, hgatp, pad[2];
};

#endif
