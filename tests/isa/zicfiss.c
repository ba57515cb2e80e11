/* Zicfiss: shadow stacks (unpriv. spec, "Shadow Stack"; priv. spec, "Shadow Stack" and "Shadow
 * Stack Memory Protection"). */
#include "harness.h"
#include "paging.h"

#define SSE BIT(3) /* menvcfg, henvcfg, senvcfg */
enum { SOFTWARE_CHECK = 18, SHADOW_STACK_FAULT = 3 };

#define SSPUSH_RA   ".4byte 0xce104073\n"
#define SSPUSH_T0   ".4byte 0xce504073\n"
#define SSPOPCHK_RA ".4byte 0xcdc0c073\n"
#define SSPOPCHK_T0 ".4byte 0xcdc2c073\n"

SNIPPET(push_ra, SSPUSH_RA); /* run() puts the address of `leave` there */
SNIPPET(pop_ra, SSPOPCHK_RA);
SNIPPET(push_t0, "mv t0, a0\n" SSPUSH_T0);
SNIPPET(pop_t0, "mv t0, a0\n" SSPOPCHK_T0);
SNIPPET_C(c_push_ra, ".2byte 0x6081");
SNIPPET_C(c_pop_t0, "c.mv t0, a0\n.2byte 0x6281");
SNIPPET(rdp, ".4byte 0xcdc04573"); /* ssrdp a0 */
SNIPPET(read_ssp, "csrr a0, 0x011");
SNIPPET(write_ssp, "csrw 0x011, a0");
SNIPPET(swap_d, ".insn r 0x2f, 3, 0x24, a0, a0, a1");
SNIPPET(swap_w, ".insn r 0x2f, 2, 0x24, a0, a0, a1");
SNIPPET(do_ld, "ld a0, (a0)");
SNIPPET(do_lb, "lb a0, (a0)");
SNIPPET(do_sd, "sd a1, (a0)");
SNIPPET(do_amo, "amoadd.d a0, a1, (a0)");
SNIPPET(do_lr, "lr.d a0, (a0)");
SNIPPET(do_sc, "sc.d a0, a1, (a0)");
SNIPPET(do_zero, "cbo.zero (a0)");
SNIPPET(do_clean, "cbo.clean (a0)");
SNIPPET(do_jump, "mv t3, ra\njalr a0\nmv ra, t3");
SNIPPET(do_hlvx, "hlvx.wu a0, (a0)");
SNIPPET(do_hlv, "hlv.d a0, (a0)");
SNIPPET(do_hsv, "hsv.d a1, (a0)");

#define VA    0x40000000ull
#define GPA   0x10c0a05000ull
#define TOP   (VA + PAGE)
#define FLAGS (PTE_V | PTE_A | PTE_D)
#define SS    (FLAGS | PTE_W)

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

/* bits 2, 1, 0: menvcfg, henvcfg, senvcfg */
static void enable(unsigned which)
{
    u64 cbo = ENVCFG_CBZE | ENVCFG_CBCFE;

    csr_write(menvcfg, SSE | cbo); /* or the others cannot be written */
    csr_write(henvcfg, which & 2 ? SSE | cbo : cbo);
    csr_write(senvcfg, which & 1 ? SSE | cbo : cbo);
    csr_write(menvcfg, which & 4 ? SSE | cbo : cbo);
}

/* What ssp and ssamoswap do in the mode: 0, or the cause. */
static u64 gate(enum mode m, unsigned which)
{
    bool virt = m & 4, user = (m & 3) == U_MODE;

    if (m == M_MODE) return 0;
    if (!(which & 4)) return ILLEGAL_INSTRUCTION;
    if (virt && !(which & 2)) return VIRTUAL_INSTRUCTION;
    if (user && !(which & 1)) return virt ? VIRTUAL_INSTRUCTION : ILLEGAL_INSTRUCTION;
    return 0;
}

static struct table *t;
static u8 *page;

