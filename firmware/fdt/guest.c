/* The device tree of a guest: its memory, its harts, its devices, what it was given to start with.
 */
#include "firmware/devices/devices.h"

enum { TREE_SIZE = 16384 };

static void put_chosen(struct fdt_out *f, const struct vm *vm, const char *bootargs,
                       struct range ramdisk)
{
    u8 seed[32];
    fdt_node(f, "chosen");
    if (vm->uart) fdt_put_string(f, "stdout-path", "/soc/serial@10000000");
    if (host_seed(vm->number, seed)) fdt_put(f, "rng-seed", seed, sizeof seed);
    if (bootargs) fdt_put_string(f, "bootargs", bootargs);
    if (ramdisk.size) {
        fdt_put_u64(f, "linux,initrd-start", ramdisk.base);
        fdt_put_u64(f, "linux,initrd-end", ramdisk.base + ramdisk.size);
    }
    fdt_end_node(f);
}

static void put_memory(struct fdt_out *f, const struct vm *vm)
{
    fdt_node(f, "memory@80000000");
    fdt_put_string(f, "device_type", "memory");
    fdt_put_range(f, (struct range){GUEST_RAM_BASE, vm->ram_size});
    fdt_end_node(f);
}

/* How much CBO instructions take at a time is the machine's. */
static void put_block_sizes(struct fdt_out *f)
{
    static const char *const names[] = {"riscv,cbom-block-size", "riscv,cboz-block-size"};
    u64 size;
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
        if (fdt_number(host_cpu(host.hart), names[i], &size)) fdt_put_u32(f, names[i], (u32)size);
}

static void put_cpu(struct fdt_out *f, unsigned id)
{
    fdt_unit_node(f, "cpu", id);
    fdt_put_string(f, "device_type", "cpu");
    fdt_put_u32(f, "reg", id);
    fdt_put_string(f, "status", "okay");
    fdt_put_string(f, "compatible", "riscv");
    fdt_put_string(f, "riscv,isa", host.isa);
    if (host.mmu_type) fdt_put_string(f, "mmu-type", host.mmu_type);
    put_block_sizes(f);
    fdt_node(f, "interrupt-controller");
    fdt_put_string(f, "compatible", "riscv,cpu-intc");
    fdt_put(f, "interrupt-controller", "", 0);
    fdt_put_u32(f, "#interrupt-cells", 1);
    fdt_put_u32(f, "phandle", CPU_PHANDLE + id);
    fdt_end_node(f);
    fdt_end_node(f);
}

static void put_cpus(struct fdt_out *f, const struct vm *vm)
{
    fdt_node(f, "cpus");
    fdt_put_u32(f, "#address-cells", 1);
    fdt_put_u32(f, "#size-cells", 0);
    fdt_put_u32(f, "timebase-frequency", (u32)host.timebase);
    for (unsigned i = 0; i < vm->vcpu_count; i++) put_cpu(f, i);
    fdt_end_node(f);
}

static void put_devices(struct fdt_out *f, const struct vm *vm)
{
    fdt_node(f, "soc");
    fdt_put_string(f, "compatible", "simple-bus");
    fdt_put_u32(f, "#address-cells", 2);
    fdt_put_u32(f, "#size-cells", 2);
    fdt_put(f, "ranges", "", 0);
    for (unsigned i = 0; i < vm->device_count; i++) device_describe(f, vm, &vm->devices[i]);
    fdt_end_node(f);
}

u64 tree_build(struct vm *vm, const char *bootargs, struct range ramdisk)
{
    static u64 buffer[TREE_SIZE / 8];
    struct fdt_out f;
    fdt_begin(&f, buffer, TREE_SIZE);
    fdt_put_u32(&f, "#address-cells", 2);
    fdt_put_u32(&f, "#size-cells", 2);
    fdt_put_string(&f, "compatible", "linux,dummy-virt");
    fdt_put_string(&f, "model", "vmm guest");
    put_chosen(&f, vm, bootargs, ramdisk);
    put_memory(&f, vm);
    put_cpus(&f, vm);
    put_devices(&f, vm);
    u32 size = fdt_finish(&f);
    u64 at = tree_address(vm);
    return size && gstage_write(vm, at, buffer, size) ? at : 0;
}

u64 tree_address(const struct vm *vm)
{
    return GUEST_RAM_BASE + vm->ram_size - TREE_SIZE;
}
