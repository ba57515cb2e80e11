/* The states that instructions are tried from. Each is a whole hart, made beforehand; they differ
 * in the mode, in what the modes above permit, and in resources that a program should not see. */
#ifndef CENSUS_STATE_H
#define CENSUS_STATE_H

#include "census/machine.h"
#include "census/resource.h"

/* The last two exist with H only. */
enum mode { MODE_M, MODE_S, MODE_U, MODE_VS, MODE_VU, MODE_N };
/* "S" is called "HS" where there is H. */
const char *mode_name(enum mode mode, bool hypervisor);

/* Something that a mode above decides about instructions of the modes below. */
struct knob {
    const char *name;
    u16 csr;
    u8 by; /* whose it is to turn: enum knob_owner */
    u64 mask, open, closed;
    const char *why; /* one sentence for the reader of a report, with the section */
};
enum knob_owner { BY_M = 1, BY_S = 2, BY_HS = 4 };
enum { KNOB_N = 31 };
extern const struct knob knobs[KNOB_N];

/* Open: all that may be permitted is. Closed: what S-mode can forbid U-mode is forbidden in M, S
 * and U, and what HS-mode can forbid its guests, in VS and VU. */
enum config { CONFIG_OPEN, CONFIG_CLOSED, CONFIG_N };

/* Which resources have other values than usual: none, all, or one. */
enum { VARY_NONE, VARY_ALL, VARY_ONE, VARY_N = VARY_ONE + RES_N };

enum { CSR_MOST = 512 };
struct state {
    struct hart before;
    struct hart after_nop;
    u64 csr_after_nop[CSR_MOST]; /* of the laboratory's list of CSRs */
    u64 kernel_after_nop;        /* kernel_digest of it */
    u64 time;
    enum mode mode;
    bool watch_tlb;
};

struct states {
    struct state of[MODE_N][CONFIG_N][VARY_N];
    struct state knob[MODE_N][KNOB_N]; /* open, but for this knob */
};

/* Fill them all, for a hart that runs on machine m (whose images they will be). */
void states_make(struct states *s, struct hart *h, struct machine *m, bool hypervisor);

/* A CSR, 0 when it does not exist. */
u64 peek(const struct hart *h, unsigned csr);

#endif
