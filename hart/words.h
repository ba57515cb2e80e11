/* The words of the rows (hart/rows.def) bound to C arithmetic, for the stepper and the block
 * engine.
 *
 * An includer defines, before including the rows inside functions of (struct hart *h,
 * const struct insn *i):
 *     LOAD(va, size, &v)  STORE(va, size, v)     enum status
 *     ATOMIC(access, va, size, &host, &pa)       enum status
 *     NOTE_LOAD(va, size, v)                     a statement: an atomic has loaded v
 *     WROTE(va, pa, size, v)                     a statement: it has stored v
 *     NOTE_CSR(number)                           a statement: a CSR has changed on the side
 *     ILLEGAL()  MISALIGNED(target)              statements that return
 *     LAND()                                     a statement: the jump must land on lpad
 *     SYS(s)                                     a statement
 * This header is not to be included by anything else. */
#include "hart/fp/fli.h"
#include "hart/fp/fp.h"
#include "hart/host.h"
#include "hart/monitor.h"
#include "hart/state.h"

#include <string.h>

typedef __int128 s128;

static inline u64 words_div(s64 a, s64 b)
{
    return b == 0 ? ~0ull : b == -1 ? -(u64)a : (u64)(a / b);
}
static inline u64 words_rem(s64 a, s64 b)
{
    return b == 0 ? (u64)a : b == -1 ? 0 : (u64)(a % b);
}

/* Bits 126:63 of the carry-less product; bits 63:0 by shifting the other way. */
static inline u64 words_clmulr(u64 a, u64 b)
{
    u64 r = 0;
    for (unsigned k = 0; k < 64; k++)
        if (b >> k & 1) r ^= a >> (63 - k);
    return r;
}
static inline u64 words_clmul(u64 a, u64 b)
{
    u64 r = 0;
    for (unsigned k = 0; k < 64; k++)
        if (b >> k & 1) r ^= a << k;
    return r;
}
static inline u64 words_orc_b(u64 a)
{
    a |= (a & 0x7f7f7f7f7f7f7f7full) + 0x7f7f7f7f7f7f7f7full; /* bit 7 of each byte: any set */
    return (a >> 7 & 0x0101010101010101ull) * 0xff;
}

/* ---- operands and constants ---- */
#define RS1   h->x[i->rs1]
#define RS2   h->x[i->rs2]
#define RD    h->x[i->rd & 31]
#define IMM   ((u64)(s64)i->imm)
#define PC    (h->page_va + i->offset)
#define NEXT  (h->page_va + i->offset + i->len)
#define K(c)  ((u64)(s64)(c))
#define IT    it
#define WR(v) h->x[i->rd] = (v);

