/* Random privileged programs on a fast tier and on the stepper, compared after every block or
 * trace.
 *
 *     random [--seeds A..B] [--steps N] [--tier block|jit] [--verbose]
 *
 * Seed n makes the same program and the same run everywhere; it chooses the tier, too. A difference
 * is shrunk and reported; the last line is "N passed, N failed", and the exit status is 1 when any
 * failed. */
#include "hart/csr.h"
#include "tests/random/draw.h"
#include "tests/random/report.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPORTED_MAX = 3, PATIENCE_SECONDS = 60 };

/* The program under way, for the message when it does not come back. */
static volatile u64 seed_now;

static void give_up(int signal)
{
    char text[80];
    int n = snprintf(text, sizeof text, "FAIL random --seeds %llu: %s\n",
                     (unsigned long long)seed_now, signal == SIGALRM ? "no end" : "a crash");
    if (write(STDOUT_FILENO, text, (size_t)n) < 0) _exit(2);
    _exit(1);
}

/* A sanitizer has more to say about a crash than we do. */
static void catch_signals(void)
{
    signal(SIGALRM, give_up);
#ifndef __SANITIZE_ADDRESS__
    signal(SIGSEGV, give_up);
    signal(SIGBUS, give_up);
#endif
}

struct options {
    u64 first, last, steps;
    bool verbose, tier_given;
    enum hart_tier tier;
};

static _Noreturn void usage(const char *why)
{
    fprintf(stderr,
            "random: %s; usage: random [--seeds A..B] [--steps N] [--tier block|jit] "
            "[--verbose]\n",
            why);
    exit(2);
}

static u64 number(const char *text, const char *end_at)
{
    char *end;
    u64 n = strtoull(text, &end, 0);
    if (end == text || strncmp(end, end_at, strlen(end_at)) != 0 || (!*end_at && *end))
        usage("a number is missing or wrong");
    return n;
}

static void set_seeds(struct options *o, const char *text)
{
    const char *dots = strstr(text, "..");
    o->first = number(text, dots ? ".." : "");
    o->last = dots ? number(dots + 2, "") : o->first;
    if (o->last < o->first) usage("the last seed is less than the first");
}

static void set_tier(struct options *o, const char *text)
{
    if (strcmp(text, "block") != 0 && strcmp(text, "jit") != 0) usage("there is no such tier");
    o->tier = *text == 'j' ? TIER_JIT : TIER_BLOCK;
    o->tier_given = true;
}

static struct options parse(int argc, char **argv)
{
    struct options o = {.first = 1, .last = 2000, .steps = 8000};
    for (int k = 1; k < argc; k++) {
        const char *value = k + 1 < argc ? argv[k + 1] : "";
        if (!strcmp(argv[k], "--verbose"))
            o.verbose = true;
        else if (!strcmp(argv[k], "--seeds"))
            set_seeds(&o, value), k++;
        else if (!strcmp(argv[k], "--steps"))
            o.steps = number(value, ""), k++;
        else if (!strcmp(argv[k], "--tier"))
            set_tier(&o, value), k++;
        else
            usage("unknown option");
    }
    return o;
}

int main(int argc, char **argv)
{
    static struct program p;
    static struct stats stats;
    struct options o = parse(argc, argv);
    u64 passed = 0, failed = 0;
    decode_init();
    csr_init();
    draw_init();
    catch_signals();
    stats.rows_too = o.verbose;
    for (u64 seed = o.first; seed <= o.last; seed++) {
        struct result result;
        seed_now = seed;
        alarm(PATIENCE_SECONDS);
        generate(&p, seed);
        if (o.tier_given) p.tier = o.tier;
        run_program(&p, WHOLE(o.steps), &stats, &result);
        if (result.end != END_DIFFERENT) {
            passed++;
            continue;
        }
        alarm(0); /* shrinking takes its time */
        if (failed++ < REPORTED_MAX) report_difference(&p, o.steps);
        printf("FAIL random --seeds %llu --steps %llu: %s\n", (unsigned long long)seed,
               (unsigned long long)o.steps, result.what);
        fflush(stdout);
    }
    if (o.verbose) print_stats(&stats);
    printf("%llu passed, %llu failed\n", (unsigned long long)passed, (unsigned long long)failed);
    return failed != 0;
}
