/* Guest memory as the host has it. Harts may run at the same time, each on a thread of the host,
 * and what one of them accesses another may access too; so every access goes through here.
 *
 * An aligned access of 1, 2, 4 or 8 bytes is one access to the host, never torn and never made
 * twice (RVWMO's single-copy atomicity, unpriv. spec 18.1.1), in no particular order: hosts order
 * plain accesses at least as RVWMO has them, x86's TSO and AArch64's dependencies, and fences, AMO,
 * LR and SC see to the rest. A misaligned access is no such thing on RISC-V either. */
#ifndef HART_HOST_H
#define HART_HOST_H

#include "hart/types.h"

typedef unsigned __int128 u128;
typedef u8 __attribute__((may_alias)) any_u8;
typedef u16 __attribute__((may_alias)) any_u16;
typedef u32 __attribute__((may_alias)) any_u32;
typedef u64 __attribute__((may_alias)) any_u64;
typedef u8 __attribute__((may_alias, aligned(1))) loose_u8;
typedef u16 __attribute__((may_alias, aligned(1))) loose_u16;
typedef u32 __attribute__((may_alias, aligned(1))) loose_u32;
typedef u64 __attribute__((may_alias, aligned(1))) loose_u64;

/* HOST_READ and HOST_WRITE: one access of a type at p. Where a plain instruction of the host takes
 * any address, a volatile access is that instruction. Elsewhere, and for ThreadSanitizer, which
 * believes in atomics alone, what is misaligned goes in pieces. */
#if (defined __x86_64__ || defined __aarch64__) && !defined __SANITIZE_THREAD__
#define HOST_ONE_ACCESS(p, size)   true
#define HOST_READ(type, p)         (*(const volatile loose_##type *)(p))
#define HOST_WRITE(type, p, value) *(volatile loose_##type *)(p) = (type)(value)
#else
#define HOST_ONE_ACCESS(p, size) (!((u64)(p) & ((size)-1)))
#define HOST_READ(type, p)       __atomic_load_n((const any_##type *)(p), __ATOMIC_RELAXED)
#define HOST_WRITE(type, p, value)                                                                 \
    __atomic_store_n((any_##type *)(p), (type)(value), __ATOMIC_RELAXED)
#endif

/* size bytes at p, zero-extended; 1 to 8 of them. */
static inline u64 host_load(const u8 *p, unsigned size)
{
    u64 v = 0;
    if (HOST_ONE_ACCESS(p, size)) {
        switch (size) {
        case 1: return HOST_READ(u8, p);
        case 2: return HOST_READ(u16, p);
        case 4: return HOST_READ(u32, p);
        case 8: return HOST_READ(u64, p);
        default: break; /* the part of a misaligned access that lies on one page */
        }
    }
    for (unsigned k = 0; k < size; k++) v |= (u64)HOST_READ(u8, p + k) << 8 * k;
    return v;
}

static inline void host_store(u8 *p, unsigned size, u64 v)
{
    if (HOST_ONE_ACCESS(p, size)) {
        switch (size) {
        case 1: HOST_WRITE(u8, p, v); return;
        case 2: HOST_WRITE(u16, p, v); return;
        case 4: HOST_WRITE(u32, p, v); return;
        case 8: HOST_WRITE(u64, p, v); return;
        default: break;
        }
    }
    for (unsigned k = 0; k < size; k++) HOST_WRITE(u8, p + k, v >> 8 * k);
}

/* Where *old is, put new_value; true when it was there. *old becomes what was. With shared, that is
 * one access and orders all others of this thread around it, as AMO.aqrl does; without, nobody
 * else is there to see. p is aligned. */
#define HOST_SWAP(type)                                                                            \
    static inline bool host_swap_##type(bool shared, u8 *host, type *old, type new_value)          \
    {                                                                                              \
        any_##type *p = (any_##type *)host;                                                        \
        if (RARE(shared))                                                                          \
            return __atomic_compare_exchange_n(p, old, new_value, false, __ATOMIC_SEQ_CST,         \
                                               __ATOMIC_SEQ_CST);                                  \
        type found = *p;                                                                           \
        bool same = found == *old;                                                                 \
        if (same) *p = new_value;                                                                  \
        *old = found;                                                                              \
        return same;                                                                               \
    }
HOST_SWAP(u8)
HOST_SWAP(u16)
HOST_SWAP(u32)
HOST_SWAP(u64)
#undef HOST_SWAP

/* Does a FENCE between harts that run at the same time, with these sets (fm, predecessors,
 * successors, four bits each), need a fence of the host? x86 lets loads pass earlier stores and
 * nothing else, which FENCE.TSO does not mind. */
static inline bool host_needs_fence(s32 sets)
{
#ifdef __x86_64__
    enum { TSO = 0x833, WRITES_BEFORE = 0x50, READS_BEHIND = 0x0a };
    return (sets & 0xfff) != TSO && (sets & WRITES_BEFORE) && (sets & READS_BEHIND);
#else
    enum { BEFORE = 0xf0, BEHIND = 0x0f };
    return (sets & BEFORE) && (sets & BEHIND);
#endif
}

/* FENCE W, 0 is PAUSE (Zihintpause). */
static inline bool host_is_pause(s32 sets)
{
    enum { PAUSE = 0x010 };
    return (sets & 0xfff) == PAUSE;
}

bool host_swap_u128(bool shared, u8 *host, u128 *old, u128 new_value);

#endif
