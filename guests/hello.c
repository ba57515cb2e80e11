/* hello: a kernel as small as it gets. It turns on Sv39, runs one program in VU-mode, serves its
 * system calls and page faults, takes timer interrupts, and says what it sees. Everything it prints
 * follows from the architecture and its arguments, not from the machine or from time. */
#include "guests/guest.h"
#include "guests/hello.h"

#define PTE_V  (1ull << 0)
#define PTE_R  (1ull << 1)
#define PTE_RW (3ull << 1)
#define PTE_X  (1ull << 3)
#define PTE_U  (1ull << 4)
#define PTE_AD (3ull << 6)

#define SSTATUS_SIE  (1ull << 1)
#define SSTATUS_SPIE (1ull << 5)
#define SSTATUS_SPP  (1ull << 8)
#define SSTATUS_SUM  (1ull << 18)
#define SIE_STIE     (1ull << 5)
#define INTERRUPT    (1ull << 63)

enum { CAUSE_ILLEGAL = 2, CAUSE_USER_CALL = 8, CAUSE_LOAD_PAGE = 13, CAUSE_STORE_PAGE = 15 };
enum { TIMER_INTERRUPT = 5, TICKS_PER_SECOND = 100 };

struct frame {
    u64 kernel_sp, x[31], pc; /* x[n - 1] is register n */
};
enum { A0 = 9, A1 = 10, A7 = 16 };

void enter_user(struct frame *f);
extern char user_image[], user_image_end[], kernel_vector[];
volatile u64 kernel_cause;

static u64 root[512] __attribute__((aligned(4096)));
static u64 user_directory[512] __attribute__((aligned(4096)));
static u64 user_table[512] __attribute__((aligned(4096)));
static u64 heap_table[512] __attribute__((aligned(4096)));
static u8 pages[4][PAGE_SIZE] __attribute__((aligned(4096)));
static unsigned pages_used;

static u64 interval, ticks, goal, last_fault;

static u64 pte_of(const void *at, u64 flags)
{
    return (u64)at >> 12 << 10 | flags | PTE_V;
}

/* The kernel keeps its addresses (one 1 GiB leaf); the program has the gigabyte below:
 * 2 MiB slot 0 holds its image and its stack, slot 1 its heap, which is empty at first. */
static void make_page_tables(void)
{
    root[KERNEL_BASE >> 30] = pte_of((void *)0x80000000, PTE_RW | PTE_X | PTE_AD);
    root[USER_BASE >> 30] = pte_of(user_directory, 0);
    user_directory[0] = pte_of(user_table, 0);
    user_directory[1] = pte_of(heap_table, 0);
    u64 *table = user_table;
    for (char *at = user_image; at < user_image_end; at += PAGE_SIZE)
        *table++ = pte_of(at, PTE_R | PTE_X | PTE_U | PTE_AD);
    user_table[(USER_STACK - USER_BASE) / PAGE_SIZE - 1] =
        pte_of(pages[pages_used++], PTE_RW | PTE_U | PTE_AD);
}

static void turn_on_paging(void)
{
    make_page_tables();
    csr_write(satp, 8ull << 60 | (u64)root >> 12);
    __asm__ volatile("sfence.vma" ::: "memory");
    print("Sv39 is %s\n", csr_read(satp) >> 60 == 8 ? "on" : "NOT on");
}

static void see_arguments(u64 hart, const void *tree)
{
    const char *arguments = (const char *)tree_property(tree, "bootargs");
    const u8 *frequency = tree_property(tree, "timebase-frequency");
    print("hello from VS-mode on hart %u\n", hart);
    print("arguments: %s\n", arguments ? arguments : "none");
    interval = frequency ? be32(frequency) / TICKS_PER_SECOND : 0;
    if (!interval) print("the device tree has NO timebase-frequency\n");
}

static u64 be64(const u8 *p)
{
    return (u64)be32(p) << 32 | be32(p + 4);
}

/* The first line of the ramdisk, if there is one. */
static void see_ramdisk(const void *tree)
{
    const u8 *start = tree_property(tree, "linux,initrd-start");
    const u8 *end = tree_property(tree, "linux,initrd-end");
    char line[32];
    u64 n = 0;
    if (!start || !end) return;
    const char *text = (const char *)be64(start);
    u64 size = be64(end) - be64(start);
    for (; n < size && n < sizeof line - 1 && text[n] != '\n'; n++) line[n] = text[n];
    line[n] = 0;
    print("ramdisk of %u bytes: %s\n", size, line);
}

