#include "platform/load.h"

#include "platform/message.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A flat kernel goes to the first 2 MiB boundary behind the firmware, as on QEMU's board; images
 * without a place of their own go below 4 GiB, where every kernel finds them. */
#define KERNEL_BASE (RAM_BASE + 0x200000)
#define PLACE_LIMIT 0x100000000ull

/* ---- reading ---- */

/* Where distributions install OpenSBI: Debian's opensbi, then QEMU's own copy. */
static const char *default_bios(void)
{
    static const char *const places[] = {
        "/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin",
        "/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin",
    };
    for (unsigned k = 0; k < sizeof places / sizeof places[0]; k++)
        if (access(places[k], R_OK) == 0) return places[k];
    return NULL;
}

static bool read_bios(struct software *s)
{
    const struct options *o = s->options;
    const char *name = o->bios ? o->bios : default_bios();
    if (o->program || (o->bios && strcmp(o->bios, "none") == 0)) return true;
    if (!name)
        return complain(
            "no OpenSBI found for --kernel: install the package opensbi, or give --bios "
            "FILE (or --bios none)");
    return file_read(&s->bios, "firmware", name);
}

static bool read_program(struct software *s)
{
    char error[ELF_ERROR_MAX];
    if (!file_read(&s->program, "program", s->options->program)) return false;
    if (elf_open(&s->elf, s->program.data, s->program.size, error)) return true;
    return complain("program '%s' %s", s->options->program, error);
}

static bool read_guests(struct software *s)
{
    for (unsigned k = 0; k < s->options->guest_count; k++) {
        const struct guest_option *g = &s->options->guests[k];
        if (!file_read(&s->guest_kernels[k], "guest kernel", g->kernel)) return false;
        if (g->initrd && !file_read(&s->guest_initrds[k], "guest initrd", g->initrd)) return false;
    }
    return true;
}

bool software_read(struct software *s, const struct options *o)
{
    *s = (struct software){.options = o};
    if (o->program && !read_program(s)) return false;
    if (o->kernel && !file_read(&s->kernel, "kernel", o->kernel)) return false;
    if (o->initrd && !file_read(&s->initrd, "initrd", o->initrd)) return false;
    if (o->dtb && !file_read(&s->dtb, "device tree", o->dtb)) return false;
    bool wants_bios = o->kernel || o->bios;
    return (!wants_bios || read_bios(s)) && read_guests(s);
}

void software_free(struct software *s)
{
    file_free(&s->program);
    file_free(&s->bios);
    file_free(&s->kernel);
    file_free(&s->initrd);
    file_free(&s->dtb);
    for (unsigned k = 0; k < GUESTS_MAX; k++) {
        file_free(&s->guest_kernels[k]);
        file_free(&s->guest_initrds[k]);
    }
    free(s->images);
    s->images = NULL;
}

/* ---- placing ---- */

static bool put_image(struct board *b, const struct image *i)
{
    return board_write(b, i->pa, i->data, i->file_size) &&
           board_zero(b, i->pa + i->file_size, i->memory_size - i->file_size);
}

/* Claim the image's place, fill it, and remember it for a reset. */
static bool add_image(struct software *s, struct board *b, struct image image)
{
    struct image *grown = realloc(s->images, (s->image_count + 1) * sizeof image);
    if (!grown) return complain("out of memory");
    s->images = grown;
    s->images[s->image_count++] = image;
    if (!board_claim(b, image.name, image.pa, image.memory_size)) return false;
    return put_image(b, &image) || complain("'%s' does not fit the host's memory", image.name);
}

static bool place_flat(struct software *s, struct board *b, const struct file *f, u64 pa,
                       u64 memory)
{
    if (memory < f->size) memory = f->size;
    return add_image(s, b, (struct image){f->name, f->data, pa, f->size, memory});
}

/* An executable that may lie anywhere and was linked at 0 goes to the start of RAM. */
static u64 elf_bias(const struct elf *e)
{
    struct elf_segment segment;
    for (unsigned k = 0; e->position_independent && elf_next_segment(e, &k, &segment);)
        if (segment.pa < RAM_BASE) return RAM_BASE;
    return 0;
}

static bool place_elf(struct software *s, struct board *b, const struct elf *e, const char *name)
{
    struct elf_segment segment;
    u64 bias = elf_bias(e);
    for (unsigned k = 0; elf_next_segment(e, &k, &segment);)
        if (!add_image(s, b,
                       (struct image){name, segment.data, segment.pa + bias, segment.file_size,
                                      segment.memory_size}))
            return false;
    return true;
}

/* An ELF file to where it says, anything else to flat_pa; *entry is its first instruction. */
static bool place_file(struct software *s, struct board *b, const struct file *f, u64 flat_pa,
                       u64 flat_memory, u64 *entry)
{
    char error[ELF_ERROR_MAX];
    struct elf e;
    *entry = flat_pa;
    if (!elf_is(f->data, f->size)) return place_flat(s, b, f, flat_pa, flat_memory);
    if (!elf_open(&e, f->data, f->size, error)) return complain("'%s' %s", f->name, error);
    *entry = elf_physical(&e, e.entry) + elf_bias(&e);
    return place_elf(s, b, &e, f->name);
}

