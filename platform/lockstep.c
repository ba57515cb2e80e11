#include "platform/lockstep.h"

#include "hart/decode.h"
#include "hart/lockstep.h"
#include "platform/machine.h"
#include "platform/message.h"
#include "platform/terminal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { BLOCK_MAX = 1024, STATUS_BAD = 2 };

/* What the fast side did in its turn, which the slow side is to repeat. */
struct turn {
    struct hart *hart;
    u64 steps;
    enum hart_stop stop;
};

/* The instructions of the slow side's turn, for the report. */
struct trail {
    unsigned count;
    struct {
        u64 pc;
        u32 raw;
    } at[BLOCK_MAX];
};

struct pair {
    const struct options *options;
    struct machine fast, slow;
    struct turn turn, repeated;
    struct trail trail;
    u64 steps;
};

/* ---- one turn of each ---- */

static enum hart_stop run_fast(void *arg, struct hart *h, u64 max, u64 *done)
{
    struct pair *p = arg;
    enum hart_stop stop = hart_run_block(h, max, done);
    p->turn = (struct turn){h, *done, stop};
    return stop;
}

static void remember(void *arg, const struct hart *h, const struct commit *c)
{
    struct trail *t = arg;
    (void)h;
    if (t->count == BLOCK_MAX) return;
    t->at[t->count].pc = c->pc;
    t->at[t->count++].raw = c->raw;
}

/* The stepper may see another reason to stop at the same step; the boards must not. */
static enum hart_stop run_slow(void *arg, struct hart *h, u64 max, u64 *done)
{
    struct pair *p = arg;
    const struct hart_observer observer = {.arg = &p->trail, .retire = remember};
    u64 steps = p->turn.steps < max ? p->turn.steps : max;
    p->trail.count = 0;
    hart_observe(h, &observer);
    hart_run(h, steps, done);
    hart_observe(h, NULL);
    p->repeated = (struct turn){h, *done, p->turn.stop};
    return p->turn.stop;
}

/* ---- the report ---- */

static unsigned index_of(const struct pair *p, const struct hart *h)
{
    unsigned k = 0;
    while (k < p->options->harts && board_hart(p->fast.board, k) != h) k++;
    return k;
}

static bool report(const struct pair *p, const char *text)
{
    char line[128];
    fprintf(stderr, "vhart: lockstep: the tiers differ on hart %u after %" PRIu64 " steps: %s\n",
            index_of(p, p->turn.hart), p->steps, text);
    fprintf(stderr, "the block, as the stepper ran it:\n");
    for (unsigned k = 0; k < p->trail.count; k++) {
        disassemble(&p->options->isa, p->trail.at[k].raw, p->trail.at[k].pc, line, sizeof line);
        fprintf(stderr, "  0x%016" PRIx64 " (0x%08" PRIx32 ") %s\n", p->trail.at[k].pc,
                p->trail.at[k].raw, line);
    }
    return false;
}

/* ---- comparing ---- */

static bool compare_harts(const struct pair *p)
{
    char text[512];
    if (p->repeated.steps != p->turn.steps) {
        snprintf(text, sizeof text, "the block engine made %" PRIu64 " steps, the stepper %" PRIu64,
                 p->turn.steps, p->repeated.steps);
        return report(p, text);
    }
    return !hart_difference(p->turn.hart, p->repeated.hart, text, sizeof text) || report(p, text);
}

/* One turn of both boards. False: the run has ended, or a difference was reported. */
static bool both(struct pair *p, bool *same)
{
    p->turn = p->repeated = (struct turn){0};
    bool fast_goes_on = board_turn(p->fast.board, run_fast, p);
    bool slow_goes_on = board_turn(p->slow.board, run_slow, p);
    p->steps += p->turn.steps;
    *same = !p->turn.hart || compare_harts(p);
    if (*same && fast_goes_on != slow_goes_on)
        *same = report(p, "one run ended, the other did not");
    return *same && fast_goes_on;
}

/* Where two pages that are not the same differ first. */
static unsigned first_difference(const u8 *a, const u8 *b)
{
    unsigned k = 0;
    while (a[k] == b[k]) k++;
    return k;
}

static bool compare_page(const struct pair *p, u64 pa)
{
    u8 fast[PAGE_SIZE], slow[PAGE_SIZE];
    if (!board_read(p->fast.board, pa, fast, PAGE_SIZE) ||
        !board_read(p->slow.board, pa, slow, PAGE_SIZE))
        return complain("out of memory");
    if (memcmp(fast, slow, PAGE_SIZE) == 0) return true;
    unsigned at = first_difference(fast, slow);
    return complain("lockstep: memory differs first at 0x%" PRIx64 ": 0x%02x by the block engine, "
                    "0x%02x by the stepper",
                    pa + at, fast[at], slow[at]);
}

static u64 next_page(const struct pair *p, u64 pa)
{
    u64 fast = board_next_page(p->fast.board, pa), slow = board_next_page(p->slow.board, pa);
    return fast < slow ? fast : slow;
}

static bool compare_memory(const struct pair *p)
{
    for (u64 pa = next_page(p, RAM_BASE); pa != ~0ull; pa = next_page(p, pa + PAGE_SIZE))
        if (!compare_page(p, pa)) return false;
    return true;
}

/* ---- the run ---- */

static int run(struct pair *p)
{
    bool same = true;
    while (both(p, &same)) continue;
    terminal_flush(board_terminal(p->fast.board));
    if (!same || !compare_memory(p)) return STATUS_DIFFERENCE;
    return board_status(p->fast.board);
}

int lockstep_run(const struct options *o, struct software *s)
{
    static struct pair p; /* its trail is too large for the stack */
    int status = STATUS_BAD;
    p = (struct pair){.options = o};
    if (machine_begin(&p.fast, o, s, o->tier, CONSOLE_OUTPUT) &&
        machine_begin(&p.slow, o, s, TIER_STEP, CONSOLE_NONE))
        status = run(&p);
    machine_end(&p.fast);
    machine_end(&p.slow);
    return status;
}
