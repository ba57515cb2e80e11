/* Kernels: ELF, Linux's Image (Documentation/riscv/boot-image-header), or flat. */
#include "firmware/vmm.h"

enum { ELF_MAGIC = 0x464c457f, ELF_CLASS64_LE = 0x0102, ELF_MACHINE_RISCV = 243, PT_LOAD = 1 };
enum { LINUX_MAGIC = 0x05435352, LINUX_HEADER_SIZE = 64, SEGMENTS_MAX = 64 };

struct elf_header {
    u32 magic;
    u16 class_and_order;
    u8 ident[10];
    u16 type, machine;
    u32 version;
    u64 entry, phoff, shoff;
    u32 flags;
    u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_segment {
    u32 type, flags;
    u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct linux_header {
    u32 code[2];
    u64 text_offset, image_size, flags;
    u32 version, reserved[5];
    u32 magic2, reserved3;
};
_Static_assert(sizeof(struct linux_header) == LINUX_HEADER_SIZE, "boot-image-header");

static const char *load_segment(struct vm *vm, struct range file, const struct elf_segment *s,
                                struct image *image)
{
    if (s->offset > file.size || s->filesz > file.size - s->offset || s->filesz > s->memsz)
        return "kernel's ELF segment is not within the file";
    if (!vm_has_ram(vm, s->paddr, s->memsz)) return "kernel's ELF segment is outside of memory";
    if (!gstage_write(vm, s->paddr, (const void *)(file.base + s->offset), s->filesz))
        return "the machine is out of memory";
    u64 end = s->paddr + s->memsz;
    if (end > image->end) image->end = end;
    if (image->entry - s->vaddr < s->memsz) image->entry += s->paddr - s->vaddr;
    return NULL;
}

static const char *load_elf(struct vm *vm, struct range file, struct image *image)
{
    struct elf_header h;
    memcpy(&h, (const void *)file.base, sizeof h);
    if (h.class_and_order != ELF_CLASS64_LE || h.machine != ELF_MACHINE_RISCV)
        return "kernel's ELF is not for 64-bit little-endian RISC-V";
    *image = (struct image){.entry = h.entry};
    for (unsigned i = 0; i < h.phnum; i++) {
        struct elf_segment s;
        u64 at = h.phoff + (u64)i * sizeof s;
        if (h.phentsize != sizeof s || h.phnum > SEGMENTS_MAX || at < h.phoff || at > file.size ||
            file.size - at < sizeof s)
            return "kernel's ELF program headers are damaged, or too many";
        memcpy(&s, (const void *)(file.base + at), sizeof s);
        const char *error = s.type == PT_LOAD ? load_segment(vm, file, &s, image) : NULL;
        if (error) return error;
    }
    return image->end ? NULL : "kernel's ELF has nothing to load";
}

/* Flat: to where Linux's header says, or else to where kernels commonly start. */
static const char *load_flat(struct vm *vm, struct range file, struct image *image)
{
    struct linux_header h = {0};
    u64 offset = GUEST_KERNEL_START, size = file.size;
    if (file.size >= sizeof h) memcpy(&h, (const void *)file.base, sizeof h);
    if (h.magic2 == LINUX_MAGIC) {
        offset = h.text_offset;
        if (h.image_size > size) size = h.image_size;
    }
    u64 start = GUEST_RAM_BASE + offset;
    if (offset > vm->ram_size || !vm_has_ram(vm, start, size)) return "kernel does not fit";
    *image = (struct image){start, start + size};
    if (!gstage_write(vm, start, (const void *)file.base, file.size))
        return "the machine is out of memory";
    return NULL;
}

const char *image_load(struct vm *vm, struct range file, struct image *image)
{
    u32 magic = 0;
    if (file.size < sizeof(struct elf_header)) return "kernel is too short to be one";
    memcpy(&magic, (const void *)file.base, sizeof magic);
    return magic == ELF_MAGIC ? load_elf(vm, file, image) : load_flat(vm, file, image);
}
