/* SFENCE.VMA, HFENCE.VVMA, HFENCE.GVMA and their Svinval halves (12.2.1, 22.3.2). */
#ifndef HEXT_FENCE_H
#define HEXT_FENCE_H

#include "hart/state.h"

enum fence_kind { FENCE_VMA, FENCE_VVMA, FENCE_GVMA };

/* address and id are the values of rs1 and rs2, which count when the instruction names a register
 * other than x0: a virtual address (FENCE_GVMA: guest-physical >> 2), an ASID (FENCE_GVMA: VMID).
 */
void hfence(struct hart *h, enum fence_kind kind, const struct insn *i, u64 address, u64 id);

#endif
