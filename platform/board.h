/* The board around the harts: QEMU `virt`'s memory map, RAM, devices, device tree and time.
 *
 * A run is: board_new, load images (board_claim, board_write), board_finish_setup, board_run,
 * board_free. Functions that return false or NULL have printed one line on stderr, except where
 * said otherwise. */
#ifndef PLATFORM_BOARD_H
#define PLATFORM_BOARD_H

#include "hart/hart.h"
#include "hart/types.h"
#include "platform/disk.h"
#include "platform/timebase.h"

#define RAM_BASE   0x80000000ull
#define RESET_BASE 0x1000ull /* the boot ROM: where every hart starts */

enum { BOARD_HARTS_MAX = 512 };

struct board;
struct terminal; /* platform/terminal.h */

/* What of the terminal a board has. Of two boards that run side by side none takes input, and one
 * keeps its output to itself. */
enum board_console { CONSOLE_ALL, CONSOLE_OUTPUT, CONSOLE_NONE };

/* A disk: its file, by reference. */
struct board_disk {
    const char *file;
    enum disk_mode mode;
};

/* What takes the devices' interrupts: a PLIC; an APLIC that drives the harts' lines; or one that
 * sends MSIs to the harts' IMSICs, whose guest files are hart.geilen. The latter two want Smaia in
 * the ISA, the last one hart.imsic. */
enum board_aia { AIA_NONE, AIA_APLIC, AIA_APLIC_IMSIC };

/* The hardware. */
struct board_config {
    unsigned harts; /* 1..BOARD_HARTS_MAX */
    u64 ram_size;   /* bytes, a multiple of PAGE_SIZE, up to 2^63; RAM starts at RAM_BASE */
    const struct isa *isa;
    enum hart_tier tier;
    struct hart_config hart; /* all of it but id, isa and tier */
    enum board_aia aia;
    bool host_time; /* mtime follows the host's clock, not the step count */
    bool parallel;  /* a thread for each hart; wants host_time */
    bool htif; /* a bare HTIF program: /htif node; the terminal's input is HTIF's, not the UART's,
                * and Ctrl-C still kills vhart */
    enum board_console console;
    const struct board_disk *disks; /* virtio devices, from the first slot on */
    unsigned disk_count;
    bool rng;      /* a virtio entropy device */
    u64 seed;      /* of /chosen/rng-seed and that device */
    u64 max_steps; /* board_run ends with status 0 after so many steps of all harts; 0: no limit */
};

/* A guest for the hypervisor, already in RAM; described as modules under /chosen. */
struct board_guest {
    const char *name, *append; /* append: NULL for none */
    u64 kernel, kernel_size;   /* physical address, bytes */
    u64 initrd, initrd_size;   /* size 0: none */
    u64 memory_size;           /* bytes of guest RAM */
    u32 vcpus;
};

/* The software: what the reset vector and the device tree say about what was loaded. */
struct board_boot {
    u64 entry;                    /* where the reset vector jumps to, in M-mode */
    u64 next;                     /* fw_dynamic's next address (S-mode payload); 0: none */
    const char *bootargs;         /* NULL: none */
    u64 initrd_start, initrd_end; /* equal: none */
    const struct board_guest *guests;
    unsigned guest_count;
    const void *dtb; /* a device tree instead of the board's own; NULL: none */
    size_t dtb_size; /* (/chosen is completed in it with what is given above) */

    /* Loads the images into RAM again after a guest asked for a reset (the rest of RAM keeps its
     * contents). NULL: the images stay as the guest left them. False ends the run. */
    bool (*reload)(void *arg, struct board *b);
    void *reload_arg;
};

struct board *board_new(const struct board_config *config);
void board_free(struct board *b);

/* Take [start, start + size) of RAM for an image. False, with a line on stderr, when it is not all
 * in RAM or overlaps an earlier claim. The name is kept by reference. */
bool board_claim(struct board *b, const char *name, u64 start, u64 size);

/* The highest address, aligned to align (a power of two) and below limit, of size unclaimed bytes
 * of RAM; 0, silently, when there is none. Does not claim it. */
u64 board_find_room(const struct board *b, u64 size, u64 align, u64 limit);

/* Access to RAM from outside the harts. False, silently, when a byte of it is not in RAM; nothing
 * is transferred then. A write is seen by the harts' instruction fetch; watches do not see it. */
bool board_write(struct board *b, u64 pa, const void *data, u64 size);
bool board_read(struct board *b, u64 pa, void *data, u64 size);
bool board_zero(struct board *b, u64 pa, u64 size);

/* Call fn after each store by a hart that touches [pa, pa + size), with the bytes stored. False,
 * silently, when that is not in RAM. It may call board_read, board_write, board_stop, board_alarm.
 */
typedef void board_watch_fn(void *arg, struct board *b, u64 pa, unsigned size);
bool board_watch(struct board *b, u64 pa, unsigned size, board_watch_fn *fn, void *arg);

/* Call fn once, between two slices, when this many ticks of the timebase have passed. There is one
 * alarm: a second replaces the first. */
typedef void board_alarm_fn(void *arg, struct board *b);
void board_alarm(struct board *b, u64 ticks, board_alarm_fn *fn, void *arg);

/* Call fn after each store to RAM by a hart, one function at most; every store then takes the slow
 * path. It may call board_read and board_stop. */
typedef void board_store_fn(void *arg, const struct hart *h, u64 pa, unsigned size);
void board_watch_all(struct board *b, board_store_fn *fn, void *arg);

/* Build the device tree, place it in RAM, write the reset vector, reset the harts. boot and what it
 * points to must outlive the board. */
bool board_finish_setup(struct board *b, const struct board_boot *boot);

/* The flattened device tree (fdt_totalsize long) after board_finish_setup. */
const void *board_fdt(const struct board *b);

/* Run until something calls board_stop; the exit status. With parallel, this alone runs a board,
 * and what is called back meanwhile comes from any thread, one at a time. */
int board_run(struct board *b);

/* Runs a hart in place of hart_run, as that does; with STOP_BUDGET it may come back early, and is
 * called again for the rest. */
typedef enum hart_stop board_runner(void *arg, struct hart *h, u64 max, u64 *done);

/* One turn of a run: everything that is due, then some steps of one hart by this runner, or, when
 * all harts wait, time passes. False: the run has ended; then board_status is its exit status. */
bool board_turn(struct board *b, board_runner *runner, void *arg);
int board_status(const struct board *b);

/* Why a run ended. */
enum board_end {
    END_STOPPED,   /* board_stop: by the software, the user, or after a line on stderr */
    END_STEPS,     /* max_steps were made */
    END_TRAP_LOOP, /* a hart would trap for ever in M-mode */
    END_DEAD       /* every hart waits, and nothing can wake one */
};
enum board_end board_why(const struct board *b);

/* Steps of all harts together, between two turns or after the run; the hart that made the last. */
u64 board_steps(const struct board *b);
const struct hart *board_last_hart(const struct board *b);

/* The first page of RAM at or above pa that anyone has touched; ~0: none. */
u64 board_next_page(const struct board *b, u64 pa);

/* End the run with this exit status (0..255); the first call counts. */
void board_stop(struct board *b, int status);

struct hart *board_hart(struct board *b, unsigned i);
struct terminal *board_terminal(struct board *b);

#endif
