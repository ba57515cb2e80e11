#include "platform/options.h"

#include "hart/quirk.h"
#include "platform/board.h"
#include "platform/choices.h"
#include "platform/file.h"
#include "platform/message.h"
#include "platform/signature.h"
#include "platform/values.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { MIB = 1 << 20, HARTS_MAX = BOARD_HARTS_MAX };

/* ---- what each option does ---- */

/* One base:size of Spike's -m list, in bytes; *end grows as regions follow on each other. */
static bool add_region(const char *text, u64 *end)
{
    char *colon, *rest;
    u64 base = strtoull(text, &colon, 0);
    if (*colon != ':')
        return complain("-m takes MiB, a size such as 2G, or BASE:SIZE; not '%s'", text);
    u64 size = strtoull(colon + 1, &rest, 0);
    if (rest == colon + 1 || (*rest && *rest != ',') || !size || base + size < base)
        return complain("-m: '%s' is no BASE:SIZE in bytes", text);
    if (base < RAM_BASE || base > *end)
        return complain(
            "-m: RAM at 0x%llx: vhart has one region of RAM, which starts at 0x80000000; "
            "give -m0x80000000:SIZE or -m MIB",
            (unsigned long long)base);
    if (base + size > *end) *end = base + size;
    return true;
}

static bool set_regions(struct options *o, const char *value)
{
    u64 end = RAM_BASE;
    for (const char *p = value; p; p = strchr(p, ',') ? strchr(p, ',') + 1 : NULL)
        if (!add_region(p, &end)) return false;
    o->memory = end - RAM_BASE;
    return true;
}

static bool set_memory(struct options *o, const char *value)
{
    if (strchr(value, ':')) {
        if (!set_regions(o, value)) return false;
    } else if (!parse_size(value, MIB, &o->memory)) {
        return complain(
            "-m takes MiB or a size with K, M, G or T up to 8796093022208 (MiB), not '%s'", value);
    }
    if (o->memory > BIT(63)) return complain("-m %s: RAM can be 2^43 MiB at most", value);
    o->memory = (o->memory + PAGE_OFFSET_MASK) & ~PAGE_OFFSET_MASK;
    return o->memory || complain("-m %s: without RAM nothing can run; give -m 1 or more", value);
}

static bool set_harts(struct options *o, const char *value)
{
    u64 n;
    if (!take_number("the number of harts (-p, --smp)", value, 1, HARTS_MAX, &n)) return false;
    o->harts = (unsigned)n;
    return true;
}

static bool set_pc(struct options *o, const char *value)
{
    o->pc_given = true;
    if (parse_number(value, 0, ~0ull, &o->pc) && !(o->pc & 1)) return true;
    return complain("--pc takes an even address such as 0x80000000, not '%s'", value);
}

static bool set_instructions(struct options *o, const char *value)
{
    return take_number(o->test ? "--max-steps" : "--instructions", value, 1, ~0ull,
                       &o->instructions);
}

static bool set_seed(struct options *o, const char *value)
{
    return take_number("--seed", value, 0, ~0ull, &o->seed);
}

static bool set_granularity(struct options *o, const char *value)
{
    u64 n;
    if (!take_number("+signature-granularity", value, 1, SIGNATURE_GRANULARITY_MAX, &n))
        return false;
    o->signature_granularity = (unsigned)n;
    return true;
}

static bool set_isa(struct options *o, const char *value)
{
    char error[ISA_STRING_MAX + 256];
    if (!isa_parse(&o->asked, value, error, sizeof error)) return complain("--isa: %s", error);
    o->isa_given = true;
    if (isa_lacks(&o->asked))
        complain("note: %s goes without %s: not implemented, so code that uses them traps", value,
                 isa_lacks(&o->asked));
    return true;
}

static bool set_tier(struct options *o, const char *value)
{
    static const char *const names[] = {
        [TIER_STEP] = "step", [TIER_BLOCK] = "block", [TIER_JIT] = "jit", NULL};
    unsigned which;
    if (!take_word("--tier", value, names, &which)) return false;
    o->tier = (enum hart_tier)which;
    return true;
}

static bool set_heat(struct options *o, const char *value)
{
    u64 n;
    if (!take_number("--heat", value, 1, UINT32_MAX, &n)) return false;
    o->hart.heat = (u32)n;
    return true;
}

static bool set_time(struct options *o, const char *value)
{
    static const char *const names[] = {"insn", "host", NULL};
    unsigned which;
    if (!take_word("--time", value, names, &which)) return false;
    o->host_time = which;
    o->time_given = true;
    return true;
}

