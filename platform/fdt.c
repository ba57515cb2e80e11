#include "platform/fdt.h"
#include "hart/csrbits.h"
#include "hart/isa.h"
#include "platform/finisher.h"
#include "platform/node.h"
#include "platform/random.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_BLOCK = 64, SEED_WORDS = 4 };

#define CONSOLE "/soc/serial@10000000"

/* ---- the hardware ---- */

/* The longest virtual addresses that satp can be asked for (dt-schema, riscv/cpus.yaml). */
static const char *mmu_type(const struct board_config *config)
{
    static const char *const types[] = {"riscv,sv39", "riscv,sv48", "riscv,sv57"};
    for (unsigned k = 3; k-- > 0;)
        if (!(config->hart.satp_cut >> (ATP_SV39 + k) & 1)) return types[k];
    return "riscv,none";
}

static int describe_hart(void *fdt, const struct board_config *config, unsigned hart)
{
    struct node n = node_begin_at(fdt, "cpu", hart);
    node_string(&n, "device_type", "cpu");
    node_u32(&n, "reg", hart);
    node_string(&n, "status", "okay");
    node_string(&n, "compatible", "riscv");
    node_string(&n, "riscv,isa", isa_string(config->isa));
    node_string(&n, "mmu-type", mmu_type(config));
    if (isa_has(config->isa, EXT_ZICBOM)) node_u32(&n, "riscv,cbom-block-size", CACHE_BLOCK);
    if (isa_has(config->isa, EXT_ZICBOZ)) node_u32(&n, "riscv,cboz-block-size", CACHE_BLOCK);

    struct node intc = node_begin(fdt, "interrupt-controller");
    node_string(&intc, "compatible", "riscv,cpu-intc");
    node_u32(&intc, "#interrupt-cells", 1);
    node_flag(&intc, "interrupt-controller");
    node_u32(&intc, "phandle", PHANDLE_HART_INTC + hart);
    node_child(&n, node_end(&intc));
    return node_end(&n);
}

static int describe_harts(void *fdt, const struct board_config *config)
{
    struct node n = node_begin(fdt, "cpus");
    node_u32(&n, "#address-cells", 1);
    node_u32(&n, "#size-cells", 0);
    node_u32(&n, "timebase-frequency", TIMEBASE_HZ);
    for (unsigned i = 0; i < config->harts; i++) node_child(&n, describe_hart(fdt, config, i));
    return node_end(&n);
}

static int describe_memory(void *fdt, const struct board_config *config)
{
    struct node n = node_begin_at(fdt, "memory", RAM_BASE);
    node_string(&n, "device_type", "memory");
    node_reg(&n, RAM_BASE, config->ram_size);
    return node_end(&n);
}

static int describe_soc(void *fdt, const struct device_bus *bus)
{
    struct node n = node_begin(fdt, "soc");
    node_string(&n, "compatible", "simple-bus");
    node_u32(&n, "#address-cells", 2);
    node_u32(&n, "#size-cells", 2);
    node_flag(&n, "ranges");
    for (unsigned i = 0; i < bus->count; i++) {
        const struct device *d = &bus->devices[i];
        if (d->describe) node_child(&n, d->describe(d, fdt));
    }
    return node_end(&n);
}

/* Which events there are and which counters take them (docs/counters.md), for SBI firmware to read:
 * the binding is OpenSBI's, docs/pmu_support.md there. Each event: its number for the SBI, and the
 * 64-bit mhpmevent for it; then the events from first to last, and BIT(n) of each mhpmcounter n. */
static int describe_pmu(void *fdt)
{
    static const u32 events[] = {EVENT_CYCLES,       0, EVENT_CYCLES,
                                 EVENT_INSTRUCTIONS, 0, EVENT_INSTRUCTIONS};
    static const u32 counters[] = {EVENT_CYCLES, EVENT_INSTRUCTIONS, 0xfffffff8};
    struct node n = node_begin(fdt, "pmu");
    node_string(&n, "compatible", "riscv,pmu");
    node_cells(&n, "riscv,event-to-mhpmevent", events, 6);
    node_cells(&n, "riscv,event-to-mhpmcounters", counters, 3);
    return node_end(&n);
}

static int describe_htif(void *fdt)
{
    struct node n = node_begin(fdt, "htif");
    node_string(&n, "compatible", "ucb,htif0");
    return node_end(&n);
}

static int describe_aliases(void *fdt)
{
    struct node n = node_begin(fdt, "aliases");
    node_string(&n, "serial0", CONSOLE);
    return node_end(&n);
}

static int describe_root(void *fdt, const struct board_config *config, const struct device_bus *bus)
{
    struct node n = node_begin(fdt, "");
    node_u32(&n, "#address-cells", 2);
    node_u32(&n, "#size-cells", 2);
    node_string(&n, "compatible", "riscv-virtio"); /* what stock software for the board looks for */
    node_string(&n, "model", "vhart,virt");
    node_child(&n, describe_aliases(fdt));
    node_child(&n, describe_memory(fdt, config));
    node_child(&n, describe_harts(fdt, config));
    node_child(&n, describe_soc(fdt, bus));
    node_child(&n, finisher_describe_actions(fdt));
    node_child(&n, describe_pmu(fdt));
    if (config->htif) node_child(&n, describe_htif(fdt));
    return node_end(&n);
}

static int write_tree(void *fdt, int size, const struct board_config *config,
                      const struct device_bus *bus)
{
    int error = fdt_create(fdt, size);
    if (!error) error = fdt_finish_reservemap(fdt);
    if (!error) error = describe_root(fdt, config, bus);
    return error ? error : fdt_finish(fdt);
}

/* ---- /chosen: the software ---- */

