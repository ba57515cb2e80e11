/* CSR access by the assembler's name, or by number for those that it does not know. */
#ifndef TESTS_ISA_CSR_H
#define TESTS_ISA_CSR_H

#include "bits.h"

#define csr_read(csr)                                                                              \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("csrr %0, " #csr : "=r"(value_)::"memory");                               \
        value_;                                                                                    \
    })
#define csr_swap(csr, new)                                                                         \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("csrrw %0, " #csr ", %1" : "=r"(value_) : "r"((u64)(new)) : "memory");    \
        value_;                                                                                    \
    })
#define csr_write(csr, new)  __asm__ volatile("csrw " #csr ", %0" ::"rK"((u64)(new)) : "memory")
#define csr_set(csr, bits)   __asm__ volatile("csrs " #csr ", %0" ::"rK"((u64)(bits)) : "memory")
#define csr_clear(csr, bits) __asm__ volatile("csrc " #csr ", %0" ::"rK"((u64)(bits)) : "memory")

/* Write, and return what the CSR then holds. */
#define csr_write_read(csr, new)                                                                   \
    ({                                                                                             \
        csr_write(csr, new);                                                                       \
        csr_read(csr);                                                                             \
    })

#endif
