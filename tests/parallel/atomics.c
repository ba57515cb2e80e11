/* AMO, LR and SC among harts (unpriv. spec 14, A; Zabha, Zacas): nothing is lost, an SC fails when
 * another hart has stored, locks lock. */
#include "smp.h"

/* Harts go on until each has met the others at work so often, or in vain: harts in turn, and
 * threads of a busy host, meet seldom. */
enum { TURNS = 10000, MEETINGS = 10000, TRIES_MAX = 100000, STORES_MAX = 1000000, BURST = 1024 };

struct line {
    u64 word, second;
} __attribute__((aligned(LINE)));
static struct line words[8];

/* ---- counters: the sum of what all harts add ---- */

static void amo_w(u64 *p)
{
    __asm__ volatile("amoadd.w zero, %0, (%1)" ::"r"(1), "r"(p) : "memory");
}
static void amo_d(u64 *p)
{
    __asm__ volatile("amoadd.d zero, %0, (%1)" ::"r"(1ul), "r"(p) : "memory");
}
static void lr_sc_w(u64 *p)
{
    u64 v;
    __asm__ volatile("1: lr.w %0, (%1)\naddi %0, %0, 1\nsc.w %0, %0, (%1)\nbnez %0, 1b"
                     : "=&r"(v)
                     : "r"(p)
                     : "memory");
}
static void lr_sc_d(u64 *p)
{
    u64 v;
    __asm__ volatile("1: lr.d %0, (%1)\naddi %0, %0, 1\nsc.d %0, %0, (%1)\nbnez %0, 1b"
                     : "=&r"(v)
                     : "r"(p)
                     : "memory");
}
static void amocas_d(u64 *p)
{
    u64 old = READ(*p), found;
    for (;; old = found) {
        found = old;
        __asm__ volatile(".insn r 0x2f, 3, 0x14, %0, %1, %2" /* amocas.d */
                         : "+r"(found)
                         : "r"(p), "r"(old + 1)
                         : "memory");
        if (found == old) return;
    }
}

static const struct counter {
    const char *name;
    void (*add)(u64 *p);
} counters[] = {
    {"AMOADD.W counts",     amo_w   },
    {"AMOADD.D counts",     amo_d   },
    {"LR.W and SC.W count", lr_sc_w },
    {"LR.D and SC.D count", lr_sc_d },
    {"AMOCAS.D counts",     amocas_d},
};
enum { COUNTERS = sizeof counters / sizeof counters[0] };

/* How often this hart has added. */
static u64 add_among_others(void (*add)(u64 *), u64 *p)
{
    u64 n, met = 0;
    for (n = 0; met < 1000 && n < TRIES_MAX; n++) {
        if (n % BURST == 0) PAUSE();
        u64 before = READ(*p);
        add(p);
        met += READ(*p) != before + 1;
    }
    return n;
}

static void count(unsigned hart)
{
    for (unsigned k = 0; k < COUNTERS; k++) {
        barrier();
        ADD(words[k].second, add_among_others(counters[k].add, &words[k].word));
        barrier();
        if (hart == 0) report(words[k].word == words[k].second, counters[k].name);
    }
}

/* Each hart adds to a byte of its own in one word; 256 times is none. */
static void bytes(unsigned hart)
{
    static struct line one;
    barrier();
    for (unsigned n = 0; n < 8 * 256; n++)
        __asm__ volatile(".insn r 0x2f, 0, 0, x0, %0, %1" /* amoadd.b */
                         ::"r"((u8 *)&one.word + hart),
                         "r"(1)
                         : "memory");
    barrier();
    if (hart == 0) report(one.word == 0, "AMOADD.B leaves other bytes alone");
}

/* Each hart sets and clears a bit of its own: it must always find it as it left it. */
static void bits(unsigned hart)
{
    static struct line one;
    static u64 wrong;
    u64 bit = BIT(hart), old;
    barrier();
    for (unsigned n = 0; n < TURNS; n++) {
        __asm__ volatile("amoor.d %0, %1, (%2)" : "=r"(old) : "r"(bit), "r"(&one.word) : "memory");
        if (old & bit) ADD(wrong, 1);
        __asm__ volatile("amoxor.d %0, %1, (%2)" : "=r"(old) : "r"(bit), "r"(&one.word) : "memory");
        if (!(old & bit)) ADD(wrong, 1);
    }
    barrier();
    if (hart == 0) report(!wrong && !one.word, "AMOOR and AMOXOR change no other bits");
}

