#include "smp.h"

extern volatile u64 tohost, fromhost;

u64 window_table[512] __attribute__((aligned(4096)));
u64 page_table[512] __attribute__((aligned(4096)));

/* ---- harts ---- */

void barrier(void)
{
    static u32 arrived, round;
    u32 now = READ(round);
    FENCE(rw, rw);
    if (ADD(arrived, 1) + 1 == HARTS) {
        WRITE(arrived, 0);
        FENCE(rw, rw);
        ADD(round, 1);
    }
    while (READ(round) == now) PAUSE();
    FENCE(rw, rw);
}

static u64 ipis_done[HARTS];

void ipi_all(unsigned n, unsigned self)
{
    u64 before[HARTS];
    for (unsigned k = 0; k < n; k++) before[k] = READ(ipis_done[k]);
    FENCE(rw, iorw);
    for (unsigned k = 0; k < n; k++)
        if (k != self) MSIP(k) = 1;
    for (unsigned k = 0; k < n; k++)
        while (k != self && READ(ipis_done[k]) == before[k]) PAUSE();
    FENCE(rw, rw);
}

/* Supervisor calls end in_s_mode. */
enum { CAUSE_ECALL_S = 9, CAUSE_MSI = 3 };
static u64 way_back[HARTS];

void on_trap(u64 cause, unsigned hart);
void on_trap(u64 cause, unsigned hart)
{
    if (cause == (BIT(63) | CAUSE_MSI)) {
        MSIP(hart) = 0;
        FENCE(iorw, iorw);
        on_ipi(hart);
        FENCE(rw, rw);
        ADD(ipis_done[hart], 1);
    } else if (cause == CAUSE_ECALL_S) {
        csr_write(mepc, way_back[hart]);
        csr_set(mstatus, 3 << 11);  /* MPP: M */
        csr_clear(mstatus, 1 << 7); /* MPIE */
    } else {
        comment("a trap that nobody wanted, mcause", cause);
        comment("mepc", csr_read(mepc));
        comment("mtval", csr_read(mtval));
        finish(2);
    }
}

void in_s_mode(void (*f)(unsigned), unsigned hart)
{
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f);
    csr_write(satp, 8ul << 60 | (u64)page_table >> 12);
    SFENCE();
    csr_write(mie, BIT(MSI));
    csr_clear(mstatus, 3 << 11);
    csr_set(mstatus, 1 << 11);
    /* The stack goes on being used; all but it and the return address is C's to lose at a call. */
    __asm__ volatile("la t0, 1f\n sd t0, 0(%2)\n csrw mepc, %0\n mv a0, %1\n la ra, 2f\n mret\n"
                     ".balign 4\n 2: ecall\n .balign 4\n 1:"
                     :
                     : "r"(f), "r"((u64)hart), "r"(&way_back[hart])
                     : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4",
                       "a5", "a6", "a7", "memory");
    csr_write(mie, 0);
}

static void make_tables(void)
{
    static u64 middle_table[512] __attribute__((aligned(4096)));
    const u64 all = PTE_R | PTE_W | PTE_X | PTE_A | PTE_D;
    page_table[0] = pte_of((void *)0, all);
    page_table[1] = pte_of(middle_table, 0);
    page_table[2] = pte_of((void *)0x80000000ul, all);
    middle_table[0] = pte_of(window_table, 0);
}

void run_hart(unsigned hart);
void run_hart(unsigned hart)
{
    if (hart >= HARTS) return;
    if (hart == 0) make_tables();
    barrier();
    program(hart);
    if (hart == 0) finish(0);
}

/* ---- report ---- */

static void put(char c)
{
    while (tohost) fromhost = 0;
    tohost = BIT(56) | BIT(48) | (u8)c;
    while (tohost) fromhost = 0;
}

static void print(const char *s)
{
    while (*s) put(*s++);
}

static void print_number(u64 v)
{
    if (v >= 10) print_number(v / 10);
    put((char)('0' + v % 10));
}

void plan(unsigned n)
{
    print("1..");
    print_number(n);
    print("\n");
}

void report(bool good, const char *name)
{
    static unsigned number;
    print(good ? "ok " : "not ok ");
    print_number(++number);
    print(" - ");
    print(name);
    print("\n");
}

void comment(const char *text, u64 number)
{
    print("# ");
    print(text);
    print(": ");
    print_number(number);
    print("\n");
}

void finish(u64 code)
{
    for (;;) tohost = code << 1 | 1;
}
