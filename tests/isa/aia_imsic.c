/* IMSICs and an APLIC that sends MSIs: interrupt files, their pages and their CSRs at each level,
 * and guest external interrupts (RISC-V AIA 1.0, its chapters on both). */
#include "aia.inc"

enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP0 = 0x80, EIE0 = 0xc0, GUESTS = 3 };

/* The pages of hart 0, as on QEMU's board: each a word that takes identities. */
#define PAGE_M        (*(volatile u32 *)0x24000000)
#define PAGE_S        (*(volatile u32 *)0x28000000)
#define PAGE_GUEST(n) (*(volatile u32 *)(0x28000000 + PAGE * (u64)(n)))

/* Registers of the APLIC's two domains. */
#define APLIC_M(offset) (*(volatile u32 *)(0xc000000 + (u64)(offset)))
#define APLIC_S(offset) (*(volatile u32 *)(0xd000000 + (u64)(offset)))

#define PUT(select, reg, which, value)                                                             \
    {                                                                                              \
        csr_write(select, which);                                                                  \
        csr_write(reg, value);                                                                     \
    }
#define LOOK(select, reg, which)                                                                   \
    ({                                                                                             \
        csr_write(select, which);                                                                  \
        csr_read(reg);                                                                             \
    })
#define OPEN_FILE(select, reg)                                                                     \
    {                                                                                              \
        PUT(select, reg, EIP0, 0)                                                                  \
        PUT(select, reg, EIE0, ~0ull)                                                              \
        PUT(select, reg, EITHRESHOLD, 0)                                                           \
        PUT(select, reg, EIDELIVERY, 1)                                                            \
    }

static void choose_guest(u64 n)
{
    csr_clear(hstatus, HSTATUS_VGEIN);
    csr_set(hstatus, n << 12);
}

static void open_files(void)
{
    plain();
    csr_write(hgeie, 0);
    OPEN_FILE(miselect, mireg)
    OPEN_FILE(siselect, sireg)
    for (unsigned g = 1; g <= GUESTS; g++) {
        choose_guest(g);
        OPEN_FILE(vsiselect, vsireg)
    }
    choose_guest(0);
}

TEST(machine_file)
{
    open_files();
    CHECK_EQ(csr_read(mip), 0);
    PAGE_M = 5;
    PAGE_M = 3;
    PAGE_M = 0;
    PAGE_M = 4000;
    CHECK_EQ(LOOK(miselect, mireg, EIP0), BIT(3) | BIT(5));
    CHECK_EQ(csr_read(mip), BIT(MEI));
    CHECK_EQ(csr_read(mtopei), 3 << 16 | 3);
    csr_write(mie, BIT(MEI));
    CHECK_EQ(csr_read(mtopi), TOPI(MEI, 3));
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, MEI);
    CHECK_EQ(csr_swap(mtopei, 0), 3 << 16 | 3);
    CHECK_EQ(csr_swap(mtopei, 0), 5 << 16 | 5);
    CHECK_EQ(csr_read(mtopei), 0);
    CHECK_EQ(csr_read(mip), 0);
    CHECK_EQ(PAGE_M, 0);
}

TEST(supervisor_file)
{
    open_files();
    csr_write(mideleg, BIT(SEI));
    csr_write(sie, BIT(SEI));
    PAGE_S = 63;
    EXPECT_VALUE(run(S_MODE, read_stopi), TOPI(SEI, 63));
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, SEI);
    PUT(siselect, sireg, EITHRESHOLD, 63)
    CHECK_EQ(csr_read(stopei), 0);
    CHECK_EQ(csr_read(mip), 0);
    PUT(siselect, sireg, EITHRESHOLD, 0)
    PUT(siselect, sireg, EIDELIVERY, 0)
    CHECK_EQ(csr_read(mip), 0);
    EXPECT_VALUE(run(S_MODE, claim_stopei), 63 << 16 | 63);
    EXPECT_VALUE(run(S_MODE, read_stopei), 0);
}

/* VGEIN chooses the file whose interrupts the guest has, and that it sees. */
TEST(guest_file)
{
    open_files();
    csr_write(hideleg, BIT(VSEI));
    csr_write(hie, BIT(VSEI));
    csr_set(vsstatus, STATUS_SIE);
    PAGE_GUEST(2) = 7;
    CHECK_EQ(csr_read(hgeip), BIT(2));
    for (unsigned g = 0; g <= GUESTS; g++) {
        note(g);
        choose_guest(g);
        CHECK_EQ(csr_read(mip), g == 2 ? BIT(VSEI) : 0);
    }
    choose_guest(1);
    EXPECT_VALUE(run(VS_MODE, read_stopei), 0);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    choose_guest(2);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, SEI);
    csr_clear(vsstatus, STATUS_SIE);
    csr_write(hvictl, IPRIOM);
    EXPECT_VALUE(run(VS_MODE, read_stopi), TOPI(SEI, 7));
    csr_write(vsiselect, EIP0);
    EXPECT_VALUE(run(VS_MODE, read_sireg), BIT(7));
    EXPECT_VALUE(run(VS_MODE, claim_stopei), 7 << 16 | 7);
    CHECK_EQ(csr_read(hgeip), 0);
    EXPECT_RETURN(run(VS_MODE, write_sireg, BIT(9)));
    CHECK_EQ(csr_read(vstopei), 9 << 16 | 9);
    CHECK_EQ(csr_read(hgeip), BIT(2));
    csr_write(vstopei, 0);
    plain();
}

