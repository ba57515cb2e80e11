/* The pages through which MSIs reach the harts' IMSICs (RISC-V AIA 1.0, "Incoming MSI Controller").
 * What becomes of an MSI is the hart's business: hart/imsic.h. */
#ifndef PLATFORM_IMSIC_H
#define PLATFORM_IMSIC_H

#include "platform/device.h"

/* Where MSIs go: to an interrupt file, numbered as hart_msi has them, of a hart. */
struct msi_port {
    void (*send)(void *arg, unsigned hart, unsigned file, u32 identity);
    void *arg;
};

struct imsic_pages {
    unsigned harts, guests; /* guests: guest interrupt files of each hart */
    struct msi_port port;
};

/* The devices for the bus: the pages of M-level files, a page a hart; those of S-level, each hart's
 * own page and then its guests', a power of two of pages a hart. */
struct device imsic_m_device(struct imsic_pages *p);
struct device imsic_s_device(struct imsic_pages *p);

/* A write that comes from an interrupt controller. What is not for a file is lost. */
void imsic_pages_write(const struct imsic_pages *p, u64 pa, u32 data);

#endif
