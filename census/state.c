#include "census/state.h"
#include "hart/csr.h"
#include "hart/trap.h"

const char *mode_name(enum mode mode, bool hypervisor)
{
    static const char *const names[] = {"M", "S", "U", "VS", "VU"};
    return mode == MODE_S && hypervisor ? "HS" : names[mode];
}

/* ---- what resources hold ---- */

#define RAM_AT       0x80000000ull
#define FS_INITIAL   BIT(13) /* so that a write to f shows: it makes FS Dirty */
#define STATUS_USUAL (STATUS_SUM | FS_INITIAL)
#define STATUS_OTHER                                                                               \
    (STATUS_SIE | STATUS_MIE | STATUS_SPIE | STATUS_MPIE | STATUS_SPP | BIT(STATUS_MPP_SHIFT))
#define PMP_OPEN     0x1f /* entry 0: NAPOT, RWX */
#define MSECCFG_RLB  BIT(2)
#define ALL_COUNTERS MASK(31, 0)
#define ALL_CBO      (ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE)

/* A VS CSR usually has what its supervisor CSR has, and for the guest whose own it is, it always
 * does. */
static const struct setting {
    u16 csr;
    u8 what;
    u64 usual, other;
} settings[] = {
#define SETTING(csr, what, usual, other) {csr, RES_##what, usual, other},
#include "census/settings.def"
#undef SETTING
};

const struct knob knobs[KNOB_N] = {
#define KNOB(name, csr, by, mask, open, closed, why) {name, csr, by, mask, open, closed, why},
#include "census/knobs.def"
#undef KNOB
};

static u64 root(unsigned csr, bool other)
{
    return csr == 0x680 ? machine_hgatp(other) : machine_satp(other);
}

/* VS CSRs, and the interrupts that the hypervisor lets its guest have. */
static bool is_of_guest(unsigned csr)
{
    return csr >> 8 == 2 || csr == 0x645;
}

/* ---- making a state ---- */

u64 peek(const struct hart *h, unsigned csr)
{
    u64 value = 0;
    csr_peek(h, csr, &value);
    return value;
}

/* Write in M-mode; what does not exist is left alone. */
static void put(struct hart *h, unsigned csr, u64 value)
{
    if (!csr_verdict(h, csr, true)) csr_write(h, csr, value);
}

static void put_field(struct hart *h, unsigned csr, u64 mask, u64 value)
{
    put(h, csr, (peek(h, csr) & ~mask) | value);
}

static bool varies(unsigned vary, enum resource r)
{
    return vary == VARY_ALL || vary == VARY_ONE + (unsigned)r;
}

static void put_resources(struct hart *h, unsigned vary, bool guest)
{
    static const u16 roots[] = {0x180, 0x280, 0x680};
    for (unsigned k = 0; k < sizeof settings / sizeof settings[0]; k++) {
        const struct setting *s = &settings[k];
        bool keep = guest && is_of_guest(s->csr);
        put(h, s->csr, varies(vary, s->what) && !keep ? s->other : s->usual);
    }
    for (unsigned k = 0; k < sizeof roots / sizeof roots[0]; k++) {
        bool keep = guest && is_of_guest(roots[k]);
        put(h, roots[k], root(roots[k], varies(vary, RES_TRANSLATION) && !keep));
    }
    for (unsigned k = 3; k < COUNTER_N; k++) {
        put(h, 0xb00 + k, varies(vary, RES_COUNTERS) ? 0x6000 : 0x5000);
        put(h, 0x320 + k, varies(vary, RES_COUNTERS) ? EVENT_OF | EVENT_MINH : 0);
    }
    for (unsigned k = 1; k < PMP_N; k++)
        put(h, 0x3b0 + k, varies(vary, RES_PROTECTION) ? 0xaaaa : 0x9999);
    h->hgeip = varies(vary, RES_INTERRUPTS) ? BIT(5) : 0;
    h->config.id = varies(vary, RES_IDENTITY) ? 7 : 5;
}

/* closed: the owners whose knobs are turned off; but: one more that is. */
static void put_knobs(struct hart *h, unsigned closed, const struct knob *but)
{
    for (unsigned k = 0; k < KNOB_N; k++) {
        const struct knob *knob = &knobs[k];
        bool off = (knob->by & closed) || knob == but;
        put_field(h, knob->csr, knob->mask, off ? knob->closed : knob->open);
    }
    for (unsigned n = 1; n < 4; n++) {
        put(h, 0x30c + n, STATEEN_SE0);
        put(h, 0x60c + n, closed & BY_HS ? 0 : STATEEN_SE0);
    }
}

/* Without Shlcofideleg no guest can be given the counters' interrupt; then the bare machine that it
 * is compared with has none for S-mode either. */
static void level_interrupts(struct hart *h)
{
    if (isa_has(h->isa, EXT_H) && !isa_has(h->isa, EXT_SHLCOFIDELEG))
        put_field(h, 0x303, MIP_LCOFIP, 0);
}

static void put_program(struct hart *h)
{
    for (unsigned k = 1; k < 32; k++) h->x[k] = PROGRAM_DATA + 64 * k;
    for (unsigned k = 0; k < 32; k++) h->f[k] = k & 1 ? 0x4008000000000000ull + k : ~0xffffull | k;
    h->ssp = PROGRAM_SSP;
    h->pc = PROGRAM_PC;
}

static void set_mode(struct hart *h, enum mode mode)
{
    static const u8 privs[] = {PRIV_M, PRIV_S, PRIV_U, PRIV_S, PRIV_U};
    hart_set_mode(h, (enum priv)privs[mode], mode >= MODE_VS);
}

static void make(struct state *s, struct hart *h, struct machine *m, enum mode mode,
                 unsigned closed, const struct knob *but, unsigned vary)
{
    s->mode = mode;
    s->time = m->time = varies(vary, RES_TIME) ? 0x9000 : 0x8000;
    hart_reset(h, PROGRAM_PC);
    put_knobs(h, 0, NULL); /* what is closed above could not be opened below */
    put_resources(h, vary, mode >= MODE_VS);
    put_knobs(h, closed, but);
    level_interrupts(h);
    put_program(h);
    set_mode(h, mode);
    h->limit = h->budget = 1;
    h->held = 0;
    s->before = *h;
}

void states_make(struct states *s, struct hart *h, struct machine *m, bool hypervisor)
{
    unsigned mode_n = hypervisor ? MODE_N : MODE_VS;
    for (unsigned mode = 0; mode < mode_n; mode++) {
        unsigned owners = mode >= MODE_VS ? BY_HS : BY_S;
        for (unsigned vary = 0; vary < VARY_N; vary++) {
            make(&s->of[mode][CONFIG_OPEN][vary], h, m, mode, 0, NULL, vary);
            make(&s->of[mode][CONFIG_CLOSED][vary], h, m, mode, owners, NULL, vary);
        }
        s->of[mode][CONFIG_OPEN][VARY_NONE].watch_tlb = true;
        for (unsigned k = 0; k < KNOB_N; k++)
            make(&s->knob[mode][k], h, m, mode, 0, &knobs[k], VARY_NONE);
    }
}
