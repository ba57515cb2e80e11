/* Smrnmi, and the double trap in M-mode that Smdbltrp sends to its handler (priv. spec, chapter
 * Smrnmi; "Double Trap Control in mstatus Register"). The addresses of the handlers are the
 * implementation's to choose: these are vhart's, entry 64 of mtvec's table, and mtvec's base. The
 * interrupt itself needs its line: tests/host/test_double_trap.c. */
#include "harness.h"
#include "paging.h"

#define MDT        BIT(42)
#define SDT        BIT(24)
#define ENVCFG_DTE BIT(59)
#define NMIE       BIT(3)
#define MNPV       BIT(7)
#define MNPP       MASK(12, 11)
#define MNPP_S     BIT(11)
#define MNRET      ".4byte 0x70200073\n"

/* Tables that mtvec points to: how ordinary traps begin, then the RNMI handler, which records, and
 * leaves by mnret to where the snippet ends. MDT must be clear for the ecall there. In the second
 * table the handler of ordinary traps traps itself. */
__asm__(".pushsection .text\n"
        ".balign 512\n"
        "rnmi_table: j trap_m\n"
        ".balign 256\n"
        "j rnmi_handler\n"
        ".balign 512\n"
        "bad_table: .word 0\n"
        ".balign 256\n"
        "rnmi_handler: csrw 0x740, t0\n"
        "la t0, rnmi_record\n"
        "sd t1, 32(t0)\n"
        "csrr t1, 0x741\n"
        "sd t1, 0(t0)\n"
        "csrr t1, 0x742\n"
        "sd t1, 8(t0)\n"
        "csrr t1, 0x744\n"
        "sd t1, 16(t0)\n"
        "csrr t1, mstatus\n"
        "sd t1, 24(t0)\n"
        "csrr t1, mepc\n"
        "sd t1, 40(t0)\n"
        "csrr t1, mcause\n"
        "sd t1, 48(t0)\n"
        "li t1, 1\n"
        "slli t1, t1, 42\n"
        "csrc mstatus, t1\n"
        "la t1, trap_m\n"
        "csrw mtvec, t1\n"
        "la t1, leave\n"
        "csrw 0x741, t1\n"
        "ld t1, 32(t0)\n"
        "csrr t0, 0x740\n" MNRET ".popsection");
extern const u32 rnmi_table[], bad_table[];
struct {
    u64 epc, cause, status, mstatus, t1, mepc, mcause;
} rnmi_record;

SNIPPET(do_illegal, ".word 0");
SNIPPET(do_load, "ld a0, (a0)");
SNIPPET(read_mnstatus, "csrr a0, 0x744");
SNIPPET(do_mnret, MNRET);
SNIPPET(mnret_to, "csrw 0x741, a0\ncsrw 0x744, a1\n" MNRET);
SNIPPET(mdt_and_trap, "li t0, 1\nslli t0, t0, 42\ncsrs mstatus, t0\n.word 0");
SNIPPET(mdt_and_load, "li t0, 1\nslli t0, t0, 42\ncsrs mstatus, t0\nld a0, (zero)");

/* NMIE cannot be cleared; MNPP holds legal modes only; the rest is zero. */
TEST(fields)
{
    csr_write(0x744, ~0ull);
    u64 all = csr_read(0x744);
    CHECK_EQ(all & ~BIT(9), NMIE | MNPV | MNPP); /* 9: MNPELP, if Zicfilp is there */
    csr_write(0x744, 0);
    CHECK_EQ(csr_read(0x744), NMIE);
    csr_write(0x744, MNPP_S);
    CHECK_EQ(csr_read(0x744), NMIE | MNPP_S);
    csr_write(0x744, 2 * MNPP_S);
    CHECK_EQ((csr_read(0x744) & MNPP) != 2 * MNPP_S, 1);
    CHECK_EQ(csr_write_read(0x740, 0x123456789abcdef0), 0x123456789abcdef0);
    CHECK_EQ(csr_write_read(0x741, 0x8123456789abcdefull), 0x8123456789abcdeeull);
    CHECK_EQ(csr_write_read(0x742, 2), 2);
    CHECK_EQ(csr_write_read(0x742, INTERRUPT), INTERRUPT);
}

TEST(machine_only)
{
    static const enum mode modes[] = {U_MODE, S_MODE, VU_MODE, VS_MODE};

    for (unsigned i = 0; i < 4; i++) {
        EXPECT_TRAP(run(modes[i], read_mnstatus), LEVEL_M, .cause = ILLEGAL_INSTRUCTION,
                    .tval = BITS);
        EXPECT_TRAP(run(modes[i], do_mnret), LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS);
    }
}

