#include "guests/hostile/hostile.h"

const void *device_tree;
void (*on_interrupt)(u64 number);
u64 sbi_spoiled;

u64 root[512] __attribute__((aligned(PAGE_SIZE)));
u64 middle[512] __attribute__((aligned(PAGE_SIZE)));
u64 leaves[512] __attribute__((aligned(PAGE_SIZE)));

extern const u64 before_x[32], after_x[32];
extern u64 interrupt_frame[32];
void end_attempt(void);
struct sbiret sbi6_raw(u64 extension, u64 function, const u64 arguments[6]);
void take_interrupt(u64 number);

static u64 attempts, escapes;

/* ---- the verdict ---- */

void check(bool contained, const char *what, u64 detail)
{
    enum { SHOWN = 10 };
    attempts++;
    if (contained) return;
    if (escapes++ < SHOWN)
        print("not contained: %s 0x%x (cause 0x%x, value 0x%x)\n", what, detail, last.cause,
              last.value);
}

void guest_main(u64 hart, const void *tree)
{
    (void)hart;
    device_tree = tree;
    attack();
    check(!sbi_spoiled, "registers changed by SBI calls:", sbi_spoiled);
    print("%u attempts, %u not contained\n", attempts, escapes);
    shutdown(escapes);
}

bool has(const char *compatible)
{
    const u8 *tree = device_tree, *end = tree + be32(tree + 4);
    size_t size = text_size(compatible);
    for (; tree + size < end; tree++) {
        size_t n = 0;
        while (n < size && tree[n] == (u8)compatible[n]) n++;
        if (n == size) return true;
    }
    return false;
}

void needs(const char *compatible)
{
    if (has(compatible)) return;
    print("needs %s, which is not there\n", compatible);
    shutdown(false);
}

void take_interrupt(u64 number)
{
    if (on_interrupt)
        on_interrupt(number);
    else
        csr_clear(sie, BIT(number));
}

void abandon(u64 number)
{
    enum { SPP = 1 << 8, SPIE = 1 << 5 };
    last = (struct last){.cause = BIT(63) | number};
    interrupt_frame[0] = (u64)end_attempt;
    csr_set(sstatus, SPP); /* there in VS-mode, with interrupts off */
    csr_clear(sstatus, SPIE);
}

/* ---- instructions made on the spot ---- */

static u64 call_words(u64 (*attempt_in)(u64 (*)(u64, u64), u64, u64), const u32 *words, unsigned n,
                      u64 a, u64 b)
{
    enum { RET = 0x00008067, ROOM = 16 };
    static u32 code[ROOM] __attribute__((aligned(64)));
    for (unsigned i = 0; i < n && i < ROOM - 2; i++) code[i] = words[i];
    code[n] = code[n + 1] = RET; /* twice, as the last may be a half of an instruction */
    __asm__ volatile("fence.i" ::: "memory");
    return attempt_in((u64(*)(u64, u64))(u64)code, a, b);
}

u64 attempt_words(const u32 *words, unsigned n, u64 a, u64 b)
{
    return call_words(attempt, words, n, a, b);
}

u64 attempt_word(u32 word, u64 a, u64 b)
{
    return call_words(attempt, &word, 1, a, b);
}

u64 attempt_word_user(u32 word, u64 a, u64 b)
{
    return call_words(attempt_user, &word, 1, a, b);
}

void csr_write_all(u64 value, const char *what)
{
    enum { CSRS = 4096, SATP = 0x180 };
    for (u32 csr = 0; csr < CSRS; csr++) {
        if (csr == SATP) continue; /* by which the next instruction might not be found */
        const u32 swap[] = {csr_word(csr, CSRRW, A1), csr_word(csr, CSRRW, A0)};
        u64 cause = attempt_words(swap, 2, 0, value);
        bool mine = (csr >> 8 & 3) <= 1 && csr >> 10 != 3;
        check(cause == ILLEGAL || (cause == NONE && mine), what, csr);
    }
}

/* ---- SBI ---- */

struct sbiret sbi6(u64 extension, u64 function, const u64 arguments[6])
{
    enum { X0 = 0, T0 = 5 };
    struct sbiret r = sbi6_raw(extension, function, arguments);
    for (unsigned i = 0; i < 32; i++)
        if (i != X0 && i != T0 && i != A0 && i != A1) sbi_spoiled += before_x[i] != after_x[i];
    return r;
}

