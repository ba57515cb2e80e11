#include "platform/bus.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool refuse(const struct device *d, const char *why, const char *other)
{
    fprintf(stderr, "vhart: device %s at 0x%" PRIx64 " (0x%" PRIx64 " bytes) %s%s\n", d->name,
            d->base, d->size, why, other);
    return false;
}

bool bus_add(struct device_bus *bus, const struct device *d)
{
    u64 last = d->base + d->size - 1;
    if (!d->size || last < d->base) return refuse(d, "has no proper address range", "");
    if (bus->count == DEVICES_MAX) return refuse(d, "finds the device table full", "");
    unsigned at = bus->count;
    for (unsigned i = bus->count; i-- > 0;) {
        const struct device *other = &bus->devices[i];
        if (d->base <= other->base + other->size - 1 && other->base <= last)
            return refuse(d, "overlaps ", other->name);
        if (other->base > d->base) at = i;
    }
    memmove(&bus->devices[at + 1], &bus->devices[at], (bus->count - at) * sizeof *d);
    bus->devices[at] = *d;
    bus->count++;
    return true;
}

const struct device *bus_find(const struct device_bus *bus, u64 pa)
{
    for (unsigned i = 0; i < bus->count && bus->devices[i].base <= pa; i++)
        if (pa - bus->devices[i].base < bus->devices[i].size) return &bus->devices[i];
    return NULL;
}

/* The device that takes an access of this size at pa. */
static const struct device *accepts(const struct device_bus *bus, u64 pa, unsigned size)
{
    const struct device *d = bus_find(bus, pa);
    if (!d || !(d->widths & size) || d->size - (pa - d->base) < size) return NULL;
    return d;
}

bool bus_load(const struct device_bus *bus, u64 pa, unsigned size, u64 *value)
{
    const struct device *d = accepts(bus, pa, size);
    if (!d) return false;
    *value = d->read(d->state, pa - d->base, size);
    return true;
}

bool bus_store(const struct device_bus *bus, u64 pa, unsigned size, u64 value)
{
    const struct device *d = accepts(bus, pa, size);
    if (!d) return false;
    d->write(d->state, pa - d->base, size, value);
    return true;
}
