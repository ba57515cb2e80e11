#include "tests/host/fake/board.h"

#include "platform/terminal.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

static struct fake_board *board;
static struct {
    u64 start, end;
    board_watch_fn *fn;
    void *arg;
} watches[MOST];
static unsigned watch_count;
static struct {
    u64 start, end;
} claims[MOST];
static struct {
    board_alarm_fn *fn;
    void *arg;
    unsigned count;
} alarm_set;

static struct board *handle(void)
{
    return (struct board *)board;
}

struct board *fake_board_new(const char *input)
{
    fake_board_free();
    board = calloc(1, sizeof *board);
    board->terminal.input = input;
    watch_count = 0;
    alarm_set.fn = NULL;
    alarm_set.count = 0;
    return handle();
}

struct fake_board *fake_board(void)
{
    return board;
}

void fake_board_free(void)
{
    free(board);
    board = NULL;
}

static u8 *ram(u64 pa, u64 size)
{
    u64 offset = pa - RAM_BASE;
    return size <= FAKE_RAM_SIZE && offset <= FAKE_RAM_SIZE - size ? board->ram + offset : NULL;
}

bool board_read(struct board *b, u64 pa, void *data, u64 size)
{
    (void)b;
    const u8 *p = ram(pa, size);
    if (p) memcpy(data, p, size);
    return p;
}

bool board_write(struct board *b, u64 pa, const void *data, u64 size)
{
    (void)b;
    u8 *p = ram(pa, size);
    if (p && size) memcpy(p, data, size);
    return p;
}

bool board_zero(struct board *b, u64 pa, u64 size)
{
    (void)b;
    u8 *p = ram(pa, size);
    if (p) memset(p, 0, size);
    return p;
}

bool board_watch(struct board *b, u64 pa, unsigned size, board_watch_fn *fn, void *arg)
{
    (void)b;
    if (!ram(pa, size) || watch_count == MOST) return false;
    watches[watch_count].start = pa;
    watches[watch_count].end = pa + size;
    watches[watch_count].fn = fn;
    watches[watch_count++].arg = arg;
    return true;
}

void board_alarm(struct board *b, u64 ticks, board_alarm_fn *fn, void *arg)
{
    (void)b, (void)ticks;
    alarm_set.fn = fn;
    alarm_set.arg = arg;
    alarm_set.count++;
}

unsigned fake_alarms(void)
{
    return alarm_set.count;
}

void fake_ring(void)
{
    board_alarm_fn *fn = alarm_set.fn;
    alarm_set.fn = NULL;
    if (fn) fn(alarm_set.arg, handle());
}

static bool is_free(u64 start, u64 size)
{
    for (unsigned k = 0; k < board->claims; k++)
        if (start < claims[k].end && claims[k].start < start + size) return false;
    return ram(start, size);
}

bool board_claim(struct board *b, const char *name, u64 start, u64 size)
{
    (void)b, (void)name;
    if (board->claims == MOST || !is_free(start, size)) return false;
    claims[board->claims].start = start;
    claims[board->claims++].end = start + size;
    return true;
}

u64 board_find_room(const struct board *b, u64 size, u64 align, u64 limit)
{
    (void)b;
    u64 top = RAM_BASE + FAKE_RAM_SIZE < limit ? RAM_BASE + FAKE_RAM_SIZE : limit;
    for (u64 pa = top & ~(align - 1); pa >= RAM_BASE; pa -= align)
        if (is_free(pa, size)) return pa;
    return 0;
}

void board_stop(struct board *b, int status)
{
    (void)b;
    if (!board->stopped) board->status = status;
    board->stopped = true;
}

struct terminal *board_terminal(struct board *b)
{
    (void)b;
    return &board->terminal;
}

void fake_store(u64 pa, u64 value, unsigned size)
{
    memcpy(ram(pa, size), &value, size);
    for (unsigned k = 0; k < watch_count; k++)
        if (pa < watches[k].end && watches[k].start < pa + size)
            watches[k].fn(watches[k].arg, handle(), pa, size);
}

u64 fake_load(u64 pa, unsigned size)
{
    u64 value = 0;
    memcpy(&value, ram(pa, size), size);
    return value;
}

void terminal_put(struct terminal *t, u8 byte)
{
    if (t->used < FAKE_OUTPUT_MAX - 1) t->output[t->used++] = (char)byte;
}

int terminal_get(struct terminal *t)
{
    return *t->input ? (u8)*t->input++ : -1;
}
bool terminal_pending(const struct terminal *t)
{
    return *t->input;
}
bool terminal_live(const struct terminal *t)
{
    return *t->input;
}

bool terminal_quit(const struct terminal *t)
{
    (void)t;
    return false;
}

void terminal_flush(struct terminal *t)
{
    (void)t;
}
void terminal_poll(struct terminal *t)
{
    (void)t;
}

void terminal_wait(struct terminal *t, u64 ns)
{
    (void)t, (void)ns;
}
