/* For test_aia*.c: harts with the Advanced Interrupt Architecture, their CSRs and windows. */
#ifndef TEST_AIA_H
#define TEST_AIA_H

#include "hart/interrupt.h"
#include "tests/host/test_csr.h"

enum {
    SIE = 0x104,
    SIP = 0x144,
    STOPI = 0xdb0,
    MIDELEG = 0x303,
    MIE = 0x304,
    MIP = 0x344,
    MVIEN = 0x308,
    MVIP = 0x309,
    MISELECT = 0x350,
    MIREG = 0x351,
    MTOPEI = 0x35c,
    MTOPI = 0xfb0,
    SISELECT = 0x150,
    SIREG = 0x151,
    STOPEI = 0x15c,
    HSTATUS = 0x600,
    HIDELEG = 0x603,
    HIE = 0x604,
    HGEIE = 0x607,
    HVIEN = 0x608,
    HVICTL = 0x609,
    HVIP = 0x645,
    HVIPRIO1 = 0x646,
    HVIPRIO2 = 0x647,
    HGEIP = 0xe12,
    VSIE = 0x204,
    VSIP = 0x244,
    VSISELECT = 0x250,
    VSIREG = 0x251,
    VSTOPEI = 0x25c,
    VSTOPI = 0xeb0,
    MENVCFG = 0x30a
};
enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP = 0x80, EIE = 0xc0 };
enum { GUESTS = 3, FILE_M = 0, FILE_S = 1 };

/* 13, 35 and 43: the local interrupts of the table of major interrupts. */
#define LOCAL (BIT(13) | BIT(35) | BIT(43))

static struct isa isa;

static inline struct hart *new_one(bool imsic)
{
    struct hart *h = new_aia_hart(&isa, imsic, GUESTS);
    write_in_m(h, 0x30c, ~0ull);
    write_in_m(h, 0x60c, ~0ull);
    return h;
}

static inline u64 kept(struct hart *h, unsigned number, u64 value)
{
    write_in_m(h, number, value);
    return peek(h, number);
}

/* One register of a level's window. */
static inline void put(struct hart *h, unsigned select, u64 which, u64 value)
{
    write_in_m(h, select, which);
    write_in_m(h, select + 1, value);
}

static inline u64 look(struct hart *h, unsigned select, u64 which)
{
    write_in_m(h, select, which);
    return peek(h, select + 1);
}

#endif
