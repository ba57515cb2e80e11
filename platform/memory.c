/* The board's memory: what the harts see through struct bus, and access from outside them. */
#include "platform/board_state.h"
#include "hart/host.h"
#include "hart/monitor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool in_rom(u64 pa)
{
    return pa - RESET_BASE < PAGE_SIZE;
}

static struct ram_page machine_page(void *machine, u64 pa)
{
    struct board *b = machine;
    if (in_rom(pa)) return (struct ram_page){b->rom.page, &b->rom.flags};
    struct ram_page page = ram_page(b->ram, pa);
    if (RARE(!page.host && ram_exhausted(b->ram) &&
             !__atomic_load_n(&b->stopped, __ATOMIC_ACQUIRE))) {
        fprintf(stderr,
                "vhart: the host has no more memory for the guest's address 0x%" PRIx64
                "; use a smaller -m\n",
                pa);
        board_stop(b, 2);
    }
    return page;
}

static bool machine_load(void *machine, u64 pa, unsigned size, u64 *value)
{
    struct board *b = machine;
    board_lock(b);
    bool good = bus_load(&b->bus, pa, size, value);
    board_unlock(b);
    return good;
}

static bool machine_store(void *machine, u64 pa, unsigned size, u64 value)
{
    struct board *b = machine;
    board_lock(b);
    bool good = bus_store(&b->bus, pa, size, value);
    board_unlock(b);
    return good;
}

static void forget_code(struct board *b, struct ram_page page, u64 pa)
{
    *page.flags &= (u8)~PAGE_CODE;
    for (unsigned i = 0; i < b->config.harts; i++) hart_forget_code(b->harts[i].hart, pa);
}

static void stored(struct board *b, u64 pa, unsigned size)
{
    if (in_rom(pa)) {
        memcpy(b->rom.page, b->rom.image, PAGE_SIZE);
        return;
    }
    struct ram_page page = ram_page(b->ram, pa);
    if (*page.flags & PAGE_CODE) forget_code(b, page, pa);
    if (!(*page.flags & PAGE_WATCH)) return;
    if (b->every_store && b->running)
        b->every_store(b->every_store_arg, b->running->hart, pa, size);
    for (unsigned i = 0; i < b->watch_count; i++) {
        const struct watch *w = &b->watches[i];
        if (pa < w->pa + w->size && w->pa < pa + size) w->fn(w->arg, b, pa, size);
    }
}

static void machine_stored(void *machine, u64 pa, unsigned size)
{
    struct board *b = machine;
    board_lock(b);
    stored(b, pa, size);
    board_unlock(b);
}

static void machine_code_page(void *machine, u64 pa)
{
    (void)pa;
    struct board *b = machine;
    for (unsigned i = 0; i < b->config.harts; i++) hart_forget_stores(b->harts[i].hart);
}

static u64 machine_time(void *machine)
{
    const struct board *b = machine;
    return clint_time(b->clint);
}

const struct bus board_bus_template = {
    .page = machine_page,
    .load = machine_load,
    .store = machine_store,
    .stored = machine_stored,
    .code_page = machine_code_page,
    .time = machine_time,
};

/* ---- from outside ---- */

/* RAM in [pa, pa + size) has changed: no hart may go on with code that was there. */
static void changed(struct board *b, u64 pa, u64 size)
{
    if (!size) return;
    u64 last = (pa + size - 1) & ~PAGE_OFFSET_MASK;
    for (u64 at = pa & ~PAGE_OFFSET_MASK; at <= last; at += PAGE_SIZE) {
        struct ram_page page = ram_page(b->ram, at);
        if (page.host && *page.flags & PAGE_CODE) forget_code(b, page, at);
    }
}

bool board_write(struct board *b, u64 pa, const void *data, u64 size)
{
    if (!ram_write(b->ram, pa, data, size)) return false;
    changed(b, pa, size);
    return true;
}

bool board_read(struct board *b, u64 pa, void *data, u64 size)
{
    return ram_read(b->ram, pa, data, size);
}

u64 board_next_page(const struct board *b, u64 pa)
{
    return ram_next_page(b->ram, pa);
}

bool board_zero(struct board *b, u64 pa, u64 size)
{
    if (!ram_zero(b->ram, pa, size)) return false;
    changed(b, pa, size);
    return true;
}

/* ---- from devices ---- */

static bool dma_holds(void *board, u64 pa, u64 size)
{
    const struct board *b = board;
    return ram_contains(b->ram, pa, size);
}

/* The largest piece that one access takes: at this place, of these many bytes. */
static unsigned piece(const u8 *host, size_t left)
{
    unsigned size = sizeof(u64);
    while (size > left || (u64)host & (size - 1)) size /= 2;
    return size;
}

static void load_pieces(u8 *to, const u8 *host, size_t size)
{
    for (unsigned n; size; to += n, host += n, size -= n) {
        n = piece(host, size);
        u64 value = host_load(host, n);
        memcpy(to, &value, n);
    }
}