static bool set_check_isolation(struct options *o, const char *value)
{
    static const char *const names[] = {"tables", "stores", NULL};
    unsigned which;
    if (!take_word("--check-isolation", value ? value : names[0], names, &which)) return false;
    o->check_isolation = which ? ISOLATION_STORES : ISOLATION_TABLES;
    return true;
}

static bool set_quirk(struct options *o, const char *value)
{
    o->hart.quirks = (u8)quirks_parse(value);
    return o->hart.quirks || complain("--quirk takes a list of " QUIRK_NAMES "; not '%s'", value);
}

static bool set_guest(struct options *o, const char *value)
{
    if (o->guest_count == GUESTS_MAX) return complain("more than %d --guest options", GUESTS_MAX);
    return guest_parse(&o->guests[o->guest_count++], value);
}

static bool set_jobs(struct options *o, const char *value)
{
    enum { MOST = 1024 };
    u64 n;
    if (!take_number("-j", value, 1, MOST, &n)) return false;
    o->suite.jobs = (unsigned)n;
    return true;
}

static bool set_timeout(struct options *o, const char *value)
{
    enum { MOST = 1000000 };
    u64 n;
    if (!take_number("--timeout", value, 1, MOST, &n)) return false;
    o->suite.timeout = (unsigned)n;
    return true;
}

static bool set_format(struct options *o, const char *value)
{
    static const char *const names[] = {"text", "tap", "junit", "json", NULL};
    unsigned which;
    if (!take_word("--format", value, names, &which)) return false;
    o->suite.format = (enum suite_format)which;
    return true;
}

/* An option of Spike or QEMU that describes a machine: fine if that is the machine we are. */
static bool only(const char *option, const char *value, const char *ours)
{
    return strcmp(value, ours) == 0 || complain("%s: vhart has %s, not '%s'", option, ours, value);
}

static bool set_machine(struct options *o, const char *value)
{
    (void)o;
    return only("--machine", value, "virt");
}

static bool set_pmp_regions(struct options *o, const char *value)
{
    (void)o;
    return only("--pmpregions", value, "16");
}

static bool set_pmp_granularity(struct options *o, const char *value)
{
    (void)o;
    return only("--pmpgranularity", value, "4");
}

static bool set_block_size(struct options *o, const char *value)
{
    (void)o;
    return only("--blocksz", value, "64");
}

static bool set_priv(struct options *o, const char *value)
{
    (void)o;
    if (!strcasecmp(value, "m") || !strcasecmp(value, "mu") || !strcasecmp(value, "msu"))
        return true;
    return complain("--priv takes m, mu or msu, not '%s'", value);
}

/* The options whose value is kept as it is, or that have none. */
#define TEXT(name, field)                                                                          \
    static bool text_##name(struct options *o, const char *value)                                  \
    {                                                                                              \
        o->field = value;                                                                          \
        return true;                                                                               \
    }
#define FLAG(name, assignment)                                                                     \
    static bool flag_##name(struct options *o, const char *value)                                  \
    {                                                                                              \
        (void)value;                                                                               \
        o->assignment;                                                                             \
        return true;                                                                               \
    }
TEXT(bios, bios)
TEXT(kernel, kernel)
TEXT(initrd, initrd)
TEXT(append, append)
TEXT(dtb, dtb)
TEXT(log, log)
TEXT(signature, signature)
TEXT(stats, stats)
TEXT(references, suite.references)
TEXT(suffix, suite.suffix)
FLAG(help, action = ACTION_HELP)
FLAG(version, action = ACTION_VERSION)
FLAG(dump_dts, action = ACTION_DUMP_DTS)
FLAG(log_commits, log_commits = true)
FLAG(log_instructions, log_instructions = true)
FLAG(lockstep, lockstep = true)
FLAG(exits, exits = true)
FLAG(host_time, host_time = true)
FLAG(parallel, parallel = true)
FLAG(rng, rng = true)

static bool nothing(struct options *o, const char *value)
{
    (void)o, (void)value;
    return true;
}

/* ---- the table ---- */

enum takes { NO_VALUE, VALUE, MAY_HAVE_VALUE };

