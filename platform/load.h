/* What the command line names, put into a board's RAM. */
#ifndef PLATFORM_LOAD_H
#define PLATFORM_LOAD_H

#include "platform/board.h"
#include "platform/elf.h"
#include "platform/file.h"
#include "platform/options.h"

/* A piece of a file with its place in RAM; what follows its file_size bytes is zero. */
struct image {
    const char *name;
    const u8 *data;
    u64 pa, file_size, memory_size;
};

/* All that was read from files, and what the board is to be told about it. */
struct software {
    const struct options *options;
    struct file program, bios, kernel, initrd, dtb;
    struct file guest_kernels[GUESTS_MAX], guest_initrds[GUESTS_MAX];
    struct elf elf; /* the program; elf.data is NULL when there is none */
    u64 elf_bias;   /* added to its addresses */
    struct image *images;
    unsigned image_count;
    struct board_guest guests[GUESTS_MAX];
    struct board_boot boot; /* for board_finish_setup */
};

/* Read the files that the options name. False, with a line on stderr. Free with software_free in
 * either case. options must outlive s. */
bool software_read(struct software *s, const struct options *options);
void software_free(struct software *s);

/* Place everything in the RAM of b, which has just been made, and fill in s->boot. False, with a
 * line on stderr. May be called again for another board like it, with the same result. */
bool software_place(struct software *s, struct board *b);

/* The program's symbol, where it is in RAM. False: there is no program or no such symbol. */
bool software_symbol(const struct software *s, const char *name, u64 *pa);

#endif
