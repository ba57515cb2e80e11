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

struct host {
    u64 hart;
    u64 timebase;    /* Hz */
    u64 gstage_mode; /* of hgatp: 8, 9, 10 for Sv39x4, Sv48x4, Sv57x4 */
    unsigned gstage_levels;
    u64 vmid_max;
    u64 henvcfg;     /* what a guest gets of it at first, read back */
    u64 henvcfg_can; /* and what it may have if it asks */
    bool sstc;       /* stimecmp here and vstimecmp for guests */
    /* CSRs that can be read. */
    bool instret, senvcfg, vsiselect, scontext, jvt;
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
/* Zeroed memory, naturally aligned: 4 KiB, 2 MiB, 1 GiB, which are also what leaves of these levels
 * of the G-stage span; 0 when there is none left. A GiB comes back as blocks. */
enum memory { PAGE, BLOCK, GIGABYTE };
#define memory_span(level) BIT(PAGE_SHIFT + 9 * (level))
u64 memory_alloc(enum memory size);
void memory_free(u64 at, enum memory size);

struct vm;
bool gstage_init(struct vm *vm);
void gstage_free(struct vm *vm);
/* The host's address of a guest physical one, which is backed by memory if it was not yet; 0 if it
 * is not RAM of this VM or the machine has no memory left. `store`: the page is to be changed. */
u64 gstage_touch(struct vm *vm, u64 gpa, bool store);
/* Maps a page (level 0) or a block (level 1) that is not the VM's own. */
bool gstage_map(struct vm *vm, u64 gpa, u64 address, unsigned level);
/* Copies to or from guest physical memory; false if any of it is not RAM of this VM. */
bool gstage_write(struct vm *vm, u64 gpa, const void *from, u64 size);
bool gstage_read(struct vm *vm, u64 gpa, void *to, u64 size);
bool vm_has_ram(const struct vm *vm, u64 gpa, u64 size);
/* The same for a fault of the vCPU on the hart: after it the access can be tried again. */
bool gstage_fault(struct vm *vm, u64 gpa, bool store);
/* Makes hgatp translate for this VM. */
void gstage_select(struct vm *vm);
/* From now on which pages the VM uses (PTE_A) and changes (PTE_D) is known, until vm->watched is
 * cleared; false: no memory for tables. */
bool gstage_watch(struct vm *vm);
/* How many pages have the flag, which is cleared; and into the bitmap, which may be NULL, a bit for
 * each. 64 pages a word, from number `page` of the VM's RAM on, a multiple of 64. */
u64 gstage_collect(struct vm *vm, u64 flag, u64 page, u64 *bitmap, u64 words);
/* What was changed in the VM's tables is seen by all harts after this, which gives up the lock
 * meanwhile. Belongs behind gstage_collect. */
void gstage_fence(struct vm *vm);
/* This hart's part in that. */
void gstage_catch_up(struct vm *vm);

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
    u64 alarm; /* when idle: until when it sleeps */
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

/* What the SBI's PMU extension counts of a vCPU: the first events by their codes there. */
enum { PMU_ACCESS_LOAD = 2, PMU_ACCESS_STORE = 3, PMU_ILLEGAL = 4, PMU_SET_TIMER = 5 };
/* Received: one more, so with the fences. */
enum { PMU_IPI_SENT = 6, PMU_FENCE_I_SENT = 8 };
enum { PMU_SFENCE_VMA_SENT = 10, PMU_SFENCE_ASID_SENT = 12 };
/* These two are the vCPU's own. Some counters have only one event, or none. */
enum { PMU_CYCLES = 22, PMU_INSTRUCTIONS, PMU_EVENTS, PMU_FIXED = 3, PMU_COUNTERS = 8 };

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
    u64 scounteren, henvcfg, senvcfg, vsiselect, scontext, jvt;
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

/* What a VM has cost. `vhart --stats` finds it by way of vmm_statistics (stats.c). */
enum { SLICES, SWITCHES, IN_GUEST, STEAL, BACKED, CHANGED = BACKED + 3, NUMBERS, EXIT_KINDS = 10 };

struct statistics {
    u64 numbers[NUMBERS];
    struct tally {
        u64 count, cost; /* cost in instructions of vmm, or in ticks where instret cannot be read */
        u64 ticks;
    } exits[EXIT_KINDS];
};

enum { LINE_SIZE = 240, VM_NAME_SIZE = 16, VCPUS_MAX = 16, DEVICES_MAX = 12, INPUT_SIZE = 64 };

struct vm;

/* Output that is collected until it is a line. */
struct line {
    char text[LINE_SIZE];
    unsigned size;
};

struct device_kind;

struct device {
    const struct device_kind *kind; /* devices/devices.h */
    struct range range;             /* of guest physical addresses */
    void *state;
    unsigned irq; /* of the VM's PLIC, 0: none */
};

struct vm {
    struct vm *next;
    char name[VM_NAME_SIZE];
    struct statistics stats;
    unsigned number; /* from 1 on */
    enum vm_state { LIVE, PAUSED, ENDED } state;
    u64 ram_size;
    u64 *root; /* of the G-stage */
    u64 vmid, vmid_version;
    u32 stale_harts; /* a bit for each that may have cached what the G-stage no longer says */
    bool watched;    /* the G-stage tells which pages are used and changed */
    bool prealloc;   /* its memory is taken at the start */
    bool debug;      /* it may look at the others by vmm's SBI extension */
    u64 htimedelta;  /* the guests' time minus the host's */
    u64 weight;      /* its share of the harts, relative to WEIGHT_DEFAULT */
    u64 vruntime;    /* host's time that it had, the more the smaller its weight */
    unsigned vcpu_count;
    struct vcpu *vcpus[VCPUS_MAX];
    struct vcpu *last_vcpu[HARTS_MAX]; /* which of them each hart last ran */
    unsigned device_count;
    struct device devices[DEVICES_MAX];
    struct plic *plic;
    struct uart *uart;
    struct virtio *net, *hvc;
    bool unfinished; /* of its store to a device: it is to do that again */
    struct line line;
    unsigned line_polled, line_age;              /* its size then, and polls since it has grown */
    u8 input[INPUT_SIZE];                        /* typed and not yet read: a ring */
    unsigned input_head, input_count, input_age; /* polls while it is full */
};

extern struct vm *vms;

/* Makes a VM of each kernel in /chosen. */
void vm_create_all(void);
/* Where the image of a module of /chosen lies. /chosen itself stands for its initrd, which becomes
 * a VM if there is no module: simulators that know none (Spike) can at least load that. */
struct range vm_module_range(int node);
/* Ends this VM alone and says why. Its memory stays until vm_release. */
void vm_end(struct vm *vm, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Its vCPUs leave the guest soon, and the scheduler passes them over while it is in this state. */
void vm_leave(struct vm *vm, enum vm_state state);
/* Gives back the memory of a VM that has ended, once no hart is in it any more. */
void vm_release(struct vm *vm);

struct image {
    u64 entry, end; /* guest physical */
};
/* Unpacks a kernel, ELF or Linux Image or flat, into guest memory; NULL or what is wrong. */
const char *image_load(struct vm *vm, struct range file, struct image *image);

/* ---- running: world.c, sched.c, timer.c, exit.c, stats.c, mmio.c, sbi/ ---- */

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
/* Those of the VM's vCPUs that have a bit in `set` do FENCE.I and SFENCE.VMA before they go on;
 * none is in the guest without that any more when this returns. Gives up the lock meanwhile. */
void world_fence(struct vm *vm, u64 set);

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

#define timer_now() csr_read(time)
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
enum next exit_reflect(struct vcpu *v, u64 cause, u64 value);
/* Suspends the vCPU until an interrupt is pending for it. */
enum next exit_wait(struct vcpu *v);
const char *exit_name(unsigned kind);

/* Once the VMs are there. */
void stats_begin(void);
/* The table of exits of each VM, by cause, with their number and mean cost. */
void stats_report(struct vm *unused);

/* The instruction at the guest's pc, read as it was fetched; false if it can no longer be. */
bool guest_fetch(u64 pc, u64 *instruction);
/* Does a load or store for the guest at a device of its own; false if there is none at `gpa`. */
bool mmio_handle(struct vcpu *v, const struct trap *t, u64 gpa);

/* Answers the SBI call in the vCPU's registers. */
enum next sbi_handle(struct vcpu *v);

/* What the n-th counter of SBI's PMU shows the guest. */
u64 sbi_counter(const struct vcpu *v, unsigned n);
/* Writes the vCPU's steal time to where the guest wants to read it. */
void sbi_report_steal(struct vcpu *v);

/* ---- words: console.c, print.c, monitor.c ---- */

/* Prints on vmm's own line. Understands %s %c %u %x %lu %lx. */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vsay(const char *format, __builtin_va_list args);
/* A number as text, at most 20 digits; how many. */
unsigned put_digits(char *to, u64 value, unsigned base);
/* A byte of the VM's output (vmm's if NULL); lines come out whole, behind the VM's name. */
void console_put(struct vm *vm, char c);
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
/* What follows the item of a list (or NULL) that begins with a word; NULL if none does. */
const char *find_word(const char *list, char separator, const char *word, size_t size);
/* Whether a list with commas between has this word. */
bool lists(const char *list, const char *word, size_t size);

#endif