static const struct row {
    const char *name; /* with its dashes or plus, so that one look finds it */
    enum takes takes;
    bool (*set)(struct options *o, const char *value);
} rows[] = {
    {"-h",                     NO_VALUE,       flag_help            },
    {"--help",                 NO_VALUE,       flag_help            },
    {"--version",              NO_VALUE,       flag_version         },
    {"--bios",                 VALUE,          text_bios            },
    {"--kernel",               VALUE,          text_kernel          },
    {"--initrd",               VALUE,          text_initrd          },
    {"--append",               VALUE,          text_append          },
    {"--bootargs",             VALUE,          text_append          },
    {"--guest",                VALUE,          set_guest            },
    {"--dtb",                  VALUE,          text_dtb             },
    {"--dump-dts",             NO_VALUE,       flag_dump_dts        },
    {"--isa",                  VALUE,          set_isa              },
    {"--disk",                 VALUE,          choose_disk          },
    {"--rng",                  NO_VALUE,       flag_rng             },
    {"-m",                     VALUE,          set_memory           },
    {"-p",                     VALUE,          set_harts            },
    {"--smp",                  VALUE,          set_harts            },
    {"--parallel",             NO_VALUE,       flag_parallel        },
    {"--pc",                   VALUE,          set_pc               },
    {"--instructions",         VALUE,          set_instructions     },
    {"--tier",                 VALUE,          set_tier             },
    {"--tlb",                  VALUE,          choose_tlb           },
    {"--heat",                 VALUE,          set_heat             },
    {"--lockstep",             NO_VALUE,       flag_lockstep        },
    {"--check-isolation",      MAY_HAVE_VALUE, set_check_isolation  },
    {"--stats",                VALUE,          text_stats           },
    {"--exits",                NO_VALUE,       flag_exits           },
    {"--time",                 VALUE,          set_time             },
    {"--seed",                 VALUE,          set_seed             },
    {"--misaligned",           MAY_HAVE_VALUE, choose_misaligned    },
    {"--ad",                   VALUE,          choose_ad            },
    {"--tinst",                VALUE,          choose_tinst         },
    {"--tval",                 VALUE,          choose_tval          },
    {"--asid-bits",            VALUE,          choose_asid_bits     },
    {"--vmid-bits",            VALUE,          choose_vmid_bits     },
    {"--satp-modes",           VALUE,          choose_satp_modes    },
    {"--hgatp-modes",          VALUE,          choose_hgatp_modes   },
    {"--geilen",               VALUE,          choose_geilen        },
    {"--aia",                  VALUE,          choose_aia           },
    {"--quirk",                VALUE,          set_quirk            },
    {"-l",                     NO_VALUE,       flag_log_instructions},
    {"--log-commits",          NO_VALUE,       flag_log_commits     },
    {"--log",                  VALUE,          text_log             },
    {"+signature",             VALUE,          text_signature       },
    {"+signature-granularity", VALUE,          set_granularity      },
 /* so that command lines written for Spike and QEMU work as they are */
    {"--real-time-clint",      NO_VALUE,       flag_host_time       },
    {"--priv",                 VALUE,          set_priv             },
    {"--pmpregions",           VALUE,          set_pmp_regions      },
    {"--pmpgranularity",       VALUE,          set_pmp_granularity  },
    {"--blocksz",              VALUE,          set_block_size       },
    {"-M",                     VALUE,          set_machine          },
    {"--machine",              VALUE,          set_machine          },
    {"--nographic",            NO_VALUE,       nothing              },
};

/* What `vhart test` has besides. */
static const struct row test_rows[] = {
    {"-j",                    VALUE, set_jobs        },
    {"--max-steps",           VALUE, set_instructions},
    {"--timeout",             VALUE, set_timeout     },
    {"--format",              VALUE, set_format      },
    {"--signature-reference", VALUE, text_references },
    {"--reference-suffix",    VALUE, text_suffix     },
};

/* And what it does not take: one program's files and logs, which many programs do not have. */
static const char *const not_for_test[] = {
    "--bios",
    "--kernel",
    "--initrd",
    "--append",
    "--bootargs",
    "--guest",
    "--disk",
    "--dtb",
    "-l",
    "--dump-dts",
    "--log",
    "--log-commits",
    "--lockstep",
    "--pc",
    "+signature",
    "+signature-granularity",
    "--check-isolation",
    "--parallel",
    "--exits",
};

static bool is_for_test(const struct row *row)
{
    for (size_t k = 0; k < sizeof not_for_test / sizeof not_for_test[0]; k++)
        if (strcmp(row->name, not_for_test[k]) == 0) return false;
    return true;
}

