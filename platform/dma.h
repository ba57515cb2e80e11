/* RAM as a device sees it: physical addresses, no translation, no protection. */
#ifndef PLATFORM_DMA_H
#define PLATFORM_DMA_H

#include "hart/types.h"

/* Each function is false, silently, when a byte of [pa, pa + size) is not in RAM, and then nothing
 * is transferred. What is aligned to its size, 2, 4 or 8 bytes, goes in one access; harts that run
 * at the same time see no order between accesses that the device does not make by fences. */
struct dma {
    void *arg;
    bool (*holds)(void *arg, u64 pa, u64 size);
    bool (*read)(void *arg, u64 pa, void *data, u64 size);
    bool (*write)(void *arg, u64 pa, const void *data, u64 size);
};

#endif
