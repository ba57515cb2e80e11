/* The transformed instruction of a guest-page fault, for each instruction that has one. The
 * specification lets an implementation write 0 instead: this program is for those that promise the
 * transformation (H extension, "Transformed Instruction or Pseudoinstruction"). Expected words are
 * put together by hand from the formats there: immediates 0, rs1 = Addr. Offset. */
#include "harness.h"
#include "paging.h"

#define GPA 0x10c0a05000ull

struct transformation {
    const u32 *code;
    u64 want;
};

/* a2 is the address of a missing guest page less 8 (so that an immediate is at work), a0 is rd,
 * a1 is rs2. */
SNIPPET(lb, "lb a0, 8(a2)");
SNIPPET(lh, "lh a0, 8(a2)");
SNIPPET(lw, "lw a0, 8(a2)");
SNIPPET(ld, "ld a0, 8(a2)");
SNIPPET(lbu, "lbu a0, 8(a2)");
SNIPPET(lhu, "lhu a0, 8(a2)");
SNIPPET(lwu, "lwu a0, 8(a2)");
SNIPPET(flh, "flh fa0, 8(a2)");
SNIPPET(flw, "flw fa0, 8(a2)");
SNIPPET(fld, "fld fa0, 8(a2)");
SNIPPET(sb, "sb a1, 8(a2)");
SNIPPET(sh, "sh a1, 8(a2)");
SNIPPET(sw, "sw a1, 8(a2)");
SNIPPET(sd, "sd a1, 8(a2)");
SNIPPET(fsh, "fsh fa1, 8(a2)");
SNIPPET(fsw, "fsw fa1, 8(a2)");
SNIPPET(fsd, "fsd fa1, 8(a2)");

static const struct transformation plain[] = {
    {lb,  0x00000503},
    {lh,  0x00001503},
    {lw,  0x00002503},
    {ld,  0x00003503},
    {lbu, 0x00004503},
    {lhu, 0x00005503},
    {lwu, 0x00006503},
    {flh, 0x00001507},
    {flw, 0x00002507},
    {fld, 0x00003507},
    {sb,  0x00b00023},
    {sh,  0x00b01023},
    {sw,  0x00b02023},
    {sd,  0x00b03023},
    {fsh, 0x00b01027},
    {fsw, 0x00b02027},
    {fsd, 0x00b03027},
};

/* Atomics have no immediate: a2 is the page itself. */
SNIPPET(lr_w, "lr.w a0, (a2)");
SNIPPET(lr_d, "lr.d.aq a0, (a2)");
SNIPPET(amoadd_w, "amoadd.w a0, a1, (a2)");
SNIPPET(amoswap_d, "amoswap.d.aqrl a0, a1, (a2)");
SNIPPET(amomaxu_w, "amomaxu.w a0, a1, (a2)");
SNIPPET(amoxor_d, "amoxor.d.rl a0, a1, (a2)");

static const struct transformation atomic[] = {
    {lr_w,      0x1000252f},
    {lr_d,      0x1400352f},
    {amoadd_w,  0x00b0252f},
    {amoswap_d, 0x0eb0352f},
    {amomaxu_w, 0xe0b0252f},
    {amoxor_d,  0x22b0352f},
};

/* Compressed: the 32-bit equivalent transformed, with bit 1 cleared. */
SNIPPET_C(c_lw, "c.lw a0, 8(a2)");
SNIPPET_C(c_ld, "c.ld a0, 8(a2)");
SNIPPET_C(c_fld, "c.fld fa0, 8(a2)");
SNIPPET_C(c_sw, "c.sw a1, 8(a2)");
SNIPPET_C(c_sd, "c.sd a1, 8(a2)");
SNIPPET_C(c_fsd, "c.fsd fa1, 8(a2)");
SNIPPET_C(c_lwsp, "mv sp, a2\nc.lwsp a0, 8(sp)");
SNIPPET_C(c_ldsp, "mv sp, a2\nc.ldsp a0, 8(sp)");
SNIPPET_C(c_fldsp, "mv sp, a2\nc.fldsp fa0, 8(sp)");
SNIPPET_C(c_swsp, "mv sp, a2\nc.swsp a1, 8(sp)");
SNIPPET_C(c_sdsp, "mv sp, a2\nc.sdsp a1, 8(sp)");
SNIPPET_C(c_fsdsp, "mv sp, a2\nc.fsdsp fa1, 8(sp)");

