/* VMs: made from the device tree, ended one by one. docs/vmm.md has the binding. */
#include "firmware/devices/devices.h"

struct vm *vms;

enum { RAM_MIN = 4 << 20 };

/* A word "key=value" of the arguments; its value, which ends at a space or the end, or NULL. */
static const char *find_argument(int node, const char *key)
{
    return find_word(fdt_string(node, "bootargs"), ' ', key, strlen(key));
}

static u64 parse_decimal(const char *s)
{
    u64 n = 0;
    for (; *s >= '0' && *s <= '9' && n < BIT(40); s++) n = n * 10 + (u64)(*s - '0');
    return n;
}

enum { WORD_SIZE = 40 };

/* What a property of the node says, or else a word of the arguments, up to a space. */
static const char *word_of(int node, const char *property, const char *argument, char *word)
{
    const char *text = fdt_string(node, property);
    unsigned n = 0;
    if (!text) text = find_argument(node, argument);
    for (; text && *text > ' ' && *text <= '~' && n < WORD_SIZE - 1; text++) word[n++] = *text;
    word[n] = 0;
    return n ? word : NULL;
}

/* The name that was wished for, or the VM's number. */
static void set_name(struct vm *vm, int node)
{
    char word[WORD_SIZE];
    const char *wish = word_of(node, "vhart,name", "vmm.name=", word);
    memcpy(vm->name, "vm0", 3);
    put_digits(vm->name + (vm->number < 10 ? 3 : 2), vm->number, 10);
    if (wish) memcpy(vm->name, wish, VM_NAME_SIZE - 1);
}

/* A number from the arguments (QEMU's guest-loader knows no properties of ours, and vhart always
 * gives some), or else from the node, or else the default. */
static u64 number_of(int node, const char *property, const char *argument, u64 value)
{
    const char *text = find_argument(node, argument);
    fdt_number(node, property, &value);
    return text ? parse_decimal(text) : value;
}

/* In bytes, or in MiB: no VM is so small. */
static u64 ram_size(int node)
{
    u64 size = number_of(node, "vhart,memory-size", "vmm.memory=", GUEST_RAM_DEFAULT);
    return (size < RAM_MIN ? size << 20 : size) & ~(u64)(PAGE_SIZE - 1);
}

