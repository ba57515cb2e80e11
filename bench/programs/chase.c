/* A ring of params.size nodes, params.stride bytes apart, in an order that no prefetcher guesses,
 * and once around it: three instructions a node. With a stride of a page, each node lies on a page
 * of its own and on a line of its own within it. An event is a node visited. */
#include "frame.h"
#include "paging.h"

enum { WAYPOINTS = 16, SIZE_MIN = 4096, LINE = 64, LINES_IN_PAGE = PAGE / LINE };

static u64 arena(void)
{
    return params.size * params.stride;
}

/* Where the arena shows its memory again, other lines of the pages are taken. */
static u64 *node(u64 k)
{
    u64 line = params.stride < PAGE ? 0 : (k + k / (ARENA_MEMORY / PAGE)) % LINES_IN_PAGE;
    return (u64 *)(arena_start() + k * params.stride + line * LINE);
}

/* A linear congruence of full period over a power of two (Knuth, TAOCP 2, 3.2.1.2). */
static u64 successor(u64 k)
{
    return (k * 1664525 + 1013904223) & (params.size - 1);
}

static void prepare(void)
{
    must(params.size >= SIZE_MIN && !(params.size & (params.size - 1)));
    for (u64 k = 0; k < params.size; k++) *node(k) = (u64)node(successor(k));
}

static u64 *walk(u64 *at, u64 steps)
{
    __asm__ volatile("1: ld %0, 0(%0)\n addi %1, %1, -1\n bnez %1, 1b"
                     : "+r"(at), "+r"(steps)
                     :
                     : "memory");
    return at;
}

static u64 work(void)
{
    u64 *at = node(0), sum = 0, left = params.size;
    for (u64 k = 1; k < WAYPOINTS; k++) { /* unevenly: a congruence repeats in its low bits */
        u64 steps = params.size / WAYPOINTS + k;
        at = walk(at, steps);
        left -= steps;
        sum = mix(sum, (u64)at - (u64)arena_start());
    }
    at = walk(at, left);
    must(at == node(0));
    events += params.size;
    return sum;
}

const struct program program = {.prepare = prepare, .work = work, .arena = arena};
