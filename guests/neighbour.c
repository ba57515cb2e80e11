/* neighbour: the VM next door to one that misbehaves. It works for a while on numbers, memory,
 * floating-point registers and supervisor CSRs that are all its own, and nothing that it does
 * depends on time: so it must come to the same end whoever shares the machine with it. rounds= in
 * its arguments says how long: a round is a million instructions. */
#include "guests/guest.h"

enum { ROUNDS_DEFAULT = 16, WORDS = 4096, WORK = 120000 };
#define KEY 0x6e65696768626f75ull /* of what may not be found elsewhere */

static u64 memory[WORDS];

/* xorshift64* (Vigna), the work that a round consists of. */
static u64 work(u64 x)
{
    for (unsigned i = 0; i < WORK; i++) {
        x ^= x >> 12;
        x ^= x << 25;
        x ^= x >> 27;
    }
    return x * 0x2545f4914f6cdd1dull;
}

/* One word in each round changes, so that a word lost or changed by others shows in the digest. */
static u64 digest(u64 round)
{
    u64 sum = round;
    memory[round * 61 % WORDS] += sum;
    for (unsigned i = 0; i < WORDS; i++) sum = (sum ^ memory[i]) * 0x100000001b3ull;
    return sum;
}

static void fill(void)
{
    for (unsigned i = 0; i < WORDS; i++) memory[i] = KEY ^ i;
    fp_fill(KEY);
    csr_write(sscratch, KEY);
    csr_write(sepc, 0x80204000);
    csr_write(scause, 7);
    csr_write(stval, ~KEY);
    csr_write(stvec, 0x80204000);
    csr_write(sie, 0x22);
    csr_clear(sstatus, 2);
}

static u64 lost(void)
{
    u64 n = fp_count_wrong(KEY);
    n += csr_read(sscratch) != KEY;
    n += csr_read(sepc) != 0x80204000;
    n += csr_read(scause) != 7;
    n += csr_read(stval) != ~KEY;
    n += csr_read(stvec) != 0x80204000;
    n += csr_read(sie) != 0x22;
    n += csr_read(satp) != 0;
    return n;
}

static u64 rounds_wanted(const char *arguments)
{
    static const char key[] = "rounds=";
    const char *at = arguments ? arguments : "";
    u64 n = 0;
    for (size_t k = 0; key[k]; k++, at++)
        if (*at != key[k]) return ROUNDS_DEFAULT;
    for (; *at >= '0' && *at <= '9'; at++) n = n * 10 + (u64)(*at - '0');
    return n;
}

void guest_main(u64 hart, const void *tree)
{
    u64 sum = KEY, missing = 0;
    u64 rounds = rounds_wanted((const char *)tree_property(tree, "bootargs"));
    (void)hart;
    fill();
    for (u64 round = 0; round < rounds; round++) {
        sum = work(sum) ^ digest(round);
        missing += lost();
    }
    print("digest %x, registers lost to others: %u\n", sum, missing);
    shutdown(missing != 0);
}
