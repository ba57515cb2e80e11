/* The Advanced Interrupt Architecture on a hart without an IMSIC: filtering of interrupts by
 * M-mode, interrupts that the hypervisor makes up, top interrupts, and who may access what (RISC-V
 * AIA 1.0, its chapters on CSRs and on interrupts at each level). */
#include "aia.inc"

SNIPPET(read_hvien, "csrr a0, hvien");
SNIPPET(read_sip, "csrr a0, sip");
SNIPPET(read_sie, "csrr a0, sie");
SNIPPET(read_stimecmp, "csrr a0, stimecmp");
SNIPPET(write_stimecmp, "csrw stimecmp, a0");
SNIPPET(read_time, "rdtime a0");

/* ---- M-mode's filters ---- */

/* mvien lets mvip's bits through to sip, while mideleg is 0; sie's bits are then its own. */
TEST(mvip_reaches_s)
{
    plain();
    csr_write(mvip, BIT(SSI) | BIT(SEI));
    csr_write(mie, 0);
    EXPECT_VALUE(run(S_MODE, read_sip), 0);
    csr_write(mip, 0);
    csr_write(mvien, BIT(SSI) | BIT(SEI));
    csr_write(mvip, BIT(SEI));
    CHECK_EQ(csr_read(mvien), BIT(SSI) | BIT(SEI));
    CHECK_EQ(csr_read(mip), 0);
    EXPECT_VALUE(run(S_MODE, read_sip), BIT(SEI));
    csr_write(sie, BIT(SEI));
    CHECK_EQ(csr_read(mie), 0);
    CHECK_EQ(csr_read(sie), BIT(SEI));
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    EXPECT_INTERRUPT(run(U_MODE, do_nothing), LEVEL_HS, SEI);
    csr_set(sstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, SEI);
    csr_write(mvien, 0);
    csr_write(mvip, 0);
}

/* An interrupt that is not delegated still goes to M. */
TEST(filtered_goes_to_m)
{
    plain();
    csr_write(mvien, BIT(SSI));
    csr_write(sie, BIT(SSI));
    csr_write(mie, BIT(SSI));
    csr_write(mip, BIT(SSI));
    csr_set(sstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_M, SSI);
    csr_write(mip, 0);
    EXPECT_VALUE(run(S_MODE, do_nothing), 7);
    csr_write(mvip, BIT(SSI));
    CHECK_EQ(csr_read(mip), 0);
    EXPECT_INTERRUPT(run(S_MODE, do_nothing), LEVEL_HS, SSI);
    plain();
}

/* Without mvien, mvip's SSIP and SEIP are mip's. */
TEST(mvip_aliases)
{
    plain();
    csr_write(mip, BIT(SSI));
    CHECK_EQ(csr_read(mvip) & BIT(SSI), BIT(SSI));
    csr_write(mvip, BIT(SEI));
    CHECK_EQ(csr_read(mip), BIT(SEI));
    csr_write(mip, 0);
    CHECK_EQ(csr_read(mvip) & (BIT(SSI) | BIT(SEI)), 0);
}

/* ---- top interrupts ---- */

TEST(mtopi_and_stopi)
{
    plain();
    CHECK_EQ(csr_read(mtopi), 0);
    csr_write(mie, BIT(SSI) | BIT(STI) | BIT(SEI));
    CHECK_EQ(csr_read(mtopi), 0);
    csr_write(mip, BIT(STI));
    CHECK_EQ(csr_read(mtopi) >> 16, STI);
    csr_set(mip, BIT(SSI));
    CHECK_EQ(csr_read(mtopi) >> 16, SSI);
    csr_set(mip, BIT(SEI));
    CHECK_EQ(csr_read(mtopi) >> 16, SEI);
    CHECK_EQ(csr_read(stopi), 0);
    csr_write(mideleg, BIT(SSI));
    CHECK_EQ(csr_read(stopi) >> 16, SSI);
    CHECK_EQ(csr_read(mtopi) >> 16, SEI);
    csr_write(mip, BIT(SSI));
    CHECK_EQ(csr_read(mtopi), 0);
    EXPECT_VALUE(run(S_MODE, read_stopi), csr_read(stopi));
    csr_write(mideleg, 0);
    csr_write(mip, 0);
}

