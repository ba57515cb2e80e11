#include "platform/census.h"
#include "census/census.h"
#include "hart/quirk.h"
#include "platform/message.h"
#include "platform/values.h"

#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: vhart census [options]\n"
    "\n"
    "Runs every instruction of the ISA in every mode and tells which are sensitive,\n"
    "which trap, and whether a hypervisor could do its work: in U below S, on a hart\n"
    "without H, and in VS and VU below HS, with H. The last line is the verdict.\n"
    "\n"
    "  --isa STRING      as for a run (default: all vhart has)\n"
    "  --quirk LIST      break it on purpose: popf, pushf, sgdt, sfence\n"
    "  --format text|json|html        of the report on stdout (default text)\n"
    "  --full            text: name every instruction\n"
    "  --beside FILE     show another machine's record, too (make census)\n"
    "  --samples N       random words of each kind that check the folding (default 8)\n"
    "  --seed N          of their choice (default 1)\n"
    "  --help            print this\n"
    "\n"
    "The exit status is 0 when every sensitive instruction is privileged, 1 when one\n"
    "is not, 2 after a mistake on the command line.\n";

struct command {
    struct census_options options;
    struct isa isa;
    const char **beside;
    bool help;
};

/* ---- what each option does ---- */

static bool set_isa(struct command *c, const char *value)
{
    char error[ISA_STRING_MAX + 256];
    return isa_parse(&c->isa, value, error, sizeof error) || complain("--isa: %s", error);
}

static bool set_quirk(struct command *c, const char *value)
{
    c->options.quirks = quirks_parse(value);
    return c->options.quirks ||
           complain("--quirk takes a list of " QUIRK_NAMES "; not '%s'", value);
}

static bool set_format(struct command *c, const char *value)
{
    static const char *const names[] = {
        [CENSUS_TEXT] = "text", [CENSUS_JSON] = "json", [CENSUS_HTML] = "html", NULL};
    unsigned which;
    if (!take_word("--format", value, names, &which)) return false;
    c->options.format = (enum census_format)which;
    return true;
}

static bool set_beside(struct command *c, const char *value)
{
    c->beside[c->options.beside_n++] = value;
    return true;
}

static bool set_samples(struct command *c, const char *value)
{
    enum { MOST = 1000000 };
    u64 n;
    if (!take_number("--samples", value, 0, MOST, &n)) return false;
    c->options.samples = (unsigned)n;
    return true;
}

static bool set_seed(struct command *c, const char *value)
{
    return take_number("--seed", value, 0, ~0ull, &c->options.seed);
}

static bool set_full(struct command *c, const char *value)
{
    (void)value;
    return c->options.full = true;
}

static bool set_help(struct command *c, const char *value)
{
    (void)value;
    return c->help = true;
}

static const struct row {
    const char *name;
    bool takes_value;
    bool (*set)(struct command *, const char *value);
} rows[] = {
    {"--isa",     true,  set_isa    },
    {"--quirk",   true,  set_quirk  },
    {"--format",  true,  set_format },
    {"--full",    false, set_full   },
    {"--beside",  true,  set_beside },
    {"--samples", true,  set_samples},
    {"--seed",    true,  set_seed   },
    {"--help",    false, set_help   },
};

/* ---- the command line ---- */

static const struct row *find(const char *argument, size_t length)
{
    for (size_t k = 0; k < sizeof rows / sizeof rows[0]; k++)
        if (strlen(rows[k].name) == length && strncmp(rows[k].name, argument, length) == 0)
            return &rows[k];
    return NULL;
}

static bool take(struct command *c, char *const *argv, int *k)
{
    const char *argument = argv[(*k)++], *value = NULL;
    size_t length = strcspn(argument, "=");
    const struct row *row = find(argument, length);
    if (!row) return complain("unknown option '%s'; vhart census --help lists them all", argument);
    if (argument[length]) value = argument + length + 1;
    if (!row->takes_value && value) return complain("%s takes no value", row->name);
    if (row->takes_value && !value) value = argv[*k] ? argv[(*k)++] : NULL;
    if (row->takes_value && !value) return complain("%s needs a value", row->name);
    return row->set(c, value);
}

static bool parse(struct command *c, int argc, char *const *argv)
{
    isa_default(&c->isa);
    c->beside = calloc((size_t)argc, sizeof *c->beside);
    if (!c->beside) return complain("out of memory");
    c->options.isa = &c->isa;
    c->options.beside = c->beside;
    c->options.samples = 8;
    c->options.seed = 1;
    for (int k = 2; k < argc;)
        if (!take(c, argv, &k)) return false;
    return true;
}

static int run(const struct command *c)
{
    enum { STATUS_BAD = 2 };
    char error[256];
    if (c->help) return fputs(help, stdout) < 0 ? STATUS_BAD : 0;
    int status = census(&c->options, stdout, error, sizeof error);
    if (status == STATUS_BAD) complain("census: %s", error);
    if (fflush(stdout) == 0) return status;
    complain("the report could not be written");
    return STATUS_BAD;
}

int census_main(int argc, char *const *argv)
{
    struct command c = {.help = false};
    int status = parse(&c, argc, argv) ? run(&c) : 2;
    free(c.beside);
    return status;
}
