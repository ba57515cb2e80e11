#include "tests/random/report.h"
#include "hart/state.h"
#include "tests/random/shrink.h"

#include <stdio.h>
#include <string.h>

enum { LISTED_STEPS = 16, TRIAL_MAX = 600 };

/* ---- where it is ---- */

/* Make the last portion as short as the difference allows. */
static void narrow(const struct program *p, u64 steps, struct result *out)
{
    u64 low = 1, high = out->length;
    struct result trial;
    while (low < high) {
        u64 middle = (low + high) / 2;
        run_program(p, (struct extent){steps, out->portion, middle}, NULL, &trial);
        if (trial.end == END_DIFFERENT && trial.portion == out->portion)
            high = middle;
        else
            low = middle + 1;
    }
    run_program(p, (struct extent){steps, out->portion, high}, NULL, &trial);
    if (trial.end == END_DIFFERENT && trial.portion == out->portion) *out = trial;
}

/* What the stepper did last. */
struct trace {
    unsigned n;
    char line[LISTED_STEPS][120];
};

static const char *mode_name(unsigned priv, bool virt)
{
    if (priv == PRIV_M) return "M";
    if (priv == PRIV_S) return virt ? "VS" : "HS";
    return virt ? "VU" : "U";
}

static void trace_retire(void *arg, const struct hart *h, const struct commit *c)
{
    struct trace *t = arg;
    char text[80];
    disassemble(h->isa, c->raw, c->pc, text, sizeof text);
    snprintf(t->line[t->n++ % LISTED_STEPS], sizeof t->line[0], "%-2s %16llx  %s",
             mode_name(c->priv, c->virt), (unsigned long long)c->pc, text);
}

static void trace_trap(void *arg, const struct hart *h, const struct trap_event *e)
{
    struct trace *t = arg;
    (void)h;
    snprintf(t->line[t->n++ % LISTED_STEPS], sizeof t->line[0],
             "%-2s %16llx  %s %llu, tval 0x%llx, to %s", mode_name(e->from_priv, e->from_virt),
             (unsigned long long)e->pc, e->cause >> 63 ? "interrupt" : "exception",
             (unsigned long long)(e->cause & 63), (unsigned long long)e->tval,
             mode_name(e->to_priv, e->to_virt));
}

static void list_steps(struct hart *h, u64 length)
{
    static struct trace t;
    struct hart_observer observer = {.arg = &t, .retire = trace_retire, .trap = trace_trap};
    u64 done;
    t.n = 0;
    hart_observe(h, &observer);
    hart_run(h, length, &done);
    hart_observe(h, NULL);
    for (unsigned k = t.n > LISTED_STEPS ? t.n - LISTED_STEPS : 0; k < t.n; k++)
        printf("    %s\n", t.line[k % LISTED_STEPS]);
}

struct trial {
    u64 steps;
};

static bool differs(const struct program *p, void *arg)
{
    struct trial *t = arg;
    struct result out;
    run_program(p, WHOLE(t->steps), NULL, &out);
    return out.end == END_DIFFERENT;
}

void report_difference(struct program *p, u64 steps)
{
    struct trial trial = {steps};
    struct result out;
    const bool *blanked = shrink(p, TRIAL_MAX, differs, &trial);
    run_program(p, WHOLE(steps), NULL, &out);
    narrow(p, steps, &out);
    struct machine *m = replay(p, out.portion);
    printf("seed %llu: after %llu steps (portion %llu), within %llu more: %s\n",
           (unsigned long long)p->seed, (unsigned long long)out.before,
           (unsigned long long)out.portion, (unsigned long long)out.length, out.what);
    printf("  (%s, stepper); the stepper's last steps%s:\n",
           p->tier == TIER_JIT ? "translated code" : "block engine",
           out.second ? ", on the second hart" : "");
    list_steps(out.second ? m->second : m->hart, out.length);
    list_rest(p, blanked, m->hart->isa, MAIN_PA);
    machine_free(m);
}

/* ---- statistics ---- */

static void print_causes(const char *title, u64 causes[const CAUSE_N][3])
{
    printf("%s (to M, HS, VS):\n", title);
    for (unsigned c = 0; c < CAUSE_N; c++)
        if (causes[c][0] + causes[c][1] + causes[c][2])
            printf("  %2u: %10llu %10llu %10llu\n", c, (unsigned long long)causes[c][0],
                   (unsigned long long)causes[c][1], (unsigned long long)causes[c][2]);
}

static void print_rows(const char *title, const struct row *rows, const u64 *count, unsigned n)
{
    unsigned seen = 0;
    for (unsigned k = 0; k < n; k++) seen += count[k] != 0;
    printf("%s: %u of %u", title, seen, n);
    for (unsigned k = 0; k < n; k++)
        if (!count[k]) printf(" -%s", rows[k].name);
    printf("\n");
}

void print_stats(const struct stats *s)
{
    static const char *const modes[MODE_N] = {"M", "HS", "U", "VS", "VU"};
    printf("steps: %llu\n", (unsigned long long)s->steps);
    printf("ended: %llu at the limit, %llu asleep, %llu stuck\n",
           (unsigned long long)s->ends[END_STEPS], (unsigned long long)s->ends[END_ASLEEP],
           (unsigned long long)s->ends[END_STUCK]);
    for (unsigned k = 0; k < MODE_N; k++)
        printf("retired in %s: %llu\n", modes[k], (unsigned long long)s->retired[k]);
    print_causes("exceptions", (u64(*)[3])s->exceptions);
    print_causes("interrupts", (u64(*)[3])s->interrupts);
    print_rows("rows retired (ecall and ebreak only trap)", full_rows, s->full, ROW_FULL_N);
    print_rows("compressed rows", compressed_rows, s->compressed, compressed_row_n);
}
