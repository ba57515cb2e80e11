/* What struct hart_config lets one take away: bits of ASID and VMID, translation modes, and what
 * xtval and xtinst hold. The specification allows each (12.1.11, 22.2.10, 3.1.16, 22.6.3). */
#include "hart/context.h"
#include "hart/csr.h"
#include "hart/trap.h"
#include "hext/fence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { SATP = 0x180, VSATP = 0x280, HGATP = 0x680, MTVAL = 0x343, MTINST = 0x34a };
#define RAM 0x80000000ull

/* ---- a hart with eight pages of RAM: one for code, four for a G-stage root of zeros ---- */

static struct isa all;
static u8 ram[8][PAGE_SIZE] __attribute__((aligned(PAGE_SIZE))), flags[8];

static struct ram_page find_page(void *machine, u64 pa)
{
    (void)machine;
    u64 n = (pa - RAM) >> PAGE_SHIFT;
    if (pa < RAM || n >= 8) return (struct ram_page){NULL, NULL};
    return (struct ram_page){ram[n], &flags[n]};
}
static void code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}

/* All memory open, and an instruction at RAM. */
static struct hart *new_hart(struct hart_config config, u32 instruction)
{
    const struct bus bus = {.page = find_page, .code_page = code_page, .time = no_time};
    config.isa = &all;
    struct hart *h = hart_new(&config, &bus);
    assert_non_null(h);
    memset(ram, 0, sizeof ram);
    memset(flags, 0, sizeof flags);
    memcpy(ram[0], &instruction, sizeof instruction);
    hart_reset(h, RAM);
    csr_write(h, 0x3b0, ~0ull);
    csr_write(h, 0x3a0, 3 << 3 | 7);
    return h;
}

static u64 peek(const struct hart *h, unsigned number)
{
    u64 value = 0;
    assert_true(csr_peek(h, number, &value));
    return value;
}

/* ---- identifiers ---- */

static void test_asid_bits(void **state)
{
    (void)state;
    for (u8 cut = 0; cut <= 16; cut++) {
        struct hart *h = new_hart((struct hart_config){.asid_cut = cut}, 0);
        u64 asids = (BIT(16 - cut) - 1) << 44, rest = 8ull << 60 | MASK(43, 0);
        csr_write(h, SATP, 8ull << 60 | MASK(59, 0));
        csr_write(h, VSATP, 8ull << 60 | MASK(59, 0));
        assert_int_equal(peek(h, SATP), rest | asids);
        assert_int_equal(peek(h, VSATP), rest | asids);
        hart_free(h);
    }
}

static void test_vmid_bits(void **state)
{
    (void)state;
    for (u8 cut = 0; cut <= 14; cut++) {
        struct hart *h = new_hart((struct hart_config){.vmid_cut = cut}, 0);
        csr_write(h, HGATP, 8ull << 60 | MASK(59, 0));
        assert_int_equal(peek(h, HGATP), 8ull << 60 | (BIT(14 - cut) - 1) << 44 | MASK(43, 2));
        hart_free(h);
    }
}

/* "The implementation shall ignore bits of rs2 that it does not implement": a fence for ASID 0x105
 * is one for ASID 5, of eight bits. */
static bool fence_retires(u8 cut, enum fence_kind kind, bool virt)
{
    struct hart *h = new_hart((struct hart_config){.asid_cut = cut, .vmid_cut = cut}, 0);
    const struct insn i = {.rs2 = 10};
    csr_write(h, SATP, 8ull << 60 | 5ull << 44);
    csr_write(h, HGATP, 8ull << 60 | 5ull << 44);
    hart_set_mode(h, PRIV_S, virt);
    u64 before = h->data->code_stamp;
    hfence(h, kind, &i, 0, 0x105);
    bool retired = h->data->code_stamp != before;
    hart_free(h);
    return retired;
}

static void test_fences_ignore_missing_bits(void **state)
{
    (void)state;
    assert_true(fence_retires(8, FENCE_VMA, false));
    assert_false(fence_retires(7, FENCE_VMA, false));
    assert_true(fence_retires(6, FENCE_GVMA, true));
    assert_false(fence_retires(5, FENCE_GVMA, true));
}

