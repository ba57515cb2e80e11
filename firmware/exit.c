/* Exits: every trap that the hart does not delegate to a guest, by cause. */
#include "firmware/devices/devices.h"

enum { INSTRUCTION_WFI = 0x10500073, INSTRUCTION_WRS_NTO = 0x00d00073 };
enum { RDCYCLE = 0xc0002073, RDINSTRET = 0xc0202073, NOT_RD = ~0xf80u };

/* Exceptions that a guest handles by itself: 0 to 8, page faults, software checks. */
enum { CAUSES_REFLECTED = 0x4b1ff };

void exit_reflect(struct vcpu *v, u64 cause, u64 value)
{
    if (cause == CAUSE_ILLEGAL) v->events[PMU_ILLEGAL]++;
    if (cause == CAUSE_LOAD_ACCESS) v->events[PMU_ACCESS_LOAD]++;
    if (cause == CAUSE_STORE_ACCESS) v->events[PMU_ACCESS_STORE]++;
    /* What the hart does on a trap to VS-mode ("Trap Entry"), V having been 1 before. */
    u64 vsstatus = csr_read(vsstatus) & ~(SSTATUS_SPP | SSTATUS_SPIE);
    if (v->sstatus & SSTATUS_SPP) vsstatus |= SSTATUS_SPP;
    if (vsstatus & SSTATUS_SIE) vsstatus |= SSTATUS_SPIE;
    csr_write(vsstatus, vsstatus & ~SSTATUS_SIE);
    csr_write(vsepc, v->pc);
    csr_write(vscause, cause);
    csr_write(vstval, value);
    v->pc = csr_read(vstvec) & ~3ull;
    v->sstatus |= SSTATUS_SPP;
}

enum next exit_wait(struct vcpu *v)
{
    timer_update(v);
    world_deliver(v);
    u64 enabled = csr_read(vsie);
    /* In hip the VS-level interrupts stand one bit above their places in vsie. (vsip would need no
     * shift, but QEMU 7.2 reads its STIP as zero.) */
    if (csr_read(hip) & enabled << 1) return STAY;
    v->wake_at = enabled & BIT(IRQ_STIMER) ? timer_deadline(v) : NEVER;
    v->state = WAITING;
    return SWITCH;
}

static enum next on_timer(struct vcpu *v, const struct trap *t)
{
    return sched_tick(v);
}

/* Another hart posted something, which the way back into the guest delivers. */
static enum next on_kick(struct vcpu *v, const struct trap *t)
{
    csr_clear(sip, BIT(IRQ_SSOFT));
    return sched_tick(v);
}

/* A device that was given to a VM. */
static enum next on_device(struct vcpu *v, const struct trap *t)
{
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
    bool store = t->htinst == HTINST_PTE_WRITE ||
                 (t->cause == CAUSE_STORE_GUEST_PAGE && t->htinst != HTINST_PTE_READ);
    if (gstage_fault(v->vm, gpa, store) || mmio_handle(v, t, gpa)) return STAY;
    const char *why =
        vm_has_ram(v->vm, gpa, 1) ? "the machine is out of memory" : "outside of its memory";
    vm_end(v->vm, "%s gpa 0x%lx at pc 0x%lx: %s", acts[t->cause - CAUSE_FETCH_GUEST_PAGE], gpa,
           v->pc, why);
    return SWITCH;
}

static enum next do_wfi(struct vcpu *v, u64 instruction)
{
    v->pc += 4;
    return exit_wait(v);
}

/* A wait for another hart's store: others may run meanwhile, then the guest looks again. */
static enum next do_wrs(struct vcpu *v, u64 instruction)
{
    v->pc += 4;
    return SWITCH;
}

