/* Integer work as compilers make it: arithmetic, shifts, a multiplication, about one load or store
 * in five instructions, and branches that a predictor mostly foresees, as in real code. The table
 * has params.size words: with 512 it is one page, with more its pages are visited at random. An
 * event is one iteration. */
#include "frame.h"
#include "paging.h"

enum { ITERATIONS = 50000, SIZE_MAX_WORDS = 1 << 16, KINDS = 512 };
#define RARE (~0ull / 64) /* one value in 64 is below */

static _Alignas(PAGE) struct {
    u32 counts[KINDS];
    u8 bytes[KINDS];
} small;
static u64 *table;

static void prepare(void)
{
    must(params.size <= SIZE_MAX_WORDS && !(params.size & (params.size - 1)));
    table = heap(params.size * sizeof *table);
}

static void begin(void)
{
    for (u64 k = 0; k < params.size; k++) table[k] = k;
    for (u64 k = 0; k < KINDS; k++) {
        small.counts[k] = 0;
        small.bytes[k] = (u8)(k * 7);
    }
}

static u64 work(void)
{
    u64 x = 88172645463325252, sum = 0, *words = table, mask = params.size - 1;
    begin();
    for (u64 k = 0; k < ITERATIONS; k++) {
        x = xorshift(x);
        u64 at = x >> 20;
        words[at & mask] += x;
        small.counts[small.bytes[at & (KINDS - 1)]]++;
        if (k & 1) sum += words[(at + k) & mask] * 3;
        if (x < RARE) sum ^= small.counts[k & (KINDS - 1)];
        sum = (sum << 5 | sum >> 59) + (u32)(x * 0x9e3779b9);
    }
    events += ITERATIONS;
    return sum;
}

const struct program program = {.prepare = prepare, .work = work};