/* ---- modes ---- */

/* Modes outside of cut are taken, others leave the register (vsatp and hgatp: its MODE) alone. */
static void check_modes(u16 cut)
{
    static const u64 modes[] = {ATP_BARE, ATP_SV39, ATP_SV48, ATP_SV57};
    struct hart *h = new_hart((struct hart_config){.satp_cut = cut, .hgatp_cut = cut}, 0);
    for (unsigned k = 0; k < 4; k++) {
        bool exists = !k || !(cut >> modes[k] & 1);
        u64 expected = exists ? modes[k] << 60 | 7 : 3;
        csr_write(h, SATP, 3);
        csr_write(h, VSATP, 3);
        csr_write(h, HGATP, 0);
        csr_write(h, SATP, modes[k] << 60 | 7);
        csr_write(h, VSATP, modes[k] << 60 | 7);
        csr_write(h, HGATP, modes[k] << 60 | 8);
        assert_int_equal(peek(h, SATP), expected);
        assert_int_equal(peek(h, VSATP) >> 60, expected >> 60);
        assert_int_equal(peek(h, HGATP), (exists ? modes[k] << 60 : 0) | 8);
    }
    hart_free(h);
}

static void test_modes(void **state)
{
    (void)state;
    for (u16 k = 0; k < 16; k++) check_modes((u16)(k << 7 | (k & 1))); /* Bare cannot go */
}

/* ---- trap values ---- */

static void run_one(struct hart *h)
{
    u64 done;
    hart_run(h, 1, &done);
    assert_int_equal(done, 1);
}

static u64 tval_of(bool zero, u32 instruction, bool virt)
{
    struct hart *h = new_hart((struct hart_config){.zero_tval = zero}, instruction);
    if (virt) hart_set_mode(h, PRIV_S, true);
    run_one(h);
    assert_int_equal(h->level[LEVEL_M].cause, virt ? EXC_VIRTUAL : EXC_ILLEGAL);
    u64 tval = peek(h, MTVAL);
    hart_free(h);
    return tval;
}

static void test_tval(void **state)
{
    (void)state;
    const u32 hlv_w = 0x6805c573, nonsense = 0xffffffff;
    assert_int_equal(tval_of(false, nonsense, false), nonsense);
    assert_int_equal(tval_of(true, nonsense, false), 0);
    assert_int_equal(tval_of(false, hlv_w, true), hlv_w);
    assert_int_equal(tval_of(true, hlv_w, true), 0);
}

/* HLV.W from M-mode of an address that the G-stage, whose root is zeros, does not map: the access
 * itself fails when vsatp is Bare, and the one to the first entry of its table when it is not. */
static u64 tinst_of(bool zero, u64 vsatp)
{
    struct hart *h = new_hart((struct hart_config){.zero_tinst = zero}, 0x6805c573);
    csr_write(h, HGATP, 8ull << 60 | (RAM + 4 * PAGE_SIZE) >> 12);
    csr_write(h, VSATP, vsatp);
    csr_write(h, 0x600, HSTATUS_SPVP);
    h->x[11] = 0x1000;
    run_one(h);
    assert_int_equal(h->level[LEVEL_M].cause, EXC_LOAD_GUEST);
    assert_int_equal(peek(h, MTVAL), 0x1000);
    u64 tinst = peek(h, MTINST);
    hart_free(h);
    return tinst;
}

/* The pseudoinstruction is no choice: 22.6.3, "if a nonzero guest physical address is written". */
static void test_tinst(void **state)
{
    (void)state;
    assert_int_equal(tinst_of(false, 0), 0x68004573); /* rs1 cleared */
    assert_int_equal(tinst_of(true, 0), 0);
    assert_int_equal(tinst_of(false, 8ull << 60 | 2), 0x3000);
    assert_int_equal(tinst_of(true, 8ull << 60 | 2), 0x3000);
}

int main(void)
{
    isa_default(&all);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_asid_bits),
        cmocka_unit_test(test_vmid_bits),
        cmocka_unit_test(test_fences_ignore_missing_bits),
        cmocka_unit_test(test_modes),
        cmocka_unit_test(test_tval),
        cmocka_unit_test(test_tinst),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
