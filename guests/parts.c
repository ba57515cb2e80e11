/* parts: tries what vmm offers beyond memory and time: a second hart, interrupts and fences between
 * harts, devices, the SBI's accounts, a device of the machine, memory shared with a neighbour. Each
 * line says whether it was as the specifications have it. */
#include "guests/guest.h"

enum { SBI_IPI = 0x735049, SBI_RFENCE = 0x52464e43, SBI_SUSP = 0x53555350 };
enum { SBI_PMU = 0x504d55, SBI_STA = 0x535441, SBI_FWFT = 0x46574654, SBI_VMM = 0x0a766d6d };
enum { SIP_SOFT = 2, SIP_EXTERNAL = 1 << 9, SSTATUS_SIE = 2, STOPPED = 1, SUSPENDED = 4 };

#define UART   0x10000000ull
#define PLIC   0xc000000ull
#define RTC    0x101000ull
#define SHARED 0x70000000ull

void kernel_vector(void);
void second_start(void);
volatile u64 kernel_cause;

static void check(const char *what, bool good)
{
    print("%s: %s\n", what, good ? "right" : "WRONG");
}

static s64 hsm(u64 function, u64 a0, u64 a1, u64 a2)
{
    struct sbiret r = sbi_call(SBI_HSM, function, a0, a1, a2);
    return r.error ? r.error : (s64)r.value;
}

/* ---- two harts ---- */

static volatile u64 ticks, stage, seen, argument;

static void wait_for(volatile u64 *word, u64 value)
{
    while (*word != value) continue;
}

static void wait_for_ipi(void)
{
    csr_write(sie, SIP_SOFT);
    while (!(csr_read(sip) & SIP_SOFT)) __asm__ volatile("wfi");
    csr_clear(sip, SIP_SOFT);
}

/* One page of numbers at address 0 (index 1 of the last level), the GiB of this code as it is. */
static u64 root[512] __attribute__((aligned(PAGE_SIZE)));
static u64 middle[512] __attribute__((aligned(PAGE_SIZE)));
static u64 last[512] __attribute__((aligned(PAGE_SIZE)));
static u64 before[512] __attribute__((aligned(PAGE_SIZE)));
static u64 after[512] __attribute__((aligned(PAGE_SIZE)));

static u64 pte(const void *page, u64 flags)
{
    return (u64)page >> 12 << 10 | flags;
}

static void make_tables(void)
{
    root[0] = pte(middle, 1);
    root[2] = pte((void *)0x80000000, 0xcf); /* D A X W R V */
    middle[0] = pte(last, 1);
    last[1] = pte(before, 0xc7); /* D A W R V */
    before[0] = 1;
    after[0] = 2;
}

static void second_resumed(void)
{
    argument = 1;
    stage = 5;
    hsm(1, 0, 0, 0);
}

/* What the second hart does, step by step; the first looks on. */
static void second(void)
{
    stage = 1;
    wait_for_ipi();
    csr_write(satp, 8ull << 60 | (u64)root >> 12);
    stage = 2;
    while (stage == 2) {
        seen = *(volatile u64 *)PAGE_SIZE;
        ticks++;
    }
    csr_write(satp, 0);
    csr_write(sie, SIP_SOFT);
    stage = 4;
    hsm(3, 1ull << 31, (u64)second_start, (u64)second_resumed);
    stage = 99; /* suspended for good, it does not come back */
}

static void try_harts(void)
{
    check("the second hart is stopped", hsm(2, 1, 0, 0) == STOPPED);
    check("there is no third", hsm(2, 2, 0, 0) == -3);
    check("it cannot start outside of memory", hsm(0, 1, UART, 0) == -5);
    make_tables();
    check("it starts", hsm(0, 1, (u64)second_start, (u64)second) == 0);
    check("but not twice", hsm(0, 1, (u64)second_start, 0) == -6);
    wait_for(&stage, 1);
    check("it runs", hsm(2, 1, 0, 0) == 0);
    check("nothing suspends the VM now",
          sbi_call(SBI_SUSP, 0, 0, (u64)second_start, 0).error == -4);
    check("an IPI to a hart that is not there", sbi_call(SBI_IPI, 0, 4, 0, 0).error == -3);
    check("an IPI", sbi_call(SBI_IPI, 0, 1, 1, 0).error == 0);
    wait_for(&stage, 2);
}