u64 nasty(void)
{
    static const u64 known[] = {
        0,           1,          2,          4095,       4096,           ~0ull,
        0x10000000,  0x80000000, 0x80200000, 0x80201000, 0x82000000,     0x7fffffff,
        0x0c000000,  0x100000,   0xffffffff, BIT(32),    BIT(41),        BIT(63),
        BIT(63) - 1, -4096ull,   -8ull,      RAM - 1,    RAM + RAM_SIZE, 0x8ull << 60,
        0x1fff,
    };
    u64 r = random64(), n = known[r % (sizeof known / sizeof *known)];
    switch (r >> 60 & 3) {
    case 0: return n;
    case 1: return RAM + RAM_SIZE - 64 + (r >> 8 & 127);
    case 2: return BIT(r >> 8 & 63) + n;
    default: return random64() >> (r >> 8 & 63);
    }
}

void sbi_hammer(u64 extension, u64 first, u64 end, unsigned count)
{
    for (u64 function = first; function < end; function++)
        for (unsigned i = 0; i < count; i++) {
            u64 a[6];
            for (unsigned k = 0; k < 6; k++) a[k] = nasty();
            struct sbiret r = sbi6(extension, function, a);
            check(r.error <= SBI_SUCCESS && r.error >= SBI_ERROR_MIN, "answer of SBI function",
                  function);
        }
}

/* ---- more harts ---- */

enum { STACK_WORDS = 512 };
static u64 hart_stacks[HARTS_MAX + 1][STACK_WORDS] __attribute__((aligned(16)));
void (*hart_main)(u64 hart);
void hart_start(void); /* entry.S: takes the stack whose end is in a1, and calls hart_main */

bool start_hart(u64 hart, void (*fn)(u64 hart))
{
    enum { HART_START = 0 };
    hart_main = fn;
    __asm__ volatile("fence" ::: "memory");
    u64 stack = (u64)(hart < HARTS_MAX ? hart_stacks[hart + 1] : 0);
    return hart < HARTS_MAX && !sbi_call(SBI_HSM, HART_START, hart, (u64)hart_start, stack).error;
}

/* ---- pages ---- */

u64 pte(u64 pa, u64 flags)
{
    return pa >> 12 << 10 | flags;
}

void paging_on(void)
{
    root[1] = pte((u64)middle, PTE_V);
    root[2] = pte(RAM, PTE_ALL);
    middle[0] = pte((u64)leaves, PTE_V);
    csr_write(satp, SATP_SV39 << 60 | (u64)root >> 12);
    fence();
}

void paging_off(void)
{
    csr_write(satp, 0);
    fence();
}

/* ---- the rest ---- */

u64 now(void)
{
    return csr_read(time);
}

u64 ticks(u64 ms)
{
    const u8 *p = tree_property(device_tree, "timebase-frequency");
    return (p ? be32(p) : 10000000ull) / 1000 * ms;
}

bool passed(u64 deadline)
{
    return now() >= deadline;
}

u64 argument(const char *key, u64 otherwise)
{
    const char *at = (const char *)tree_property(device_tree, "bootargs");
    size_t size = text_size(key);
    for (; at && *at; at++) {
        size_t n = 0;
        while (n < size && at[n] == key[n]) n++;
        if (n < size) continue;
        u64 value = 0;
        for (at += n; *at >= '0' && *at <= '9'; at++) value = value * 10 + (u64)(*at - '0');
        return value;
    }
    return otherwise;
}

/* splitmix64 (Steele, Lea, Flood: Fast splittable pseudorandom number generators). */
static u64 mix(u64 z)
{
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ z >> 27) * 0x94d049bb133111ebull;
    return z ^ z >> 31;
}

u64 random64(void)
{
    static u64 state;
    if (!state)
        state = mix(argument("seed=", 1) + 1); /* so that seeds side by side share nothing */
    return mix(state += 0x9e3779b97f4a7c15ull);
}

u64 load8(u64 address, u64 unused)
{
    (void)unused;
    return *(volatile u8 *)address;
}

u64 load64(u64 address, u64 unused)
{
    (void)unused;
    return *(volatile u64 *)address;
}

u64 store64(u64 address, u64 value)
{
    *(volatile u64 *)address = value;
    return 0;
}

u64 jump(u64 address, u64 unused)
{
    return ((u64(*)(u64, u64))address)(unused, 0);
}
