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
    u64 henvcfg;          /* what a guest gets of it at first, read back */
    u64 henvcfg_can;      /* and what it may have if it asks */
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
/* Sets what each hart needs before it hosts guests. */
void host_setup(void);
/* The device tree's node of a hart. */
int host_cpu(u64 hart);
/* 32 bytes of randomness for guest number n, from the machine's; false if it has none to give. */
bool host_seed(u32 n, u8 *seed);
/* The n-th hart of the device tree that is like the one that booted. */
bool host_has_hart(unsigned n, u64 *id);
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
/* Maps a page (level 0) or a block (level 1) that is not the VM's own. */
bool gstage_map(struct vm *vm, u64 gpa, u64 address, unsigned level);
/* Copies to or from guest physical memory; false if any of it is not RAM of this VM. */
bool gstage_write(struct vm *vm, u64 gpa, const void *from, u64 size);
bool gstage_read(struct vm *vm, u64 gpa, void *to, u64 size);
bool vm_has_ram(const struct vm *vm, u64 gpa, u64 size);
/* The same for a fault of the vCPU on the hart: after it the access can be tried again. */
bool gstage_fault(struct vm *vm, u64 gpa);
/* Makes hgatp translate for this VM. */
void gstage_select(struct vm *vm);

/* ---- device trees: fdt/read.c (the machine's), fdt/write.c, fdt/guest.c (a guest's) ---- */

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
/* The n-th cell of a property. */
bool fdt_cell_of(int node, const char *name, u32 n, u64 *value);
bool fdt_compatible(int node, const char *name);
/* The n-th entry of `reg`, with the parent's numbers of cells, or the root's if it has none. */
bool fdt_reg(int parent, int node, unsigned n, struct range *r);
bool fdt_memreserve(unsigned n, struct range *r);

struct fdt_out {
    u8 *at, *end, *begin;
    char strings[512];
    u32 strings_size;
    bool full;
};
/* Stores a value as a cell is stored. */
void fdt_cell(u8 *cell, u32 value);
void fdt_begin(struct fdt_out *f, void *buffer, u32 size);
void fdt_node(struct fdt_out *f, const char *name);
/* A node with a unit address: name@address. */
void fdt_unit_node(struct fdt_out *f, const char *name, u64 address);
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

/* ---- harts: hart.c ---- */

struct vcpu;

/* One of the machine's harts; tp points to its own. */
struct hart {
    u64 stack_top; /* start.S knows that it is first */
    u64 id;
    struct vcpu *vcpu;          /* whose VS state is in this hart's CSRs, NULL if nobody's */
    struct vcpu *fp_owner;      /* whose values the floating-point registers hold */
    u64 vmid_version;           /* the version of VMIDs for which its TLB is clean */
    u64 slice_begin, slice_end; /* of the vCPU that runs; host's time */
    bool idle;
};

enum { HARTS_MAX = 8, HART_STACK_SIZE = 16384 };
extern struct hart harts[HARTS_MAX];
extern unsigned hart_count;

static inline struct hart *this_hart(void)
{
    struct hart *h;
    __asm__("mv %0, tp" : "=r"(h));
    return h;
}

/* The calling hart becomes harts[0], and takes the lock. */
void hart_begin(u64 id);
/* Starts the others that the device tree has and that can host guests. */
void hart_start_others(void);
/* Makes a hart that is in a guest, or sleeps, come back to vmm soon. */
void hart_kick(const struct hart *h);
/* One lock for all of vmm: held by whoever runs vmm's code, free while a hart is in a guest or
 * sleeps. Served in the order of asking, so that no hart can keep another out. */
void lock(void);
void unlock(void);

/* ---- virtual machines: vm.c, image.c ---- */

/* What the SBI's PMU extension counts of a vCPU: events by their codes there. */
enum {
    PMU_ACCESS_LOAD = 2,
    PMU_ACCESS_STORE = 3,
    PMU_ILLEGAL = 4,
    PMU_SET_TIMER = 5,
    PMU_IPI_SENT = 6, /* received: one more, so with the fences */
    PMU_FENCE_I_SENT = 8,
    PMU_SFENCE_VMA_SENT = 10,
    PMU_SFENCE_ASID_SENT = 12,
    PMU_EVENTS = 22,
    PMU_COUNTERS = 8,
};

struct counter {
    u64 value;
    u8 event;
    bool used, runs;
};