static u64 get_little64(const u8 *p)
{
    u64 value = 0;
    for (int k = 7; k >= 0; k--) value = value << 8 | p[k];
    return value;
}

/* A Linux Image says where it wants to be and how much it needs (Linux,
 * Documentation/arch/riscv/boot-image-header.rst). */
static void read_linux_header(const struct file *f, u64 *pa, u64 *memory)
{
    enum { TEXT_OFFSET = 8, IMAGE_SIZE = 16, MAGIC2 = 56, HEADER_SIZE = 64 };
    if (f->size < HEADER_SIZE || memcmp(f->data + MAGIC2, "RSC\x05", 4) != 0) return;
    *memory = get_little64(f->data + IMAGE_SIZE);
    u64 offset = get_little64(f->data + TEXT_OFFSET);
    if (offset) *pa = RAM_BASE + offset;
}

static bool is_compressed(const struct file *f)
{
    return f->size > 2 && f->data[0] == 0x1f && f->data[1] == 0x8b;
}

static bool place_kernel(struct software *s, struct board *b, u64 *entry)
{
    u64 pa = KERNEL_BASE, memory = 0;
    if (is_compressed(&s->kernel))
        return complain("kernel '%s' is compressed; unpack it with gunzip first", s->kernel.name);
    read_linux_header(&s->kernel, &pa, &memory);
    return place_file(s, b, &s->kernel, pa, memory, entry);
}

/* A file to wherever there is room, as high as may be. */
static bool place_anywhere(struct software *s, struct board *b, const struct file *f, u64 *pa)
{
    *pa = board_find_room(b, f->size, PAGE_SIZE, PLACE_LIMIT);
    if (!*pa)
        return complain("'%s' (%llu bytes) finds no room in RAM; give a larger -m", f->name,
                        (unsigned long long)f->size);
    return place_flat(s, b, f, *pa, f->size);
}

static bool place_initrd(struct software *s, struct board *b)
{
    if (!place_anywhere(s, b, &s->initrd, &s->boot.initrd_start)) return false;
    s->boot.initrd_end = s->boot.initrd_start + s->initrd.size;
    return true;
}

static bool place_guest(struct software *s, struct board *b, unsigned k)
{
    const struct guest_option *o = &s->options->guests[k];
    struct board_guest *g = &s->guests[k];
    *g = (struct board_guest){.name = o->name,
                              .append = o->append,
                              .kernel_size = s->guest_kernels[k].size,
                              .initrd_size = s->guest_initrds[k].size,
                              .memory_size = o->memory,
                              .vcpus = o->vcpus};
    if (!place_anywhere(s, b, &s->guest_kernels[k], &g->kernel)) return false;
    return !g->initrd_size || place_anywhere(s, b, &s->guest_initrds[k], &g->initrd);
}

static bool reload(void *arg, struct board *b)
{
    struct software *s = arg;
    for (unsigned k = 0; k < s->image_count; k++)
        if (!put_image(b, &s->images[k])) return false;
    return true;
}

/* What starts in M-mode: the program, the firmware, or the kernel itself. */
static bool place_first(struct software *s, struct board *b, u64 *entry)
{
    if (s->elf.data) {
        s->elf_bias = elf_bias(&s->elf);
        *entry = elf_physical(&s->elf, s->elf.entry) + s->elf_bias;
        return place_elf(s, b, &s->elf, s->program.name);
    }
    return !s->bios.data || place_file(s, b, &s->bios, RAM_BASE, 0, entry);
}

bool software_place(struct software *s, struct board *b)
{
    s->image_count = 0;
    s->boot = (struct board_boot){.bootargs = s->options->append,
                                  .guests = s->guests,
                                  .guest_count = s->options->guest_count,
                                  .dtb = s->dtb.data,
                                  .dtb_size = s->dtb.size,
                                  .reload = reload,
                                  .reload_arg = s};
    if (!place_first(s, b, &s->boot.entry)) return false;
    if (s->kernel.data && !place_kernel(s, b, &s->boot.next)) return false;
    if (!s->elf.data && !s->bios.data) {
        s->boot.entry = s->boot.next;
        s->boot.next = 0;
    }
    if (s->options->pc_given) s->boot.entry = s->options->pc;
    if (s->initrd.data && !place_initrd(s, b)) return false;
    for (unsigned k = 0; k < s->options->guest_count; k++)
        if (!place_guest(s, b, k)) return false;
    return true;
}

bool software_symbol(const struct software *s, const char *name, u64 *pa)
{
    if (!s->elf.data || !elf_symbol(&s->elf, name, pa)) return false;
    *pa = elf_physical(&s->elf, *pa) + s->elf_bias;
    return true;
}
