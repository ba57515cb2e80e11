/* Randomness for guests: each gets a block of ChaCha20's key stream (RFC 8439) under the machine's
 * rng-seed as key, so that none can tell from its own seed what a neighbour's is. */
#include "firmware/fdt/fdt.h"

enum { WORDS = 16, KEY_SIZE = 32, ROUNDS = 20 };

static u32 rotate(u32 n, unsigned by)
{
    return n << by | n >> (32 - by);
}

static void quarter_round(u32 *a, u32 *b, u32 *c, u32 *d)
{
    *a += *b, *d = rotate(*d ^ *a, 16);
    *c += *d, *b = rotate(*b ^ *c, 12);
    *a += *b, *d = rotate(*d ^ *a, 8);
    *c += *d, *b = rotate(*b ^ *c, 7);
}

static void two_rounds(u32 *x)
{
    for (unsigned i = 0; i < 4; i++) quarter_round(&x[i], &x[i + 4], &x[i + 8], &x[i + 12]);
    for (unsigned i = 0; i < 4; i++)
        quarter_round(&x[i], &x[4 + (i + 1) % 4], &x[8 + (i + 2) % 4], &x[12 + (i + 3) % 4]);
}

bool host_seed(u32 n, u8 *seed)
{
    u32 size, x[WORDS] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574}, before[WORDS];
    const void *key = fdt_prop(fdt_find(fdt_root(), "chosen"), "rng-seed", &size);
    if (!key || size < KEY_SIZE) return false;
    memcpy(x + 4, key, KEY_SIZE);
    x[13] = n; /* the first word of the nonce; x[12] is the counter */
    memcpy(before, x, sizeof x);
    for (unsigned i = 0; i < ROUNDS; i += 2) two_rounds(x);
    for (unsigned i = 0; i < WORDS; i++) x[i] += before[i];
    memcpy(seed, x, KEY_SIZE);
    return true;
}
