/* The small machine that a random program runs on: a hart or two, RAM, one device. */
#ifndef TESTS_RANDOM_MACHINE_H
#define TESTS_RANDOM_MACHINE_H

#include "hart/hart.h"
#include "hart/isa.h"
#include "tests/random/program.h"

/* The device. Loads count and give a number that follows from all that happened to it; stores are
 * mixed into it. Offsets below 0x100 take any width, further on 4 bytes only; a store in
 * LINES..LINES+7 sets the hart's interrupt lines, one in YIELD..YIELD+7 makes hart_run come back.
 */
enum { DEVICE_NARROW = 0x100, DEVICE_LINES = 0x40, DEVICE_YIELD = 0x48, DEVICE_SIZE = 0x200 };

struct machine {
    struct isa isa, second_isa;
    struct hart *hart, *second; /* second: NULL, or one without H that shares the memory */
    u8 *ram;                    /* RAM_SIZE bytes, page-aligned */
    u8 flags[RAM_PAGE_N];
    u64 device;  /* state of the device */
    u64 watched; /* follows from all stores to the watched page */
    u64 waited;  /* steps' worth of time that went by in WFI */
    u8 ticks_shift;
};

/* A machine with the program loaded, its hart in M-mode at the entry. Ends the process when memory
 * runs out. */
struct machine *machine_new(const struct program *p, enum hart_tier tier);
void machine_free(struct machine *m);

/* Level of all interrupt lines, into the first hart: bits of mip, and from bit FIRST_GUEST_LINE on
 * those of guests. */
enum { GUEST_LINE_N = 3, FIRST_GUEST_LINE = 16 };
void machine_lines(struct machine *m, u64 lines);

/* Steps until mtime reaches a deadline; ~0: not in this program. */
u64 machine_steps_until(const struct machine *m, u64 deadline);

/* True when memory or device differ; *what names it. */
bool machine_memory_differs(const struct machine *a, const struct machine *b, char *what,
                            size_t size);
bool machine_device_differs(const struct machine *a, const struct machine *b, char *what,
                            size_t size);

#endif
