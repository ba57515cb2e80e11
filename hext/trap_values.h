/* What the hypervisor extension writes and reads at a trap and a return (22.6). */
#ifndef HEXT_TRAP_VALUES_H
#define HEXT_TRAP_VALUES_H

#include "hart/state.h"

/* At trap entry to level, before the mode changes: previous V, SPVP, GVA, tval2 and tinst. */
void hext_trap_values(struct hart *h, enum level level);

/* The V that MRET or SRET at this level returns to; clears the field that said so. */
bool hext_return_virt(struct hart *h, enum level level, unsigned priv);

/* mtinst or htinst for an exception: 0, a pseudoinstruction, or the instruction transformed. */
u64 hext_tinst(const struct insn *insn, const struct exception_info *e);

#endif
