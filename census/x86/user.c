/* What this machine's own processor does with x86's sensitive instructions at CPL 3, under Linux:
 * one line for each, in words (census/beside.h). Where UMIP is on, the kernel catches some of them
 * and gives made-up values, so that old programs go on: we say so. */
#include <cpuid.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

struct table {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static sigjmp_buf escape;
static volatile int caught;

static void on_signal(int number)
{
    caught = number;
    siglongjmp(escape, 1);
}

/* Run s; after a signal, say so and give up. */
#define TRY(name, s)                                                                               \
    if (sigsetjmp(escape, 1)) {                                                                    \
        printf("host|" name "|traps: signal %d (%s)\n", caught, strsignal(caught));                \
        return;                                                                                    \
    }                                                                                              \
    s

/* ---- tables and words: real, or the kernel's ---- */

/* What arch/x86/kernel/umip.c of Linux hands out in place of the truth. */
#define FAKE_GDT 0xfffffffffffe0000u
#define FAKE_IDT 0xffffffffffff0000u
#define FAKE_CR0 0x80050033u

static int has_umip(void)
{
    unsigned a, b, c = 0, d;
    return __get_cpuid_count(7, 0, &a, &b, &c, &d) && (c >> 2 & 1);
}

static const char *whose(int fake)
{
    return fake ? "not the processor's value: the kernel's, which caught it (UMIP)"
                : "the processor's own value";
}

static void try_sgdt(void)
{
    struct table t = {0, 0};
    TRY("sgdt", __asm__ volatile("sgdt %0" : "=m"(t)));
    printf("host|sgdt|runs: base 0x%llx limit %u, %s\n", (unsigned long long)t.base, t.limit,
           whose(t.base == FAKE_GDT && t.limit == 0));
}

static void try_sidt(void)
{
    struct table t = {0, 0};
    TRY("sidt", __asm__ volatile("sidt %0" : "=m"(t)));
    printf("host|sidt|runs: base 0x%llx limit %u, %s\n", (unsigned long long)t.base, t.limit,
           whose(t.base == FAKE_IDT && t.limit == 0));
}

static void try_smsw(void)
{
    uint64_t value = 0;
    TRY("smsw", __asm__ volatile("smsw %0" : "=r"(value)));
    printf("host|smsw|runs: 0x%llx, %s\n", (unsigned long long)value,
           whose(has_umip() && value == FAKE_CR0));
}

/* The processor clears the rest of a register that it stores a selector in; the kernel, when it
 * plays the processor, leaves it. */
static void print_selector(const char *name, uint64_t value)
{
    printf("host|%s|runs: 0x%x, %s\n", name, (unsigned)value & 0xffff, whose(value >> 16 != 0));
}

static void try_sldt(void)
{
    uint64_t value = ~0ull;
    TRY("sldt", __asm__ volatile("sldt %0" : "+r"(value)));
    print_selector("sldt", value);
}

static void try_str(void)
{
    uint64_t value = ~0ull;
    TRY("str", __asm__ volatile("str %0" : "+r"(value)));
    print_selector("str", value);
}

/* ---- flags ---- */

static uint64_t flags(void)
{
    uint64_t value;
    __asm__ volatile("pushfq; pop %0" : "=r"(value));
    return value;
}

static void try_pushf(void)
{
    uint64_t value = 0;
    TRY("pushf", value = flags());
    printf("host|pushf|runs: 0x%llx, IF is %d\n", (unsigned long long)value, (int)(value >> 9 & 1));
}

static void try_popf(void)
{
    uint64_t cleared = flags() & ~(uint64_t)0x200, after = 0;
    TRY("popf", __asm__ volatile("push %0; popfq" : : "r"(cleared) : "cc", "memory"));
    after = flags();
    printf("host|popf|runs: IF := 0 was %s, IF is %d\n",
           after >> 9 & 1 ? "dropped without a word" : "obeyed", (int)(after >> 9 & 1));
}

/* ---- descriptors and segment registers ---- */

static void try_lar(void)
{
    uint32_t rights = 0, cs;
    uint8_t known = 0;
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    TRY("lar", __asm__ volatile("lar %2, %0; setz %1" : "+r"(rights), "=q"(known) : "r"(cs)));
    printf("host|lar|runs: of CS 0x%x, access rights 0x%x\n", cs, rights);
    (void)known;
}

static void try_lsl(void)
{
    uint32_t limit = 0, cs;
    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    TRY("lsl", __asm__ volatile("lsl %1, %0" : "+r"(limit) : "r"(cs)));
    printf("host|lsl|runs: of CS 0x%x, limit 0x%x\n", cs, limit);
}

static void try_verr(void)
{
    uint16_t ss;
    uint8_t readable = 0;
    __asm__ volatile("mov %%ss, %0" : "=r"(ss));
    TRY("verr", __asm__ volatile("verr %1; setz %0" : "=q"(readable) : "r"(ss)));
    printf("host|verr|runs: SS 0x%x is %sreadable\n", ss, readable ? "" : "not ");
}

static void try_verw(void)
{
    uint16_t ss;
    uint8_t writable = 0;
    __asm__ volatile("mov %%ss, %0" : "=r"(ss));
    TRY("verw", __asm__ volatile("verw %1; setz %0" : "=q"(writable) : "r"(ss)));
    printf("host|verw|runs: SS 0x%x is %swritable\n", ss, writable ? "" : "not ");
}

static void try_mov(void)
{
    uint32_t cs = 0;
    TRY("mov", __asm__ volatile("mov %%cs, %0" : "=r"(cs)));
    printf("host|mov|runs: CS is 0x%x, and its lowest bits say CPL %u\n", cs, cs & 3);
}

static void try_cli(void)
{
    TRY("cli", __asm__ volatile("cli"));
    printf("host|cli|runs\n");
}

static void try_hlt(void)
{
    TRY("hlt", __asm__ volatile("hlt"));
    printf("host|hlt|runs\n");
}

int main(void)
{
    static void (*const tries[])(void) = {try_sgdt,  try_sidt, try_sldt, try_smsw, try_str,
                                          try_pushf, try_popf, try_lar,  try_lsl,  try_verr,
                                          try_verw,  try_mov,  try_cli,  try_hlt};
    signal(SIGSEGV, on_signal);
    signal(SIGILL, on_signal);
    signal(SIGBUS, on_signal);
    printf("machine|this machine's processor at CPL 3, under its own kernel%s\n",
           has_umip() ? ", with UMIP" : "");
    for (size_t k = 0; k < sizeof tries / sizeof tries[0]; k++) tries[k]();
    return 0;
}
