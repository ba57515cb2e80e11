#include "platform/elf.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Sizes and offsets of the format's structures (chapters "ELF header", "Sections", "Symbol table",
 * "Program header table"); the machine number is the RISC-V ELF psABI's. */
enum { HEADER_SIZE = 64, PROGRAM_HEADER_SIZE = 56, SECTION_HEADER_SIZE = 64, SYMBOL_SIZE = 24 };
enum { CLASS_64 = 2, LITTLE_ENDIAN_DATA = 1, TYPE_EXEC = 2, TYPE_DYN = 3, MACHINE_RISCV = 243 };
enum { COUNT_ELSEWHERE = 0xffff }; /* PN_XNUM: a count too large for its field */
enum { SEGMENT_LOAD = 1, SECTION_SYMBOLS = 2, SECTION_STRINGS = 3, SECTION_NOBITS = 8 };
enum { SYMBOL_SECTION = 3, SYMBOL_FILE = 4, INDEX_UNDEFINED = 0, INDEX_ABSOLUTE = 0xfff1 };

static u16 get16(const u8 *p)
{
    return (u16)(p[0] | p[1] << 8);
}
static u32 get32(const u8 *p)
{
    return get16(p) | (u32)get16(p + 2) << 16;
}
static u64 get64(const u8 *p)
{
    return get32(p) | (u64)get32(p + 4) << 32;
}

__attribute__((format(printf, 2, 3))) static bool fail(char *error, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error, ELF_ERROR_MAX, format, arguments);
    va_end(arguments);
    return false;
}

static bool inside(const struct elf *e, u64 offset, u64 size)
{
    return size <= e->size && offset <= e->size - size;
}

bool elf_is(const void *data, u64 size)
{
    return size >= 4 && memcmp(data, "\177ELF", 4) == 0;
}

static bool check_header(const struct elf *e, char *error)
{
    const u8 *h = e->data;
    if (!elf_is(h, e->size)) return fail(error, "is not an ELF file");
    if (e->size < HEADER_SIZE) return fail(error, "is truncated: its ELF header is not complete");
    if (get16(h + 18) != MACHINE_RISCV && h[5] == LITTLE_ENDIAN_DATA)
        return fail(error, "is for another machine (number %u); build it for RISC-V (243)",
                    get16(h + 18));
    if (h[5] != LITTLE_ENDIAN_DATA)
        return fail(error, "is big-endian; build it for a little-endian RISC-V");
    if (h[4] != CLASS_64)
        return fail(error,
                    "is not a 64-bit ELF file; build it for rv64 (for example -march=rv64gc)");
    if (get16(h + 16) != TYPE_EXEC && get16(h + 16) != TYPE_DYN)
        return fail(error, "is not an executable (ELF type %u); link it first", get16(h + 16));
    return true;
}

static bool check_segment(const struct elf *e, const u8 *h, char *error)
{
    u64 pa = get64(h + 24), file_size = get64(h + 32), memory_size = get64(h + 40);
    if (get32(h) != SEGMENT_LOAD) return true;
    if (file_size && !inside(e, get64(h + 8), file_size))
        return fail(error, "is truncated or damaged: a segment's bytes lie beyond its end");
    if (file_size > memory_size)
        return fail(error, "is damaged: a segment is larger in the file than in memory");
    if (pa + memory_size < pa)
        return fail(error, "is damaged: a segment wraps around the address space");
    return true;
}

static bool open_segments(struct elf *e, char *error)
{
    const u8 *h = e->data;
    e->program_headers = get64(h + 32);
    e->program_header_count = get16(h + 56);
    if (!e->program_header_count) return fail(error, "has no program headers; link it first");
    if (e->program_header_count == COUNT_ELSEWHERE)
        return fail(error, "has more than 65534 program headers, which vhart does not read");
    if (get16(h + 54) != PROGRAM_HEADER_SIZE)
        return fail(error, "is damaged: program headers of %u bytes", get16(h + 54));
    if (!inside(e, e->program_headers, (u64)e->program_header_count * PROGRAM_HEADER_SIZE))
        return fail(error, "is truncated or damaged: its program headers lie beyond its end");
    for (unsigned k = 0; k < e->program_header_count; k++)
        if (!check_segment(e, e->data + e->program_headers + k * PROGRAM_HEADER_SIZE, error))
            return false;
    struct elf_segment first;
    unsigned index = 0;
    return elf_next_segment(e, &index, &first) || fail(error, "has nothing in it to load");
}

static const u8 *section(const struct elf *e, unsigned index)
{
    return e->data + e->section_headers + index * SECTION_HEADER_SIZE;
}

