/* The walker against the second one, written from the specification's text
 * (tests/host/test_walk.h). Input: a space, an address, an access, a world of page tables, and bits
 * to flip in its entries.
 *
 * No entry changes under the walkers here: they begin again at different places, as they may, and
 * in these worlds one entry can be several levels' at once. test_walk.c has worlds where it is not.
 */
#include "tests/fuzz/fuzz.h"
#include "tests/host/test_walk_compare.h"

/* Bits of an atp register as they come, with a MODE that exists: others never get there. */
static u64 atp_of(struct input *in, bool g, unsigned width)
{
    static const u8 modes[] = {ATP_BARE, ATP_SV39, ATP_SV48, ATP_SV57};
    unsigned mode = modes[take(in, 1) & 3];
    u64 kind = (u64)(mode - 6) << 2 | (u64)g << 5;
    u64 ppn = (take(in, 2) << 6 & MASK(width - 1, 0)) | kind;
    return mode ? (u64)mode << 60 | (g ? ppn & ~3ull : ppn) : 0;
}

static struct space space_of_input(struct input *in, unsigned width)
{
    struct space s = {0};
    unsigned flags = (unsigned)take(in, 2);
    s.priv = flags & 1 ? PRIV_S : PRIV_U;
    s.virt = flags >> 1 & 1, s.sum = flags >> 2 & 1, s.mxr = flags >> 3 & 1;
    s.gmxr = flags >> 4 & 1, s.adue = flags >> 5 & 1, s.gadue = flags >> 6 & 1;
    s.pbmte = flags >> 7 & 1, s.gpbmte = flags >> 8 & 1, s.napot = flags >> 9 & 1;
    s.sse = flags >> 10 & 1;
    s.atp = atp_of(in, false, width);
    if (s.virt) s.gatp = atp_of(in, true, width);
    return s;
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    u64 patch[PATCH_N] = {0};
    unsigned kind = (unsigned)take(&in, 1);
    struct trial t = {
        .world = {.seed = take(&in, 2),
                  .width = 29 + 15 * (kind & 1),
                  .leaves = (kind >> 1 & 3) * 4,
                  .user = kind >> 3 & 1,
                  .clean = kind >> 4 & 1,
                  .fancy = kind >> 5 & 1,
                  .holes = kind >> 6 & 1 ? 30 : 0,
                  .fail_at = kind >> 7 ? 0 : (unsigned)take(&in, 1) % 64,
                  .patch = patch},
    };
    t.space = space_of_input(&in, t.world.width);
    t.access = (enum access)(take(&in, 1) % ACCESS_N);
    t.va = take(&in, 8);
    while (in.left) {
        u64 *bits = &patch[take(&in, 1) % PATCH_N];
        *bits ^= take(&in, 1) | take(&in, 1) << 56; /* permissions, A, D; reserved, PBMT, N */
        *bits ^= take(&in, 1) << 10;                /* alignment, NAPOT */
    }
    compare(&t);
    return 0;
}
