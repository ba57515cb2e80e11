/* MRET and SRET: the mode that they enter and the fields that they change, for every combination of
 * the fields that they read, from every mode that may execute them (H extension, "Trap Return"). */
#include "harness.h"

SNIPPET(do_ecall, "ecall");

/* Set the bits of mstatus below from a0 (MPRV among them: it must not govern C code), and return to
 * a1, where an ecall tells which mode that is. */
#define SET_STATUS "csrc mstatus, a2\ncsrs mstatus, a0\n"
SNIPPET(mret_to, SET_STATUS "csrw mepc, a1\nmret");
SNIPPET(sret_in_m, SET_STATUS "csrw sepc, a1\nsret");
SNIPPET(sret_below_m, "csrw sepc, a1\nsret");

static u64 ecall_cause(u64 v, u64 privilege)
{
    if (privilege == 1 && v) return ECALL_VS;
    return ECALL_U + privilege;
}

/* ---- MRET ---- */

#define MRET_FIELDS (STATUS_MPP | STATUS_MPV | STATUS_MPIE | STATUS_MIE | STATUS_MPRV)

/* The ecall's trap shows the mode in its cause, MPP and MPV, and MIE in MPIE. */
static void check_mret(u64 mpp, u64 mpv, u64 mpie, u64 mie, u64 mprv)
{
    u64 status = mpp << 11 | (mpv ? STATUS_MPV : 0) | (mpie ? STATUS_MPIE : 0) |
                 (mie ? STATUS_MIE : 0) | (mprv ? STATUS_MPRV : 0);
    u64 v = mpp == 3 ? 0 : mpv;

    struct trap t = run(M_MODE, mret_to, status, do_ecall, MRET_FIELDS);
    CHECK_EQ(t.level, LEVEL_M);
    CHECK_EQ(t.cause, ecall_cause(v, mpp));
    CHECK_EQ(t.epc, (u64)do_ecall);
    CHECK_EQ((t.status & STATUS_MPP) >> 11, mpp);
    CHECK_EQ(!!(t.status & STATUS_MPV), v);
    CHECK_EQ(!!(t.status & STATUS_MPIE), mpie);
    CHECK_EQ(!!(t.status & STATUS_MPRV), mpp == 3 && mprv);
}

TEST(mret_truth_table)
{
    static const u64 privileges[] = {0, 1, 3};

    for (unsigned i = 0; i < 3; i++) {
        for (unsigned bits = 0; bits < 16; bits++) {
            note(i << 8 | bits);
            check_mret(privileges[i], bits & 1, bits >> 1 & 1, bits >> 2 & 1, bits >> 3);
        }
    }
}

/* Nothing of HS or VS is read or written. */
TEST(mret_leaves_the_others)
{
    u64 s_bits = STATUS_SPP | STATUS_SPIE | STATUS_SIE;

    for (unsigned on = 0; on < 2; on++) {
        csr_clear(mstatus, s_bits);
        csr_clear(vsstatus, s_bits);
        csr_clear(hstatus, HSTATUS_SPV | HSTATUS_SPVP);
        if (on) {
            csr_set(mstatus, s_bits);
            csr_set(vsstatus, s_bits);
            csr_set(hstatus, HSTATUS_SPV | HSTATUS_SPVP);
        }
        struct trap t = run(M_MODE, mret_to, MPP_S | (on ? 0 : STATUS_MPV), do_ecall, MRET_FIELDS);
        note(on);
        CHECK_EQ(t.cause, on ? ECALL_S : ECALL_VS);
        CHECK_EQ(t.status & s_bits, on ? s_bits : 0);
        CHECK_EQ(csr_read(vsstatus) & s_bits, on ? s_bits : 0);
        CHECK_EQ(t.hstatus & (HSTATUS_SPV | HSTATUS_SPVP), on ? HSTATUS_SPV | HSTATUS_SPVP : 0);
    }
}

/* ---- SRET ---- */

/* What SRET may read, one bit each. */
struct sret {
    bool spp, spie, sie, vs_spp, vs_spie, vs_sie, spv, spvp, mprv;
};

static struct sret sret_of(unsigned bits)
{
    return (struct sret){bits & 1,  bits & 2,  bits & 4,   bits & 8,  bits & 16,
                         bits & 32, bits & 64, bits & 128, bits & 256};
}

