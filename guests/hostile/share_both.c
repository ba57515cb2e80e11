/* Two VMs that share memory, and use it for what it is not meant for: code, page tables that the
 * other changes, queues, texts and accounts for the hypervisor, harts that begin there. What it is
 * meant for, numbers that both add to with LR and SC, stays right.
 * words: vmm.share=1
 * vcpus: 2
 * twin: twin=1
 * outcome: contained */
#include "guests/hostile/virtio.h"

#define SHARE 0x70000000ull
enum { SHARE_SIZE = 2 << 20, TABLE = SHARE_SIZE / 2, RET = 0x00008067 };
enum { SBI_STA = 0x535441, INVALID_PARAM = -3, INVALID_ADDRESS = -5, FETCH_ACCESS = 1 };

/* What both see; each VM writes its own places of the arrays. */
static volatile struct {
    u64 number, done[2], over[2];
} *const common = (void *)SHARE;

static u64 us;

static void add(u64 spins)
{
    u64 value, failed;
    __asm__ volatile("lr.d %0, (%1)" : "=r"(value) : "r"(&common->number) : "memory");
    for (u64 i = 0; i < spins; i++) __asm__ volatile("");
    value++;
    __asm__ volatile("sc.d %0, %1, (%2)"
                     : "=&r"(failed)
                     : "r"(value), "r"(&common->number)
                     : "memory");
    if (!failed) common->done[us]++;
}

static void refuse(void)
{
    u64 at = SHARE + SHARE_SIZE / 4 + us * PAGE_SIZE;
    *(volatile u32 *)at = RET;
    __asm__ volatile("fence.i" ::: "memory");
    check(attempt(jump, at, 0) == FETCH_ACCESS, "code was executed", at);
    check(sbi_call(SBI_DBCN, 0, 8, at, 0).error == INVALID_PARAM, "a text was taken", at);
    check(sbi_call(SBI_DBCN, 1, 8, at, 0).error == INVALID_PARAM, "input was given", at);
    check(sbi_call(SBI_STA, 0, at, 0, 0).error == INVALID_ADDRESS, "accounts are written", at);
    check(sbi_call(SBI_HSM, 0, 1, at, 0).error == INVALID_ADDRESS, "a hart begins", at);
    queue_at(VIRTIO_HVC, TRANSMIT, QUEUE_SIZE, at, at, at);
    put(VIRTIO_HVC, R_QUEUE_NOTIFY, TRANSMIT);
    check(get(VIRTIO_HVC, R_STATUS) & NEEDS_RESET, "a queue is read", at);
    put(VIRTIO_HVC, R_STATUS, 0);
}

/* The lowest table is in common memory, where the other writes, too. Its entries lead into the
 * upper half of the VM's own memory, wherever they come from. */
static void use_tables(void)
{
    paging_on();
    middle[0] = pte(SHARE + TABLE, PTE_V);
    root[1] = pte((u64)middle, PTE_V);
    middle[128] = pte(SHARE, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D); /* 0x50000000, 2 MiB */
    fence();
    for (unsigned i = 0; i < 200; i++) {
        u64 page = random64() & 511, to = RAM + RAM_SIZE / 2 + (random64() & 0x3ff000);
        ((volatile u64 *)(0x50000000 + TABLE))[page] = pte(to, random64() & 0xff);
        if (i & 1) fence();
        u64 cause = attempt(i & 2 ? load64 : load8, WINDOW + (random64() & 0x1fffff & -8ull), 0);
        check(cause == NONE || cause == LOAD_PAGE, "load through common tables", cause);
    }
    paging_off();
}

void attack(void)
{
    us = argument("twin=", 0);
    u64 deadline = now() + ticks(25);
    while (!passed(deadline)) {
        for (unsigned i = 0; i < 200; i++) add(random64() % 2000);
        refuse();
        use_tables();
    }
    common->over[us] = 1;
    while (!common->over[!us]) add(1000);
    common->over[us] = 2;
    while (common->over[!us] != 2) continue;
    check(common->done[0] && common->done[1], "one did nothing", us);
    check(common->number == common->done[0] + common->done[1],
          "lost:", common->done[0] + common->done[1] - common->number);
}
