/* Exits: every trap that the hart does not delegate to a guest, by cause. */
#include "firmware/devices/devices.h"

enum { INSTRUCTION_WFI = 0x10500073, INSTRUCTION_WRS_NTO = 0x00d00073 };

void exit_reflect(struct vcpu *v, u64 cause, u64 value)
{
    if (cause == CAUSE_ILLEGAL) v->events[PMU_ILLEGAL]++;
    if (cause == CAUSE_LOAD_ACCESS) v->events[PMU_ACCESS_LOAD]++;
    if (cause == CAUSE_STORE_ACCESS) v->events[PMU_ACCESS_STORE]++;
    /* What the hart does on a trap to VS-mode ("Trap Entry"), V having been 1 before. */
    u64 vsstatus = csr_read(CSR_VSSTATUS) & ~(SSTATUS_SPP | SSTATUS_SPIE);
    if (v->sstatus & SSTATUS_SPP) vsstatus |= SSTATUS_SPP;
    if (vsstatus & SSTATUS_SIE) vsstatus |= SSTATUS_SPIE;
    csr_write(CSR_VSSTATUS, vsstatus & ~SSTATUS_SIE);
    csr_write(CSR_VSEPC, v->pc);
    csr_write(CSR_VSCAUSE, cause);
    csr_write(CSR_VSTVAL, value);
    v->pc = csr_read(CSR_VSTVEC) & ~3ull;
    v->sstatus |= SSTATUS_SPP;
}

enum next exit_wait(struct vcpu *v)
{
    timer_update(v);
    world_deliver(v);
    u64 enabled = csr_read(CSR_VSIE);
    /* In hip the VS-level interrupts stand one bit above their places in vsie. (vsip would need no
     * shift, but QEMU 7.2 reads its STIP as zero.) */
    if (csr_read(CSR_HIP) & enabled << 1) return STAY;
    v->wake_at = enabled & BIT(IRQ_STIMER) ? timer_deadline(v) : NEVER;
    v->state = WAITING;
    return SWITCH;
}

static enum next on_timer(struct vcpu *v, const struct trap *t)
{
    (void)t;
    return sched_tick(v);
}

/* Another hart posted something, which the way back into the guest delivers. */
static enum next on_kick(struct vcpu *v, const struct trap *t)
{
    (void)t;
    csr_clear(CSR_SIP, BIT(IRQ_SSOFT));
    return sched_tick(v);
}

/* A device that was given to a VM. */
static enum next on_device(struct vcpu *v, const struct trap *t)
{
    (void)v;
    (void)t;
    direct_interrupt();
    return STAY;
}

static enum next on_exception(struct vcpu *v, const struct trap *t)
{
    exit_reflect(v, t->cause, t->stval);
    return STAY;
}

static enum next on_sbi_call(struct vcpu *v, const struct trap *t)
{
    (void)t;
    v->pc += 4;
    return sbi_handle(v);
}

/* htval lacks the two lowest bits. stval, a virtual address, has them, unless the hart was after an
 * entry of the guest's page table, where they are zero. */
static u64 fault_address(const struct trap *t)
{
    bool is_walk = t->htinst == HTINST_PTE_READ || t->htinst == HTINST_PTE_WRITE;
    return t->htval << 2 | (is_walk ? 0 : t->stval & 3);
}

static enum next on_guest_page(struct vcpu *v, const struct trap *t)
{
    static const char *const acts[] = {"fetch from", "load from", "", "store to"};
    u64 gpa = fault_address(t);
    if (gstage_fault(v->vm, gpa) || mmio_handle(v, t, gpa)) return STAY;
    const char *why =
        vm_has_ram(v->vm, gpa, 1) ? "the machine is out of memory" : "outside of its memory";
    vm_end(v->vm, "%s gpa 0x%lx at pc 0x%lx: %s", acts[t->cause - CAUSE_FETCH_GUEST_PAGE], gpa,
           v->pc, why);
    return SWITCH;
}

static enum next do_wfi(struct vcpu *v)
{
    v->pc += 4;
    return exit_wait(v);
}

/* A wait for another hart's store: others may run meanwhile, then the guest looks again. */
static enum next do_wrs(struct vcpu *v)
{
    v->pc += 4;
    return SWITCH;
}

/* Instructions of VS-mode that vmm acts on. All others do not exist as far as a guest can tell. */
static const struct {
    u32 mask, match;
    enum next (*act)(struct vcpu *v);
} virtual_instructions[] = {
    {~0u, INSTRUCTION_WFI,     do_wfi},
    {~0u, INSTRUCTION_WRS_NTO, do_wrs},
};

bool guest_fetch(u64 pc, u64 *instruction)
{
    u64 low, high = 0;
    if (!guest_fetch_half(pc, &low)) return false;
    if ((low & 3) == 3 && !guest_fetch_half(pc + 2, &high)) return false;
    *instruction = high << 16 | low;
    return true;
}

