/* The pieces together, with traps that are resumed: a small hypervisor in HS runs two guests, each
 * a VS kernel with a VU program. Pages appear on demand in both stages, system calls go from VU to
 * VS and on to HS, a timer preempts, worlds are switched without a fence. Each guest's sums come
 * out right only if no register, CSR or translation leaks into the other. */
#include "harness.h"
#include "paging.h"

enum { GUESTS = 2, PAGES = 6, ROUNDS = 40, SLICE = 50 };
enum { SYS_ADD, SYS_EXIT };

/* The area that comes on demand: the same virtual and guest physical addresses in both guests. */
#define AREA_VA  0x2040000000ull
#define AREA_GPA 0x10c0a00000ull

/* Registers of an interrupted level; entry and resume below know the layout. */
struct frame {
    u64 x[32]; /* x[0] stands for pc */
    u64 stack; /* of the handler */
    void (*handler)(struct frame *);
};

struct guest {
    struct frame frame;  /* HS's: whatever of the guest was running */
    struct frame kernel; /* VS's: the VU program */
    struct table vs, g;
    u64 id, hstatus, sstatus, vsstatus, vstvec, vsscratch, vsepc, vscause, vstval, vsatp, hgatp;
    u64 g_faults, vs_faults, preemptions, hypercalls, sum, area_sum;
    bool done;
};

static struct guest guests[GUESTS];
static struct guest *running;
static u8 stacks[GUESTS + 1][4096] __attribute__((aligned(16)));

extern const u32 entry[], vu_program[];
void resume(struct frame *frame) __attribute__((noreturn));

/* sscratch (in VS: vsscratch) points to the frame of what the level runs. */
__asm__(".pushsection .text\n"
        ".balign 4\n"
        ".globl entry\n"
        "entry:\n"
        "csrrw a0, sscratch, a0\n"
        ".irp n,1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "sd x\\n, 8*\\n(a0)\n"
        ".endr\n"
        "csrrw t0, sscratch, a0\n"
        "sd t0, 8*10(a0)\n"
        "csrr t0, sepc\n"
        "sd t0, 0(a0)\n"
        ".option push\n.option norelax\n"
        "la gp, __global_pointer$\n"
        ".option pop\n"
        "ld sp, 8*32(a0)\n"
        "ld t0, 8*33(a0)\n"
        "jr t0\n"
        ".globl resume\n"
        "resume:\n"
        "csrw sscratch, a0\n"
        "ld t0, 0(a0)\n"
        "csrw sepc, t0\n"
        ".irp n,1,2,3,4,5,6,7,8,9,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "ld x\\n, 8*\\n(a0)\n"
        ".endr\n"
        "ld a0, 8*10(a0)\n"
        "sret\n"
        ".popsection");

/* VU: s0 area, s1 round, s2 the guest's id, s3 the kernel's last answer, s4 failures. Each round
 * stores the round's number to a page of the area, reads it back, burns time, and has the kernel
 * add number * id; at last all numbers are read again and summed. */
SNIPPET(vu_program, "li s1, 1\nli s3, 0\nli s4, 0\n"
                    "1: li t0, 6\nremu t0, s1, t0\nslli t0, t0, 12\nadd t0, t0, s0\n"
                    "slli t1, s1, 3\nadd t0, t0, t1\nsd s1, 0(t0)\nld t2, 0(t0)\n"
                    "li t3, 300\n2: addi t3, t3, -1\nbnez t3, 2b\n"
                    "mul a0, t2, s2\nli a7, 0\nadd s3, s3, a0\necall\n"
                    "sub t4, a0, s3\nor s4, s4, t4\n"
                    "addi s1, s1, 1\nli t0, 40\nbleu s1, t0, 1b\n"
                    "li s1, 1\nli a0, 0\n"
                    "3: li t0, 6\nremu t0, s1, t0\nslli t0, t0, 12\nadd t0, t0, s0\n"
                    "slli t1, s1, 3\nadd t0, t0, t1\nld t2, 0(t0)\nadd a0, a0, t2\n"
                    "addi s1, s1, 1\nli t0, 40\nbleu s1, t0, 3b\n"
                    "mv a1, s4\nli a7, 1\necall\n4: j 4b");

