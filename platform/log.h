/* Logs of what the harts do, in Spike's formats: --log-commits (what each instruction changed) and
 * -l (each instruction's text, and the traps). */
#ifndef PLATFORM_LOG_H
#define PLATFORM_LOG_H

#include "hart/hart.h"
#include "hart/isa.h"
#include "platform/elf.h"

#include <stdio.h>

struct log_config {
    FILE *out;
    bool commits, instructions;
    const struct isa *isa;
    const struct elf *elf; /* whose symbols -l prints when they are reached; NULL: none */
    u64 elf_bias;          /* added to the symbols */
    unsigned harts;
};

struct log;

/* NULL when memory runs out. What config points to must outlive it. */
struct log *log_new(const struct log_config *config);
void log_free(struct log *l);

/* The observer of hart number index, for hart_observe; it lives as long as l. */
const struct hart_observer *log_observer(struct log *l, unsigned index);

/* One commit as a line of --log-commits, without the newline; for tests. */
void log_print_commit(FILE *out, const struct isa *isa, unsigned hart, const struct commit *c);

#endif