/* A vCPU. Up to fcsr it is laid out as world.h says. */
struct vcpu {
    u64 x[32]; /* x[0] keeps the host's stack pointer while the guest runs */
    u64 pc, sstatus, hstatus;
    u64 f[32], fcsr;

    u64 vsstatus, vsie, vstvec, vsscratch, vsepc, vscause, vstval, vsatp, hvip;
    u64 senvcfg, scounteren, henvcfg;
    u32 locked_features; /* of FWFT */
    u64 timer;           /* what the guest's timer waits for, in the guest's time */
    u64 wake_at;         /* when WAITING: the host's time that ends the wait */
    enum { STOPPED, RUNNABLE, WAITING } state;
    bool suspended; /* when WAITING: by HSM's suspend */
    struct vm *vm;
    unsigned id;                    /* the guest's hartid */
    struct hart *hart;              /* on which its state is, NULL: it is in this record */
    struct hart *last_hart;         /* where it last ran */
    bool in_guest;                  /* it runs now: a kick is needed to make it notice something */
    bool external;                  /* the PLIC wants its attention */
    bool fence;                     /* it must do FENCE.I and SFENCE.VMA before it goes on */
    u64 post;                       /* bits to be set in its hvip */
    u64 resume_pc, resume_argument; /* where it starts anew, 0: it goes on where it was */
    u64 since, steal; /* when it became ready to run; for how long others had the hart */
    u64 steal_gpa;    /* where the guest wants to read that, NEVER: nowhere */
    u32 steal_sequence;
    u64 events[PMU_EVENTS];
    struct counter counters[PMU_COUNTERS];
    u64 ran; /* host's time that it had a hart */
};

struct exit_count {
    u64 count, cost; /* cost in instructions of vmm, or in ticks where instret cannot be read */
    u64 ticks;
};

enum {
    EXIT_KINDS = 22,
    LINE_SIZE = 240,
    VM_NAME_SIZE = 16,
    VCPUS_MAX = 16,
    DEVICES_MAX = 12,
    INPUT_SIZE = 64,
};

struct vm;

/* A device, emulated, or mapped for the guest (then read is NULL). `offset` is within its range;
 * size is 1, 2, 4 or 8 bytes, and the access is aligned to it. */
struct device {
    struct range range; /* of guest physical addresses */
    u64 (*read)(struct vm *vm, void *state, u64 offset, unsigned size);
    void (*write)(struct vm *vm, void *state, u64 offset, unsigned size, u64 value);
    void (*describe)(struct fdt_out *f, const struct vm *vm, const struct device *d);
    void *state;
    unsigned irq; /* of the VM's PLIC, 0: none */
};

struct vm {
    struct vm *next;
    char name[VM_NAME_SIZE];
    unsigned number; /* from 1 on */
    enum { LIVE, PAUSED, ENDED } state;
    u64 ram_size;
    u64 *root; /* of the G-stage */
    u64 vmid, vmid_version;
    u64 htimedelta; /* the guests' time minus the host's */
    u64 weight;     /* its share of the harts, relative to WEIGHT_DEFAULT */
    u64 vruntime;   /* host's time that it had, the more the smaller its weight */
    unsigned vcpu_count;
    struct vcpu *vcpus[VCPUS_MAX];
    struct vcpu *last_vcpu[HARTS_MAX]; /* which of them each hart last ran */
    unsigned device_count;
    struct device devices[DEVICES_MAX];
    struct plic *plic;
    struct uart *uart;
    struct virtio *net, *hvc;
    bool unfinished; /* of its store to a device: it is to do that again */
    struct exit_count exits[EXIT_KINDS];
    u64 slices, ran; /* turns on a hart; instructions (or ticks) in the guest */
    char line[LINE_SIZE];
    unsigned line_size, line_polled, line_age; /* polls since the line has grown */
    u8 input[INPUT_SIZE];                      /* typed and not yet read: a ring */
    unsigned input_head, input_count;
};

extern struct vm *vms;

/* Makes a VM of each kernel in /chosen. */
void vm_create_all(void);
/* Where the image of a module of /chosen lies. /chosen itself stands for its initrd, which becomes
 * a VM if there is no module: simulators that know none (Spike) can at least load that. */
