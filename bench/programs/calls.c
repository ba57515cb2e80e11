/* Many small functions, as in CoreMark: linked lists sorted through a function pointer, small
 * matrices, a state machine over text, a CRC of all that. Loads, branches, calls and returns more
 * than arithmetic. An event is one pass over the four. */
#include "frame.h"

#define APART __attribute__((noinline))

enum { PASSES = 40, ITEMS = 16, ORDER = 8, TEXT = 128 };

/* ---- a linked list, sorted by merging ---- */

struct item {
    struct item *next;
    u16 key, order;
};

static struct item items[ITEMS];

APART static struct item *new_list(u64 seed)
{
    for (u16 k = 0; k < ITEMS; k++) {
        seed = xorshift(seed);
        items[k] = (struct item){k + 1 < ITEMS ? &items[k + 1] : NULL, (u16)seed, k};
    }
    return items;
}

APART static s32 by_key(const struct item *a, const struct item *b)
{
    return (s32)a->key - (s32)b->key;
}

APART static s32 by_order(const struct item *a, const struct item *b)
{
    return (s32)a->order - (s32)b->order;
}

typedef s32 comparison(const struct item *a, const struct item *b);

APART static struct item *merge(struct item *a, struct item *b, comparison *compare)
{
    struct item *first = NULL, **end = &first;
    while (a && b) {
        struct item **least = compare(a, b) <= 0 ? &a : &b;
        *end = *least;
        end = &(*least)->next;
        *least = (*least)->next;
    }
    *end = a ? a : b;
    return first;
}

APART static struct item *sort(struct item *list, unsigned length, comparison *compare)
{
    if (length < 2) return list;
    struct item *last = list;
    for (unsigned k = 1; k < length / 2; k++) last = last->next;
    struct item *rest = last->next;
    last->next = NULL;
    return merge(sort(list, length / 2, compare), sort(rest, length - length / 2, compare),
                 compare);
}

/* ---- small matrices ---- */

static s32 a[ORDER][ORDER], b[ORDER][ORDER], c[ORDER][ORDER];

APART static void fill(s32 m[ORDER][ORDER], u64 seed)
{
    for (unsigned i = 0; i < ORDER; i++)
        for (unsigned k = 0; k < ORDER; k++) m[i][k] = (s32)((seed = xorshift(seed)) & 255) - 128;
}

APART static void multiply(void)
{
    for (unsigned i = 0; i < ORDER; i++)
        for (unsigned k = 0; k < ORDER; k++) {
            c[i][k] = 0;
            for (unsigned n = 0; n < ORDER; n++) c[i][k] += a[i][n] * b[n][k];
        }
}

APART static s32 trace(void)
{
    s32 sum = 0;
    for (unsigned k = 0; k < ORDER; k++) sum += c[k][k];
    return sum;
}

/* ---- a state machine that counts the kinds of numbers in a text ---- */

enum kind { START, SIGN, INTEGER, FRACTION, EXPONENT, INVALID, KINDS };
static char text[TEXT + 1];
static u32 kinds[KINDS];

APART static void write_text(u64 seed)
{
    for (unsigned k = 0; k < TEXT; k++) text[k] = "0123456789+-.e, "[(seed = xorshift(seed)) & 15];
    text[TEXT] = 0;
}

APART static enum kind next_kind(enum kind k, char ch)
{
    bool digit = ch >= '0' && ch <= '9', sign = ch == '+' || ch == '-';
    switch (k) {
    case START: return digit ? INTEGER : sign ? SIGN : ch == '.' ? FRACTION : INVALID;
    case SIGN: return digit ? INTEGER : ch == '.' ? FRACTION : INVALID;
    case INTEGER: return digit ? INTEGER : ch == '.' ? FRACTION : ch == 'e' ? EXPONENT : INVALID;
    case FRACTION: return digit ? FRACTION : ch == 'e' ? EXPONENT : INVALID;
    case EXPONENT: return digit || sign ? EXPONENT : INVALID;
    default: return INVALID;
    }
}

APART static void count_kinds(void)
{
    enum kind k = START;
    for (const char *p = text; *p; p++) {
        if (*p == ',' || *p == ' ') {
            kinds[k]++;
            k = START;
        } else {
            k = next_kind(k, *p);
        }
    }
}

/* ---- CRC-16 (polynomial x^16 + x^15 + x^2 + 1), a bit at a time ---- */

APART static u16 crc_byte(u8 byte, u16 crc)
{
    for (unsigned k = 0; k < 8; k++, byte >>= 1)
        crc = (u16)(crc >> 1 ^ (0xa001 & -((crc ^ byte) & 1)));
    return crc;
}

APART static u16 crc_word(u32 word, u16 crc)
{
    for (unsigned k = 0; k < 4; k++, word >>= 8) crc = crc_byte((u8)word, crc);
    return crc;
}

/* ---- all together ---- */

/* The data is the same each time, so that branch predictors learn it, as they do in CoreMark. */
APART static u16 pass(u16 crc)
{
    const u64 seed = 0x9e3779b97f4a7c15;
    struct item *list = sort(new_list(seed), ITEMS, by_key);
    for (struct item *i = list; i; i = i->next) crc = crc_byte((u8)i->key, crc);
    list = sort(list, ITEMS, by_order);
    must(list == items);
    fill(a, seed);
    fill(b, seed + 1);
    multiply();
    crc = crc_word((u32)trace(), crc);
    write_text(seed);
    count_kinds();
    for (unsigned k = 0; k < KINDS; k++) crc = crc_word(kinds[k], crc);
    return crc;
}

static u64 work(void)
{
    u16 crc = 0;
    for (unsigned k = 0; k < KINDS; k++) kinds[k] = 0;
    for (u64 k = 0; k < PASSES; k++) crc = pass(crc);
    events += PASSES;
    return crc;
}

const struct program program = {.work = work};
