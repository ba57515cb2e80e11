#include "hart/fp/fli.h"
#include "hart/fp/fp.h"

#include <string.h>

/* Unpriv. spec, Zfa, table "Immediate values loaded by the FLI.S instruction". */
static const float values[32] = {
    -1,
    0x1p-126f,
    0x1p-16f,
    0x1p-15f,
    0x1p-8f,
    0x1p-7f,
    0.0625f,
    0.125f,
    0.25f,
    0.3125f,
    0.375f,
    0.4375f,
    0.5f,
    0.625f,
    0.75f,
    0.875f,
    1,
    1.25f,
    1.5f,
    1.75f,
    2,
    2.5f,
    3,
    4,
    8,
    16,
    128,
    256,
    0x1p15f,
    0x1p16f,
    __builtin_inff(),
    __builtin_nanf(""),
};
enum { SMALLEST_NORMAL = 1 };

double fli_value(unsigned k)
{
    return (double)values[k];
}

u64 fli_f32(unsigned k)
{
    u32 bits;
    memcpy(&bits, &values[k], sizeof bits);
    return bits;
}

/* The constants are the same numbers in the other formats, except the smallest normal one; what is
 * too great for half precision is infinity there, which rounding makes of it. */
u64 fli_f64(unsigned k)
{
    unsigned no_flags = 0;
    return k == SMALLEST_NORMAL ? BIT(52) : f32_to_f64(fli_f32(k), FP_RNE, &no_flags);
}

u64 fli_f16(unsigned k)
{
    unsigned no_flags = 0;
    return k == SMALLEST_NORMAL ? BIT(10) : f32_to_f16(fli_f32(k), FP_RNE, &no_flags);
}
