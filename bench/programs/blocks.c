/* A program of params.size basic blocks, made at run time: seven instructions and a jump each.
 * Within a group the order of execution is not that of the addresses. An event is a block executed.
 */
#include "frame.h"
#include "paging.h"

enum { BLOCK = 8, GROUP = 1024 }; /* instructions, blocks: a jump reaches across a group */
enum { A0 = 10, A1 = 11 };

static u64 arena(void)
{
    return params.size * BLOCK * sizeof(u32) + PAGE;
}

/* ---- encodings (unprivileged spec., "RV32/64G Instruction Set Listings") ---- */

static u32 addi(u32 rd, u32 rs1, u32 immediate)
{
    return immediate << 20 | rs1 << 15 | rd << 7 | 0x13;
}

static u32 slli(u32 rd, u32 rs1, u32 shift)
{
    return shift << 20 | rs1 << 15 | 1 << 12 | rd << 7 | 0x13;
}

static u32 srli(u32 rd, u32 rs1, u32 shift)
{
    return shift << 20 | rs1 << 15 | 5 << 12 | rd << 7 | 0x13;
}

static u32 xor
    (u32 rd, u32 rs1, u32 rs2) { return rs2 << 20 | rs1 << 15 | 4 << 12 | rd << 7 | 0x33; }

    static u32 jump(s64 offset)
{
    u32 o = (u32)offset;
    return (o >> 20 & 1) << 31 | (o >> 1 & 0x3ff) << 21 | (o >> 11 & 1) << 20 |
           (o >> 12 & 0xff) << 12 | 0x6f;
}

enum { RETURN = 0x00008067 };

/* ---- the program ---- */

static u32 *code(u64 block)
{
    return (u32 *)arena_start() + block * BLOCK;
}

/* The order within a group is a full period of a linear congruence, which ends where it began: at
 * the group's block 0, reached by a jump from the group before. */
static u64 next_block(u64 block)
{
    u64 first = block & -(u64)GROUP, in_group = (block * 5 + 1) & (GROUP - 1);
    return in_group ? first + in_group : first + GROUP;
}

/* x = xorshift(x + number), on a0. */
static void write_block(u64 block)
{
    u32 *p = code(block);
    *p++ = addi(A0, A0, block & 0x7ff);
    *p++ = slli(A1, A0, 13);
    *p++ = xor(A0, A0, A1);
    *p++ = srli(A1, A0, 7);
    *p++ = xor(A0, A0, A1);
    *p++ = slli(A1, A0, 17);
    *p++ = xor(A0, A0, A1);
    *p = jump((char *)code(next_block(block)) - (char *)p);
}

static void prepare(void)
{
    must(params.size >= GROUP && params.size % GROUP == 0);
    for (u64 k = 0; k < params.size; k++) write_block(k);
    *code(params.size) = RETURN;
    __asm__ volatile("fence.i" ::: "memory");
}

static u64 work(void)
{
    events += params.size;
    return ((u64(*)(u64))(u64)code(0))(1);
}

const struct program program = {.prepare = prepare, .work = work, .arena = arena};
