/* Try an instruction in a state and see what happens. */
#ifndef CENSUS_OBSERVE_H
#define CENSUS_OBSERVE_H

#include "census/state.h"

enum outcome {
    OUT_RUNS,
    OUT_DATA, /* an exception that its operands bring about: a page fault, a bad return address */
    OUT_CALL, /* it is there to trap: ecall, ebreak */
    OUT_ILLEGAL, /* illegal-instruction exception */
    OUT_VIRTUAL  /* virtual-instruction exception */
};

/* Has the instruction been kept from running because of what it is? */
static inline bool is_trap(enum outcome o)
{
    return o == OUT_ILLEGAL || o == OUT_VIRTUAL;
}

struct observation {
    enum outcome outcome;
    u64 result;   /* digest of what the program can see: registers, pc, memory */
    u32 changed;  /* resources (BIT of enum resource) that a nop would have left alone */
    u32 own;      /* the same of a guest's own state */
    bool swapped; /* a register without VS copy is among the latter */
    u64 kernel;   /* digest of what a kernel can see of its machine; alike in S and in VS */
};

struct laboratory {
    struct machine machine;
    struct hart *hart;
    struct states *states;
    bool hypervisor;
    struct listed {
        u16 number;
        u8 what;     /* enum resource */
        u64 guest;   /* guest_bits */
    } csr[CSR_MOST]; /* those that are part of a resource */
    unsigned csr_n;
    u64 tries;                  /* steps made */
    struct context *planted[2]; /* contexts of S and VS in which a translation is remembered */
};

/* False when memory runs out; laboratory_free in either case. quirks: hart/quirk.h. */
bool laboratory_init(struct laboratory *l, const struct isa *isa, unsigned quirks);
void laboratory_free(struct laboratory *l);

/* One step of raw from the state, with x11 = operand. */
struct observation observe(struct laboratory *l, const struct state *s, u32 raw, u64 operand);

/* x11 as it is without that. */
#define OPERAND_USUAL (PROGRAM_DATA + 64 * 11)

#endif
