/* The test finisher (SiFive's test device): software ends the run or resets the board. */
#ifndef PLATFORM_FINISHER_H
#define PLATFORM_FINISHER_H

#include "platform/device.h"

struct finisher {
    void *arg;
    void (*finish)(void *arg, int status); /* end the run; 0..255 */
    void (*reset)(void *arg);              /* reset the board */
};

/* The finisher must outlive the device. */
struct device finisher_device(struct finisher *f);

/* The nodes /poweroff and /reboot, which say what to write. */
int finisher_describe_actions(void *fdt);

#endif
