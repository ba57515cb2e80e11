/* A user's device tree, completed with what the board has to say and put into its RAM. Input: a
 * flattened device tree. */
#include "hart/isa.h"
#include "platform/board.h"
#include "tests/fuzz/said.h"

#include <libfdt.h>

static const struct board_guest guest = {
    .name = "guest", .append = "quiet", .kernel = 0x80100000, .kernel_size = 4096, .vcpus = 1};

static u64 chosen_cells(const void *fdt, const char *name)
{
    int size;
    const fdt64_t *cells = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), name, &size);
    HOLDS(cells && size == 8, "/chosen lacks %s", name);
    return fdt64_ld(cells);
}

static int count_nodes(const void *fdt)
{
    int n = 0, depth = 0;
    for (int node = 0; node >= 0 && depth >= 0; node = fdt_next_node(fdt, node, &depth)) n++;
    return n;
}

/* What was asked for is in the tree, and what the user's tree had still is. */
static void check_tree(const void *fdt, const struct board_boot *boot)
{
    int size, old = count_nodes(boot->dtb), now = count_nodes(fdt);
    HOLDS(fdt_check_full(fdt, fdt_totalsize(fdt)) == 0, "the completed tree is damaged");
    const char *args = fdt_getprop(fdt, fdt_path_offset(fdt, "/chosen"), "bootargs", &size);
    HOLDS(args && strcmp(args, boot->bootargs) == 0, "/chosen has other bootargs");
    HOLDS(chosen_cells(fdt, "linux,initrd-start") == boot->initrd_start, "the initrd's start");
    HOLDS(chosen_cells(fdt, "linux,initrd-end") == boot->initrd_end, "the initrd's end");
    HOLDS(fdt_path_offset(fdt, "/chosen/module@80100000") > 0, "the guest is missing");
    HOLDS(now == old + 1 || now == old + 2, "%d nodes became %d", old, now);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct isa isa;
    if (!isa.set) isa_default(&isa);
    struct board_config config = {
        .harts = 1, .ram_size = 2 << 20, .isa = &isa, .console = CONSOLE_NONE};
    struct board_boot boot = {.entry = RAM_BASE,
                              .bootargs = "console=ttyS0",
                              .initrd_start = RAM_BASE + 4096,
                              .initrd_end = RAM_BASE + 8192,
                              .guests = &guest,
                              .guest_count = 1,
                              .dtb = data,
                              .dtb_size = size};
    listen_anew();
    struct board *b = board_new(&config);
    HOLDS(b, "no board");
    bool done = board_finish_setup(b, &boot);
    check_what_was_said(done);
    if (done) check_tree(board_fdt(b), &boot);
    board_free(b);
    return 0;
}
