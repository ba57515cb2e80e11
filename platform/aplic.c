/* Of each source the root domain says who has it: itself, the child domain, or nobody. The one that
 * has it keeps its pending and enable bits, and its target; everywhere else these are zero. */
#include "platform/aplic.h"
#include "hart/hart.h"
#include "platform/node.h"
#include "platform/sources.h"

#include <stdlib.h>
#include <string.h>

/* The addresses and sizes are those of QEMU's board. */
#define APLIC_M_BASE 0xc000000ull
#define APLIC_S_BASE 0xd000000ull
enum { APLIC_SIZE = 0x8000, SOURCES = APLIC_SOURCES + 1, WORDS = (SOURCES + 31) / 32 };

/* The register map ("Memory-mapped control region for an interrupt domain"). */
enum {
    DOMAINCFG = 0,
    SOURCECFG = 0x4, /* to SOURCECFG_END, that of 1023 */
    SOURCECFG_END = 0x1000,
    MMSIADDRCFG = 0x1bc0,
    MMSIADDRCFGH = 0x1bc4,
    SMSIADDRCFG = 0x1bc8,
    SMSIADDRCFGH = 0x1bcc,
    SETIP = 0x1c00,
    SETIPNUM = 0x1cdc,
    IN_CLRIP = 0x1d00,
    CLRIPNUM = 0x1ddc,
    SETIE = 0x1e00,
    SETIENUM = 0x1edc,
    CLRIE = 0x1f00,
    CLRIENUM = 0x1fdc,
    ARRAY_SIZE = 0x80,
    SETIPNUM_LE = 0x2000,
    GENMSI = 0x3000,
    TARGET = 0x3004,
    TARGET_END = 0x4000,
    IDC = 0x4000,
    IDC_SIZE = 0x20,
};
enum { IDELIVERY = 0, IFORCE = 4, ITHRESHOLD = 8, TOPI = 0x18, CLAIMI = 0x1c };

enum { DOMAIN_FIXED = 0x80000000u, DOMAIN_IE = 0x100, DOMAIN_DM = 4 };
enum { DELEGATE = 0x400 };
enum mode { INACTIVE, DETACHED, EDGE1 = 4, EDGE0, LEVEL1, LEVEL0 };

/* target and genmsi; topi */
enum {
    HART_SHIFT = 18,
    GUEST_SHIFT = 12,
    GUEST = 0x3f,
    EIID = 0x7ff,
    IPRIO = 0xff,
    TOPI_SHIFT = 16
};

/* mmsiaddrcfgh, smsiaddrcfgh */
enum { MSI_LOCK = 0x80000000u, MMSI_FIELDS = 0x9f77ffffu, SMSI_FIELDS = 0x00700fffu };

struct idc {
    bool idelivery, iforce;
    u8 ithreshold;
    struct irq_line output;
};

struct domain {
    struct aplic *aplic;
    bool supervisor;
    bool ie;
    u16 sourcecfg[SOURCES];
    u32 target[SOURCES];
    u32 pending[WORDS], enabled[WORDS];
    u32 genmsi;
    struct idc *idc; /* one a hart */
};

struct aplic {
    u32 wires[WORDS];
    u32 mmsiaddrcfg, mmsiaddrcfgh, smsiaddrcfg, smsiaddrcfgh;
    bool msi_mode;
    struct msi_bus msi;
    unsigned harts;
    struct domain m, s;
    struct idc idcs[];
};

/* ---- sources ---- */

/* Does the source exist, as far as this domain can see? */
static bool implemented(const struct domain *d, unsigned source)
{
    if (!source || source >= SOURCES) return false;
    return !d->supervisor || (d->aplic->m.sourcecfg[source] & DELEGATE);
}

/* INACTIVE too where the source is delegated. */
static enum mode mode_of(const struct domain *d, unsigned source)
{
    unsigned cfg = d->sourcecfg[source];
    return cfg & DELEGATE ? INACTIVE : (enum mode)cfg;
}

static bool is_level(enum mode mode)
{
    return mode >= LEVEL1;
}

static bool rectify(enum mode mode, bool wire)
{
    return mode >= EDGE1 && wire == (mode == EDGE1 || mode == LEVEL1);
}

