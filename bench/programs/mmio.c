/* MMIO exits: a guest loads from and stores to a device that the host emulates. The guest-page
 * fault goes to HS-mode, which fetches the instruction with HLVX, decodes it, does what the device
 * does, and goes on behind it. An event is an access. */
#include "world.h"

enum { ACCESSES = 4000 };
#define DEVICE 0x10001000ull /* guest-physical, and virtual in the guest */
enum { REGISTER_VALUE = 0, REGISTER_CHANGE = 8 };

static struct vcpu guest;
static u32 device_value;

/* Each load's value is stored back, so that what the device does next depends on it. */
static void guest_program(void)
{
    __asm__ volatile(".option push\n .option norvc\n"
                     "1: lw a1, 0(%0)\n"
                     "sw a1, 8(%0)\n"
                     "j 1b\n"
                     ".option pop" ::"r"(DEVICE)
                     : "a1");
}

static void prepare(void)
{
    struct guest_memory m = guest_memory();
    map(m.root, DEVICE, DEVICE, PAGE, LEAF_4K, PTE_KERNEL);
    guest_paging(m, 1);
}

static u32 fetch_half(u64 pc)
{
    u32 half;
    __asm__ volatile("hlvx.hu %0, (%1)" : "=r"(half) : "r"(pc) : "memory");
    return half;
}

static u32 fetch(u64 pc)
{
    u32 low = fetch_half(pc);
    must((low & 3) == 3);
    return fetch_half(pc + 2) << 16 | low;
}

static u32 device_read(u64 offset)
{
    must(offset == REGISTER_VALUE);
    return device_value;
}

static void device_write(u64 offset, u32 value)
{
    must(offset == REGISTER_CHANGE);
    device_value = value * 1664525 + 1013904223;
}

static void emulate(struct vcpu *v)
{
    u32 insn = fetch(v->sepc);
    u64 offset = (csr_read(htval) << 2 | (csr_read(stval) & 3)) - DEVICE;
    switch (insn & 0x707f) {
    case 0x2003: /* lw */ v->x[insn >> 7 & 31] = (u64)(s64)(s32)device_read(offset); break;
    case 0x2023: /* sw */ device_write(offset, (u32)v->x[insn >> 20 & 31]); break;
    default: must(false);
    }
    v->sepc += 4;
}

struct vcpu *guest_exit(struct vcpu *v, u64 cause)
{
    must(cause == CAUSE_LOAD_GUEST_PAGE_FAULT || cause == CAUSE_STORE_GUEST_PAGE_FAULT);
    emulate(v);
    return ++events % ACCESSES ? v : NULL;
}

static u64 work(void)
{
    guest_begin(&guest, guest_program);
    device_value = 42;
    run_guest(&guest);
    return device_value;
}

const struct program program = {.prepare = prepare,
                                .work = work,
                                .delegated = BIT(CAUSE_LOAD_GUEST_PAGE_FAULT) |
                                             BIT(CAUSE_STORE_GUEST_PAGE_FAULT)};
