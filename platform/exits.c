#include "platform/exits.h"

#include "hart/state.h"
#include "platform/board_state.h"
#include "platform/message.h"

#include <inttypes.h>
#include <stdlib.h>

enum { CODES = 64, CAUSES = 2 * CODES }; /* exceptions, then interrupts */

struct tally {
    u64 to_hs, to_m; /* exits by where they went */
    u64 steps;       /* from there to the guest's next step */
};

/* What one hart did. */
struct seat {
    struct hart_observer observer;
    struct tally tally[CAUSES];
    struct tally *outside; /* the exit that the hart has not come back from; NULL: never inside */
    u64 since;             /* the hart's steps at its last exit or entry */
    u64 inside;            /* steps at V=1 */
};

struct exits {
    unsigned seat_n;
    struct seat seat[];
};

/* Causes as the privileged specification calls them (tables of scause and mcause). */
static const char *const names[CAUSES] = {
    [EXC_FETCH_MISALIGNED] = "instruction address misaligned",
    [EXC_FETCH_ACCESS] = "instruction access fault",
    [EXC_ILLEGAL] = "illegal instruction",
    [EXC_BREAKPOINT] = "breakpoint",
    [EXC_LOAD_MISALIGNED] = "load address misaligned",
    [EXC_LOAD_ACCESS] = "load access fault",
    [EXC_STORE_MISALIGNED] = "store address misaligned",
    [EXC_STORE_ACCESS] = "store access fault",
    [EXC_ECALL_U] = "environment call from VU-mode",
    [EXC_ECALL_VS] = "environment call from VS-mode",
    [EXC_FETCH_PAGE] = "instruction page fault",
    [EXC_LOAD_PAGE] = "load page fault",
    [EXC_STORE_PAGE] = "store page fault",
    [EXC_DOUBLE_TRAP] = "double trap",
    [EXC_SOFTWARE_CHECK] = "software check",
    [EXC_HARDWARE_ERROR] = "hardware error",
    [EXC_FETCH_GUEST] = "instruction guest-page fault",
    [EXC_LOAD_GUEST] = "load guest-page fault",
    [EXC_VIRTUAL] = "virtual instruction",
    [EXC_STORE_GUEST] = "store guest-page fault",
    [CODES + IRQ_SSI] = "supervisor software interrupt",
    [CODES + IRQ_MSI] = "machine software interrupt",
    [CODES + IRQ_STI] = "supervisor timer interrupt",
    [CODES + IRQ_MTI] = "machine timer interrupt",
    [CODES + IRQ_SEI] = "supervisor external interrupt",
    [CODES + IRQ_MEI] = "machine external interrupt",
    [CODES + IRQ_SGEI] = "guest external interrupt",
    [CODES + IRQ_LCOFI] = "counter-overflow interrupt",
};

static struct tally *tally_of(struct seat *s, u64 cause)
{
    return &s->tally[(cause & CAUSE_INTERRUPT ? CODES : 0) + cause % CODES];
}

static void on_trap(void *arg, const struct hart *h, const struct trap_event *e)
{
    struct seat *s = arg;
    if (!e->from_virt || e->to_virt) return;
    struct tally *t = tally_of(s, e->cause);
    *(e->to_priv == PRIV_M ? &t->to_m : &t->to_hs) += 1;
    s->inside += hart_steps(h) - s->since;
    s->since = hart_steps(h);
    s->outside = t;
}

static void on_return(void *arg, const struct hart *h, const struct return_event *e)
{
    struct seat *s = arg;
    if (e->from_virt || !e->to_virt) return;
    u64 now = hart_steps(h) + 1; /* the return is under way, and a step of where it comes from */
    if (s->outside) s->outside->steps += now - s->since;
    s->since = now;
}

struct exits *exits_new(struct board *b)
{
    unsigned harts = b->config.harts;
    struct exits *e = calloc(1, sizeof *e + harts * sizeof e->seat[0]);
    if (!e) {
        complain("out of memory");
        return NULL;
    }
    e->seat_n = harts;
    for (unsigned k = 0; k < harts; k++) {
        struct seat *s = &e->seat[k];
        s->observer = (struct hart_observer){.arg = s, .trap = on_trap, .returned = on_return};
        hart_observe(board_hart(b, k), &s->observer);
    }
    return e;
}

void exits_free(struct exits *e)
{
    free(e);
}

static void add(struct tally *to, const struct tally *t)
{
    to->to_hs += t->to_hs;
    to->to_m += t->to_m;
    to->steps += t->steps;
}

static struct tally of_all_harts(const struct exits *e, unsigned cause)
{
    struct tally sum = {0};
    for (unsigned k = 0; k < e->seat_n; k++) add(&sum, &e->seat[k].tally[cause]);
    return sum;
}

static void print_line(const char *name, const struct tally *t)
{
    complain("exits: %-30s %9" PRIu64 " %9" PRIu64 " %12" PRIu64, name, t->to_hs, t->to_m,
             t->steps);
}

void exits_report(const struct exits *e)
{
    struct tally all = {0};
    u64 inside = 0;
    complain("exits: %-30s %9s %9s %12s", "cause", "to HS", "to M", "steps there");
    for (unsigned cause = 0; cause < CAUSES; cause++) {
        struct tally t = of_all_harts(e, cause);
        if (t.to_hs + t.to_m) print_line(names[cause] ? names[cause] : "another cause", &t);
        add(&all, &t);
    }
    for (unsigned k = 0; k < e->seat_n; k++) inside += e->seat[k].inside;
    print_line("all", &all);
    complain("exits: %" PRIu64 " steps in guests", inside);
}
