/* A guest of Linux's KVM with two harts that call each other by MSIs: each has an interrupt file of
 * the machine's IMSICs to itself, writes to the other's page, and waits. A program for Linux on
 * RISC-V, without a C library; it prints how many calls hart 0 has had. Status 2 when KVM has no
 * such files.
 *
 * Interface: Documentation/virt/kvm/api.rst and devices/ of Linux's source. */
#include "bench/kvm/kvm.h"

enum { GUEST_RAM = 0x80000000, GUEST_IMSIC = 0x28000000, RAM_SIZE = 2 << 20, HARTS = 2 };
enum { STDOUT = 1, SYS_EXIT_GROUP = 94, SYS_CLONE = 220 };

#define KVM_SET_MP_STATE     KVM_IOW(0x99, sizeof(u32))
#define KVM_CREATE_DEVICE    (0x80000000u | KVM_IOW(0xe0, sizeof(struct kvm_device)))
#define KVM_SET_DEVICE_ATTR  KVM_IOW(0xe1, sizeof(struct kvm_attribute))
#define KVM_DEVICE_RISCV_AIA 11

/* Attributes of that device, by groups. */
enum { CONFIG = 0, ADDRESS = 1, CONTROL = 2 };
enum { CONFIG_MODE = 0, CONFIG_HART_BITS = 5, MODE_HARDWARE = 1 };
enum { ADDRESS_OF_IMSIC = 1 /* + vCPU */, CONTROL_BEGIN = 0 };

struct kvm_device {
    u32 type, file, flags;
};

struct kvm_attribute {
    u32 flags, group;
    u64 number, address;
};

static long cpus[HARTS];
static struct kvm_run *runs[HARTS];

/* ---- the guest ---- */

/* a0 is the hart. Each opens its file, and answers a call (identity 5) with one; hart 0 makes the
 * first and stores the number of those that it has had where there is nothing, which is an exit. */
extern const u32 guest[], guest_end[];
__asm__(
    ".balign 4\n.option push\n.option norvc\nguest:\n"
    "li t0, 0x70\ncsrw 0x150, t0\nli t0, 1\ncsrw 0x151, t0\n"              /* eidelivery */
    "li t0, 0xc0\ncsrw 0x150, t0\nli t0, -2\ncsrw 0x151, t0\n"             /* eie0 */
    "li t0, 0x28000000\nxori t1, a0, 1\nslli t1, t1, 12\nadd s0, t0, t1\n" /* the other's page */
    "li t0, 1 << 9\ncsrs sie, t0\nli s1, 0\nli s2, 1000\nli s3, 5\n"
    "bnez a0, 2f\n"
    "1: sw s3, 0(s0)\n"
    "2: csrrw t0, 0x15c, x0\nbnez t0, 3f\nwfi\nj 2b\n" /* stopei */
    "3: srli t0, t0, 16\nbne t0, s3, 4f\naddi s1, s1, 1\nbnez a0, 1b\nbltu s1, s2, 1b\n"
    "4: li t0, 0x10000000\nsw s1, 0(t0)\nj 4b\n"
    "guest_end:\n.option pop\n");

/* ---- Linux ---- */

static void stop(int status) __attribute__((noreturn));
static void stop(int status)
{
    for (;;) system_call(SYS_EXIT_GROUP, status, 0, 0, 0, 0, 0);
}

static void say(const char *text, u64 size)
{
    system_call(SYS_WRITE, STDOUT, (long)text, (long)size, 0, 0, 0);
}

/* The result of what must not fail. */
#define MUST(what, result) must(what, sizeof what - 1, result)
static long must(const char *what, u64 size, long result)
{
    if (result >= 0 || result < -4095) return result;
    say(what, size);
    say(": failed\n", 9);
    stop(2);
}

