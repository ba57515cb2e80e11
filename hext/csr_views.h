/* The computed CSRs of the hypervisor extension, and the fields of others that it adds. */
#ifndef HEXT_CSR_VIEWS_H
#define HEXT_CSR_VIEWS_H

#include "hart/csr.h"

/* Exceptions that HS may delegate to VS (22.2.2, table 32). */
#define HEDELEG_MASK                                                                               \
    (MASK(8, 0) | BIT(EXC_FETCH_PAGE) | BIT(EXC_LOAD_PAGE) | BIT(EXC_STORE_PAGE) |                 \
     BIT(EXC_SOFTWARE_CHECK) | BIT(EXC_HARDWARE_ERROR))

/* Exceptions that exist with H only, and which M may delegate to HS. */
#define MEDELEG_H                                                                                  \
    (BIT(EXC_ECALL_VS) | BIT(EXC_FETCH_GUEST) | BIT(EXC_LOAD_GUEST) | BIT(EXC_VIRTUAL) |           \
     BIT(EXC_STORE_GUEST))

/* Interrupts that mideleg hands to HS for good when H is there: those of VS, and SGEI when there
 * are guest external interrupts (3.1.8). They are also the bits of hie and hip. */
u64 mideleg_fixed(const struct hart *h);

CSR_SET(set_hstatus);
CSR_GET(get_hideleg);
CSR_SET(set_hideleg);
CSR_GET(get_hie);
CSR_SET(set_hie);
CSR_GET(get_hip);
CSR_SET(set_hip);
CSR_GET(get_hgeie);
CSR_SET(set_hgeie);
CSR_GET(get_hgeip);
CSR_GET(get_henvcfg);
CSR_SET(set_henvcfg);
CSR_GET(get_hstateen);
CSR_SET(set_hstateen);
CSR_GET(get_hgatp);
CSR_SET(set_hgatp);
CSR_SET(set_vsstatus);
CSR_GET(get_vsie);
CSR_SET(set_vsie);
CSR_GET(get_vsip);
CSR_SET(set_vsip);
CSR_GET(get_vsatp);
CSR_SET(set_vsatp);

/* mideleg or mvien was written: what S-mode has no part in is read-only zero in hideleg (AIA). */
void hideleg_follow(struct hart *h);

/* menvcfg or henvcfg was written: fields of vsstatus that they turn off become zero. */
void vsstatus_follow(struct hart *h);

/* henvcfg as it counts: ADUE, PBMTE, STCE, DTE and SSE are read-only zero where menvcfg has them 0.
 */
u64 henvcfg_effective(const struct hart *h);

/* What V=1 adds to a CSR's verdict once M-mode's gates are passed: 0 or EXC_VIRTUAL. */
u64 hext_csr_verdict(const struct hart *h, unsigned number, unsigned gate, bool write);

#endif
