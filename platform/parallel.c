/* Harts that run at the same time, on the host's time: a thread each, and the one that called
 * board_run, the attendant, which looks after the terminal, the clock of the RTC and the end.
 *
 * A hart belongs to its thread. Others talk to it by way of its board_hart: they set its lines and
 * mark them as changed, and its thread takes them over when its slice ends, which is soon, or is
 * woken for it. That, all devices and the terminal are under the board's lock. RAM is under none:
 * hart/host.h says why that is right. */
#define _GNU_SOURCE
#include "platform/parallel.h"
#include "hart/monitor.h"
#include "platform/message.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_S = 1000000000, ATTEND_NS = NS_PER_MS };

/* The hart of this thread; NULL: the attendant's. */
static _Thread_local struct board_hart *self;

static bool is_over(const struct board *b)
{
    return __atomic_load_n(&b->stopped, __ATOMIC_ACQUIRE) ||
           __atomic_load_n(&b->reset_wanted, __ATOMIC_ACQUIRE);
}

/* ---- the bell that calls the attendant ---- */

static void ring(const struct board *b)
{
    const char c = 0;
    while (write(b->bell[1], &c, 1) < 0 && errno == EINTR) continue; /* full will do as well */
}

static void silence(const struct board *b)
{
    char rung[64];
    while (read(b->bell[0], rung, sizeof rung) > 0) continue;
}

void parallel_replan(struct board *b)
{
    if (self) hart_yield(self->hart);
    __atomic_store_n(&b->replanned, true, __ATOMIC_RELEASE);
    ring(b);
}

/* ---- lines ---- */

static void take_msis(struct board_hart *bh)
{
    for (unsigned f = 0; f <= MSI_FILE_MAX; f++) {
        for (unsigned w = 0; w <= MSI_IDENTITIES / 64; w++) {
            for (u64 left = bh->msi[f][w]; left; left &= left - 1)
                hart_msi(bh->hart, f, w * 64 + (unsigned)__builtin_ctzll(left));
            bh->msi[f][w] = 0;
        }
    }
    bh->has_msi = false;
}

/* The hart gets its lines and MSIs, by its own thread. */
static void take_lines(struct board_hart *bh)
{
    if (RARE(bh->has_msi)) take_msis(bh);
    u32 changed = bh->lines ^ bh->taken;
    __atomic_store_n(&bh->changed, false, __ATOMIC_RELAXED);
    bh->taken = bh->lines;
    for (; changed; changed &= changed - 1) {
        unsigned line = (unsigned)__builtin_ctz(changed);
        hart_line(bh->hart, (enum hart_line)line, bh->taken >> line & 1);
    }
}

static void wake(struct board_hart *bh)
{
    __atomic_store_n(&bh->changed, true, __ATOMIC_RELEASE);
    pthread_cond_signal(&bh->wake);
}

void parallel_line_changed(struct board_hart *bh)
{
    if (bh == self)
        take_lines(bh);
    else
        wake(bh);
}

void parallel_msi(struct board_hart *bh, unsigned file, u32 identity)
{
    if (bh == self) {
        hart_msi(bh->hart, file, identity);
    } else if (identity <= MSI_IDENTITIES) {
        bh->msi[file][identity / 64] |= BIT(identity % 64);
        bh->has_msi = true;
        wake(bh);
    }
}

/* ---- a hart's thread ---- */

static unsigned number(const struct board_hart *bh)
{
    return (unsigned)(bh - bh->board->harts);
}

/* Is the hart's timer interrupt to rise? */
static bool timer_is_due(const struct board_hart *bh)
{
    return !(bh->taken & BIT(LINE_MTI)) && clint_is_due(bh->board->clint, number(bh));
}

/* Take over what has come up since the last slice. */
static void look_around(struct board_hart *bh)
{
    struct board *b = bh->board;
    bool due = timer_is_due(bh);
    if (!due && !__atomic_load_n(&bh->changed, __ATOMIC_ACQUIRE)) return;
    board_lock(b);
    if (due) clint_update(b->clint);
    take_lines(bh);
    board_unlock(b);
}

/* The host's time at which the hart's next timer is due; NEVER. */
static u64 timer_ns(const struct board_hart *bh)
{
    const struct board *b = bh->board;
    u64 now = board_ticks(bh->board), mtime = clint_time(b->clint);
    u64 first = hart_deadline(bh->hart), mtimecmp = clint_hart_deadline(b->clint, number(bh));
    if (mtimecmp < first) first = mtimecmp;
    if (first == NEVER) return NEVER;
    u64 tick = first > mtime ? deadline_after(now, first - mtime) : now;
    return tick < (NEVER - b->host_start) / NS_PER_TICK ? b->host_start + tick * NS_PER_TICK
                                                        : NEVER;
}

static void wait_until(struct board_hart *bh, u64 ns)
{
    struct timespec t = {(time_t)(ns / NS_PER_S), (long)(ns % NS_PER_S)};
    if (ns == NEVER)
        pthread_cond_wait(&bh->wake, &bh->board->lock);
    else
        pthread_cond_timedwait(&bh->wake, &bh->board->lock, &t);
}

/* Is there something for a hart that waits? wake_at must have been asked for before: so what
 * becomes due in between is not missed. */
static bool is_wanted(const struct board_hart *bh)
{
    return bh->changed || is_over(bh->board) || timer_is_due(bh) || hart_wakes(bh->hart) ||
           host_ns() >= bh->wake_at;
}

