/* The VMs that the device tree gave, and the G-stages (worlds) that have been seen to run. */
#ifndef PLATFORM_WORLDS_H
#define PLATFORM_WORLDS_H

#include "platform/board_state.h"
#include "platform/reach.h"

/* A kernel's node in /chosen: docs/vmm.md has the binding. */
struct vm_given {
    char name[32];
    u64 kernel, kernel_size; /* the image: physical address, bytes */
    u64 memory;              /* bytes of RAM */
    u64 share;               /* number of the memory that it shares; ~0: none */
    u64 pass, pass_size;     /* registers of a device that is its own, bytes; size 0: none */
    bool net;                /* it is on the network that the hypervisor has inside */
    const char *bootargs;    /* or NULL */
};

/* Where a guest sees what it shares. */
#define SHARE_BASE 0x70000000ull
#define SHARE_SIZE 0x200000ull

/* A store to a world's memory while it stood still. */
struct intrusion {
    u64 pa, pc;
    unsigned hart;
    u64 interval;                 /* the time between two worlds on that hart */
    const struct vm_given *after; /* who ran there before; NULL: nobody */
};
enum { INTRUSIONS_MAX = 256, GUESTS_GIVEN_MAX = 64 };

/* A G-stage: its root tells it from others, since VMIDs are handed out anew. */
struct world {
    struct world *next;
    u64 root, gatp;
    const struct vm_given *vm;
    struct reach reach;
    bool
        robbed; /* another world has come to reach what this one did: it must not come back to it */
    u64 entries, steps;         /* steps at V=1 */
    u64 first_entry, last_exit; /* ns of the machine's time */
    u64 digest;                 /* of its memory when it last asked to be shut down */
    bool digested;
    struct intrusion intrusion[INTRUSIONS_MAX];
    unsigned intrusion_n;
};

struct worlds {
    struct board *board;
    struct reach_memory memory;
    struct vm_given *given;
    unsigned given_n;
    struct world *first;
};

/* Read the VMs of the board's device tree. False, with a line on stderr: there is none, or no
 * memory. */
bool worlds_init(struct worlds *w, struct board *b);
void worlds_free(struct worlds *w);

/* The world of h's hgatp, made when it is new; NULL when memory runs out. */
struct world *worlds_find(struct worlds *w, const struct hart *h);

/* Which VM is it, that begins at pc with these registers? One whose kernel has the code that lies
 * there and whose arguments stand in the device tree at a1, and that is no world's yet if there is
 * a choice. NULL: none. */
const struct vm_given *worlds_identify(const struct worlds *w, const struct world *world, u64 pc,
                                       u64 a1);

#endif
