/* vhart, the program: from the command line to the exit status. */
#include "platform/census.h"
#include "platform/dts.h"
#include "platform/exits.h"
#include "platform/isolation.h"
#include "platform/lockstep.h"
#include "platform/log.h"
#include "platform/machine.h"
#include "platform/message.h"
#include "platform/options.h"
#include "platform/signature.h"
#include "platform/stats.h"
#include "platform/suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#ifndef VHART_VERSION
#define VHART_VERSION "0.1"
#endif

enum { STATUS_BAD = 2, STATUS_LOST_OUTPUT = 1 };

/* What a run writes besides the console's output. */
struct outputs {
    FILE *log_file, *signature, *stats;
    u64 signature_begin, signature_end, stats_at;
    struct log *log;
    struct isolation *isolation;
    struct exits *exits;
};

static FILE *create(const char *what, const char *name)
{
    FILE *f = fopen(name, "w");
    if (!f) complain("%s '%s': %s", what, name, strerror(errno));
    return f;
}

/* The file is created before the run: better no run than one without its result. */
static bool begin_signature(struct outputs *out, const struct options *o, const struct software *s)
{
    if (!o->signature) return true;
    if (!software_symbol(s, "begin_signature", &out->signature_begin) ||
        !software_symbol(s, "end_signature", &out->signature_end))
        return complain("+signature: '%s' has no symbols begin_signature and end_signature",
                        o->program);
    out->signature = create("signature", o->signature);
    return out->signature;
}

static bool begin_log(struct outputs *out, const struct options *o, const struct software *s,
                      struct board *b)
{
    if (!o->log_commits && !o->log_instructions) return true;
    out->log_file = o->log ? create("log", o->log) : stderr;
    if (!out->log_file) return false;
    struct log_config config = {.out = out->log_file,
                                .commits = o->log_commits,
                                .instructions = o->log_instructions,
                                .isa = &o->isa,
                                .elf = s->elf.data ? &s->elf : NULL,
                                .elf_bias = s->elf_bias,
                                .harts = o->harts};
    out->log = log_new(&config);
    if (!out->log) return complain("out of memory");
    for (unsigned k = 0; k < o->harts; k++)
        hart_observe(board_hart(b, k), log_observer(out->log, k));
    return true;
}

static bool begin_stats(struct outputs *out, const struct options *o, const struct software *s)
{
    if (!o->stats) return true;
    if (!stats_find(&s->kernel, &out->stats_at)) return false;
    out->stats = strcmp(o->stats, "-") ? create("statistics", o->stats) : stdout;
    return out->stats;
}

/* Behind begin_log: what is checked is logged as well. */
static bool begin_isolation(struct outputs *out, const struct options *o, struct board *b)
{
    if (!o->check_isolation) return true;
    out->isolation = isolation_new(b, o->check_isolation);
    for (unsigned k = 0; out->isolation && k < o->harts; k++)
        hart_observe(
            board_hart(b, k),
            isolation_observer(out->isolation, k, out->log ? log_observer(out->log, k) : NULL));
    return out->isolation;
}

static bool begin_exits(struct outputs *out, const struct options *o, struct board *b)
{
    if (o->exits) out->exits = exits_new(b);
    return !o->exits || out->exits;
}

static int finish_signature(const struct outputs *out, const struct options *o, struct board *b)
{
    if (!out->signature || signature_write(out->signature, b, out->signature_begin,
                                           out->signature_end, o->signature_granularity))
        return 0;
    complain(
        "signature '%s' could not be written: 0x%llx..0x%llx is not all in RAM, or the disk is "
        "full",
        o->signature, (unsigned long long)out->signature_begin,
        (unsigned long long)out->signature_end);
    return STATUS_LOST_OUTPUT;
}

static int finish_stats(const struct outputs *out, const struct options *o, struct board *b)
{
    if (!out->stats) return 0;
    if (!stats_write(out->stats, b, out->stats_at)) return STATUS_LOST_OUTPUT;
    if (!fflush(out->stats) && !ferror(out->stats)) return 0;
    complain("statistics '%s' could not be written: %s", o->stats, strerror(errno));
    return STATUS_LOST_OUTPUT;
}

static int finish_log(const struct outputs *out, const struct options *o)
{
    if (!out->log_file || (!fflush(out->log_file) && !ferror(out->log_file))) return 0;
    complain("log '%s' could not be written: %s", o->log ? o->log : "stderr", strerror(errno));
    return STATUS_LOST_OUTPUT;
}

static void close_outputs(struct outputs *out)
{
    log_free(out->log);
    isolation_free(out->isolation);
    exits_free(out->exits);
    if (out->signature) fclose(out->signature);
    if (out->stats && out->stats != stdout) fclose(out->stats);
    if (out->log_file && out->log_file != stderr) fclose(out->log_file);
}

static int run(const struct options *o, struct software *s)
{
    struct machine m;
    struct outputs out = {0};
    int status = STATUS_BAD;
    if (machine_begin(&m, o, s, o->tier, CONSOLE_ALL) && begin_signature(&out, o, s) &&
        begin_stats(&out, o, s) && begin_log(&out, o, s, m.board) &&
        begin_isolation(&out, o, m.board) && begin_exits(&out, o, m.board)) {
        status = board_run(m.board);
        if (out.isolation) isolation_report(out.isolation);
        if (out.exits) exits_report(out.exits);
        int lost = finish_signature(&out, o, m.board) | finish_stats(&out, o, m.board) |
                   finish_log(&out, o);
        if (!status) status = lost;
    }
    machine_end(&m);
    close_outputs(&out);
    return status;
}

static int dump_dts(const struct options *o, struct software *s)
{
    struct machine m;
    bool good = machine_begin(&m, o, s, o->tier, CONSOLE_ALL);
    if (good)
        good = dts_print(stdout, board_fdt(m.board)) || complain("the device tree is damaged");
    machine_end(&m);
    return good && !fflush(stdout) ? 0 : STATUS_BAD;
}

static int with_software(const struct options *o)
{
    struct software s;
    int status = STATUS_BAD;
    if (software_read(&s, o)) {
        if (o->action == ACTION_DUMP_DTS)
            status = dump_dts(o, &s);
        else
            status = o->lockstep ? lockstep_run(o, &s) : run(o, &s);
    }
    software_free(&s);
    return status;
}

static int act(const struct options *o)
{
    switch (o->action) {
    case ACTION_HELP: o->test ? print_test_help() : print_help(); return 0;
    case ACTION_VERSION: puts("vhart " VHART_VERSION); return 0;
    case ACTION_DUMP_DTS:
    case ACTION_RUN: break;
    }
    return o->test ? suite_run(o) : with_software(o);
}

int main(int argc, char **argv)
{
    struct options options;
    if (argc > 1 && strcmp(argv[1], "census") == 0) return census_main(argc, argv);
    int status = options_parse(&options, argc, argv) ? act(&options) : STATUS_BAD;
    options_free(&options);
    return status;
}
