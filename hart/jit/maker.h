/* Making a trace: what the parts of the translator share. The parts, none of which knows the host:
 *
 *     tree.c     expression trees
 *     rows.c     the rows' words bound to trees; and traces, row by row
 *     access.c   loads and stores: which share a check
 *     wide.c     those whose checks meet another page each time
 *     csr.c      CSRs that are storage
 *     fp.c       floating point: what a row needs
 *     calls.c    C that translated code calls
 *     jit.c      where code is kept; finding, linking and dropping traces; the loop around them
 *
 * host.h says what each host provides, in a folder of its own (x64/).
 *
 * The state is exact between any two rows but for the guest registers that the host pins, those
 * that it has not saved yet, pc, and the steps since the last charge: each point (below) and way
 * out knows these. */
#ifndef HART_JIT_MAKER_H
#define HART_JIT_MAKER_H

#include "hart/block.h"
#include "hart/context.h"
#include "hart/jit/tree.h"
#include "hart/state.h"

enum { TRACE_MAX = BLOCK_MAX }; /* rows of a trace */

/* Where code goes: its next byte, in the view that can be written. */
struct code {
    u8 *at;
};

/* Code for the rows from pc on, in one mode. It is good in every context in which the page is the
 * same (its slot). */
struct trace {
    u64 pc;
    const u8 *code;     /* in the executable view */
    struct trace *next; /* of the same block */
    struct exit *in;    /* exits that lead here directly */
    struct jit *jit;
    u16 slot;
    u8 mode; /* priv | virt << 2 */
};

/* A load or store's check that may become one of another kind (struct miss). */
struct check {
    u8 *at, *hot, *slow; /* where it is, leads to, and leads to when it fails */
    s32 low, high;
    s8 base;
    bool store, early, relied, keep;
    u16 site;
};

/* A place in translated code that may call C: a row, and the rows before it not yet charged. */
struct point {
    struct insn insn;
    u32 done;
    u64 pc;
    union {
        struct insn across; /* OP_PUNT: what straddles two pages, as it was last time */
        struct check check; /* loads and stores */
    };
};

/* A way out of a trace to a pc that is known. */
struct exit {
    u8 *site;  /* the jump to aim; NULL: not to be linked */
    u8 *stub;  /* where it leads until then */
    u8 *guard; /* to another page: where the code names the slot whose stamp it checks; else NULL */
    u64 pc;
    struct trace *to; /* where it leads directly, and the next exit that does */
    struct exit *next;
    bool cold; /* go on in the block engine: the rows here are not for translated code */
};

enum { EXIT_MAX = 1 << 19, POINT_MAX = 1 << 19, TRACES_MAX = 1 << 19 };

/* The code that is not part of any trace (host.h). Addresses in the written view. */
struct entries {
    u8 *enter, *leave, *out, *step, *system, *cold, *fill, *indirect, *widen;
};

struct jit {
    u8 *base, *run;   /* the written view, and the executable one */
    u8 *start;        /* of the traces, in the written view */
    ptrdiff_t to_run; /* executable view minus written view */
    struct code code;
    struct entries entries;
    struct exit *exits;
    struct point *points;
    struct trace *traces;
    u32 exit_n, point_n, trace_n;
    u64 resets;
    struct slot {
        u64 va;
        const u8 *host;
    } slot[SLOT_N];
    u16 slot_of[SLOT_N]; /* hashed; 0: none */
    u32 slot_n;
};

/* The guest registers whose values only scratch registers have, the hart not yet; 0: none. */
struct unsaved {
    u8 by_scratch[3];
};

/* A check that a load or store has failed, to be dealt with behind the trace. */
struct miss {
    u8 *check; /* where it is */
    u8 *from;  /* the jump to aim; NULL: no check of its own */
    u8 *hot;   /* where to go on */
    int base;  /* host register, and the range of offsets from it that was checked */
    s32 low, high;
    u32 site, point;
    bool store, run; /* run: several rows rely on the check */
    bool early;      /* for a store to come, by the load before it */
    bool relied;     /* and so does one behind it */
    bool keep;       /* the host has a register to keep */
    struct unsaved unsaved;
};

/* A branch taken out of the middle of a trace. */
struct side {
    u8 *from;
    u64 pc;
    u32 done;
    struct unsaved unsaved;
};

/* A jump to where the stepper does the row: it will trap, or nobody knows better. */
struct give_up {
    u8 *from;
    u32 point;
    struct unsaved unsaved;
};

/* The offsets from a guest register that have been checked to lie on one page, through which site.
 */
struct checked {
    s32 low, high;
    u32 site; /* 0: none yet */
};

/* A row that is not as simple as assumed: what make makes behind the trace, then on behind it. */
struct maker;
struct again {
    u8 *from, *back;
    void (*make)(struct maker *m, const struct again *again);
    u32 point;
    u8 width; /* floating point: of the result */
};