#define CONTROL_OF(file, request, argument)                                                        \
    MUST(#request, system_call(SYS_IOCTL, file, request, (long)(argument), 0, 0, 0))

static void *map(u64 size, long file)
{
    enum { READ_WRITE = 3, SHARED = 1, ANONYMOUS = 0x20 };
    int flags = SHARED | (file < 0 ? ANONYMOUS : 0);
    return (void *)MUST("mmap", system_call(SYS_MMAP, 0, (long)size, READ_WRITE, flags, file, 0));
}

static long open_kvm(void)
{
    enum { AT_FDCWD = -100, READ_WRITE = 2 };
    return MUST("/dev/kvm",
                system_call(SYS_OPENAT, AT_FDCWD, (long)"/dev/kvm", READ_WRITE, 0, 0, 0));
}

/* ---- the machine ---- */

static void set_register(long cpu, unsigned n, u64 value)
{
    struct kvm_one_reg reg = {KVM_REG_CORE(n), (u64)&value};
    CONTROL_OF(cpu, KVM_SET_ONE_REG, &reg);
}

static void make_cpu(long kvm, long vm, unsigned n)
{
    enum { PC = 0, A0 = 10 };
    static const u32 runnable;
    cpus[n] = CONTROL_OF(vm, KVM_CREATE_VCPU, n);
    runs[n] = map((u64)CONTROL_OF(kvm, KVM_VCPU_MMAP_SIZE, 0), cpus[n]);
    set_register(cpus[n], PC, GUEST_RAM);
    set_register(cpus[n], A0, n);
    CONTROL_OF(cpus[n], KVM_SET_MP_STATE, &runnable);
}

static void set_attribute(long device, u32 group, u64 number, u64 value)
{
    struct kvm_attribute a = {0, group, number, (u64)&value};
    CONTROL_OF(device, KVM_SET_DEVICE_ATTR, &a);
}

static void make_imsics(long vm)
{
    struct kvm_device d = {.type = KVM_DEVICE_RISCV_AIA};
    CONTROL_OF(vm, KVM_CREATE_DEVICE, &d);
    set_attribute(d.file, CONFIG, CONFIG_MODE, MODE_HARDWARE);
    set_attribute(d.file, CONFIG, CONFIG_HART_BITS, 1);
    for (unsigned n = 0; n < HARTS; n++)
        set_attribute(d.file, ADDRESS, ADDRESS_OF_IMSIC + n, GUEST_IMSIC + 0x1000ull * n);
    set_attribute(d.file, CONTROL, CONTROL_BEGIN, 0);
}

static void make_machine(void)
{
    long kvm = open_kvm(), vm = CONTROL_OF(kvm, KVM_CREATE_VM, 0);
    u32 *ram = map(RAM_SIZE, -1);
    struct kvm_memory memory = {0, 0, GUEST_RAM, RAM_SIZE, (u64)ram};
    for (const u32 *from = guest; from < guest_end; from++) ram[from - guest] = *from;
    CONTROL_OF(vm, KVM_SET_MEMORY, &memory);
    for (unsigned n = 0; n < HARTS; n++) make_cpu(kvm, vm, n);
    make_imsics(vm);
}

/* ---- running it ---- */

static void run(unsigned n)
{
    CONTROL_OF(cpus[n], KVM_RUN, 0);
    if (runs[n]->exit_reason != KVM_EXIT_MMIO) MUST("the guest's exit", -1);
}

static __attribute__((noreturn, used)) void run_second(void)
{
    for (;;) run(1);
}

static void start_second(void)
{
    enum { THREAD = 0x50f00 }; /* all shared: memory, files, signals */
    static u8 stack[4096] __attribute__((aligned(16)));
    register long a0 __asm__("a0") = THREAD;
    register long a1 __asm__("a1") = (long)(stack + sizeof stack);
    register long a2 __asm__("a2") = 0;
    register long a3 __asm__("a3") = 0;
    register long a4 __asm__("a4") = 0;
    register long a7 __asm__("a7") = SYS_CLONE;
    __asm__ volatile("ecall\nbnez a0, 1f\ncall run_second\n1:"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7)
                     : "memory");
    MUST("clone", a0);
}

static void say_number(u32 n)
{
    char text[16];
    unsigned at = sizeof text;
    text[--at] = '\n';
    do text[--at] = (char)('0' + n % 10);
    while (n /= 10);
    say(text + at, sizeof text - at);
}

static __attribute__((noreturn, used)) void begin(void)
{
    make_machine();
    start_second();
    run(0);
    u32 calls = 0;
    for (unsigned k = 4; k-- > 0;) calls = calls << 8 | runs[0]->mmio.data[k];
    say("calls that hart 0 has had: ", 27);
    say_number(calls);
    stop(0);
}

__asm__(".globl _start\n_start: andi sp, sp, -16\n\tcall begin");
