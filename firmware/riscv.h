/* What the C of vmm needs of the architecture: types, CSR numbers, fields, the few instructions
 * that C cannot say. Names and numbers are those of the privileged specification. */
#ifndef FIRMWARE_RISCV_H
#define FIRMWARE_RISCV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#define BIT(n) (1ull << (n))

static inline u64 min(u64 a, u64 b)
{
    return a < b ? a : b;
}

static inline u64 max(u64 a, u64 b)
{
    return a > b ? a : b;
}

enum { PAGE_SHIFT = 12, PAGE_SIZE = 1 << PAGE_SHIFT, BLOCK_SHIFT = 21, BLOCK_SIZE = 1 << 21 };

/* sstatus and vsstatus */
#define SSTATUS_SIE      BIT(1)
#define SSTATUS_SPIE     BIT(5)
#define SSTATUS_SPP      BIT(8)
#define SSTATUS_FS       (BIT(13) | BIT(14))
#define SSTATUS_FS_CLEAN BIT(14)
#define SSTATUS_UXL_64   BIT(33)

#define HSTATUS_SPV     BIT(7)
#define HSTATUS_VTW     BIT(21)
#define HSTATUS_VSXL_64 BIT(33)

#define ENVCFG_PMM        (BIT(32) | BIT(33))
#define ENVCFG_ADUE       BIT(61)
#define ENVCFG_CBIE_FLUSH BIT(4)
#define ENVCFG_CBCFE      BIT(6)
#define ENVCFG_CBZE       BIT(7)
#define ENVCFG_PBMTE      BIT(62)
#define ENVCFG_STCE       BIT(63)

#define COUNTEREN_TM    BIT(1)
#define COUNTEREN_ALL   7ull /* cycle, time, instret */
#define STATEEN0_ENVCFG BIT(62)

/* Interrupt numbers, and where they stand in hvip and hideleg (VS) and in vsie and vsip (S). */
enum { IRQ_SSOFT = 1, IRQ_VSS = 2, IRQ_STIMER = 5, IRQ_VST = 6, IRQ_SEXT = 9, IRQ_VSE = 10 };

/* htinst: the access that failed was the hart's own, to a VS-stage page table, reading or writing.
 */
#define HTINST_PTE_READ  0x3000ull
#define HTINST_PTE_WRITE 0x3020ull

#define CAUSE_INTERRUPT BIT(63)
enum { CAUSE_ILLEGAL = 2, CAUSE_VS_ECALL = 10, CAUSE_VIRTUAL_INSTRUCTION = 22 };
enum { CAUSE_FETCH_ACCESS = 1, CAUSE_LOAD_ACCESS = 5, CAUSE_STORE_ACCESS = 7 };
enum { CAUSE_LOAD_MISALIGNED = 4, CAUSE_STORE_MISALIGNED = 6 };
enum { CAUSE_FETCH_GUEST_PAGE = 20, CAUSE_LOAD_GUEST_PAGE = 21, CAUSE_STORE_GUEST_PAGE = 23 };

/* Page-table entries and the address-translation registers (hgatp, vsatp). */
#define PTE_V            BIT(0)
#define PTE_R            BIT(1)
#define PTE_W            BIT(2)
#define PTE_X            BIT(3)
#define PTE_U            BIT(4)
#define PTE_A            BIT(6)
#define PTE_D            BIT(7)
#define PTE_PPN_SHIFT    10
#define ATP_MODE_SHIFT   60
#define HGATP_VMID_SHIFT 44
#define HGATP_VMID_MASK  0x3fffull

/* CSRs go by their names, which the assembler knows, but for one. */
__asm__(".equ jvt, 0x017");
#define csr_read(csr)                                                                              \
    ({                                                                                             \
        u64 read_;                                                                                 \
        __asm__ volatile("csrr %0, " #csr : "=r"(read_)::"memory");                                \
        read_;                                                                                     \
    })
#define csr_write(csr, value) __asm__ volatile("csrw " #csr ", %0" ::"r"((u64)(value)) : "memory")
#define csr_set(csr, bits)    __asm__ volatile("csrs " #csr ", %0" ::"r"((u64)(bits)) : "memory")
#define csr_clear(csr, bits)  __asm__ volatile("csrc " #csr ", %0" ::"r"((u64)(bits)) : "memory")

/* Runs one 4-byte instruction that may trap, with operands %[out] and %[in]; false if it did trap.
 * probe_vector (start.S) skips the instruction and puts 1 into t0. */
#define try_instruction(text, out_, in_)                                                           \
    ({                                                                                             \
        register u64 trapped_ __asm__("t0");                                                       \
        __asm__ volatile(".option push\n\t.option norvc\n\t.option arch, +h\n\t"                   \
                         "la t1, probe_vector\n\tcsrrw t1, stvec, t1\n\tli t0, 0\n\t" text         \
                         "\n\tcsrw stvec, t1\n\t.option pop"                                       \
                         : "=&r"(trapped_), [out] "+&r"(out_)                                      \
                         : [in] "r"(in_)                                                           \
                         : "t1", "memory");                                                        \
        trapped_ == 0;                                                                             \
    })

#define csr_try_read(csr, out) try_instruction("csrr %[out], " #csr, out, 0)
#define csr_try_write(csr, value)                                                                  \
    ({                                                                                             \
        u64 unused_ = 0;                                                                           \
        try_instruction("csrw " #csr ", %[in]", unused_, value);                                   \
    })

/* Two bytes of the guest's code, read as the guest would fetch them (HLVX.HU). */
static inline bool guest_fetch_half(u64 address, u64 *half)
{
    u64 value = 0;
    bool ok = try_instruction("hlvx.hu %[out], (%[in])", value, address);
    *half = value;
    return ok;
}

#define cpu_relax() __asm__ volatile(".insn i 0x0f, 0, x0, x0, 0x10" ::: "memory") /* PAUSE */

/* Fences: of all G-stages, of one VMID's, of one page of it; of the VS-stage of the VMID that hgatp
 * holds now; of the fetch of instructions. */
#define hfence(text, ...)                                                                          \
    __asm__ volatile(".option push\n\t.option arch, +h\n\thfence." text                            \
                     "\n\t.option pop" ::__VA_ARGS__                                               \
                     : "memory")
#define hfence_gvma_all()           hfence("gvma")
#define hfence_gvma_vmid(vmid)      hfence("gvma zero, %0", "r"(vmid))
#define hfence_gvma_page(gpa, vmid) hfence("gvma %0, %1", "r"((gpa) >> 2), "r"(vmid))
#define hfence_vvma_all()           hfence("vvma")
#define fence_i()                   __asm__ volatile("fence.i" ::: "memory")

#endif
