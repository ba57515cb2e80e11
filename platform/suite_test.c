#include "platform/suite_test.h"

#include "hart/state.h"
#include "platform/machine.h"
#include "platform/signature.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A failure for this reason. Always false. */
__attribute__((format(printf, 2, 3))) static bool fail(struct verdict *v, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(v->reason, sizeof v->reason, format, arguments);
    va_end(arguments);
    return false;
}

/* ---- where it was ---- */

static void remember_trap(void *arg, const struct hart *h, const struct trap_event *e)
{
    (void)h;
    struct verdict *v = arg;
    v->trapped = true;
    v->cause = e->cause;
    v->epc = e->pc;
    v->tval = e->tval;
}

static void remember_place(struct verdict *v, const struct board *b)
{
    const struct hart *h = board_last_hart(b);
    v->ran = true;
    v->priv = h->priv;
    v->virt = h->virt;
    v->pc = h->pc;
    v->steps = board_steps(b);
}

/* ---- judging: true is passed, and false has a reason ---- */

static bool judge_exit(struct verdict *v, const struct machine *m)
{
    s64 code;
    int status = board_status(m->board);
    if (m->htif && htif_exit_code(m->htif, &code))
        return !code || fail(v, "exit code %" PRId64, code);
    return !status || fail(v, "exit status %d", status);
}

static bool judge_end(struct verdict *v, const struct machine *m)
{
    switch (board_why(m->board)) {
    case END_STOPPED: break;
    case END_STEPS: return fail(v, "timeout: no end after %" PRIu64 " steps", v->steps);
    case END_TRAP_LOOP: return fail(v, "trap loop: the handler in M-mode traps for ever");
    case END_DEAD: return fail(v, "deadlock: every hart waits for an interrupt that cannot come");
    }
    return judge_exit(v, m);
}

static bool compare(struct verdict *v, FILE *reference, const char *name, struct board *b,
                    u64 begin, u64 end)
{
    struct signature_difference d;
    switch (signature_compare(reference, b, begin, end, &d)) {
    case SIGNATURE_SAME: break;
    case SIGNATURE_UNREADABLE:
        return fail(v, "there is no signature in '%s', or the test's own is not all in RAM", name);
    case SIGNATURE_DIFFERENT:
        return fail(v, "wrong signature at 0x%" PRIx64 ": %s, but line %u of '%s' has %s", d.pa,
                    *d.ours ? d.ours : "its end", d.line, name,
                    *d.reference ? d.reference : "the end");
    }
    return true;
}

static bool judge_signature(struct verdict *v, const struct suite_test *t, const struct machine *m,
                            const struct software *s)
{
    u64 begin, end;
    if (!t->reference) return true;
    FILE *reference = fopen(t->reference, "r");
    if (!reference) return fail(v, "no reference '%s': %s", t->reference, strerror(errno));
    bool good =
        software_symbol(s, "begin_signature", &begin) && software_symbol(s, "end_signature", &end);
    if (good)
        good = compare(v, reference, t->reference, m->board, begin, end);
    else
        fail(v, "no symbols begin_signature and end_signature, but there is '%s'", t->reference);
    fclose(reference);
    return good;
}

/* ---- running ---- */

static bool run(struct verdict *v, const struct suite_test *t, const struct machine *m,
                const struct software *s)
{
    const struct hart_observer observer = {.arg = v, .trap = remember_trap};
    for (unsigned k = 0; k < s->options->harts; k++)
        hart_observe(board_hart(m->board, k), &observer);
    board_run(m->board);
    remember_place(v, m->board);
    return judge_end(v, m) && judge_signature(v, t, m, s);
}

enum verdict_kind suite_test_run(struct verdict *v, const struct options *o,
                                 const struct suite_test *t)
{
    struct options mine = *o;
    struct software s;
    bool passed = false;
    mine.program = t->path;
    mine.arguments = &t->path;
    mine.argument_count = 1;
    fail(v, "cannot be run");
    if (t->options && !options_add_file(&mine, t->options)) return VERDICT_FAIL;
    if (software_read(&s, &mine)) {
        struct machine m;
        if (machine_begin(&m, &mine, &s, mine.tier, CONSOLE_OUTPUT)) passed = run(v, t, &m, &s);
        machine_end(&m);
    }
    software_free(&s);
    return passed ? VERDICT_PASS : VERDICT_FAIL;
}