/* The guest's own cycles and instructions; VU-mode may know them if VS-mode lets it. */
static enum next do_counter(struct vcpu *v, u64 instruction)
{
    unsigned counter = instruction >> 20 & 31, rd = instruction >> 7 & 31;
    if (!(v->sstatus & SSTATUS_SPP) && !(csr_read(scounteren) & BIT(counter))) {
        exit_reflect(v, CAUSE_ILLEGAL, instruction);
        return STAY;
    }
    if (rd) v->x[rd] = sbi_counter(v, counter);
    v->pc += 4;
    return STAY;
}

/* Instructions that vmm acts on. All others do not exist as far as a guest can tell. */
static const struct {
    u32 mask, match;
    bool user; /* also in VU-mode */
    enum next (*act)(struct vcpu *v, u64 instruction);
} virtual_instructions[] = {
    {~0u,    INSTRUCTION_WFI,     false, do_wfi    },
    {~0u,    INSTRUCTION_WRS_NTO, false, do_wrs    },
    {NOT_RD, RDCYCLE,             true,  do_counter},
    {NOT_RD, RDINSTRET,           true,  do_counter},
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
        if (((v->sstatus & SSTATUS_SPP) || virtual_instructions[i].user) &&
            (instruction & virtual_instructions[i].mask) == virtual_instructions[i].match)
            return virtual_instructions[i].act(v, instruction);
    exit_reflect(v, CAUSE_ILLEGAL, instruction);
    return STAY;
}

static enum next on_unknown(struct vcpu *v, const struct trap *t)
{
    vm_end(v->vm, "trap of cause 0x%lx at pc 0x%lx, value 0x%lx: no guest should cause it",
           t->cause, v->pc, t->stval);
    return SWITCH;
}

/* The exits, by cause: interrupts or exceptions, a bit for each. Most of the exceptions that are
 * only reflected are delegated if the hart allows it, and then never seen here. */
static const struct {
    bool interrupt;
    u64 causes;
    const char *name;
    enum next (*handle)(struct vcpu *v, const struct trap *t);
} exits[] = {
    {true,  BIT(IRQ_STIMER),                "timer interrupt",        on_timer              },
    {true,  BIT(IRQ_SSOFT),                 "kick",                   on_kick               },
    {true,  BIT(IRQ_SEXT),                  "device interrupt",       on_device             },
    {false, BIT(CAUSE_VS_ECALL),            "SBI call",               on_sbi_call           },
    {false, BIT(CAUSE_VIRTUAL_INSTRUCTION), "virtual instruction",    on_virtual_instruction},
    {false, BIT(CAUSE_FETCH_GUEST_PAGE),    "fetch guest-page fault", on_guest_page         },
    {false, BIT(CAUSE_LOAD_GUEST_PAGE),     "load guest-page fault",  on_guest_page         },
    {false, BIT(CAUSE_STORE_GUEST_PAGE),    "store guest-page fault", on_guest_page         },
    {false, CAUSES_REFLECTED,               "other exception",        on_exception          },
};
_Static_assert(sizeof exits / sizeof *exits == EXIT_KINDS - 1, "and one for all that is no row");

const char *exit_name(unsigned kind)
{
    return kind < EXIT_KINDS - 1 ? exits[kind].name : "other";
}

enum next exit_handle(struct vcpu *v, const struct trap *t)
{
    u64 begin = host_instret(), begin_ticks = timer_now(), number = t->cause & ~CAUSE_INTERRUPT;
    bool interrupt = t->cause & CAUSE_INTERRUPT;
    unsigned kind = 0;
    while (kind < EXIT_KINDS - 1 && (number > 63 || exits[kind].interrupt != interrupt ||
                                     !(exits[kind].causes & BIT(number))))
        kind++;
    enum next next = kind < EXIT_KINDS - 1 ? exits[kind].handle(v, t) : on_unknown(v, t);
    struct tally *tally = &v->vm->stats.exits[kind];
    tally->count++;
    tally->cost += host_instret() - begin;
    tally->ticks += timer_now() - begin_ticks;
    return next;
}
