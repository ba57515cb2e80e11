#include "tests/random/run.h"
#include "hart/csrbits.h"
#include "hart/lockstep.h"
#include "hart/state.h"

#include <stdio.h>
#include <string.h>

enum {
    STUCK_STEPS = 1500, /* without a trap to M-mode */
    NUDGE_STEPS = 300,  /* after which a timer interrupt is sent */
    MEMORY_EVERY = 64,  /* portions between two comparisons of memory */
    SLEEP_MAX = 4,      /* attempts to wake a hart */
};
#define ALL_LINES                                                                                  \
    (BIT(LINE_MSI) | BIT(LINE_MTI) | BIT(LINE_SEI) | BIT(LINE_MEI) |                               \
     MASK(FIRST_GUEST_LINE + GUEST_LINE_N - 1, FIRST_GUEST_LINE))

struct session {
    struct machine *fast, *slow;
    struct rng rng; /* of the schedule */
    struct stats *stats;
    struct hart_observer observer;
    u64 steps, quiet; /* made in all; made since the last trap to M-mode */
    u64 lines;
    unsigned asleep;
    bool second; /* the second hart ran last */
    struct result *out;
};

/* What happens in one portion. */
struct plan {
    bool second; /* of the second hart */
    bool one;    /* a single block */
    u64 max;
};

/* ---- statistics ---- */

static unsigned mode_of(const struct commit *c)
{
    if (c->priv == PRIV_M) return 0;
    return (c->priv == PRIV_S ? 1u : 2u) + (c->virt ? 2u : 0u);
}

static void note_retire(void *arg, const struct hart *h, const struct commit *c)
{
    struct session *s = arg;
    struct insn i;
    decode(h->isa, c->raw, &i);
    s->stats->retired[mode_of(c)]++;
    s->stats->full[i.op]++;
    if (c->len == 2) s->stats->compressed[compressed_row_of(h->isa, (u16)c->raw)]++;
}

static void note_trap(void *arg, const struct hart *h, const struct trap_event *e)
{
    struct session *s = arg;
    unsigned level = e->to_priv == PRIV_M ? 0 : e->to_virt ? 2 : 1, n = e->cause & (CAUSE_N - 1);
    (void)h;
    if (level == 0) s->quiet = 0;
    if (s->stats) (e->cause >> 63 ? s->stats->interrupts : s->stats->exceptions)[n][level]++;
}

/* ---- the schedule ---- */

static void set_lines(struct session *s, u64 lines)
{
    if (lines == s->lines) return;
    s->lines = lines;
    machine_lines(s->fast, lines);
    machine_lines(s->slow, lines);
}

/* Lines go up now and then, and come down soon after. */
static void move_lines(struct session *s)
{
    unsigned kind = below(&s->rng, 100);
    if (kind < 2)
        set_lines(s, rng_bits(&s->rng) & ALL_LINES);
    else if (s->quiet > NUDGE_STEPS && kind < 30)
        set_lines(s, BIT(LINE_MTI));
    else if (kind < 60)
        set_lines(s, 0);
}

static struct plan next_plan(struct session *s, u64 steps_left)
{
    struct rng *r = &s->rng;
    bool second = s->fast->second && chance(r, 30);
    struct plan plan = {.second = second, .one = chance(r, 60), .max = 1000};
    unsigned kind = below(r, 10);
    if (kind < 2) plan.max = 1 + below(r, 8);
    if (kind >= 2 && !plan.one) plan.max = 1 + below(r, 250);
    u64 due = machine_steps_until(s->fast, hart_deadline(s->fast->hart));
    if (due < plan.max) plan.max = due;
    if (steps_left < plan.max) plan.max = steps_left;
    return plan;
}

/* ---- a portion ---- */

static bool differ(struct session *s, const char *what)
{
    s->out->end = END_DIFFERENT;
    if (what) snprintf(s->out->what, sizeof s->out->what, "%s", what);
    return true;
}

