/* Loads and stores of a guest at its emulated devices: what the instruction is, and doing it. */
#include "firmware/devices/devices.h"

enum { OPCODE_LOAD = 0x03, OPCODE_STORE = 0x23, OPCODE_AMO = 0x2f, FUNCT5_LR = 2 };

/* What of a load or store matters once the address is known. */
struct access {
    bool store, sign;
    unsigned size;   /* bytes */
    unsigned reg;    /* rd or rs2 */
    unsigned length; /* of the instruction */
};

/* Compressed loads and stores; no guest is told of Zcb. `reg` is where rd or rs2 begins; those of
 * sp have all five bits of it, the others three. Floating-point ones are not here: devices do not
 * take them. */
static const struct {
    u16 mask, match;
    struct access access;
} compressed[] = {
    {0xe003, 0x4000, {.size = 4, .sign = true, .reg = 2} }, /* c.lw */
    {0xe003, 0x6000, {.size = 8, .reg = 2}               }, /* c.ld */
    {0xe003, 0xc000, {.size = 4, .store = true, .reg = 2}}, /* c.sw */
    {0xe003, 0xe000, {.size = 8, .store = true, .reg = 2}}, /* c.sd */
    {0xe003, 0x4002, {.size = 4, .sign = true, .reg = 7} }, /* c.lwsp */
    {0xe003, 0x6002, {.size = 8, .reg = 7}               }, /* c.ldsp */
    {0xe003, 0xc002, {.size = 4, .store = true, .reg = 2}}, /* c.swsp */
    {0xe003, 0xe002, {.size = 8, .store = true, .reg = 2}}, /* c.sdsp */
};

static bool decode_compressed(u64 instruction, struct access *a)
{
    bool of_sp = (instruction & 3) == 2;
    for (unsigned i = 0; i < sizeof compressed / sizeof *compressed; i++) {
        if ((instruction & compressed[i].mask) != compressed[i].match) continue;
        *a = compressed[i].access;
        u64 field = instruction >> a->reg;
        a->reg = (unsigned)(of_sp ? field & 31 : (field & 7) + 8);
        a->length = 2;
        return true;
    }
    return false;
}

/* A standard load or store, or what htinst makes of any: then bit 1 tells whether the original was
 * one of 4 bytes (hypervisor chapter, "Transformed Instruction or Pseudoinstruction for mtinst or
 * htinst"). An AMO is none, but a store whatever part of it scause names: QEMU 7.2 with one hart
 * makes it of a load and a store, of which the load faults. */
static bool decode_standard(u64 instruction, struct access *a)
{
    unsigned funct3 = instruction >> 12 & 7, opcode = (instruction | 2) & 0x7f;
    if (opcode == OPCODE_AMO) a->store = instruction >> 27 != FUNCT5_LR;
    if (opcode != OPCODE_LOAD && opcode != OPCODE_STORE) return false;
    *a = (struct access){.store = opcode == OPCODE_STORE,
                         .sign = funct3 < 4,
                         .size = 1u << (funct3 & 3),
                         .length = instruction & 2 ? 4 : 2};
    a->reg = instruction >> (a->store ? 20 : 7) & 31;
    return a->store ? funct3 < 4 : funct3 != 7;
}

static bool decode(const struct vcpu *v, const struct trap *t, struct access *a)
{
    u64 instruction = t->htinst;
    if (instruction) return decode_standard(instruction, a);
    if (!guest_fetch(v->pc, &instruction)) return false;
    return (instruction & 3) == 3 ? decode_standard(instruction, a)
                                  : decode_compressed(instruction, a);
}

static u64 extend(u64 value, const struct access *a)
{
    unsigned unused = 64 - 8 * a->size;
    value <<= unused;
    return a->sign ? (u64)((s64)value >> unused) : value >> unused;
}

static struct device *find(struct vm *vm, u64 gpa)
{
    for (struct device *d = vm->devices; d < vm->devices + vm->device_count; d++)
        if (gpa - d->range.base < d->range.size) return d;
    return NULL;
}

static void perform(struct vcpu *v, const struct device *d, u64 gpa, const struct access *a)
{
    u64 offset = gpa - d->range.base;
    u64 value = a->reg ? v->x[a->reg] : 0; /* x[0] is the host's stack pointer */
    if (a->store)
        d->kind->write(v->vm, d->state, offset, a->size, extend(value, a));
    else if (a->reg)
        v->x[a->reg] = extend(d->kind->read(v->vm, d->state, offset, a->size), a);
    else
        d->kind->read(v->vm, d->state, offset, a->size);
    if (!v->vm->unfinished) v->pc += a->length;
    v->vm->unfinished = false;
}

bool mmio_handle(struct vcpu *v, const struct trap *t, u64 gpa)
{
    const struct device *d = find(v->vm, gpa);
    struct access a = {.store = t->cause == CAUSE_STORE_GUEST_PAGE};
    if (!d) return false;
    if (t->cause == CAUSE_FETCH_GUEST_PAGE)
        exit_reflect(v, CAUSE_FETCH_ACCESS, t->stval);
    else if (!decode(v, t, &a) || !d->kind->read)
        exit_reflect(v, a.store ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS, t->stval);
    else if (gpa % a.size)
        exit_reflect(v, a.store ? CAUSE_STORE_MISALIGNED : CAUSE_LOAD_MISALIGNED, t->stval);
    else
        perform(v, d, gpa, &a);
    return true;
}
