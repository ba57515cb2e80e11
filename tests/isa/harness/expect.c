/* What a trap must have written (priv. spec 3.1.6-3.1.16 and H extension, "Trap Entry"). */
#include "harness.h"

#ifndef RICHEST
#define RICHEST 1
#endif

static u32 instruction_at(u64 address)
{
    const u16 *half = (const u16 *)address;

    return (half[0] & 3) == 3 ? half[0] | (u32)half[1] << 16 : half[0];
}

u64 transformed(u32 instruction, u64 offset)
{
    u32 at = (u32)offset << 15;

    switch (instruction & 0x7f) {
    /* Loads: funct3, rd, opcode stay. */
    case 0x03:
    case 0x07: return (instruction & 0x00007fff) | at;
    /* Stores: rs2, funct3, opcode stay. */
    case 0x23:
    case 0x27: return (instruction & 0x01f0707f) | at;
    /* Cache-block instructions and atomics: all but rs1 stays. */
    case 0x0f:
    case 0x2f: return (instruction & 0xfff07fff) | at;
    /* HLV, HLVX, HSV (funct3 4): likewise. */
    case 0x73: return (instruction >> 12 & 7) == 4 ? (instruction & 0xfff07fff) | at : 0;
    default: return 0;
    }
}

static bool guest_page_fault(u64 cause)
{
    return cause == FETCH_GUEST_PAGE_FAULT || cause == LOAD_GUEST_PAGE_FAULT ||
           cause == STORE_GUEST_PAGE_FAULT;
}

static bool explicit_access_fault(u64 cause)
{
    return (cause >= MISALIGNED_LOAD && cause <= STORE_ACCESS) || cause == LOAD_PAGE_FAULT ||
           cause == STORE_PAGE_FAULT || cause == LOAD_GUEST_PAGE_FAULT ||
           cause == STORE_GUEST_PAGE_FAULT;
}

static void check_tval(struct place at, const struct trap *t, const struct expected *want)
{
    if (want->tval == ANY) return;
    if (want->tval == BITS) {
        if (t->tval || RICHEST) check_eq(at, "tval", t->tval, instruction_at(t->epc));
    } else if (t->tval || RICHEST) {
        check_eq(at, "tval", t->tval, want->tval);
    }
}

static void check_tval2_tinst(struct place at, const struct trap *t, const struct expected *want)
{
    bool explicit = explicit_access_fault(want->cause);
    u64 transform = explicit ? transformed(instruction_at(t->epc), want->offset) : 0;

    if (want->level == LEVEL_VS) return;
    if (!guest_page_fault(want->cause))
        check_eq(at, "tval2", t->tval2, 0);
    else if (t->tval2 || RICHEST)
        check_eq(at, "tval2", t->tval2, want->gpa >> 2);
    if (want->pseudo && t->tval2)
        check_eq(at, "tinst", t->tinst, want->pseudo);
    else if (t->tinst)
        check_eq(at, "tinst", t->tinst, transform);
}

static void check_m(struct place at, const struct trap *t, const struct expected *want, u64 from)
{
    check_eq(at, "mstatus.MPP", (t->status & STATUS_MPP) >> 11, from & 3);
    check_eq(at, "mstatus.MPV", !!(t->status & STATUS_MPV), from >> 2);
    check_eq(at, "mstatus.MIE", t->status & STATUS_MIE, 0);
    if (t->tval || RICHEST) check_eq(at, "mstatus.GVA", !!(t->status & STATUS_GVA), want->gva);
    check_eq(at, "hstatus", t->hstatus, t->hstatus_before);
}

static void check_hs(struct place at, const struct trap *t, const struct expected *want, u64 from)
{
    u64 spvp = from & 4 ? from & 1 : !!(t->hstatus_before & HSTATUS_SPVP);

    check_eq(at, "sstatus.SPP", !!(t->status & STATUS_SPP), from & 1);
    check_eq(at, "sstatus.SIE", t->status & STATUS_SIE, 0);
    check_eq(at, "hstatus.SPV", !!(t->hstatus & HSTATUS_SPV), from >> 2);
    check_eq(at, "hstatus.SPVP", !!(t->hstatus & HSTATUS_SPVP), spvp);
    if (t->tval || RICHEST) check_eq(at, "hstatus.GVA", !!(t->hstatus & HSTATUS_GVA), want->gva);
}

static void check_vs(struct place at, const struct trap *t, u64 from)
{
    check_eq(at, "vsstatus.SPP", !!(t->status & STATUS_SPP), from & 1);
    check_eq(at, "vsstatus.SIE", t->status & STATUS_SIE, 0);
    check_eq(at, "hstatus", csr_read(hstatus), t->hstatus_before);
}

void expect_trap(struct place at, struct trap t, const struct expected *want)
{
    u64 from = want->from_set ? want->from : t.mode;

    check_eq(at, "level of the trap", t.level, want->level);
    if (t.level != want->level) return;
    check_eq(at, "cause", t.cause, want->cause);
    if (want->epc != ANY) check_eq(at, "epc", t.epc, want->epc ? want->epc : t.code);
    check_tval(at, &t, want);
    check_tval2_tinst(at, &t, want);
    if (want->level == LEVEL_M) check_m(at, &t, want, from);
    if (want->level == LEVEL_HS) check_hs(at, &t, want, from);
    if (want->level == LEVEL_VS) check_vs(at, &t, from);
}

void expect_return(struct place at, struct trap t)
{
    check_eq(at, "level of the trap (0: none)", t.level, NOT_TAKEN);
    if (t.level != NOT_TAKEN) check_eq(at, "cause of that trap", t.cause, ~0ull);
}

void expect_value(struct place at, struct trap t, u64 want)
{
    expect_return(at, t);
    if (t.level == NOT_TAKEN) check_eq(at, "a0", t.value, want);
}
