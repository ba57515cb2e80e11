/* Litmus tests of RVWMO (unpriv. spec 18, "RVWMO Memory Consistency Model"): small threads that
 * race for two words, x and y, each in a line of its own, and the outcomes that the rules forbid.
 *
 * Harts go through an array of such pairs side by side, so each test is tried thousands of times. A
 * thread of a test gets x and y, or y and x, and returns what it has read. */
#include "smp.h"

enum { TRIES = 1024, MEETINGS = 6000, WORDS = LINE / 8, TICKS_MAX = TICKS_PER_S / 8 };

struct pair {
    u64 first, second;
};
typedef struct pair thread(u64 *x, u64 *y);

/* t0 is 1, t1 is 2; a0 and a1 are x and y, and then the result. */
#define THREAD(name, body)                                                                         \
    __asm__(".text\n.balign 4\n.globl " #name "\n" #name ": li t0, 1\nli t1, 2\n" body "\nret\n"); \
    thread name;

/* a to x, b to y */
#define STORES(a, between, b)  "sd " #a ", (a0)\n" between "\nsd " #b ", (a1)"
#define STORE_LOAD(a, between) "sd " #a ", (a0)\n" between "\nld a0, (a1)"
#define LOADS(between)         "ld a2, (a0)\n" between "\nld a1, (a1)\nmv a0, a2"
#define LOAD_STORE(between, b) "ld a2, (a0)\n" between "\nsd " #b ", (a1)\nmv a0, a2"
#define ZERO_OF_A2             "xor a3, a2, a2\n"

THREAD(store, "sd t0, (a0)")
THREAD(two_stores, "sd t0, (a0)\nsd t1, (a0)")
THREAD(loads_of_x, "ld a2, (a0)\nld a1, (a0)\nmv a0, a2")
THREAD(stores_plain, STORES(t0, "", t0))
THREAD(stores_w_w, STORES(t0, "fence w, w", t0))
THREAD(stores_rl, "sd t0, (a0)\namoswap.d.rl zero, t0, (a1)")
THREAD(stores_sc_rl, "sd t0, (a0)\n1: lr.d a2, (a1)\nsc.d.rl a2, t0, (a1)\nbnez a2, 1b")
THREAD(stores_tso, STORES(t0, "fence.tso", t0))
THREAD(stores_1_2, STORES(t0, "fence w, w", t1))
THREAD(stores_2_1, STORES(t1, "fence w, w", t0))
THREAD(loads_plain, LOADS(""))
THREAD(loads_r_r, LOADS("fence r, r"))
THREAD(loads_tso, LOADS("fence.tso"))
THREAD(loads_address, "ld a2, (a0)\n" ZERO_OF_A2 "add a1, a1, a3\nld a1, (a1)\nmv a0, a2")
THREAD(loads_aq, "amoor.d.aq a2, zero, (a0)\nld a1, (a1)\nmv a0, a2")
THREAD(loads_lr_aq, "lr.d.aq a2, (a0)\nld a1, (a1)\nmv a0, a2")
THREAD(store_load_plain, STORE_LOAD(t0, ""))
THREAD(store_load_rw_rw, STORE_LOAD(t0, "fence rw, rw"))
THREAD(store_load_w_r, STORE_LOAD(t0, "fence w, r"))
THREAD(store_load_iorw, STORE_LOAD(t0, "fence iorw, iorw"))
THREAD(store_load_amo, STORE_LOAD(t0, "addi a2, a1, 8\namoadd.d.aqrl zero, t0, (a2)"))
THREAD(store_load_swap, "amoswap.d.aqrl zero, t0, (a0)\nld a0, (a1)")
THREAD(store_load_sc,
       "1: lr.d.aqrl a2, (a0)\nsc.d.aqrl a2, t0, (a0)\nbnez a2, 1b\nlr.d.aqrl a0, (a1)")
THREAD(store_load_lr, "sd t0, (a0)\nlr.d.aqrl a0, (a1)")
THREAD(store_load_or, "sd t0, (a0)\namoor.d.aqrl a0, zero, (a1)")
THREAD(store2_load_rw_rw, STORE_LOAD(t1, "fence rw, rw"))
THREAD(load_store_data, "ld a2, (a0)\n" ZERO_OF_A2 "ori a3, a3, 1\nsd a3, (a1)\nmv a0, a2")
THREAD(load_store_rw_w, LOAD_STORE("fence rw, w", t0))
THREAD(load_store_control, LOAD_STORE("bnez a2, 1f\n1:", t0))
THREAD(load_store_aq, "amoor.d.aq a2, zero, (a0)\nsd t0, (a1)\nmv a0, a2")

struct outcome {
    struct pair by[HARTS]; /* what each thread has read */
    u64 x, y;              /* at the end */
};

static bool saw(const struct outcome *o, unsigned hart, u64 first, u64 second)
{
    return o->by[hart].first == first && o->by[hart].second == second;
}

/* ---- outcomes ---- */

static bool message_lost(const struct outcome *o)
{
    return saw(o, 1, 1, 0);
}
static bool both_missed(const struct outcome *o)
{
    return o->by[0].first == 0 && o->by[1].first == 0;
}
static bool both_saw(const struct outcome *o)
{
    return o->by[0].first == 1 && o->by[1].first == 1;
}
static bool both_first(const struct outcome *o)
{
    return o->x == 1 && o->y == 1;
}
static bool store_overtaken(const struct outcome *o)
{
    return o->y == 2 && o->by[1].first == 0;
}
static bool store_undone(const struct outcome *o)
{
    return o->by[1].first == 1 && o->x == 2;
}
static bool went_back(const struct outcome *o)
{
    return o->by[1].first > o->by[1].second;
}
static bool chain_broken(const struct outcome *o)
{
    return o->by[1].first == 1 && saw(o, 2, 1, 0);
}
static bool orders_differ(const struct outcome *o)
{
    return saw(o, 2, 1, 0) && saw(o, 3, 1, 0);
}

/* ---- the tests ---- */

static const struct test {
    const char *name;
    bool (*bad)(const struct outcome *o);
    struct role {
        thread *run; /* NULL: none */
        bool swapped;
    } role[HARTS];
} tests[] = {
    {"SB with fence rw, rw",          both_missed,     {{store_load_rw_rw, 0}, {store_load_rw_rw, 1}}                  },
    {"SB with fence w, r",            both_missed,     {{store_load_w_r, 0}, {store_load_w_r, 1}}                      },
    {"SB with fence iorw, iorw",      both_missed,     {{store_load_iorw, 0}, {store_load_iorw, 1}}                    },
    {"SB with an AMO.aqrl between",   both_missed,     {{store_load_amo, 0}, {store_load_amo, 1}}                      },
    {"SB with AMOSWAP.aqrl to store", both_missed,     {{store_load_swap, 0}, {store_load_swap, 1}}                    },
    {"SB with LR.aqrl and SC.aqrl",   both_missed,     {{store_load_sc, 0}, {store_load_sc, 1}}                        },
    {"SB with LR.aqrl to load",       both_missed,     {{store_load_lr, 0}, {store_load_lr, 1}}                        },
    {"SB with AMOOR.aqrl to load",    both_missed,     {{store_load_or, 0}, {store_load_or, 1}}                        },
    {"MP with fences",                message_lost,    {{stores_w_w, 0}, {loads_r_r, 1}}                               },
    {"MP with fence.tso",             message_lost,    {{stores_tso, 0}, {loads_tso, 1}}                               },
    {"MP with AMO.rl and AMO.aq",     message_lost,    {{stores_rl, 0}, {loads_aq, 1}}                                 },
    {"MP with SC.rl and LR.aq",       message_lost,    {{stores_sc_rl, 0}, {loads_lr_aq, 1}}                           },
    {"MP with an address dependency", message_lost,    {{stores_w_w, 0}, {loads_address, 1}}                           },
    {"LB with data dependencies",     both_saw,        {{load_store_data, 0}, {load_store_data, 1}}                    },
    {"LB with fence rw, w",           both_saw,        {{load_store_rw_w, 0}, {load_store_rw_w, 1}}                    },
    {"LB with control dependencies",  both_saw,        {{load_store_control, 0}, {load_store_control, 1}}              },
    {"LB with AMO.aq",                both_saw,        {{load_store_aq, 0}, {load_store_aq, 1}}                        },
    {"2+2W with fences",              both_first,      {{stores_1_2, 0}, {stores_1_2, 1}}                              },
    {"R with fences",                 store_overtaken, {{stores_w_w, 0}, {store2_load_rw_rw, 1}}                       },
    {"S with a data dependency",      store_undone,    {{stores_2_1, 0}, {load_store_data, 1}}                         },
    {"CoRR",                          went_back,       {{two_stores, 0}, {loads_of_x, 0}}                              },
    {"WRC with fences",               chain_broken,    {{store, 0}, {load_store_rw_w, 0}, {loads_r_r, 1}}              },
    {"WRC with dependencies",         chain_broken,    {{store, 0}, {load_store_data, 0}, {loads_address, 1}}          },
    {"IRIW with fences",              orders_differ,   {{store, 0}, {store, 1}, {loads_r_r, 0}, {loads_r_r, 1}}        },
    {"IRIW with dependencies",
     orders_differ,                                    {{store, 0}, {store, 1}, {loads_address, 0}, {loads_address, 1}}},
};

/* What the rules allow; hosts differ in what they show. */
static const struct test relaxed[] = {
    {"SB without fences, both missed",  both_missed,  {{store_load_plain, 0}, {store_load_plain, 1}}},
    {"MP without fences, message lost", message_lost, {{stores_plain, 0}, {loads_plain, 1}}         },
};

static u64 x[TRIES * WORDS] __attribute__((aligned(LINE)));
static u64 y[TRIES * WORDS] __attribute__((aligned(LINE)));
static struct pair seen[HARTS][TRIES];

static void clear(void)
{
    for (unsigned k = 0; k < TRIES * WORDS; k++) x[k] = y[k] = 0;
}

static struct {
    u64 tries; /* that its hart has begun */
} __attribute__((aligned(LINE))) at[HARTS];

/* Has the hart beside this one come to try k at the same time? One whose core others want is not
 * waited for. */
static bool meet(unsigned hart, unsigned k)
{
    enum { PATIENCE = 200 };
    const u64 *other = &at[hart ^ 1].tries;
    WRITE(at[hart].tries, k);
    for (unsigned n = 0; n < PATIENCE && READ(*other) < k; n++) continue;
    return READ(*other) == k;
}

/* How often we were there at the same time. Both words are in all caches by then: loads find them
 * at once, while stores take their time. */
static u64 race(const struct role *r, struct pair *result, unsigned hart)
{
    u64 delay = hart + 1, met = 0;
    for (unsigned k = 0; k < TRIES; k++) {
        u64 *const word[2] = {&x[k * WORDS], &y[k * WORDS]};
        READ(*word[0]);
        READ(*word[1]);
        met += meet(hart, k + 1);
        delay = delay * 5 + 1; /* all of 0 to 15, again and again */
        for (u64 n = delay & 15; n; n--) __asm__ volatile("");
        result[k] = r->run(word[r->swapped], word[!r->swapped]);
    }
    WRITE(at[hart].tries, TRIES);
    return met;
}

static u64 count_bad(const struct test *t)
{
    u64 bad = 0;
    for (unsigned k = 0; k < TRIES; k++) {
        struct outcome o = {.x = x[k * WORDS], .y = y[k * WORDS]};
        for (unsigned hart = 0; hart < HARTS; hart++) o.by[hart] = seen[hart][k];
        bad += t->bad(&o);
    }
    return bad;
}

/* How often the outcome came up. All harts take part in all barriers; hart 0 ends it when it has
 * met hart 1 often, or it has taken long. */
static u64 try(const struct test *t, unsigned hart)
{
    static bool enough;
    u64 bad = 0, met = 0, start = MTIME;
    do {
        if (hart == 0) clear();
        WRITE(at[hart].tries, t->role[hart].run ? 0 : TRIES);
        barrier();
        if (t->role[hart].run) met += race(&t->role[hart], seen[hart], hart);
        if (hart == 0) WRITE(enough, met > MEETINGS || MTIME - start > TICKS_MAX);
        barrier();
        if (hart == 0) bad += count_bad(t);
    } while (!READ(enough));
    barrier();
    return bad;
}

/* An aligned access is never seen half done. */
static void tearing(unsigned hart)
{
    static u64 word __attribute__((aligned(LINE)));
    static u64 torn;
    enum { TIMES = 256 * 1024 };
    if (hart == 0) {
        for (unsigned k = 0; k < TIMES; k++) {
            WRITE(word, ~0ull);
            WRITE(word, 0);
        }
    } else {
        for (unsigned k = 0; k < TIMES; k++) {
            u64 v = READ(word);
            if (v && ~v) ADD(torn, 1);
        }
    }
    barrier();
    if (hart == 0) report(!READ(torn), "no aligned access is torn");
    barrier();
}

void on_ipi(unsigned hart)
{
    (void)hart;
}

void program(unsigned hart)
{
    enum { TESTS = sizeof tests / sizeof tests[0], RELAXED = sizeof relaxed / sizeof relaxed[0] };
    if (hart == 0) plan(TESTS + 1);
    for (unsigned k = 0; k < TESTS; k++) {
        u64 bad = try(&tests[k], hart);
        if (hart == 0) report(!bad, tests[k].name);
        if (hart == 0 && bad) comment("forbidden outcomes", bad);
    }
    tearing(hart);
    for (unsigned k = 0; k < RELAXED; k++) {
        u64 often = try(&relaxed[k], hart);
        if (hart == 0) comment(relaxed[k].name, often);
    }
}
