/* Harts that follow a script, in place of hart/hart.c: a test that includes this file links the
 * platform's objects but none of the instruction set's. */
#include "hart/hart.h"
#include "hart/state.h"

#include <stdlib.h>
#include <string.h>

enum act {
    END,       /* for ever: one step after another */
    RUN,       /* value steps */
    STORE,     /* value to the device or RAM at pa, size bytes */
    LOAD,      /* from the device at pa into the log */
    WAIT,      /* until a line is high */
    TIMER,     /* stimecmp = value */
    NOTE,      /* mtime into the log */
    TRAP_LOOP, /* trap for ever */
    CODE,      /* hold code of the page at pa */
};

struct line {
    enum act act;
    u64 pa;
    unsigned size;
    u64 value;
};

/* A puppet is a hart to the board, which looks into it only to report a trap loop. */
struct puppet {
    struct hart hart;
    u64 id, steps, timer;
    const struct line *script, *at;
    u64 left;      /* steps to go in RUN */
    u64 line_rose; /* the step at which a line last rose */
    unsigned stores_forgotten, code_forgotten, reservations_lost;
};

static const struct line *scripts[4];

/* What happened, in order. */
static struct {
    u64 hart, value;
} events[64];
static unsigned event_count;

static struct puppet *puppet(const struct hart *h)
{
    return (struct puppet *)h;
}

static void happen(const struct hart *h, u64 value)
{
    struct puppet *p = puppet(h);
    events[event_count].hart = p->id;
    events[event_count++].value = value;
}

struct hart *hart_new(const struct hart_config *config, const struct bus *bus)
{
    struct puppet *p = calloc(1, sizeof *p);
    p->id = config->id;
    p->hart.bus = *bus;
    p->timer = ~0ull;
    return &p->hart;
}

void hart_free(struct hart *h)
{
    free(h);
}

void hart_reset(struct hart *h, u64 pc)
{
    struct puppet *p = puppet(h);
    h->pc = pc;
    p->script = p->at = scripts[p->id];
    p->left = 0;
}

u64 hart_steps(const struct hart *h)
{
    struct puppet *p = puppet(h);
    return p->steps;
}

u64 hart_deadline(const struct hart *h)
{
    struct puppet *p = puppet(h);
    return p->timer > h->bus.time(h->bus.machine) ? p->timer : ~0ull;
}

bool hart_wakes(const struct hart *h)
{
    struct puppet *p = puppet(h);
    return h->lines || h->bus.time(h->bus.machine) >= p->timer;
}

void hart_yield(struct hart *h)
{
    h->yield = true;
}

void hart_line(struct hart *h, enum hart_line line, bool level)
{
    struct puppet *p = puppet(h);
    h->lines = level ? h->lines | BIT(line) : h->lines & ~BIT(line);
    if (level) p->line_rose = p->steps;
}

void hart_forget_stores(struct hart *h)
{
    struct puppet *p = puppet(h);
    p->stores_forgotten++;
}

void hart_forget_code(struct hart *h, u64 pa)
{
    struct puppet *p = puppet(h);
    (void)pa;
    p->code_forgotten++;
}

void hart_msi(struct hart *h, unsigned file, u64 identity)
{
    (void)h, (void)file, (void)identity;
}

void hart_lose_reservation(struct hart *h)
{
    struct puppet *p = puppet(h);
    p->reservations_lost++;
}

static void store(struct hart *h, const struct line *l)
{
    struct ram_page page = h->bus.page(h->bus.machine, l->pa);
    if (!page.host) {
        if (!h->bus.store(h->bus.machine, l->pa, l->size, l->value)) happen(h, 0xbad);
        return;
    }
    memcpy(page.host + (l->pa & PAGE_OFFSET_MASK), &l->value, l->size);
    if (*page.flags) h->bus.stored(h->bus.machine, l->pa, l->size);
}

static void load(struct hart *h, const struct line *l)
{
    u64 value = 0xbad;
    h->bus.load(h->bus.machine, l->pa, l->size, &value);
    happen(h, value);
}

static void hold_code(struct hart *h, u64 pa)
{
    *h->bus.page(h->bus.machine, pa).flags |= PAGE_CODE;
    h->bus.code_page(h->bus.machine, pa);
}

/* One step; true when it left the script's line. */
static bool step(struct hart *h)
{
    struct puppet *p = puppet(h);
    const struct line *l = p->at;
    p->steps++;
    switch (l->act) {
    case END: return false;
    case RUN:
        if (p->left == 0) p->left = l->value;
        return --p->left == 0;
    case STORE: store(h, l); break;
    case LOAD: load(h, l); break;
    case TIMER: p->timer = l->value; break;
    case NOTE: happen(h, h->bus.time(h->bus.machine)); break;
    case CODE: hold_code(h, l->pa); break;
    case WAIT:
    case TRAP_LOOP: break;
    }
    return true;
}

static enum hart_stop trap_loop(struct hart *h, u64 *done)
{
    h->pc = h->level[LEVEL_M].tval = 0x123456;
    h->level[LEVEL_M].cause = 1;
    *done = 0;
    return STOP_TRAPLOOP;
}

enum hart_stop hart_run(struct hart *h, u64 max, u64 *done)
{
    struct puppet *p = puppet(h);
    h->yield = false;
    for (*done = 0; *done < max;) {
        if (p->at->act == TRAP_LOOP) return trap_loop(h, done);
        if (p->at->act == WAIT && !hart_wakes(h)) return STOP_WAIT;
        (*done)++;
        if (step(h)) p->at++;
        if (h->yield || (p->at[-(p->at > p->script)].act == TIMER)) return STOP_REPLAN;
    }
    return STOP_BUDGET;
}