static bool rectified(const struct domain *d, unsigned source)
{
    return rectify(mode_of(d, source), get(d->aplic->wires, source));
}

/* ---- delivery ---- */

/* "Addresses and data for outgoing MSIs"; hart indices are hart numbers in both domains. */
static u64 msi_address(const struct domain *d, u32 target)
{
    const struct aplic *a = d->aplic;
    u32 low = d->supervisor ? a->smsiaddrcfg : a->mmsiaddrcfg;
    u32 high = d->supervisor ? a->smsiaddrcfgh : a->mmsiaddrcfgh;
    unsigned lhxs = high >> 20 & 7, hhxs = a->mmsiaddrcfgh >> 24 & 31;
    unsigned hhxw = a->mmsiaddrcfgh >> 16 & 7, lhxw = a->mmsiaddrcfgh >> 12 & 15;
    u64 hart = target >> HART_SHIFT, guest = target >> GUEST_SHIFT & GUEST;
    u64 ppn = (u64)(high & 0xfff) << 32 | low;
    u64 g = hart >> lhxw & ((1u << hhxw) - 1), h = hart & ((1u << lhxw) - 1);
    return (ppn | g << (hhxs + 12) | h << lhxs | guest) << 12;
}

static void send_msi(const struct domain *d, u32 target)
{
    d->aplic->msi.write(d->aplic->msi.arg, msi_address(d, target), target & EIID);
}

/* Forward what is pending and enabled, which then is pending no more. */
static void forward(struct domain *d)
{
    for (unsigned w = 0; w < WORDS && d->ie; w++) {
        for (u32 left = d->pending[w] & d->enabled[w]; left; left &= left - 1) {
            unsigned source = w * 32 + (unsigned)__builtin_ctz(left);
            put(d->pending, source, false);
            send_msi(d, d->target[source]);
        }
    }
}

/* The first source for a hart, by priority number, then by its own; 0: none. */
static unsigned top_source(const struct domain *d, unsigned hart)
{
    unsigned best = 0, limit = d->idc[hart].ithreshold ? d->idc[hart].ithreshold : IPRIO + 1;
    for (unsigned w = 0; w < WORDS; w++) {
        for (u32 left = d->pending[w] & d->enabled[w]; left; left &= left - 1) {
            unsigned source = w * 32 + (unsigned)__builtin_ctz(left);
            u32 target = d->target[source];
            if (target >> HART_SHIFT != hart || (target & IPRIO) >= limit) continue;
            best = source;
            limit = target & IPRIO;
        }
    }
    return best;
}

static u32 topi(const struct domain *d, unsigned hart)
{
    unsigned source = top_source(d, hart);
    return source ? source << TOPI_SHIFT | (d->target[source] & IPRIO) : 0;
}

static void signal(const struct domain *d)
{
    for (unsigned h = 0; h < d->aplic->harts; h++) {
        const struct idc *i = &d->idc[h];
        irq_set(&i->output, d->ie && i->idelivery && (i->iforce || top_source(d, h)));
    }
}

static void deliver(struct domain *d)
{
    if (d->aplic->msi_mode)
        forward(d);
    else
        signal(d);
}

/* ---- pending bits ("Precise effects on interrupt-pending bits") ---- */

/* The rectified input was before; what is it now? */
static void input_changed(struct domain *d, unsigned source, bool before)
{
    bool now = rectified(d, source);
    if (now && !before) put(d->pending, source, true);
    if (!now && is_level(mode_of(d, source))) put(d->pending, source, false);
}

static void set_pending(struct domain *d, unsigned source)
{
    enum mode mode = mode_of(d, source);
    if (mode == INACTIVE || (is_level(mode) && !rectified(d, source))) return;
    put(d->pending, source, true); /* in direct mode, that of a level is set as it is */
}

static void clear_pending(struct domain *d, unsigned source)
{
    if (!d->aplic->msi_mode && is_level(mode_of(d, source))) return;
    put(d->pending, source, false);
}

static void set_enabled(struct domain *d, unsigned source)
{
    if (mode_of(d, source) != INACTIVE) put(d->enabled, source, true);
}

static void clear_enabled(struct domain *d, unsigned source)
{
    put(d->enabled, source, false);
}