/* A page at VA in satp's space. */
static void one_page(u64 flags)
{
    page = new_pages(1);
    t = use_satp(SV39);
    pt_map(t, VA, (u64)page, 0, flags);
    csr_write(0x011, TOP);
}
static u64 *slot(u64 va)
{
    return (u64 *)(page + (va & (PAGE - 1)));
}

/* ---- ssp and who may ---- */

TEST(ssp)
{
    CHECK_EQ(csr_write_read(0x011, ~0ull), ~7ull);
    CHECK_EQ(csr_write_read(0x011, 0x8123456789abcde8), 0x8123456789abcde8);
}

TEST(read_only_zero)
{
    csr_write(menvcfg, 0);
    CHECK_EQ(csr_write_read(henvcfg, SSE) & SSE, 0);
    CHECK_EQ(csr_write_read(senvcfg, SSE) & SSE, 0);
    enable(7);
    CHECK_EQ(csr_read(henvcfg) & csr_read(senvcfg) & SSE, SSE);
    csr_clear(menvcfg, SSE);
    CHECK_EQ((csr_read(henvcfg) | csr_read(senvcfg)) & SSE, 0);
    csr_write(henvcfg, 0);
    csr_write(senvcfg, 0);
}

SNIPPET(read_senvcfg, "csrr a0, senvcfg");
SNIPPET(write_senvcfg, "csrw senvcfg, a0\ncsrr a0, senvcfg");

/* When V=1 and henvcfg.SSE is 0, too. */
TEST(senvcfg_of_a_guest)
{
    enable(5);
    CHECK_EQ(run(VS_MODE, read_senvcfg).value & SSE, 0);
    CHECK_EQ(run(S_MODE, read_senvcfg).value & SSE, SSE);
    enable(4);
    CHECK_EQ(run(VS_MODE, write_senvcfg, SSE).value & SSE, 0);
    enable(6);
    CHECK_EQ(run(VS_MODE, write_senvcfg, SSE).value & SSE, SSE);
}

TEST(access_to_ssp)
{
    for (unsigned which = 0; which < 8; which++) {
        for (unsigned i = 0; i < 5; i++) {
            u64 cause = gate(modes[i], which);
            note(which << 4 | modes[i]);
            enable(which);
            csr_write(0x011, 0x1230);
            struct trap r = run(modes[i], read_ssp), w = run(modes[i], write_ssp, 0x4560);
            if (cause) {
                EXPECT_TRAP(r, LEVEL_M, .cause = cause, .tval = BITS);
                EXPECT_TRAP(w, LEVEL_M, .cause = cause, .tval = BITS);
            } else {
                EXPECT_VALUE(r, 0x1230);
                EXPECT_RETURN(w);
            }
            CHECK_EQ(csr_read(0x011), cause ? 0x1230 : 0x4560);
        }
    }
}

/* Where it is off, and in M-mode always, each instruction but ssamoswap does what MOPs do. */
TEST(off)
{
    static const u32 *const code[] = {push_ra, pop_ra, push_t0, pop_t0, c_push_ra, c_pop_t0};

    for (unsigned which = 0; which < 8; which++) {
        for (unsigned i = 0; i < 5; i++) {
            note(which << 4 | modes[i]);
            enable(which);
            csr_write(0x011, 0x1230); /* no memory is there */
            bool on = modes[i] != M_MODE && !gate(modes[i], which);
            EXPECT_VALUE(run(modes[i], rdp, 55), on ? 0x1230 : 0);
            for (unsigned k = 0; k < 6 && !on; k++) EXPECT_RETURN(run(modes[i], code[k]));
            CHECK_EQ(csr_read(0x011), 0x1230);
        }
    }
}

