/* Random programs on vhart and on another simulator, whose outputs must be alike: digests of the
 * traps, the registers and the memory.
 *
 *     peers [--seeds A..B] [--vhart "COMMAND"] FRAME PEER
 *
 * FRAME is the frame's ELF, which the program is put into. A difference is shrunk and reported; the
 * last line is "N passed, N failed", and the exit status is 1 when any failed. */
#include "hart/csr.h"
#include "platform/elf.h"
#include "platform/file.h"
#include "tests/peers/layout.h"
#include "tests/peers/program.h"
#include "tests/random/draw.h"
#include "tests/random/emit.h"
#include "tests/random/shrink.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OUTPUT_MAX = 1 << 19, COMMAND_MAX = 1024, REPORTED_MAX = 2, TRIAL_MAX = 150 };

#define SPIKE_ISA                                                                                  \
    "rv64gch_zicclsm_zicond_zimop_zacas_zabha_zfh_zfa_zcb_zcmop_zba_zbb_zbc_zbs_svade_svinval"
#define QEMU_ISA "rv64gc_zba_zbb_zbc_zbs_zfh"

/* When a reservation is lost besides is everyone's own choice (Zalrsc). */
#define LR_SC " lr_w lr_d sc_w sc_d "

static const struct peer peers[] = {
    {.name = "spike",
     .isa = SPIKE_ISA,
     .command = "spike --isa=" SPIKE_ISA "",
     .a_d_faults = true,
     .reserved = true,
     .amo_faults = true,
     .rows = LR_SC},
    {.name = "qemu-system-riscv64",
     .isa = QEMU_ISA,
     .command =
         "qemu-system-riscv64 -M spike -cpu rv64,h=false,zba=true,zbb=true,zbc=true,zbs=true,"
         "Zfh=true -display none -monitor none -serial stdio -bios none -kernel",                        .rows = LR_SC "ctzw "},
};

struct run {
    const struct peer *peer;
    const char *vhart;
    char path[64]; /* the program's file */
    struct file frame;
    u8 *program; /* where it lies in the frame's file */
};

static _Noreturn void give_up(const char *why, const char *what)
{
    fprintf(stderr, "peers: %s %s; usage: peers [--seeds A..B] [--vhart COMMAND] FRAME PEER\n", why,
            what);
    exit(2);
}

/* ---- files and commands ---- */

static void open_frame(struct run *run, const char *name)
{
    char error[ELF_ERROR_MAX];
    struct elf_segment s;
    struct elf e;
    unsigned k = 0;
    if (!file_read(&run->frame, "frame", name)) exit(2);
    if (!elf_open(&e, run->frame.data, run->frame.size, error)) give_up(name, error);
    while (elf_next_segment(&e, &k, &s))
        if (PLACES - s.pa < s.file_size && s.file_size - (PLACES - s.pa) >= IMAGE_SIZE)
            run->program = run->frame.data + (s.data - run->frame.data) + (PLACES - s.pa);
    if (!run->program) give_up(name, "has no room for a program");
    strcpy(run->path, "/tmp/vhart-peers-XXXXXX");
    int fd = mkstemp(run->path);
    if (fd < 0) give_up("cannot make a file", run->path);
    close(fd);
}

static void write_program(struct run *run, const struct program *p)
{
    memcpy(run->program, p->image, IMAGE_SIZE);
    FILE *file = fopen(run->path, "wb");
    if (!file || fwrite(run->frame.data, 1, run->frame.size, file) != run->frame.size ||
        fclose(file) != 0)
        give_up("cannot write", run->path);
}

/* What the command prints when it is given the file; its ends of lines are all alike. */
static void output_of(const char *command, const char *path, char *out)
{
    char line[COMMAND_MAX + 128];
    size_t n = 0;
    snprintf(line, sizeof line, "timeout -s KILL 10 %.*s %s 2>/dev/null </dev/null", COMMAND_MAX,
             command, path);
    FILE *pipe = popen(line, "r");
    for (int c; pipe && n < OUTPUT_MAX - 1 && (c = getc(pipe)) != EOF;)
        if (c != '\r') out[n++] = (char)c;
    out[n] = 0;
    if (pipe) pclose(pipe);
}

