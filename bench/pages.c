/* events: 1048576; a load from one of 16 Ki pages in turn, VS-mode, Sv39 over Sv39x4, 4 KiB pages
 */
#include <stdint.h>

typedef uint64_t u64;

enum { PAGES = 16384, ROUNDS = 64, PAGE = 4096, PER_TABLE = 512 };
#define DATA      0x84000000ull /* physical, guest-physical and virtual alike */
#define PTE_TABLE 1ull
#define PTE_LEAF  0xdfull /* D A U X W R V: for the G-stage */
#define PTE_GUEST 0xcfull /* the same without U: for VS-mode */

_Alignas(16384) static u64 g_root[4 * PER_TABLE], g_mid[PER_TABLE], g_leaf[96][PER_TABLE];
_Alignas(4096) static u64 v_root[PER_TABLE], v_mid[PER_TABLE], v_leaf[96][PER_TABLE];
_Alignas(4096) char stack[PAGE];
__attribute__((section(".tohost"), aligned(64))) volatile u64 tohost;
__attribute__((section(".tohost"), aligned(64))) volatile u64 fromhost;

__asm__(".globl _start\n_start: la sp, stack + 4096\n j main\n");

static u64 table(const void *t)
{
    return (u64)t >> 12 << 10 | PTE_TABLE;
}

/* Identity for the 192 MiB from 0x80000000, in 4 KiB pages. */
static void map(u64 *root, u64 *mid, u64 leaf[][PER_TABLE], u64 bits)
{
    root[2] = table(mid);
    for (u64 k = 0; k < 96; k++) {
        mid[k] = table(leaf[k]);
        for (u64 n = 0; n < PER_TABLE; n++)
            leaf[k][n] = (0x80000000ull + (k * PER_TABLE + n) * PAGE) >> 12 << 10 | bits;
    }
}

static void finish(u64 checksum)
{
    tohost = (checksum & 127) << 1 | 1;
    for (;;) {
    }
}

/* Each page holds the address of the next in a shuffled ring (a linear congruence of full period).
 */
static void guest(void)
{
    u64 at = DATA, sum = 0;
    for (unsigned k = 0; k < PAGES * ROUNDS; k++) {
        at = *(volatile u64 *)at;
        sum = sum * 3 + (at >> 12);
    }
    finish(sum);
}

static void failed(void)
{
    finish(126);
}

void main(void)
{
    map(g_root, g_mid, g_leaf, PTE_LEAF);
    map(v_root, v_mid, v_leaf, PTE_GUEST);
    for (u64 k = 0; k < PAGES; k++)
        *(u64 *)(DATA + k * PAGE + k % 64 * 64) =
            DATA + (5 * k + 4099) % PAGES * PAGE + (5 * k + 4099) % PAGES % 64 * 64;
    __asm__ volatile("csrw mtvec, %0\n csrw mepc, %1\n csrw pmpaddr0, %2\n csrw pmpcfg0, %3\n"
                     "csrw hgatp, %4\n csrw vsatp, %5\n csrc mstatus, %6\n csrs mstatus, %7\n"
                     "hfence.gvma\n hfence.vvma\n mret"
                     :
                     : "r"(failed), "r"(guest), "r"(~0ull), "r"(31),
                       "r"(8ull << 60 | (u64)g_root >> 12), "r"(8ull << 60 | (u64)v_root >> 12),
                       "r"(3ull << 11), "r"(1ull << 39 | 1ull << 11));
}