/* A pair of words whose second is the first's complement, by AMOCAS.Q in a2, a3 and a4, a5. */
static bool step_pair(struct line *p, u64 *low)
{
    register u64 a2 __asm__("a2") = *low, a3 __asm__("a3") = ~*low;
    register u64 a4 __asm__("a4") = *low + 1, a5 __asm__("a5") = ~(*low + 1);
    __asm__ volatile(".insn r 0x2f, 4, 0x14, a2, %2, a4"
                     : "+r"(a2), "+r"(a3)
                     : "r"(p), "r"(a4), "r"(a5)
                     : "memory");
    bool done = a2 == *low;
    *low = a2;
    if (a3 != ~a2) *low = ~0ull;
    return done;
}

static void pairs(unsigned hart)
{
    static struct line one = {0, ~0ull};
    static u64 torn;
    u64 low = 0;
    barrier();
    for (unsigned n = 0; n < TURNS && !READ(torn);) {
        n += step_pair(&one, &low);
        if (low == ~0ull) ADD(torn, 1);
    }
    barrier();
    if (hart == 0)
        report(!torn && one.word == HARTS * TURNS && one.second == ~one.word,
               "AMOCAS.Q counts, and tears no pair");
}

/* ---- stores beside what others add to ---- */

/* The pair's first word goes up by one, the second stays. */
static void amocas_q(u64 *p)
{
    register u64 a2 __asm__("a2") = READ(p[0]), a3 __asm__("a3") = READ(p[1]);
    for (;;) {
        u64 low = a2, high = a3;
        register u64 a4 __asm__("a4") = low + 1, a5 __asm__("a5") = high;
        __asm__ volatile(".insn r 0x2f, 4, 0x14, a2, %2, a4" /* amocas.q */
                         : "+r"(a2), "+r"(a3)
                         : "r"(p), "r"(a4), "r"(a5)
                         : "memory");
        if (a2 == low && a3 == high) return;
    }
}

static const struct neighbour {
    const char *name;
    void (*add)(u64 *p);
    bool in_second; /* the stores are to the word behind */
} neighbours[] = {
    {"no store is lost in an AMOADD beside it",   amo_d,    false},
    {"no store is lost in an SC beside it",       lr_sc_d,  false},
    {"no store is lost in an AMOCAS.D beside it", amocas_d, false},
    {"no store is lost in an AMOCAS.Q beside it", amocas_q, true },
};
enum { NEIGHBOURS = sizeof neighbours / sizeof neighbours[0] };

/* Store to a byte, and find it as it was left each time; how often not. Its word shows when the
 * others are at work. */
static u64 keep_byte(u8 *byte, const u64 *counter)
{
    u64 lost = 0, met = 0, seen = 0;
    u8 last = 0;
    for (unsigned n = 0; met < MEETINGS && n < STORES_MAX; n++) {
        if (n % BURST == 0) PAUSE();
        u32 now = (u32)READ(*counter);
        met += now != seen;
        seen = now;
        lost += READ(*byte) != last;
        WRITE(*byte, ++last);
    }
    return lost;
}

/* Odd harts have a byte each, at the upper end; even harts add at the lower one. */
static void stores_beside(unsigned hart)
{
    for (unsigned k = 0; k < NEIGHBOURS; k++) {
        static struct line one;
        static u64 lost, busy;
        const struct neighbour *of = &neighbours[k];
        if (hart == 0) {
            one = (struct line){0};
            lost = 0;
            busy = HARTS / 2;
        }
        barrier();
        if (hart & 1) {
            u8 *byte = (u8 *)(of->in_second ? &one.second : &one.word) + 4 + hart;
            ADD(lost, keep_byte(byte, &one.word));
            ADD(busy, -1ul);
        }
        for (unsigned n = 0; READ(busy); n++) {
            if (n % BURST == 0) PAUSE();
            of->add(&one.word);
        }
        barrier();
        if (hart == 0) report(!lost, of->name);
    }
}

/* ---- SC fails when another hart has stored in between ---- */

