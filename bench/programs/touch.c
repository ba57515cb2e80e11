/* params.size pages, each visited once a round, in an order that no prefetcher guesses, with some
 * arithmetic at each: what translation costs as more memory is in use. An event is a page visited.
 */
#include "frame.h"
#include "paging.h"

enum { LINE = 64, LINES_IN_PAGE = PAGE / LINE, STEPS = 8 };

static u64 arena(void)
{
    return params.size * PAGE;
}

/* Where the arena shows its memory again, other lines of the pages are taken. */
static u64 *word(u64 page)
{
    u64 line = (page + page / (ARENA_MEMORY / PAGE)) % LINES_IN_PAGE;
    return (u64 *)(arena_start() + page * PAGE + line * LINE);
}

static void prepare(void)
{
    must(!(params.size & (params.size - 1)));
    for (u64 k = 0; k < params.size; k++) *word(k) = k;
}

static u64 work(void)
{
    u64 sum = 0, page = 0;
    for (u64 k = 0; k < params.size; k++) {
        u64 x = *word(page) + 1;
        for (unsigned n = 0; n < STEPS; n++) x = xorshift(x);
        sum += x;
        page = (page * 1664525 + 1013904223) & (params.size - 1);
    }
    events += params.size;
    return sum;
}

const struct program program = {.prepare = prepare, .work = work, .arena = arena};
