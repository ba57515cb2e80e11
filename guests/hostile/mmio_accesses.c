/* Every sort of access to its emulated devices: all widths, compressed, floating-point, AMOs, LR
 * and SC, cache blocks, misaligned and over the end. Each is done or is an access or misaligned
 * exception.
 * outcome: contained */
#include "guests/hostile/virtio.h"

#define UART 0x10000000ull
#define PLIC 0xc000000ull

static const u32 words[] = {
    0x00050583,
    /* lb a1, (a0) */ 0x00051583,
    /* lh */ 0x00052583, /* lw */
    0x00053583,
    /* ld */ 0x00054583,
    /* lbu */ 0x00055583, /* lhu */
    0x00056583,
    /* lwu */ 0x00b50023,
    /* sb a1, (a0) */ 0x00b51023, /* sh */
    0x00b52023,
    /* sw */ 0x00b53023,
    /* sd */ 0x00052507, /* flw fa0, (a0) */
    0x00053507,
    /* fld */ 0x00a52027,
    /* fsw */ 0x00a53027, /* fsd */
    0x1005252f,
    /* lr.w a0, (a0) */ 0x1005352f,
    /* lr.d */ 0x18b5252f, /* sc.w */
    0x00b5252f,
    /* amoadd.w */ 0x08b5352f,
    /* amoswap.d */ 0x28b5252f, /* amocas.w */
    0x0005200f,
    /* cbo.inval (a0) */ 0x0045200f,
    /* cbo.zero */ 0x4108, /* c.lw a0, (a0) */
    0x6108,
    /* c.ld */ 0xc10c,
    /* c.sw a1, (a0) */ 0xe10c, /* c.sd */
    0x2108,
    /* c.fld */ 0xa108,
    /* c.fsd */ 0x8108, /* c.lbu */
    0x8508,
    /* c.lhu */ 0x8908,
    /* c.sb */ 0x8d08, /* c.sh */
};

static bool allowed(u64 cause)
{
    return cause == NONE || cause == ILLEGAL || (cause >= LOAD_MISALIGNED && cause <= STORE_ACCESS);
}

void attack(void)
{
    static const u64 bases[] = {UART,          UART + 0xf8,     PLIC,
                                PLIC + 0x1ffc, PLIC + 0x200000, PLIC + 0x5ffff8};
    needs_virtio(); /* where there is that, there is all of this */
    put(UART, 0, 0);
    *(volatile u8 *)(UART + 4) = 0x10; /* a loop, so that nothing is printed */
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        for (unsigned k = 0; k < sizeof bases / sizeof *bases; k++)
            for (u64 offset = 0; offset < 8; offset++) {
                u64 at = bases[k] + offset;
                if (at == UART + 4) continue;
                check(allowed(attempt_word(words[i], at, nasty() & ~0x10ull)), "access", words[i]);
            }
}
