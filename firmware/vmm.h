/* vmm, a type-1 hypervisor: what its files share. docs/vmm.md tells how the parts work together. */
#ifndef FIRMWARE_VMM_H
#define FIRMWARE_VMM_H

#include "firmware/riscv.h"

/* Memory as every guest sees it. */
#define GUEST_RAM_BASE 0x80000000ull
#define GUEST_KERNEL_START                                                                         \
    0x200000ull /* offset in RAM of a kernel that does not say where it goes */
#define GUEST_RAM_DEFAULT (128ull << 20)

#define NEVER (~0ull)

struct range {
    u64 base, size; /* bytes */
};

/* ---- the machine below: host.c ---- */

/* One scheme of G-stage translation: radix tree of `levels` levels, the root four pages wide. */
struct geometry {
    const char *name;
    u64 mode; /* of hgatp */
    unsigned levels;
};

struct host {
    u64 hart;
    u64 timebase; /* Hz */
    const struct geometry *gstage;
    u64 vmid_max;
    u64 henvcfg;          /* what a guest gets of it, read back */
    bool sstc;            /* stimecmp here and vstimecmp for guests */
    bool envcfg, instret; /* senvcfg and instret can be read */
    bool fp;              /* F and D: the only combination that is switched */
    bool dbcn;            /* the firmware has the debug console extension */
    const char *mmu_type; /* the widest scheme vsatp accepts; NULL if none */
    char isa[160];        /* what guests are told they run on */
};
extern struct host host;

struct sbiret {
    s64 error;
    u64 value;
};

/* Finds out what this hart offers; stops the machine with a message if it cannot host guests.
 * Needs the open device tree. */
void host_probe(u64 hart);
struct sbiret sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2);
u64 host_instret(void);
/* Ends the run. The firmware is told whether it failed; OpenSBI 1.1 does not pass it on. */
void host_shutdown(bool failed) __attribute__((noreturn));
void panic(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));

/* ---- memory: memory.c, page.c, gstage.c ---- */

/* Gives what the device tree does not say to be in use to page.c. */
void memory_init(void);
/* Whether the machine has RAM at all of this range. */
bool memory_has(struct range wanted);

/* Declares a range that page_add_ram must leave out. All reservations come before all RAM. */
void page_reserve(struct range r);
void page_add_ram(struct range r);
/* Zeroed memory, 4 KiB or naturally aligned 2 MiB; 0 when there is none left. */
u64 page_alloc(void);
u64 block_alloc(void);
void page_free(u64 page);
void block_free(u64 block);

struct vm;
bool gstage_init(struct vm *vm);
void gstage_free(struct vm *vm);
/* The host's address of a guest physical one, which is backed by memory if it was not yet; 0 if it
 * is not RAM of this VM or the machine has no memory left. */
u64 gstage_touch(struct vm *vm, u64 gpa);
/* Copies to or from guest physical memory; false if any of it is not RAM of this VM. */
bool gstage_write(struct vm *vm, u64 gpa, const void *from, u64 size);
bool gstage_read(struct vm *vm, u64 gpa, void *to, u64 size);
bool vm_has_ram(const struct vm *vm, u64 gpa, u64 size);
/* Makes hgatp translate for this VM; true if its VMID is new, so that older users' entries for it
 * may be cached. */
bool gstage_select(struct vm *vm);

/* ---- device trees: fdt.c (reads the machine's), fdt_write.c, tree.c (makes a guest's) ---- */

enum { FDT_NONE = -1 };

bool fdt_open(const void *blob);
struct range fdt_extent(void);
int fdt_root(void);
int fdt_child(int node);
int fdt_sibling(int node);
/* The child of this name; a name without @ also stands for that name with any unit address. */
int fdt_find(int parent, const char *name);
const void *fdt_prop(int node, const char *name, u32 *size);
const char *fdt_string(int node, const char *name);
bool fdt_number(int node, const char *name, u64 *value);
bool fdt_compatible(int node, const char *name);
/* The n-th entry of `reg`, with the parent's numbers of cells, or the root's if it has none. */
bool fdt_reg(int parent, int node, unsigned n, struct range *r);
bool fdt_memreserve(unsigned n, struct range *r);

struct fdt_out {
    u8 *at, *end, *begin;
    char strings[256];
    u32 strings_size;
    bool full;
};
void fdt_begin(struct fdt_out *f, void *buffer, u32 size);
void fdt_node(struct fdt_out *f, const char *name);
void fdt_end_node(struct fdt_out *f);
void fdt_put(struct fdt_out *f, const char *name, const void *value, u32 size);
void fdt_put_u32(struct fdt_out *f, const char *name, u32 value);
void fdt_put_u64(struct fdt_out *f, const char *name, u64 value);
void fdt_put_range(struct fdt_out *f, const char *name, u64 base, u64 size);
void fdt_put_string(struct fdt_out *f, const char *name, const char *value);
/* The size of the finished tree, 0 if it did not fit. */
u32 fdt_finish(struct fdt_out *f);

