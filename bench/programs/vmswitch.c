/* Switches between virtual machines: the host runs params.size of them in turn. Each has its own
 * G-stage tables and VMID, its own memory, and its own VS-level state; in its turn it reads eight
 * pages and calls the host. An event is a switch to the next one. */
#include "world.h"

enum { SWITCHES = 4096, VMS_MAX = 64, PAGES = 8, IMAGE = MIB, GUEST_SEES = 2 * MIB };
#define MEMORY 0x90000000ull /* a guest's own pages: guest-physical and virtual */

/* The state that belongs to a guest and that the hart holds while it runs. */
struct vs_state {
    u64 hgatp, vsatp, vsstatus, vstvec, vsscratch, vsepc, vscause, vstval;
};

static struct vm {
    struct vcpu vcpu; /* first: an exit tells the VM */
    struct vs_state vs;
} vms[VMS_MAX];
static bool without_vmids;

static void guest_program(void)
{
    u64 sum = 0;
    for (;;) {
        for (u64 k = 0; k < PAGES; k++) sum += *(volatile u64 *)(MEMORY + k * PAGE);
        __asm__ volatile("mv a0, %0\n ecall" ::"r"(sum) : "a0", "memory");
    }
}

/* All of them use the same tables of their own, which lie in memory that all can read. */
static u64 *guest_root(void)
{
    u64 *root = new_root(false);
    map(root, RAM, RAM, IMAGE, LEAF_4K, PTE_KERNEL);
    map(root, MEMORY, MEMORY, PAGES * PAGE, LEAF_4K, PTE_KERNEL);
    must((u64)leaf_of(root, MEMORY) < RAM + GUEST_SEES);
    return root;
}

static void new_vm(struct vm *vm, u64 number, u64 *root)
{
    u64 *groot = new_root(true), *memory = heap(PAGES * PAGE);
    map(groot, RAM, RAM, GUEST_SEES, LEAF_4K, PTE_USER);
    map(groot, MEMORY, (u64)memory, PAGES * PAGE, LEAF_4K, PTE_USER);
    for (u64 k = 0; k < PAGES; k++) memory[k * PAGE / 8] = xorshift(number * PAGES + k + 1);
    vm->vs = (struct vs_state){.hgatp = atp(groot, number + 1),
                               .vsatp = atp(root, 0),
                               .vsstatus = csr_read(vsstatus),
                               .vsscratch = number};
}

static void save(struct vs_state *s)
{
    s->vsatp = csr_read(vsatp);
    s->vsstatus = csr_read(vsstatus);
    s->vstvec = csr_read(vstvec);
    s->vsscratch = csr_read(vsscratch);
    s->vsepc = csr_read(vsepc);
    s->vscause = csr_read(vscause);
    s->vstval = csr_read(vstval);
}

static void load(const struct vs_state *s)
{
    csr_write(hgatp, s->hgatp);
    csr_write(vsatp, s->vsatp);
    csr_write(vsstatus, s->vsstatus);
    csr_write(vstvec, s->vstvec);
    csr_write(vsscratch, s->vsscratch);
    csr_write(vsepc, s->vsepc);
    csr_write(vscause, s->vscause);
    csr_write(vstval, s->vstval);
    if (without_vmids) __asm__ volatile("hfence.gvma" ::: "memory");
}

static u64 checksum;

struct vcpu *guest_exit(struct vcpu *v, u64 cause)
{
    struct vm *vm = (struct vm *)v;
    must(cause == CAUSE_ECALL_VS && csr_read(vsscratch) == (u64)(vm - vms));
    v->sepc += 4;
    checksum = mix(checksum, v->x[10]);
    save(&vm->vs);
    if (++vm == vms + params.size) vm = vms;
    load(&vm->vs);
    return ++events % SWITCHES ? &vm->vcpu : NULL;
}

static void prepare(void)
{
    must(params.size >= 1 && params.size <= VMS_MAX);
    u64 *root = guest_root();
    for (u64 k = 0; k < params.size; k++) new_vm(&vms[k], k, root);
    csr_write(hgatp, vms[params.size - 1].vs.hgatp);
    without_vmids = csr_read(hgatp) != vms[params.size - 1].vs.hgatp;
    __asm__ volatile("hfence.gvma\n hfence.vvma" ::: "memory");
}

static u64 work(void)
{
    checksum = 0;
    for (u64 k = 0; k < params.size; k++) guest_begin(&vms[k].vcpu, guest_program);
    load(&vms[0].vs);
    run_guest(&vms[0].vcpu);
    return checksum;
}

const struct program program = {.prepare = prepare, .work = work, .delegated = BIT(CAUSE_ECALL_VS)};
