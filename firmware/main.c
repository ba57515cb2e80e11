/* From the firmware's hands to the last VM's end. */
#include "firmware/fdt/fdt.h"

__attribute__((noreturn)) void main(u64 hart, const void *tree)
{
    hart_begin(hart);
    if (!fdt_open(tree)) panic("there is no device tree at 0x%lx", (u64)tree);
    host_probe(hart);
    memory_init();
    say("hart %lu, %s, %lu VMIDs, guests' timer by %s, %s\n", hart, host.gstage->name,
        host.vmid_max + 1, host.sstc ? "Sstc" : "SBI", host.isa);
    vm_create_all();
    if (!vms) panic("no kernel in the device tree's /chosen: see docs/vmm.md");
    stats_begin();
    hart_start_others();
    sched_run();
}
