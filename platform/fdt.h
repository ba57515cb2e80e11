/* The flattened device tree that describes the board to software. */
#ifndef PLATFORM_FDT_H
#define PLATFORM_FDT_H

#include "platform/board.h"
#include "platform/bus.h"

/* The board's tree, or boot->dtb completed with what boot says about images and boot arguments
 * (/chosen). The caller frees it. NULL, with a line on stderr, when boot->dtb is damaged or memory
 * runs out. */
void *fdt_build(const struct board_config *config, const struct device_bus *bus,
                const struct board_boot *boot);

#endif