static void wire_set(void *arg, unsigned source, bool level)
{
    struct aplic *a = arg;
    if (get(a->wires, source) == level) return;
    struct domain *d = a->m.sourcecfg[source] & DELEGATE ? &a->s : &a->m;
    bool before = rectified(d, source);
    put(a->wires, source, level);
    input_changed(d, source, before);
    deliver(d);
}

struct irq_line aplic_input(struct aplic *a, unsigned source)
{
    return (struct irq_line){wire_set, a, source, PHANDLE_APLIC_S};
}

/* ---- registers of sources ---- */

static void deactivate(struct domain *d, unsigned source)
{
    put(d->pending, source, false);
    put(d->enabled, source, false);
    d->target[source] = 0;
}

static void configure(struct domain *d, unsigned source, u32 cfg)
{
    enum mode before = mode_of(d, source);
    d->sourcecfg[source] = (u16)cfg;
    enum mode now = mode_of(d, source);
    if (now == INACTIVE) deactivate(d, source);
    if (before == INACTIVE && now != INACTIVE) d->target[source] = d->aplic->msi_mode ? 0 : 1;
    if (is_level(now)) input_changed(d, source, false);
}

/* Two modes are reserved. The child's one index is 0, and the child has no child itself. */
static void write_sourcecfg(struct domain *d, unsigned source, u32 value)
{
    u32 mode = value & 7;
    if (!implemented(d, source)) return;
    if (value & DELEGATE)
        configure(d, source, d->supervisor ? INACTIVE : DELEGATE);
    else
        configure(d, source, mode == 2 || mode == 3 ? INACTIVE : mode);
    if (!d->supervisor && !(value & DELEGATE)) configure(&d->aplic->s, source, INACTIVE);
}

static void write_target(struct domain *d, unsigned source, u32 value)
{
    if (!implemented(d, source) || mode_of(d, source) == INACTIVE) return;
    u32 hart = value >> HART_SHIFT << HART_SHIFT;
    u32 guest = d->supervisor ? value & GUEST << GUEST_SHIFT : 0;
    u32 priority = value & IPRIO ? value & IPRIO : 1;
    d->target[source] = d->aplic->msi_mode ? hart | guest | (value & EIID) : hart | priority;
}

/* Do this to the source of this number, or to all of a word's. */
typedef void act_fn(struct domain *d, unsigned source);

static void act_on(struct domain *d, act_fn *act, u32 source)
{
    if (source < SOURCES && implemented(d, source)) act(d, source);
}

static void act_on_word(struct domain *d, act_fn *act, u64 word, u32 bits)
{
    for (; bits; bits &= bits - 1) act_on(d, act, (u32)word * 32 + (u32)__builtin_ctz(bits));
}

static u32 inputs(const struct domain *d, u64 word)
{
    u32 bits = 0;
    for (unsigned b = 0; b < 32; b++) {
        unsigned source = (unsigned)word * 32 + b;
        if (implemented(d, source) && rectified(d, source)) bits |= (u32)1 << b;
    }
    return bits;
}

/* ---- interrupt delivery control ---- */

static u32 claim(struct domain *d, unsigned hart)
{
    u32 value = topi(d, hart);
    if (value)
        clear_pending(d, value >> TOPI_SHIFT);
    else
        d->idc[hart].iforce = false;
    signal(d);
    return value;
}

static u32 idc_read(struct domain *d, u64 offset)
{
    unsigned hart = (unsigned)(offset / IDC_SIZE);
    if (d->aplic->msi_mode || hart >= d->aplic->harts) return 0;
    switch (offset % IDC_SIZE) {
    case IDELIVERY: return d->idc[hart].idelivery;
    case IFORCE: return d->idc[hart].iforce;
    case ITHRESHOLD: return d->idc[hart].ithreshold;
    case TOPI: return topi(d, hart);
    case CLAIMI: return claim(d, hart);
    default: return 0;
    }
}

static void idc_write(struct domain *d, u64 offset, u32 value)
{
    unsigned hart = (unsigned)(offset / IDC_SIZE);
    if (d->aplic->msi_mode || hart >= d->aplic->harts) return;
    switch (offset % IDC_SIZE) {
    case IDELIVERY: d->idc[hart].idelivery = value & 1; break;
    case IFORCE: d->idc[hart].iforce = value & 1; break;
    case ITHRESHOLD: d->idc[hart].ithreshold = value & IPRIO; break;
    }
}

