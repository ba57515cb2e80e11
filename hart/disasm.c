/* Assembly text, from a row's name and operand syntax. */
#include "hart/decode.h"
#include "hart/csr.h"
#include "hart/fp/fli.h"

#include <stdio.h>
#include <string.h>

static const char *const x_names[] = {
    "zero", "ra", "sp", "gp", "tp",  "t0",  "t1", "t2", "s0", "s1", "a0",
    "a1",   "a2", "a3", "a4", "a5",  "a6",  "a7", "s2", "s3", "s4", "s5",
    "s6",   "s7", "s8", "s9", "s10", "s11", "t3", "t4", "t5", "t6",
};
static const char *const f_names[] = {
    "ft0", "ft1", "ft2", "ft3", "ft4",  "ft5",  "ft6", "ft7", "fs0",  "fs1",  "fa0",
    "fa1", "fa2", "fa3", "fa4", "fa5",  "fa6",  "fa7", "fs2", "fs3",  "fs4",  "fs5",
    "fs6", "fs7", "fs8", "fs9", "fs10", "fs11", "ft8", "ft9", "ft10", "ft11",
};
static const char *const rounding[] = {"rne", "rtz", "rdn", "rup", "rmm", "rm5", "rm6"};

struct text {
    char *out;
    size_t size, n;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
    __builtin_va_list list;
    __builtin_va_start(list, format);
    int n = vsnprintf(t->out + t->n, t->size - t->n, format, list);
    __builtin_va_end(list);
    if (n > 0) t->n = t->n + (size_t)n < t->size ? t->n + (size_t)n : t->size - 1;
}

static void put_order(struct text *t, const struct insn *i)
{
    for (unsigned k = 0; k < 2; k++) {
        unsigned set = (u32)i->imm >> (k ? 0 : 4) & 15;
        put(t, k ? ", " : "");
        if (!set) put(t, "unknown");
        for (unsigned bit = 0; bit < 4; bit++)
            if (set & 8 >> bit) put(t, "%c", "iorw"[bit]);
    }
}

static void put_csr(struct text *t, unsigned number)
{
    const char *name = csr_name(number);
    if (name)
        put(t, "%s", name);
    else
        put(t, "0x%x", number);
}

/* What fli loads: three have names, the others are exact in a few decimal digits. */
static void put_constant(struct text *t, unsigned k)
{
    switch (k) {
    case 1: put(t, "min"); break;
    case 30: put(t, "inf"); break;
    case 31: put(t, "nan"); break;
    default: put(t, "%.12g", fli_value(k)); break;
    }
}

static void put_operand(struct text *t, const struct insn *i, u64 pc, const char *word, size_t n)
{
    char w[10] = {0};
    memcpy(w, word, n < sizeof w ? n : sizeof w - 1);
    if (!strcmp(w, "rd"))
        put(t, "%s", x_names[i->rd]);
    else if (!strcmp(w, "rs1"))
        put(t, "%s", x_names[i->rs1]);
    else if (!strcmp(w, "rs2"))
        put(t, "%s", x_names[i->rs2]);
    else if (!strcmp(w, "link"))
        put(t, "%s", x_names[1 + i->imm]);
    else if (!strcmp(w, "fd"))
        put(t, "%s", f_names[i->rd]);
    else if (!strcmp(w, "fs1"))
        put(t, "%s", f_names[i->rs1]);
    else if (!strcmp(w, "fs2"))
        put(t, "%s", f_names[i->rs2]);
    else if (!strcmp(w, "fs3"))
        put(t, "%s", f_names[i->rs3]);
    else if (!strcmp(w, "imm"))
        put(t, "%d", i->imm);
    else if (!strcmp(w, "imm20"))
        put(t, "0x%x", (u32)i->imm >> 12 & 0xfffff);
    else if (!strcmp(w, "target"))
        put(t, "0x%llx", (unsigned long long)(pc + (u64)(s64)i->imm));
    else if (!strcmp(w, "zimm"))
        put(t, "%u", i->rs1);
    else if (!strcmp(w, "csr"))
        put_csr(t, (u32)i->imm & 0xfff);
    else if (!strcmp(w, "constant"))
        put_constant(t, i->rs1);
    else if (!strcmp(w, "order"))
        put_order(t, i);
    else if (!strcmp(w, "rm"))
        put(t, "%s", rounding[i->rm]);
    else
        put(t, "%s", w); /* a register by name, as in "sp" */
}

static void put_mnemonic(struct text *t, const struct row *row, const struct insn *i)
{
    static const char *const suffix[] = {"", ".rl", ".aq", ".aqrl"};
    for (const char *p = row->name; *p; p++) put(t, "%c", *p == '_' ? '.' : *p);
    if (row->name[strlen(row->name) - 1] == '_') put(t, "%d", i->imm);
    put(t, "%s", suffix[i->aqrl & 3]);
    if (*row->syntax) put(t, " ");
}

/* Where the operands end that are shown: a rounding mode, last in the list, is not when dynamic. */
static const char *shown_end(const char *syntax, const struct insn *i)
{
    static const char tail[] = ", rm";
    size_t n = strlen(syntax), last = sizeof tail - 1;
    return syntax + (i->rm == 7 && n > last && !strcmp(syntax + n - last, tail) ? n - last : n);
}

void disassemble(const struct isa *isa, u32 raw, u64 pc, char *out, size_t size)
{
    struct insn i;
    struct text t = {out, size, 0};
    decode(isa, raw, &i);
    if (i.op == OP_ILLEGAL) {
        put(&t, "unknown");
        return;
    }
    const struct row *row =
        i.len == 2 ? &compressed_rows[compressed_row_of(isa, (u16)raw)] : &full_rows[i.op];
    const char *end = shown_end(row->syntax, &i);
    put_mnemonic(&t, row, &i);
    for (const char *p = row->syntax; p < end;) {
        size_t n = strcspn(p, ", ()");
        if (n) put_operand(&t, &i, pc, p, n);
        for (p += n; p < end && strchr(", ()", *p); p++) put(&t, "%c", *p);
    }
}
