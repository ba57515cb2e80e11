#include "hext/trap_values.h"
#include "hart/decode.h"

/* Pseudoinstructions for an implicit access to a first-stage entry on RV64 (22.6.3, table 45). */
enum { TINST_READ = 0x3000, TINST_WRITE = 0x3020 };

enum opcode { OPC_LOAD = 0x03, OPC_LOAD_FP = 0x07, OPC_STORE = 0x23, OPC_STORE_FP = 0x27 };
#define FIELD_OPCODE_FUNCT3 0x707fu
#define FIELD_RD            (31u << 7)
#define FIELD_RS1           (31u << 15)
#define FIELD_RS2           (31u << 20)

/* The full-width instruction, its immediate zeroed and rs1 replaced by the distance of the failed
 * byte from the first; bit 1 is 0 when it was compressed (22.6.3). */
static u64 transformed(const struct insn *insn, unsigned offset)
{
    if (insn->op == OP_sspush || insn->op == OP_sspopchk) return 0; /* none is defined for these */
    u32 raw = encode(insn), keep = ~FIELD_RS1;
    switch (raw & 0x7f) {
    case OPC_LOAD:
    case OPC_LOAD_FP: keep = FIELD_OPCODE_FUNCT3 | FIELD_RD; break;
    case OPC_STORE:
    case OPC_STORE_FP: keep = FIELD_OPCODE_FUNCT3 | FIELD_RS2; break;
    }
    raw = (raw & keep) | offset << 15;
    return insn->len == 2 ? raw & ~2u : raw;
}

u64 hext_tinst(const struct insn *insn, const struct exception_info *e)
{
    if (e->pseudo) return e->pseudo == 'w' ? TINST_WRITE : TINST_READ;
    return e->explicit_access ? transformed(insn, e->offset) : 0;
}

static u64 with(u64 value, u64 bit, bool on)
{
    return on ? value | bit : value & ~bit;
}

void hext_trap_values(struct hart *h, enum level level)
{
    const struct exception_info *e = &h->trap;
    u64 tinst = h->config.zero_tinst && !e->pseudo ? 0 : hext_tinst(h->insn, e);
    if (level == LEVEL_M) {
        h->mstatus = with(h->mstatus, STATUS_MPV, h->virt);
        h->mstatus = with(h->mstatus, STATUS_GVA, e->tval_is_guest_va);
        h->mtval2 = e->gpa >> 2;
        h->mtinst = tinst;
    }
    if (level == LEVEL_HS) {
        h->hstatus = with(h->hstatus, HSTATUS_SPV, h->virt);
        if (h->virt) h->hstatus = with(h->hstatus, HSTATUS_SPVP, h->priv == PRIV_S);
        h->hstatus = with(h->hstatus, HSTATUS_GVA, e->tval_is_guest_va);
        h->htval = e->gpa >> 2;
        h->htinst = tinst;
    }
}

bool hext_return_virt(struct hart *h, enum level level, unsigned priv)
{
    bool virt = h->virt;
    if (level == LEVEL_M) {
        virt = priv != PRIV_M && (h->mstatus & STATUS_MPV);
        h->mstatus &= ~STATUS_MPV;
    } else if (level == LEVEL_HS) {
        virt = h->hstatus & HSTATUS_SPV;
        h->hstatus &= ~HSTATUS_SPV;
    }
    return virt;
}
