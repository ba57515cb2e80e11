/* VMs: made from the device tree, ended one by one. docs/vmm.md has the binding. */
#include "firmware/vmm.h"

struct vm *vms;

enum { RAM_MIN = 4 << 20 };

/* A word "key=value" of the arguments; its value, which ends at a space or the end, or NULL. */
static const char *find_argument(const char *arguments, const char *key)
{
    size_t n = strlen(key);
    for (const char *s = arguments; s && *s; s++)
        if ((s == arguments || s[-1] == ' ') && strlen(s) >= n && !memcmp(s, key, n)) return s + n;
    return NULL;
}

static u64 parse_decimal(const char *s)
{
    u64 n = 0;
    for (; *s >= '0' && *s <= '9' && n < BIT(40); s++) n = n * 10 + (u64)(*s - '0');
    return n;
}

/* Takes over what is printable up to a space; the VM's number if that is nothing. */
static void set_name(struct vm *vm, const char *wish, unsigned number)
{
    unsigned n = 0;
    for (; wish && *wish > ' ' && *wish <= '~' && n < VM_NAME_SIZE - 1; wish++)
        vm->name[n++] = *wish;
    if (n) return;
    memcpy(vm->name, "vm", 2);
    vm->name[2] = (char)('0' + number / 10 % 10);
    vm->name[3] = (char)('0' + number % 10);
}

static u64 ram_size(int node, const char *bootargs)
{
    u64 size = GUEST_RAM_DEFAULT;
    const char *mib = find_argument(bootargs, "vmm.memory=");
    if (!fdt_number(node, "vhart,memory-size", &size) && mib) size = parse_decimal(mib) << 20;
    return size & ~(u64)(PAGE_SIZE - 1);
}

/* Guest RAM must lie within what the G-stage can address: two bits more than its levels' 9 each. */
static bool ram_size_is_possible(u64 size)
{
    u64 limit = BIT(PAGE_SHIFT + 9 * host.gstage->levels + 2) - GUEST_RAM_BASE;
    return size >= RAM_MIN && size <= limit;
}

static const char *place_ramdisk(struct vm *vm, struct range file, u64 kernel_end, struct range *at)
{
    u64 room_end = tree_address(vm);
    *at = (struct range){(room_end - file.size) & ~(u64)(PAGE_SIZE - 1), file.size};
    if (kernel_end > room_end) return "kernel does not fit";
    if (!file.size) return NULL;
    if (file.size > room_end - kernel_end || at->base < kernel_end)
        return "kernel and ramdisk do not fit";
    return gstage_write(vm, at->base, (const void *)file.base, file.size)
               ? NULL
               : "the machine is out of memory";
}

/* Fills a VM's memory; NULL or what is wrong. */
static const char *populate(struct vm *vm, int node, struct range kernel, struct range ramdisk)
{
    const char *bootargs = fdt_string(node, "bootargs");
    struct image image;
    struct range ramdisk_at;
    if (!memory_has(kernel) || (ramdisk.size && !memory_has(ramdisk)))
        return "its images are not in the machine's RAM";
    vm->ram_size = ram_size(node, bootargs);
    if (!ram_size_is_possible(vm->ram_size))
        return "its memory is under 4 MiB or more than the G-stage reaches";
    if (!gstage_init(vm)) return "the machine is out of memory";
    const char *error = image_load(vm, kernel, &image);
    if (!error) error = place_ramdisk(vm, ramdisk, image.end, &ramdisk_at);
    if (error) return error;
    u64 tree = tree_build(vm, bootargs, ramdisk_at);
    if (!tree) return "its device tree does not fit";
    world_start(&vm->vcpu, image.entry, tree);
    return NULL;
}

static void append(struct vm *vm)
{
    struct vm **end = &vms;
    while (*end) end = &(*end)->next;
    *end = vm;
}

static void create(int node, struct range kernel, struct range ramdisk, unsigned number)
{
    _Static_assert(sizeof(struct vm) <= PAGE_SIZE, "a VM's record is a page");
    struct vm *vm = (struct vm *)page_alloc();
    if (!vm) panic("no memory for the record of a VM");
    vm->vcpu.vm = vm;
    const char *name = fdt_string(node, "vhart,name");
    set_name(vm, name ? name : find_argument(fdt_string(node, "bootargs"), "vmm.name="), number);
    append(vm);

    const char *error = populate(vm, node, kernel, ramdisk);
    u64 vcpus = 1;
    fdt_number(node, "vhart,vcpus", &vcpus);
    if (!error && vcpus != 1) error = "a VM has one vCPU in this version";
    if (error) {
        vm_end(vm, "cannot start: %s", error);
        vm_release(vm);
        return;
    }
    say("%s: %lu MiB, kernel %lu KiB, entry 0x%lx\n", vm->name, vm->ram_size >> 20,
        kernel.size >> 10, vm->vcpu.pc);
}

static int chosen_child(void)
{
    int chosen = fdt_find(fdt_root(), "chosen");
    return chosen == FDT_NONE ? FDT_NONE : fdt_child(chosen);
}

static struct range module_range(int node)
{
    struct range r = {0, 0};
    fdt_reg(fdt_find(fdt_root(), "chosen"), node, 0, &r);
    return r;
}

/* The kernel to which a ramdisk belongs: the one of the same name if it has a name, else the one at
 * the nearest lower address, as the order of QEMU's nodes says nothing. */
static int kernel_of(int ramdisk)
{
    const char *name = fdt_string(ramdisk, "vhart,name");
    u64 limit = module_range(ramdisk).base, nearest = 0;
    int found = FDT_NONE;
    for (int node = chosen_child(); node != FDT_NONE; node = fdt_sibling(node)) {
        if (!fdt_compatible(node, "multiboot,kernel")) continue;
        const char *other = fdt_string(node, "vhart,name");
        u64 base = module_range(node).base;
        if (name ? other && !strcmp(name, other) : base <= limit && base >= nearest) {
            found = node;
            nearest = base;
        }
    }
    return found;
}

static struct range ramdisk_of(int kernel)
{
    for (int node = chosen_child(); node != FDT_NONE; node = fdt_sibling(node))
        if (fdt_compatible(node, "multiboot,ramdisk") && kernel_of(node) == kernel)
            return module_range(node);
    return (struct range){0, 0};
}

void vm_create_all(void)
{
    unsigned number = 1;
    for (int node = chosen_child(); node != FDT_NONE; node = fdt_sibling(node))
        if (fdt_compatible(node, "multiboot,kernel"))
            create(node, module_range(node), ramdisk_of(node), number++);
    /* The guests' code came by stores, and the hart will fetch it. */
    __asm__ volatile("fence.i" ::: "memory");
}

void vm_end(struct vm *vm, const char *format, ...)
{
    __builtin_va_list args;
    if (vm->line_size) console_put(vm, '\n');
    __builtin_va_start(args, format);
    say("%s ended: ", vm->name);
    vsay(format, args);
    say("\n");
    __builtin_va_end(args);
    vm->vcpu.state = ENDED;
}

void vm_release(struct vm *vm)
{
    world_drop(&vm->vcpu);
    if (vm->root) gstage_free(vm);
}