/* ---- arithmetic ---- */
#define ADD(a, b)       ((a) + (b))
#define SUB(a, b)       ((a) - (b))
#define AND(a, b)       ((a) & (b))
#define OR(a, b)        ((a) | (b))
#define XOR(a, b)       ((a) ^ (b))
#define NOT(a)          (~(a))
#define SLL(a, b)       ((a) << ((b)&63))
#define SRL(a, b)       ((a) >> ((b)&63))
#define SRA(a, b)       ((u64)((s64)(a) >> ((b)&63)))
#define SLL32(a, b)     ((u64)((u32)(a) << ((b)&31)))
#define SRL32(a, b)     ((u64)((u32)(a) >> ((b)&31)))
#define SRA32(a, b)     ((u64)((s32)(a) >> ((b)&31)))
#define S32(a)          ((s32)(a)) /* as an argument of that type */
#define U32(a)          ((u32)(a))
#define S64(a)          ((s64)(a))
#define SX(a)           ((u64)(s64)(s32)(a))
#define ZX(a)           ((u64)(u32)(a))
#define AS(type, a)     ((u64)(type)(a))
#define EQ(a, b)        ((a) == (b))
#define NE(a, b)        ((a) != (b))
#define LT(a, b)        ((s64)(a) < (s64)(b))
#define GE(a, b)        ((s64)(a) >= (s64)(b))
#define LTU(a, b)       ((a) < (b))
#define GEU(a, b)       ((a) >= (b))
#define SELECT(c, a, b) ((c) ? (a) : (b))
#define MUL(a, b)       ((a) * (b))
#define MULH(a, b)      ((u64)((s128)(s64)(a) * (s64)(b) >> 64))
#define MULHU(a, b)     ((u64)((u128)(a) * (b) >> 64))
#define DIV(a, b)       words_div((s64)(a), (s64)(b))
#define REM(a, b)       words_rem((s64)(a), (s64)(b))
#define DIVU(a, b)      ((b) ? (a) / (b) : ~0ull)
#define REMU(a, b)      ((b) ? (a) % (b) : (a))
#define DIV32(a, b)     words_div((s32)(a), (s32)(b))
#define REM32(a, b)     words_rem((s32)(a), (s32)(b))
#define DIVU32(a, b)    ((u32)(b) ? (u64)((u32)(a) / (u32)(b)) : ~0ull)
#define REMU32(a, b)    ((u32)(b) ? (u64)((u32)(a) % (u32)(b)) : (a))
#define CLZ(a)          ((a) ? (u64)__builtin_clzll(a) : 64)
#define CTZ(a)          ((a) ? (u64)__builtin_ctzll(a) : 64)
#define CLZ32(a)        ((u32)(a) ? (u64)__builtin_clz((u32)(a)) : 32)
#define CTZ32(a)        ((u32)(a) ? (u64)__builtin_ctz((u32)(a)) : 32)
#define CPOP(a)         ((u64)__builtin_popcountll(a))
#define REV8(a)         __builtin_bswap64(a)
#define ORC_B(a)        words_orc_b(a)
#define CLMUL(a, b)     words_clmul(a, b)
#define CLMULR(a, b)    words_clmulr(a, b)

/* ---- memory ---- */
#define LD(type, a)                                                                                \
    ({                                                                                             \
        u64 v_;                                                                                    \
        enum status s_ = LOAD(a, sizeof(type), &v_);                                               \
        if (RARE(s_ != GO)) return s_;                                                             \
        (u64)(type) v_;                                                                            \
    })
#define ST(type, a, v)                                                                             \
    {                                                                                              \
        enum status s_ = STORE(a, sizeof(type), (u64)(type)(v));                                   \
        if (RARE(s_ != GO)) return s_;                                                             \
    }

/* Of harts that take turns nobody sees how these are made. At the same time as others (there is a
 * monitor), each is one access to the host, in an order that aq and rl together would ask for. */
#define OPEN(access, type)                                                                         \
    u8 *host_;                                                                                     \
    __attribute__((unused)) u64 pa_;                                                               \
    enum status s_ = ATOMIC(access, RS1, sizeof(type), &host_, &pa_);                              \
    if (RARE(s_ != GO)) return s_;
#define TAKE_LINE()          u32 *line_ = monitor_take(h->config.monitor, host_);
#define GIVE_LINE()          monitor_give(line_);
#define SWAP(type, old, new) host_swap_##type(line_ != NULL, host_, &(old), new)
#define READ(type)           ((type)host_load(host_, sizeof(type)))

/* The reservation is the host address, so it is physical; the size is not looked at. */
#define LR(stype, type)                                                                            \
    {                                                                                              \
        OPEN(ACCESS_LOAD, type)                                                                    \
        if (RARE(h->config.monitor)) words_reserve(h, host_, i->aqrl & 1);                         \
        type old_ = READ(type);                                                                    \
        if (RARE(h->config.monitor)) words_acquire(h, old_);                                       \
        h->reserved = host_;                                                                       \
        NOTE_LOAD(RS1, sizeof(type), old_)                                                         \
        WR((u64)(stype)old_)                                                                       \
    }
