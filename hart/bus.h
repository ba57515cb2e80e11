/* What a hart sees of the machine around it: host memory behind RAM pages, and everything else
 * behind two calls. The platform implements this; a test may implement it with an array. */
#ifndef HART_BUS_H
#define HART_BUS_H

#include "hart/types.h"

/* Flags that the bus keeps for each RAM page. A page with any of them set is never entered into a
 * hart's store TLB, so that each store to it reaches bus.stored. */
enum page_flag {
    PAGE_CODE = 1,  /* some hart holds decoded code from this page */
    PAGE_WATCH = 2, /* the platform wants to see stores (HTIF's tohost) */
};

/* A RAM page: its host memory and its flags; host is NULL where there is no RAM. */
struct ram_page {
    u8 *host;  /* first byte of the 4 KiB page, which begins at a multiple of 4096 here too */
    u8 *flags; /* one byte of enum page_flag bits, shared by all harts */
};

struct bus {
    void *machine; /* handed back to each call */

    /* The RAM page that holds physical address pa. */
    struct ram_page (*page)(void *machine, u64 pa);

    /* Device access of 1, 2, 4 or 8 bytes, naturally aligned. False: nothing there, or the device
     * does not take this width; the hart raises an access fault. */
    bool (*load)(void *machine, u64 pa, unsigned size, u64 *value);
    bool (*store)(void *machine, u64 pa, unsigned size, u64 value);

    /* A hart stored size bytes at pa (no page crossing) in a page whose flags are not 0. */
    void (*stored)(void *machine, u64 pa, unsigned size);

    /* A hart began to hold code of the page at pa (PAGE_CODE has just been set): every hart must
     * forget its store translations (hart_forget_stores). */
    void (*code_page)(void *machine, u64 pa);

    /* Current value of mtime, in ticks. */
    u64 (*time)(void *machine);
};

#endif