static enum next on_virtual_instruction(struct vcpu *v, const struct trap *t)
{
    /* stval holds the instruction or zero: either is allowed. */
    u64 instruction = t->stval;
    if (!instruction && !guest_fetch(v->pc, &instruction))
        return STAY; /* it faults by itself now */
    for (unsigned i = 0; i < sizeof virtual_instructions / sizeof *virtual_instructions; i++)
        if ((v->sstatus & SSTATUS_SPP) &&
            (instruction & virtual_instructions[i].mask) == virtual_instructions[i].match)
            return virtual_instructions[i].act(v);
    exit_reflect(v, CAUSE_ILLEGAL, instruction);
    return STAY;
}

static enum next on_other(struct vcpu *v, const struct trap *t)
{
    vm_end(v->vm, "trap of cause 0x%lx at pc 0x%lx, value 0x%lx: no guest should cause it",
           t->cause, v->pc, t->stval);
    return SWITCH;
}

/* The exits, by cause; the last row stands for all causes that have none. Most of the exceptions
 * are delegated if the hart allows it, and then never seen here. */
static const struct {
    u64 cause;
    const char *name;
    enum next (*handle)(struct vcpu *v, const struct trap *t);
} exits[] = {
    {CAUSE_INTERRUPT | IRQ_STIMER, "timer interrupt",        on_timer              },
    {CAUSE_INTERRUPT | IRQ_SSOFT,  "kick",                   on_kick               },
    {CAUSE_INTERRUPT | IRQ_SEXT,   "device interrupt",       on_device             },
    {CAUSE_VS_ECALL,               "SBI call",               on_sbi_call           },
    {CAUSE_VIRTUAL_INSTRUCTION,    "virtual instruction",    on_virtual_instruction},
    {CAUSE_FETCH_GUEST_PAGE,       "fetch guest-page fault", on_guest_page         },
    {CAUSE_LOAD_GUEST_PAGE,        "load guest-page fault",  on_guest_page         },
    {CAUSE_STORE_GUEST_PAGE,       "store guest-page fault", on_guest_page         },
    {0,                            "fetch misaligned",       on_exception          },
    {1,                            "fetch access fault",     on_exception          },
    {CAUSE_ILLEGAL,                "illegal instruction",    on_exception          },
    {3,                            "breakpoint",             on_exception          },
    {4,                            "load misaligned",        on_exception          },
    {5,                            "load access fault",      on_exception          },
    {6,                            "store misaligned",       on_exception          },
    {7,                            "store access fault",     on_exception          },
    {8,                            "VU-mode call",           on_exception          },
    {12,                           "fetch page fault",       on_exception          },
    {13,                           "load page fault",        on_exception          },
    {15,                           "store page fault",       on_exception          },
    {18,                           "software check",         on_exception          },
    {NEVER,                        "other",                  on_other              },
};

enum { COLUMNS = 4 };
_Static_assert(sizeof exits / sizeof *exits == EXIT_KINDS, "struct vm counts each kind of exit");

enum next exit_handle(struct vcpu *v, const struct trap *t)
{
    u64 begin = host_instret(), begin_ticks = timer_now();
    unsigned row = 0;
    while (row < EXIT_KINDS - 1 && exits[row].cause != t->cause) row++;
    enum next next = exits[row].handle(v, t);
    v->vm->exits[row].count++;
    v->vm->exits[row].cost += host_instret() - begin;
    v->vm->exits[row].ticks += timer_now() - begin_ticks;
    return next;
}

static void report_row(const struct vm *first, unsigned row)
{
    const struct vm *vm = first;
    u64 any = 0;
    for (int i = 0; vm && i < COLUMNS; vm = vm->next, i++) any |= vm->exits[row].count;
    if (!any) return;
    say("%-24s", exits[row].name);
    vm = first;
    for (int i = 0; vm && i < COLUMNS; vm = vm->next, i++) {
        const struct exit_count *e = &vm->exits[row];
        say("%9lu x %-7lu", e->count, e->count ? e->cost / e->count : 0);
    }
    say("\n");
}

/* One line of a number for each VM, found at `offset` in struct vm. */
static void report_number(const struct vm *vm, const char *title, size_t offset)
{
    say("%-24s", title);
    for (int i = 0; vm && i < COLUMNS; vm = vm->next, i++)
        say("%19lu", *(const u64 *)(const void *)((const char *)vm + offset));
    say("\n");
}

void exit_report(void)
{
    for (const struct vm *vm = vms, *next; vm; vm = next) {
        say("%-24s", host.instret ? "exits x instructions" : "exits x ticks");
        next = vm;
        for (int i = 0; next && i < COLUMNS; next = next->next, i++) say("%19s", next->name);
        say("\n");
        for (unsigned row = 0; row < EXIT_KINDS; row++) report_row(vm, row);
        report_number(vm, "slices", offsetof(struct vm, slices));
        report_number(vm, host.instret ? "instructions in guest" : "ticks in guest",
                      offsetof(struct vm, ran));
    }
}