#define SC(type)                                                                                   \
    {                                                                                              \
        OPEN(ACCESS_STORE, type)                                                                   \
        type new_ = (type)RS2, old_;                                                               \
        u32 *line_;                                                                                \
        bool good_ = h->reserved == host_ &&                                                       \
                     monitor_take_at(h->config.monitor, host_, h->reserved_version, &line_);       \
        h->reserved = NULL;                                                                        \
        if (good_) {                                                                               \
            old_ = line_ ? (type)h->reserved_value : READ(type);                                   \
            good_ = SWAP(type, old_, new_);                                                        \
            GIVE_LINE()                                                                            \
        }                                                                                          \
        if (good_) WROTE(RS1, pa_, sizeof(type), new_)                                             \
        WR(!good_)                                                                                 \
    }
#define AMO(stype, type, f) AMO_AS(ACCESS_STORE, stype, type, f)
#define AMO_AS(access, stype, type, f)                                                             \
    {                                                                                              \
        OPEN(access, type)                                                                         \
        TAKE_LINE()                                                                                \
        type old_ = READ(type), new_;                                                              \
        u64 it;                                                                                    \
        do {                                                                                       \
            it = (u64)(stype)old_;                                                                 \
            new_ = (type)(f);                                                                      \
        } while (!SWAP(type, old_, new_));                                                         \
        GIVE_LINE()                                                                                \
        NOTE_LOAD(RS1, sizeof(type), old_)                                                         \
        WROTE(RS1, pa_, sizeof(type), new_)                                                        \
        WR(it)                                                                                     \
    }
#define CAS(stype, type)                                                                           \
    {                                                                                              \
        OPEN(ACCESS_STORE, type)                                                                   \
        type old_ = (type)RD, new_ = (type)RS2;                                                    \
        TAKE_LINE()                                                                                \
        bool same_ = SWAP(type, old_, new_);                                                       \
        GIVE_LINE()                                                                                \
        NOTE_LOAD(RS1, sizeof(type), old_)                                                         \
        if (same_) WROTE(RS1, pa_, sizeof(type), new_)                                             \
        WR((u64)(stype)old_)                                                                       \
    }

/* Registers r and r + 1; x0 and the register after it are zero in such a pair, and not written. */
#define PAIR(r) ((r) ? h->x[r] | (u128)h->x[(r) + 1] << 64 : 0)
#define CAS_PAIR()                                                                                 \
    {                                                                                              \
        unsigned rd_ = i->rd & 31;                                                                 \
        OPEN(ACCESS_STORE, u128)                                                                   \
        u128 old_ = PAIR(rd_), new_ = PAIR(i->rs2);                                                \
        TAKE_LINE()                                                                                \
        bool same_ = SWAP(u128, old_, new_);                                                       \
        GIVE_LINE()                                                                                \
        NOTE_LOAD(RS1, 8, old_)                                                                    \
        if (same_) {                                                                               \
            WROTE(RS1, pa_, 8, new_)                                                               \
            WROTE(RS1 + 8, pa_ + 8, 8, new_ >> 64)                                                 \
        }                                                                                          \
        if (rd_) {                                                                                 \
            h->x[rd_] = (u64)old_;                                                                 \
            h->x[rd_ + 1] = (u64)(old_ >> 64);                                                     \
        }                                                                                          \
    }

/* LR with a monitor, before its access and behind it: release says that what came before is seen
 * before. */