static int set_rng_seed(void *fdt, int chosen, u64 seed)
{
    fdt64_t words[SEED_WORDS];
    for (unsigned i = 0; i < SEED_WORDS; i++) words[i] = cpu_to_fdt64(next_random(&seed));
    return fdt_setprop(fdt, chosen, "rng-seed", words, sizeof words);
}

static int set_string(void *fdt, int node, const char *name, const char *value)
{
    return fdt_setprop(fdt, node, name, value, (int)strlen(value) + 1);
}

/* A node for an image at [base, base + size): Xen's multiboot binding. Its offset or an error. */
static int add_module(void *fdt, int chosen, const char *compatible, size_t compatible_size,
                      u64 base, u64 size)
{
    char name[32];
    fdt64_t reg[2] = {cpu_to_fdt64(base), cpu_to_fdt64(size)};
    snprintf(name, sizeof name, "module@%" PRIx64, base);
    int module = fdt_add_subnode(fdt, chosen, name);
    if (module < 0) return module;
    int error = fdt_setprop(fdt, module, "compatible", compatible, (int)compatible_size);
    if (!error) error = fdt_setprop(fdt, module, "reg", reg, sizeof reg);
    return error ? error : module;
}

static int add_guest_kernel(void *fdt, int chosen, const struct board_guest *g)
{
    static const char compatible[] = "multiboot,kernel\0multiboot,module";
    int module = add_module(fdt, chosen, compatible, sizeof compatible, g->kernel, g->kernel_size);
    if (module < 0) return module;
    int error = set_string(fdt, module, "vhart,name", g->name);
    if (!error && g->append) error = set_string(fdt, module, "bootargs", g->append);
    if (!error) error = fdt_setprop_u64(fdt, module, "vhart,memory-size", g->memory_size);
    return error ? error : fdt_setprop_u32(fdt, module, "vhart,vcpus", g->vcpus);
}

static int add_guest_ramdisk(void *fdt, int chosen, const struct board_guest *g)
{
    static const char compatible[] = "multiboot,ramdisk\0multiboot,module";
    int module = add_module(fdt, chosen, compatible, sizeof compatible, g->initrd, g->initrd_size);
    return module < 0 ? module : set_string(fdt, module, "vhart,name", g->name);
}

/* New subnodes go before older ones, so the last guest is added first. */
static int add_guests(void *fdt, int chosen, const struct board_boot *boot)
{
    int error = 0;
    for (unsigned i = boot->guest_count; i-- > 0 && !error;) {
        const struct board_guest *g = &boot->guests[i];
        if (g->initrd_size) error = add_guest_ramdisk(fdt, chosen, g);
        if (!error) error = add_guest_kernel(fdt, chosen, g);
    }
    return error;
}

/* The node, made when it is missing; its offset or an error. */
static int chosen_node(void *fdt)
{
    int chosen = fdt_path_offset(fdt, "/chosen");
    return chosen == -FDT_ERR_NOTFOUND ? fdt_add_subnode(fdt, 0, "chosen") : chosen;
}

static int add_chosen(void *fdt, const struct board_config *config, const struct board_boot *boot)
{
    int chosen = chosen_node(fdt), error = chosen < 0 ? chosen : 0;
    if (!error && boot->bootargs) error = set_string(fdt, chosen, "bootargs", boot->bootargs);
    if (!error && boot->initrd_end > boot->initrd_start) {
        error = fdt_setprop_u64(fdt, chosen, "linux,initrd-start", boot->initrd_start);
        if (!error) error = fdt_setprop_u64(fdt, chosen, "linux,initrd-end", boot->initrd_end);
    }
    if (!error && boot->guest_count) {
        error = fdt_setprop_u32(fdt, chosen, "#address-cells", 2);
        if (!error) error = fdt_setprop_u32(fdt, chosen, "#size-cells", 2);
        if (!error) error = add_guests(fdt, chosen, boot);
    }
    if (error || boot->dtb) return error;
    error = set_string(fdt, chosen, "stdout-path", CONSOLE);
    return error ? error : set_rng_seed(fdt, chosen, config->seed);
}

/* ---- putting it together ---- */

/* More than any tree takes: the harts' nodes, the strings of /chosen, and the rest. */
static size_t space_for(const struct board_config *config, const struct board_boot *boot)
{
    size_t space = 16384 + config->harts * (512 + strlen(isa_string(config->isa)));
    if (boot->bootargs) space += strlen(boot->bootargs);
    for (unsigned i = 0; i < boot->guest_count; i++) {
        const struct board_guest *g = &boot->guests[i];
        space += 1024 + 2 * strlen(g->name) + (g->append ? strlen(g->append) : 0);
    }
    return space + boot->dtb_size;
}

static int fill(void *fdt, int size, const struct board_config *config,
                const struct device_bus *bus, const struct board_boot *boot)
{
    int error;
    if (boot->dtb) {
        error = fdt_check_full(boot->dtb, boot->dtb_size);
        if (!error) error = fdt_open_into(boot->dtb, fdt, size);
    } else {
        error = write_tree(fdt, size, config, bus);
        if (!error) error = fdt_open_into(fdt, fdt, size);
    }
    if (!error) error = add_chosen(fdt, config, boot);
    return error ? error : fdt_pack(fdt);
}

void *fdt_build(const struct board_config *config, const struct device_bus *bus,
                const struct board_boot *boot)
{
    size_t size = space_for(config, boot);
    void *fdt = calloc(1, size);
    if (!fdt) {
        fprintf(stderr, "vhart: no memory for the device tree\n");
        return NULL;
    }
    int error = fill(fdt, (int)size, config, bus, boot);
    if (!error) return fdt;
    fprintf(stderr, "vhart: the %sdevice tree cannot be built: %s\n", boot->dtb ? "given " : "",
            fdt_strerror(error));
    free(fdt);
    return NULL;
}