/* Where the present row is in the blocks, which have counted how often its branch was taken. */
struct profile {
    const struct block *block; /* NULL: it has not run */
    unsigned row;
    u64 runs; /* how often the row was reached */
};

enum { HOLDS_ADD = 32 };

struct maker {
    struct hart *h;
    struct jit *j;
    struct code *code;
    const struct insn *insn;
    struct profile profile;
    const u8 *host_page; /* memory that the page is in, and what the rows are read from */
    const u8 *page_bytes;
    u64 page_va, head, pc, next;
    u8 *head_code;
    bool done;   /* the trace is at its end */
    bool failed; /* there is no way to translate the row: it is called */
    u8 mode;
    u32 pending; /* rows since the last charge */
    const struct node *condition, *it;
    const u64 *csr; /* that the row accesses, when it is plain storage, and its writable bits */
    u64 csr_mask;
    struct pool pool;
    unsigned fp_ready; /* what make_fp_ready has checked */
    u32 boxed;         /* floating-point registers that hold single precision */
    u8 held[32];       /* the guest register whose value a scratch register has; 0: none */
    u32 unsaved;       /* scratch registers that alone have that value */
    u32 adds;          /* HOLDS_ADD: it has what this site adds, number store * SITE_N + site */
    u32 known;         /* guest registers that hold a constant */
    u64 value[32];
    struct miss miss[2 * TRACE_MAX];
    unsigned miss_n;
    struct side side[TRACE_MAX];
    unsigned side_n;
    struct give_up give_up[4 * TRACE_MAX];
    unsigned give_up_n;
    struct again again[TRACE_MAX];
    unsigned again_n;
    u64 seen[TRACE_MAX];
    unsigned seen_n;
    struct checked checked[2][32];
};

/* ---- rows.c ---- */

/* The value of rd. x0 has none, but a load into it may still trap, and floating point raise flags.
 */
void write_reg(struct maker *m, const struct node *value);
/* C has been called: nothing is known of registers and checks any more. */
void forget_all(struct maker *m);

/* Decode the row at pc when it lies wholly on the page that the trace is made from. */
bool maker_decode(const struct maker *m, u64 pc, struct insn *out);
/* Translate from h->pc, where a block begins. */
struct trace *make_trace(struct hart *h, const struct block *b);
u32 make_point(struct maker *m, const struct insn *i);
/* The jump goes to where the stepper does the row. */
void make_give_up(struct maker *m, u8 *from);
/* Here begins the stub of a way out to pc: site, if any, is the jump that can be aimed elsewhere.
 */
void make_exit(struct maker *m, u8 *site, u64 pc, bool cold);

/* ---- access.c ---- */

/* Read off the rows' bodies which of them access memory; call once before the others. */
void access_init(void);
/* base + disp is the address. */
const struct node *access_base(const struct node *address, s32 *disp);
/* An access through base, in the range that the miss names, has its site from here, which may be
 * that of a store. True: it is to be checked, for the range that the miss then names. */
bool access_check(struct maker *m, const struct node *base, struct miss *miss);
/* Keep, in the point, what is known of a check that fails to here. */
const struct check *keep_check(const struct maker *m, const struct miss *s);
/* There is no plain way to the memory. */
void make_unreachable(struct maker *m, const struct miss *s);
void make_misses(struct maker *m);
/* Guest register g changes; by the addition of a constant, its sites stay good guesses. */
void forget_checks(struct maker *m, unsigned g, bool moved_a_little);

/* ---- csr.c ---- */

/* Read the row's CSR into IT, when that can be done in line; then write new, unless it is NULL, and
 * rd. */
bool csr_begin(struct maker *m, bool write);
void csr_end(struct maker *m, const struct node *new);

/* ---- fp.c ---- */

/* See to it that floating-point rows of a kind may run: FP_READS with the unit on, FP_WRITES with
 * its state dirty, FP_ROUNDS with the dynamic rounding mode to nearest, too. */
enum { FP_READS = 1, FP_WRITES = 2, FP_ROUNDS = 4 };
unsigned fp_kind(const struct insn *i);
bool rounds_like_host(const struct insn *i);
void make_fp_ready(struct maker *m, unsigned kind);
const struct node *fp_operand(struct maker *m, unsigned reg, unsigned width);
const struct node *fp_to_int(struct maker *m, unsigned width, enum type type,
                             const struct node *value);
void write_f(struct maker *m, unsigned width, const struct node *value);

/* ---- jit.c ---- */

/* Code has been written from there to there. It is run by other addresses than it is written by; a
 * host may have to be told that it changed. */
void jit_changed(const struct jit *j, const u8 *from, const u8 *to);
/* Is there room for one more trace? */
bool jit_has_room(const struct jit *j);
/* The slot of a page; 0 when there is no room. */
u32 slot_for(struct jit *j, u64 va, const u8 *host_page);

#endif