static inline void words_reserve(struct hart *h, const u8 *host, bool release)
{
    if (release) __atomic_thread_fence(__ATOMIC_SEQ_CST);
    h->reserved_version = monitor_look(h->config.monitor, host);
}
static inline void words_acquire(struct hart *h, u64 value)
{
    h->reserved_value = value;
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

#define FENCE()                                                                                    \
    if (RARE(h->config.monitor)) words_fence(i->imm);
static inline void words_fence(s32 sets)
{
    if (host_needs_fence(sets)) __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (host_is_pause(sets)) monitor_pause();
}

/* ---- control ---- */
/* Returns, by way of x1 or x5, need no landing pad, nor does what software guards by x7 (Zicfilp,
 * is_lp_expected). */
static inline bool words_must_land(const struct insn *i)
{
    return i->rs1 != 1 && i->rs1 != 5 && i->rs1 != 7;
}
#define LET(v) u64 it = (v);
#define IF(c, s)                                                                                   \
    if (c) s
#define JUMP(a)                                                                                    \
    {                                                                                              \
        u64 to_ = (a);                                                                             \
        if (RARE(to_ & h->target_mask)) MISALIGNED(to_);                                           \
        h->pc = to_;                                                                               \
        return LEAVE;                                                                              \
    }
#define CALL(a)     CALL_(a, {})
#define CALL_REG(a) CALL_(a, if (RARE(h->lpe) && words_must_land(i)) LAND())
#define CALL_(a, before)                                                                           \
    {                                                                                              \
        u64 to_ = (a);                                                                             \
        if (RARE(to_ & h->target_mask)) MISALIGNED(to_);                                           \
        before;                                                                                    \
        WR(NEXT)                                                                                   \
        h->pc = to_;                                                                               \
        return LEAVE;                                                                              \
    }

/* ---- floating point: registers hold narrower values boxed in ones (unpriv. spec 22.2) ---- */
#define BOXED(w, v) ((v) | (w == 64 ? 0 : ~0ull << (w & 63)))
#define UNBOX(w, v)                                                                                \
    (w == 64 || (v) >> (w & 63) == ~0ull >> (w & 63) ? (v) & (~0ull >> (64 - w))                   \
                                                     : CANONICAL_NAN_##w)
#define CANONICAL_NAN_16 0x7e00ull
#define CANONICAL_NAN_32 0x7fc00000ull
#define CANONICAL_NAN_64 0x7ff8000000000000ull
#define FS1(w)           UNBOX(w, h->f[i->rs1])
#define FS2(w)           UNBOX(w, h->f[i->rs2])
#define FS3(w)           UNBOX(w, h->f[i->rs3])
#define FRAW1            h->f[i->rs1]
#define FRAW2            h->f[i->rs2]
#define FSIGN(w)         BIT(w - 1)
#define FNEG(w, v)       ((v) ^ FSIGN(w))
#define FLI(w, k)        fli_f##w(k)
#define RM               rm_
#define FLAGS            (&flags_)

/* The state has changed, at both levels when V=1; true when that is news. */
static inline bool words_fp_dirty(struct hart *h)
{
    u64 before = h->mstatus;
    h->mstatus |= STATUS_FS;
    if (h->virt) h->vsstatus |= STATUS_FS;
    return before != h->mstatus;
}
#define DIRTY()                                                                                    \
    {                                                                                              \
        if (words_fp_dirty(h)) NOTE_CSR(0x300)                                                     \
    }
#define RAISE(flags)                                                                               \
    {                                                                                              \
        h->fflags |= (u8)(flags);                                                                  \
        NOTE_CSR(0x001)                                                                            \
        DIRTY()                                                                                    \
    }

#define WF(w, v)                                                                                   \
    h->f[i->rd & 31] = BOXED(w, v);                                                                \
    DIRTY()
#define FP(s)                                                                                      \
    {                                                                                              \
        unsigned flags_ = 0;                                                                       \
        if (RARE(h->fs_off)) ILLEGAL();                                                            \
        s;                                                                                         \
        if (flags_) RAISE(flags_)                                                                  \
    }
#define FPR(s)                                                                                     \
    {                                                                                              \
        unsigned flags_ = 0, rm_ = i->rm == FP_DYNAMIC ? h->frm : i->rm;                           \
        if (RARE(h->fs_off || rm_ > FP_RMM)) ILLEGAL();                                            \
        s;                                                                                         \
        if (flags_) RAISE(flags_)                                                                  \
    }