TEST(gate_of_ssamoswap)
{
    for (unsigned which = 0; which < 8; which++) {
        for (unsigned i = 0; i < 5; i++) {
            u64 cause = gate(modes[i], which);
            note(which << 4 | modes[i]);
            enable(which);
            struct trap r = run(modes[i], swap_d, VA);
            if (cause)
                EXPECT_TRAP(r, LEVEL_M, .cause = cause, .tval = BITS);
            else /* without first-stage translation there is no shadow stack */
                EXPECT_TRAP(r, LEVEL_M, .cause = STORE_ACCESS, .tval = VA, .gva = modes[i] >> 2);
        }
    }
}

/* ---- what they do ---- */

static void check_stack(enum mode m)
{
    csr_write(0x011, TOP);
    EXPECT_RETURN(run(m, push_ra));
    CHECK_EQ(csr_read(0x011), TOP - 8);
    CHECK_EQ(*slot(TOP - 8), leave);
    EXPECT_RETURN(run(m, push_t0, 0x123456789abcdef0));
    CHECK_EQ(csr_read(0x011), TOP - 16);
    CHECK_EQ(*slot(TOP - 16), 0x123456789abcdef0);
    EXPECT_RETURN(run(m, c_push_ra));
    CHECK_EQ(csr_read(0x011), TOP - 24);
    CHECK_EQ(*slot(TOP - 24), leave);
    EXPECT_RETURN(run(m, pop_ra));
    EXPECT_RETURN(run(m, c_pop_t0, 0x123456789abcdef0));
    CHECK_EQ(csr_read(0x011), TOP - 8);
    /* a mismatch, in any bit */
    for (unsigned bit = 0; bit < 64; bit++) {
        EXPECT_TRAP(run(m, pop_t0, (u64)leave ^ BIT(bit)), LEVEL_M, .cause = SOFTWARE_CHECK,
                    .tval = SHADOW_STACK_FAULT, .epc = (u64)pop_t0 + 4);
        CHECK_EQ(csr_read(0x011), TOP - 8);
    }
    EXPECT_RETURN(run(m, pop_t0, leave));
    CHECK_EQ(csr_read(0x011), TOP);
}

static void guest_page(u64 flags, u64 g_flags);

TEST(push_and_pop)
{
    enable(7);
    one_page(SS);
    check_stack(S_MODE);
    pt_map(t, VA, (u64)page, 0, SS | PTE_U);
    check_stack(U_MODE);
    guest_page(SS, LEAF_U);
    check_stack(VS_MODE);
    guest_page(SS | PTE_U, LEAF_U);
    check_stack(VU_MODE);
}

TEST(ssamoswap)
{
    enable(7);
    one_page(SS);
    *slot(VA) = 0xfedcba9876543210;
    EXPECT_VALUE(run(S_MODE, swap_d, VA, 0x0123456789abcdef), 0xfedcba9876543210);
    CHECK_EQ(*slot(VA), 0x0123456789abcdef);
    EXPECT_VALUE(run(S_MODE, swap_w, VA, 0x1111111122222222), 0xffffffff89abcdef);
    CHECK_EQ(*slot(VA), 0x0123456722222222);
    EXPECT_VALUE(run(S_MODE, swap_w, VA + 4, 0x33333333), 0x01234567);
    CHECK_EQ(*slot(VA), 0x3333333322222222);
    for (unsigned k = 1; k < 8; k++) { /* misaligned: as an AMO */
        struct trap r = run(S_MODE, swap_d, VA + k);
        CHECK_EQ(r.level, LEVEL_M);
        CHECK_EQ(r.cause == MISALIGNED_STORE || r.cause == STORE_ACCESS, 1);
        CHECK_EQ(r.tval, VA + k);
    }
}

TEST(delegated_software_check)
{
    enable(7);
    guest_page(SS, LEAF_U);
    csr_write(0x011, VA);
    csr_write(medeleg, BIT(SOFTWARE_CHECK));
    EXPECT_TRAP(run(VS_MODE, pop_ra), LEVEL_HS, .cause = SOFTWARE_CHECK,
                .tval = SHADOW_STACK_FAULT);
    csr_write(hedeleg, BIT(SOFTWARE_CHECK));
    EXPECT_TRAP(run(VS_MODE, pop_ra), LEVEL_VS, .cause = SOFTWARE_CHECK,
                .tval = SHADOW_STACK_FAULT);
}

