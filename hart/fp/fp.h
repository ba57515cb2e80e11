/* Floating point in integer code: binary16, binary32 and binary64 (IEEE 754-2019) by RISC-V's rules
 * (unprivileged specification, chapters F, D, Zfh and Zfa), exact to the bit in every rounding
 * mode.
 *
 * A number is its bit pattern in the low bits of a u64. Bits above the format are ignored in
 * operands and zero in results: NaN boxing is the caller's. Every NaN result is the canonical one.
 * Flags are only ever set, so the caller may hand in the accrued ones. Tininess is detected after
 * rounding. rm is 0 to 4; the reserved modes must have trapped before.
 */
#ifndef HART_FP_FP_H
#define HART_FP_FP_H

#include "hart/types.h"

/* As in frm: nearest (ties to even), to zero, down, up, nearest (ties to the greater magnitude). */
enum { FP_RNE, FP_RTZ, FP_RDN, FP_RUP, FP_RMM, FP_DYNAMIC = 7 };

/* As in fflags: inexact, underflow, overflow, division by zero, invalid. */
enum { FP_NX = 1, FP_UF = 2, FP_OF = 4, FP_DZ = 8, FP_NV = 16 };

/* The operations of format F, which is f16, f32 or f64.
 *
 * fma is a * b + c, rounded once; zero times infinity is invalid even when c is a quiet NaN. The
 * instructions that negate a product or an addend flip the sign bits of a and c.
 *
 * min and max prefer a number to a NaN (minimumNumber), minm and maxm give a NaN for any NaN
 * (minimum); to all four -0 is less than +0.
 *
 * Comparisons return 0 or 1, and 0 for a NaN. lt and le are invalid for any NaN; eq and the quiet
 * ltq and leq only for a signalling one. classify returns the one-hot mask of FCLASS.
 *
 * round gives the nearest integer in the same format, roundnx also reports when that was inexact.
 *
 * Conversions to integers return the register's value: 32-bit results are sign-extended, unsigned
 * ones too. What does not fit saturates and is invalid; a NaN counts as plus infinity. */
#define FP_DECLARE(F)                                                                              \
    u64 F##_add(u64 a, u64 b, unsigned rm, unsigned *flags);                                       \
    u64 F##_sub(u64 a, u64 b, unsigned rm, unsigned *flags);                                       \
    u64 F##_mul(u64 a, u64 b, unsigned rm, unsigned *flags);                                       \
    u64 F##_div(u64 a, u64 b, unsigned rm, unsigned *flags);                                       \
    u64 F##_sqrt(u64 a, unsigned rm, unsigned *flags);                                             \
    u64 F##_fma(u64 a, u64 b, u64 c, unsigned rm, unsigned *flags);                                \
                                                                                                   \
    u64 F##_min(u64 a, u64 b, unsigned *flags);                                                    \
    u64 F##_max(u64 a, u64 b, unsigned *flags);                                                    \
    u64 F##_minm(u64 a, u64 b, unsigned *flags);                                                   \
    u64 F##_maxm(u64 a, u64 b, unsigned *flags);                                                   \
                                                                                                   \
    u64 F##_eq(u64 a, u64 b, unsigned *flags);                                                     \
    u64 F##_lt(u64 a, u64 b, unsigned *flags);                                                     \
    u64 F##_le(u64 a, u64 b, unsigned *flags);                                                     \
    u64 F##_ltq(u64 a, u64 b, unsigned *flags);                                                    \
    u64 F##_leq(u64 a, u64 b, unsigned *flags);                                                    \
    u64 F##_classify(u64 a);                                                                       \
                                                                                                   \
    u64 F##_round(u64 a, unsigned rm, unsigned *flags);                                            \
    u64 F##_roundnx(u64 a, unsigned rm, unsigned *flags);                                          \
                                                                                                   \
    u64 F##_to_i32(u64 a, unsigned rm, unsigned *flags);                                           \
    u64 F##_to_u32(u64 a, unsigned rm, unsigned *flags);                                           \
    u64 F##_to_i64(u64 a, unsigned rm, unsigned *flags);                                           \
    u64 F##_to_u64(u64 a, unsigned rm, unsigned *flags);                                           \
    u64 i32_to_##F(s32 x, unsigned rm, unsigned *flags);                                           \
    u64 u32_to_##F(u32 x, unsigned rm, unsigned *flags);                                           \
    u64 i64_to_##F(s64 x, unsigned rm, unsigned *flags);                                           \
    u64 u64_to_##F(u64 x, unsigned rm, unsigned *flags);

FP_DECLARE(f16)
FP_DECLARE(f32)
FP_DECLARE(f64)
#undef FP_DECLARE

/* Between formats. Widening never rounds; it takes rm so that all conversions look alike. */
u64 f16_to_f32(u64 a, unsigned rm, unsigned *flags);
u64 f16_to_f64(u64 a, unsigned rm, unsigned *flags);
u64 f32_to_f16(u64 a, unsigned rm, unsigned *flags);
u64 f32_to_f64(u64 a, unsigned rm, unsigned *flags);
u64 f64_to_f16(u64 a, unsigned rm, unsigned *flags);
u64 f64_to_f32(u64 a, unsigned rm, unsigned *flags);

/* FCVTMOD.W.D: a, rounded to zero, modulo 2^32, sign-extended; 0 for infinities and NaNs. Flags are
 * those of f64_to_i32. */
u64 f64_mod_i32(u64 a, unsigned *flags);

#endif
