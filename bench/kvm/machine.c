/* A virtual machine on Linux's KVM with the very devices, device tree and loader of vmm, so that a
 * guest's boot on the one can be compared with its boot on the other: what differs is who answers
 * its exits. A program for Linux on RISC-V, without a C library:
 *
 *   machine small|huge MIB ISA KERNEL INITRD ARGUMENTS
 *
 * small: guest memory as mmap gives it; huge: from the kernel's pool of pages of 2 MiB. Console and
 * keyboard are standard output and input, which must be a terminal. */
#include "bench/kvm/kvm.h"
#include "firmware/devices/devices.h"
#include "firmware/sbi/sbi.h"

enum { STDIN = 0, STDOUT = 1, STDERR = 2, UART_BASE = 0x10000000, UART_SIZE = 0x100 };

static struct vm machine;
static struct vcpu cpu;
static u8 *ram;
static struct kvm_run *run;
static long vm_file, cpu_file;

struct host host;

/* ---- Linux ---- */

static void stop(int status) __attribute__((noreturn));
static void stop(int status)
{
    for (;;) system_call(SYS_EXIT, status, 0, 0, 0, 0, 0);
}

static void say_line(const char *text)
{
    system_call(SYS_WRITE, STDERR, (long)"machine: ", 9, 0, 0, 0);
    system_call(SYS_WRITE, STDERR, (long)text, (long)strlen(text), 0, 0, 0);
    system_call(SYS_WRITE, STDERR, (long)"\n", 1, 0, 0, 0);
}

/* The result of what must not fail. */
static long must(const char *what, long result)
{
    if (result >= 0 || result < -4095) return result;
    say_line(what);
    stop(2);
}

static long control(const char *what, long file, u32 request, const void *argument)
{
    return must(what, system_call(SYS_IOCTL, file, request, (long)argument, 0, 0, 0));
}

static void *map(const char *what, u64 size, bool huge)
{
    enum { READ_WRITE = 3, PRIVATE = 2, ANONYMOUS = 0x20, HUGETLB = 0x40000 };
    int flags = PRIVATE | ANONYMOUS | (huge ? HUGETLB : 0);
    return (void *)must(what, system_call(SYS_MMAP, 0, (long)size, READ_WRITE, flags, -1, 0));
}

static long open_file(const char *name, int flags)
{
    enum { AT_FDCWD = -100 };
    return must(name, system_call(SYS_OPENAT, AT_FDCWD, (long)name, flags, 0, 0, 0));
}

/* A file as a whole. */
static struct range read_file(const char *name)
{
    enum { FILE_MAX = 64 << 20 };
    u8 *to = map("no memory for a file", FILE_MAX, false);
    long file = open_file(name, 0), n;
    u64 size = 0;
    while ((n = must(name, system_call(SYS_READ, file, (long)(to + size), (long)(FILE_MAX - size),
                                       0, 0, 0))) > 0)
        size += (u64)n;
    return (struct range){(u64)to, size};
}

/* ---- what vmm's devices, loader and device tree ask of a hypervisor ---- */

u64 memory_alloc(enum memory size)
{
    return (u64)map("no memory for a device", PAGE_SIZE, false);
}

bool vm_has_ram(const struct vm *vm, u64 gpa, u64 size)
{
    u64 offset = gpa - GUEST_RAM_BASE;
    return offset <= vm->ram_size && size <= vm->ram_size - offset;
}

bool gstage_write(struct vm *vm, u64 gpa, const void *from, u64 size)
{
    if (!vm_has_ram(vm, gpa, size)) return false;
    memcpy(ram + (gpa - GUEST_RAM_BASE), from, size);
    return true;
}

int host_cpu(u64 hart)
{
    (void)hart;
    return fdt_child(fdt_find(fdt_root(), "cpus"));
}

bool host_seed(u32 n, u8 *seed)
{
    (void)n;
    return system_call(SYS_GETRANDOM, (long)seed, 32, 0, 0, 0, 0) == 32;
}

void sched_notify(struct vcpu *v)
{
    (void)v; /* it does not run now, and before it does tell_kvm tells it */
}

void direct_completed(struct vm *vm, unsigned irq)
{
    (void)vm, (void)irq;
}

int console_get(struct vm *vm)
{
    u8 byte;
    (void)vm;
    return system_call(SYS_READ, STDIN, (long)&byte, 1, 0, 0, 0) == 1 ? byte : -1;
}

static char pending[256];
static unsigned pending_n;

static void flush(void)
{
    if (pending_n) system_call(SYS_WRITE, STDOUT, (long)pending, pending_n, 0, 0, 0);
    pending_n = 0;
}

void console_put(struct vm *vm, char c)
{
    (void)vm;
    pending[pending_n++] = c;
    if (c == '\n' || pending_n == sizeof pending) flush();
}

/* ---- making the machine ---- */

static u64 number(const char *text)
{
    u64 n = 0;
    for (; *text >= '0' && *text <= '9' && n < 1 << 20; text++) n = n * 10 + (u64)(*text - '0');
    return n;
}

/* The machine below is told to guests as vmm tells it, but for the extensions: vmm's are given. */
static void describe_host(const char *isa)
{
    if (!fdt_open((const void *)read_file("/sys/firmware/fdt").base)) must("no device tree", -1);
    fdt_number(fdt_find(fdt_root(), "cpus"), "timebase-frequency", &host.timebase);
    host.mmu_type = fdt_string(host_cpu(0), "mmu-type");
    for (u64 i = 0; i < sizeof host.isa - 1 && isa[i]; i++) host.isa[i] = isa[i];
}

static void set_register(unsigned n, u64 value)
{
    struct kvm_one_reg reg = {KVM_REG_CORE(n), (u64)&value};
    control("cannot set a register", cpu_file, KVM_SET_ONE_REG, &reg);
}

