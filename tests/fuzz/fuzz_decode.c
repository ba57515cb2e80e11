/* The decoder against the plainest one there is: a look at every row. And the disassembler, which
 * must keep to its buffer whatever it is given. Input: a byte that chooses the ISA, then words. */
#include "hart/csr.h"
#include "hart/decode.h"
#include "tests/fuzz/fuzz.h"

#include <ctype.h>
#include <string.h>

enum { ISA_N = 8 };

static struct isa isas[ISA_N];

static void set_up(void)
{
    static const char *const strings[ISA_N] = {
        "rv64gch",
        "rv64i",
        "rv64imac",
        "rv64gc_zfh_zfa",
        "rv64gch_zicfiss_zcmop",
        "rv64gc_zacas_zabha",
        "rv64gch_zicbom_zicboz_zicbop_svinval",
    };
    char error[200];
    for (unsigned k = 0; k < ISA_N - 1; k++)
        HOLDS(isa_parse(&isas[k], strings[k], error, sizeof error), "%s", error);
    isa_default(&isas[ISA_N - 1]);
    decode_init();
    csr_init();
}

/* The rows that a full-width word matches: of those with fewer free bits, which are special cases
 * of others, one only. */
static unsigned plain_decode(const struct isa *isa, u32 raw)
{
    unsigned best = OP_ILLEGAL;
    int bits = -1;
    for (unsigned row = 0; row < ROW_FULL_N; row++) {
        struct pattern p = full_pattern(row);
        if (!isa_has(isa, full_rows[row].ext) || (raw & p.mask) != p.match) continue;
        if (__builtin_popcount(p.mask) <= bits) continue;
        bits = __builtin_popcount(p.mask);
        best = row;
    }
    return best;
}

static void check_same(const struct insn *a, const struct insn *b, u32 raw)
{
    HOLDS(a->op == b->op && a->rd == b->rd && a->rs1 == b->rs1 && a->rs2 == b->rs2 &&
              a->rs3 == b->rs3 && a->imm == b->imm && a->rm == b->rm && a->aqrl == b->aqrl,
          "0x%x does not survive encoding", raw);
}

static void check_decode(const struct isa *isa, u32 raw)
{
    struct insn i, again;
    decode(isa, raw, &i);
    HOLDS(i.len == insn_length((u16)raw), "0x%x has %u bytes", raw, i.len);
    if (i.len == 4) {
        HOLDS(i.op == plain_decode(isa, raw), "0x%x is row %u", raw, i.op);
        HOLDS(i.raw == raw, "0x%x has other bits", raw);
    }
    if (i.op == OP_ILLEGAL) return;
    HOLDS(isa_has(isa, full_rows[i.op].ext), "0x%x belongs to no extension that is there", raw);
    u32 full = encode(&i);
    if (i.len == 4) HOLDS(full == raw, "0x%x is encoded as 0x%x", raw, full);
    if (i.op == OP_add && !i.rd) return; /* a HINT, which as a full word can be ntl.* */
    decode(isa, full, &again);
    check_same(&i, &again, raw);
}

static void check_text(const struct isa *isa, u32 raw, size_t size)
{
    char *text = malloc(size);
    disassemble(isa, raw, 0xffffffff80000000, text, size);
    size_t n = strnlen(text, size);
    HOLDS(n < size, "the text of 0x%x has no end", raw);
    for (size_t k = 0; k < n; k++) HOLDS(isprint((u8)text[k]), "a strange character for 0x%x", raw);
    HOLDS(size < 100 || n > 1, "no text for 0x%x", raw);
    free(text);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    if (!isas[0].set) set_up();
    const struct isa *isa = &isas[take(&in, 1) % ISA_N];
    while (in.left) {
        size_t room = 1 + take(&in, 1) % 40;
        u32 raw = (u32)take(&in, 4);
        check_decode(isa, raw);
        check_text(isa, raw, room);
        check_text(isa, raw, 128);
    }
    return 0;
}
