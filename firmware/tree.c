/* The device tree of a guest: its memory, its one hart, what it was given to start with. */
#include "firmware/vmm.h"

enum { TREE_SIZE = 8192, INTERRUPT_CONTROLLER_PHANDLE = 1 };

static void put_chosen(struct fdt_out *f, const char *bootargs, struct range ramdisk)
{
    fdt_node(f, "chosen");
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
    fdt_put_range(f, "reg", GUEST_RAM_BASE, vm->ram_size);
    fdt_end_node(f);
}

static void put_cpu(struct fdt_out *f)
{
    fdt_node(f, "cpu@0");
    fdt_put_string(f, "device_type", "cpu");
    fdt_put_u32(f, "reg", 0);
    fdt_put_string(f, "status", "okay");
    fdt_put_string(f, "compatible", "riscv");
    fdt_put_string(f, "riscv,isa", host.isa);
    if (host.mmu_type) fdt_put_string(f, "mmu-type", host.mmu_type);
    fdt_node(f, "interrupt-controller");
    fdt_put_string(f, "compatible", "riscv,cpu-intc");
    fdt_put(f, "interrupt-controller", "", 0);
    fdt_put_u32(f, "#interrupt-cells", 1);
    fdt_put_u32(f, "phandle", INTERRUPT_CONTROLLER_PHANDLE);
    fdt_end_node(f);
    fdt_end_node(f);
}

static void put_cpus(struct fdt_out *f)
{
    fdt_node(f, "cpus");
    fdt_put_u32(f, "#address-cells", 1);
    fdt_put_u32(f, "#size-cells", 0);
    fdt_put_u32(f, "timebase-frequency", (u32)host.timebase);
    put_cpu(f);
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
    put_chosen(&f, bootargs, ramdisk);
    put_memory(&f, vm);
    put_cpus(&f);
    u32 size = fdt_finish(&f);
    u64 at = tree_address(vm);
    return size && gstage_write(vm, at, buffer, size) ? at : 0;
}

u64 tree_address(const struct vm *vm)
{
    return GUEST_RAM_BASE + vm->ram_size - TREE_SIZE;
}