static const struct transformation compressed[] = {
    {c_lw,    0x00002501},
    {c_ld,    0x00003501},
    {c_fld,   0x00003505},
    {c_sw,    0x00b02021},
    {c_sd,    0x00b03021},
    {c_fsd,   0x00b03025},
    {c_lwsp,  0x00002501},
    {c_ldsp,  0x00003501},
    {c_fldsp, 0x00003505},
    {c_swsp,  0x00b02021},
    {c_sdsp,  0x00b03021},
    {c_fsdsp, 0x00b03025},
};

SNIPPET(hlv_b, "hlv.b a0, (a2)");
SNIPPET(hlv_bu, "hlv.bu a0, (a2)");
SNIPPET(hlv_h, "hlv.h a0, (a2)");
SNIPPET(hlv_hu, "hlv.hu a0, (a2)");
SNIPPET(hlvx_hu, "hlvx.hu a0, (a2)");
SNIPPET(hlv_w, "hlv.w a0, (a2)");
SNIPPET(hlv_wu, "hlv.wu a0, (a2)");
SNIPPET(hlvx_wu, "hlvx.wu a0, (a2)");
SNIPPET(hlv_d, "hlv.d a0, (a2)");
SNIPPET(hsv_b, "hsv.b a1, (a2)");
SNIPPET(hsv_h, "hsv.h a1, (a2)");
SNIPPET(hsv_w, "hsv.w a1, (a2)");
SNIPPET(hsv_d, "hsv.d a1, (a2)");

static const struct transformation virtual_machine[] = {
    {hlv_b,   0x60004573},
    {hlv_bu,  0x60104573},
    {hlv_h,   0x64004573},
    {hlv_hu,  0x64104573},
    {hlvx_hu, 0x64304573},
    {hlv_w,   0x68004573},
    {hlv_wu,  0x68104573},
    {hlvx_wu, 0x68304573},
    {hlv_d,   0x6c004573},
    {hsv_b,   0x62b04073},
    {hsv_h,   0x66b04073},
    {hsv_w,   0x6ab04073},
    {hsv_d,   0x6eb04073},
};

static void delegate(void)
{
    use_hgatp(SV39);
    csr_write(medeleg, MASK(23, 20));
}

static void check_one(enum mode mode, enum level level, const struct transformation *x, u64 base)
{
    struct trap t = run(mode, x->code, 0, 0, base);

    CHECK_EQ(t.level, level);
    CHECK_EQ(t.cause == LOAD_GUEST_PAGE_FAULT || t.cause == STORE_GUEST_PAGE_FAULT, 1);
    CHECK_EQ(t.tinst, x->want);
}

/* The fault goes to HS (but for one in M-mode), then to M. */
static void check_all(enum mode mode, const struct transformation *list, size_t n, u64 base)
{
    for (size_t i = 0; i < n; i++) {
        note(i);
        csr_write(medeleg, MASK(23, 20));
        check_one(mode, mode == M_MODE ? LEVEL_M : LEVEL_HS, &list[i], base);
        csr_write(medeleg, 0);
        check_one(mode, LEVEL_M, &list[i], base);
    }
}

#define CHECK_ALL(mode, list, base) check_all(mode, list, sizeof list / sizeof *list, base)

TEST(loads_and_stores)
{
    delegate();
    CHECK_ALL(VS_MODE, plain, GPA - 8);
    CHECK_ALL(VU_MODE, plain, GPA - 8);
}