/* hgeie: the hypervisor hears of what is for guests that do not run. */
TEST(guest_external_interrupt)
{
    open_files();
    csr_write(hie, BIT(SGEI));
    csr_write(hgeie, ~0ull);
    CHECK_EQ(csr_read(hgeie), MASK(GUESTS, 1));
    csr_write(hgeie, BIT(1) | BIT(3));
    PAGE_GUEST(2) = 1;
    EXPECT_VALUE(run(VU_MODE, do_nothing), 7);
    PAGE_GUEST(3) = 1;
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_HS, SGEI);
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, SGEI);
    CHECK_EQ(csr_read(stopi) >> 16, SGEI);
    choose_guest(3);
    csr_write(vstopei, 0);
    EXPECT_VALUE(run(U_MODE, do_nothing), 7);
    choose_guest(2);
    csr_write(vstopei, 0);
    csr_write(hgeie, 0);
}

/* Doors to the files. */
TEST(access)
{
    open_files();
    csr_write(siselect, EIDELIVERY);
    csr_write(vsiselect, EIDELIVERY);
    EXPECT_VIRTUAL(VS_MODE, read_sireg); /* VGEIN is 0 */
    EXPECT_VIRTUAL(VS_MODE, read_stopei);
    EXPECT_ILLEGAL(S_MODE, read_vsireg);
    EXPECT_ILLEGAL(S_MODE, read_vstopei);
    EXPECT_ILLEGAL(M_MODE, read_vstopei);
    choose_guest(1);
    EXPECT_VALUE(run(VS_MODE, read_sireg), 1);
    EXPECT_VALUE(run(S_MODE, read_vsireg), 1);
    EXPECT_VIRTUAL(VU_MODE, read_stopei);
    csr_write(vsiselect, EIP0 + 1);
    csr_write(siselect, EIE0 + 1);
    EXPECT_VIRTUAL(VS_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_vsireg);
    csr_write(vsiselect, EIP0);
    csr_write(siselect, EIE0);
    csr_write(mvien, BIT(SEI)); /* M keeps the supervisor's file, but not the guest's */
    EXPECT_ILLEGAL(S_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_stopei);
    EXPECT_RETURN(run(M_MODE, read_sireg));
    EXPECT_RETURN(run(S_MODE, read_vsireg));
    EXPECT_RETURN(run(VS_MODE, read_stopei));
    csr_write(mvien, 0);
    csr_clear(hstateen0, STATEEN_IMSIC);
    EXPECT_VIRTUAL(VS_MODE, read_sireg);
    EXPECT_VIRTUAL(VS_MODE, read_stopei);
    EXPECT_RETURN(run(S_MODE, read_vstopei));
    csr_clear(mstateen0, STATEEN_IMSIC);
    EXPECT_ILLEGAL(VS_MODE, read_sireg);
    EXPECT_ILLEGAL(VS_MODE, read_stopei);
    EXPECT_ILLEGAL(VU_MODE, read_stopei);
    EXPECT_ILLEGAL(S_MODE, read_stopei);
    EXPECT_ILLEGAL(S_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_vstopei);
    EXPECT_RETURN(run(M_MODE, read_vstopei));
    csr_write(mstateen0, ~0ull);
    csr_write(hstateen0, ~0ull);
}

/* "Only naturally aligned 32-bit simple reads and writes are supported." */
TEST(widths)
{
    SNIPPET(store_word, "sw a1, 0(a0)");
    SNIPPET(store_double, "sd a1, 0(a0)");
    SNIPPET(store_byte, "sb a1, 0(a0)");
    open_files();
    EXPECT_RETURN(run(S_MODE, store_word, &PAGE_S, 1));
    EXPECT_TRAP(run(S_MODE, store_double, &PAGE_S, 1), LEVEL_M, STORE_ACCESS, .tval = (u64)&PAGE_S);
    EXPECT_TRAP(run(S_MODE, store_byte, &PAGE_S, 1), LEVEL_M, STORE_ACCESS, .tval = (u64)&PAGE_S);
    csr_write(stopei, 0);
}

/* A wired interrupt, by hand, becomes an MSI for a guest. */
TEST(aplic)
{
    enum {
        DOMAINCFG = 0,
        SMSIADDRCFG = 0x1bc8,
        SMSIADDRCFGH = 0x1bcc,
        SETIPNUM = 0x1cdc,
        SETIENUM = 0x1edc,
        SOURCE = 50,
        SOURCECFG = 4 * SOURCE,
        TARGET = 0x3000 + 4 * SOURCE,
        D = 1 << 10,
        DETACHED = 1,
        IE = 1 << 8,
        GENMSI = 0x3000
    };
    open_files();
    APLIC_M(SMSIADDRCFG) = 0x28000000 >> 12;
    APLIC_M(SMSIADDRCFGH) = 2 << 20; /* LHXS: four pages a hart */
    APLIC_M(SOURCECFG) = D;
    APLIC_S(SOURCECFG) = DETACHED;
    APLIC_S(TARGET) = 1 << 12 | 40; /* hart 0, guest 1 */
    APLIC_S(SETIENUM) = SOURCE;
    APLIC_S(SETIPNUM) = SOURCE;
    CHECK_EQ(csr_read(hgeip), 0);
    APLIC_S(DOMAINCFG) = IE;
    CHECK_EQ(csr_read(hgeip), BIT(1));
    choose_guest(1);
    CHECK_EQ(csr_swap(vstopei, 0), 40 << 16 | 40);
    APLIC_S(GENMSI) = 41;
    CHECK_EQ(csr_swap(stopei, 0), 41 << 16 | 41);
    APLIC_S(DOMAINCFG) = 0;
    APLIC_M(SOURCECFG) = 0;
}
