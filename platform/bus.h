/* The one table of devices: a device is registered here once, and found by address. */
#ifndef PLATFORM_BUS_H
#define PLATFORM_BUS_H

#include "platform/device.h"

enum { DEVICES_MAX = 32 };

struct device_bus {
    struct device devices[DEVICES_MAX]; /* ascending by base */
    unsigned count;
};

/* Register a device (the struct is copied). False, with a line on stderr, when its range is empty,
 * wraps, overlaps a device that is there, or the table is full. */
bool bus_add(struct device_bus *bus, const struct device *d);

/* The device that holds address pa; NULL: none. */
const struct device *bus_find(const struct device_bus *bus, u64 pa);

/* Access of size 1, 2, 4 or 8 bytes. False when no device holds all of it or the device does not
 * take this width. */
bool bus_load(const struct device_bus *bus, u64 pa, unsigned size, u64 *value);
bool bus_store(const struct device_bus *bus, u64 pa, unsigned size, u64 value);

#endif
