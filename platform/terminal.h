/* The console on standard input and output. */
#ifndef PLATFORM_TERMINAL_H
#define PLATFORM_TERMINAL_H

#include "hart/types.h"

struct terminal;

/* On stdin and stdout. A tty is put into raw mode by terminal_start and restored at exit, or when a
 * signal kills the process; keep_signals leaves Ctrl-C to the tty. NULL when memory runs out. */
struct terminal *terminal_new(bool keep_signals);
void terminal_start(struct terminal *t);

/* There is no input, and, unless keep_output, output is dropped. */
void terminal_detach(struct terminal *t, bool keep_output);

/* Flushes, restores the tty. */
void terminal_free(struct terminal *t);

/* Write a byte: buffered until a newline, terminal_flush or a full buffer. */
void terminal_put(struct terminal *t, u8 byte);
void terminal_flush(struct terminal *t);

/* The next input byte, -1 when none has been read (terminal_poll reads). */
int terminal_get(struct terminal *t);

/* Hand a byte back: terminal_get returns it next. At most TERMINAL_UNGET bytes in a row. */
enum { TERMINAL_UNGET = 16 };
void terminal_unget(struct terminal *t, u8 byte);

/* Read what has come in, without blocking. */
void terminal_poll(struct terminal *t);

/* Flush, then block until input comes, at most ns nanoseconds, rounded up to a
 * millisecond (~0: for ever; returns at once when no input can come). */
void terminal_wait(struct terminal *t, u64 ns);

/* True while more input may come in its own time: a tty before the user quits, or an open pipe or
 * socket that has nothing more to read now. A regular file has all its bytes at once, and /dev/null
 * none. */
bool terminal_live(const struct terminal *t);

/* True when input is at hand or may still come. */
bool terminal_open(const struct terminal *t);

/* True when terminal_get has something to give. */
bool terminal_pending(const struct terminal *t);

/* True once the user has asked to quit (Ctrl-A x) */
bool terminal_quit(const struct terminal *t);

/* True once output has failed (a closed pipe); later output is dropped. */
bool terminal_broken(const struct terminal *t);

#endif
