/* Guest interrupts: what the hypervisor extension adds to the pending set. */
#ifndef HEXT_INTERRUPT_H
#define HEXT_INTERRUPT_H

#include "hart/state.h"

/* VSSIP, VSTIP, VSEIP and SGEIP as they stand now. */
u64 hext_pending(const struct hart *h);

/* A VS interrupt's number as VS-mode sees it; LCOFI is not renumbered. */
int vs_cause(int number);

/* When vstimecmp will next raise VSTIP, in mtime, as seen from now; ~0: never. */
u64 hext_deadline(const struct hart *h, u64 now);

#endif
