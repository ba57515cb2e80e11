/* CSR access by the assembler's names, and the bits that benchmarks set. */
#ifndef BENCH_CSR_H
#define BENCH_CSR_H

#include "frame.h"

#define csr_read(csr)                                                                              \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");                               \
        value_;                                                                                    \
    })
#define csr_write(csr, new)  __asm__ volatile("csrw " #csr ", %0" ::"rK"((u64)(new)) : "memory")
#define csr_set(csr, bits)   __asm__ volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits) __asm__ volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")

#define BIT(n) (1ull << (n))

#define STATUS_SPIE  BIT(5)
#define STATUS_SPP   BIT(8)
#define STATUS_MPP   (BIT(12) | BIT(11))
#define STATUS_MPP_S BIT(11)
#define STATUS_FS    BIT(13) /* initial */
#define STATUS_MPV   BIT(39)
#define HSTATUS_SPV  BIT(7)
#define HSTATUS_SPVP BIT(8)

enum cause {
    CAUSE_ECALL_U = 8,
    CAUSE_ECALL_S = 9,
    CAUSE_ECALL_VS = 10,
    CAUSE_ECALL_M = 11,
    CAUSE_LOAD_GUEST_PAGE_FAULT = 21,
    CAUSE_STORE_GUEST_PAGE_FAULT = 23,
};

#endif