static const struct row *find_in(const struct row *table, size_t count, const char *name,
                                 size_t length)
{
    for (size_t k = 0; k < count; k++)
        if (strlen(table[k].name) == length && strncmp(table[k].name, name, length) == 0)
            return &table[k];
    return NULL;
}

static const struct row *find(bool test, const char *name, size_t length)
{
    const struct row *row = find_in(rows, sizeof rows / sizeof rows[0], name, length);
    if (!test) return row;
    if (row) return is_for_test(row) ? row : NULL;
    return find_in(test_rows, sizeof test_rows / sizeof test_rows[0], name, length);
}

/* The row of an argument; *value is what is attached to it ("-m512", "--smp=4") or NULL. */
static const struct row *recognize(bool test, const char *argument, const char **value)
{
    size_t length = strcspn(argument, "=");
    *value = argument[length] ? argument + length + 1 : NULL;
    const struct row *row = find(test, argument, length);
    if (row || argument[0] == '+' || argument[1] == '-') return row;
    char doubled[64] = "-"; /* QEMU users write -kernel */
    if (length < sizeof doubled - 1)
        row = find(test, strncat(doubled, argument, length), length + 1);
    if (row) return row;
    row = find(test, argument, 2);
    *value = argument[2] ? argument + 2 : NULL;
    return row && (row->takes != NO_VALUE || !*value) ? row : NULL;
}

/* Obey argv[*k]; *k moves on past it and its value. */
static bool take(struct options *o, char *const *argv, int *k)
{
    const char *argument = argv[(*k)++], *value;
    const struct row *row = recognize(o->test, argument, &value);
    if (!row)
        return complain("unknown option '%s'; vhart %s--help lists them all", argument,
                        o->test ? "test " : "");
    if (row->takes == NO_VALUE && value) return complain("%s takes no value", row->name);
    if (row->takes == VALUE && !value) value = argv[*k] ? argv[(*k)++] : NULL;
    if (row->takes == VALUE && !value) return complain("%s needs a value", row->name);
    return row->set(o, value);
}

/* ---- what goes together ---- */

static const struct guest_option *find_guest(const struct options *o, const char *name)
{
    for (unsigned k = 0; k < o->guest_count; k++)
        if (o->guests[k].name && strcmp(o->guests[k].name, name) == 0) return &o->guests[k];
    return NULL;
}

/* Guests without a name of their own are called after their kernels: hello, hello-2, hello-3. */
static bool name_guest(struct options *o, struct guest_option *g)
{
    char name[GUEST_NAME_MAX + 1];
    guest_default_name(g, 1, name);
    for (unsigned n = 2; find_guest(o, name); n++) guest_default_name(g, n, name);
    g->name = strdup(name);
    return g->name || complain("out of memory");
}

static bool name_guests(struct options *o)
{
    for (unsigned k = 0; k < o->guest_count; k++) {
        struct guest_option *g = &o->guests[k];
        if (g->name && find_guest(o, g->name) != g)
            return complain("--guest: two guests have name=%s; give each its own", g->name);
    }
    for (unsigned k = 0; k < o->guest_count; k++)
        if (!o->guests[k].name && !name_guest(o, &o->guests[k])) return false;
    return true;
}

/* What watches every step, or counts them, wants harts to take turns. */
static bool check_parallel(const struct options *o)
{
    const char *other = o->lockstep                      ? "--lockstep"
                        : o->check_isolation             ? "--check-isolation"
                        : o->log_commits                 ? "--log-commits"
                        : o->log_instructions            ? "-l"
                        : o->instructions                ? "--instructions"
                        : o->time_given && !o->host_time ? "--time=insn"
                                                         : NULL;
    return !other || complain("%s wants the harts to take turns, and with --parallel they do not: "
                              "leave one of the two out",
                              other);
}

