#include "hart/csr.h"
#include "hart/aia.h"
#include "hart/context.h"
#include "hart/csr_views.h"
#include "hext/aia.h"
#include "hext/csr_views.h"
#include "hext/gate.h"

#include <stdio.h>
#include <string.h>

#define AT(field, writable)  .at = offsetof(struct hart, field), .mask = (writable)
#define VIEW(getter, setter) .get = getter, .set = setter
#define STATUS(field, shown, always, setter)                                                       \
    .at = offsetof(struct hart, field), .hidden = ~(shown), .ones = (always), .sd = true,          \
    .set = setter

static const struct csr rows[] = {
#define CSR(n, id, extension, ...)                                                                 \
    {.number = n, .name = #id, .ext = ISA_SET(EXT_##extension), __VA_ARGS__},
#include "hart/csrs.def"
#include "hext/csrs.def"
#undef CSR
};
enum { ROW_N = sizeof rows / sizeof rows[0] };

/* Row number + 1 of each CSR; 0: no such CSR. Which a hart has depends on its ISA (csr_rows). And
 * the names of those in ranges. */
static u8 row_of[CSR_N];
static char range_names[CSR_N / 8][16];
static u16 range_name_of[CSR_N];

void csr_init(void)
{
    static unsigned names;
    if (names) return;
    names = 1; /* 0 stands for none */
    for (unsigned r = 0; r < ROW_N; r++) {
        for (unsigned k = 0; k < (rows[r].count ? rows[r].count : 1); k++) {
            unsigned number = rows[r].number + k;
            row_of[number] = (u8)(r + 1);
            if (!rows[r].count) continue;
            range_name_of[number] = (u16)names;
            snprintf(range_names[names++], sizeof range_names[0], "%s%u", rows[r].name,
                     rows[r].index + k);
        }
    }
}

static bool exists(const struct isa *isa, const struct csr *c)
{
    bool is_hypervisors = (c->number >> 8 & 3) == 2; /* vstimecmp, vstopi */
    return (isa->set & (c->ext | c->or_ext)) && (!is_hypervisors || isa_has(isa, EXT_H));
}

void csr_rows(struct hart *h)
{
    for (unsigned n = 0; n < CSR_N; n++)
        h->csr_row[n] = row_of[n] && exists(h->isa, &rows[row_of[n] - 1]) ? row_of[n] : 0;
}

static const struct csr *find(const struct hart *h, unsigned number)
{
    unsigned r = h->csr_row[number & (CSR_N - 1)];
    return r ? &rows[r - 1] : NULL;
}

const char *csr_name(unsigned number)
{
    unsigned r = row_of[number & (CSR_N - 1)];
    if (range_name_of[number & (CSR_N - 1)]) return range_names[range_name_of[number]];
    return r ? rows[r - 1].name : NULL;
}

/* ---- who may ---- */

static bool counter_open(const struct hart *h, unsigned bit)
{
    if (h->priv == PRIV_M) return true;
    if (!(h->mcounteren >> bit & 1)) return false;
    return h->virt || h->priv == PRIV_S || (h->scounteren >> bit & 1);
}

static bool timer_open(const struct hart *h)
{
    return h->priv == PRIV_M || ((h->mcounteren & COUNTER_TM) && (h->menvcfg & ENVCFG_STCE));
}

static bool fs_open(const struct hart *h)
{
    return !h->fs_off;
}

/* TVM is M-mode's word to HS; a guest meets VTVM instead (22.2.1). */
static bool tvm_open(const struct hart *h)
{
    return h->virt || h->priv != PRIV_S || !(h->mstatus & STATUS_TVM);
}

static bool stateen_open(const struct hart *h, unsigned n, u64 bit)
{
    return h->priv == PRIV_M || !isa_has(h->isa, EXT_SMSTATEEN) || (h->mstateen[n] & bit);
}

/* The gates that give illegal-instruction; hext_csr_verdict has those of the hypervisor. */
static bool open(const struct hart *h, const struct csr *c, unsigned number)
{
    switch ((enum csr_gate)c->gate) {
    case GATE_NONE: return true;
    case GATE_FS: return fs_open(h);
    case GATE_COUNTER: return counter_open(h, number & 31);
    case GATE_TIMER: return timer_open(h);
    case GATE_TVM: return tvm_open(h);
    case GATE_ENVCFG: return stateen_open(h, 0, STATEEN_ENVCFG);
    case GATE_SSE: return shadow_gate(h) != EXC_ILLEGAL;
    case GATE_STATEEN: return stateen_open(h, number & 3, STATEEN_SE0);
    case GATE_AIA: return stateen_open(h, 0, STATEEN_AIA);
    case GATE_CSRIND: return stateen_open(h, 0, STATEEN_CSRIND);
    case GATE_IREG: return ireg_open(h, number);
    case GATE_TOPEI: return topei_open(h, number);
    case GATE_VTI: return true;
    }
    return false;
}

/* With V=1 the question is first whether HS-mode could do it (22.6.1: "HS-qualified"). */
u64 csr_verdict(const struct hart *h, unsigned number, bool write)
{
    const struct csr *c = find(h, number);
    unsigned level = number >> 8 & 3, need = level == 2 ? PRIV_S : level;
    unsigned have = h->virt ? PRIV_S : h->priv;
    if (!c || (write && number >> 10 == 3) || have < need || !open(h, c, number))
        return EXC_ILLEGAL;
    return h->virt ? hext_csr_verdict(h, number, c->gate, write) : 0;
}

/* ---- access ---- */

static u64 *storage(const struct hart *h, const struct csr *c, unsigned number)
{
    return (u64 *)((char *)(uintptr_t)h + c->at) + (number - c->number);
}

/* The CSR that a number names in the present mode. */
static const struct csr *resolve(const struct hart *h, unsigned *number)
{
    const struct csr *c = find(h, *number);
    if (!h->virt || !c->vs) return c;
    *number = c->vs;
    return find(h, *number);
}

static u64 read_row(const struct hart *h, const struct csr *c, unsigned number)
{
    if (c->get) return c->get(h, number);
    u64 value = *storage(h, c, number);
    if (c->sd && (value & STATUS_FS) == STATUS_FS) value |= STATUS_SD;
    return (value & ~c->hidden) | c->ones;
}

u64 csr_read(const struct hart *h, unsigned number)
{
    const struct csr *c = resolve(h, &number);
    return read_row(h, c, number);
}

u64 csr_read_to_modify(const struct hart *h, unsigned number)
{
    const struct csr *c = resolve(h, &number);
    return c->get_to_modify ? c->get_to_modify(h) : read_row(h, c, number);
}

static void write_row(struct hart *h, const struct csr *c, unsigned number, u64 value)
{
    if (c->set) {
        c->set(h, number, value);
        return;
    }
    u64 *s = storage(h, c, number);
    *s = (*s & ~c->mask) | (value & c->mask);
}

/* Its row, when the mode alone says that the access is allowed; *number is what it names. */
static const struct csr *open_always(const struct hart *h, unsigned *number, bool write)
{
    const struct csr *c = find(h, *number);
    if (!c || c->gate != GATE_NONE || csr_verdict(h, *number, write)) return NULL;
    c = resolve(h, number);
    return c && c->gate == GATE_NONE ? c : NULL;
}

u64 *csr_plain(struct hart *h, unsigned number, bool write, u64 *mask)
{
    const struct csr *c = open_always(h, &number, write);
    if (!c || c->get || c->set || c->after) return NULL;
    *mask = c->mask;
    return storage(h, c, number);
}

bool csr_is_shown(struct hart *h, unsigned number, bool write, struct csr_shown *out)
{
    const struct csr *c = open_always(h, &number, write);
    if (!c || c->get || c->get_to_modify || (write && (c->after & AFTER_TIMER))) return false;
    *out = (struct csr_shown){storage(h, c, number), c->hidden, c->ones, c->sd};
    return true;
}

void csr_note_shown(struct hart *h, unsigned number)
{
    struct commit *c = &h->commit;
    for (unsigned k = 0; k < c->csr_n; k++)
        if (c->csr[k].number == number) return;
    if (c->csr_n < COMMIT_CSR_MAX) c->csr[c->csr_n++].number = (u16)number;
}

void csr_write(struct hart *h, unsigned number, u64 value)
{
    const struct csr *c = resolve(h, &number);
    write_row(h, c, number, value);
    if (c->after & AFTER_SPACES) context_reselect(h);
    if (c->after & AFTER_INTERRUPTS) h->attention = true;
    if (c->after & AFTER_TIMER) h->yield = h->attention = true;
    csr_note(h, c->alias ? c->alias : number);
    if (c->also) csr_note(h, c->also);
}

bool csr_peek(const struct hart *h, unsigned number, u64 *value)
{
    const struct csr *c = find(h, number);
    if (c) *value = read_row(h, c, number);
    return c != NULL;
}

void status_changed(struct hart *h, u64 old, u64 now)
{
    if ((old ^ now) & (STATUS_SUM | STATUS_MXR | STATUS_MPRV | STATUS_MPP | STATUS_MPV))
        context_reselect(h);
    h->fs_off = !(h->mstatus & STATUS_FS) || (h->virt && !(h->vsstatus & STATUS_FS));
    if (now & ~old & (STATUS_MIE | STATUS_SIE)) h->attention = true;
}
