/* Where translated code is kept; how traces are found, linked and dropped; the loop around them.
 *
 * A trace hangs from the block that begins where it begins (hart/block.h), so it goes when its page
 * is written. Exits that were aimed at it are aimed back at their stubs. Nothing else is freed,
 * until the room is used up: then all code goes, blocks included, and translation starts afresh. */
#define _GNU_SOURCE
#include "hart/jit/jit.h"
#include "hart/block.h"
#include "hart/jit/find.h"
#include "hart/jit/host.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { TRACE_BYTES_MAX = 1 << 16 };

/* ---- room ---- */

static void start_over(struct jit *j)
{
    j->code.at = j->start;
    j->exit_n = j->point_n = j->trace_n = j->slot_n = 0;
    memset(j->slot_of, 0, sizeof j->slot_of);
    j->resets++;
}

static void reset(struct hart *h)
{
    blocks_drop_all(h);
    start_over(h->jit);
}

bool jit_has_room(const struct jit *j)
{
    return j->code.at + TRACE_BYTES_MAX <= j->base + code_size && j->trace_n < TRACES_MAX &&
           j->exit_n + 8 * TRACE_MAX <= EXIT_MAX && j->point_n + 8 * TRACE_MAX <= POINT_MAX;
}

/* Zeroed memory that costs nothing until it is touched; NULL: there is none. */
static void *map(size_t size, int sharing)
{
    void *p =
        mmap(NULL, size, PROT_READ | PROT_WRITE, sharing | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static void unmap(void *p, size_t size)
{
    if (p) munmap(p, size);
}

/* Two views of one memory file, which resource limits may not allow. */
static bool map_file(struct jit *j)
{
    int fd = memfd_create("vhart code", MFD_CLOEXEC);
    void *base = MAP_FAILED, *run = MAP_FAILED;
    if (fd >= 0 && ftruncate(fd, (off_t)code_size) == 0) {
        base = mmap(NULL, code_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        run = mmap(NULL, code_size, PROT_READ, MAP_SHARED, fd, 0);
    }
    if (fd >= 0) close(fd);
    j->base = base == MAP_FAILED ? NULL : base;
    j->run = run == MAP_FAILED ? NULL : run;
    return j->base && j->run;
}

/* Two views of shared memory: to remap nothing of it maps it once more. Emulators of a system do
 * not always know that. */
static bool map_twice(struct jit *j)
{
    j->base = map(code_size, MAP_SHARED);
    if (!j->base) return false;
    void *run = mremap(j->base, 0, code_size, MREMAP_MAYMOVE);
    j->run = run == MAP_FAILED ? NULL : run;
    if (j->run) return true;
    unmap(j->base, code_size);
    return map_file(j);
}

/* For tests by user-mode emulators that do not see code change in another view (QEMU 7.2 does not),
 * but go on with what they have met there before: a view that is both writable and executable. */
#ifdef JIT_ONE_VIEW
enum { ONE_VIEW = true };
#else
enum { ONE_VIEW = false };
#endif

static bool map_once(struct jit *j)
{
    j->base = j->run = map(code_size, MAP_PRIVATE);
    return j->base && mprotect(j->base, code_size, PROT_READ | PROT_WRITE | PROT_EXEC) == 0;
}

/* Code is written through one mapping and run through another, so that no page is ever writable and
 * executable. */
static bool map_code(struct jit *j)
{
    if (ONE_VIEW) return map_once(j);
    if (!map_twice(j) || mprotect(j->run, code_size, PROT_READ | PROT_EXEC) != 0) return false;
    j->to_run = j->run - j->base;
    return true;
}

static void free_jit(struct jit *j)
{
    if (!ONE_VIEW) unmap(j->base, code_size);
    unmap(j->run, code_size);
    unmap(j->exits, EXIT_MAX * sizeof *j->exits);
    unmap(j->points, POINT_MAX * sizeof *j->points);
    unmap(j->traces, TRACES_MAX * sizeof *j->traces);
    free(j);
}

void jit_free(struct hart *h)
{
    if (h->jit) free_jit(h->jit);
    h->jit = NULL;
}

void jit_changed(const struct jit *j, const u8 *from, const u8 *to)
{
    __builtin___clear_cache((char *)from + j->to_run, (char *)to + j->to_run);
}

static struct jit *new_jit(void)
{
    struct jit *j = calloc(1, sizeof *j);
    if (!j) return NULL;
    j->exits = map(EXIT_MAX * sizeof *j->exits, MAP_PRIVATE);
    j->points = map(POINT_MAX * sizeof *j->points, MAP_PRIVATE);
    j->traces = map(TRACES_MAX * sizeof *j->traces, MAP_PRIVATE);
    if (!j->exits || !j->points || !j->traces || !map_code(j)) {
        free_jit(j);
        return NULL;
    }
    j->code.at = j->base;
    access_init();
    make_entries(j);
    j->start = j->code.at;
    jit_changed(j, j->base, j->start);
    start_over(j);
    return j;
}

/* ---- slots ---- */

u32 slot_for(struct jit *j, u64 va, const u8 *host_page)
{
    u32 n = (u32)((va >> PAGE_SHIFT) * 0x9e3779b1u ^ (u64)host_page >> PAGE_SHIFT);
    for (;; n++) {
        u16 *at = &j->slot_of[n & (SLOT_N - 1)];
        if (!*at && j->slot_n + 1 >= SLOT_N / 2) return 0;
        if (!*at) {
            *at = (u16)++j->slot_n;
            j->slot[*at] = (struct slot){va, host_page};
            return *at;
        }
        if (j->slot[*at].va == va && j->slot[*at].host == host_page) return *at;
    }
}

/* ---- traces ---- */

static void aim_live(const struct jit *j, u8 *site, const u8 *to)
{
    aim(site, to);
    jit_changed(j, site, site + 4);
}

static void unlink_exit(struct exit *x)
{
    if (!x->to) return;
    struct exit **at = &x->to->in;
    while (*at != x) at = &(*at)->next;
    *at = x->next;
    aim_live(x->to->jit, x->site, x->stub);
    x->to = NULL;
}

void jit_drop(struct trace *list)
{
    for (struct trace *t = list; t; t = t->next)
        while (t->in) unlink_exit(t->in);
}

static struct trace *trace_of(const struct block *b, const struct hart *h)
{
    struct trace *t = b->traces;
    while (t && (t->pc != h->pc || t->mode != (h->priv | h->virt << 2))) t = t->next;
    return t;
}

static struct trace *translate(struct hart *h, struct block *b)
{
    if (!h->jit) h->jit = new_jit();
    struct jit *j = h->jit;
    if (!j) { /* the host gives no memory for code */
        h->config.tier = TIER_BLOCK;
        return NULL;
    }
    u64 offset = h->pc & PAGE_OFFSET_MASK;
    u32 slot = slot_for(j, h->pc - offset, b->host - offset);
    if (!slot || !jit_has_room(j)) {
        reset(h);
        return NULL;
    }
    u8 *start = j->code.at;
    struct trace *t = make_trace(h, b);
    jit_changed(j, start, j->code.at);
    t->slot = (u16)slot;
    t->next = b->traces;
    b->traces = t;
    return t;
}

/* The trace at h->pc, where b begins, made if b is hot. It has just been seen in its place. */
static struct trace *ready_trace(struct hart *h, struct block *b)
{
    struct trace *t = trace_of(b, h);
    if (!t && b->heat <= 0) t = translate(h, b);
    if (!t) return NULL;
    struct context *c = h->code;
    c->slot_stamp[t->slot] = c->code_stamp;
    c->entry[h->pc >> 1 & (ENTRY_N - 1)] =
        (struct code_entry){.pc = h->pc, .stamp = c->code_stamp, .code = t->code};
    return t;
}

const u8 *jit_find(struct hart *h)
{
    struct block *b = block_find(h);
    if (!b || !trace_of(b, h)) return NULL;
    return ready_trace(h, b)->code;
}

/* ---- running ---- */

static void link_exit(struct hart *h, struct exit *x, struct trace *t)
{
    if (x->to == t) return;
    unlink_exit(x);
    if (x->guard) {
        aim_guard(x->guard, t->slot);
        jit_changed(h->jit, x->guard, x->guard + 8);
    }
    aim_live(h->jit, x->site, t->code - h->jit->to_run);
    x->to = t;
    x->next = t->in;
    t->in = x;
}

/* Translated code was left by an exit: go on there, and have it lead on directly next time. */
static void follow(struct hart *h, u32 id, bool one)
{
    struct jit *j = h->jit;
    struct exit *x = &j->exits[id];
    h->pc = x->pc;
    if (x->cold) {
        block_run_linked(h, one);
        return;
    }
    if (!x->site || !jit_ready(h)) return;
    u64 resets = j->resets;
    struct block *b = block_find(h);
    struct trace *t = b ? ready_trace(h, b) : NULL;
    if (t && resets == j->resets) link_exit(h, x, t);
}

static void run_some(struct hart *h, bool one)
{
    struct block *b = jit_ready(h) ? block_find(h) : NULL;
    struct trace *t = b ? ready_trace(h, b) : NULL;
    if (!t) {
        block_run_linked(h, one);
        return;
    }
    u32 id = enter_code(h, t->code);
    if (id != NO_EXIT) follow(h, id, one);
}

void jit_run(struct hart *h, bool one)
{
    do run_some(h, one);
    while (h->budget && !h->attention && !one && h->config.tier == TIER_JIT);
}
