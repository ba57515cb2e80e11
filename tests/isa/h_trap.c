/* Trap entry: each kind of exception, from each mode that can raise it, under each delegation, with
 * everything that the trap writes and what it must leave alone (H extension, "Trap Entry"). */
#include "harness.h"
#include "paging.h"

SNIPPET(do_illegal, ".word 0");
SNIPPET(do_ebreak, "ebreak");
SNIPPET(do_ecall, "ecall");
SNIPPET(do_ld, "ld a0, 0(a0)");
SNIPPET(do_sd, "sd a0, 0(a0)");
SNIPPET(do_amo, "amoadd.w a0, a0, (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_hfence, "hfence.vvma");
SNIPPET(do_lr, "lr.w a0, (a0)");

/* What is between the program and physical memory. */
enum world { NO_TRANSLATION, FIRST_STAGE, G_STAGE };

struct exception {
    u64 cause;
    const u32 *code;
    u64 address;
    enum world world;
    bool guest_only; /* not raised when V=0 */
};

enum { NOTHING = 8 }; /* an address where no memory is, nor any page */

static const struct exception exceptions[] = {
    {ILLEGAL_INSTRUCTION,    do_illegal, 0,          NO_TRANSLATION, false},
    {BREAKPOINT,             do_ebreak,  0,          NO_TRANSLATION, false},
    {ECALL_U,                do_ecall,   0,          NO_TRANSLATION, false}, /* any ecall */
    {FETCH_ACCESS,           do_jump,    NOTHING,    NO_TRANSLATION, false},
    {LOAD_ACCESS,            do_ld,      NOTHING,    NO_TRANSLATION, false},
    {LOAD_ACCESS,            do_lr,      NOTHING,    NO_TRANSLATION, false},
    {STORE_ACCESS,           do_sd,      NOTHING,    NO_TRANSLATION, false},
    {STORE_ACCESS,           do_amo,     NOTHING,    NO_TRANSLATION, false},
    {MISALIGNED_STORE,       do_amo,     0x80000002, NO_TRANSLATION, false},
    {MISALIGNED_LOAD,        do_lr,      0x80000002, NO_TRANSLATION, false},
    {FETCH_PAGE_FAULT,       do_jump,    NOTHING,    FIRST_STAGE,    false},
    {LOAD_PAGE_FAULT,        do_ld,      NOTHING,    FIRST_STAGE,    false},
    {LOAD_PAGE_FAULT,        do_lr,      NOTHING,    FIRST_STAGE,    false},
    {STORE_PAGE_FAULT,       do_sd,      NOTHING,    FIRST_STAGE,    false},
    {STORE_PAGE_FAULT,       do_amo,     NOTHING,    FIRST_STAGE,    false},
    {FETCH_GUEST_PAGE_FAULT, do_jump,    NOTHING,    G_STAGE,        true },
    {LOAD_GUEST_PAGE_FAULT,  do_ld,      NOTHING,    G_STAGE,        true },
    {STORE_GUEST_PAGE_FAULT, do_sd,      NOTHING,    G_STAGE,        true },
    {STORE_GUEST_PAGE_FAULT, do_amo,     NOTHING,    G_STAGE,        true },
    {VIRTUAL_INSTRUCTION,    do_hfence,  0,          NO_TRANSLATION, true },
};

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

static void enter_world(enum world world)
{
    reset_machine();
    if (world == FIRST_STAGE) {
        use_satp(SV39);
        use_vsatp(SV48);
    }
    if (world == G_STAGE) use_hgatp(SV39);
}

static u64 cause_of(const struct exception *e, enum mode mode)
{
    if (e->code != do_ecall) return e->cause;
    return mode == VS_MODE ? ECALL_VS : ECALL_U + (mode & 3);
}

static u64 tval_of(const struct exception *e)
{
    if (e->code == do_illegal || e->code == do_hfence) return BITS;
    if (e->code == do_ebreak) return (u64)do_ebreak;
    return e->address;
}

/* Causes that hedeleg can pass on: its table in the specification. */
#define HEDELEG_BITS (MASK(8, 0) | BIT(12) | BIT(13) | BIT(15))

static enum level level_of(enum mode mode, u64 cause, bool medeleg, bool hedeleg)
{
    if (mode == M_MODE || !medeleg) return LEVEL_M;
    return (mode & 4) && hedeleg && (HEDELEG_BITS >> cause & 1) ? LEVEL_VS : LEVEL_HS;
}

/* ---- what is left alone, and the interrupt-enable stack ---- */

#define S_STACK (STATUS_SIE | STATUS_SPIE | STATUS_SPP)

static void set_stacks(bool on)
{
    u64 m_bits = STATUS_MPIE | STATUS_SIE;

    csr_clear(mstatus, m_bits | STATUS_SPIE | STATUS_SPP);
    csr_clear(vsstatus, S_STACK);
    csr_clear(hstatus, HSTATUS_SPV | HSTATUS_SPVP);
    if (!on) return;
    csr_set(mstatus, m_bits);
    csr_set(vsstatus, STATUS_SIE);
    csr_set(hstatus, HSTATUS_SPVP);
}

/* xPIE = the old xIE at the level that takes the trap; the other levels' stacks stay. */
static void check_stacks(const struct trap *t, enum level level, bool on)
{
    u64 was = on ? STATUS_SIE : 0, pushed = on ? STATUS_SPIE : 0;

    if (level == LEVEL_M) CHECK_EQ(!!(t->status & STATUS_MPIE), on);
    if (level == LEVEL_M) CHECK_EQ(t->status & S_STACK, was);
    if (level == LEVEL_HS) CHECK_EQ(t->status & (STATUS_SIE | STATUS_SPIE), pushed);
    if (level == LEVEL_VS) CHECK_EQ(t->status & (STATUS_SIE | STATUS_SPIE), pushed);
    if (level == LEVEL_VS) CHECK_EQ(csr_read(sstatus) & S_STACK, was);
    if (level != LEVEL_VS) CHECK_EQ(csr_read(vsstatus) & S_STACK, was);
}

/* The CSRs of the levels that do not take the trap keep what they hold. HS's are written once more
 * as its handler gets down to M, so they count for VS alone. */
enum { MARK = 0x5a5a5a0 };

static void mark_registers(void)
{
    csr_write(vsepc, MARK);
    csr_write(vscause, 7);
    csr_write(vstval, MARK);
    csr_write(sepc, MARK);
    csr_write(scause, 7);
    csr_write(stval, MARK);
    csr_write(htval, 1);
    csr_write(htinst, 3);
}

static void check_marks_of_vs(void)
{
    CHECK_EQ(csr_read(vsepc), MARK);
    CHECK_EQ(csr_read(vscause), 7);
    CHECK_EQ(csr_read(vstval), MARK);
}

static void check_marks_of_hs(void)
{
    CHECK_EQ(csr_read(sepc), MARK);
    CHECK_EQ(csr_read(scause), 7);
    CHECK_EQ(csr_read(stval), MARK);
    CHECK_EQ(csr_read(htval), 1);
    CHECK_EQ(csr_read(htinst), 3);
}

/* ---- the matrix ---- */

static void check(const struct exception *e, enum mode mode, u64 medeleg, u64 hedeleg, bool on)
{
    u64 cause = cause_of(e, mode);
    enum level level = level_of(mode, cause, medeleg >> cause & 1, hedeleg >> cause & 1);
    bool address =
        cause != ILLEGAL_INSTRUCTION && cause != VIRTUAL_INSTRUCTION && e->code != do_ecall;

    csr_write(medeleg, medeleg);
    csr_write(hedeleg, hedeleg);
    set_stacks(on);
    mark_registers();
    struct trap t = run(mode, e->code, e->address);
    csr_write(medeleg, 0);
    EXPECT_TRAP(t, level, .cause = cause, .tval = tval_of(e), .gpa = e->address,
                .epc = e->code == do_jump ? e->address : 0,
                .gva = address && (mode & 4) && level != LEVEL_VS);
    check_stacks(&t, level, on);
    if (level != LEVEL_VS) check_marks_of_vs();
    if (level != LEVEL_HS) check_marks_of_hs();
}

/* A misaligned atomic may raise an access fault instead, which is another row. */
static bool misaligned_elsewhere(const struct exception *e)
{
    bool misaligned = e->cause == MISALIGNED_LOAD || e->cause == MISALIGNED_STORE;

    return misaligned && run(M_MODE, e->code, e->address).cause == e->cause + 1;
}

static bool possible(const struct exception *e, enum mode mode)
{
    if (misaligned_elsewhere(e)) return false;
    if (e->guest_only) return mode & 4;
    return e->world == NO_TRANSLATION || mode != M_MODE;
}

/* Delegated alone, and all but this one. The handlers of HS and VS get down to M by ecall, so
 * ecalls are never among "all". */
static void check_delegations(const struct exception *e, enum mode mode)
{
    u64 bit = BIT(cause_of(e, mode)), others = (MASK(15, 12) | MASK(7, 0) | MASK(23, 20)) & ~bit;

    for (unsigned on = 0; on < 2; on++) {
        check(e, mode, 0, 0, on);
        check(e, mode, bit, 0, on);
        check(e, mode, 0, bit, on);
        check(e, mode, bit, bit, on);
        check(e, mode, others & ~BIT(ILLEGAL_INSTRUCTION), bit, on);
        check(e, mode, bit, others, on);
    }
}

TEST(every_exception_under_every_delegation)
{
    for (unsigned i = 0; i < sizeof exceptions / sizeof *exceptions; i++) {
        enter_world(exceptions[i].world);
        for (unsigned m = 0; m < 5; m++) {
            note(i << 8 | modes[m]);
            if (possible(&exceptions[i], modes[m])) check_delegations(&exceptions[i], modes[m]);
        }
    }
}
