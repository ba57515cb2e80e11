#include "platform/stats.h"

#include "platform/elf.h"
#include "platform/message.h"

#include <inttypes.h>
#include <string.h>

/* As the hypervisor has it in memory. */
enum { NAME_SIZE = 24, VM_NAME_SIZE = 16, ROWS_MAX = 64, VMS_MAX = 4096 };

struct head {
    char magic[8];
    u64 timebase, instret, numbers, exits, first;
};

struct vm {
    u64 next;
    char name[VM_NAME_SIZE];
    u64 words[ROWS_MAX + 3 * ROWS_MAX]; /* the numbers, then count, cost, ticks of each exit */
};

struct stats {
    FILE *out;
    struct board *board;
    struct head head;
    char names[2 * ROWS_MAX][NAME_SIZE];
};

bool stats_find(const struct file *kernel, u64 *pa)
{
    char error[ELF_ERROR_MAX];
    struct elf elf;
    if (!kernel->data) return complain("--stats asks a hypervisor: give --kernel vmm.elf");
    if (!elf_open(&elf, kernel->data, kernel->size, error) ||
        !elf_symbol(&elf, "vmm_statistics", pa))
        return complain("--stats: '%s' has no symbol vmm_statistics; give the ELF file of a "
                        "hypervisor that counts",
                        kernel->name);
    *pa = elf_physical(&elf, *pa);
    return true;
}

/* A string of JSON; what might break it is a '?'. */
static void print_text(FILE *out, const char *text, size_t size)
{
    fputc('"', out);
    for (size_t i = 0; i < size && text[i]; i++) {
        bool plain = text[i] >= ' ' && text[i] <= '~' && text[i] != '"' && text[i] != '\\';
        fputc(plain ? text[i] : '?', out);
    }
    fputc('"', out);
}

static void print_vm(const struct stats *s, const struct vm *vm, bool first)
{
    const u64 *word = vm->words;
    const char(*name)[NAME_SIZE] = s->names;
    fprintf(s->out, "%s\n    {\"name\": ", first ? "" : ",");
    print_text(s->out, vm->name, VM_NAME_SIZE);
    for (u64 i = 0; i < s->head.numbers; i++) {
        fputs(",\n     ", s->out);
        print_text(s->out, *name++, NAME_SIZE);
        fprintf(s->out, ": %" PRIu64, *word++);
    }
    fputs(",\n     \"exits\": {", s->out);
    for (u64 i = 0; i < s->head.exits; i++, word += 3) {
        fputs(i ? ",\n       " : "\n       ", s->out);
        print_text(s->out, *name++, NAME_SIZE);
        fprintf(s->out, ": {\"count\": %" PRIu64 ", \"cost\": %" PRIu64 ", \"ticks\": %" PRIu64 "}",
                word[0], word[1], word[2]);
    }
    fputs("}}", s->out);
}

static bool read_head(struct stats *s, u64 pa)
{
    struct head *h = &s->head;
    return board_read(s->board, pa, h, sizeof *h) &&
           !memcmp(h->magic, "vmmstats", sizeof h->magic) && h->numbers <= ROWS_MAX &&
           h->exits <= ROWS_MAX &&
           board_read(s->board, pa + sizeof *h, s->names, (h->numbers + h->exits) * NAME_SIZE);
}

/* The list ends with 0; what is damaged ends it, too. */
static bool print_vms(const struct stats *s)
{
    u64 at;
    struct vm vm;
    size_t size = offsetof(struct vm, words) + (s->head.numbers + 3 * s->head.exits) * sizeof(u64);
    if (!board_read(s->board, s->head.first, &at, sizeof at)) return false;
    for (unsigned n = 0; at; n++, at = vm.next) {
        if (n == VMS_MAX || !board_read(s->board, at, &vm, size)) return false;
        print_vm(s, &vm, n == 0);
    }
    return true;
}

bool stats_write(FILE *out, struct board *b, u64 pa)
{
    struct stats s = {.out = out, .board = b};
    if (!read_head(&s, pa))
        return complain(
            "--stats: there are no statistics at 0x%" PRIx64 ": has the hypervisor begun?", pa);
    fprintf(out, "{\n  \"timebase\": %" PRIu64 ",\n  \"cost\": \"%s\",\n  \"vms\": [",
            s.head.timebase, s.head.instret ? "instructions" : "ticks");
    bool good = print_vms(&s);
    fputs("\n  ]\n}\n", out);
    return good || complain("--stats: the list of VMs is damaged");
}