/* Of what hideleg passes on, in the guest's numbers. */
TEST(guest_top)
{
    plain();
    csr_write(hie, BIT(VSSI) | BIT(VSTI) | BIT(VSEI));
    csr_write(hvip, BIT(VSTI));
    CHECK_EQ(csr_read(vstopi), 0);
    CHECK_EQ(csr_read(stopi) >> 16, VSTI);
    csr_write(hideleg, BIT(VSSI) | BIT(VSTI) | BIT(VSEI));
    CHECK_EQ(csr_read(vstopi), TOPI(STI, 1));
    CHECK_EQ(csr_read(stopi), 0);
    csr_write(hvip, BIT(VSTI) | BIT(VSSI));
    EXPECT_VALUE(run(VS_MODE, read_stopi), TOPI(SSI, 1));
    csr_write(hvip, BIT(VSTI) | BIT(VSSI) | BIT(VSEI));
    EXPECT_VALUE(run(VS_MODE, read_stopi), TOPI(SEI, 1));
    csr_write(hvictl, IPRIOM); /* no controller says its priority: 256, shown as 255 */
    CHECK_EQ(csr_read(vstopi), TOPI(SEI, 255));
    plain();
}

/* ---- hvictl ---- */

/* VTI: the guest has the interrupt that hvictl says, whatever vsip has. */
TEST(injection)
{
    plain();
    csr_write(hvictl, VTI | IID(STI));
    CHECK_EQ(csr_read(vstopi), TOPI(STI, 1));
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, STI);
    csr_clear(vsstatus, STATUS_SIE);
    EXPECT_VALUE(run(VS_MODE, do_nothing), 7);
    csr_set(vsstatus, STATUS_SIE);
    EXPECT_INTERRUPT(run(VS_MODE, do_nothing), LEVEL_VS, STI);
    EXPECT_VALUE(run(U_MODE, do_nothing), 7);
    csr_write(hvictl, VTI | IID(63));
    EXPECT_INTERRUPT(run(VU_MODE, do_nothing), LEVEL_VS, 63);
    csr_write(hvictl, VTI | IID(SEI)); /* none */
    CHECK_EQ(csr_read(vstopi), 0);
    EXPECT_VALUE(run(VU_MODE, do_nothing), 7);
    csr_write(hideleg, BIT(VSSI) | BIT(VSEI));
    csr_write(hie, BIT(VSSI) | BIT(VSEI));
    csr_write(hvip, BIT(VSSI));
    CHECK_EQ(csr_read(vstopi), 0); /* vsip's own do not count, but SEI does */
    csr_write(hvip, BIT(VSSI) | BIT(VSEI));
    CHECK_EQ(csr_read(vstopi), TOPI(SEI, 1));
    plain();
}

/* IPRIO and DPR rank it against the external interrupt. */
TEST(injected_priority)
{
    plain();
    csr_write(hideleg, BIT(VSEI));
    csr_write(hie, BIT(VSEI));
    csr_write(hvip, BIT(VSEI));
    csr_write(hvictl, VTI | IPRIOM | IID(STI) | 200);
    CHECK_EQ(csr_read(vstopi), TOPI(STI, 200)); /* before 256 */
    csr_write(hvictl, VTI | IPRIOM | IID(STI) | DPR);
    CHECK_EQ(csr_read(vstopi), TOPI(SEI, 255)); /* 0 is behind it */
    csr_write(hvictl, VTI | IPRIOM | IID(STI));
    CHECK_EQ(csr_read(vstopi), TOPI(STI, 0)); /* or before it */
    csr_write(hvictl, IPRIOM | IID(SEI) | 3); /* VGEIN is 0: hvictl has the priority of SEI */
    CHECK_EQ(csr_read(vstopi), TOPI(SEI, 3));
    plain();
}

/* VTI: sip and sie are the hypervisor's to emulate, and writes of stimecmp. */
TEST(vti_traps)
{
    plain();
    csr_write(mcounteren, ~0ull);
    csr_write(hcounteren, ~0ull);
    csr_write(menvcfg, ENVCFG_STCE);
    csr_write(henvcfg, ENVCFG_STCE);
    EXPECT_RETURN(run(VS_MODE, read_sip));
    EXPECT_RETURN(run(VS_MODE, write_stimecmp, ~0ull));
    csr_write(hvictl, VTI | IID(SEI));
    EXPECT_VIRTUAL(VS_MODE, read_sip);
    EXPECT_VIRTUAL(VS_MODE, read_sie);
    EXPECT_VIRTUAL(VS_MODE, write_stimecmp);
    EXPECT_RETURN(run(VS_MODE, read_stimecmp));
    EXPECT_RETURN(run(VS_MODE, read_time));
    EXPECT_RETURN(run(S_MODE, read_sip));
    EXPECT_RETURN(run(S_MODE, write_stimecmp, ~0ull));
    plain();
}