static bool compare(struct session *s, bool memory_too)
{
    struct result *o = s->out;
    if (hart_difference(s->fast->hart, s->slow->hart, o->what, sizeof o->what) ||
        machine_device_differs(s->fast, s->slow, o->what, sizeof o->what))
        return differ(s, NULL);
    if (s->fast->second &&
        hart_difference(s->fast->second, s->slow->second, o->what, sizeof o->what))
        return differ(s, NULL);
    if (memory_too && machine_memory_differs(s->fast, s->slow, o->what, sizeof o->what))
        return differ(s, NULL);
    return false;
}

/* Let time or interrupt lines wake both harts. */
static void wake(struct session *s)
{
    u64 due = machine_steps_until(s->fast, hart_deadline(s->fast->hart));
    if (s->asleep++ == 0 && due < BIT(20)) {
        s->fast->waited += due;
        s->slow->waited += due;
        return;
    }
    set_lines(s, ALL_LINES);
}

static struct hart *chosen(struct machine *m, bool second)
{
    return second ? m->second : m->hart;
}

/* Another hart's turn: the one that stops loses its reservation, as on the board. */
static void switch_to(struct session *s, bool second)
{
    if (s->second == second) return;
    hart_lose_reservation(chosen(s->fast, s->second));
    hart_lose_reservation(chosen(s->slow, s->second));
    s->second = second;
}

static enum hart_stop run_portion(struct session *s, struct plan plan, u64 *done)
{
    u64 followed = 0;
    switch_to(s, plan.second);
    struct hart *fast = chosen(s->fast, plan.second), *slow = chosen(s->slow, plan.second);
    enum hart_stop stop =
        plan.one ? hart_run_block(fast, plan.max, done) : hart_run(fast, plan.max, done);
    if (*done) hart_run(slow, *done, &followed);
    s->steps += *done;
    if (!plan.second) s->quiet += *done;
    if (*done && !plan.second) s->asleep = 0;
    if (followed != *done) differ(s, "the stepper stops earlier");
    return stop;
}

/* True: the program is over. */
static bool over(struct session *s, enum hart_stop stop)
{
    struct result *o = s->out;
    if (stop == STOP_WAIT) wake(s);
    if (s->asleep > SLEEP_MAX) o->end = END_ASLEEP;
    if (stop == STOP_TRAPLOOP || s->quiet > STUCK_STEPS) o->end = END_STUCK;
    return o->end != END_STEPS;
}

static void run_all(struct session *s, struct extent extent)
{
    struct result *o = s->out;
    for (o->portion = 0; s->steps < extent.steps && o->portion <= extent.last; o->portion++) {
        move_lines(s);
        struct plan plan = next_plan(s, extent.steps - s->steps);
        bool last = o->portion == extent.last;
        if (last && extent.last_max < plan.max) plan.max = extent.last_max;
        o->before = s->steps;
        o->second = plan.second;
        enum hart_stop stop = run_portion(s, plan, &o->length);
        if (o->end == END_DIFFERENT || compare(s, last || o->portion % MEMORY_EVERY == 0)) return;
        if (over(s, stop)) break;
    }
    compare(s, true);
}

/* ---- a run ---- */

static void begin(struct session *s, const struct program *p, struct stats *stats,
                  struct result *out)
{
    *out = (struct result){.end = END_STEPS};
    *s = (struct session){
        .fast = machine_new(p, p->tier),
        .slow = machine_new(p, TIER_STEP),
        .rng = {~p->seed},
        .stats = stats,
        .out = out,
    };
    s->observer = (struct hart_observer){.arg = s, .trap = note_trap};
    if (stats && stats->rows_too) s->observer.retire = note_retire;
    hart_observe(s->slow->hart, &s->observer);
}

void run_program(const struct program *p, struct extent extent, struct stats *stats,
                 struct result *out)
{
    struct session s;
    begin(&s, p, stats, out);
    run_all(&s, extent);
    if (stats) {
        stats->steps += s.steps;
        stats->ends[out->end]++;
    }
    machine_free(s.fast);
    machine_free(s.slow);
}

struct machine *replay(const struct program *p, u64 portion)
{
    struct session s;
    struct result out;
    begin(&s, p, NULL, &out);
    if (portion) run_all(&s, (struct extent){~0ull, portion - 1, ~0ull});
    hart_observe(s.slow->hart, NULL);
    machine_free(s.fast);
    return s.slow;
}
