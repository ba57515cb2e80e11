/* Sixteen vCPUs that spin: they get no more of the hart together than one would.
 * vcpus: 16
 * outcome: contained */
#include "guests/hostile/hostile.h"

static volatile bool over;

static void spin(u64 hart)
{
    (void)hart;
    while (!over) continue;
}

void attack(void)
{
    u64 deadline = now() + ticks(25);
    needs("virtio,mmio"); /* a vmm that has that has several vCPUs as well */
    u64 started = 0;
    for (u64 hart = 1; hart < HARTS_MAX; hart++) started += start_hart(hart, spin);
    while (!passed(deadline)) continue;
    over = true;
    check(started == HARTS_MAX - 1, "harts that started:", started);
}
