#include "smp.h"

extern volatile u64 tohost, fromhost;

typedef u64 table[512] __attribute__((aligned(4096)));
table window_table, guest_window_table, g_window_table;
static table page_table, guest_page_table;
static u64 g_page_table[4 * 512] __attribute__((aligned(16384)));

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

__attribute__((weak)) bool on_fault(u64 cause, unsigned hart)
{
    (void)cause;
    (void)hart;
    return false;
}

/* Supervisor calls end in_s_mode and in_vs_mode. */
enum { CAUSE_ECALL_S = 9, CAUSE_ECALL_VS = 10, CAUSE_MSI = 3 };
#define STATUS_MPP_M  (3ul << 11)
#define STATUS_MPP_S  (1ul << 11)
#define STATUS_MPIE_1 (1ul << 7)
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
    } else if (cause == CAUSE_ECALL_S || cause == CAUSE_ECALL_VS) {
        csr_write(mepc, way_back[hart]);
        csr_set(mstatus, STATUS_MPP_M);
        csr_clear(mstatus, STATUS_MPIE_1 | STATUS_MPV);
    } else if (on_fault(cause, hart)) {
        csr_write(mepc, csr_read(mepc) + 4);
    } else {
        comment("a trap that nobody wanted, mcause", cause);
        comment("mepc", csr_read(mepc));
        comment("mtval", csr_read(mtval));
        finish(2);
    }
}

/* To S-mode or VS-mode. */
static void go_down(void (*f)(unsigned), unsigned hart, u64 virt)
{
    csr_write(mie, BIT(MSI));
    csr_clear(mstatus, STATUS_MPP_M);
    csr_set(mstatus, STATUS_MPP_S | virt);
    /* The stack goes on being used; all but it and the return address is C's to lose at a call. */
    __asm__ volatile("la t0, 1f\n sd t0, 0(%2)\n csrw mepc, %0\n mv a0, %1\n la ra, 2f\n mret\n"
                     ".balign 4\n 2: ecall\n .balign 4\n 1:"
                     :
                     : "r"(f), "r"((u64)hart), "r"(&way_back[hart])
                     : "ra", "t0", "t1", "t2", "t3", "t4", "t5", "t6", "a0", "a1", "a2", "a3", "a4",
                       "a5", "a6", "a7", "memory");
    csr_write(mie, 0);
}

void in_s_mode(void (*f)(unsigned), unsigned hart)
{
    go_down(f, hart, 0);
}

static u64 sv39(const u64 *root, u64 id)
{
    return 8ul << 60 | id << 44 | (u64)root >> 12;
}

u64 hgatp_of(u64 vmid)
{
    return sv39(g_page_table, vmid);
}

void in_vs_mode(void (*f)(unsigned), unsigned hart, u64 vmid)
{
    csr_write(hgatp, hgatp_of(vmid));
    go_down(f, hart, STATUS_MPV);
}

/* The window is the middle one of three regions of 1 GiB. */
static void fill_root(u64 *root, u64 *middle, const u64 *window, u64 user)
{
    const u64 all = PTE_RWX | PTE_A | PTE_D | user;
    root[0] = pte_of((void *)0, all);
    root[1] = pte_of(middle, 0);
    root[2] = pte_of((void *)0x80000000ul, all);
    middle[0] = pte_of(window, 0);
}

static void make_tables(void)
{
    static table middle, guest_middle, g_middle;
    fill_root(page_table, middle, window_table, 0);
    fill_root(guest_page_table, guest_middle, guest_window_table, 0);
    fill_root(g_page_table, g_middle, g_window_table, PTE_U);
}

static void open_memory(void)
{
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f);
    csr_write(satp, sv39(page_table, 0));
    csr_write(vsatp, sv39(guest_page_table, GUEST_ASID));
}

void run_hart(unsigned hart);
void run_hart(unsigned hart)
{
    if (hart >= HARTS) return;
    if (hart == 0) make_tables();
    open_memory();
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
