/* Faults of an instruction set, switched on on purpose (hart_config.quirks, --quirk): each lets
 * through in user modes an instruction that should trap, and is the twin of one of x86's. They are
 * for showing what a hypervisor loses when a sensitive instruction is not privileged
 * (docs/virtualizability.md). Only the stepper's rows ask for them. */
#ifndef HART_QUIRK_H
#define HART_QUIRK_H

#include "hart/state.h"

enum quirk {
    QUIRK_POPF = 1,  /* a write of sstatus is dropped, as POPF drops IF at CPL 3 */
    QUIRK_PUSHF = 2, /* a read of sstatus gives what S-mode sees, as PUSHF gives the real IF */
    QUIRK_SGDT = 4,  /* a read of satp gives what S-mode sees, as SGDT gives the real table */
    QUIRK_SFENCE = 8 /* sfence.vma does nothing, as on cores that forgot its check */
};

#define QUIRK_NAMES "popf, pushf, sgdt, sfence"

/* The quirks of a list such as "popf,sgdt"; 0 when a name in it is unknown. */
unsigned quirks_parse(const char *list);

/* Do the CSR instruction i the quirky way; write: it writes. False: nothing done, no quirk applies.
 * An instruction that both reads and writes needs both to be let through. */
bool quirk_csr(struct hart *h, const struct insn *i, bool write);

/* Is SFENCE.VMA to do nothing here? */
bool quirk_sfence(const struct hart *h);

#endif