/* ---- a domain's other registers ---- */

/* The registers that say where MSIs go are the root's; once locked, they are read-only. They are
 * not there when nothing forwards. */
static u32 *address_register(struct domain *d, u64 offset)
{
    struct aplic *a = d->aplic;
    if (d->supervisor || !a->msi_mode) return NULL;
    switch (offset) {
    case MMSIADDRCFG: return &a->mmsiaddrcfg;
    case MMSIADDRCFGH: return &a->mmsiaddrcfgh;
    case SMSIADDRCFG: return &a->smsiaddrcfg;
    case SMSIADDRCFGH: return &a->smsiaddrcfgh;
    default: return NULL;
    }
}

static void write_address(struct domain *d, u64 offset, u32 value)
{
    u32 *address = address_register(d, offset);
    if (!address || (d->aplic->mmsiaddrcfgh & MSI_LOCK)) return;
    *address = offset == MMSIADDRCFGH   ? value & MMSI_FIELDS
               : offset == SMSIADDRCFGH ? value & SMSI_FIELDS
                                        : value;
}

/* An MSI of software's own leaves at once: Busy is never seen set. */
static void write_genmsi(struct domain *d, u32 value)
{
    if (!d->aplic->msi_mode) return;
    d->genmsi = value >> HART_SHIFT << HART_SHIFT | (value & EIID);
    send_msi(d, d->genmsi);
}

/* Is offset in an array of bits at base? Its word. */
static bool in_array(u64 offset, u64 base, u64 *word)
{
    *word = (offset - base) / 4;
    return offset >= base && offset < base + ARRAY_SIZE && *word < WORDS;
}

static u64 domain_read(void *state, u64 offset, unsigned size)
{
    (void)size;
    struct domain *d = state;
    const u32 *address = address_register(d, offset);
    u64 word;
    if (offset == DOMAINCFG)
        return DOMAIN_FIXED | (d->ie ? DOMAIN_IE : 0) | (d->aplic->msi_mode ? DOMAIN_DM : 0);
    if (offset < SOURCECFG_END) return offset / 4 < SOURCES ? d->sourcecfg[offset / 4] : 0;
    if (address) return *address;
    if (in_array(offset, SETIP, &word)) return d->pending[word];
    if (in_array(offset, IN_CLRIP, &word)) return inputs(d, word);
    if (in_array(offset, SETIE, &word)) return d->enabled[word];
    if (offset == GENMSI) return d->genmsi;
    if (offset >= IDC) return idc_read(d, offset - IDC);
    if (offset >= TARGET) {
        u64 source = (offset - TARGET) / 4 + 1;
        return source < SOURCES ? d->target[source] : 0;
    }
    return 0;
}

static void write_bits(struct domain *d, u64 offset, u32 value)
{
    u64 word;
    if (in_array(offset, SETIP, &word)) act_on_word(d, set_pending, word, value);
    if (in_array(offset, IN_CLRIP, &word)) act_on_word(d, clear_pending, word, value);
    if (in_array(offset, SETIE, &word)) act_on_word(d, set_enabled, word, value);
    if (in_array(offset, CLRIE, &word)) act_on_word(d, clear_enabled, word, value);
}

static void write_register(struct domain *d, u64 offset, u32 value)
{
    switch (offset) {
    case DOMAINCFG: d->ie = value & DOMAIN_IE; break;
    case SETIPNUM:
    case SETIPNUM_LE: act_on(d, set_pending, value); break;
    case CLRIPNUM: act_on(d, clear_pending, value); break;
    case SETIENUM: act_on(d, set_enabled, value); break;
    case CLRIENUM: act_on(d, clear_enabled, value); break;
    case GENMSI: write_genmsi(d, value); break;
    default: write_address(d, offset, value); break;
    }
}