static u64 stage;

static void await_stage(u64 n)
{
    while (READ(stage) != n) PAUSE();
    FENCE(rw, rw);
}
static void enter_stage(u64 n)
{
    FENCE(rw, rw);
    WRITE(stage, n);
}

static void plain_store(u64 *p)
{
    WRITE(*p, 2);
}
static void there_and_back_by_amo(u64 *p)
{
    __atomic_exchange_n(p, 2, __ATOMIC_RELAXED);
    __atomic_exchange_n(p, 1, __ATOMIC_RELAXED);
}
static void there_and_back_by_sc(u64 *p)
{
    lr_sc_d(p);
    __asm__ volatile("1: lr.d t0, (%0)\naddi t0, t0, -1\nsc.d t0, t0, (%0)\nbnez t0, 1b" ::"r"(p)
                     : "t0", "memory");
}
static void there_and_plainly_back(u64 *p)
{
    lr_sc_d(p);
    WRITE(*p, 1);
}
static void same_value_by_amo(u64 *p)
{
    __atomic_fetch_or(p, 0, __ATOMIC_RELAXED);
}

static const struct breach {
    const char *name;
    void (*store)(u64 *p);
} breaches[] = {
    {"SC fails behind a plain store",                            plain_store           },
    {"SC fails behind AMOs that restore the value",              there_and_back_by_amo },
    {"SC fails behind SCs that restore the value",               there_and_back_by_sc  },
    {"SC fails behind an SC and a store that restore the value", there_and_plainly_back},
    {"SC fails behind an AMO that keeps the value",              same_value_by_amo     },
};
enum { BREACHES = sizeof breaches / sizeof breaches[0], BREACH_TURNS = 20 };

/* LR, then stage at, wait for the other's stage, then SC: 0 when it succeeded. */
static u64 reserve_across(u64 *p, u64 at)
{
    u64 old, failed;
    __asm__ volatile("lr.d %0, (%2)\nfence rw, rw\nsd %4, (%3)\naddi %1, %4, 1\n"
                     "1: .word 0x0100000f\nld %0, (%3)\nbne %0, %1, 1b\nfence rw, rw\n"
                     "sc.d %1, zero, (%2)"
                     : "=&r"(old), "=&r"(failed)
                     : "r"(p), "r"(&stage), "r"(at)
                     : "memory");
    return failed;
}

static void breach(unsigned hart)
{
    static struct line one;
    for (unsigned k = 0; k < BREACHES; k++) {
        u64 wrong = 0;
        barrier();
        for (unsigned n = 0; hart < 2 && n < BREACH_TURNS; n++) {
            u64 at = 1 + 2 * (k * BREACH_TURNS + n);
            if (hart == 0) {
                WRITE(one.word, 1);
                wrong += !reserve_across(&one.word, at);
            } else {
                await_stage(at);
                breaches[k].store(&one.word);
                enter_stage(at + 1);
            }
        }
        barrier();
        if (hart == 0) report(!wrong, breaches[k].name);
    }
}

/* ---- a stack whose pop is right only if SC sees more than values ---- */

enum { NODES = 8 };
static struct node {
    struct node *next;
    u64 taken;
} __attribute__((aligned(LINE))) nodes[NODES];
static struct {
    struct node *top;
} __attribute__((aligned(LINE))) stack;

static struct node *pop(void)
{
    struct node *top, *next;
    u64 failed;
    do {
        __asm__ volatile("lr.d.aq %0, (%3)\nli %2, 1\nbeqz %0, 1f\nld %1, (%0)\n"
                         "sc.d.rl %2, %1, (%3)\n1:"
                         : "=&r"(top), "=&r"(next), "=&r"(failed)
                         : "r"(&stack.top)
                         : "memory");
    } while (failed && top);
    return top;
}

static void push(struct node *n)
{
    struct node *top = READ(stack.top);
    do WRITE(n->next, top);
    while (!__atomic_compare_exchange_n(&stack.top, &top, n, false, __ATOMIC_ACQ_REL,
                                        __ATOMIC_RELAXED));
}

