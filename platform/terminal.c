#include "platform/terminal.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { INPUT_MAX = 4096, OUTPUT_MAX = 8192, ESCAPE = 1 /* Ctrl-A */ };

struct terminal {
    bool keep_signals;
    bool tty;     /* stdin is a tty in whose foreground we run */
    bool regular; /* stdin is a file: reading never blocks */
    bool eof, quit, broken;
    bool silent;  /* output is dropped */
    bool escaped; /* the last byte typed was Ctrl-A */
    u8 input[INPUT_MAX];
    unsigned head, count; /* the ring in input */
    u8 output[OUTPUT_MAX];
    size_t used;
};

/* ---- the tty's mode ---- */

/* How the tty was found. A signal may end the process at any time, so this is all that its handler
 * needs. */
static struct termios found;
static volatile sig_atomic_t changed;

static void restore(void)
{
    if (!changed) return;
    changed = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &found);
}

static void on_signal(int number)
{
    restore();
    signal(number, SIG_DFL);
    raise(number);
}

/* Restore the tty when a signal ends the process; a signal that is ignored stays so. */
static void watch_signals(void)
{
    static const int fatal[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++) {
        struct sigaction action;
        if (sigaction(fatal[i], NULL, &action) != 0 || action.sa_handler != SIG_DFL) continue;
        action.sa_handler = on_signal;
        sigaction(fatal[i], &action, NULL);
    }
}

/* Each key at once, no echo. Output processing stays on, so that a newline is one. */
static void make_raw(bool keep_signals)
{
    if (tcgetattr(STDIN_FILENO, &found) != 0) return;
    struct termios raw = found;
    raw.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | (keep_signals ? 0 : ISIG));
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    static bool registered;
    if (!registered) registered = atexit(restore) == 0;
    watch_signals();
    changed = 1;
    tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

struct terminal *terminal_new(bool keep_signals)
{
    struct terminal *t = calloc(1, sizeof *t);
    if (t) t->keep_signals = keep_signals;
    return t;
}

void terminal_start(struct terminal *t)
{
    struct stat status;
    signal(SIGPIPE, SIG_IGN); /* a write tells */
    if (fstat(STDIN_FILENO, &status) != 0) {
        t->eof = true; /* stdin is closed */
        return;
    }
    t->regular = S_ISREG(status.st_mode);
    if (!isatty(STDIN_FILENO)) return;
    t->tty = tcgetpgrp(STDIN_FILENO) == getpgrp();
    if (t->tty)
        make_raw(t->keep_signals);
    else
        t->eof = true; /* in the background: reading would stop the process */
}

void terminal_free(struct terminal *t)
{
    if (!t) return;
    terminal_flush(t);
    restore();
    free(t);
}

void terminal_detach(struct terminal *t, bool keep_output)
{
    t->eof = true;
    t->silent = !keep_output;
}

/* ---- output ---- */

static bool write_all(const u8 *data, size_t size)
{
    while (size) {
        ssize_t n = write(STDOUT_FILENO, data, size);
        if (n >= 0) {
            data += n;
            size -= (size_t)n;
        } else if (errno == EAGAIN) {
            struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
            poll(&out, 1, -1);
        } else if (errno != EINTR) {
            return false;
        }
    }
    return true;
}

void terminal_flush(struct terminal *t)
{
    if (t->used && !t->silent && !t->broken && !write_all(t->output, t->used)) {
        t->broken = true;
        fprintf(stderr, "vhart: standard output cannot be written: %s\n", strerror(errno));
    }
    t->used = 0;
}

void terminal_put(struct terminal *t, u8 byte)
{
    t->output[t->used++] = byte;
    if (byte == '\n' || t->used == OUTPUT_MAX) terminal_flush(t);
}

/* ---- input ---- */

static void push(struct terminal *t, u8 byte)
{
    if (t->count == INPUT_MAX) return; /* typed ahead too far */
    t->input[(t->head + t->count++) % INPUT_MAX] = byte;
}

int terminal_get(struct terminal *t)
{
    if (!t->count) return -1;
    u8 byte = t->input[t->head];
    t->head = (t->head + 1) % INPUT_MAX;
    t->count--;
    return byte;
}

void terminal_unget(struct terminal *t, u8 byte)
{
    if (t->count == INPUT_MAX) return;
    t->head = (t->head + INPUT_MAX - 1) % INPUT_MAX;
    t->input[t->head] = byte;
    t->count++;
}

static void print_help(struct terminal *t)
{
    static const char help[] = "\nCtrl-A h  this help\n"
                               "Ctrl-A x  quit vhart\n"
                               "Ctrl-A Ctrl-A  send Ctrl-A\n";
    for (const char *c = help; *c; c++) terminal_put(t, (u8)*c);
}

/* A key was typed. */
static void key(struct terminal *t, u8 byte)
{
    if (!t->escaped) {
        t->escaped = byte == ESCAPE;
        if (!t->escaped) push(t, byte);
        return;
    }
    t->escaped = false;
    switch (byte) {
    case 'x': t->quit = true; break;
    case 'h':
    case '?': print_help(t); break;
    case ESCAPE: push(t, ESCAPE); break;
    }
}

/* Room for what is read, with TERMINAL_UNGET bytes kept free. Keys are always read, so that Ctrl-A
 * works when nobody takes them. */
static size_t room(const struct terminal *t)
{
    unsigned limit = INPUT_MAX - TERMINAL_UNGET;
    if (t->count < limit) return limit - t->count;
    return t->tty ? 1 : 0;
}

static bool readable(const struct terminal *t)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    return t->regular || poll(&in, 1, 0) > 0;
}

void terminal_poll(struct terminal *t)
{
    u8 data[INPUT_MAX];
    size_t want = room(t);
    if (t->eof || !want || !readable(t)) return;
    ssize_t n = read(STDIN_FILENO, data, want);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) t->eof = true;
    for (ssize_t i = 0; i < n; i++) {
        if (t->tty)
            key(t, data[i]);
        else
            push(t, data[i]);
    }
}

void terminal_wait(struct terminal *t, u64 ns)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    u64 ms = ns / 1000000 + (ns % 1000000 != 0);
    bool live = terminal_live(t);
    terminal_flush(t);
    if (!live && ns == ~0ull) return;
    poll(&in, live, ns == ~0ull ? -1 : ms < INT_MAX ? (int)ms : INT_MAX);
}

bool terminal_live(const struct terminal *t)
{
    return !t->eof && !t->quit && (t->tty || (!t->regular && !t->count));
}

bool terminal_open(const struct terminal *t)
{
    return !t->eof || t->count;
}

bool terminal_pending(const struct terminal *t)
{
    return t->count;
}

bool terminal_quit(const struct terminal *t)
{
    return t->quit;
}

bool terminal_broken(const struct terminal *t)
{
    return t->broken;
}