static void store_pieces(u8 *host, const u8 *from, size_t size)
{
    for (unsigned n; size; host += n, from += n, size -= n) {
        u64 value = 0;
        n = piece(host, size);
        memcpy(&value, from, n);
        host_store(host, n, value);
    }
}

/* Up to the end of its line, so that no SC succeeds for which another hart's LR came before. */
static size_t store_line(struct board *b, u8 *host, const u8 *from, size_t size)
{
    const size_t line = (size_t)1 << MONITOR_LINE_SHIFT, room = line - ((u64)host & (line - 1));
    size_t part = size < room ? size : room;
    u32 *taken = monitor_take(b->monitor, host);
    store_pieces(host, from, part);
    monitor_give(taken);
    return part;
}

/* The part of [pa, pa + size) that lies in one page, and where; NULL when the host has no room. */
static u8 *page_part(struct board *b, u64 pa, u64 size, size_t *part)
{
    u64 in_page = pa & PAGE_OFFSET_MASK, room = PAGE_SIZE - in_page;
    u8 *host = machine_page(b, pa).host;
    *part = (size_t)(size < room ? size : room);
    return host ? host + in_page : NULL;
}

static bool dma_read(void *board, u64 pa, void *data, u64 size)
{
    struct board *b = board;
    u8 *to = data;
    if (!ram_contains(b->ram, pa, size)) return false;
    for (size_t part; size; pa += part, to += part, size -= part) {
        const u8 *host = page_part(b, pa, size, &part);
        if (!host) return false;
        load_pieces(to, host, part);
    }
    return true;
}

/* Harts that take turns: one of them at most has a reservation, and it need not be for this. */
static void lose_reservations(struct board *b)
{
    for (unsigned i = 0; !b->monitor && i < b->config.harts; i++)
        hart_lose_reservation(b->harts[i].hart);
}

static bool dma_write(void *board, u64 pa, const void *data, u64 size)
{
    struct board *b = board;
    const u8 *from = data;
    if (!ram_contains(b->ram, pa, size)) return false;
    lose_reservations(b);
    changed(b, pa, size); /* before it has: no hart of this thread runs in between */
    for (size_t part; size; pa += part, from += part, size -= part) {
        u8 *host = page_part(b, pa, size, &part);
        if (!host) return false;
        part = store_line(b, host, from, part);
    }
    return true;
}

struct dma board_dma(struct board *b)
{
    return (struct dma){b, dma_holds, dma_read, dma_write};
}

/* ---- watches ---- */

bool board_watch(struct board *b, u64 pa, unsigned size, board_watch_fn *fn, void *arg)
{
    if (b->watch_count == WATCHES_MAX || !size || !ram_contains(b->ram, pa, size)) return false;
    for (u64 at = pa & ~PAGE_OFFSET_MASK; at < pa + size; at += PAGE_SIZE) {
        struct ram_page page = ram_page(b->ram, at);
        if (!page.host) return false;
        *page.flags |= PAGE_WATCH;
    }
    b->watches[b->watch_count++] = (struct watch){pa, size, fn, arg};
    for (unsigned i = 0; i < b->config.harts; i++) hart_forget_stores(b->harts[i].hart);
    return true;
}

void board_watch_all(struct board *b, board_store_fn *fn, void *arg)
{
    b->every_store = fn;
    b->every_store_arg = arg;
    ram_watch(b->ram, PAGE_WATCH);
    for (unsigned i = 0; i < b->config.harts; i++) hart_forget_stores(b->harts[i].hart);
}

/* ---- claims: who has what part of RAM ---- */

/* The claim that overlaps [start, start + size); NULL: none. */
static const struct claim *overlapping(const struct board *b, u64 start, u64 size)
{
    for (unsigned i = 0; i < b->claim_count; i++) {
        const struct claim *c = &b->claims[i];
        if (start < c->start + c->size && c->start < start + size) return c;
    }
    return NULL;
}

static bool refuse_claim(const char *name, u64 start, u64 size, const char *why, const char *other)
{
    fprintf(stderr, "vhart: %s at 0x%" PRIx64 "..0x%" PRIx64 " %s%s\n", name, start,
            start + size - 1, why, other);
    return false;
}

bool board_claim(struct board *b, const char *name, u64 start, u64 size)
{
    if (!size) return true;
    if (!ram_contains(b->ram, start, size))
        return refuse_claim(name, start, size,
                            "is not all in RAM; link it elsewhere, or use a larger -m", "");
    const struct claim *other = overlapping(b, start, size);
    if (other) return refuse_claim(name, start, size, "overlaps ", other->name);
    if (b->claim_count == CLAIMS_MAX)
        return refuse_claim(name, start, size, "is one image too many", "");
    b->claims[b->claim_count++] = (struct claim){name, start, size};
    return true;
}

u64 board_find_room(const struct board *b, u64 size, u64 align, u64 limit)
{
    u64 top = RAM_BASE + b->config.ram_size;
    if (limit < top) top = limit;
    while (size && top >= size) {
        u64 start = (top - size) & ~(align - 1);
        if (start < RAM_BASE) break;
        const struct claim *c = overlapping(b, start, size);
        if (!c) return start;
        top = c->start;
    }
    return 0;
}
