/* What machine.c uses of Linux's KVM interface on RISC-V (Documentation/virt/kvm/api.rst of its
 * source), and of its system calls. Written out here, since a bare cross compiler has no headers of
 * Linux. */
#ifndef BENCH_KVM_KVM_H
#define BENCH_KVM_KVM_H

#include "firmware/riscv.h"

/* Numbers of ioctls: those that take nothing but a number, those that read a structure. */
#define KVM_IO(n)           (0xae00u | (n))
#define KVM_IOW(n, size)    (0x40000000u | (u32)(size) << 16 | KVM_IO(n))
#define KVM_CREATE_VM       KVM_IO(0x01)
#define KVM_VCPU_MMAP_SIZE  KVM_IO(0x04)
#define KVM_CREATE_VCPU     KVM_IO(0x41)
#define KVM_SET_MEMORY      KVM_IOW(0x46, sizeof(struct kvm_memory))
#define KVM_RUN             KVM_IO(0x80)
#define KVM_INTERRUPT       KVM_IOW(0x86, sizeof(u32))
#define KVM_SET_SIGNAL_MASK KVM_IOW(0x8b, sizeof(u32))
#define KVM_SET_ONE_REG     KVM_IOW(0xac, sizeof(struct kvm_one_reg))

/* Ids of the registers of 64 bits that are not CSRs: the pc, then x1 to x31. */
#define KVM_REG_CORE(n) (0x8030000002000000ull | (n))

/* The values of KVM_INTERRUPT: the level of the guest's external interrupt. */
#define KVM_INTERRUPT_SET   0xffffffffu
#define KVM_INTERRUPT_UNSET 0xfffffffeu

enum { KVM_EXIT_MMIO = 6, KVM_EXIT_SYSTEM_EVENT = 24, KVM_EXIT_RISCV_SBI = 35 };
enum { KVM_SYSTEM_EVENT_SHUTDOWN = 1 };

struct kvm_memory {
    u32 slot, flags;
    u64 guest_address, size, address;
};

struct kvm_one_reg {
    u64 id, address;
};

struct kvm_signal_mask {
    u32 size;
    u8 signals[8];
};

/* The beginning of the page that KVM shares with us. */
struct kvm_run {
    u8 request[8];
    u32 exit_reason;
    u8 others[20];
    union {
        struct {
            u64 address;
            u8 data[8];
            u32 size;
            u8 is_write;
        } mmio;
        struct {
            u32 type;
        } event;
        struct {
            u64 extension, function, arguments[6], result[2];
        } sbi;
    };
};
_Static_assert(offsetof(struct kvm_run, mmio) == 32, "as the documentation has it");

/* Linux's system calls, by their numbers on RISC-V. A negative result is an error's number. */
enum {
    SYS_FCNTL = 25,
    SYS_IOCTL = 29,
    SYS_OPENAT = 56,
    SYS_READ = 63,
    SYS_WRITE = 64,
    SYS_EXIT = 93,
    SYS_SIGPROCMASK = 135,
    SYS_SIGTIMEDWAIT = 137,
    SYS_GETPID = 172,
    SYS_MMAP = 222,
    SYS_GETRANDOM = 278,
};
enum { EINTR = 4 };

static inline long system_call(long number, long arg0, long arg1, long arg2, long arg3, long arg4,
                               long arg5)
{
    register long a0 __asm__("a0") = arg0;
    register long a1 __asm__("a1") = arg1;
    register long a2 __asm__("a2") = arg2;
    register long a3 __asm__("a3") = arg3;
    register long a4 __asm__("a4") = arg4;
    register long a5 __asm__("a5") = arg5;
    register long a7 __asm__("a7") = number;
    __asm__ volatile("ecall"
                     : "+r"(a0)
                     : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a7)
                     : "memory");
    return a0;
}

#endif
