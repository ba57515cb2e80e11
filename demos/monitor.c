/* A monitor of a page, in M-mode, and three ways to run the kernel: WAY_bare, in S-mode; WAY_user,
 * in U-mode, where what it may not do traps and is done for it (trap and emulate); WAY_guest, in
 * VS-mode. Interrupts come from the machine's timer, once. Board: QEMU's virt. */
#include "demo.h"

#define UART     ((volatile u8 *)0x10000000)
#define FINISHER (*(volatile u32 *)0x100000)
#define MTIMECMP (*(volatile u64 *)0x2004000)
#define MTIME    (*(volatile u64 *)0x200bff8)

enum { CAUSE_ILLEGAL = 2, CAUSE_ECALL_U = 8, CAUSE_ECALL_S = 9, CAUSE_ECALL_VS = 10 };
#define TIMER (1ul << 7)

volatile u64 interrupt_raised;
static u64 emulated;

/* ---- the end ---- */

static void print(const char *text)
{
    while (*text) *UART = (u8)*text++;
}

static void print_number(u64 value)
{
    if (value > 9) print_number(value / 10);
    *UART = (u8)('0' + value % 10);
}

/* One line: right or wrong, traps emulated, what came of it. */
static _Noreturn void finish(void)
{
    print(outcome.right ? "right|" : "wrong|");
    print_number(emulated);
    print("|");
    if (!DEMO_sgdt) {
        if (DEMO_sfence) print("page ");
        print_number(outcome.number);
        print(" ");
    }
    print(outcome.text);
    print("\n");
    FINISHER = 0x5555;
    for (;;) continue;
}

static _Noreturn void die(const char *text)
{
    print(text);
    print("\n");
    FINISHER = 1 << 16 | 0x3333;
    for (;;) continue;
}

/* ---- the kernel's virtual hart ---- */

static struct {
    u64 sstatus, sie, stvec, sscratch, sepc, scause, sip, satp;
} hart = {.sstatus = STATUS_SIE};

static u64 *virtual_csr(u32 number)
{
    switch (number) {
    case 0x100: return &hart.sstatus;
    case 0x104: return &hart.sie;
    case 0x105: return &hart.stvec;
    case 0x140: return &hart.sscratch;
    case 0x141: return &hart.sepc;
    case 0x142: return &hart.scause;
    case 0x144: return &hart.sip;
    case 0x180: return &hart.satp;
    default: die("the kernel used a CSR that its hart does not have");
    }
}

/* Its page tables are not for U-mode. The processor gets a shadow of them that is, made anew
 * whenever the kernel says that it has changed them. */
static u64 shadow[3][512] __attribute__((aligned(4096)));

static void make_shadow(void)
{
    for (u32 level = 0; level < 3; level++)
        for (u32 k = 0; k < 512; k++) {
            u64 pte = kernel_tables[level][k];
            u64 leaf = pte & PTE_RWX;
            shadow[level][k] = leaf ? pte | PTE_U : pte ? PTE(shadow[level + 1]) | PTE_V : 0;
        }
    if (hart.satp) csr_write(satp, SV39 | (u64)shadow >> 12);
    __asm__ volatile("sfence.vma" : : : "memory");
}

/* An interrupt that the virtual hart has enabled is one that it takes. */
static void deliver(struct frame *f)
{
    if (!(hart.sstatus & STATUS_SIE) || !(hart.sip & hart.sie)) return;
    hart.sepc = f->x[0];
    hart.scause = INTERRUPT | 1;
    hart.sstatus = (hart.sstatus & ~STATUS_SIE) | STATUS_SPIE | STATUS_SPP;
    f->x[0] = hart.stvec;
}

static void emulate_csr(struct frame *f, u32 insn)
{
    u64 *csr = virtual_csr(insn >> 20), old = *csr;
    u32 rd = insn >> 7 & 31, rs1 = insn >> 15 & 31;
    u64 operand = insn >> 14 & 1 ? rs1 : rs1 ? f->x[rs1] : 0;
    switch (insn >> 12 & 3) {
    case 1: *csr = operand; break;
    case 2: *csr = old | operand; break;
    case 3: *csr = old & ~operand; break;
    }
    if (rd) f->x[rd] = old;
    if (csr == &hart.satp) make_shadow();
}

static void emulate(struct frame *f)
{
    u32 insn = (u32)csr_read(mtval);
    f->x[0] += 4;
    emulated++;
    if ((insn & 0x7f) == 0x73 && (insn >> 12 & 3)) {
        emulate_csr(f, insn);
    } else if (insn == 0x10200073) { /* sret */
        f->x[0] = hart.sepc;
        if (hart.sstatus & STATUS_SPIE) hart.sstatus |= STATUS_SIE;
    } else if ((insn & 0xfe007fff) == 0x12000073) { /* sfence.vma */
        make_shadow();
    } else {
        die("the kernel tried an instruction that the monitor does not know");
    }
    deliver(f);
}

/* ---- traps ---- */

static void raise_interrupt(struct frame *f)
{
    MTIMECMP = ~0ul;
    interrupt_raised = 1;
    if (WAY_bare) csr_set(mip, SSI);
    if (WAY_guest) csr_set(hvip, SSI << 1);
    if (WAY_user) {
        hart.sip |= SSI;
        deliver(f);
    }
}

void monitor_trap(struct frame *f)
{
    u64 cause = csr_read(mcause);
    if (cause & INTERRUPT)
        raise_interrupt(f);
    else if (WAY_user && cause == CAUSE_ILLEGAL)
        emulate(f);
    else if (cause >= CAUSE_ECALL_U && cause <= CAUSE_ECALL_VS)
        finish();
    else
        die("an unexpected trap");
}

/* ---- the kernel's start ---- */

#define MSTATUS_MPP_S (1ul << 11)
#define MSTATUS_MPP   (3ul << 11)
#define MSTATUS_MPV   (1ul << 39)

void monitor_main(void)
{
    csr_write(pmpaddr0, ~0ul >> 10);
    csr_write(pmpcfg0, 0x1f);
    MTIMECMP = MTIME + 2000;
    csr_write(mie, TIMER);
    csr_clear(mstatus, MSTATUS_MPP);
    if (WAY_bare) {
        csr_write(mideleg, SSI);
        csr_set(mstatus, MSTATUS_MPP_S | STATUS_SIE);
    }
    if (WAY_guest) {
        csr_write(hideleg, SSI << 1);
        csr_write(hgatp, 0ul);
        csr_write(vsstatus, STATUS_SIE);
        csr_set(mstatus, MSTATUS_MPV | MSTATUS_MPP_S);
    }
}
