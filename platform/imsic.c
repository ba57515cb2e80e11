#include "platform/imsic.h"
#include "hart/hart.h"
#include "platform/node.h"

/* The addresses are those of QEMU's board. */
#define IMSIC_M_BASE 0x24000000ull
#define IMSIC_S_BASE 0x28000000ull

enum { SETEIPNUM_LE = 0, SETEIPNUM_BE = 4 };

/* Bits that number a hart's S-level page and those of its guests. */
static unsigned guest_bits(const struct imsic_pages *p)
{
    unsigned bits = 0;
    while (1u << bits < p->guests + 1) bits++;
    return bits;
}

static u64 stride_s(const struct imsic_pages *p)
{
    return (u64)PAGE_SIZE << guest_bits(p);
}

/* Everything reads as zero. */
static u64 read_nothing(void *state, u64 offset, unsigned size)
{
    (void)state, (void)offset, (void)size;
    return 0;
}

static void write_page(const struct imsic_pages *p, u64 hart, unsigned file, u64 offset, u32 value)
{
    if (offset == SETEIPNUM_BE) value = __builtin_bswap32(value);
    if (offset == SETEIPNUM_LE || offset == SETEIPNUM_BE)
        p->port.send(p->port.arg, (unsigned)hart, file, value);
}

static void to_m(const struct imsic_pages *p, u64 offset, u32 value)
{
    write_page(p, offset / PAGE_SIZE, MSI_FILE_M, offset % PAGE_SIZE, value);
}

/* A page of no guest is all read-only zero ("Arrangement of the memory regions"). */
static void to_s(const struct imsic_pages *p, u64 offset, u32 value)
{
    unsigned page = (unsigned)(offset % stride_s(p) / PAGE_SIZE);
    if (page > p->guests) return;
    write_page(p, offset / stride_s(p), MSI_FILE_S + page, offset % PAGE_SIZE, value);
}

void imsic_pages_write(const struct imsic_pages *p, u64 pa, u32 data)
{
    if (pa - IMSIC_M_BASE < p->harts * (u64)PAGE_SIZE)
        to_m(p, pa - IMSIC_M_BASE, data);
    else if (pa - IMSIC_S_BASE < p->harts * stride_s(p))
        to_s(p, pa - IMSIC_S_BASE, data);
}

static void write_m(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    to_m(state, offset, (u32)value);
}

static void write_s(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    to_s(state, offset, (u32)value);
}

/* The binding is Linux's, riscv,imsics.yaml. */
static int describe(const struct device *d, void *fdt, u32 phandle, u32 line, unsigned bits)
{
    const struct imsic_pages *p = d->state;
    struct node n = node_begin_at(fdt, "imsics", d->base);
    node_string(&n, "compatible", "riscv,imsics");
    node_reg(&n, d->base, d->size);
    node_u32(&n, "#interrupt-cells", 0);
    node_flag(&n, "interrupt-controller");
    node_u32(&n, "#msi-cells", 0);
    node_flag(&n, "msi-controller");
    node_u32(&n, "riscv,num-ids", MSI_IDENTITIES);
    if (bits) node_u32(&n, "riscv,guest-index-bits", bits);
    node_u32(&n, "phandle", phandle);
    node_hart_line(&n, p->harts, line);
    return node_end(&n);
}

static int describe_m(const struct device *d, void *fdt)
{
    return describe(d, fdt, PHANDLE_IMSIC_M, LINE_MEI, 0);
}

static int describe_s(const struct device *d, void *fdt)
{
    return describe(d, fdt, PHANDLE_IMSIC_S, LINE_SEI, guest_bits(d->state));
}

struct device imsic_m_device(struct imsic_pages *p)
{
    return (struct device){.name = "imsic-m",
                           .base = IMSIC_M_BASE,
                           .size = p->harts * (u64)PAGE_SIZE,
                           .widths = 4,
                           .state = p,
                           .read = read_nothing,
                           .write = write_m,
                           .describe = describe_m};
}

struct device imsic_s_device(struct imsic_pages *p)
{
    return (struct device){.name = "imsic-s",
                           .base = IMSIC_S_BASE,
                           .size = p->harts * stride_s(p),
                           .widths = 4,
                           .state = p,
                           .read = read_nothing,
                           .write = write_s,
                           .describe = describe_s};
}