static void try_fence(void)
{
    wait_for(&seen, 1);
    last[1] = pte(after, 0xc7);
    check("a remote fence", sbi_call(SBI_RFENCE, 1, 2, 0, PAGE_SIZE).error == 0);
    u64 now = ticks;
    while (ticks < now + 2) continue;
    check("makes the other hart see a new translation", seen == 2);
    check("fences of a hypervisor are not there", sbi_call(SBI_RFENCE, 4, 2, 0, 0).error == -2);
}

static void try_suspend(void)
{
    stage = 3;
    wait_for(&stage, 4);
    while (hsm(2, 1, 0, 0) != SUSPENDED) continue;
    check("a hart suspends itself", true);
    sbi_call(SBI_IPI, 0, 2, 0, 0);
    wait_for(&stage, 5);
    check("and goes on where it said", argument == 1);
    while (hsm(2, 1, 0, 0) != STOPPED) continue;
    check("and stops", true);
}

/* ---- devices ---- */

/* Runs one instruction on an address in a0 and a value in a1; a1 is the result. */
#define AT(address, instruction, value)                                                            \
    ({                                                                                             \
        register u64 a0_ __asm__("a0") = (address);                                                \
        register u64 a1_ __asm__("a1") = (value);                                                  \
        kernel_cause = 99;                                                                         \
        __asm__ volatile(".option push\n\t.option arch, +f\n\t" instruction "\n\t.option pop"      \
                         : "+r"(a1_)                                                               \
                         : "r"(a0_)                                                                \
                         : "memory");                                                              \
        a1_;                                                                                       \
    })
#define WIDE ".option norvc\n\t"

static void try_access(void)
{
    AT(UART + 7, WIDE "sb a1, 0(a0)", 0x1a5);
    check("lbu of a device", AT(UART + 7, WIDE "lbu a1, 0(a0)", 0) == 0xa5);
    check("lb extends the sign", AT(UART + 7, WIDE "lb a1, 0(a0)", 0) == ~0x5aull);
    AT(PLIC + 4 * 5, "c.sw a1, 0(a0)", 6);
    check("lw", AT(PLIC + 4 * 5, WIDE "lw a1, 0(a0)", 0) == 6);
    check("c.lw", AT(PLIC + 4, "c.lw a1, 16(a0)", 0) == 6);
    check("lwu", AT(PLIC + 4 * 5, WIDE "lwu a1, 0(a0)", 0) == 6);
    AT(PLIC + 4 * 5, WIDE "sw a1, 0(a0)", 0);
    AT(PLIC + 4, WIDE "amoadd.w a1, a1, (a0)", 0);
    check("an AMO is refused", kernel_cause == 7);
    AT(PLIC + 4, WIDE "lr.w a1, (a0)", 0);
    check("LR is refused", kernel_cause == 5);
    AT(PLIC + 4, WIDE "flw fa0, 0(a0)", 0);
    check("so is floating point", kernel_cause == 5);
    AT(PLIC + 5, WIDE "lw a1, 0(a0)", 0);
    check("a misaligned load", kernel_cause == 4);
    AT(PLIC + 6, WIDE "sw a1, 0(a0)", 0);
    check("a misaligned store", kernel_cause == 6);
}

static u32 get(u64 address)
{
    return *(volatile u32 *)address;
}

static void put(u64 address, u32 value)
{
    *(volatile u32 *)address = value;
}

/* Takes one. (QEMU 7.2 does not show it in sip.) */
static void wait_for_interrupt(u64 which)
{
    kernel_cause = 0;
    csr_write(sie, which);
    while (!kernel_cause) {
        __asm__ volatile("wfi");
        csr_set(sstatus, SSTATUS_SIE);
        csr_clear(sstatus, SSTATUS_SIE);
    }
}

/* The machine's real-time clock (goldfish) was given to this VM: a look goes there directly, and
 * its alarm comes as interrupt 11. */
static void try_clock(void)
{
    enum { LOW = 0, HIGH = 4, ALARM_LOW = 8, ALARM_HIGH = 12, ENABLE = 16, CLEAR = 28 };
    enum { IRQ = 11, ENABLES = 0x2000, CLAIM = 0x200004 };
    u64 low = get(RTC + LOW), now = (u64)get(RTC + HIGH) << 32 | low, alarm = now + 1000000;
    check("the clock is past 2020", now / 1000000000 > 1577836800);
    put(PLIC + 4 * IRQ, 1);
    put(PLIC + ENABLES, 1 << IRQ);
    put(RTC + ENABLE, 1);
    put(RTC + ALARM_HIGH, (u32)(alarm >> 32));
    put(RTC + ALARM_LOW, (u32)alarm);
    wait_for_interrupt(SIP_EXTERNAL);
    check("its alarm is interrupt 11", get(PLIC + CLAIM) == IRQ);
    low = get(RTC + LOW);
    now = (u64)get(RTC + HIGH) << 32 | low;
    check("and comes in time", now >= alarm);
    put(RTC + CLEAR, 1);
    put(PLIC + CLAIM, IRQ);
    check("once", get(PLIC + CLAIM) == 0);
}

