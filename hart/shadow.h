/* The instructions that act on a shadow stack through ssp (Zicfiss). */
#ifndef HART_SHADOW_H
#define HART_SHADOW_H

#include "hart/state.h"

/* Are shadow stacks on in the present mode (priv. spec, xSSE)? In M-mode never. */
bool shadow_on(const struct hart *h);

/* SSPUSH and SSPOPCHK of this link register's value. Where shadow stacks are off, nothing. */
enum status shadow_push(struct hart *h, u64 link);
enum status shadow_pop_check(struct hart *h, u64 link);

#endif
