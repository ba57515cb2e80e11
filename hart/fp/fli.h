/* The constants of Zfa's load-immediate instructions. */
#ifndef HART_FP_FLI_H
#define HART_FP_FLI_H

#include "hart/types.h"

/* Constant k (0 to 31) in each format. */
u64 fli_f16(unsigned k);
u64 fli_f32(unsigned k);
u64 fli_f64(unsigned k);

/* As a number. Constant 1 is that of single precision. */
double fli_value(unsigned k);

#endif