struct range vm_module_range(int node);
/* Ends this VM alone and says why. Its memory stays until vm_release. */
void vm_end(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Gives back the memory of a VM that has ended, once no hart is in it any more. */
void vm_release(struct vm *vm);

struct image {
    u64 entry, end; /* guest physical */
};
/* Unpacks a kernel, ELF or Linux Image or flat, into guest memory; NULL or what is wrong. */
const char *image_load(struct vm *vm, struct range file, struct image *image);

/* ---- running: world.c, sched.c, timer.c, exit.c, mmio.c, sbi/ ---- */

/* What a trap from the guest left in scause, stval, htval and htinst. */
struct trap {
    u64 cause, stval, htval, htinst;
};

/* What follows an exit: the same vCPU goes on, or another gets its turn. */
enum next { STAY, SWITCH };

/* Forgets what a vCPU had set up: interrupts, timer, features. */
void world_reset(struct vcpu *v);
/* The state in which a vCPU begins: in VS-mode at `pc`, with its hartid in a0 and `argument` in
 * a1. */
void world_start(struct vcpu *v, u64 pc, u64 argument);
/* Puts a vCPU on this hart, after the state of the one that was there is kept; NULL: just that. */
void world_switch(struct vcpu *v);
/* Runs the vCPU that is on the hart until something traps to HS-mode. Gives up the lock for that
 * time. */
struct trap world_run(struct vcpu *v);
/* Lets the vCPU on this hart see what others have posted to it. */
void world_deliver(struct vcpu *v);

enum { WEIGHT_DEFAULT = 100, WEIGHT_MAX = 10000 };

/* Runs VMs on this hart until each has ended. */
void sched_run(void) __attribute__((noreturn));
/* Sets the host's timer to what comes first: the end of the slice, the end of another's wait, or
 * the guest's own timer where the hart does not keep it. */
void sched_arm(const struct vcpu *v);
/* The host's timer has fired. */
enum next sched_tick(struct vcpu *v);
/* The vCPU is to notice what was posted to it: wakes it if it waits, interrupts it if it runs. */
void sched_notify(struct vcpu *v);
/* It may run from now on. */
void sched_make_runnable(struct vcpu *v);

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

/* The instruction at the guest's pc, read as it was fetched; false if it can no longer be. */
bool guest_fetch(u64 pc, u64 *instruction);
/* Does a load or store for the guest at a device of its own; false if there is none at `gpa`. */
bool mmio_handle(struct vcpu *v, const struct trap *t, u64 gpa);

/* Answers the SBI call in the vCPU's registers. */
enum next sbi_handle(struct vcpu *v);

/* Writes the vCPU's steal time to where the guest wants to read it. */
void sbi_report_steal(struct vcpu *v);

/* SBI error codes, and the answers that many calls give. */
enum {
    SBI_SUCCESS = 0,
    SBI_ERR_FAILED = -1,
    SBI_ERR_NOT_SUPPORTED = -2,
    SBI_ERR_INVALID_PARAM = -3,
    SBI_ERR_DENIED = -4,
    SBI_ERR_INVALID_ADDRESS = -5,
    SBI_ERR_ALREADY_AVAILABLE = -6,
    SBI_ERR_ALREADY_STARTED = -7,
    SBI_ERR_ALREADY_STOPPED = -8,
    SBI_ERR_DENIED_LOCKED = -14,
};

/* ---- words: console.c, print.c, monitor.c ---- */

/* Prints on vmm's own line. Understands %s %c %d %u %x %lu %lx %%, a width, - and 0. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vsay(const char *format, __builtin_va_list args);
/* A byte of the VM's output (vmm's if NULL); lines come out whole, behind the VM's name. */
void console_put(struct vm *vm, char c);
/* Brings out an unfinished line. */
void console_flush(struct vm *vm);
/* The next byte of the VM's input, -1 if there is none. */
int console_get(struct vm *vm);
/* Takes what was typed at the terminal to the VM whose turn it is, or to vmm's commands. */
void console_poll(void);
/* Whose input the terminal is; NULL: nobody's. */
struct vm *console_focus(void);
void console_set_focus(struct vm *vm);
/* Gives the VM a byte of input; false if it has no room for it. */
bool console_type(struct vm *vm, u8 byte);
/* A byte was typed: the focused VM's, or, behind the escape key, a command to vmm. */
void monitor_take(u8 byte);

/* ---- what a freestanding compiler asks for: string.c ---- */

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);
int memcmp(const void *a, const void *b, size_t size);
size_t strlen(const char *s);
int strcmp(const char *a, const char *b);

#endif
