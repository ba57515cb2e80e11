/* Which instructions may run in which mode. Each function gives 0, EXC_ILLEGAL or EXC_VIRTUAL.
 *
 * The rule behind all of them (22.6.1): what HS-mode could not do either is illegal; what it could
 * do, but the guest may not, is a virtual instruction. */
#ifndef HEXT_GATE_H
#define HEXT_GATE_H

#include "hart/state.h"

u64 mret_gate(const struct hart *h);         /* and mnret */
u64 sret_gate(const struct hart *h);         /* TSR, VTSR */
u64 wfi_gate(const struct hart *h);          /* TW, VTW */
u64 sfence_gate(const struct hart *h);       /* TVM, VTVM: sfence.vma, sinval.vma */
u64 sinval_gate(const struct hart *h);       /* sfence.w.inval, sfence.inval.ir */
u64 hfence_vvma_gate(const struct hart *h);  /* and hinval.vvma */
u64 hfence_gvma_gate(const struct hart *h);  /* TVM; and hinval.gvma */
u64 hlv_gate(const struct hart *h);          /* hstatus.HU */
u64 cbo_gate(const struct hart *h, u64 bit); /* ENVCFG_CBCFE or ENVCFG_CBZE in the envcfg chain */
u64 cbo_inval_gate(const struct hart *h);    /* CBIE in the envcfg chain */

#endif