static void use_stack(unsigned hart)
{
    static u64 wrong;
    if (hart == 0)
        for (unsigned k = 0; k < NODES; k++) push(&nodes[k]);
    barrier();
    for (unsigned n = 0; n < TURNS; n++) {
        struct node *a = pop(), *b = pop();
        if (a && ADD(a->taken, 1)) ADD(wrong, 1);
        if (b && ADD(b->taken, 1)) ADD(wrong, 1);
        if (a) ADD(a->taken, -1ull);
        if (a) push(a);
        if (b) ADD(b->taken, -1ull);
        if (b) push(b);
    }
    barrier();
    if (hart) return;
    unsigned left = 0;
    while (left <= NODES && pop()) left++;
    report(!wrong && left == NODES, "a stack by LR and SC gives each node to one hart");
}

/* ---- locks ---- */

static struct line lock;

static void take_by_swap(unsigned hart)
{
    u64 old;
    (void)hart;
    for (;;) {
        __asm__ volatile("amoswap.w.aq %0, %1, (%2)"
                         : "=r"(old)
                         : "r"(1), "r"(&lock.word)
                         : "memory");
        if (!old) return;
        while (READ(lock.word)) PAUSE();
    }
}
static void give_by_swap(unsigned hart)
{
    (void)hart;
    __asm__ volatile("amoswap.w.rl zero, zero, (%0)" ::"r"(&lock.word) : "memory");
}
static void take_by_sc(unsigned hart)
{
    u64 old;
    (void)hart;
    for (;;) {
        __asm__ volatile("lr.w.aq %0, (%1)\nbnez %0, 1f\nsc.w %0, %2, (%1)\n1:"
                         : "=&r"(old)
                         : "r"(&lock.word), "r"(1)
                         : "memory");
        if (!old) return;
        PAUSE();
    }
}
static void give_by_store(unsigned hart)
{
    (void)hart;
    FENCE(rw, w);
    WRITE(lock.word, 0);
}
static void take_ticket(unsigned hart)
{
    u64 mine = ADD(lock.word, 1);
    (void)hart;
    while (READ(lock.second) != mine) PAUSE();
    FENCE(r, rw);
}
static void give_ticket(unsigned hart)
{
    (void)hart;
    FENCE(rw, w);
    WRITE(lock.second, lock.second + 1);
}
/* Peterson's, for two harts: it needs its store before its load. */
static u64 wants[2], last;
static void take_by_fence(unsigned hart)
{
    WRITE(wants[hart], 1);
    FENCE(w, w);
    WRITE(last, hart);
    FENCE(rw, rw);
    while (READ(wants[!hart]) && READ(last) == hart) PAUSE();
    FENCE(r, rw);
}
static void give_by_fence(unsigned hart)
{
    FENCE(rw, w);
    WRITE(wants[hart], 0);
}

static const struct kind {
    const char *name;
    unsigned harts;
    void (*take)(unsigned hart), (*give)(unsigned hart);
} kinds[] = {
    {"a lock by AMOSWAP",                     HARTS, take_by_swap,  give_by_swap },
    {"a lock by LR and SC, freed by a store", HARTS, take_by_sc,    give_by_store},
    {"a lock by tickets",                     HARTS, take_ticket,   give_ticket  },
    {"Peterson's lock",                       2,     take_by_fence, give_by_fence},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void use_locks(unsigned hart)
{
    static volatile u64 a, b;
    static u64 wrong;
    for (unsigned k = 0; k < KINDS; k++) {
        if (hart == 0) {
            a = b = 0;
            lock.word = lock.second = 0;
        }
        barrier();
        for (unsigned n = 0; hart < kinds[k].harts && n < TURNS; n++) {
            kinds[k].take(hart);
            if (a != b) ADD(wrong, 1);
            a = a + 1;
            b = b + 1;
            kinds[k].give(hart);
        }
        barrier();
        if (hart == 0) report(!wrong && a == kinds[k].harts * TURNS, kinds[k].name);
    }
}

void on_ipi(unsigned hart)
{
    (void)hart;
}

void program(unsigned hart)
{
    if (hart == 0) plan(COUNTERS + 3 + NEIGHBOURS + BREACHES + 1 + KINDS);
    count(hart);
    bytes(hart);
    bits(hart);
    stores_beside(hart);
    pairs(hart);
    breach(hart);
    use_stack(hart);
    use_locks(hart);
}
