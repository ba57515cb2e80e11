/* From the firmware's hands to the last VM's end. */
#include "firmware/vmm.h"

extern char image_start[], image_end[];
void main(u64 hart, const void *tree) __attribute__((noreturn));

/* Reserves the entries of `reg` of each child of a node that passes the test. */
static void reserve_children(int parent, const char *compatible)
{
    if (parent == FDT_NONE) return;
    for (int node = fdt_child(parent); node != FDT_NONE; node = fdt_sibling(node)) {
        struct range r;
        if (compatible && !fdt_compatible(node, compatible)) continue;
        for (unsigned n = 0; fdt_reg(parent, node, n, &r); n++) page_reserve(r);
    }
}

static bool is_ram(int node)
{
    const char *type = fdt_string(node, "device_type");
    return type && !strcmp(type, "memory");
}

/* Calls act for each entry of each memory node's reg. */
static void each_ram(void (*act)(struct range))
{
    for (int node = fdt_child(fdt_root()); node != FDT_NONE; node = fdt_sibling(node)) {
        struct range r;
        for (unsigned n = 0; is_ram(node) && fdt_reg(fdt_root(), node, n, &r); n++) act(r);
    }
}

/* Below vmm in the same bank lives the firmware, whether the tree says so or not. */
static void reserve_image(struct range bank)
{
    u64 start = (u64)image_start, end = (u64)image_end;
    if (start - bank.base < bank.size) page_reserve((struct range){bank.base, end - bank.base});
}

static void memory_init(void)
{
    struct range r;
    int chosen = fdt_find(fdt_root(), "chosen");
    each_ram(reserve_image);
    page_reserve(fdt_extent());
    for (unsigned n = 0; fdt_memreserve(n, &r); n++) page_reserve(r);
    reserve_children(fdt_find(fdt_root(), "reserved-memory"), NULL);
    reserve_children(chosen, "multiboot,module");
    reserve_children(chosen, "multiboot,kernel");
    reserve_children(chosen, "multiboot,ramdisk");
    each_ram(page_add_ram);
}

void main(u64 hart, const void *tree)
{
    if (!fdt_open(tree)) panic("there is no device tree at 0x%lx", (u64)tree);
    host_probe(hart);
    memory_init();
    say("hart %lu, %s, %lu VMIDs, guests' timer by %s, %s\n", hart, host.gstage->name,
        host.vmid_max + 1, host.sstc ? "Sstc" : "SBI", host.isa);
    vm_create_all();
    if (!vms) panic("no kernel in the device tree's /chosen: see docs/vmm.md");
    sched_run();
    say("all VMs have ended\n");
    exit_report();
    host_shutdown(false);
}
