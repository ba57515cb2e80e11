#include "platform/htif.h"

#include "platform/htif_calls.h"
#include "platform/message.h"
#include "platform/terminal.h"
#include "platform/timebase.h"

#include <stdio.h>
#include <stdlib.h>

enum { DEVICE_CALLS = 0, DEVICE_CONSOLE = 1, CONSOLE_READ = 0, CONSOLE_WRITE = 1 };
enum { ANSWERS_MAX = 16, STATUS_BAD = 2, STATUS_MAX = 255 };
enum { LOW = BIT(0), HIGH = BIT(1), WHOLE = LOW | HIGH }; /* halves of tohost */

/* How long a half of a command waits for the other: 5,000 steps in deterministic time, which is
 * what Spike lets its hart do before it looks at tohost. By the host's clock it must be longer than
 * the host may keep a thread waiting between two instructions. */
enum { PATIENCE_TICKS = 5000 / NS_PER_TICK, HOST_PATIENCE_TICKS = 100 * NS_PER_MS / NS_PER_TICK };

struct htif {
    struct htif_config config;
    u64 answers[ANSWERS_MAX]; /* wait until the program has taken the one in fromhost */
    unsigned answer_count;
    unsigned halves; /* of tohost that were stored since the last command was taken */
    bool warned;
    bool ended; /* by the program, with this code */
    s64 code;
};

/* ---- answers ---- */

/* A program that takes no answers shall not keep us from going on: what finds no room is lost. */
static void answer(struct htif *h, u64 value)
{
    if (h->config.fromhost && h->answer_count < ANSWERS_MAX) h->answers[h->answer_count++] = value;
}

static void deliver(struct htif *h, struct board *b)
{
    u64 current = 0;
    if (!h->answer_count || !board_read(b, h->config.fromhost, &current, 8) || current) return;
    board_write(b, h->config.fromhost, &h->answers[0], 8);
    h->answer_count--;
    for (unsigned k = 0; k < h->answer_count; k++) h->answers[k] = h->answers[k + 1];
}

/* ---- commands ---- */

/* The exit status that a shell sees of a code: never 0 for a failure, however large its number. */
static int status_of(s64 code)
{
    int low = (int)(code & STATUS_MAX);
    return code && !low ? STATUS_MAX : low;
}

static void exit_with(struct htif *h, struct board *b, s64 code)
{
    h->ended = true;
    h->code = code;
    board_stop(b, status_of(code));
}

/* The code has 31 bits and a sign, as in Spike, whose message this is. */
static void end(struct htif *h, struct board *b, u64 payload)
{
    s64 code = (s32)(u32)payload >> 1;
    if (!code && payload >> 1) code = (s64)(payload >> 1);
    terminal_flush(board_terminal(b));
    if (code && !h->config.quiet)
        fprintf(stderr, "*** FAILED *** (tohost = %lld)\n", (long long)code);
    exit_with(h, b, code);
}

static void system_call(struct htif *h, struct board *b, u64 block)
{
    u64 words[HTIF_CALL_WORDS];
    if (!board_read(b, block, words, sizeof words)) {
        complain("the program stored 0x%llx in tohost, which is no exit code and no address of a "
                 "system call in RAM",
                 (unsigned long long)block);
        board_stop(b, STATUS_BAD);
        return;
    }
    struct htif_call call = {b, words, h->config.arguments, h->config.argument_count, &h->warned};
    s64 code;
    if (htif_call(&call, &code)) {
        exit_with(h, b, code);
        return;
    }
    board_write(b, block, words, sizeof words);
    answer(h, 1);
}

static void console_read(struct htif *h, struct board *b)
{
    int byte = htif_getchar(b);
    if (byte >= 0) answer(h, (u64)DEVICE_CONSOLE << 56 | 0x100 | (u64)byte);
}

static void unknown(struct htif *h, u64 command)
{
    if (!h->warned)
        complain("HTIF command 0x%llx (device %u, command %u) is not implemented; it is ignored",
                 (unsigned long long)command, (unsigned)(command >> 56),
                 (unsigned)(command >> 48 & 255));
    h->warned = true;
}

static void obey(struct htif *h, struct board *b, u64 word)
{
    unsigned device = (unsigned)(word >> 56), command = (unsigned)(word >> 48 & 255);
    u64 payload = word & MASK(47, 0);
    if (device == DEVICE_CALLS && !command && payload & 1)
        end(h, b, payload);
    else if (device == DEVICE_CALLS && !command)
        system_call(h, b, payload);
    else if (device == DEVICE_CONSOLE && command == CONSOLE_WRITE)
        terminal_put(board_terminal(b), (u8)payload);
    else if (device == DEVICE_CONSOLE && command == CONSOLE_READ)
        console_read(h, b);
    else
        unknown(h, word);
}

/* Obey what is in tohost, if anything is. */
static void take(void *arg, struct board *b)
{
    static const u64 nothing;
    struct htif *h = arg;
    u64 word = 0;
    h->halves = 0;
    if (board_read(b, h->config.tohost, &word, 8) && word) {
        board_write(b, h->config.tohost, &nothing, 8);
        obey(h, b, word);
    }
    deliver(h, b);
}

/* The program stored to tohost. What it puts there in parts is a command when both halves have
 * come, in whatever order, or when the other has not come for a while. */
static void commanded(void *arg, struct board *b, u64 pa, unsigned size)
{
    struct htif *h = arg;
    u64 high = h->config.tohost + 4;
    bool first = !h->halves;
    if (pa < high) h->halves |= LOW;
    if (pa + size > high) h->halves |= HIGH;
    if (h->halves == WHOLE)
        take(h, b);
    else if (first) /* a program that stores it again and again waits no longer for that */
        board_alarm(b, h->config.host_time ? HOST_PATIENCE_TICKS : PATIENCE_TICKS, take, h);
}

/* The program stored to fromhost: perhaps there is room now. */
static void answered(void *arg, struct board *b, u64 pa, unsigned size)
{
    (void)pa, (void)size;
    deliver(arg, b);
}

static bool watch(struct htif *h, struct board *b, const char *name, u64 pa, board_watch_fn *fn)
{
    return board_watch(b, pa, 8, fn, h) ||
           complain("the program's symbol %s is at 0x%llx, which is not in RAM", name,
                    (unsigned long long)pa);
}

struct htif *htif_new(const struct htif_config *config, struct board *b)
{
    struct htif *h = calloc(1, sizeof *h);
    if (!h) return complain("out of memory"), NULL;
    h->config = *config;
    h->warned = config->quiet;
    if (watch(h, b, "tohost", config->tohost, commanded) &&
        (!config->fromhost || watch(h, b, "fromhost", config->fromhost, answered)))
        return h;
    htif_free(h);
    return NULL;
}

bool htif_exit_code(const struct htif *h, s64 *code)
{
    *code = h->code;
    return h->ended;
}

void htif_free(struct htif *h)
{
    free(h);
}
