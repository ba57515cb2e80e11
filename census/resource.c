#include "census/resource.h"

const char *const resource_names[RES_N] = {
    [RES_MODE] = "mode",
    [RES_STATUS] = "status",
    [RES_TRANSLATION] = "translation",
    [RES_TLB] = "TLB",
    [RES_VECTOR] = "trap vector",
    [RES_TRAP] = "trap registers",
    [RES_DELEGATION] = "delegation",
    [RES_INTERRUPTS] = "interrupts",
    [RES_TIMER] = "timer",
    [RES_TIME] = "time",
    [RES_COUNTERS] = "counters",
    [RES_ENABLES] = "enables",
    [RES_PROTECTION] = "protection",
    [RES_HYPERVISOR] = "hypervisor",
    [RES_IDENTITY] = "identity",
    [RES_PROCESSOR] = "processor",
};

/* By numbers (priv. spec 2.2); the first range that has it counts. What is not here and not of user
 * level counts as a trap register, so that nothing is overlooked. */
static const struct {
    u16 first, last;
    u8 what;
} ranges[] = {
    {0x000, 0x0ff, RES_N          },
    {0xc00, 0xc1f, RES_N          }, /* views of mcycle and so on, which are below */
    {0x100, 0x100, RES_STATUS     },
    {0x200, 0x200, RES_STATUS     },
    {0x300, 0x300, RES_STATUS     },
    {0x744, 0x744, RES_STATUS     },
    {0x600, 0x600, RES_HYPERVISOR },
    {0x180, 0x180, RES_TRANSLATION},
    {0x280, 0x280, RES_TRANSLATION},
    {0x680, 0x680, RES_TRANSLATION},
    {0x105, 0x105, RES_VECTOR     },
    {0x205, 0x205, RES_VECTOR     },
    {0x305, 0x305, RES_VECTOR     },
    {0x302, 0x303, RES_DELEGATION },
    {0x602, 0x603, RES_DELEGATION },
    {0x104, 0x104, RES_INTERRUPTS },
    {0x144, 0x144, RES_INTERRUPTS },
    {0x204, 0x204, RES_INTERRUPTS },
    {0x244, 0x244, RES_INTERRUPTS },
    {0x304, 0x304, RES_INTERRUPTS },
    {0x344, 0x344, RES_INTERRUPTS },
    {0x604, 0x604, RES_INTERRUPTS },
    {0x607, 0x607, RES_INTERRUPTS },
    {0x644, 0x645, RES_INTERRUPTS },
    {0xe12, 0xe12, RES_INTERRUPTS },
    {0x308, 0x309, RES_INTERRUPTS }, /* from here on the AIA's */
    {0x350, 0x351, RES_INTERRUPTS },
    {0x35c, 0x35c, RES_INTERRUPTS },
    {0xfb0, 0xfb0, RES_INTERRUPTS },
    {0x150, 0x151, RES_INTERRUPTS },
    {0x15c, 0x15c, RES_INTERRUPTS },
    {0xdb0, 0xdb0, RES_INTERRUPTS },
    {0x608, 0x609, RES_INTERRUPTS },
    {0x646, 0x647, RES_INTERRUPTS },
    {0x250, 0x251, RES_INTERRUPTS },
    {0x25c, 0x25c, RES_INTERRUPTS },
    {0xeb0, 0xeb0, RES_INTERRUPTS },
    {0x14d, 0x14d, RES_TIMER      },
    {0x24d, 0x24d, RES_TIMER      },
    {0x605, 0x605, RES_TIME       },
    {0x106, 0x106, RES_ENABLES    },
    {0x10a, 0x10f, RES_ENABLES    },
    {0x306, 0x306, RES_ENABLES    },
    {0x30a, 0x30f, RES_ENABLES    },
    {0x606, 0x606, RES_ENABLES    },
    {0x60a, 0x60f, RES_ENABLES    },
    {0x320, 0x33f, RES_COUNTERS   },
    {0xb00, 0xb1f, RES_COUNTERS   },
    {0xda0, 0xda0, RES_COUNTERS   },
    {0x3a0, 0x3ef, RES_PROTECTION },
    {0x747, 0x747, RES_PROTECTION },
    {0x301, 0x301, RES_IDENTITY   },
    {0xf11, 0xf15, RES_IDENTITY   },
};

enum resource resource_of(unsigned csr)
{
    for (unsigned k = 0; k < sizeof ranges / sizeof ranges[0]; k++)
        if (csr >= ranges[k].first && csr <= ranges[k].last) return ranges[k].what;
    return RES_TRAP;
}

bool is_swapped(unsigned csr)
{
    return csr == 0x106 || csr == 0x10a || (csr >= 0x10c && csr <= 0x10f);
}

/* Of the interrupt registers a guest has the bits of its own three interrupts, and LCOFI when that
 * is delegated to it (22.2.3, 22.2.12, Shlcofideleg). */
static bool has_guest_interrupts(unsigned csr)
{
    return csr == 0x304 || csr == 0x344 || csr == 0x604 || csr == 0x644 || csr == 0x645;
}

u64 guest_bits(unsigned csr)
{
    if (csr >> 8 == 2 || is_swapped(csr)) return ~0ull;
    if (csr == 0x104 || csr == 0x144) return MIP_LCOFIP;
    return has_guest_interrupts(csr) ? MIP_VS | MIP_LCOFIP : 0;
}

const u16 kernel_csrs[KERNEL_CSR_N] = {0x100, 0x104, 0x105, 0x106, 0x10a, 0x10c, 0x10d, 0x10e,
                                       0x10f, 0x140, 0x141, 0x142, 0x143, 0x144, 0x14d, 0x180};

unsigned stand_in(unsigned csr)
{
    return csr < 0x100 || is_swapped(csr) ? 0 : csr + 0x100;
}
