/* Types, and the numbers that the privileged specification gives to fields, causes and modes. */
#ifndef TESTS_ISA_BITS_H
#define TESTS_ISA_BITS_H

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

enum { PAGE = 4096 };
#define KIB (1ull << 10)
#define MIB (1ull << 20)
#define GIB (1ull << 30)

/* Exception causes (priv. spec 3.1.15, H extension "Trap Cause Codes"). */
enum cause {
    MISALIGNED_FETCH,
    FETCH_ACCESS,
    ILLEGAL_INSTRUCTION,
    BREAKPOINT,
    MISALIGNED_LOAD,
    LOAD_ACCESS,
    MISALIGNED_STORE,
    STORE_ACCESS,
    ECALL_U,
    ECALL_S,
    ECALL_VS,
    ECALL_M,
    FETCH_PAGE_FAULT,
    LOAD_PAGE_FAULT,
    STORE_PAGE_FAULT = 15,
    FETCH_GUEST_PAGE_FAULT = 20,
    LOAD_GUEST_PAGE_FAULT,
    VIRTUAL_INSTRUCTION,
    STORE_GUEST_PAGE_FAULT,
};
#define INTERRUPT BIT(63)

/* Interrupts: numbers in mip, mie, mideleg and relatives. */
enum { SSI = 1, VSSI, MSI, STI = 5, VSTI, MTI, SEI = 9, VSEI, MEI, SGEI, LCOFI };

/* mstatus, sstatus, vsstatus */
#define STATUS_SIE  BIT(1)
#define STATUS_MIE  BIT(3)
#define STATUS_SPIE BIT(5)
#define STATUS_MPIE BIT(7)
#define STATUS_SPP  BIT(8)
#define STATUS_MPP  MASK(12, 11)
#define STATUS_FS   MASK(14, 13)
#define STATUS_MPRV BIT(17)
#define STATUS_SUM  BIT(18)
#define STATUS_MXR  BIT(19)
#define STATUS_TVM  BIT(20)
#define STATUS_TW   BIT(21)
#define STATUS_TSR  BIT(22)
#define STATUS_GVA  BIT(38)
#define STATUS_MPV  BIT(39)
#define STATUS_SD   BIT(63)
#define FS_INITIAL  BIT(13)
#define FS_CLEAN    BIT(14)
#define MPP_S       BIT(11)

/* hstatus */
#define HSTATUS_GVA   BIT(6)
#define HSTATUS_SPV   BIT(7)
#define HSTATUS_SPVP  BIT(8)
#define HSTATUS_HU    BIT(9)
#define HSTATUS_VGEIN MASK(17, 12)
#define HSTATUS_VTVM  BIT(20)
#define HSTATUS_VTW   BIT(21)
#define HSTATUS_VTSR  BIT(22)

/* menvcfg, senvcfg, henvcfg */
#define ENVCFG_FIOM  BIT(0)
#define ENVCFG_CBIE  MASK(5, 4)
#define CBIE_FLUSH   BIT(4)
#define CBIE_INVAL   MASK(5, 4)
#define ENVCFG_CBCFE BIT(6)
#define ENVCFG_CBZE  BIT(7)
#define ENVCFG_ADUE  BIT(61)
#define ENVCFG_PBMTE BIT(62)
#define ENVCFG_STCE  BIT(63)

/* mstateen0, hstateen0 */
#define STATEEN_ENVCFG BIT(62)
#define STATEEN_SE0    BIT(63)

/* Page-table entries */
#define PTE_V       0x01ull
#define PTE_R       0x02ull
#define PTE_W       0x04ull
#define PTE_X       0x08ull
#define PTE_U       0x10ull
#define PTE_G       0x20ull
#define PTE_A       0x40ull
#define PTE_D       0x80ull
#define PTE_RW      (PTE_R | PTE_W)
#define PTE_RWX     (PTE_R | PTE_W | PTE_X)
#define PTE_NAPOT   BIT(63)
#define PTE_PBMT(n) ((u64)(n) << 61)

/* satp, vsatp, hgatp */
enum scheme { BARE = 0, SV39 = 8, SV48 = 9, SV57 = 10 };
#define ATP(scheme, id, root) ((u64)(scheme) << 60 | (u64)(id) << 44 | (u64)(root) >> 12)

#endif
