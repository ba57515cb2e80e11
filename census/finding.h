/* What a class of instructions was found to do, and what Popek and Goldberg say of that.
 *
 * An instruction is sensitive if it changes a resource without trapping (control-sensitive), or if
 * its result depends on one (behaviour-sensitive). It is privileged if it traps in the less
 * privileged mode and not in the other. A machine can be virtualized by trap and emulate if every
 * sensitive instruction is privileged (Formal Requirements for Virtualizable Third Generation
 * Architectures, 1974). */
#ifndef CENSUS_FINDING_H
#define CENSUS_FINDING_H

#include "census/observe.h"

/* In one mode. Resources are BITs of enum resource. */
struct cell {
    u8 open, closed; /* enum outcome, in those configurations; RUNS if any word of the class ran */
    u32 changes;     /* resources changed */
    u32 reveals;     /* resources that the result depended on */
    u32 leaks;       /* what of both happened in the closed configuration */
    u32 own;         /* V=1: the guest's own state that was changed */
    u32 traps_by;    /* BITs of knobs[] that decided whether it trapped */
    u32 differs_by;  /* and of those that otherwise changed what it did */
};

struct finding {
    struct cell cell[MODE_N];
    bool mode_shows; /* what it did in S-mode and in U-mode, permitted everything, was not the same
                      */
    bool differs;    /* what it did in VS or VU was not what it did in HS or U */
    bool swapped;    /* it changed a register that the hypervisor must swap */
};

/* Try one instruction in every mode and configuration. with_knobs: in each knob's, too. */
struct finding try_instruction(struct laboratory *l, u32 raw, u64 operand, bool with_knobs);

/* Have they the same outcome everywhere? An exception due to operands counts as running. */
bool same_outcomes(const struct finding *a, const struct finding *b);

/* Does a show nothing that b does not? */
bool within(const struct finding *a, const struct finding *b);

/* Add to a what b, of the same class, has shown. */
void finding_merge(struct finding *a, const struct finding *b);

/* It is refused in every mode: there is no such instruction. */
bool is_reserved(const struct finding *f, unsigned mode_n);

/* ---- the verdict ---- */

bool is_control_sensitive(const struct finding *f);
bool is_behaviour_sensitive(const struct finding *f);
bool is_sensitive(const struct finding *f);

/* Sensitive, but not privileged: a kernel that runs in U-mode is not kept from it, although the
 * mode above forbids all that it can. */
bool escapes_user(const struct finding *f);

/* The same for VS and VU below HS: it touches or reveals what is not the guest's, or does not do
 * for a guest what it does on a bare machine. */
bool escapes_guest(const struct finding *f);

#endif