/* The hart waits for an interrupt. */
static void doze(struct board_hart *bh)
{
    struct board *b = bh->board;
    board_lock(b);
    terminal_flush(b->terminal);
    b->awake--;
    while (bh->wake_at = timer_ns(bh), !is_wanted(bh)) wait_until(bh, bh->wake_at);
    bh->wake_at = 0;
    b->awake++;
    if (b->attendant_rests) ring(b);
    b->attendant_rests = false;
    board_unlock(b);
}

/* Until lines are looked at again: some microseconds, on any tier. */
static u64 slice(const struct board *b)
{
    static const u64 steps[] = {[TIER_STEP] = 500, [TIER_BLOCK] = 10000, [TIER_JIT] = 40000};
    return steps[b->config.tier];
}

static void *run_hart(void *arg)
{
    struct board_hart *bh = arg;
    struct board *b = bh->board;
    self = bh;
    while (!is_over(b)) {
        u64 done;
        look_around(bh);
        enum hart_stop why = hart_run(bh->hart, slice(b), &done);
        bh->steps += done;
        if (why == STOP_WAIT) doze(bh);
        if (why != STOP_TRAPLOOP && why != STOP_CRITICAL) continue;
        board_lock(b);
        board_report_lost(b, bh, why);
        board_unlock(b);
    }
    return NULL;
}

/* ---- the attendant ---- */

/* Of the RTC, the alarm and what is in the slots; the harts' timers are the harts' own business. */
static u64 device_deadline(struct board *b)
{
    if (slots_are_behind(&b->slots)) return board_ticks(b);
    u64 rtc = rtc_deadline(b->rtc);
    return rtc < b->alarm.due ? rtc : b->alarm.due;
}

/* All harts wait. Will one ever wake? */
static bool is_dead(struct board *b)
{
    bool listens = !b->config.htif && uart_listens(b->uart);
    if (listens && (terminal_pending(b->terminal) || terminal_live(b->terminal))) return false;
    if (device_deadline(b) != NEVER) return false;
    for (unsigned i = 0; i < b->config.harts; i++)
        if (b->harts[i].changed || b->harts[i].wake_at != NEVER) return false;
    return true;
}

static u64 device_ns(struct board *b)
{
    u64 due = device_deadline(b), now = board_ticks(b);
    if (due == NEVER || due - now > NEVER / NS_PER_TICK) return NEVER;
    return due > now ? (due - now) * NS_PER_TICK : 0;
}

/* Do what is due; how long to rest then, in ns. With the board locked. */
static u64 attend_now(struct board *b)
{
    b->poll_due = 0;
    board_do_what_is_due(b);
    if (__atomic_exchange_n(&b->replanned, false, __ATOMIC_ACQUIRE))
        for (unsigned i = 0; i < b->config.harts; i++) wake(&b->harts[i]);
    u64 ns = device_ns(b);
    b->attendant_rests = !b->awake;
    if (b->awake) return ns < ATTEND_NS ? ns : (u64)ATTEND_NS;
    if (is_dead(b)) board_report_dead(b);
    return ns;
}

static void rest(const struct board *b, u64 ns, bool listen)
{
    struct pollfd in[] = {
        {.fd = b->bell[0],   .events = POLLIN},
        {.fd = STDIN_FILENO, .events = POLLIN}
    };
    u64 ms = ns / NS_PER_MS + (ns % NS_PER_MS != 0);
    poll(in, listen ? 2 : 1, ns == NEVER ? -1 : ms < INT_MAX ? (int)ms : INT_MAX);
}

static void attend(struct board *b)
{
    while (!is_over(b)) {
        silence(b);
        board_lock(b);
        u64 ns = attend_now(b);
        bool listen = terminal_live(b->terminal);
        board_unlock(b);
        if (!is_over(b)) rest(b, ns, listen);
    }
}

/* ---- the whole ---- */

static bool start(struct board *b)
{
    b->awake = b->config.harts;
    for (b->threads = 0; b->threads < b->config.harts; b->threads++) {
        struct board_hart *bh = &b->harts[b->threads];
        if (pthread_create(&bh->thread, NULL, run_hart, bh) == 0) continue;
        complain("the host has no thread for hart %u: %s; use a smaller -p", b->threads,
                 strerror(errno));
        board_stop(b, 2);
        return false;
    }
    return true;
}

static void join(struct board *b)
{
    board_lock(b);
    for (unsigned i = 0; i < b->threads; i++) wake(&b->harts[i]);
    board_unlock(b);
    for (unsigned i = 0; i < b->threads; i++) {
        pthread_join(b->harts[i].thread, NULL);
        b->steps += b->harts[i].steps;
        b->harts[i].steps = 0;
    }
}

void parallel_run(struct board *b)
{
    while (!b->stopped) {
        if (start(b)) attend(b);
        join(b);
        if (b->reset_wanted && !b->stopped) board_reset(b);
    }
}

static bool make_bell(struct board *b)
{
    if (pipe(b->bell) != 0) return false;
    for (unsigned k = 0; k < 2; k++)
        if (fcntl(b->bell[k], F_SETFL, O_NONBLOCK) != 0) return false;
    return true;
}

bool parallel_begin(struct board *b)
{
    pthread_condattr_t monotonic;
    b->bell[0] = b->bell[1] = -1;
    b->monitor = calloc(1, sizeof *b->monitor);
    pthread_mutex_init(&b->lock, NULL);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    for (unsigned i = 0; i < b->config.harts; i++) pthread_cond_init(&b->harts[i].wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return b->monitor && make_bell(b);
}

void parallel_end(struct board *b)
{
    for (unsigned k = 0; k < 2; k++)
        if (b->bell[k] >= 0) close(b->bell[k]);
    for (unsigned i = 0; i < b->config.harts; i++) pthread_cond_destroy(&b->harts[i].wake);
    pthread_mutex_destroy(&b->lock);
    free(b->monitor);
}
