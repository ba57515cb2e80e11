/* compute: works long enough to be preempted many times, and knows what must come out.
 *
 * pi(10^7) = 664,579 is in every table of the prime-counting function (OEIS A006880). The digest of
 * one million times 'a' is the third example of FIPS 180-2, appendix B. */
#include "guests/guest.h"

enum { LIMIT = 10000000, PRIMES_BELOW_LIMIT = 664579 };

/* One byte an odd number: composite[i] stands for 2i + 1. */
static u8 composite[LIMIT / 2];

static u64 count_primes(void)
{
    u64 count = 1; /* 2 */
    for (u64 i = 1; i < LIMIT / 2; i++) {
        if (composite[i]) continue;
        u64 p = 2 * i + 1;
        count++;
        for (u64 j = p * p / 2; j < LIMIT / 2; j += p) composite[j] = 1;
    }
    return count;
}

/* SHA-256 (FIPS 180-4). Its constants are the first 32 bits of the fractions of the cube roots of
 * the first 64 primes, its start values those of the square roots of the first 8, and are computed
 * so: one fact less to mistype. */
static u32 constants[64], start[8];

/* The first 32 fractional bits of the k-th root of p < 2^9, k = 2 or 3: those of the largest r with
 * r^k <= p * 2^(32k). */
static u32 root_fraction(u64 p, unsigned k)
{
    typedef unsigned __int128 u128;
    u64 r = 0;
    for (u64 bit = 1ull << 36; bit; bit >>= 1) {
        u128 x = r | bit;
        if ((k == 2 ? x * x : x * x * x) <= (u128)p << (32 * k)) r |= bit;
    }
    return (u32)r;
}

static void make_constants(void)
{
    unsigned n = 0;
    for (u64 p = 2; n < 64; p++) {
        bool prime = true;
        for (u64 d = 2; d * d <= p; d++) prime &= p % d != 0;
        if (!prime) continue;
        if (n < 8) start[n] = root_fraction(p, 2);
        constants[n++] = root_fraction(p, 3);
    }
}

static u32 rotate(u32 x, unsigned n)
{
    return x >> n | x << (32 - n);
}

static void expand(u32 w[64], const u8 block[64])
{
    for (unsigned t = 0; t < 16; t++) w[t] = be32(block + 4 * t);
    for (unsigned t = 16; t < 64; t++) {
        u32 s0 = rotate(w[t - 15], 7) ^ rotate(w[t - 15], 18) ^ w[t - 15] >> 3;
        u32 s1 = rotate(w[t - 2], 17) ^ rotate(w[t - 2], 19) ^ w[t - 2] >> 10;
        w[t] = s1 + w[t - 7] + s0 + w[t - 16];
    }
}

static void digest_block(u32 hash[8], const u8 block[64])
{
    u32 w[64], v[8];
    expand(w, block);
    for (unsigned i = 0; i < 8; i++) v[i] = hash[i];
    for (unsigned t = 0; t < 64; t++) {
        u32 s1 = rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25);
        u32 s0 = rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22);
        u32 choice = (v[4] & v[5]) ^ (~v[4] & v[6]);
        u32 majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        u32 t1 = v[7] + s1 + choice + constants[t] + w[t];
        for (unsigned i = 7; i; i--) v[i] = v[i - 1];
        v[4] += t1;
        v[0] = t1 + s0 + majority;
    }
    for (unsigned i = 0; i < 8; i++) hash[i] += v[i];
}

/* A million is 15,625 blocks without a rest, so the padding is a block of its own. */
static void digest_million(u32 hash[8])
{
    enum { MILLION = 1000000 };
    static u8 block[64];
    make_constants();
    for (unsigned i = 0; i < 8; i++) hash[i] = start[i];
    for (unsigned i = 0; i < 64; i++) block[i] = 'a';
    for (unsigned i = 0; i < MILLION / 64; i++) digest_block(hash, block);
    for (unsigned i = 0; i < 64; i++) block[i] = 0;
    block[0] = 0x80;
    for (unsigned i = 0; i < 4; i++) block[60 + i] = (u8)(MILLION * 8u >> (24 - 8 * i));
    digest_block(hash, block);
}

static void print_word(u32 word)
{
    char text[10] = " ";
    for (unsigned i = 0; i < 8; i++) text[i + 1] = "0123456789abcdef"[word >> (28 - 4 * i) & 15];
    print(text);
}

static bool check_digest(void)
{
    static const u32 known[8] = {0xcdc76e5c, 0x9914fb92, 0x81a1c7e2, 0x84d73e67,
                                 0xf1809a48, 0xa497200e, 0x046d39cc, 0xc7112cd0};
    u32 hash[8];
    bool right = true;
    digest_million(hash);
    print("SHA-256 of a million 'a':");
    for (unsigned i = 0; i < 8; i++) {
        print_word(hash[i]);
        right &= hash[i] == known[i];
    }
    print(right ? ", right\n" : ", WRONG\n");
    return right;
}

void guest_main(u64 hart, const void *tree)
{
    const u64 key = 0xc0ffee0000000001;
    (void)hart;
    (void)tree;
    fp_fill(key);
    print("counting primes, then digesting\n");
    u64 primes = count_primes();
    bool right = primes == PRIMES_BELOW_LIMIT;
    print("primes below %u: %u, %s\n", (u64)LIMIT, primes, right ? "right" : "WRONG");
    right &= check_digest();
    u64 lost = fp_count_wrong(key);
    print("floating-point registers lost to others: %u\n", lost);
    shutdown(!right || lost);
}
