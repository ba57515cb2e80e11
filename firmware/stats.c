/* What each VM has cost, as numbers: kept in its record, shown as a table, and left in memory where
 * `vhart --stats` finds them. */
#include "firmware/vmm.h"

enum { NAME_SIZE = 24 };

/* The way to all numbers, for who reads the machine's memory from outside (docs/vmm.md). */
struct {
    char magic[8];
    u64 timebase;       /* ticks in a second */
    u64 instret;        /* 1: costs are in instructions, 0: in ticks */
    u64 numbers, exits; /* how many of each; their names, in that order */
    struct vm *const *first;
    char names[NUMBERS + EXIT_KINDS][NAME_SIZE];
} vmm_statistics = {
    .magic = "vmmstats",
    .numbers = NUMBERS,
    .exits = EXIT_KINDS,
    .first = &vms,
    .names = {[SLICES] = "slices",
              [SWITCHES] = "world switches",
              [IN_GUEST] = "in guest",
              [STEAL] = "steal ticks",
              [BACKED] = "pages of 4 KiB",
              "pages of 2 MiB", "pages of 1 GiB",
              [CHANGED] = "pages found changed"},
};

_Static_assert(offsetof(struct vm, next) == 0 && offsetof(struct vm, name) == 8 &&
                   offsetof(struct vm, stats) == 8 + VM_NAME_SIZE,
               "who reads from outside relies on it");

void stats_begin(void)
{
    char(*names)[NAME_SIZE] = vmm_statistics.names + NUMBERS;
    for (unsigned i = 0; i < EXIT_KINDS; i++) memcpy(names[i], exit_name(i), strlen(exit_name(i)));
    vmm_statistics.timebase = host.timebase;
    vmm_statistics.instret = host.instret;
}

static void report(const struct vm *vm)
{
    const struct statistics *s = &vm->stats;
    for (unsigned i = 0; i < EXIT_KINDS; i++) {
        const struct tally *t = &s->exits[i];
        if (t->count)
            say("%s: %-24s%9lu x %lu\n", vm->name, exit_name(i), t->count, t->cost / t->count);
    }
    for (unsigned i = 0; i < NUMBERS; i++)
        if (s->numbers[i]) say("%s: %-24s%9lu\n", vm->name, vmm_statistics.names[i], s->numbers[i]);
}

void stats_report(void)
{
    say("exits x %s each\n", host.instret ? "instructions" : "ticks");
    for (const struct vm *vm = vms; vm; vm = vm->next) report(vm);
}
