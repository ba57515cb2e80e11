/* Plain types that every part of the simulator shares. */
#ifndef HART_TYPES_H
#define HART_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;

#define BIT(n)       (1ull << (n))
#define MASK(hi, lo) ((~0ull >> (63 - (hi))) & (~0ull << (lo)))
#define LIKELY(c)    __builtin_expect(!!(c), 1)
#define RARE(c)      __builtin_expect(!!(c), 0)

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT };
#define PAGE_OFFSET_MASK ((u64)PAGE_SIZE - 1)

#endif