/* Take the section with header h as the symbol table, and the one it links to as its names. */
static bool open_symbols(struct elf *e, const u8 *h, char *error)
{
    u32 link = get32(h + 40);
    if (link >= e->section_header_count || get32(section(e, link) + 4) != SECTION_STRINGS)
        return fail(error, "is damaged: its symbols have no names");
    if (get64(h + 56) != SYMBOL_SIZE)
        return fail(error, "is damaged: symbols of %llu bytes", (unsigned long long)get64(h + 56));
    e->names = (const char *)e->data + get64(section(e, link) + 24);
    e->names_size = get64(section(e, link) + 32);
    if (!e->names_size || e->names[e->names_size - 1])
        return fail(error, "is damaged: its last symbol name has no end");
    e->symbols = e->data + get64(h + 24);
    e->symbol_count = get64(h + 32) / SYMBOL_SIZE;
    for (u64 k = 0; k < e->symbol_count; k++)
        if (get32(e->symbols + k * SYMBOL_SIZE) >= e->names_size)
            return fail(error, "is damaged: a symbol's name lies beyond the names");
    return true;
}

static bool open_sections(struct elf *e, char *error)
{
    const u8 *h = e->data;
    e->section_headers = get64(h + 40);
    e->section_header_count = get16(h + 60);
    if (!e->section_header_count) return true;
    if (get16(h + 58) != SECTION_HEADER_SIZE)
        return fail(error, "is damaged: section headers of %u bytes", get16(h + 58));
    if (!inside(e, e->section_headers, (u64)e->section_header_count * SECTION_HEADER_SIZE))
        return fail(error, "is truncated or damaged: its section headers lie beyond its end");
    const u8 *symbols = NULL;
    for (unsigned k = 0; k < e->section_header_count; k++) {
        const u8 *s = section(e, k);
        if (get32(s + 4) != SECTION_NOBITS && !inside(e, get64(s + 24), get64(s + 32)))
            return fail(error, "is truncated or damaged: section %u lies beyond its end", k);
        if (get32(s + 4) == SECTION_SYMBOLS) symbols = s;
    }
    return !symbols || open_symbols(e, symbols, error);
}

bool elf_open(struct elf *e, const void *data, u64 size, char *error)
{
    *e = (struct elf){.data = data, .size = size};
    if (!check_header(e, error)) return false;
    e->entry = get64(e->data + 24);
    e->position_independent = get16(e->data + 16) == TYPE_DYN;
    return open_segments(e, error) && open_sections(e, error);
}

bool elf_next_segment(const struct elf *e, unsigned *index, struct elf_segment *out)
{
    while (*index < e->program_header_count) {
        const u8 *h = e->data + e->program_headers + (*index)++ * PROGRAM_HEADER_SIZE;
        if (get32(h) != SEGMENT_LOAD || !get64(h + 40)) continue;
        *out = (struct elf_segment){.pa = get64(h + 24),
                                    .va = get64(h + 16),
                                    .file_size = get64(h + 32),
                                    .memory_size = get64(h + 40)};
        if (out->file_size) out->data = e->data + get64(h + 8);
        return true;
    }
    return false;
}

u64 elf_physical(const struct elf *e, u64 address)
{
    struct elf_segment s;
    for (unsigned k = 0; elf_next_segment(e, &k, &s);)
        if (address - s.pa < s.memory_size) return address;
    for (unsigned k = 0; elf_next_segment(e, &k, &s);)
        if (address - s.va < s.memory_size) return address - s.va + s.pa;
    return address;
}

bool elf_symbol(const struct elf *e, const char *name, u64 *value)
{
    for (u64 k = 0; k < e->symbol_count; k++) {
        const u8 *s = e->symbols + k * SYMBOL_SIZE;
        if (get16(s + 6) == INDEX_UNDEFINED || strcmp(e->names + get32(s), name) != 0) continue;
        *value = get64(s + 8);
        return true;
    }
    return false;
}

const char *elf_label(const struct elf *e, u64 index, u64 *value)
{
    const u8 *s = e->symbols + index * SYMBOL_SIZE;
    const char *name = e->names + get32(s);
    unsigned type = s[4] & 15, index_of_section = get16(s + 6);
    if (index_of_section == INDEX_UNDEFINED || index_of_section == INDEX_ABSOLUTE) return NULL;
    if (type == SYMBOL_SECTION || type == SYMBOL_FILE) return NULL;
    if (!*name || *name == '$') return NULL;
    *value = get64(s + 8);
    return name;
}
