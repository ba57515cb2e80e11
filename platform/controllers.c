/* The interrupt controllers of a board: a PLIC, or an APLIC, with the harts' IMSICs or without. */
#include "platform/board_state.h"
#include "platform/parallel.h"

/* An MSI to a hart. If another one is running, its slice ends: this one may wake. */
static void send_msi(void *arg, unsigned hart, unsigned file, u32 identity)
{
    struct board *b = arg;
    struct board_hart *bh = &b->harts[hart];
    if (b->config.parallel) {
        parallel_msi(bh, file, identity);
        return;
    }
    hart_msi(bh->hart, file, identity);
    if (b->running != bh) board_replan(b);
}

static void write_msi(void *arg, u64 pa, u32 data)
{
    const struct board *b = arg;
    imsic_pages_write(&b->imsic, pa, data);
}

bool controllers_make(struct board *b, const struct irq_line *external)
{
    const struct msi_bus bus = {write_msi, b};
    if (b->config.aia == AIA_NONE) {
        b->plic = plic_new(b->config.harts, external);
        return b->plic;
    }
    b->imsic = (struct imsic_pages){
        b->config.harts, b->config.hart.geilen, {send_msi, b}
    };
    bool msi = b->config.aia == AIA_APLIC_IMSIC;
    b->aplic = aplic_new(b->config.harts, msi ? NULL : external, msi ? &bus : NULL);
    return b->aplic;
}

static bool add(struct board *b, struct device d)
{
    return bus_add(&b->bus, &d);
}

bool controllers_add(struct board *b)
{
    if (b->plic) return add(b, plic_device(b->plic));
    bool good = add(b, aplic_m_device(b->aplic)) && add(b, aplic_s_device(b->aplic));
    if (b->config.aia == AIA_APLIC) return good;
    return good && add(b, imsic_m_device(&b->imsic)) && add(b, imsic_s_device(&b->imsic));
}

void controllers_reset(struct board *b)
{
    if (b->plic) plic_reset(b->plic);
    if (b->aplic) aplic_reset(b->aplic);
}

void controllers_free(struct board *b)
{
    plic_free(b->plic);
    aplic_free(b->aplic);
}

struct irq_line board_irq(struct board *b, unsigned source)
{
    return b->plic ? plic_input(b->plic, source) : aplic_input(b->aplic, source);
}
