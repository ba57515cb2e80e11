/* Kernels: ELF-64, Linux's Image (Documentation/riscv/boot-image-header), or flat. */
#include "firmware/vmm.h"

enum { ELF_MAGIC = 0x464c457f, ELF_CLASS64_LE = 0x0102, ELF_MACHINE_RISCV = 243, PT_LOAD = 1 };
enum { E_CLASS = 4, E_MACHINE = 18, E_ENTRY = 24, E_PHOFF = 32, E_PHENTSIZE = 54, E_PHNUM = 56 };
enum { P_TYPE = 0, P_OFFSET = 8, P_VADDR = 16, P_PADDR = 24, P_FILESZ = 32, P_MEMSZ = 40 };
enum { P_SIZE = 56 /* of a segment's header */, SEGMENTS_MAX = 64 };
enum { LINUX_MAGIC = 0x05435352, LINUX_OFFSET = 8, LINUX_SIZE = 16, LINUX_MAGIC2 = 56 };

/* A field of the file, little-endian; 0 if it is not there. */
static u64 field(struct range file, u64 at, unsigned size)
{
    u64 value = 0;
    if (at < file.size && size <= file.size - at) memcpy(&value, (void *)(file.base + at), size);
    return value;
}

static const char *load_segment(struct vm *vm, struct range file, u64 header, struct image *image)
{
    u64 offset = field(file, header + P_OFFSET, 8), vaddr = field(file, header + P_VADDR, 8);
    u64 paddr = field(file, header + P_PADDR, 8), filesz = field(file, header + P_FILESZ, 8);
    u64 memsz = field(file, header + P_MEMSZ, 8);
    if (field(file, header + P_TYPE, 4) != PT_LOAD) return NULL;
    if (offset > file.size || filesz > file.size - offset || filesz > memsz)
        return "kernel's ELF segment is not within the file";
    if (!vm_has_ram(vm, paddr, memsz)) return "kernel's ELF segment is outside of memory";
    if (!gstage_write(vm, paddr, (const void *)(file.base + offset), filesz))
        return "the machine is out of memory";
    image->end = max(image->end, paddr + memsz);
    if (image->entry - vaddr < memsz) image->entry += paddr - vaddr;
    return NULL;
}

static const char *load_elf(struct vm *vm, struct range file, struct image *image)
{
    u64 phoff = field(file, E_PHOFF, 8), phnum = field(file, E_PHNUM, 2);
    if (field(file, E_CLASS, 2) != ELF_CLASS64_LE || field(file, E_MACHINE, 2) != ELF_MACHINE_RISCV)
        return "kernel's ELF is not for 64-bit little-endian RISC-V";
    if (field(file, E_PHENTSIZE, 2) != P_SIZE || phnum > SEGMENTS_MAX || phoff > file.size ||
        phnum * P_SIZE > file.size - phoff)
        return "kernel's ELF program headers are damaged, or too many";
    *image = (struct image){.entry = field(file, E_ENTRY, 8)};
    for (u64 i = 0; i < phnum; i++) {
        const char *error = load_segment(vm, file, phoff + i * P_SIZE, image);
        if (error) return error;
    }
    return image->end ? NULL : "kernel's ELF has nothing to load";
}

/* Flat: to where Linux's header says, or else to where kernels commonly start. */
static const char *load_flat(struct vm *vm, struct range file, struct image *image)
{
    u64 offset = GUEST_KERNEL_START, size = file.size;
    if (field(file, LINUX_MAGIC2, 4) == LINUX_MAGIC) {
        offset = field(file, LINUX_OFFSET, 8);
        size = max(size, field(file, LINUX_SIZE, 8));
    }
    u64 start = GUEST_RAM_BASE + offset;
    if (offset > vm->ram_size || !vm_has_ram(vm, start, size)) return "kernel does not fit";
    *image = (struct image){start, start + size};
    return gstage_write(vm, start, (const void *)file.base, file.size)
               ? NULL
               : "the machine is out of memory";
}

const char *image_load(struct vm *vm, struct range file, struct image *image)
{
    if (file.size < P_SIZE + 8) return "kernel is too short to be one";
    return field(file, 0, 4) == ELF_MAGIC ? load_elf(vm, file, image) : load_flat(vm, file, image);
}
