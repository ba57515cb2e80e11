/* Performance counters: mcycle, minstret and the programmable mhpmcounter3 to 31 (priv. spec 3.1.10
 * to 3.1.12; Smcntrpmf, Sscofpmf; docs/counters.md has the events).
 *
 * Nothing is counted. The hart knows how many steps it has made and how many of them retired an
 * instruction; a counter that runs has moved on by as much since it was last settled. It is settled
 * when it starts or stops: at a write of its CSRs, and at a change to a mode in which other
 * counters run. In between it costs nothing, and it is exact in every tier. */
#ifndef HART_COUNTERS_H
#define HART_COUNTERS_H

#include "hart/state.h"

/* All counters off but mcycle and minstret, in M-mode. */
void counters_reset(struct hart *h);

/* Counter n's value before the instruction under way. */
u64 counter_read(const struct hart *h, unsigned n);

/* Writes by the instruction under way. It does not count itself into the value that it writes: the
 * next one reads it (3.1.10). Settings, too, hold from the next instruction on. */
void counter_write(struct hart *h, unsigned n, u64 value);
void counter_set_event(struct hart *h, unsigned n, u64 event); /* mcyclecfg, mhpmevent... */
void counters_set_inhibit(struct hart *h, u64 inhibit);

/* Between instructions: let counters that have overflowed say so, and hold back what the budget has
 * beyond the first step at which one could, so that it is seen there. */
void counters_check(struct hart *h);
static inline void counters_look(struct hart *h)
{
    if (RARE(h->held || (h->counters.armed & h->counters.running))) counters_check(h);
}
/* Give back what is held; true when there was something. counters_look must follow. */
bool counters_release(struct hart *h);

/* The mode has become priv and virt. Or it is about to, by the instruction under way: then ahead is
 * 1, because that instruction counts in the mode that it leaves (smcntrpmf, "Counter Behavior"). */
void counters_switch(struct hart *h, u32 running, unsigned ahead);
static inline void counters_mode(struct hart *h, enum priv priv, bool virt, unsigned ahead)
{
    u32 running = h->counters.in_mode[priv | (unsigned)virt << 2];
    if (RARE(running != h->counters.running)) counters_switch(h, running, ahead);
}

#endif