static bool check(const struct options *o)
{
    if (o->action != ACTION_RUN) return true;
    if (o->test && !o->suite.path_count)
        return complain("vhart test: name the tests, or directories with tests");
    if (o->test) return true;
    if (!o->program && !o->kernel && (!o->bios || strcmp(o->bios, "none") == 0))
        return complain("nothing to run: name an ELF file, or --kernel FILE (see vhart --help)");
    if (o->program && o->bios)
        return complain("'%s' and --bios both want to start first: give one of them", o->program);
    if (o->signature && !o->program)
        return complain("+signature needs an ELF file to take the signature's place from");
    if (o->parallel && !check_parallel(o)) return false;
    if (o->lockstep && o->host_time)
        return complain("--lockstep compares two runs, which --time=host makes different");
    if (o->lockstep && o->check_isolation)
        return complain("--lockstep and --check-isolation are two different runs: leave one out");
    if (o->lockstep && o->hart.tlb != TLB_OF_TIER)
        return complain("--lockstep compares the tiers, but --tlb=lazy and strict have the stepper "
                        "alone");
    if (o->lockstep && (o->log_commits || o->log_instructions || o->signature || o->stats))
        return complain(
            "--lockstep writes no log, signature or statistics: leave these options out");
    if (o->exits && (o->lockstep || o->check_isolation || o->log_commits || o->log_instructions))
        return complain("--exits counts in a run of its own: leave out --lockstep, "
                        "--check-isolation and the logs");
    return true;
}

static bool finish(struct options *o)
{
    if (!check(o)) return false;
    choices_settle(o);
    return true;
}

static bool is_option(const char *argument)
{
    return (argument[0] == '-' || argument[0] == '+') && argument[1];
}

/* vhart test: a program is to end by itself, within this many steps; the host's clock only ends
 * what is slow beyond all measure. Options may come behind paths. */
static bool parse_test(struct options *o, int argc, char *const *argv)
{
    enum { STEPS = 50000000, SECONDS = 300 };
    o->test = true;
    o->instructions = STEPS;
    o->suite.timeout = SECONDS;
    o->suite.paths = calloc((size_t)argc, sizeof *o->suite.paths);
    if (!o->suite.paths) return complain("out of memory");
    for (int k = 2; k < argc;) {
        if (!is_option(argv[k]))
            o->suite.paths[o->suite.path_count++] = argv[k++];
        else if (!take(o, argv, &k))
            return false;
    }
    return finish(o);
}

/* ---- one test's own ---- */

/* These concern all tests together. */
static const char *const not_for_one_test[] = {
    "-h",
    "--help",
    "--version",
    "-j",
    "--timeout",
    "--format",
    "--signature-reference",
    "--reference-suffix",
};

static bool is_for_one_test(const char *word)
{
    const char *value;
    const struct row *row = is_option(word) ? recognize(true, word, &value) : NULL;
    for (size_t k = 0; row && k < sizeof not_for_one_test / sizeof not_for_one_test[0]; k++)
        if (strcmp(row->name, not_for_one_test[k]) == 0) row = NULL;
    return row ||
           complain("'%s' is no option for a single test; vhart test --help lists them", word);
}

/* Obey the words of this text, which is changed. words has room for all of them and NULL. */
static bool take_text(struct options *o, char *text, char **words)
{
    static const char spaces[] = " \t\r\n";
    char *rest;
    unsigned count = 0;
    for (char *w = strtok_r(text, spaces, &rest); w; w = strtok_r(NULL, spaces, &rest))
        words[count++] = w;
    words[count] = NULL;
    for (int k = 0; words[k];)
        if (!is_for_one_test(words[k]) || !take(o, words, &k)) return false;
    choices_settle(o);
    return true;
}

bool options_add_file(struct options *o, const char *name)
{
    struct file f;
    if (!file_read(&f, "options", name)) return false;
    char *text = strndup((const char *)f.data, f.size);
    char **words = calloc(f.size / 2 + 2, sizeof *words);
    complain_about(name);
    bool good = text && words ? take_text(o, text, words) : complain("out of memory");
    complain_about(NULL);
    free(words);
    free(text);
    file_free(&f);
    return good;
}

/* ---- all of it ---- */

bool options_parse(struct options *o, int argc, char *const *argv)
{
    *o = (struct options){
        .memory = 2048ull * MIB, .harts = 1, .tier = TIER_JIT, .signature_granularity = 16};
    isa_default(&o->asked);
    choices_default(o);
    if (argc > 1 && strcmp(argv[1], "test") == 0) return parse_test(o, argc, argv);
    int k = 1;
    while (k < argc && is_option(argv[k]))
        if (!take(o, argv, &k)) return false;
    if (k < argc) {
        o->program = argv[k];
        o->arguments = argv + k;
        o->argument_count = (unsigned)(argc - k);
    }
    return finish(o) && name_guests(o);
}

void options_free(struct options *o)
{
    for (unsigned k = 0; k < o->guest_count; k++) guest_free(&o->guests[k]);
    for (unsigned k = 0; k < o->disk_count; k++) free(o->disks[k].file);
    free(o->suite.paths);
}
