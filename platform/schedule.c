/* Time, and whose turn it is.
 *
 * The harts run one after another on one host thread, a slice of steps each. In deterministic time
 * each step, of whichever hart, lets 1 ns pass: so time never runs backwards from one hart to the
 * next, and the same input gives the same run. A slice ends at the latest at the next deadline of
 * any timer, so that its interrupt comes at an exact step. When every hart waits, time jumps to
 * that deadline; if input may come meanwhile, the host sleeps for as long as the guest does. */
#include "platform/board_state.h"
#include "hart/state.h"
#include "platform/parallel.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

enum {
    SLICE_STEPS = 10000,        /* when others wait for their turn */
    SLICE_STEPS_MAX = 10000000, /* when none does */
    HOST_SLICE_STEPS = 100000,  /* on the host's time: until its clock is looked at again */
    POLL_TICKS = TIMEBASE_HZ / 1000,
    SLEEP_MIN_NS = 1000000, /* shorter sleeps are saved up */
};

u64 host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

/* Nanoseconds since the board was made. */
static u64 now_ns(const struct board *b)
{
    if (b->config.host_time) return host_ns() - b->host_start;
    return b->elapsed + (b->running ? hart_steps(b->running->hart) - b->slice_start : 0);
}

u64 board_ticks(void *board)
{
    return now_ns(board) / NS_PER_TICK;
}

void board_replan(void *board)
{
    struct board *b = board;
    if (b->config.parallel) parallel_replan(b);
    if (b->running) hart_yield(b->running->hart);
}

static void stop(struct board *b, enum board_end why, int status)
{
    if (__atomic_exchange_n(&b->stopping, true, __ATOMIC_ACQ_REL)) return;
    b->why = why;
    b->status = status;
    __atomic_store_n(&b->stopped, true, __ATOMIC_RELEASE);
    board_replan(b);
}

void board_stop(struct board *b, int status)
{
    stop(b, END_STOPPED, status);
}

/* ---- deadlines ---- */

static u64 earlier(u64 a, u64 b)
{
    return a < b ? a : b;
}

/* The tick at which the first timer of the board or of a hart is due. A hart notices by itself what
 * is already due for it. */
static u64 timer_deadline(struct board *b)
{
    u64 first = earlier(clint_deadline(b->clint), rtc_deadline(b->rtc));
    first = earlier(first, b->alarm.due);
    if (slots_are_behind(&b->slots)) return board_ticks(b);
    u64 mtime = clint_time(b->clint), gap = NEVER;
    for (unsigned i = 0; i < b->config.harts; i++) {
        u64 deadline = hart_deadline(b->harts[i].hart); /* a value of mtime */
        if (deadline != NEVER && deadline > mtime) gap = earlier(gap, deadline - mtime);
    }
    return earlier(first, deadline_after(board_ticks(b), gap));
}

/* Nanoseconds until a tick; NEVER when it is too far to count. */
static u64 ns_until(const struct board *b, u64 tick)
{
    u64 now = now_ns(b);
    if (tick > NEVER / NS_PER_TICK) return NEVER;
    return tick * NS_PER_TICK > now ? tick * NS_PER_TICK - now : 0;
}

/* Look at the terminal: move input to the UART, show output that has no newline yet. */
static void poll_terminal(struct board *b)
{
    b->poll_due = board_ticks(b) + POLL_TICKS;
    terminal_poll(b->terminal);
    terminal_flush(b->terminal);
    if (!b->config.htif)
        for (unsigned room = uart_room(b->uart); room && terminal_pending(b->terminal); room--)
            uart_receive(b->uart, (u8)terminal_get(b->terminal));
    if (terminal_quit(b->terminal)) board_stop(b, 0);
    if (terminal_broken(b->terminal)) board_stop(b, 2);
}

void board_alarm(struct board *b, u64 ticks, board_alarm_fn *fn, void *arg)
{
    b->alarm.due = deadline_after(board_ticks(b), ticks);
    b->alarm.fn = fn;
    b->alarm.arg = arg;
    board_replan(b);
}

static void ring(struct board *b)
{
    b->alarm.due = NEVER;
    b->alarm.fn(b->alarm.arg, b);
}

void board_do_what_is_due(struct board *b)
{
    if (board_ticks(b) >= b->alarm.due) ring(b);
    if (board_ticks(b) >= b->poll_due) poll_terminal(b);
    clint_update(b->clint);
    rtc_update(b->rtc);
    slots_update(&b->slots);
}

/* ---- running ---- */

static bool awake(const struct board_hart *bh)
{
    return !bh->waiting || hart_wakes(bh->hart);
}

static bool others_awake(const struct board *b, const struct board_hart *self)
{
    for (unsigned i = 0; i < b->config.harts; i++)
        if (&b->harts[i] != self && awake(&b->harts[i])) return true;
    return false;
}

/* The next hart in turn that is awake; NULL: all wait. */
static struct board_hart *next_hart(struct board *b)
{
    for (unsigned i = 0; i < b->config.harts; i++) {
        unsigned at = (b->turn + i) % b->config.harts;
        if (!awake(&b->harts[at])) continue;
        b->turn = (at + 1) % b->config.harts;
        return &b->harts[at];
    }
    return NULL;
}

static u64 slice(struct board *b, const struct board_hart *bh)
{
    u64 most = others_awake(b, bh) ? SLICE_STEPS - b->slice_used : SLICE_STEPS_MAX;
    if (b->config.max_steps) most = earlier(most, b->config.max_steps - b->steps);
    if (b->config.host_time) return earlier(most, HOST_SLICE_STEPS);
    u64 due = ns_until(b, earlier(timer_deadline(b), b->poll_due));
    return due ? earlier(most, due) : 1;
}