static void see_sbi(void)
{
    static const struct {
        const char *name;
        u64 id;
    } extensions[] = {
        {"TIME", SBI_TIME},
        {"DBCN", SBI_DBCN},
        {"SRST", SBI_SRST},
        {"HSM",  SBI_HSM }
    };
    u64 version = sbi_call(SBI_BASE, 0, 0, 0, 0).value;
    print("SBI %u.%u with BASE", version >> 24, version & 0xffffff);
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (sbi_call(SBI_BASE, 3, extensions[i].id, 0, 0).value) print(" %s", extensions[i].name);
    print("; hart 0 is in state %u\n", sbi_call(SBI_HSM, 2, 0, 0, 0).value);
    print("an unknown call is answered -%u\n", (u64)-sbi_call(0x12345678, 0, 0, 0, 0).error);
    print("text outside of memory is answered -%u\n",
          (u64)-sbi_call(SBI_DBCN, 0, 16, 0x1000, 0).error);
}

/* To a guest the hypervisor extension does not exist. */
static void see_no_hypervisor(void)
{
    csr_write(stvec, (u64)kernel_vector);
    __asm__ volatile("csrr zero, 0x680" ::: "memory");
    print("hgatp: %s\n", kernel_cause == CAUSE_ILLEGAL ? "illegal instruction" : "NOT illegal");
}

static void next_tick(void)
{
    sbi_call(SBI_TIME, 0, ticks < goal ? csr_read(time) + interval : ~0ull, 0, 0);
}

static void arm(u64 count)
{
    ticks = 0;
    goal = count;
    csr_set(sie, SIE_STIE);
    next_tick();
}

/* Waits in the kernel, which takes interrupts only between one wait and the next. */
static void sleep(u64 count)
{
    arm(count);
    while (ticks < goal) {
        kernel_cause = 0;
        while (!kernel_cause) {
            __asm__ volatile("wfi" ::: "memory");
            csr_set(sstatus, SSTATUS_SIE);
            csr_clear(sstatus, SSTATUS_SIE);
        }
        ticks++;
        next_tick();
        csr_set(sie, SIE_STIE);
    }
    print("%u ticks waited for\n", ticks);
}

static void write(u64 at, u64 size)
{
    static char text[128];
    if (at < USER_BASE || size >= sizeof text || at + size > USER_STACK) return;
    csr_set(sstatus, SSTATUS_SUM);
    for (u64 i = 0; i < size; i++) text[i] = ((const char *)at)[i];
    text[size] = 0;
    print("%s", text);
}

/* Serves a system call; false if the program is done. */
static bool serve(struct frame *f)
{
    f->pc += 4;
    switch (f->x[A7]) {
    case SYS_WRITE: write(f->x[A0], f->x[A1]); break;
    case SYS_TICKS: f->x[A0] = ticks; break;
    case SYS_ARM: arm(f->x[A0]); break;
    case SYS_SLEEP: sleep(f->x[A0]); break;
    case SYS_LAST_FAULT: f->x[A0] = last_fault; break;
    default: return false;
    }
    return true;
}

static void tick(void)
{
    ticks++;
    next_tick();
    if (ticks == goal) print("%u ticks taken\n", ticks);
}

/* The heap gets a page where it is touched; every other fault is skipped and remembered. */
static void fault(struct frame *f, u64 cause, u64 address)
{
    u64 page = (address - USER_HEAP) / PAGE_SIZE;
    if (cause == CAUSE_STORE_PAGE && address >= USER_HEAP && page < 512 && pages_used < 4) {
        print("page fault of a store to 0x%x: a page is mapped\n", address);
        heap_table[page] = pte_of(pages[pages_used++], PTE_RW | PTE_U | PTE_AD);
        __asm__ volatile("sfence.vma %0" ::"r"(address) : "memory");
        return;
    }
    last_fault = cause;
    f->pc += 4;
    if (cause == CAUSE_LOAD_PAGE) print("page fault of a load from 0x%x: refused\n", address);
    if (cause == CAUSE_ILLEGAL) print("illegal instruction: refused\n");
}

static void run_program(void)
{
    static struct frame f = {.pc = USER_BASE};
    bool running = true;
    f.x[1] = USER_STACK;
    csr_write(scounteren, 2); /* the program may read time */
    while (running) {
        csr_write(sstatus, (csr_read(sstatus) & ~SSTATUS_SPP) | SSTATUS_SPIE);
        enter_user(&f);
        u64 cause = csr_read(scause);
        if (csr_read(sstatus) & SSTATUS_SPP) print("sstatus.SPP does NOT say VU\n");
        if (cause == (INTERRUPT | TIMER_INTERRUPT))
            tick();
        else if (cause == CAUSE_USER_CALL)
            running = serve(&f);
        else
            fault(&f, cause, csr_read(stval));
    }
}

void guest_main(u64 hart, const void *tree)
{
    const u64 key = 0x4e110e4e110;
    fp_fill(key);
    see_arguments(hart, tree);
    see_ramdisk(tree);
    see_sbi();
    see_no_hypervisor();
    turn_on_paging();
    run_program();
    u64 lost = fp_count_wrong(key);
    print("floating-point registers lost to others: %u\n", lost);
    print("goodbye\n");
    shutdown(lost);
}