/* Guest RAM must lie within what the G-stage can address: two bits more than its levels' 9 each. */
static bool ram_size_is_possible(u64 size)
{
    u64 limit = BIT(PAGE_SHIFT + 9 * host.gstage_levels + 2) - GUEST_RAM_BASE;
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

/* All of it now, for who wants it so. */
static bool take_memory(struct vm *vm)
{
    u64 end = vm->prealloc ? vm->ram_size : 0;
    for (u64 at = 0; at < end; at += PAGE_SIZE)
        if (!gstage_touch(vm, GUEST_RAM_BASE + at, false)) return false;
    return true;
}

static const char *add_vcpus(struct vm *vm, int node)
{
    u64 count = number_of(node, "vhart,vcpus", "vmm.vcpus=", 1);
    if (count < 1 || count > VCPUS_MAX) return "a VM has 1 to 16 vCPUs";
    _Static_assert(sizeof(struct vcpu) <= PAGE_SIZE && VCPUS_MAX == 16, "here and in the message");
    for (; vm->vcpu_count < count; vm->vcpu_count++) {
        struct vcpu *v = (struct vcpu *)memory_alloc(PAGE);
        if (!v) return "the machine is out of memory";
        *v = (struct vcpu){.vm = vm, .id = vm->vcpu_count};
        vm->vcpus[v->id] = v;
    }
    return NULL;
}

/* A serial port and its interrupt controller for each VM; the rest as asked for. With "disk" the
 * ramdisk is that. */
static bool add_devices(struct vm *vm, int node, struct range *ramdisk)
{
    char devices[WORD_SIZE], device[WORD_SIZE];
    const char *list = word_of(node, "vhart,devices", "vmm.devices=", devices);
    const char *pass = word_of(node, "vhart,pass", "vmm.pass=", device);
    u64 share = number_of(node, "vhart,share", "vmm.share=", NEVER);
    u64 partition = number_of(node, "vhart,partition", "vmm.partition=", 0);
    struct range disk = partition ? (struct range){0, 0} : *ramdisk;
    if (lists(list, "disk", 4) && !partition) *ramdisk = (struct range){0, 0};
    return plic_add(vm) && uart_add(vm) && (!lists(list, "net", 3) || net_add(vm)) &&
           (!lists(list, "console", 7) || hvc_add(vm)) &&
           (!lists(list, "disk", 4) || block_add(vm, disk, partition)) &&
           (share == NEVER || direct_add_share(vm, share)) &&
           (!pass || direct_add_device(vm, pass));
}

/* Fills a VM's memory; NULL or what is wrong. */
static const char *populate(struct vm *vm, int node, struct range kernel, struct range ramdisk)
{
    const char *bootargs = fdt_string(node, "bootargs");
    struct image image;
    struct range ramdisk_at;
    if (!memory_has(kernel) || (ramdisk.size && !memory_has(ramdisk)))
        return "its images are not in the machine's RAM";
    vm->ram_size = ram_size(node);
    if (!ram_size_is_possible(vm->ram_size))
        return "its memory is under 4 MiB or more than the G-stage reaches";
    const char *error = add_vcpus(vm, node);
    if (error) return error;
    vm->prealloc = number_of(node, "vhart,prealloc", "vmm.prealloc=", 0);
    vm->debug = number_of(node, "vhart,debug", "vmm.debug=", 0);
    if (!gstage_init(vm) || !take_memory(vm)) return "the machine is out of memory";
    if (!add_devices(vm, node, &ramdisk)) return "one of its devices cannot be had";
    error = image_load(vm, kernel, &image);
    if (!error) error = place_ramdisk(vm, ramdisk, image.end, &ramdisk_at);
    if (error) return error;
    u64 tree = tree_build(vm, bootargs, ramdisk_at);
    if (!tree) return "its device tree does not fit";
    world_reset(vm->vcpus[0]);
    world_start(vm->vcpus[0], image.entry, tree);
    vm->vcpus[0]->state = RUNNABLE;
    return NULL;
}

struct range vm_module_range(int node)
{
    struct range r = {0, 0};
    int chosen = fdt_chosen();
    u64 end;
    if (node != chosen)
        fdt_reg(chosen, node, 0, &r);
    else if (fdt_number(node, "linux,initrd-start", &r.base) &&
             fdt_number(node, "linux,initrd-end", &end) && end > r.base)
        r.size = end - r.base;
    return r;
}

/* The kernel to which a ramdisk belongs: the one of the same name if it has a name, else the
 * one at the nearest lower address, as the order of QEMU's nodes says nothing. */
static int kernel_of(int ramdisk)
{
    const char *name = fdt_string(ramdisk, "vhart,name");
    u64 limit = vm_module_range(ramdisk).base, nearest = 0;
    int found = FDT_NONE;
    for (int node = fdt_child(fdt_chosen()); node != FDT_NONE; node = fdt_sibling(node)) {
        if (!fdt_compatible(node, "multiboot,kernel")) continue;
        const char *other = fdt_string(node, "vhart,name");
        u64 base = vm_module_range(node).base;
        if (name ? other && !strcmp(name, other) : base <= limit && base >= nearest) {
            found = node;
            nearest = base;
        }
    }
    return found;
}

static struct range ramdisk_of(int kernel)
{
    for (int node = fdt_child(fdt_chosen()); node != FDT_NONE; node = fdt_sibling(node))
        if (fdt_compatible(node, "multiboot,ramdisk") && kernel_of(node) == kernel)
            return vm_module_range(node);
    return (struct range){0, 0};
}

static void create(int node, unsigned number)
{
    _Static_assert(sizeof(struct vm) <= PAGE_SIZE, "a VM's record is a page");
    static struct vm **end = &vms;
    struct vm *vm = (struct vm *)memory_alloc(PAGE);
    if (!vm) panic("no memory for the record of a VM");
    vm->number = number;
    vm->weight = number_of(node, "vhart,weight", "vmm.weight=", WEIGHT_DEFAULT);
    if (vm->weight < 1 || vm->weight > WEIGHT_MAX) vm->weight = WEIGHT_DEFAULT;
    /* The guests' time begins now. Read back: htimedelta is zero where time is not implemented. */
    csr_write(htimedelta, 0 - timer_now());
    vm->htimedelta = csr_read(htimedelta);
    set_name(vm, node);
    *end = vm;
    end = &vm->next;

    struct range kernel = vm_module_range(node);
    const char *error = populate(vm, node, kernel, ramdisk_of(node));
    if (error) {
        vm_end(vm, "cannot start: %s", error);
        vm_release(vm);
        return;
    }
    say("%s: %lu MiB, %u vCPU%s, kernel %lu KiB, entry 0x%lx\n", vm->name, vm->ram_size >> 20,
        vm->vcpu_count, vm->vcpu_count == 1 ? "" : "s", kernel.size >> 10, vm->vcpus[0]->pc);
}

void vm_create_all(void)
{
    unsigned number = 1;
    for (int node = fdt_child(fdt_chosen()); node != FDT_NONE; node = fdt_sibling(node))
        if (fdt_compatible(node, "multiboot,kernel")) create(node, number++);
    if (!vms && vm_module_range(fdt_chosen()).size) create(fdt_chosen(), number);
    /* The guests' code came by stores, and the hart will fetch it. */
    fence_i();
}

void vm_end(struct vm *vm, const char *format, ...)
{
    __builtin_va_list args;
    if (vm->state == ENDED) return; /* by another vCPU, since this one left the guest */
    if (vm->line.size) console_put(vm, '\n');
    __builtin_va_start(args, format);
    say("%s ended: ", vm->name);
    vsay(format, args);
    say("\n");
    __builtin_va_end(args);
    vm_leave(vm, ENDED);
}

void vm_leave(struct vm *vm, enum vm_state state)
{
    vm->state = state;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i]->in_guest) hart_kick(vm->vcpus[i]->hart);
}

void vm_release(struct vm *vm)
{
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i]->hart) return;
    if (vm->root) gstage_free(vm);
}