/* MNRET goes where MNPP and MNPV say, and clears MPRV and MDT on the way down. */
TEST(mnret)
{
    static const struct {
        u64 status;
        enum mode to;
    } list[] = {
        {0,             U_MODE },
        {MNPP_S,        S_MODE },
        {MNPP,          M_MODE },
        {MNPV,          VU_MODE},
        {MNPV | MNPP_S, VS_MODE},
        {MNPV | MNPP,   M_MODE }, /* as with MPV, V is 0 in M-mode */
    };
    for (unsigned i = 0; i < 6; i++) {
        note(i);
        struct trap t = run(M_MODE, mnret_to, do_illegal, list[i].status);
        EXPECT_TRAP(t, LEVEL_M, .cause = ILLEGAL_INSTRUCTION, .tval = BITS, .epc = (u64)do_illegal,
                    .from_set = true, .from = list[i].to);
        CHECK_EQ(csr_read(0x744), list[i].status | NMIE);
    }
}

SNIPPET(mprv_and_mnret, "li t0, 1 << 17\ncsrs mstatus, t0\ncsrw 0x741, a0\ncsrw 0x744, a1\n" MNRET);
TEST(mnret_clears_mprv)
{
    struct trap t = run(M_MODE, mprv_and_mnret, do_illegal, MNPP_S);
    CHECK_EQ(t.level, LEVEL_M);
    CHECK_EQ(t.status & STATUS_MPRV, 0);
}

/* With Ssdbltrp, MNRET to U, VS and VU clears HS's SDT, to VU the guest's too. */
TEST(mnret_and_sdt)
{
    static const struct {
        u64 status;
        bool hs, vs;
    } list[] = {
        {MNPP_S,        true,  true },
        {MNPP,          true,  true },
        {0,             false, true },
        {MNPV | MNPP_S, false, true },
        {MNPV,          false, false},
    };
    for (unsigned i = 0; i < 5; i++) {
        note(i);
        csr_write(menvcfg, ENVCFG_DTE);
        csr_write(henvcfg, ENVCFG_DTE);
        csr_set(mstatus, SDT);
        csr_set(vsstatus, SDT);
        struct trap t = run(M_MODE, mnret_to, do_illegal, list[i].status);
        CHECK_EQ(t.level, LEVEL_M);
        CHECK_EQ(!!(t.status & SDT), list[i].hs);
        CHECK_EQ(!!(csr_read(vsstatus) & SDT), list[i].vs);
    }
    csr_write(menvcfg, 0);
}

/* ---- double traps in M-mode ---- */

static void expect_rnmi(struct place at, const u32 *epc, u64 cause)
{
    check_eq(at, "mnepc", rnmi_record.epc, (u64)epc);
    check_eq(at, "mncause", rnmi_record.cause, cause);
    check_eq(at, "mnstatus", rnmi_record.status, MNPP); /* from M-mode; NMIE is clear */
    check_eq(at, "mstatus.MDT", rnmi_record.mstatus & MDT, MDT);
}

TEST(double_trap)
{
    csr_write(mtvec, rnmi_table);
    csr_write(mepc, 0x1234);
    csr_write(mcause, 5);
    run(M_MODE, mdt_and_trap);
    expect_rnmi(HERE, mdt_and_trap + 3, ILLEGAL_INSTRUCTION);
    CHECK_EQ(rnmi_record.mcause, 5);
    csr_write(mtvec, rnmi_table);
    run(M_MODE, mdt_and_load);
    expect_rnmi(HERE, mdt_and_load + 3, LOAD_ACCESS);
    CHECK_EQ(rnmi_record.mcause, ECALL_M);  /* of the end of the run before */
    CHECK_EQ(csr_read(0x744), NMIE | MNPP); /* mnret has set NMIE */
}

/* The first trap sets MDT, so that one in its handler is unexpected. What the first wrote stays. */
TEST(double_trap_in_a_handler)
{
    csr_write(mtvec, bad_table);
    run(M_MODE, do_load, 0);
    expect_rnmi(HERE, bad_table, ILLEGAL_INSTRUCTION);
    CHECK_EQ(rnmi_record.mepc, do_load);
    CHECK_EQ(rnmi_record.mcause, LOAD_ACCESS);
    csr_write(mtvec, bad_table);
    run(S_MODE, do_illegal);
    expect_rnmi(HERE, bad_table, ILLEGAL_INSTRUCTION);
    CHECK_EQ(rnmi_record.mepc, do_illegal);
    CHECK_EQ(rnmi_record.mcause, ILLEGAL_INSTRUCTION);
}

/* "xRET [...] should increment instret only if the originating privilege mode is not inhibited"
 * (Smcntrpmf): here M-mode counts and U-mode does not, then the other way round. */
TEST(mnret_counts_where_it_is_made)
{
    SNIPPET(mnret_to_u, "la t0, 1f\ncsrw 0x741, t0\ncsrw 0x744, zero\ncsrw minstret, zero\n"
                        "nop\n" MNRET "1: nop\ncsrr a0, instret");
    csr_write(mcounteren, 7);
    csr_write(scounteren, 7);
    csr_write(0x322, BIT(60));
    EXPECT_VALUE(run(M_MODE, mnret_to_u), 2); /* nop, mnret */
    csr_write(0x322, BIT(62));
    EXPECT_VALUE(run(M_MODE, mnret_to_u), 1); /* the nop in U */
    csr_write(0x322, 0);
}
