/* What x86's instructions do at CPL 0 and at CPL 3: a program for the bare machine, which prints
 * one line for each trial on the serial port (census/beside.h has the format).
 *
 * As in the census of a hart, each instruction runs from the same state at both levels, with all
 * that the system may permit permitted or forbidden (IOPL, UMIP, CR4.TSD), and with each resource
 * moved. */
#include "census/x86/probe.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef unsigned long word;

#ifdef __x86_64__
enum { LONG = 1 };
#else
enum { LONG = 0 };
#endif

/* ---- resources ---- */

enum resource {
    RES_MODE,
    RES_STATUS,
    RES_GDT,
    RES_IDT,
    RES_LDT,
    RES_TR,
    RES_DESCRIPTORS,
    RES_CR0,
    RES_PAGING,
    RES_MSR,
    RES_DEBUG,
    RES_DEVICE,
    RES_N,
    NONE = RES_N
};
static const char *const resource_names[RES_N] = {"mode",   "status", "GDT",         "IDT",
                                                  "LDT",    "TR",     "descriptors", "CR0",
                                                  "paging", "MSR",    "debug",       "devices"};

struct table {
    u16 limit;
    word base;
} __attribute__((packed));

#define FLAG_IF   0x200u
#define FLAG_IOPL 0x3000u
#define CR0_MP    2u
#define CR0_TS    8u
#define CR4_TSD   4u
#define CR4_UMIP  0x800u

/* ---- what the assembly has, and what it needs ---- */

struct test {
    const char *name, *width;
    void (*code)(void);
};
extern const struct test probe_tests[], probe_tests_end[];
extern u8 probe_vectors[], probe_trap_stack[], probe_tables[];
extern volatile struct found {
    u64 ax, cx, dx, si, di, vector, cs, flags;
} probe_found;
void probe_enter(void (*code)(void), word cpl3, word flags);
void probe_main(void);
volatile u8 probe_out[32] __attribute__((aligned(16)));
struct table probe_other_gdtr, probe_other_idtr;
word probe_other_cr0, probe_other_cr3;

/* ---- the serial port ---- */