/* ---- who may ---- */

TEST(windows)
{
    plain();
    for (u64 k = 0x30; k <= 0x3f; k++) {
        note(k);
        csr_write(miselect, k);
        csr_write(siselect, k);
        csr_write(vsiselect, k);
        if (k % 2) {
            EXPECT_ILLEGAL(M_MODE, read_mireg);
            EXPECT_ILLEGAL(S_MODE, read_sireg);
        } else {
            EXPECT_VALUE(run(M_MODE, read_mireg), 0);
            EXPECT_VALUE(run(S_MODE, read_sireg), 0);
        }
        EXPECT_VIRTUAL(VS_MODE, read_sireg);
        EXPECT_ILLEGAL(S_MODE, read_vsireg);
    }
    csr_write(miselect, 0x70); /* no IMSIC */
    csr_write(siselect, 0x70);
    csr_write(vsiselect, 0x70);
    EXPECT_ILLEGAL(M_MODE, read_mireg);
    EXPECT_ILLEGAL(S_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_vsireg);
    EXPECT_VIRTUAL(VS_MODE, read_sireg);
    EXPECT_VIRTUAL(VU_MODE, read_sireg);
    EXPECT_VIRTUAL(VS_MODE, read_vsireg);
    EXPECT_ILLEGAL(S_MODE, read_stopei);
    EXPECT_ILLEGAL(S_MODE, read_vstopei);
    EXPECT_VIRTUAL(VS_MODE, read_stopei);
    EXPECT_VIRTUAL(VU_MODE, read_stopei);
    EXPECT_VIRTUAL(VS_MODE, read_vsiselect);
    EXPECT_VIRTUAL(VS_MODE, read_vstopi);
    EXPECT_VIRTUAL(VS_MODE, read_hvien);
    EXPECT_ILLEGAL(U_MODE, read_siselect);
}

TEST(vsiselect_stands_in)
{
    SNIPPET(write_siselect, "csrw siselect, a0");
    plain();
    csr_write(siselect, 0x30);
    EXPECT_RETURN(run(VS_MODE, write_siselect, 0x1ff));
    CHECK_EQ(csr_read(siselect), 0x30);
    CHECK_EQ(csr_read(vsiselect), 0x1ff);
}

TEST(state_enables)
{
    plain();
    csr_write(siselect, 0x30);
    csr_write(vsiselect, 0x30);
    csr_clear(hstateen0, STATEEN_CSRIND);
    EXPECT_VIRTUAL(VS_MODE, read_siselect);
    EXPECT_VIRTUAL(VS_MODE, read_sireg);
    EXPECT_RETURN(run(S_MODE, read_vsiselect));
    csr_clear(hstateen0, STATEEN_AIA);
    EXPECT_VIRTUAL(VS_MODE, read_stopi);
    EXPECT_RETURN(run(S_MODE, read_stopi));
    csr_clear(mstateen0, STATEEN_CSRIND);
    EXPECT_ILLEGAL(S_MODE, read_siselect);
    EXPECT_ILLEGAL(S_MODE, read_sireg);
    EXPECT_ILLEGAL(S_MODE, read_vsiselect);
    EXPECT_ILLEGAL(VS_MODE, read_siselect);
    EXPECT_ILLEGAL(VS_MODE, read_vsireg);
    EXPECT_ILLEGAL(VU_MODE, read_sireg);
    EXPECT_RETURN(run(S_MODE, read_stopi));
    csr_clear(mstateen0, STATEEN_AIA);
    EXPECT_ILLEGAL(S_MODE, read_stopi);
    EXPECT_ILLEGAL(S_MODE, read_hvien);
    EXPECT_ILLEGAL(VS_MODE, read_stopi);
    EXPECT_ILLEGAL(VS_MODE, read_vstopi);
    EXPECT_RETURN(run(M_MODE, read_stopi));
    csr_set(mstateen0, STATEEN_CSRIND);
    EXPECT_ILLEGAL(S_MODE, read_sireg); /* priorities are AIA's */
    EXPECT_VIRTUAL(VS_MODE, read_vsireg);
    csr_write(mstateen0, ~0ull);
    CHECK_EQ(csr_read(mstateen0) & STATEEN_IMSIC, 0);
}
