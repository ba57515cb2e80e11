#include "hart/counters.h"

enum { MCYCLE = 0, TIME = 1, MINSTRET = 2, HPM_FIRST = 3 };

static u64 selected(const struct hart *h, unsigned n)
{
    return n == MCYCLE     ? EVENT_CYCLES
           : n == MINSTRET ? EVENT_INSTRUCTIONS
                           : h->counters.event[n] & EVENT_SELECT;
}

/* What a counter that runs follows. A cycle is an instruction or a trap; a trap retires nothing. */
static u64 clock_of(const struct hart *h, unsigned n)
{
    return selected(h, n) == EVENT_CYCLES ? h->limit - h->budget : hart_retired(h);
}

static u64 value_at(const struct hart *h, unsigned n, unsigned ahead)
{
    const struct counters *c = &h->counters;
    bool runs = c->running >> n & 1;
    return c->value[n] + (runs ? clock_of(h, n) + ahead - c->since[n] : 0);
}

u64 counter_read(const struct hart *h, unsigned n)
{
    return value_at(h, n, 0);
}

/* ---- starting and stopping ---- */

/* The first overflow sets OF and asks for an interrupt; while OF is set, none does (sscofpmf). */
static void overflowed(struct hart *h, unsigned n)
{
    h->counters.event[n] |= EVENT_OF;
    h->counters.armed &= ~(1u << n);
    h->mip |= MIP_LCOFIP;
    h->attention = true;
}

static void settle(struct hart *h, unsigned n, unsigned ahead)
{
    struct counters *c = &h->counters;
    u64 before = c->value[n];
    c->value[n] = value_at(h, n, ahead);
    c->since[n] = clock_of(h, n) + ahead;
    if (c->value[n] < before && (c->armed >> n & 1)) overflowed(h, n);
}

void counters_switch(struct hart *h, u32 running, unsigned ahead)
{
    for (u32 left = h->counters.running ^ running; left; left &= left - 1)
        settle(h, (unsigned)__builtin_ctz(left), ahead);
    h->counters.running = running;
    h->attention = true; /* another may be the first to overflow */
}

/* The bit of an event register that stops counting in a mode. */
static u64 inhibit_bit(unsigned priv, bool virt)
{
    if (priv == PRIV_M) return EVENT_MINH;
    if (priv == PRIV_S) return virt ? EVENT_VSINH : EVENT_SINH;
    return virt ? EVENT_VUINH : EVENT_UINH;
}

static u32 running_in(const struct hart *h, unsigned priv, bool virt)
{
    u32 running = 0;
    for (unsigned n = 0; n < COUNTER_N; n++)
        if (selected(h, n) && !(h->counters.event[n] & inhibit_bit(priv, virt))) running |= 1u << n;
    return running & ~(u32)h->counters.inhibit;
}

static void plan_modes(struct hart *h)
{
    struct counters *c = &h->counters;
    c->armed = 0;
    for (unsigned mode = 0; mode < 8; mode++) c->in_mode[mode] = running_in(h, mode & 3, mode >> 2);
    if (!isa_has(h->isa, EXT_SSCOFPMF)) return;
    for (unsigned n = HPM_FIRST; n < COUNTER_N; n++)
        if (selected(h, n) && !(c->event[n] & EVENT_OF)) c->armed |= 1u << n;
}

void counters_reset(struct hart *h)
{
    plan_modes(h);
    h->counters.running = h->counters.in_mode[PRIV_M];
}

/* ---- writes ---- */

static void settings_changed(struct hart *h)
{
    plan_modes(h);
    counters_mode(h, (enum priv)h->priv, h->virt, 1);
}

void counter_write(struct hart *h, unsigned n, u64 value)
{
    h->counters.value[n] = value;
    h->counters.since[n] = clock_of(h, n) + 1;
}

void counter_set_event(struct hart *h, unsigned n, u64 event)
{
    settle(h, n, 1);
    h->counters.event[n] = event;
    h->counters.since[n] = clock_of(h, n) + 1; /* which may be another clock now */
    settings_changed(h);
}

void counters_set_inhibit(struct hart *h, u64 inhibit)
{
    h->counters.inhibit = inhibit;
    settings_changed(h);
}

/* ---- overflow at its exact step ---- */

bool counters_release(struct hart *h)
{
    if (!h->held) return false;
    h->budget += h->held;
    h->limit += h->held;
    h->held = 0;
    h->attention = true;
    return true;
}

/* Each step moves a counter on by one at most. */
static void hold_beyond(struct hart *h, u64 steps)
{
    if (!steps || steps >= h->budget) return; /* 0: it has all 2^64 before it */
    h->held += h->budget - steps;
    h->limit -= h->budget - steps;
    h->budget = steps;
}

void counters_check(struct hart *h)
{
    const struct counters *c = &h->counters;
    counters_release(h);
    for (u32 left = c->armed & c->running; left; left &= left - 1) {
        unsigned n = (unsigned)__builtin_ctz(left);
        u64 value = value_at(h, n, 0);
        if (value < c->value[n]) settle(h, n, 0);
        if (c->armed >> n & 1) hold_beyond(h, -value);
    }
}