static char ours[OUTPUT_MAX], theirs[OUTPUT_MAX];

/* A jump into the middle of an instruction can make a loop: such a program is not compared. */
static bool ended(const char *output)
{
    return strstr(output, "memory") != NULL;
}

static bool differs(const struct program *p, void *arg)
{
    struct run *run = arg;
    char command[COMMAND_MAX];
    write_program(run, p);
    snprintf(command, sizeof command, "%s --instructions=1000000 --isa=%s", run->vhart,
             run->peer->isa);
    output_of(command, run->path, ours);
    if (!ended(ours)) return false;
    output_of(run->peer->command, run->path, theirs);
    return strcmp(ours, theirs) != 0 || strstr(ours, "traps 0,");
}

/* ---- reports ---- */

/* The first line in which the outputs differ; those before it end in the same way. */
static void show_first(void)
{
    size_t n = 0, line = 0;
    while (ours[n] && ours[n] == theirs[n])
        if (ours[n++] == '\n') line = n;
    printf("  vhart: %.*s\n", (int)strcspn(ours + line, "\n"), ours + line);
    printf("  peer:  %.*s\n", (int)strcspn(theirs + line, "\n"), theirs + line);
}

static void report(struct run *run, struct program *p)
{
    struct isa isa;
    char error[200];
    put_u64(p, VERBOSE - PLACES, 1);
    differs(p, run);
    printf("seed %llu: the first difference:\n", (unsigned long long)p->seed);
    show_first();
    fflush(stdout);
    const bool *blanked = shrink(p, TRIAL_MAX, differs, run);
    differs(p, run);
    printf("  and of what is left of the program:\n");
    show_first();
    if (isa_parse(&isa, run->peer->isa, error, sizeof error)) list_rest(p, blanked, &isa, PLACES);
}

/* ---- the command line ---- */

static const struct peer *find_peer(const char *name)
{
    for (unsigned k = 0; k < sizeof peers / sizeof peers[0]; k++)
        if (!strcmp(peers[k].name, name)) return &peers[k];
    give_up("no such peer:", name);
}

static void set_seeds(const char *text, u64 *first, u64 *last)
{
    char *end;
    *first = *last = strtoull(text, &end, 0);
    if (!strncmp(end, "..", 2)) *last = strtoull(end + 2, &end, 0);
    if (*end || *last < *first) give_up("these are no seeds:", text);
}

int main(int argc, char **argv)
{
    static struct program p;
    static struct run run = {.vhart = "build/vhart"};
    u64 first = 1, last = 20, passed = 0, failed = 0, endless = 0;
    int k = 1;
    for (; k + 1 < argc && argv[k][0] == '-'; k += 2) {
        if (!strcmp(argv[k], "--seeds"))
            set_seeds(argv[k + 1], &first, &last);
        else if (!strcmp(argv[k], "--vhart"))
            run.vhart = argv[k + 1];
        else
            give_up("unknown option", argv[k]);
    }
    if (argc - k != 2) give_up("wrong number of", "arguments");
    decode_init();
    csr_init();
    draw_init();
    run.peer = find_peer(argv[k + 1]);
    open_frame(&run, argv[k]);
    for (u64 seed = first; seed <= last; seed++) {
        peer_program(&p, run.peer, seed);
        if (!differs(&p, &run) || !differs(&p, &run)) { /* a busy machine may time one out */
            passed += ended(ours);
            endless += !ended(ours);
            continue;
        }
        if (failed++ < REPORTED_MAX) report(&run, &p);
        printf("FAIL peers --seeds %llu %s %s\n", (unsigned long long)seed, argv[k], argv[k + 1]);
        fflush(stdout);
    }
    unlink(run.path);
    file_free(&run.frame);
    printf("%llu passed, %llu failed; %llu would not end\n", (unsigned long long)passed,
           (unsigned long long)failed, (unsigned long long)endless);
    return failed != 0 || endless > passed;
}