/* ---- accounts ---- */

/* One argument more than sbi_call. */
static struct sbiret call4(u64 extension, u64 function, u64 arg0, u64 arg1, u64 arg2, u64 arg3)
{
    register u64 a0 __asm__("a0") = arg0;
    register u64 a1 __asm__("a1") = arg1;
    register u64 a2 __asm__("a2") = arg2;
    register u64 a3 __asm__("a3") = arg3;
    register u64 a6 __asm__("a6") = function;
    register u64 a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a6), "r"(a7) : "memory");
    return (struct sbiret){(s64)a0, a1};
}

/* The counters that there are, a bit for each. */
static u64 counters(void)
{
    u64 set = 0, n = sbi_call(SBI_PMU, 0, 0, 0, 0).value;
    for (u64 i = 0; i < n; i++)
        if (!sbi_call(SBI_PMU, 1, i, 0, 0).error) set |= 1ull << i;
    return set;
}

/* Instructions: a counter of the hart, which has a CSR and goes on, stops and starts as it is told.
 */
static void try_instructions(void)
{
    enum { INSTRUCTIONS = 2, CLEAR_AND_START = 6, INSTRET = 0xc02, SET_VALUE = 1 };
    const u64 value = 1ull << 40;
    struct sbiret counter = call4(SBI_PMU, 2, 0, counters(), CLEAR_AND_START, INSTRUCTIONS);
    u64 mask = 1ull << counter.value;
    check("instructions can be counted", counter.error == 0);
    check("by instret", sbi_call(SBI_PMU, 1, counter.value, 0, 0).value == (INSTRET | 63 << 12));
    u64 first = csr_read(instret);
    check("which goes on", csr_read(instret) > first);
    check("and begins at zero", first < value);
    check("is no counter of events", sbi_call(SBI_PMU, 5, counter.value, 0, 0).error == -3);
    check("stops", sbi_call(SBI_PMU, 4, 0, mask, 0).error == 0);
    first = csr_read(instret);
    check("and stands still", csr_read(instret) == first);
    check("but not twice", sbi_call(SBI_PMU, 4, 0, mask, 0).error == -8);
    check("starts again", call4(SBI_PMU, 3, 0, mask, SET_VALUE, value).error == 0);
    first = csr_read(instret);
    check("from where it is told", first >= value && first < 2 * value);
}

static void try_accounts(void)
{
    enum { SET_TIMER = 0xf0005, CLEAR_AND_START = 6 };
    static volatile u64 steal[8] __attribute__((aligned(64)));
    struct sbiret counter = call4(SBI_PMU, 2, 0, counters(), CLEAR_AND_START, SET_TIMER);
    check("an event can be counted", counter.error == 0);
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
    sbi_call(SBI_TIME, 0, ~0ull, 0, 0);
    check("two timers were set", sbi_call(SBI_PMU, 5, counter.value, 0, 0).value == 2);
    check("a counter that is not there", sbi_call(SBI_PMU, 5, 64, 0, 0).error == -3);
    check("steal time in a wrong place", sbi_call(SBI_STA, 0, UART, 0, 0).error == -5);
    check("steal time", sbi_call(SBI_STA, 0, (u64)steal, 0, 0).error == 0);
    for (u64 until = csr_read(time) + 200000; csr_read(time) < until;) continue;
    u32 sequence = (u32)steal[0];
    check("has been written", sequence && sequence % 2 == 0);
    check("a feature that nobody knows", sbi_call(SBI_FWFT, 1, 100, 0, 0).error == -4);
}

/* ---- what vmm knows, for who may ask ---- */

enum { STATISTICS = 0, WATCH = 1, COLLECT = 2, CHANGED = 0, USED = 1, DENIED = -4, PAGES = 64 };

