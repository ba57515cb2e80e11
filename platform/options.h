/* The command line: what it says, checked as far as that goes without opening a file. */
#ifndef PLATFORM_OPTIONS_H
#define PLATFORM_OPTIONS_H

#include "hart/hart.h"
#include "hart/isa.h"
#include "hart/types.h"
#include "platform/board.h"
#include "platform/disk.h"
#include "platform/isolation.h"

/* A --guest option. The strings are the option's own copies. */
struct guest_option {
    char *name;                     /* at most GUEST_NAME_MAX characters, never empty */
    char *kernel, *initrd, *append; /* kernel is never NULL, the others are when not given */
    u64 memory;                     /* bytes */
    u32 vcpus;
};

/* A --disk option; file is its own copy. */
struct disk_option {
    char *file;
    enum disk_mode mode;
};

enum action { ACTION_RUN, ACTION_DUMP_DTS, ACTION_HELP, ACTION_VERSION };

enum { GUESTS_MAX = 64, GUEST_NAME_MAX = 31, DISKS_MAX = 8 };

/* What `vhart test` is told besides the machine (platform/suite.h). */
enum suite_format { FORMAT_TEXT, FORMAT_TAP, FORMAT_JUNIT, FORMAT_JSON };

struct suite_options {
    const char **paths; /* the option's own array */
    unsigned path_count;
    unsigned jobs;    /* tests at a time; 0: as many as there are cores */
    unsigned timeout; /* seconds of the host for one test */
    enum suite_format format;
    const char *references; /* directory of the reference signatures; NULL: beside the tests */
    const char *suffix;     /* of their names; NULL: the usual ones, if there are such files */
};

/* Who sets A and D in page-table entries: as the ISA has it, which is hardware where Svadu's ADUE
 * says so and else software after a page fault (Svade); always software; always hardware. */
enum ad { AD_ISA, AD_TRAP, AD_HARDWARE };

struct options {
    enum action action;
    const char *program;    /* the ELF argument; NULL: none */
    char *const *arguments; /* the program's, itself first; NULL: no program */
    unsigned argument_count;
    const char *bios, *kernel, *initrd, *append, *dtb; /* file names and text; NULL: not given */
    struct isa asked, isa; /* what --isa said or the default; what choices have left of it */
    bool isa_given, satp_modes_given;
    enum ad ad;
    u8 geilen;
    enum board_aia aia;
    u8 aia_guests; /* interrupt files for guests, with AIA_APLIC_IMSIC */
    struct hart_config
        hart;   /* what the specification leaves to choice (platform/choices.h), heat */
    u64 memory; /* bytes of RAM */
    unsigned harts;
    bool pc_given;
    u64 pc;
    u64 instructions; /* 0: no limit */
    u64 seed;
    enum hart_tier tier;
    bool lockstep, host_time, parallel;
    bool time_given;
    enum isolation_depth check_isolation;
    bool exits;
    bool log_commits, log_instructions;
    const char *log;                /* file name; NULL: stderr */
    const char *signature;          /* file name; NULL: none */
    const char *stats;              /* file name, "-": stdout; NULL: none */
    unsigned signature_granularity; /* bytes a line */
    struct guest_option guests[GUESTS_MAX];
    unsigned guest_count;
    struct disk_option disks[DISKS_MAX];
    unsigned disk_count;
    bool rng;
    bool test; /* the command line is that of `vhart test` */
    struct suite_options suite;
};

/* Read the command line. False, with a line on stderr, when it makes no sense. Strings point into
 * argv. Free with options_free in either case. */
bool options_parse(struct options *o, int argc, char *const *argv);
void options_free(struct options *o);

/* Obey the options in a file besides, words with white space between them, for one test of `vhart
 * test`: those of the machine, of what the specification leaves to choice, and of the run. What
 * they say takes the place of what the command line said. False, with a line on stderr that names
 * the file, when there are others or it cannot be read. */
bool options_add_file(struct options *o, const char *name);

/* Read a --guest option's text; name stays NULL when it has none. False, with a line on stderr.
 * (This and the next: platform/guests.c) */
bool guest_parse(struct guest_option *g, const char *text);

/* The n-th name (from 1) to try for a guest without one: its kernel's file name without extension.
 * name has room for GUEST_NAME_MAX + 1 bytes. */
void guest_default_name(const struct guest_option *g, unsigned n, char *name);
void guest_free(struct guest_option *g);

/* Take a --disk option, FILE[,readonly|,snapshot]. False, with a line on stderr. (platform/disks.c)
 */
bool choose_disk(struct options *o, const char *value);

/* --help's text on stdout; vhart test --help's. (platform/help.c) */
void print_help(void);
void print_test_help(void);

#endif