static u64 stack_of(bool spp, bool spie, bool sie)
{
    return (spp ? STATUS_SPP : 0) | (spie ? STATUS_SPIE : 0) | (sie ? STATUS_SIE : 0);
}

#define STACK (STATUS_SPP | STATUS_SPIE | STATUS_SIE)

static struct trap run_sret(enum mode mode, const struct sret *s)
{
    csr_clear(mstatus, STACK);
    csr_set(mstatus, stack_of(s->spp, s->spie, s->sie));
    csr_clear(vsstatus, STACK);
    csr_set(vsstatus, stack_of(s->vs_spp, s->vs_spie, s->vs_sie));
    csr_clear(hstatus, HSTATUS_SPV | HSTATUS_SPVP);
    csr_set(hstatus, (s->spv ? HSTATUS_SPV : 0) | (s->spvp ? HSTATUS_SPVP : 0));
    if (mode == M_MODE)
        return run(mode, sret_in_m, s->mprv ? STATUS_MPRV : 0, do_ecall, STATUS_MPRV);
    return run(mode, sret_below_m, 0, do_ecall);
}

/* With V=0: the mode is SPV's and SPP's; then SPV = 0, SPP = 0, SIE = SPIE, SPIE = 1. */
static void check_sret_v0(enum mode mode, const struct sret *s)
{
    struct trap t = run_sret(mode, s);

    CHECK_EQ(t.cause, ecall_cause(s->spv, s->spp));
    CHECK_EQ(t.epc, (u64)do_ecall);
    CHECK_EQ(!!(t.status & STATUS_MPV), s->spv);
    CHECK_EQ(t.status & STACK, stack_of(false, true, s->spie));
    CHECK_EQ(t.hstatus & (HSTATUS_SPV | HSTATUS_SPVP), s->spvp ? HSTATUS_SPVP : 0);
    CHECK_EQ(csr_read(vsstatus) & STACK, stack_of(s->vs_spp, s->vs_spie, s->vs_sie));
    CHECK_EQ(t.status & STATUS_MPRV, 0);
}

/* With V=1: the privilege is vsstatus.SPP's, V stays 1, and only vsstatus changes. */
static void check_sret_v1(const struct sret *s)
{
    struct trap t = run_sret(VS_MODE, s);

    CHECK_EQ(t.cause, ecall_cause(1, s->vs_spp));
    CHECK_EQ(t.epc, (u64)do_ecall);
    CHECK_EQ(!!(t.status & STATUS_MPV), 1);
    CHECK_EQ(csr_read(vsstatus) & STACK, stack_of(false, true, s->vs_spie));
    CHECK_EQ(t.status & STACK, stack_of(s->spp, s->spie, s->sie));
    CHECK_EQ(t.hstatus & (HSTATUS_SPV | HSTATUS_SPVP),
             (s->spv ? HSTATUS_SPV : 0) | (s->spvp ? HSTATUS_SPVP : 0));
}

TEST(sret_from_hs_truth_table)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        struct sret s = sret_of(bits);

        note(bits);
        check_sret_v0(S_MODE, &s);
    }
}

TEST(sret_from_m_truth_table)
{
    for (unsigned bits = 0; bits < 512; bits++) {
        struct sret s = sret_of(bits);

        note(bits);
        check_sret_v0(M_MODE, &s);
    }
}

TEST(sret_from_vs_truth_table)
{
    for (unsigned bits = 0; bits < 256; bits++) {
        struct sret s = sret_of(bits);

        note(bits);
        check_sret_v1(&s);
    }
}

/* In VS, sepc is vsepc: the HS-level one is not where SRET goes. */
TEST(sret_goes_to_the_epc_of_its_level)
{
    SNIPPET(just_sret, "sret");
    SNIPPET(elsewhere, "nop\necall");

    csr_write(sepc, elsewhere);
    csr_write(vsepc, do_ecall);
    CHECK_EQ(run(VS_MODE, just_sret).epc, (u64)do_ecall);
    csr_set(hstatus, HSTATUS_SPV);
    CHECK_EQ(run(S_MODE, just_sret).epc, (u64)elsewhere + 4);
}
