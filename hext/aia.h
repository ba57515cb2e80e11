/* What the Advanced Interrupt Architecture adds for guests (RISC-V AIA 1.0: "Interrupts for Virtual
 * Machines (VS Level)"). */
#ifndef HEXT_AIA_H
#define HEXT_AIA_H

#include "hart/aia.h"

/* The guest's interrupt file, by the number that hart_msi takes; 0: VGEIN chooses none. */
unsigned guest_file(const struct hart *h);

/* vsip and vsie, as hideleg and hvien make them. */
u64 vsip_of(const struct hart *h);
u64 vsie_of(const struct hart *h);
void write_vsip(struct hart *h, u64 value);
void write_vsie(struct hart *h, u64 value);

/* vstopi. */
u64 vstopi_of(const struct hart *h);

/* What a guest may do, once M-mode's gates are passed; false: a virtual instruction. number is that
 * of a supervisor CSR, and the mode VS. */
bool guest_ireg_open(const struct hart *h);
bool guest_topei_open(const struct hart *h);

CSR_SET(set_hvip);
CSR_GET(get_vsireg);
CSR_SET(set_vsireg);
CSR_GET(get_vstopei);
CSR_SET(set_vstopei);
CSR_GET(get_vstopi);

#endif