/* The statistics' tally of SBI calls: behind eight numbers and three exits, of three words each. */
static u64 count_of_calls(void)
{
    enum { WORDS = 38, CALLS = 8 + 3 * 3 };
    u64 words[WORDS];
    struct sbiret r = sbi_call(SBI_VMM, STATISTICS, 0, (u64)words, sizeof words);
    return r.error || r.value != sizeof words ? 0 : words[CALLS];
}

static volatile u64 watched[PAGES][PAGE_SIZE / 8] __attribute__((aligned(PAGES * PAGE_SIZE)));

/* Of those pages, a bit for each that was changed, or used. */
static u64 collect(u64 what)
{
    u64 bitmap[64];
    u64 first = ((u64)watched - 0x80000000) / PAGE_SIZE;
    return call4(SBI_VMM, COLLECT, 0, what, first, (u64)bitmap).error ? 99 : bitmap[0];
}

static volatile bool enough;

static void write_all(void)
{
    for (u64 n = 1; !enough; n++) watched[n % PAGES][1] = n;
    hsm(1, 0, 0, 0);
}

static void sample(u64 *values)
{
    for (unsigned i = 0; i < PAGES; i++) values[i] = watched[i][1];
}

/* Another hart changes pages meanwhile: what is found changed must have been collected. */
static u64 count_missed(void)
{
    u64 early[PAGES], late[PAGES], missed = 0;
    hsm(0, 1, (u64)second_start, (u64)write_all);
    while (!watched[1][1]) continue;
    collect(CHANGED);
    for (unsigned round = 0; round < 50; round++) {
        sample(early);
        for (u64 until = csr_read(time) + 100; csr_read(time) < until;) continue;
        sample(late);
        u64 changed = collect(CHANGED);
        for (unsigned i = 0; i < PAGES; i++) missed += early[i] != late[i] && !(changed >> i & 1);
    }
    enough = true;
    while (hsm(2, 1, 0, 0) != STOPPED) continue;
    return missed;
}

static void try_watch(void)
{
    u64 calls = count_of_calls();
    check("vmm tells its accounts", calls && count_of_calls() == calls + 1);
    check("and those of others", !sbi_call(SBI_VMM, STATISTICS, 2, (u64)watched, 8).error);
    check("but there are not so many", sbi_call(SBI_VMM, STATISTICS, 9, (u64)watched, 8).error);
    watched[7][0] = 1; /* there are pages, of whatever size */
    check("it watches", !sbi_call(SBI_VMM, WATCH, 0, 1, 0).error);
    check("nothing was changed", collect(CHANGED) == 0);
    watched[0][0] = watched[5][7] = watched[63][511] = watched[6][0];
    check("three pages were changed", collect(CHANGED) == (1ull << 63 | 1 << 5 | 1));
    check("four were used", (collect(USED) & 0x8000000000000061) == 0x8000000000000061);
    check("none since", collect(CHANGED) == 0);
    watched[5][0] = 1;
    check("one again", collect(CHANGED) == 1 << 5);
    check("none is missed", count_missed() == 0);
    check("it stops that", !sbi_call(SBI_VMM, WATCH, 0, 0, 0).error);
}

static void try_not_to_watch(void)
{
    check("its own accounts", count_of_calls());
    check("others are not its own",
          sbi_call(SBI_VMM, STATISTICS, 1, (u64)watched, 8).error == DENIED);
    check("nor are there any", sbi_call(SBI_VMM, STATISTICS, 9, (u64)watched, 8).error == DENIED);
    check("it cannot watch", sbi_call(SBI_VMM, WATCH, 0, 1, 0).error == DENIED);
    check("or collect", collect(CHANGED) == 99);
}

/* The neighbour answers with one more. */
static void try_shared(bool first)
{
    volatile u64 *word = (u64 *)SHARED;
    if (first) word[0] = 41;
    wait_for(&word[first], first ? 42 : 41);
    if (!first) word[1] = word[0] + 1;
    check("memory that two VMs see", true);
}

void guest_main(u64 hart, const void *tree)
{
    const char *arguments = (const char *)tree_property(tree, "bootargs");
    csr_write(stvec, (u64)kernel_vector);
    print("parts, on hart %u\n", hart);
    if (arguments && arguments[text_size(arguments) - 1] == '2') {
        try_not_to_watch();
        try_shared(false);
        shutdown(false);
    }
    try_harts();
    try_fence();
    try_suspend();
    try_access();
    try_clock();
    try_accounts();
    try_instructions();
    try_watch();
    try_shared(true);
    shutdown(false);
}