/* ---- the pages ---- */

/* What comes of an access to a page of each xwr, in S-mode with SSE on: 0, or the cause. */
enum kind { LOADS, STORES, FETCHES, SHADOWS, CLEANS };

static u64 outcome(enum kind kind, unsigned xwr)
{
    static const u64 page_fault[] = {LOAD_PAGE_FAULT, STORE_PAGE_FAULT, FETCH_PAGE_FAULT,
                                     STORE_PAGE_FAULT, STORE_PAGE_FAULT};
    bool r = xwr & 1, w = xwr & 2, x = xwr & 4, pointer = !xwr, reserved = w && !r && xwr != 2;

    if (pointer || reserved) return page_fault[kind];
    if (xwr == 2) { /* a shadow-stack page */
        if (kind == LOADS || kind == SHADOWS) return 0;
        return kind == FETCHES ? FETCH_ACCESS : STORE_ACCESS;
    }
    if (kind == SHADOWS) return xwr == 1 ? STORE_PAGE_FAULT : STORE_ACCESS;
    bool good = kind == LOADS ? r : kind == STORES ? w : kind == FETCHES ? x : r || w;
    return good ? 0 : page_fault[kind];
}

static const struct {
    const u32 *code;
    enum kind kind;
} accesses[] = {
    {do_ld,    LOADS  },
    {do_lb,    LOADS  },
    {do_lr,    LOADS  },
    {do_sd,    STORES },
    {do_amo,   STORES },
    {do_sc,    STORES },
    {do_zero,  STORES },
    {do_clean, CLEANS },
    {do_jump,  FETCHES},
    {swap_d,   SHADOWS},
    {swap_w,   SHADOWS},
};
enum { ACCESSES = sizeof accesses / sizeof *accesses };

static void check_access(enum mode m, unsigned k, u64 cause, u64 va)
{
    struct trap r = run(m, accesses[k].code, va);

    if (!cause)
        EXPECT_RETURN(r);
    else
        EXPECT_TRAP(r, LEVEL_M, .cause = cause, .tval = va, .gva = m >> 2,
                    .epc = accesses[k].kind == FETCHES ? va : 0);
}

static void put_return(void)
{
    *(u32 *)page = 0x00008067; /* for do_jump */
    __asm__ volatile("fence.i");
}

static void check_pages(enum mode m, void (*map)(u64 flags))
{
    u64 user = (m & 3) == U_MODE ? PTE_U : 0;

    for (unsigned xwr = 0; xwr < 8; xwr++) {
        map((xwr ? FLAGS | user : PTE_V) | xwr << 1);
        for (unsigned k = 0; k < ACCESSES; k++) {
            note(m << 12 | xwr << 4 | k);
            put_return();
            check_access(m, k, outcome(accesses[k].kind, xwr), VA);
        }
        u64 cause = outcome(SHADOWS, xwr);
        csr_write(0x011, TOP);
        struct trap r = run(m, push_ra);
        if (cause)
            EXPECT_TRAP(r, LEVEL_M, .cause = cause, .tval = TOP - 8, .gva = m >> 2);
        else
            EXPECT_RETURN(r);
        CHECK_EQ(csr_read(0x011), cause ? TOP : TOP - 8);
        CHECK_EQ(r.tinst, 0); /* it has no transformation */
        csr_write(0x011, TOP - 8);
        *slot(TOP - 8) = (u64)leave;
        r = run(m, pop_ra); /* a load, but its faults are those of a store */
        if (cause)
            EXPECT_TRAP(r, LEVEL_M, .cause = cause, .tval = TOP - 8, .gva = m >> 2);
        else
            EXPECT_RETURN(r);
        CHECK_EQ(csr_read(0x011), cause ? TOP - 8 : TOP);
    }
}

