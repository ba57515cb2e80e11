/* A reader of 64-bit RISC-V executables (ELF-64 object file format, version 1.5 draft 2), which
 * believes nothing that the file says before it has checked it. */
#ifndef PLATFORM_ELF_H
#define PLATFORM_ELF_H

#include "hart/types.h"

/* An open file: all offsets and counts have been checked against size. It points into data. */
struct elf {
    const u8 *data;
    u64 size;
    u64 entry; /* as the file has it: see elf_physical */
    bool position_independent;
    u64 program_headers, section_headers; /* offsets of the tables */
    unsigned program_header_count, section_header_count;
    const u8 *symbols; /* NULL when the file has been stripped */
    u64 symbol_count;
    const char *names; /* the symbols' names, ends in a 0 byte */
    u64 names_size;
};

/* A part of the file to be put into memory; what follows its file_size bytes is zero. */
struct elf_segment {
    u64 pa, va;
    const u8 *data;
    u64 file_size, memory_size; /* file_size <= memory_size, and pa + memory_size fits 64 bits */
};

enum { ELF_ERROR_MAX = 160 };

/* True when data begins like any ELF file, of whatever machine. */
bool elf_is(const void *data, u64 size);

/* Check the whole file. False: error (ELF_ERROR_MAX bytes) says what is wrong with it. data must
 * stay in place while e is used. */
bool elf_open(struct elf *e, const void *data, u64 size, char *error);

/* The next segment to load at or after program header *index, which moves on. False: no more. */
bool elf_next_segment(const struct elf *e, unsigned *index, struct elf_segment *out);

/* The physical address of an address in the file: where a segment is loaded at its physical
 * address and linked at a virtual one (a kernel), the entry point and the symbols are virtual. */
u64 elf_physical(const struct elf *e, u64 address);

/* A named symbol's value as the file has it. False: there is none. */
bool elf_symbol(const struct elf *e, const char *name, u64 *value);

/* The index-th symbol (below symbol_count) as a label: its name, NULL when it names no place in
 * memory (a section, a source file, a constant, a mapping symbol such as "$x", undefined). */
const char *elf_label(const struct elf *e, u64 index, u64 *value);

#endif
