/* What the files of the board share: board.c builds it, schedule.c runs it, memory.c is its memory.
 */
#ifndef PLATFORM_BOARD_STATE_H
#define PLATFORM_BOARD_STATE_H

#include "platform/aplic.h"
#include "platform/board.h"
#include "platform/bus.h"
#include "platform/clint.h"
#include "platform/finisher.h"
#include "platform/imsic.h"
#include "platform/plic.h"
#include "platform/ram.h"
#include "platform/rtc.h"
#include "platform/slots.h"
#include "platform/terminal.h"
#include "platform/uart.h"

#include <pthread.h>

enum { WATCHES_MAX = 8, CLAIMS_MAX = 256 };

struct board_hart {
    struct board *board;
    struct hart *hart;
    u32 lines;    /* BIT(enum hart_line): the levels last set */
    bool waiting; /* hart_run said STOP_WAIT: not run until hart_wakes */

    /* With parallel (platform/parallel.c): */
    pthread_t thread;
    pthread_cond_t wake;
    bool changed; /* the thread has something to look at: lines, mostly */
    u32 taken;    /* the lines as the hart has them */
    u64 wake_at;  /* on the host's clock, while it waits; NEVER: only for a line */
    bool has_msi; /* msi is not all zero: MSIs that its hart has not got yet */
    u64 msi[MSI_FILE_MAX + 1][MSI_IDENTITIES / 64 + 1];
    u64 steps;
};

/* The boot ROM: one page. Harts fetch from page; what they store there is undone from image. */
struct rom {
    u8 page[PAGE_SIZE], image[PAGE_SIZE];
    u8 flags;
};

struct watch {
    u64 pa;
    unsigned size;
    board_watch_fn *fn;
    void *arg;
};

struct claim {
    const char *name;
    u64 start, size;
};

struct board {
    struct board_config config;
    const struct board_boot *boot;
    void *fdt;
    u64 fdt_address;

    struct ram *ram;
    struct rom rom;
    struct watch watches[WATCHES_MAX];
    unsigned watch_count;
    board_store_fn *every_store; /* NULL: none */
    void *every_store_arg;
    struct {
        u64 due; /* tick; NEVER: it is not set */
        board_alarm_fn *fn;
        void *arg;
    } alarm;
    struct claim claims[CLAIMS_MAX];
    unsigned claim_count;

    struct device_bus bus;
    struct clint *clint;
    struct plic *plic;   /* or, */
    struct aplic *aplic; /* with AIA_APLIC */
    struct imsic_pages imsic;
    struct uart *uart;
    struct rtc *rtc;
    struct finisher finisher;
    struct slots slots;
    struct terminal *terminal;

    /* Time. Deterministic: elapsed counts ns, one for each step and more when all harts sleep. On
     * the host's time: host_start is its clock when the board was made. */
    u64 elapsed, host_start;
    u64 steps;                  /* made by all harts together, until the slice in progress */
    u64 slice_start;            /* hart_steps of the running hart when its slice began */
    u64 poll_due;               /* tick at which the terminal is looked at next */
    u64 idle_debt;              /* ns that passed in sleep for the guest but not yet for the host */
    struct board_hart *running; /* NULL between slices */
    unsigned turn;              /* the hart that runs next, if it is awake */
    u64 slice_used;             /* steps that it has already made of its slice */
    struct board_hart *last;    /* the hart that ran last */

    bool stopping, stopped, reset_wanted; /* stopping: why and status are being set */
    enum board_end why;
    int status;

    /* With parallel: the lock is on all of the above but RAM. */
    pthread_mutex_t lock;
    struct monitor *monitor;
    int bell[2];          /* a pipe that calls the attendant */
    unsigned threads;     /* that run */
    unsigned awake;       /* harts that do not wait */
    bool attendant_rests; /* until the bell rings */
    bool replanned;       /* a deadline has changed */

    struct board_hart harts[];
};

/* memory.c: the harts' bus; RAM for devices. */
extern const struct bus board_bus_template; /* without machine */
struct dma board_dma(struct board *b);

/* schedule.c */
u64 board_ticks(void *board); /* the timebase */
void board_replan(void *board);
u64 host_ns(void); /* CLOCK_MONOTONIC */

void board_do_what_is_due(struct board *b);
void board_report_dead(struct board *b);
void board_report_lost(struct board *b, const struct board_hart *bh, enum hart_stop why);

/* Around all access to devices, the terminal and lines; nothing while harts take turns. */
static inline void board_lock(struct board *b)
{
    if (RARE(b->config.parallel)) pthread_mutex_lock(&b->lock);
}
static inline void board_unlock(struct board *b)
{
    if (RARE(b->config.parallel)) pthread_mutex_unlock(&b->lock);
}

/* controllers.c: what takes the devices' interrupts. Its parts are NULL until controllers_make,
 * which is false when memory runs out; external[2·h] is hart h's MEI, external[2·h+1] its SEI. */
bool controllers_make(struct board *b, const struct irq_line *external);
bool controllers_add(struct board *b); /* to the bus */
void controllers_reset(struct board *b);
void controllers_free(struct board *b);
struct irq_line board_irq(struct board *b, unsigned source); /* a device's wire to it */

/* board.c: what a guest's reset does, between two slices. */
void board_reset(struct board *b);

#endif