static void map_here(u64 flags)
{
    pt_map(t, VA, (u64)page, 0, flags);
}

TEST(pages_of_s_and_u)
{
    enable(7);
    one_page(SS);
    check_pages(S_MODE, map_here);
    check_pages(U_MODE, map_here);
}

static struct table *vs, *g;

static void guest_page(u64 flags, u64 g_flags)
{
    page = new_pages(1);
    g = use_hgatp(SV39);
    vs = use_vsatp(SV39);
    pt_map(g, GPA, (u64)page, 0, g_flags);
    pt_map(vs, VA, GPA, 0, flags);
    csr_write(0x011, TOP);
}
static void map_in_guest(u64 flags)
{
    pt_map(vs, VA, GPA, 0, flags);
}

TEST(pages_of_a_guest)
{
    enable(7);
    guest_page(SS, LEAF_U);
    check_pages(VS_MODE, map_in_guest);
    check_pages(VU_MODE, map_in_guest);
}

/* With SSE of the stage 0 the encoding is reserved, at once and without a fence; senvcfg's does not
 * matter for it. */
TEST(reserved_when_off)
{
    enable(7);
    one_page(SS);
    EXPECT_VALUE(run(S_MODE, do_ld, VA), 0);
    csr_clear(menvcfg, SSE);
    EXPECT_TRAP(run(S_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA);
    EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    enable(6);
    pt_map(t, VA, (u64)page, 0, SS | PTE_U);
    EXPECT_VALUE(run(U_MODE, do_ld, VA), 0);
    EXPECT_TRAP(run(U_MODE, do_sd, VA), LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
    enable(7);
    guest_page(SS, LEAF_U);
    EXPECT_VALUE(run(VS_MODE, do_ld, VA), 0);
    csr_clear(henvcfg, SSE);
    EXPECT_TRAP(run(VS_MODE, do_ld, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA,
                .gva = true);
}

/* U and SUM come first, and give page faults. MXR is nothing to such a page. */
TEST(user_bit)
{
    enable(7);
    one_page(SS);
    EXPECT_TRAP(run(U_MODE, push_ra), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = TOP - 8);
    EXPECT_TRAP(run(U_MODE, do_sd, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    pt_map(t, VA, (u64)page, 0, SS | PTE_U);
    EXPECT_TRAP(run(S_MODE, push_ra), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = TOP - 8);
    EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    csr_set(mstatus, STATUS_SUM | STATUS_MXR);
    EXPECT_RETURN(run(S_MODE, push_ra));
    EXPECT_TRAP(run(S_MODE, do_sd, VA), LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
    EXPECT_TRAP(run(S_MODE, do_jump, VA), LEVEL_M, .cause = FETCH_PAGE_FAULT, .tval = VA,
                .epc = VA);
    EXPECT_VALUE(run(S_MODE, do_ld, VA), 0);
    pt_map(t, VA, (u64)page, 0, FLAGS | PTE_X); /* MXR does not make it a read-only page */
    EXPECT_TRAP(run(S_MODE, push_ra), LEVEL_M, .cause = STORE_ACCESS, .tval = TOP - 16);
}

/* A, and D of what stores: SSPOPCHK performs a load, so D is none of its business (Spike 1.1.1 asks
 * for it). */
TEST(a_and_d)
{
    enable(7);
    one_page(SS & ~PTE_A);
    EXPECT_TRAP(run(S_MODE, push_ra), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = TOP - 8);
    EXPECT_TRAP(run(S_MODE, swap_d, VA), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = VA);
    pt_map(t, VA, (u64)page, 0, SS & ~PTE_D);
    EXPECT_TRAP(run(S_MODE, push_ra), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = TOP - 8);
    csr_write(0x011, TOP - 8);
    *slot(TOP - 8) = (u64)leave;
    EXPECT_RETURN(run(S_MODE, pop_ra));
    csr_set(menvcfg, ENVCFG_ADUE);
    pt_map(t, VA, (u64)page, 0, SS & ~(PTE_A | PTE_D));
    csr_write(0x011, TOP - 8);
    EXPECT_RETURN(run(S_MODE, pop_ra));
    CHECK_EQ(*pt_entry(t, VA, 0) & (PTE_A | PTE_D), PTE_A);
    EXPECT_RETURN(run(S_MODE, push_ra));
    CHECK_EQ(*pt_entry(t, VA, 0) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* A large page may be one; a misaligned one is a page fault before all else. */
TEST(large_pages)
{
    enable(7);
    page = new_pages(1);
    t = use_satp(SV39);
    u64 base = (u64)page & ~(2 * MIB - 1), va = VA + ((u64)page & (2 * MIB - 1));
    pt_map(t, VA, base, 1, SS);
    csr_write(0x011, va + 8);
    EXPECT_RETURN(run(S_MODE, push_ra));
    CHECK_EQ(*(u64 *)page, leave);
    EXPECT_TRAP(run(S_MODE, do_sd, va), LEVEL_M, .cause = STORE_ACCESS, .tval = va);
    pt_map(t, VA, base + PAGE, 1, SS);
    EXPECT_TRAP(run(S_MODE, do_sd, va), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = va);
    EXPECT_TRAP(run(S_MODE, swap_d, va), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = va);
}

/* ---- Bare, M-mode, MPRV ---- */

TEST(bare)
{
    static const enum mode list[] = {U_MODE, S_MODE, VU_MODE, VS_MODE};

    enable(7);
    page = new_pages(1);
    for (unsigned i = 0; i < 4; i++) {
        u64 ssp = (u64)page + 8;
        csr_write(0x011, ssp);
        EXPECT_TRAP(run(list[i], push_ra), LEVEL_M, .cause = STORE_ACCESS, .tval = (u64)page,
                    .gva = list[i] >> 2);
        EXPECT_TRAP(run(list[i], pop_ra), LEVEL_M, .cause = STORE_ACCESS, .tval = ssp,
                    .gva = list[i] >> 2);
        EXPECT_TRAP(run(list[i], swap_w, page), LEVEL_M, .cause = STORE_ACCESS, .tval = (u64)page,
                    .gva = list[i] >> 2);
        CHECK_EQ(csr_read(0x011), ssp);
    }
}

SNIPPET(mprv_swap, "csrs mstatus, a2\n.insn r 0x2f, 3, 0x24, a0, a0, a1\ncsrc mstatus, a2");
SNIPPET(mprv_push, "csrs mstatus, a2\n" SSPUSH_RA "csrc mstatus, a2");

/* ssamoswap in M-mode needs no enable, but another effective privilege. */
TEST(m_mode)
{
    one_page(SS);
    *slot(VA) = 5;
    enable(0);
    EXPECT_TRAP(run(M_MODE, swap_d, page), LEVEL_M, .cause = STORE_ACCESS, .tval = (u64)page);
    enable(4);
    EXPECT_TRAP(run(M_MODE, swap_d, page), LEVEL_M, .cause = STORE_ACCESS, .tval = (u64)page);
    EXPECT_VALUE(run(M_MODE, mprv_swap, VA, 6, STATUS_MPRV | MPP_S), 5);
    CHECK_EQ(*slot(VA), 6);
    EXPECT_RETURN(run(M_MODE, mprv_push, 0, 0, STATUS_MPRV | MPP_S));
    CHECK_EQ(csr_read(0x011), TOP); /* M-mode has no shadow stack */
    enable(0);
    EXPECT_TRAP(run(M_MODE, mprv_swap, VA, 6, STATUS_MPRV | MPP_S), LEVEL_M,
                .cause = STORE_PAGE_FAULT, .tval = VA, .epc = (u64)mprv_swap + 4);
}

/* ---- below the first stage ---- */

/* The G-stage must let them read and write, whichever they do; for it there is no such page. */
TEST(g_stage)
{
    static const u64 refused[] = {LEAF_U & ~PTE_W, LEAF_U & ~PTE_W & ~PTE_R,
                                  (LEAF_U & ~PTE_R & ~PTE_X), LEAF_U & ~PTE_V};

    enable(7);
    for (unsigned i = 0; i < 4; i++) {
        note(i);
        guest_page(SS, refused[i]);
        EXPECT_TRAP(run(VS_MODE, push_ra), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT,
                    .tval = TOP - 8, .gpa = GPA + PAGE - 8, .gva = true);
        csr_write(0x011, VA);
        EXPECT_TRAP(run(VS_MODE, pop_ra), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT, .tval = VA,
                    .gpa = GPA, .gva = true);
        EXPECT_TRAP(run(VS_MODE, swap_d, VA), LEVEL_M, .cause = STORE_GUEST_PAGE_FAULT, .tval = VA,
                    .gpa = GPA, .gva = true);
    }
    guest_page(SS, LEAF_U & ~PTE_X);
    EXPECT_RETURN(run(VS_MODE, push_ra));
    guest_page(FLAGS | PTE_R, LEAF_U); /* the first stage decides first */
    EXPECT_TRAP(run(VS_MODE, push_ra), LEVEL_M, .cause = STORE_PAGE_FAULT, .tval = TOP - 8,
                .gva = true);
}

/* HLV may read it, HSV not write; HLVX wants X of any page. */
TEST(hypervisor_accesses)
{
    enable(7);
    guest_page(SS, LEAF_U);
    csr_set(hstatus, HSTATUS_SPVP);
    *slot(VA) = 0x77;
    EXPECT_VALUE(run(S_MODE, do_hlv, VA), 0x77);
    EXPECT_TRAP(run(S_MODE, do_hsv, VA), LEVEL_M, .cause = STORE_ACCESS, .tval = VA, .gva = true);
    EXPECT_TRAP(run(S_MODE, do_hlvx, VA), LEVEL_M, .cause = LOAD_PAGE_FAULT, .tval = VA,
                .gva = true);
}

/* PMP must grant both reading and writing. */
TEST(pmp)
{
    enable(7);
    one_page(SS);
    *slot(VA) = (u64)leave;
    for (unsigned xwr = 0; xwr < 8; xwr++) {
        if ((xwr & 3) == 2) continue; /* reserved */
        note(xwr);
        csr_write(pmpaddr0, (u64)page >> 2 | 0x1ff);
        csr_write(pmpcfg0, 3 << 3 | xwr);
        __asm__ volatile("sfence.vma");
        csr_write(0x011, VA);
        struct trap r = run(S_MODE, pop_ra);
        if ((xwr & 3) == 3)
            EXPECT_RETURN(r);
        else
            EXPECT_TRAP(r, LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
        r = run(S_MODE, swap_d, VA, leave);
        if ((xwr & 3) == 3)
            EXPECT_VALUE(r, leave);
        else
            EXPECT_TRAP(r, LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
    }
}

/* Device memory is not idempotent (Spike 1.1.1 does not look). */
TEST(devices)
{
    enable(7);
    one_page(SS);
    pt_map(t, VA, 0x2000000, 0, SS); /* the CLINT */
    csr_write(0x011, VA + 0x10);
    EXPECT_TRAP(run(S_MODE, push_ra), LEVEL_M, .cause = STORE_ACCESS, .tval = VA + 8);
    EXPECT_TRAP(run(S_MODE, pop_ra), LEVEL_M, .cause = STORE_ACCESS, .tval = VA + 0x10);
    EXPECT_TRAP(run(S_MODE, swap_w, VA), LEVEL_M, .cause = STORE_ACCESS, .tval = VA);
}