/* The guest physical address of its tree: all of its RAM below is free. */
u64 tree_address(const struct vm *vm);
/* Puts the guest's tree at the top of its RAM; its address, 0 if there is no room. */
u64 tree_build(struct vm *vm, const char *bootargs, struct range ramdisk);

/* ---- virtual machines: vm.c, image.c ---- */

/* A vCPU. Up to fcsr it is laid out as world.h says. */
struct vcpu {
    u64 x[32]; /* x[0] keeps the host's stack pointer while the guest runs */
    u64 pc, sstatus, hstatus;
    u64 f[32], fcsr;

    u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp, hvip;
    u64 senvcfg, scounteren;
    u64 timer;      /* what the guest's timer waits for, in the guest's time */
    u64 htimedelta; /* the guest's time minus the host's */
    u64 wake_at;    /* when WAITING: the host's time that ends the wait */
    enum { RUNNABLE, WAITING, ENDED } state;
    struct vm *vm;
};

struct exit_count {
    u64 count, cost; /* cost in instructions of vmm, or in ticks where instret cannot be read */
};

enum { EXIT_KINDS = 20, LINE_SIZE = 240, VM_NAME_SIZE = 16 };

struct vm {
    struct vm *next;
    char name[VM_NAME_SIZE];
    u64 ram_size;
    u64 *root; /* of the G-stage */
    u64 vmid, vmid_version;
    struct vcpu vcpu;
    struct exit_count exits[EXIT_KINDS];
    u64 slices, ran; /* turns on the hart; instructions (or ticks) in the guest */
    char line[LINE_SIZE];
    unsigned line_size;
};

extern struct vm *vms;

/* Makes a VM of each kernel in /chosen. */
void vm_create_all(void);
/* Ends this VM alone and says why. Its memory stays until vm_release. */
void vm_end(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));

void vm_release(struct vm *vm);

struct image {
    u64 entry, end; /* guest physical */
};
/* Unpacks a kernel, ELF or Linux Image or flat, into guest memory; NULL or what is wrong. */
const char *image_load(struct vm *vm, struct range file, struct image *image);

/* ---- running: world.c, sched.c, timer.c, exit.c, sbi.c ---- */

/* What a trap from the guest left in scause, stval, htval and htinst. */
struct trap {
    u64 cause, stval, htval, htinst;
};

/* What follows an exit: the same vCPU goes on, or another gets its turn. */
enum next { STAY, SWITCH };

/* The state in which a vCPU begins: in VS-mode at `pc`, with its hartid in a0 and the address of
 * its device tree in a1. */
void world_start(struct vcpu *v, u64 pc, u64 tree);
/* Puts a vCPU on the hart, and keeps the state of the one that was there. */
void world_switch(struct vcpu *v);
/* Takes the vCPU off for good, if it is on the hart. */
void world_drop(const struct vcpu *v);
/* Runs the vCPU that is on the hart until something traps to HS-mode. */
struct trap world_run(struct vcpu *v);

/* Runs all VMs until each has ended. */
void sched_run(void);
/* Sets the host's timer to what comes first: the end of the slice, or the guest's own timer where
 * the hart does not keep it. */
void sched_arm(const struct vcpu *v);
/* The host's timer has fired. */
enum next sched_tick(struct vcpu *v);

u64 timer_now(void);
void timer_wake_host(u64 at);
/* These are for the vCPU on the hart. `at` is in the guest's time. */
void timer_set(struct vcpu *v, u64 at);
/* Makes a timer interrupt that is due pending in the guest, where the hart does not do it itself.
 */
void timer_update(struct vcpu *v);
/* The host's time at which the guest's timer fires, or NEVER. */
u64 timer_deadline(const struct vcpu *v);

enum next exit_handle(struct vcpu *v, const struct trap *t);
/* Lets the guest take an exception, as if the hart had delegated it. */
void exit_reflect(struct vcpu *v, u64 cause, u64 value);
/* Suspends the vCPU until an interrupt is pending for it. */
enum next exit_wait(struct vcpu *v);
/* The table of exits of each VM, by cause, with their number and mean cost. */
void exit_report(void);

/* Answers the SBI call in the vCPU's registers. */
void sbi_handle(struct vcpu *v);

/* ---- words: console.c, print.c ---- */

/* Prints on vmm's own line. Understands %s %c %d %u %x %lu %lx %%, a width, - and 0. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vsay(const char *format, __builtin_va_list args);
/* A byte of the VM's output (vmm's if NULL); lines come out whole, behind the VM's name. */
void console_put(struct vm *vm, char c);
/* Brings out an unfinished line. */
void console_flush(struct vm *vm);
/* The next byte of input, if there is one and it is for this VM; else -1. */
int console_get(struct vm *vm);

/* ---- what a freestanding compiler asks for: string.c ---- */

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