static void load(const char *kernel, const char *initrd, const char *arguments)
{
    enum { PC = 0, A0 = 10, A1 = 11 };
    struct image image;
    struct range disk = read_file(initrd), at = {0, disk.size};
    const char *error = image_load(&machine, read_file(kernel), &image);
    at.base = (tree_address(&machine) - at.size) & ~(u64)(PAGE_SIZE - 1);
    if (error || at.base < image.end) must(error ? error : "the initrd does not fit", -1);
    gstage_write(&machine, at.base, (const void *)disk.base, disk.size);
    set_register(PC, image.entry);
    set_register(A0, 0);
    set_register(A1, tree_build(&machine, arguments, at));
}

static void make_machine(bool huge, u64 mib)
{
    long kvm = open_file("/dev/kvm", 2);
    machine = (struct vm){.number = 1, .ram_size = mib << 20, .vcpu_count = 1, .vcpus = {&cpu}};
    ram = map("no memory for the guest", machine.ram_size, huge);
    struct kvm_memory memory = {0, 0, GUEST_RAM_BASE, machine.ram_size, (u64)ram};
    vm_file = control("cannot make a VM", kvm, KVM_CREATE_VM, NULL);
    control("cannot give it memory", vm_file, KVM_SET_MEMORY, &memory);
    cpu_file = control("cannot make a vCPU", vm_file, KVM_CREATE_VCPU, NULL);
    long size = control("cannot share memory with KVM", kvm, KVM_VCPU_MMAP_SIZE, NULL);
    run = (void *)must("no memory shared with KVM",
                       system_call(SYS_MMAP, 0, size, 3, 1 /* shared */, cpu_file, 0));
    if (!plic_add(&machine) || !uart_add(&machine)) must("no devices", -1);
}

/* Input raises a signal that waits but for while the guest runs, and so ends that. */
enum { SIGIO = 29 };
static const u64 sigio = 1ull << (SIGIO - 1);

static void listen(void)
{
    enum { F_SETFL = 4, F_SETOWN = 8, NONBLOCK = 04000, ASYNC = 020000 };
    struct kvm_signal_mask none = {.size = 8};
    system_call(SYS_SIGPROCMASK, 0 /* block */, (long)&sigio, 0, sizeof sigio, 0, 0);
    control("cannot set the signals", cpu_file, KVM_SET_SIGNAL_MASK, &none);
    system_call(SYS_FCNTL, STDIN, F_SETOWN, system_call(SYS_GETPID, 0, 0, 0, 0, 0, 0), 0, 0, 0);
    system_call(SYS_FCNTL, STDIN, F_SETFL, 2 | NONBLOCK | ASYNC, 0, 0, 0);
}

/* ---- running it ---- */

static struct device *device_at(u64 gpa)
{
    for (unsigned i = 0; i < machine.device_count; i++)
        if (gpa - machine.devices[i].range.base < machine.devices[i].range.size)
            return &machine.devices[i];
    return NULL;
}

static void on_mmio(void)
{
    u64 value = 0, address = run->mmio.address;
    struct device *d = device_at(address);
    if (address - UART_BASE >= UART_SIZE) flush();
    if (!d) must("the guest met what is neither memory nor a device", -1);
    u64 offset = address - d->range.base;
    if (run->mmio.is_write) {
        memcpy(&value, run->mmio.data, run->mmio.size);
        d->kind->write(&machine, d->state, offset, run->mmio.size, value);
    } else {
        value = d->kind->read(&machine, d->state, offset, run->mmio.size);
        memcpy(run->mmio.data, &value, run->mmio.size);
    }
}

/* The level of the guest's external interrupt, when it has changed. */
static void tell_kvm(void)
{
    static bool told;
    u32 level = cpu.external ? KVM_INTERRUPT_SET : KVM_INTERRUPT_UNSET;
    if (cpu.external != told) control("cannot interrupt", cpu_file, KVM_INTERRUPT, &level);
    told = cpu.external;
}

static void on_signal(void)
{
    static const u64 at_once[2];
    system_call(SYS_SIGTIMEDWAIT, (long)&sigio, 0, (long)at_once, sizeof sigio, 0, 0);
    uart_notify(&machine);
}

/* Runs the guest until it has shut down. */
static void run_guest(void)
{
    for (;;) {
        tell_kvm();
        long result = system_call(SYS_IOCTL, cpu_file, KVM_RUN, 0, 0, 0, 0);
        if (result == -EINTR) {
            on_signal();
            continue;
        }
        must("the guest cannot run", result);
        switch (run->exit_reason) {
        case KVM_EXIT_MMIO: on_mmio(); break;
        case KVM_EXIT_RISCV_SBI: run->sbi.result[0] = (u64)SBI_ERR_NOT_SUPPORTED; break;
        case KVM_EXIT_SYSTEM_EVENT: flush(); return;
        default: must("KVM ended the guest", -1);
        }
    }
}

/* The stack as Linux leaves it: the number of arguments, then their addresses. */
static __attribute__((used)) void begin(const u64 *stack)
{
    const char *const *arguments = (const char *const *)(stack + 1);
    if (stack[0] != 7) must("usage: machine small|huge MIB ISA KERNEL INITRD ARGUMENTS", -1);
    describe_host(arguments[3]);
    make_machine(!strcmp(arguments[1], "huge"), number(arguments[2]));
    load(arguments[4], arguments[5], arguments[6]);
    listen();
    run_guest();
    stop(run->event.type == KVM_SYSTEM_EVENT_SHUTDOWN ? 0 : 1);
}

__asm__(".globl _start\n_start: mv a0, sp\n\tandi sp, sp, -16\n\tcall begin");
