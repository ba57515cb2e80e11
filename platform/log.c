#include "platform/log.h"

#include "hart/csr.h"
#include "hart/decode.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct label {
    u64 address;
    const char *name;
};

struct hart_log {
    struct log *log;
    unsigned index;
    struct hart_observer observer;
    u64 pc; /* of the line printed last, */
    u32 raw;
    u64 repeats; /* and how often it came again since: a loop to itself prints nothing */
};

struct log {
    struct log_config config;
    struct label *labels; /* by address, one name each */
    u64 label_count;
    struct hart_log harts[];
};

/* ---- --log-commits ---- */

static void print_value(FILE *out, unsigned bytes, u64 value)
{
    u64 mask = bytes < 8 ? BIT(8 * bytes) - 1 : ~0ull;
    fprintf(out, "0x%0*" PRIx64, (int)(2 * bytes), value & mask);
}

/* Spike keeps the registers that an instruction wrote in a map and prints it in the order of its
 * keys: number << 4 | kind, where x is 0, f is 1 and a CSR is 4. */
enum kind { KIND_X = 0, KIND_F = 1, KIND_CSR = 4 };

struct written {
    unsigned key;
    u64 value;
};

static unsigned collect(const struct commit *c, struct written *out)
{
    unsigned n = 0;
    if (c->wrote_x && c->rd) out[n++] = (struct written){(unsigned)c->rd << 4 | KIND_X, c->value};
    if (c->wrote_pair) out[n++] = (struct written){(c->rd + 1u) << 4 | KIND_X, c->value_next};
    if (c->wrote_f) out[n++] = (struct written){(unsigned)c->rd << 4 | KIND_F, c->value};
    for (unsigned k = 0; k < c->csr_n; k++)
        out[n++] = (struct written){(unsigned)c->csr[k].number << 4 | KIND_CSR, c->csr[k].value};
    return n;
}

static int by_key(const void *a, const void *b)
{
    return (int)((const struct written *)a)->key - (int)((const struct written *)b)->key;
}

static void print_written(FILE *out, const struct isa *isa, const struct written *w)
{
    unsigned number = w->key >> 4, kind = w->key & 15;
    if (kind == KIND_CSR)
        fprintf(out, " c%u_%s ", number, csr_name(number));
    else
        fprintf(out, " %c%-2u ", kind == KIND_F ? 'f' : 'x', number);
    print_value(out, kind == KIND_F && !isa_has(isa, EXT_D) ? 4 : 8, w->value);
}

static void print_store(FILE *out, u64 va, unsigned size, u64 value)
{
    fprintf(out, " mem 0x%016" PRIx64 " ", va);
    print_value(out, size, value);
}

/* Spike writes a cache block byte by byte. */
static void print_memory(FILE *out, const struct commit *c)
{
    for (unsigned k = 0; k < c->mem_n; k++)
        if (!c->mem[k].store) fprintf(out, " mem 0x%016" PRIx64, c->mem[k].va);
    for (unsigned k = 0; k < c->mem_n; k++) {
        unsigned size = c->mem[k].size;
        if (!c->mem[k].store) continue;
        if (size <= 8) print_store(out, c->mem[k].va, size, c->mem[k].value);
        for (unsigned n = 0; size > 8 && n < size; n++)
            print_store(out, c->mem[k].va + n, 1, c->mem[k].value);
    }
}

void log_print_commit(FILE *out, const struct isa *isa, unsigned hart, const struct commit *c)
{
    struct written written[3 + COMMIT_CSR_MAX];
    unsigned n = collect(c, written);
    qsort(written, n, sizeof written[0], by_key);
    fprintf(out, "core%4u: %u 0x%016" PRIx64 " (", hart, c->priv, c->pc);
    print_value(out, c->len, c->raw);
    fputc(')', out);
    for (unsigned k = 0; k < n; k++) print_written(out, isa, &written[k]);
    print_memory(out, c);
}

/* ---- -l ---- */

static int by_address(const void *a, const void *b)
{
    const struct label *p = a, *q = b;
    if (p->address != q->address) return p->address < q->address ? -1 : 1;
    return strcmp(p->name, q->name);
}

/* Spike prints one name an address: the first by the alphabet. */
static bool read_labels(struct log *l)
{
    const struct elf *e = l->config.elf;
    u64 n = 0, kept = 0;
    if (!e || !e->symbol_count || !l->config.instructions) return true;
    l->labels = calloc(e->symbol_count, sizeof l->labels[0]);
    if (!l->labels) return false;
    for (u64 k = 0; k < e->symbol_count; k++) {
        l->labels[n].name = elf_label(e, k, &l->labels[n].address);
        l->labels[n].address += l->config.elf_bias;
        if (l->labels[n].name) n++;
    }
    qsort(l->labels, n, sizeof l->labels[0], by_address);
    for (u64 k = 0; k < n; k++)
        if (!kept || l->labels[kept - 1].address != l->labels[k].address)
            l->labels[kept++] = l->labels[k];
    l->label_count = kept;
    return true;
}