/* ---- VS: the guest's kernel ---- */

static u64 hypercall(u64 number, u64 a, u64 b)
{
    register u64 a0 __asm__("a0") = a;
    register u64 a1 __asm__("a1") = b;
    register u64 a7 __asm__("a7") = number;

    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a7) : "memory");
    return a0;
}

static struct guest *guest_of(struct frame *kernel_frame)
{
    return (struct guest *)((u8 *)kernel_frame - offsetof(struct guest, kernel));
}

static void kernel_page_fault(struct guest *guest)
{
    u64 va = csr_read(stval) & ~(u64)(PAGE - 1);

    *pt_entry(&guest->vs, va, 0) = (va - AREA_VA + AREA_GPA) >> 2 | LEAF_U;
    __asm__ volatile("sfence.vma %0, zero" ::"r"(va) : "memory");
    guest->vs_faults++;
}

static void kernel_trap(struct frame *frame)
{
    struct guest *guest = guest_of(frame);
    u64 cause = csr_read(scause);

    if (cause == ECALL_U) {
        frame->x[0] += 4;
        if (frame->x[17] == SYS_ADD)
            frame->x[10] = guest->sum = hypercall(SYS_ADD, guest->sum, frame->x[10]);
        else
            hypercall(SYS_EXIT, frame->x[10], frame->x[11]);
    } else {
        kernel_page_fault(guest);
    }
    resume(frame);
}

/* ---- HS: the hypervisor ---- */

#define STORE(csr) guest->csr = csr_read(csr)

static void save_world(struct guest *guest)
{
    STORE(hstatus);
    STORE(sstatus);
    STORE(vsstatus);
    STORE(vstvec);
    STORE(vsscratch);
    STORE(vsepc);
    STORE(vscause);
    STORE(vstval);
    STORE(vsatp);
}

/* vsatp is 0 while hgatp changes (H extension, "Memory-Management Fences"). */
static void load_world(struct guest *guest)
{
    csr_write(vsatp, 0);
    csr_write(hgatp, guest->hgatp);
    csr_write(vsatp, guest->vsatp);
    csr_write(hstatus, guest->hstatus);
    csr_write(sstatus, guest->sstatus);
    csr_write(vsstatus, guest->vsstatus);
    csr_write(vstvec, guest->vstvec);
    csr_write(vsscratch, guest->vsscratch);
    csr_write(vsepc, guest->vsepc);
    csr_write(vscause, guest->vscause);
    csr_write(vstval, guest->vstval);
    running = guest;
    csr_write(stimecmp, csr_read(time) + SLICE);
}

static void __attribute__((noreturn)) leave_hypervisor(u64 value)
{
    register u64 a0 __asm__("a0") = value;

    __asm__ volatile("j leave" ::"r"(a0));
    __builtin_unreachable();
}

/* The other guest goes on, or this one if the other is done, or nobody. */
static void switch_world(void)
{
    struct guest *next = &guests[running == guests];

    save_world(running);
    if (next->done) next = running;
    if (next->done) leave_hypervisor(0);
    load_world(next);
}

static void guest_page_fault(struct guest *guest)
{
    u64 gpa = csr_read(htval) << 2 & ~(u64)(PAGE - 1);

    *pt_entry(&guest->g, gpa, 0) = (u64)new_pages(1) >> 2 | LEAF_U;
    __asm__ volatile("hfence.gvma %0, zero" ::"r"(gpa >> 2) : "memory");
    guest->g_faults++;
}

static void guest_calls(struct guest *guest)
{
    u64 *x = guest->frame.x;

    x[0] += 4;
    guest->hypercalls++;
    if (x[17] == SYS_ADD) {
        x[10] += x[11];
    } else {
        guest->area_sum = x[10] | x[11] << 32;
        guest->done = true;
        switch_world();
    }
}