/* The hart's last trap is the one that it would take again and again, in M-mode. */
static void report_trap_loop(struct board *b, const struct board_hart *bh)
{
    const struct hart *h = bh->hart;
    const struct level_regs *r = &h->level[LEVEL_M];
    terminal_flush(b->terminal);
    fprintf(stderr,
            "vhart: hart %u traps for ever in M-mode: the handler at mtvec, pc 0x%" PRIx64
            ", itself traps with mcause %" PRIu64 ", mtval 0x%" PRIx64 "\n",
            (unsigned)(bh - b->harts), h->pc, r->cause, r->tval);
}

/* A trap came while M-mode could take none. */
static void report_critical(struct board *b, const struct board_hart *bh)
{
    const struct hart *h = bh->hart;
    terminal_flush(b->terminal);
    fprintf(stderr,
            "vhart: hart %u is in the critical-error state: a trap in M-mode with mstatus.MDT set "
            "(or mnstatus.NMIE clear), pc 0x%" PRIx64 ", cause 0x%" PRIx64 ", tval 0x%" PRIx64 "\n",
            (unsigned)(bh - b->harts), h->pc, h->trap.cause, h->trap.tval);
}

void board_report_lost(struct board *b, const struct board_hart *bh, enum hart_stop why)
{
    if (b->stopped) return;
    if (why == STOP_TRAPLOOP)
        report_trap_loop(b, bh);
    else
        report_critical(b, bh);
    stop(b, END_TRAP_LOOP, 2);
}

/* The hart's slice is over, or is to go on in the next turn. */
static void end_slice(struct board *b, struct board_hart *bh, u64 done, bool over)
{
    b->slice_used = over ? 0 : b->slice_used + done;
    if (b->slice_used >= SLICE_STEPS) b->slice_used = 0; /* nobody else was awake */
    if (!over) b->turn = (unsigned)(bh - b->harts);
    if (over && b->config.harts > 1) hart_lose_reservation(bh->hart);
}

static void run_slice(struct board *b, struct board_hart *bh, board_runner *runner, void *arg)
{
    u64 most = slice(b, bh), done;
    bh->waiting = false;
    b->slice_start = hart_steps(bh->hart);
    b->running = b->last = bh;
    enum hart_stop why = runner(arg, bh->hart, most, &done);
    b->running = NULL;
    b->elapsed += done;
    b->steps += done;
    end_slice(b, bh, done, why != STOP_BUDGET || done == most);
    if (why == STOP_WAIT) bh->waiting = true;
    if (why == STOP_TRAPLOOP || why == STOP_CRITICAL) board_report_lost(b, bh, why);
    if (b->config.max_steps && b->steps >= b->config.max_steps) stop(b, END_STEPS, 0);
}

/* ---- sleeping ---- */

/* Let the guest's time go on by ns, and the host's too: until input comes. */
static void sleep_both(struct board *b, u64 ns)
{
    if (ns != NEVER && b->idle_debt + ns < SLEEP_MIN_NS) {
        b->idle_debt += ns;
        b->elapsed += ns;
        return;
    }
    u64 start = host_ns();
    terminal_wait(b->terminal, ns == NEVER ? NEVER : b->idle_debt + ns);
    u64 passed = host_ns() - start;
    passed = passed > b->idle_debt ? passed - b->idle_debt : 0;
    b->elapsed += earlier(passed, ns);
    b->idle_debt = 0;
}

void board_report_dead(struct board *b)
{
    terminal_flush(b->terminal);
    fprintf(stderr, "vhart: every hart waits for an interrupt and nothing can raise one\n");
    stop(b, END_DEAD, 2);
}

/* All harts wait. */
static void idle(struct board *b)
{
    poll_terminal(b);
    if (b->stopped || others_awake(b, NULL)) return;

    u64 ns = ns_until(b, timer_deadline(b));
    bool listens = !b->config.htif && uart_listens(b->uart);
    bool pending = listens && terminal_pending(b->terminal);
    bool live = terminal_live(b->terminal);
    if (ns == NEVER && !pending && !(listens && live)) {
        board_report_dead(b);
        return;
    }
    if (pending) ns = earlier(ns, ns_until(b, b->poll_due));
    if (b->config.host_time)
        terminal_wait(b->terminal, ns);
    else if (live)
        sleep_both(b, ns);
    else
        b->elapsed += ns;
}

bool board_turn(struct board *b, board_runner *runner, void *arg)
{
    if (b->stopped) return false;
    board_do_what_is_due(b);
    struct board_hart *bh = next_hart(b);
    if (bh)
        run_slice(b, bh, runner, arg);
    else
        idle(b);
    if (b->reset_wanted && !b->stopped) board_reset(b);
    return !b->stopped;
}

int board_status(const struct board *b)
{
    return b->status;
}

enum board_end board_why(const struct board *b)
{
    return b->why;
}

u64 board_steps(const struct board *b)
{
    return b->steps;
}

const struct hart *board_last_hart(const struct board *b)
{
    return b->last->hart;
}

static enum hart_stop run_hart(void *arg, struct hart *h, u64 max, u64 *done)
{
    (void)arg;
    return hart_run(h, max, done);
}

int board_run(struct board *b)
{
    terminal_start(b->terminal);
    if (b->config.parallel)
        parallel_run(b);
    else
        while (board_turn(b, run_hart, NULL)) continue;
    terminal_flush(b->terminal);
    return b->status;
}
