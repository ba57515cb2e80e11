#include "platform/htif_calls.h"

#include "platform/message.h"
#include "platform/terminal.h"

#include <stdlib.h>
#include <string.h>

/* The generic Linux numbers; 2011 is fesvr's own, "tell me my arguments". */
enum {
    CALL_CLOSE = 57,
    CALL_LSEEK = 62,
    CALL_READ = 63,
    CALL_WRITE = 64,
    CALL_FSTAT = 80,
    CALL_EXIT = 93,
    CALL_ARGUMENTS = 2011
};

/* Linux's errno values: the host's need not be the same. */
enum { ERROR_BADF = 9, ERROR_NOMEM = 12, ERROR_FAULT = 14, ERROR_SPIPE = 29, ERROR_NOSYS = 38 };

enum { FILES = 3, TRANSFER_MAX = 1 << 20, CHUNK = 4096 };

int htif_getchar(struct board *b)
{
    struct terminal *t = board_terminal(b);
    int byte;
    if (!terminal_pending(t)) terminal_poll(t);
    while ((byte = terminal_get(t)) < 0 && terminal_live(t) && !terminal_quit(t)) {
        terminal_wait(t, ~0ull);
        terminal_poll(t);
    }
    return byte;
}

static u64 least(u64 a, u64 b)
{
    return a < b ? a : b;
}

static s64 do_write(struct board *b, u64 fd, u64 from, u64 size)
{
    u8 chunk[CHUNK];
    if (fd != 1 && fd != 2) return -ERROR_BADF;
    size = least(size, TRANSFER_MAX);
    for (u64 done = 0; done < size;) {
        u64 n = least(size - done, CHUNK);
        if (!board_read(b, from + done, chunk, n)) return done ? (s64)done : -ERROR_FAULT;
        for (u64 k = 0; k < n; k++) terminal_put(board_terminal(b), chunk[k]);
        done += n;
    }
    return (s64)size;
}

/* Like a terminal or a pipe: at least one byte, and no more than are there. */
static s64 do_read(struct board *b, u64 fd, u64 to, u64 size)
{
    u64 done = 0;
    if (fd != 0) return -ERROR_BADF;
    while (done < size) {
        int byte = done ? terminal_get(board_terminal(b)) : htif_getchar(b);
        if (byte < 0) break;
        u8 stored = (u8)byte;
        if (!board_write(b, to + done, &stored, 1)) return done ? (s64)done : -ERROR_FAULT;
        done++;
        if (byte == '\n') break;
    }
    return (s64)done;
}

/* struct stat as 64-bit RISC-V Linux has it: the mode says "character device", so that C libraries
 * buffer lines; the block size is theirs to use for the buffer. */
static s64 do_fstat(struct board *b, u64 fd, u64 to)
{
    enum { SIZE = 128, MODE_AT = 16, LINKS_AT = 20, BLOCK_SIZE_AT = 56 };
    const u32 mode = 0020620, links = 1, block_size = 1024;
    u8 stat[SIZE] = {0};
    if (fd >= FILES) return -ERROR_BADF;
    memcpy(stat + MODE_AT, &mode, sizeof mode);
    memcpy(stat + LINKS_AT, &links, sizeof links);
    memcpy(stat + BLOCK_SIZE_AT, &block_size, sizeof block_size);
    return board_write(b, to, stat, SIZE) ? 0 : -ERROR_FAULT;
}

/* At to: argc, argv[0..argc], an empty environment, and the strings. */
static s64 do_arguments(const struct htif_call *c, u64 to, u64 limit)
{
    u64 size = (c->argument_count + 3) * sizeof(u64);
    for (unsigned k = 0; k < c->argument_count; k++) size += strlen(c->arguments[k]) + 1;
    u8 *block = size <= limit ? calloc(1, size) : NULL;
    if (!block) return -ERROR_NOMEM;
    u64 count = c->argument_count, at = (count + 3) * sizeof(u64);
    memcpy(block, &count, sizeof count);
    for (unsigned k = 0; k < count; k++) {
        u64 pointer = to + at;
        memcpy(block + (k + 1) * sizeof pointer, &pointer, sizeof pointer);
        strcpy((char *)block + at, c->arguments[k]);
        at += strlen(c->arguments[k]) + 1;
    }
    bool good = board_write(c->board, to, block, size);
    free(block);
    return good ? 0 : -ERROR_FAULT;
}

static s64 unknown(const struct htif_call *c)
{
    if (!*c->warned)
        complain("the program asked for system call %llu by HTIF, which vhart does not have",
                 (unsigned long long)c->words[0]);
    *c->warned = true;
    return -ERROR_NOSYS;
}

static s64 result_of(const struct htif_call *c)
{
    const u64 *w = c->words;
    switch (w[0]) {
    case CALL_WRITE: return do_write(c->board, w[1], w[2], w[3]);
    case CALL_READ: return do_read(c->board, w[1], w[2], w[3]);
    case CALL_FSTAT: return do_fstat(c->board, w[1], w[2]);
    case CALL_CLOSE: return w[1] < FILES ? 0 : -ERROR_BADF;
    case CALL_LSEEK: return w[1] < FILES ? -ERROR_SPIPE : -ERROR_BADF;
    case CALL_ARGUMENTS: return do_arguments(c, w[1], w[2]);
    default: return unknown(c);
    }
}

bool htif_call(const struct htif_call *c, s64 *exit_code)
{
    if (c->words[0] == CALL_EXIT) {
        *exit_code = (s32)(u32)c->words[1];
        return true;
    }
    c->words[0] = (u64)result_of(c);
    return false;
}
