/* What our guests share: SBI calls, printing, the device tree, CSRs. */
#ifndef GUESTS_GUEST_H
#define GUESTS_GUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

enum { PAGE_SIZE = 4096 };

#define csr_read(name)                                                                             \
    ({                                                                                             \
        u64 read_;                                                                                 \
        __asm__ volatile("csrr %0, " #name : "=r"(read_)::"memory");                               \
        read_;                                                                                     \
    })
#define csr_write(name, value)                                                                     \
    ({                                                                                             \
        u64 write_ = (value);                                                                      \
        __asm__ volatile("csrw " #name ", %0" ::"r"(write_) : "memory");                           \
    })
#define csr_set(name, bits)                                                                        \
    ({                                                                                             \
        u64 set_ = (bits);                                                                         \
        __asm__ volatile("csrs " #name ", %0" ::"r"(set_) : "memory");                             \
    })
#define csr_clear(name, bits)                                                                      \
    ({                                                                                             \
        u64 clear_ = (bits);                                                                       \
        __asm__ volatile("csrc " #name ", %0" ::"r"(clear_) : "memory");                           \
    })

enum {
    SBI_PUTCHAR = 1,
    SBI_BASE = 0x10,
    SBI_HSM = 0x48534d,
    SBI_DBCN = 0x4442434e,
    SBI_SRST = 0x53525354,
    SBI_TIME = 0x54494d45,
};

struct sbiret {
    s64 error;
    u64 value;
};
struct sbiret sbi_call(u64 extension, u64 function, u64 a0, u64 a1, u64 a2);
void shutdown(bool failed) __attribute__((noreturn));

/* Understands %s, %u (u64) and %x (u64). Goes out by the debug console extension where there is
 * one, else by the legacy call. */
void print(const char *format, ...);
size_t text_size(const char *s);

/* The value of the first property of this name anywhere in the tree; NULL if there is none. */
const u8 *tree_property(const void *tree, const char *name);
u32 be32(const u8 *p);

/* The guest's own program, entered with a stack and with floating point on. */
void guest_main(u64 hart, const void *tree);

/* Fills f0 to f31 with values made from the key; counts those that no longer hold theirs. The
 * guests' C uses no floating point, so they must all hold. */
void fp_fill(u64 key);
u64 fp_count_wrong(u64 key);

#endif