TEST(atomics)
{
    delegate();
    CHECK_ALL(VS_MODE, atomic, GPA);
}

/* Cache-block instructions (CMO chapter): all but rs1 stays. */
SNIPPET(cbo_inval, "cbo.inval (a2)");
SNIPPET(cbo_clean, "cbo.clean (a2)");
SNIPPET(cbo_flush, "cbo.flush (a2)");
SNIPPET(cbo_zero, "cbo.zero (a2)");

static const struct transformation cache_block[] = {
    {cbo_inval, 0x0000200f},
    {cbo_clean, 0x0010200f},
    {cbo_flush, 0x0020200f},
    {cbo_zero,  0x0040200f},
};

TEST(cache_block_instructions)
{
    u64 all = ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE;

    delegate();
    csr_write(menvcfg, all);
    csr_write(henvcfg, all);
    CHECK_ALL(VS_MODE, cache_block, GPA);
}

TEST(store_conditional)
{
    SNIPPET(sc_w, "lr.w a0, (a0)\nsc.w a0, a1, (a2)");
    delegate();
    /* The reservation is on another page; whether SC then looks at the address is free. */
    struct trap t = run(VS_MODE, sc_w, (u64)trap_m & ~7ull, 0, GPA);
    if (t.level != NOT_TAKEN) CHECK_EQ(t.tinst, 0x18b0252f);
}

TEST(compressed_instructions)
{
    delegate();
    CHECK_ALL(VS_MODE, compressed, GPA - 8);
}

TEST(hypervisor_loads_and_stores)
{
    delegate();
    CHECK_ALL(S_MODE, virtual_machine, GPA);
    CHECK_ALL(M_MODE, virtual_machine, GPA);
}

/* Addr. Offset: how far into a misaligned access the faulting byte is. */
TEST(address_offset)
{
    delegate();
    struct table *g = use_hgatp(SV39);
    pt_map(g, GPA - PAGE, (u64)new_pages(1), 0, LEAF_U);
    CHECK_EQ(run(VS_MODE, lw, 0, 0, GPA - 8 - 2).tinst, 0x00012503);
    CHECK_EQ(run(VS_MODE, ld, 0, 0, GPA - 8 - 7).tinst, 0x0003b503);
    CHECK_EQ(run(VS_MODE, lh, 0, 0, GPA - 8 - 1).tinst, 0x00009503);
    CHECK_EQ(run(VS_MODE, sd, 0, 0, GPA - 8 - 3).tinst, 0x00b1b023);
    CHECK_EQ(run(VS_MODE, c_ld, 0, 0, GPA - 8 - 4).tinst, 0x00023501);
    CHECK_EQ(run(S_MODE, hlv_w, 0, 0, GPA - 1).tinst, 0x6800c573);
    CHECK_EQ(run(S_MODE, hsv_d, 0, 0, GPA - 5).tinst, 0x6eb2c073);
}

/* Zero for what has no transformation, and after any trap that had one. */
TEST(zero_otherwise)
{
    SNIPPET(do_jump, "jr a2");
    SNIPPET(do_ecall, "ecall");
    SNIPPET(do_illegal, ".word 0");
    delegate();
    csr_set(medeleg, BIT(ECALL_VS) | BIT(ILLEGAL_INSTRUCTION));
    EXPECT_TRAP(run(VS_MODE, do_jump, 0, 0, GPA), LEVEL_HS, .cause = FETCH_GUEST_PAGE_FAULT,
                .epc = GPA, .tval = GPA, .gpa = GPA, .gva = true);
    CHECK_EQ(run(VS_MODE, ld, 0, 0, GPA - 8).tinst, 0x3503);
    CHECK_EQ(run(VS_MODE, do_ecall).tinst, 0);
    CHECK_EQ(run(VS_MODE, ld, 0, 0, GPA - 8).tinst, 0x3503);
    CHECK_EQ(run(VS_MODE, do_illegal).tinst, 0);
}