static void hypervisor_trap(struct frame *frame)
{
    struct guest *guest = running;
    u64 cause = csr_read(scause);

    (void)frame;
    if (cause == ECALL_VS) {
        guest_calls(guest);
    } else if (cause == LOAD_GUEST_PAGE_FAULT || cause == STORE_GUEST_PAGE_FAULT) {
        guest_page_fault(guest);
    } else if (cause == (INTERRUPT | STI)) {
        guest->preemptions++;
        switch_world();
    } else {
        leave_hypervisor(cause);
    }
    resume(&running->frame);
}

/* A guest begins in VU, where its kernel would have put it. */
static void make_guest(unsigned i, enum scheme vs, enum scheme g)
{
    struct guest *guest = &guests[i];

    *guest = (struct guest){.id = i + 3};
    guest->vs = *use_vsatp(vs);
    guest->g = *use_hgatp(g);
    for (u64 a = (u64)vu_program & ~0xfffull; a <= (u64)leave + PAGE; a += PAGE)
        pt_map(&guest->vs, a, a, 0, LEAF_U);
    for (u64 n = 0; n < PAGES; n++) {
        pt_map(&guest->vs, AREA_VA + n * PAGE, 0, 0, 0); /* the tables, no pages */
        pt_map(&guest->g, AREA_GPA + n * PAGE, 0, 0, 0);
    }
    guest->vsatp = ATP(vs, 1, guest->vs.root);
    guest->hgatp = ATP(g, i + 1, guest->g.root);
    guest->hstatus = csr_read(hstatus) | HSTATUS_SPV;
    guest->sstatus = csr_read(sstatus) & ~STATUS_SPP;
    guest->vsstatus = csr_read(vsstatus);
    guest->vstvec = (u64)entry;
    guest->vsscratch = (u64)&guest->kernel;
    guest->kernel.stack = (u64)stacks[i] + sizeof stacks[0];
    guest->kernel.handler = kernel_trap;
    guest->frame.stack = (u64)stacks[GUESTS] + sizeof stacks[0];
    guest->frame.handler = hypervisor_trap;
    guest->frame.x[0] = (u64)vu_program;
    guest->frame.x[8] = AREA_VA;
    guest->frame.x[18] = guest->id;
}

static void start_hypervisor(void)
{
    load_world(&guests[0]);
    resume(&running->frame);
}

/* VMIDs are used anew in each test, and HFENCE.VVMA is for the VMID in hgatp alone. */
static void fence_guests(void)
{
    for (unsigned i = 0; i < GUESTS; i++) {
        csr_write(hgatp, guests[i].hgatp);
        fence_all();
    }
    csr_write(hgatp, 0);
}

static void two_guests(enum scheme vs0, enum scheme g0, enum scheme vs1, enum scheme g1)
{
    make_guest(0, vs0, g0);
    make_guest(1, vs1, g1);
    csr_write(vsatp, 0);
    fence_guests();
    csr_write(medeleg, BIT(ECALL_U) | BIT(ECALL_VS) | MASK(15, 12) | MASK(23, 20));
    csr_write(hedeleg, BIT(ECALL_U) | MASK(15, 12));
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(mcounteren, 2);
    csr_write(mideleg, BIT(STI));
    csr_write(mie, BIT(STI));
    csr_write(stvec, entry);
    EXPECT_VALUE(run(S_MODE, (const void *)start_hypervisor), 0);
}

static void check_guests(void)
{
    u64 numbers = ROUNDS * (ROUNDS + 1) / 2;

    for (unsigned i = 0; i < GUESTS; i++) {
        const struct guest *guest = &guests[i];

        note(i);
        CHECK_EQ(guest->done, true);
        CHECK_EQ(guest->sum, guest->id * numbers);
        CHECK_EQ(guest->area_sum, numbers);
        CHECK_EQ(guest->vs_faults, PAGES);
        CHECK_EQ(guest->g_faults, PAGES);
        CHECK_EQ(guest->hypercalls, ROUNDS + 1);
        CHECK_EQ(guest->preemptions > 0, true);
    }
}

TEST(alike)
{
    two_guests(SV39, SV39, SV39, SV39);
    check_guests();
}

TEST(different_schemes)
{
    two_guests(SV48, SV39, SV39, SV57);
    check_guests();
}
