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
#define STATUS_BASE  (STATUS_SUM | BIT(13)) /* FS is Initial, so that a write to f shows */
#define INTERRUPTS   (MIP_SSIP | MIP_VSSIP)
#define HSTATUS_BASE HSTATUS_SPVP
#define PMP_OPEN     0x1f /* entry 0: NAPOT, RWX */
#define MSECCFG_RLB  BIT(2)

/* The usual value of a CSR and another one. A VS CSR usually has what its supervisor CSR has, and
 * for the guest whose own it is, it always does. */
static const struct setting {
    u16 csr;
    u8 what;
    u64 usual, other;
} settings[] = {
    {0x744, RES_STATUS,     MNSTATUS_NMIE,  MNSTATUS_NMIE                                    },
    {0x300, RES_STATUS,     STATUS_BASE,
     STATUS_BASE | STATUS_SIE | STATUS_MIE | STATUS_SPIE | STATUS_MPIE | STATUS_SPP | BIT(11)},
    {0x200, RES_STATUS,     STATUS_BASE,    STATUS_BASE | STATUS_SPP                         },
    {0x600, RES_HYPERVISOR, HSTATUS_BASE,   HSTATUS_GVA | BIT(HSTATUS_VGEIN_SHIFT)           },
    {0x305, RES_VECTOR,     RAM_AT + 0x100, RAM_AT + 0x200                                   },
    {0x105, RES_VECTOR,     RAM_AT + 0x300, RAM_AT + 0x400                                   },
    {0x205, RES_VECTOR,     RAM_AT + 0x300, RAM_AT + 0x400                                   },
    {0x340, RES_TRAP,       0x1111,         0x2222                                           },
    {0x341, RES_TRAP,       RAM_AT + 0x500, RAM_AT + 0x600                                   },
    {0x342, RES_TRAP,       3,              7                                                },
    {0x343, RES_TRAP,       0x3333,         0x4444                                           },
    {0x34a, RES_TRAP,       0x3000,         0x3020                                           },
    {0x34b, RES_TRAP,       0x5555,         0x6666                                           },
    {0x740, RES_TRAP,       0x1515,         0x2525                                           },
    {0x741, RES_TRAP,       RAM_AT + 0x700, RAM_AT + 0x800                                   },
    {0x742, RES_TRAP,       2,              5                                                },
    {0x140, RES_TRAP,       0x7777,         0x8888                                           },
    {0x141, RES_TRAP,       RAM_AT + 0x900, RAM_AT + 0xa00                                   },
    {0x142, RES_TRAP,       5,              8                                                },
    {0x143, RES_TRAP,       0x9999,         0xaaaa                                           },
    {0x240, RES_TRAP,       0x7777,         0x8888                                           },
    {0x241, RES_TRAP,       RAM_AT + 0x900, RAM_AT + 0xa00                                   },
    {0x242, RES_TRAP,       5,              8                                                },
    {0x243, RES_TRAP,       0x9999,         0xaaaa                                           },
    {0x643, RES_TRAP,       0xbbbb,         0xcccc                                           },
    {0x64a, RES_TRAP,       0x3000,         0x3020                                           },
    {0x302, RES_DELEGATION, 0xb109,         0xb1ff                                           },
    {0x602, RES_DELEGATION, 0xb101,         0xb1ff                                           },
    {0x304, RES_INTERRUPTS, INTERRUPTS,     INTERRUPTS | MIP_S | MIP_M | MIP_SGEIP           },
    {0x344, RES_INTERRUPTS, 0,              MIP_SSIP | MIP_SEIP                              },
    {0x645, RES_INTERRUPTS, 0,              MIP_VSTIP                                        },
    {0x607, RES_INTERRUPTS, 0,              BIT(3)                                           },
    {0x14d, RES_TIMER,      0x100000,       0x200000                                         },
    {0x24d, RES_TIMER,      0x100000,       0x200000                                         },
    {0xb00, RES_COUNTERS,   0x1000,         0x2000                                           },
    {0xb02, RES_COUNTERS,   0x3000,         0x4000                                           },
    {0x320, RES_COUNTERS,   0,              BIT(5)                                           },
    {0x321, RES_COUNTERS,   0,              EVENT_UINH                                       },
    {0x322, RES_COUNTERS,   0,              EVENT_UINH                                       },
    {0x605, RES_TIME,       0,              0x4000                                           },
    {0x3b0, RES_PROTECTION, ~0ull >> 10,    ~0ull >> 11                                      }, /* all of RAM */
    {0x3a0, RES_PROTECTION, PMP_OPEN,       PMP_OPEN | 1 << 8                                },
    {0x3a2, RES_PROTECTION, 0,              1                                                },
    {0x747, RES_PROTECTION, 0,              MSECCFG_RLB                                      },
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

/* ---- what is permitted ---- */

#define FS_WHY      "FS says whether floating point may be used, and is dirty after it (3.1.6.7)"
#define COUNTER_WHY "a counter is open to a lower mode if its bit is set (3.1.11, 12.1.5, 22.2.6)"
#define CBO_WHY     "cache-block instructions need their envcfg bits (Zicbom, Zicboz)"
#define SSE_WHY                                                                                    \
    "without SSE, shadow-stack instructions are may-be-operations: 0, or nothing "                 \
    "(Zicfiss); what needs a shadow stack traps"
#define LPE_WHY   "with LPE, an indirect jump must lead to a landing pad (Zicfilp)"
#define STCE_WHY  "without STCE, stimecmp is M-mode's (Sstc)"
#define STATE_WHY "state enables keep added state from lower modes (Smstateen)"
#define TRAP_WHY  "makes a supervisor's own instruction trap (3.1.6.6, 22.2.1)"
#define VIEW_WHY  "interrupts that are not delegated read as 0 (12.1.3, 22.2.2)"

const struct knob knobs[KNOB_N] = {
    {"mstatus.FS",                              0x300, STATUS_FS,  BIT(13), 0,                                                  BY_S | BY_HS,FS_WHY               },
    {"mstatus.TVM",                             0x300, STATUS_TVM, 0,       STATUS_TVM,                                         BY_M,TRAP_WHY             },
    {"mstatus.TW",                              0x300, STATUS_TW,  0,       STATUS_TW,                                          BY_M,TRAP_WHY             },
    {"mstatus.TSR",                             0x300, STATUS_TSR, 0,       STATUS_TSR,                                         BY_M,TRAP_WHY             },
    {"mcounteren",                              0x306, MASK(31,    0),      MASK(31,                                            0),0,                     BY_M, COUNTER_WHY},
    {"menvcfg.CBIE",                              0x30a,                                   ENVCFG_CBIE,                                ENVCFG_CBIE,     0,          BY_M,CBO_WHY},
    {"menvcfg.CBCFE",                                  0x30a,                                       ENVCFG_CBCFE,                                   ENVCFG_CBCFE,    0,    BY_M,CBO_WHY                                                                                                                                                                                            },
    {"menvcfg.CBZE",                                  0x30a,                                       ENVCFG_CBZE,                                    ENVCFG_CBZE,     0,      BY_M,CBO_WHY},
    {"menvcfg.SSE",                                  0x30a,                                       ENVCFG_SSE,                                     ENVCFG_SSE,      0,        BY_M,SSE_WHY                                                                                                                                                                                                                                                                                                                                                                                      },
    {"menvcfg.LPE",                                  0x30a,                                       ENVCFG_LPE,                                     ENVCFG_LPE,      0,        BY_M,LPE_WHY},
    {"menvcfg.STCE",                                  0x30a,                                       ENVCFG_STCE,                                    ENVCFG_STCE,     0,      BY_M,STCE_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                },
    {"mstateen0.SE0",                                 0x30c,                                      STATEEN_SE0,                                  STATEEN_SE0,    0,      BY_M,STATE_WHY},
    {"mstateen0.ENVCFG",                                0x30c,                                     STATEEN_ENVCFG,                              STATEEN_ENVCFG, 0, BY_M,STATE_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                      },
    {"mideleg",                                0x303,                                     MIP_S | MIP_LCOFIP,                                       MIP_S | MIP_LCOFIP,          0,      BY_M,VIEW_WHY},
    {"hcounteren",                                 0x606,                                      MASK(31,                                     0),       MASK(31,             0),            0,                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        BY_HS, COUNTER_WHY},
    {"henvcfg.CBIE",                                        0x60a,                                        ENVCFG_CBIE,                                       ENVCFG_CBIE,                                              0,                                                                                   BY_HS,CBO_WHY},
    {"henvcfg.CBCFE",                                        0x60a,                                        ENVCFG_CBCFE,                                           ENVCFG_CBCFE,     0,BY_HS,CBO_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                              },
    {"henvcfg.CBZE",                                        0x60a,                                        ENVCFG_CBZE,                                           ENVCFG_CBZE,                                              0,                                                                                                                             BY_HS,                              CBO_WHY},
    {"henvcfg.SSE",                                        0x60a,                                        ENVCFG_SSE,                                           ENVCFG_SSE,     0,BY_HS,SSE_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                   },
    {"henvcfg.LPE",                                        0x60a,                                        ENVCFG_LPE,                                           ENVCFG_LPE,                                              0,                                                                                                                                                                      BY_HS,                                                                                                                                                                                                                                                                                     LPE_WHY},
    {"henvcfg.STCE",                                        0x60a,                                        ENVCFG_STCE,                                           ENVCFG_STCE,     0,BY_HS,STCE_WHY},
    {"hstateen0",                                        0x60c,                                        STATEEN_SE0 | STATEEN_ENVCFG,                                          STATEEN_SE0 | STATEEN_ENVCFG,                                             0,                                                                                                                                                                                                                 BY_HS,
     STATE_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                    },
    {"hideleg",                                        0x603,                                        MIP_VS | MIP_LCOFIP,                                                    MIP_VS | MIP_LCOFIP,                                                           0,                                                                                                     BY_HS,VIEW_WHY},
    {"hstatus.VTVM",                                        0x600,                                        HSTATUS_VTVM,                                          0,HSTATUS_VTVM,BY_HS,TRAP_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                          },
    {"hstatus.VTW",                             0x600,                             HSTATUS_VTW,                               0,                                                HSTATUS_VTW,                                                                                                                                                               BY_HS,                                                                                                                                       TRAP_WHY},
    {"hstatus.VTSR",                              0x600,                              HSTATUS_VTSR,                                0,HSTATUS_VTSR,BY_HS,TRAP_WHY                                                                                                                                                                    },
    {"hstatus.HU",                             0x600,                             HSTATUS_HU,                               HSTATUS_HU,                                               0,                                                                                                                                                                                                                        BY_S,
     "U-mode may use HLV and HSV if HU is set (22.2.1)"                                                                                                                                                                                                                                                                                                           },
    {"scounteren",                                        0x106,                                         MASK(31,           0),                  MASK(31,                                                         0),0,BY_S, COUNTER_WHY},
    {"senvcfg.CB*",                                  0x10a,                                     ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE,
     ENVCFG_CBIE | ENVCFG_CBCFE | ENVCFG_CBZE,                                0,               BY_S,   CBO_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        },
    {"senvcfg.SSE", 0x10a,         ENVCFG_SSE,                  ENVCFG_SSE,0,                   BY_S,SSE_WHY},
    {"senvcfg.LPE",                               0x10a,                  ENVCFG_LPE,          ENVCFG_LPE,                        0,                                                 BY_S,                                 LPE_WHY                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                            },
};

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
