#include "census/finding.h"

/* ---- trying ---- */

/* The resources, each varied alone, that change what happens. */
static u32 what_matters(struct laboratory *l, const struct state *states, u32 raw, u64 operand,
                        const struct observation *usual)
{
    u32 found = 0;
    for (unsigned r = 0; r < RES_N; r++) {
        struct observation o = observe(l, &states[VARY_ONE + r], raw, operand);
        if (o.outcome != usual->outcome || o.result != usual->result) found |= 1u << r;
    }
    return found;
}

/* In one mode and configuration, with resources as usual and with all of them changed. */
static struct observation try_config(struct laboratory *l, const struct state *states, u32 raw,
                                     u64 operand, struct cell *c)
{
    struct observation usual = observe(l, &states[VARY_NONE], raw, operand);
    struct observation other = observe(l, &states[VARY_ALL], raw, operand);
    u32 reveals = 0;
    bool both = usual.outcome == OUT_RUNS && other.outcome == OUT_RUNS;
    if (is_trap(usual.outcome) != is_trap(other.outcome) || (both && usual.result != other.result))
        reveals = what_matters(l, states, raw, operand, &usual);
    c->changes |= usual.changed | other.changed;
    c->reveals |= reveals;
    c->leaks = usual.changed | other.changed | reveals;
    c->own |= usual.own | other.own;
    return usual;
}

/* Knobs are for the modes below: if one changes a result in M-mode, the instruction has read it. */
static void try_knobs(struct laboratory *l, enum mode mode, u32 raw, u64 operand,
                      const struct observation *usual, struct cell *c)
{
    for (unsigned k = 0; k < KNOB_N; k++) {
        struct observation o = observe(l, &l->states->knob[mode][k], raw, operand);
        bool both = o.outcome == OUT_RUNS && usual->outcome == OUT_RUNS;
        if (is_trap(o.outcome) != is_trap(usual->outcome))
            c->traps_by |= 1u << k;
        else if (o.outcome != usual->outcome || o.result != usual->result)
            c->differs_by |= 1u << k;
        if (mode == MODE_M && both && o.result != usual->result)
            c->reveals |= 1u << resource_of(knobs[k].csr);
    }
}

/* Does a guest's instruction do what it does without H? It may always trap: the hypervisor then
 * does it for the guest. */
static bool is_unlike(const struct observation *guest, const struct observation *bare)
{
    if (guest->outcome != OUT_RUNS) return false;
    if (bare->outcome != OUT_RUNS) return is_trap(bare->outcome);
    return guest->result != bare->result || guest->kernel != bare->kernel;
}

struct finding try_instruction(struct laboratory *l, u32 raw, u64 operand, bool with_knobs)
{
    struct finding f = {0};
    struct observation open[MODE_N] = {0};
    for (unsigned mode = 0; mode < (l->hypervisor ? MODE_N : MODE_VS); mode++) {
        const struct state(*states)[VARY_N] = l->states->of[mode];
        struct cell *c = &f.cell[mode];
        open[mode] = try_config(l, states[CONFIG_OPEN], raw, operand, c);
        c->open = (u8)open[mode].outcome;
        c->closed = (u8)try_config(l, states[CONFIG_CLOSED], raw, operand, c).outcome;
        if (with_knobs) try_knobs(l, (enum mode)mode, raw, operand, &open[mode], c);
        f.swapped |= open[mode].swapped;
    }
    const struct observation *s = &open[MODE_S], *u = &open[MODE_U];
    f.mode_shows = s->outcome == OUT_RUNS && u->outcome == OUT_RUNS &&
                   (s->result != u->result || s->changed != u->changed);
    f.differs = l->hypervisor && (is_unlike(&open[MODE_VS], s) || is_unlike(&open[MODE_VU], u));
    return f;
}

/* ---- comparing ---- */

static enum outcome kind(unsigned outcome)
{
    return outcome == OUT_DATA ? OUT_RUNS : (enum outcome)outcome;
}

bool same_outcomes(const struct finding *a, const struct finding *b)
{
    for (unsigned mode = 0; mode < MODE_N; mode++) {
        const struct cell *x = &a->cell[mode], *y = &b->cell[mode];
        if (kind(x->open) != kind(y->open) || kind(x->closed) != kind(y->closed)) return false;
    }
    return true;
}

bool within(const struct finding *a, const struct finding *b)
{
    for (unsigned mode = 0; mode < MODE_N; mode++) {
        const struct cell *x = &a->cell[mode], *y = &b->cell[mode];
        if ((x->changes & ~y->changes) | (x->reveals & ~y->reveals) | (x->leaks & ~y->leaks))
            return false;
    }
    return a->mode_shows <= b->mode_shows && a->differs <= b->differs;
}

void finding_merge(struct finding *a, const struct finding *b)
{
    for (unsigned mode = 0; mode < MODE_N; mode++) {
        struct cell *x = &a->cell[mode];
        const struct cell *y = &b->cell[mode];
        if (y->open == OUT_RUNS) x->open = OUT_RUNS;
        if (y->closed == OUT_RUNS) x->closed = OUT_RUNS;
        x->changes |= y->changes;
        x->reveals |= y->reveals;
        x->leaks |= y->leaks;
        x->own |= y->own;
        x->traps_by |= y->traps_by;
        x->differs_by |= y->differs_by;
    }
    a->mode_shows |= b->mode_shows;
    a->differs |= b->differs;
    a->swapped |= b->swapped;
}

bool is_reserved(const struct finding *f, unsigned mode_n)
{
    for (unsigned mode = 0; mode < mode_n; mode++)
        if (f->cell[mode].open != OUT_ILLEGAL || f->cell[mode].closed != OUT_ILLEGAL) return false;
    return true;
}

/* ---- the verdict ---- */

bool is_control_sensitive(const struct finding *f)
{
    return (f->cell[MODE_M].changes | f->cell[MODE_S].changes | f->cell[MODE_U].changes) != 0;
}

bool is_behaviour_sensitive(const struct finding *f)
{
    u32 reveals = f->cell[MODE_M].reveals | f->cell[MODE_S].reveals | f->cell[MODE_U].reveals;
    return reveals || f->mode_shows;
}

bool is_sensitive(const struct finding *f)
{
    return is_control_sensitive(f) || is_behaviour_sensitive(f);
}

bool escapes_user(const struct finding *f)
{
    return is_sensitive(f) && kind(f->cell[MODE_U].closed) == OUT_RUNS;
}

bool escapes_guest(const struct finding *f)
{
    return f->cell[MODE_VS].leaks || f->cell[MODE_VU].leaks || f->differs;
}