static const char *label_at(const struct log *l, u64 address)
{
    u64 low = 0, high = l->label_count;
    while (low < high) {
        u64 middle = (low + high) / 2;
        if (l->labels[middle].address == address) return l->labels[middle].name;
        if (l->labels[middle].address < address)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void print_instruction(struct hart_log *h, u64 pc, u32 raw)
{
    char text[128];
    FILE *out = h->log->config.out;
    if (h->pc == pc && h->raw == raw) {
        h->repeats++;
        return;
    }
    const char *label = label_at(h->log, pc);
    if (label) fprintf(out, "core%4u: >>>>  %s\n", h->index, label);
    if (h->repeats) fprintf(out, "core%4u: Executed %" PRIu64 " times\n", h->index, h->repeats + 1);
    disassemble(h->log->config.isa, raw, pc, text, sizeof text);
    fprintf(out, "core%4u: 0x%016" PRIx64 " (0x%08" PRIx32 ") %s\n", h->index, pc, raw, text);
    h->pc = pc;
    h->raw = raw;
    h->repeats = 0;
}

/* Exceptions by cause (priv. spec, table of mcause), and whether Spike prints their xtval. */
static const struct {
    const char *name;
    bool has_tval;
} exceptions[] = {
    [0] = {"instruction_address_misaligned", true },
    [1] = {"instruction_access_fault",       true },
    [2] = {"illegal_instruction",            true },
    [3] = {"breakpoint",                     true },
    [4] = {"load_address_misaligned",        true },
    [5] = {"load_access_fault",              true },
    [6] = {"store_address_misaligned",       true },
    [7] = {"store_access_fault",             true },
    [8] = {"user_ecall",                     false},
    [9] = {"supervisor_ecall",               false},
    [10] = {"virtual_supervisor_ecall",       false},
    [11] = {"machine_ecall",                  false},
    [12] = {"instruction_page_fault",         true },
    [13] = {"load_page_fault",                true },
    [15] = {"store_page_fault",               true },
    [20] = {"instruction_guest_page_fault",   true },
    [21] = {"load_guest_page_fault",          true },
    [22] = {"virtual_instruction",            true },
    [23] = {"store_guest_page_fault",         true },
};
enum { EXCEPTIONS = sizeof exceptions / sizeof exceptions[0] };

static void print_exception(FILE *out, unsigned hart, const struct trap_event *e)
{
    bool named = e->cause < EXCEPTIONS && exceptions[e->cause].name;
    fprintf(out, "core%4u: exception ", hart);
    if (named)
        fprintf(out, "trap_%s", exceptions[e->cause].name);
    else
        fprintf(out, "%s #%u", e->cause >> 63 ? "interrupt" : "trap", (unsigned)(e->cause & 255));
    fprintf(out, ", epc 0x%016" PRIx64 "\n", e->pc);
    if (named && exceptions[e->cause].has_tval)
        fprintf(out, "core%4u:           tval 0x%016" PRIx64 "\n", hart, e->tval);
}

/* ---- the observers ---- */

static void retired(void *arg, const struct hart *hart, const struct commit *c)
{
    struct hart_log *h = arg;
    const struct log_config *config = &h->log->config;
    (void)hart;
    if (config->instructions) print_instruction(h, c->pc, c->raw);
    if (!config->commits) return;
    log_print_commit(config->out, config->isa, h->index, c);
    fputc('\n', config->out);
}

static void trapped(void *arg, const struct hart *hart, const struct trap_event *e)
{
    struct hart_log *h = arg;
    (void)hart;
    if (!h->log->config.instructions) return;
    if (e->len) print_instruction(h, e->pc, e->raw);
    print_exception(h->log->config.out, h->index, e);
}

struct log *log_new(const struct log_config *config)
{
    struct log *l = calloc(1, sizeof *l + config->harts * sizeof l->harts[0]);
    if (!l) return NULL;
    l->config = *config;
    for (unsigned k = 0; k < config->harts; k++)
        l->harts[k] = (struct hart_log){
            .log = l,
            .index = k,
            .observer = {.arg = &l->harts[k], .retire = retired, .trap = trapped},
            .pc = ~0ull
        };
    if (read_labels(l)) return l;
    log_free(l);
    return NULL;
}

void log_free(struct log *l)
{
    if (!l) return;
    free(l->labels);
    free(l);
}

const struct hart_observer *log_observer(struct log *l, unsigned index)
{
    return &l->harts[index].observer;
}