static void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}
static u8 in8(u16 port)
{
    u8 value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void print(const char *text)
{
    for (; *text; text++) {
        while (!(in8(0x3fd) & 0x20)) continue;
        out8(0x3f8, (u8)*text);
    }
}

static void print_hex(u64 value)
{
    char text[17];
    for (unsigned k = 0; k < 16; k++) text[k] = "0123456789abcdef"[value >> (60 - 4 * k) & 15];
    text[16] = 0;
    print(text);
}

static void print_decimal(unsigned value)
{
    char digit[2] = {(char)('0' + value % 10), 0};
    if (value >= 10) print_decimal(value / 10);
    print(digit);
}

/* ---- tables ---- */

enum { IDT_ENTRY = LONG ? 16 : 8, TSS_SIZE = 104 };
static u8 gdts[2][GDT_SIZE] __attribute__((aligned(16)));
static u8 idts[2][256 * IDT_ENTRY] __attribute__((aligned(16)));
static u8 tsss[2][TSS_SIZE] __attribute__((aligned(16)));
static u8 ldt[8] __attribute__((aligned(16)));

static void put(void *at, u64 value, unsigned size)
{
    for (unsigned k = 0; k < size; k++) ((volatile u8 *)at)[k] = (u8)(value >> 8 * k);
}

/* An 8-byte descriptor; flags are its bits 47:40 and 55:52. */
static u64 descriptor(u32 base, u32 limit, unsigned type, unsigned flags)
{
    return (limit & 0xffff) | (u64)(base & 0xffffff) << 16 | (u64)type << 40 |
           (u64)(limit >> 16 & 15) << 48 | (u64)flags << 52 | (u64)(base >> 24) << 56;
}

static void put_system(u8 *gdt, unsigned selector, const void *base, u32 limit, unsigned type)
{
    word at = (word)base;
    put(gdt + selector, descriptor((u32)at, limit, type, 0), 8);
    put(gdt + selector + 8, (u64)at >> 32, 8);
}

/* Busy bits of TSSs are set by the processor: each trial begins with a fresh table. */
static void make_gdt(u8 *gdt, int varied)
{
    enum { CODE = 0x9a, EXECUTE_ONLY = 0x98, DATA = 0x92, DPL3 = 0x60, IS_CONFORMING = 4 };
    enum { TSS = 0x89, LDT = 0x82 };
    unsigned code_flags = LONG ? 0xa : 0xc;
    u32 base = varied && !LONG ? 0x18 : 0;
    put(gdt, 0, 8);
    put(gdt + KERNEL_CODE, descriptor(0, 0xfffff, CODE, code_flags), 8);
    put(gdt + KERNEL_DATA, descriptor(0, 0xfffff, DATA, 0xc), 8);
    put(gdt + (USER_CODE & ~7), descriptor(0, 0xfffff, CODE | DPL3, code_flags), 8);
    put(gdt + (USER_DATA & ~7), descriptor(0, 0xfffff, DATA | DPL3, 0xc), 8);
    put(gdt + CONFORMING, descriptor(base, 0xfffff, CODE | IS_CONFORMING, code_flags), 8);
    put(gdt + (EXTRA & ~7),
        varied ? descriptor(0x100004, 0x77777, EXECUTE_ONLY | DPL3, 0xc)
               : descriptor(0x100000, 0xfffff, DATA | DPL3, 0xc),
        8);
    put(gdt + (MOVING & ~7), descriptor(varied ? 0x100010 : 0x100000, 0xfffff, DATA | DPL3, 0xc),
        8);
    put_system(gdt, LDT_A, ldt, 7, LDT);
    put_system(gdt, LDT_B, ldt, 7, LDT);
    put_system(gdt, TSS_A, tsss[0], TSS_SIZE - 1, TSS);
    put_system(gdt, TSS_B, tsss[1], TSS_SIZE - 1, TSS);
}

static void make_idt(u8 *idt)
{
    enum { GATE = 0x8e, DPL3 = 0x60 };
    for (unsigned k = 0; k < 256; k++) {
        word at = (word)probe_vectors + 16 * k;
        unsigned type = k >= GATE_DONE ? GATE | DPL3 : GATE;
        u8 *gate = idt + k * IDT_ENTRY;
        put(gate, at & 0xffff, 2);
        put(gate + 2, KERNEL_CODE, 2);
        put(gate + 4, type << 8, 2);
        put(gate + 6, (u64)at >> 16, LONG ? 10 : 2);
    }
}

static void make_tss(u8 *tss)
{
    put(tss + 4, (word)probe_trap_stack, LONG ? 8 : 4); /* the stack for CPL 0 */
    if (!LONG) put(tss + 8, KERNEL_DATA, 4);
    put(tss + 102, TSS_SIZE, 2); /* no ports are permitted */
}

/* ---- a state ---- */

static int has_umip;

static void find_umip(void)
{
    u32 a = 7, b, c = 0, d;
    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    has_umip = c >> 2 & 1;
}

static void write_msr(u32 number, u32 value)
{
    __asm__ volatile("wrmsr" : : "c"(number), "a"(value), "d"(0));
}
static u32 read_msr(u32 number)
{
    u32 value, high;
    __asm__ volatile("rdmsr" : "=a"(value), "=d"(high) : "c"(number));
    return value;
}

#define GET(name, value) __asm__ volatile("mov %%" name ", %0" : "=r"(value))
#define SET(name, value) __asm__ volatile("mov %0, %%" name : : "r"((word)(value)) : "memory")

static word usual_cr0(void)
{
    word cr0;
    GET("cr0", cr0);
    return (cr0 & ~(word)CR0_MP) | CR0_TS;
}

static word root(int moved)
{
    return LONG ? (word)probe_tables + (moved ? 4096u : 0) : moved ? 0x5000 : 0x4000;
}

/* Everything as it should be before a trial; the flags to begin with. */
static word set_up(int closed, enum resource vary)
{
    u8 *gdt = gdts[vary == RES_GDT], *idt = idts[vary == RES_IDT];
    struct table gdtr = {GDT_SIZE - 1, (word)gdt}, idtr = {(u16)(256 * IDT_ENTRY - 1), (word)idt};
    u16 tr = vary == RES_TR ? TSS_B : TSS_A, ldtr = vary == RES_LDT ? LDT_B : LDT_A;
    word cr4;
    make_gdt(gdts[0], vary == RES_DESCRIPTORS);
    make_gdt(gdts[1], vary == RES_DESCRIPTORS);
    __asm__ volatile("lgdt %0; lidt %1; lldt %2; ltr %3"
                     :
                     : "m"(gdtr), "m"(idtr), "r"(ldtr), "r"(tr));
    SET("cr0", usual_cr0() | (vary == RES_CR0 ? CR0_MP : 0));
    SET("cr3", root(vary == RES_PAGING));
    GET("cr4", cr4);
    cr4 &= ~(word)(CR4_TSD | CR4_UMIP);
    if (closed) cr4 |= CR4_TSD | (has_umip ? CR4_UMIP : 0);
    SET("cr4", cr4);
    write_msr(MSR_TRIED, vary == RES_MSR ? 0x20 : 0x10);
    SET("dr0", vary == RES_DEBUG ? 4 : 0);
    out8(SCRATCH_PORT, vary == RES_DEVICE ? 0x22 : 0x11);
    for (unsigned k = 0; k < sizeof probe_out; k++) probe_out[k] = 0;
    return 2 | (vary == RES_STATUS ? 0 : FLAG_IF) | (closed ? 0 : FLAG_IOPL);
}

/* What resources hold after a trial. Flags and mode are as the interrupt that ended it found them.
 */
static void read_resources(u64 value[RES_N])
{
    struct table gdtr, idtr;
    u16 ldtr, tr;
    word cr0, cr3, dr0;
    __asm__ volatile("sgdt %0; sidt %1; sldt %2; str %3"
                     : "=m"(gdtr), "=m"(idtr), "=r"(ldtr), "=r"(tr));
    GET("cr0", cr0);
    GET("cr3", cr3);
    GET("dr0", dr0);
    value[RES_MODE] = probe_found.cs & 3;
    value[RES_STATUS] = probe_found.flags & (FLAG_IF | FLAG_IOPL);
    value[RES_GDT] = gdtr.base;
    value[RES_IDT] = idtr.base;
    value[RES_LDT] = ldtr;
    value[RES_TR] = tr;
    value[RES_DESCRIPTORS] = 0; /* only set_up writes them */
    value[RES_CR0] = cr0;
    value[RES_PAGING] = cr3;
    value[RES_MSR] = read_msr(MSR_TRIED);
    value[RES_DEBUG] = dr0;
    value[RES_DEVICE] = in8(SCRATCH_PORT);
}

/* ---- a trial ---- */

struct trial {
    unsigned vector;
    u64 result; /* digest of the registers and of probe_out */
    u64 resource[RES_N];
};

static u64 mix(u64 digest, u64 value)
{
    for (unsigned k = 0; k < 8; k++) digest = (digest ^ (value >> 8 * k & 0xff)) * 0x100000001b3;
    return digest;
}

/* A code segment that the test has loaded is part of its result; the one that it began with, which
 * depends on CPL, is not. */
static u64 digest(word cpl)
{
    u64 d = 0xcbf29ce484222325, cs = probe_found.cs & 0xffff, first = cpl ? USER_CODE : KERNEL_CODE;
    d = mix(mix(mix(d, probe_found.ax), probe_found.cx), probe_found.dx);
    for (unsigned k = 0; k < sizeof probe_out; k++) d = mix(d, probe_out[k]);
    return mix(d, cs == first ? 0 : cs);
}

static struct trial try(const struct test *test, word cpl, int closed, enum resource vary)
{
    struct trial t;
    word flags = set_up(closed, vary);
    probe_enter(test->code, cpl, flags);
    t.vector = (unsigned)probe_found.vector;
    t.result = digest(cpl);
    read_resources(t.resource);
    return t;
}

static void print_outcome(unsigned vector)
{
    if (vector == GATE_DONE) {
        print("runs");
    } else if (vector == GATE_TEST) {
        print("call");
    } else {
        print("trap:");
        print_decimal(vector);
    }
}

static void print_changes(const struct trial *t, const struct trial *nop)
{
    const char *comma = "";
    for (unsigned k = 0; k < RES_N; k++) {
        if (t->resource[k] == nop->resource[k]) continue;
        print(comma);
        print(resource_names[k]);
        comma = ",";
    }
    if (!*comma) print("-");
}

/* name|width|CPL|open or closed|what is varied|outcome|digest|resources changed */
static void report(const struct test *test, word cpl, int closed, enum resource vary)
{
    struct trial nop = try(&probe_tests[0], cpl, closed, vary), t = try(test, cpl, closed, vary);
    int runs = t.vector == GATE_DONE;
    print(test->name);
    print("|");
    print(test->width);
    print(cpl ? "|CPL3|" : "|CPL0|");
    print(closed ? "closed|" : "open|");
    print(vary == NONE ? "-" : resource_names[vary]);
    print("|");
    print_outcome(t.vector);
    print("|");
    print_hex(runs ? t.result : 0);
    print("|");
    if (runs)
        print_changes(&t, &nop);
    else
        print("-");
    print("\n");
}

void probe_main(void)
{
    out8(0x21, 0xff); /* no interrupts of devices, so that IF can be set */
    out8(0xa1, 0xff);
    find_umip();
    for (unsigned k = 0; k < 2; k++) {
        make_idt(idts[k]);
        make_tss(tsss[k]);
    }
    probe_other_gdtr = (struct table){GDT_SIZE - 1, (word)gdts[1]};
    probe_other_idtr = (struct table){(u16)(256 * IDT_ENTRY - 1), (word)idts[1]};
    probe_other_cr0 = usual_cr0() | CR0_MP;
    probe_other_cr3 = root(1);
    print(has_umip ? "umip|yes\n" : "umip|no\n");
    for (const struct test *test = probe_tests; test < probe_tests_end; test++)
        for (word cpl = 0; cpl < 2; cpl++)
            for (int closed = 0; closed < 2; closed++)
                for (unsigned vary = NONE + 1; vary-- > 0;)
                    report(test, cpl, closed, (enum resource)vary);
    print("end|\n");
    out8(0xf4, 0); /* QEMU's isa-debug-exit */
}