static void domain_write(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    struct domain *d = state;
    if (offset >= IDC)
        idc_write(d, offset - IDC, (u32)value);
    else if (offset >= TARGET)
        write_target(d, (unsigned)(offset - TARGET) / 4 + 1, (u32)value);
    else if (offset >= SOURCECFG && offset < SOURCECFG_END)
        write_sourcecfg(d, (unsigned)offset / 4, (u32)value);
    else if (offset >= SETIP && offset < SETIPNUM_LE && offset % 0x100 < ARRAY_SIZE)
        write_bits(d, offset, (u32)value);
    else
        write_register(d, offset, (u32)value);
    deliver(&d->aplic->m);
    deliver(&d->aplic->s);
}

/* ---- the devices ---- */

/* The binding is Linux's, riscv,aplic.yaml. */
static void describe_common(struct node *n, const struct device *d, u32 phandle, u32 imsic,
                            u32 line)
{
    const struct domain *domain = d->state;
    node_string(n, "compatible", "riscv,aplic");
    node_reg(n, d->base, d->size);
    node_u32(n, "#interrupt-cells", 2);
    node_u32(n, "#address-cells", 0);
    node_flag(n, "interrupt-controller");
    node_u32(n, "riscv,num-sources", APLIC_SOURCES);
    node_u32(n, "phandle", phandle);
    if (domain->aplic->msi_mode)
        node_u32(n, "msi-parent", imsic);
    else
        node_hart_line(n, domain->aplic->harts, line);
}

/* What the root delegates is for its software to do; riscv,delegate is an older name for it. */
static int describe_m(const struct device *d, void *fdt)
{
    static const u32 all[] = {PHANDLE_APLIC_S, 1, APLIC_SOURCES};
    struct node n = node_begin_at(fdt, "aplic", d->base);
    describe_common(&n, d, PHANDLE_APLIC_M, PHANDLE_IMSIC_M, LINE_MEI);
    node_u32(&n, "riscv,children", PHANDLE_APLIC_S);
    node_cells(&n, "riscv,delegation", all, 3);
    node_cells(&n, "riscv,delegate", all, 3);
    return node_end(&n);
}

static int describe_s(const struct device *d, void *fdt)
{
    struct node n = node_begin_at(fdt, "aplic", d->base);
    describe_common(&n, d, PHANDLE_APLIC_S, PHANDLE_IMSIC_S, LINE_SEI);
    return node_end(&n);
}

struct device aplic_m_device(struct aplic *a)
{
    return (struct device){.name = "aplic-m",
                           .base = APLIC_M_BASE,
                           .size = APLIC_SIZE,
                           .widths = 4,
                           .state = &a->m,
                           .read = domain_read,
                           .write = domain_write,
                           .describe = describe_m};
}

struct device aplic_s_device(struct aplic *a)
{
    return (struct device){.name = "aplic-s",
                           .base = APLIC_S_BASE,
                           .size = APLIC_SIZE,
                           .widths = 4,
                           .state = &a->s,
                           .read = domain_read,
                           .write = domain_write,
                           .describe = describe_s};
}

struct aplic *aplic_new(unsigned harts, const struct irq_line *outputs, const struct msi_bus *msi)
{
    struct aplic *a = calloc(1, sizeof *a + 2 * harts * sizeof a->idcs[0]);
    if (!a) return NULL;
    a->harts = harts;
    a->msi_mode = msi;
    if (msi) a->msi = *msi;
    a->m.aplic = a->s.aplic = a;
    a->s.supervisor = true;
    a->m.idc = a->idcs;
    a->s.idc = a->idcs + harts;
    for (unsigned h = 0; h < harts && !msi; h++) {
        a->m.idc[h].output = outputs[2 * h];
        a->s.idc[h].output = outputs[2 * h + 1];
    }
    return a;
}

void aplic_free(struct aplic *a)
{
    free(a);
}

static void reset_domain(struct domain *d)
{
    d->ie = false;
    d->genmsi = 0;
    memset(d->sourcecfg, 0, sizeof d->sourcecfg);
    for (unsigned source = 1; source < SOURCES; source++) deactivate(d, source);
    for (unsigned h = 0; h < d->aplic->harts; h++)
        d->idc[h] = (struct idc){.output = d->idc[h].output};
    deliver(d);
}

void aplic_reset(struct aplic *a)
{
    a->mmsiaddrcfg = a->mmsiaddrcfgh = a->smsiaddrcfg = a->smsiaddrcfgh = 0;
    reset_domain(&a->m);
    reset_domain(&a->s);
}
