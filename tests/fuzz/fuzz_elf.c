/* The ELF reader, and the loader that puts what it finds into a board's RAM. Input: a file, which
 * is given as the program, and as the kernel. */
#include "platform/load.h"
#include "tests/fuzz/said.h"

#define RAM_SIZE (4ull << 20)

static bool within(const u8 *data, size_t size, const void *part, u64 n)
{
    const u8 *p = part;
    return p >= data && n <= size && (size_t)(p - data) <= size - n;
}

static void check_segments(const struct elf *e, const u8 *data, size_t size)
{
    struct elf_segment s;
    unsigned seen = 0;
    for (unsigned k = 0; elf_next_segment(e, &k, &s); seen++) {
        HOLDS(s.memory_size && s.file_size <= s.memory_size, "sizes of segment %u", k);
        HOLDS(s.pa + s.memory_size >= s.pa, "segment %u wraps", k);
        HOLDS(!s.file_size || within(data, size, s.data, s.file_size), "segment %u is outside", k);
    }
    HOLDS(seen, "an executable with nothing in it");
}

static void check_symbols(const struct elf *e, const u8 *data, size_t size)
{
    u64 value = 0;
    for (u64 k = 0; k < e->symbol_count; k++) {
        const char *name = elf_label(e, k, &value);
        if (name) HOLDS(within(data, size, name, strlen(name) + 1), "a name lies outside");
        elf_physical(e, value);
    }
    elf_symbol(e, "tohost", &value);
}

static bool check_reader(const u8 *data, size_t size, struct elf *e)
{
    char error[ELF_ERROR_MAX] = "";
    if (!elf_open(e, data, size, error)) {
        HOLDS(*error && !strchr(error, '\n'), "no reason is given");
        return false;
    }
    check_segments(e, data, size);
    check_symbols(e, data, size);
    return true;
}

/* Every image is where it was said to be, and what follows it is zero. */
static void check_memory(const struct software *s, struct board *b)
{
    static u8 ram[RAM_SIZE];
    for (unsigned k = 0; k < s->image_count; k++) {
        const struct image *i = &s->images[k];
        HOLDS(board_read(b, i->pa, ram, i->memory_size), "image %u is not in RAM", k);
        HOLDS(memcmp(ram, i->data, i->file_size) == 0 || !i->file_size, "image %u is damaged", k);
        for (u64 at = i->file_size; at < i->memory_size; at++)
            HOLDS(!ram[at], "byte %llu of image %u", (unsigned long long)at, k);
    }
}

static void check_loader(const u8 *data, size_t size, const struct elf *as_program)
{
    static struct options o;
    static struct isa isa;
    if (!isa.set) isa_default(&isa);
    struct file file = {"input", (u8 *)(uintptr_t)data, size};
    struct software s = {.options = &o};
    struct board_config config = {
        .harts = 1, .ram_size = RAM_SIZE, .isa = &isa, .console = CONSOLE_NONE};
    if (as_program) {
        s.program = file;
        s.elf = *as_program;
    } else {
        s.kernel = file;
    }
    listen_anew();
    struct board *b = board_new(&config);
    HOLDS(b, "no board");
    bool placed = software_place(&s, b);
    check_what_was_said(placed);
    if (placed) check_memory(&s, b);
    board_free(b);
    free(s.images);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct elf e;
    if (size && check_reader(data, size, &e)) check_loader(data, size, &e);
    if (size) check_loader(data, size, NULL);
    return 0;
}
