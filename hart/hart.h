/* One hart, as the platform sees it: make it, wire its interrupt lines, run it, watch it. */
#ifndef HART_HART_H
#define HART_HART_H

#include "hart/bus.h"
#include "hart/types.h"
#include "mmu/walk.h"

struct hart;
struct isa;     /* hart/isa.h: the set of extensions */
struct monitor; /* hart/monitor.h: reservations */

/* How instructions are executed: one at a time; in decoded blocks; or blocks that run often as host
 * code (where the host has none, TIER_JIT is TIER_BLOCK). What they do is the same to the bit. */
enum hart_tier { TIER_STEP, TIER_BLOCK, TIER_JIT };

/* Interrupt lines into the hart; the numbers are the bit positions in mip (priv. spec 3.1.9). */
enum hart_line { LINE_MSI = 3, LINE_MTI = 7, LINE_SEI = 9, LINE_MEI = 11 };

/* How long a translation may outlive the entries that it came from. By the tier: blocks keep what
 * is convenient, the stepper nothing. The other two belong to the stepper, and choose it. */
enum hart_tlb {
    TLB_OF_TIER,
    TLB_STRICT, /* as short as can be: each access walks */
    TLB_LAZY    /* as long as fences allow it (mmu/atc.h) */
};

struct hart_config {
    u64 id; /* mhartid */
    const struct isa *isa;
    enum hart_tier tier;
    enum hart_tlb tlb;
    u32 heat;  /* TIER_JIT: how often a block runs before it is translated; 0: a sensible number */
    u8 geilen; /* guest external interrupts, 0 to 63 (priv. spec 22.2.4) */

    bool imsic; /* it has one: interrupt files for M, S and each guest external interrupt (Smaia) */

    /* That of all harts which run at the same time, each on a thread of its own; only its thread
     * then calls the functions below. NULL: harts take turns. */
    struct monitor *monitor;

    /* Other choices that the specification leaves open. With 0 everywhere the hart is as rich as it
     * can be; each of these takes something away. */
    bool trap_misaligned; /* misaligned loads and stores raise an exception */
    bool zero_tinst;      /* mtinst and htinst are 0 where a transformed instruction could stand */
    bool zero_tval;       /* xtval is 0 after an illegal or virtual instruction, not its bits */
    bool always_ad;       /* hardware sets A and D, whatever ADUE: neither Svade nor Svadu */
    u8 asid_cut;          /* bits that satp and vsatp's ASID has fewer than 16 */
    u8 vmid_cut;          /* bits that hgatp's VMID has fewer than 14 */
    u16 satp_cut;         /* BIT(MODE) of what satp and vsatp refuse; Bare stays (12.1.11) */
    u16 hgatp_cut;        /* the same of hgatp (22.2.10) */

    u8 quirks; /* faults to have on purpose: enum quirk bits (hart/quirk.h) */
};

/* Why hart_run came back. */
enum hart_stop {
    STOP_BUDGET, /* max steps are done */
    STOP_WAIT,   /* in WFI (or WRS) with nothing pending: see hart_wakes */
    STOP_REPLAN, /* a timer comparison changed or hart_yield was called: ask for the deadline again
                  */
    STOP_TRAPLOOP, /* the trap handler's own first instruction traps for ever: nothing can change */
    STOP_CRITICAL  /* a double trap in M-mode: the critical-error state (smdbltrp), until a reset */
};

/* NULL when memory runs out. The config's isa must outlive the hart. */
struct hart *hart_new(const struct hart_config *config, const struct bus *bus);
void hart_free(struct hart *h);

/* Reset state (priv. spec 3.4): M-mode, at pc, x registers 0. */
void hart_reset(struct hart *h, u64 pc);

/* Run at most max steps. A step is an instruction attempted or an interrupt taken: time and budgets
 * count steps, so that a hart that only traps makes time pass as well. *done is the number made. */
enum hart_stop hart_run(struct hart *h, u64 max, u64 *done);

/* Run one basic block or trace of the fast tier (at most max steps): for comparing tiers. */
enum hart_stop hart_run_block(struct hart *h, u64 max, u64 *done);

/* Make a hart_run in progress come back after the current instruction (from a bus callback). */
void hart_yield(struct hart *h);

/* Set the level of an interrupt line. */
void hart_line(struct hart *h, enum hart_line line, bool level);

/* Set the level of the line of the resumable non-maskable interrupt; without Smrnmi, nothing. */
void hart_rnmi(struct hart *h, bool level);

/* Set the level of guest external interrupt line n, 1 to geilen: bit n of hgeip. */
void hart_guest_line(struct hart *h, unsigned n, bool level);

/* A message-signaled interrupt for an interrupt file of the hart's IMSIC: MSI_FILE_M, MSI_FILE_S,
 * or MSI_FILE_S + n for guest external interrupt n. Nothing happens if there is no such file or
 * identity (AIA, "Memory region for an interrupt file"). */
enum { MSI_FILE_M, MSI_FILE_S, MSI_FILE_MAX = MSI_FILE_S + 63, MSI_IDENTITIES = 255 };
void hart_msi(struct hart *h, unsigned file, u64 identity);

/* Steps made since the hart was made. Exact whenever the hart calls the bus. */
u64 hart_steps(const struct hart *h);

/* The earliest mtime value at which one of the hart's own comparisons (stimecmp, vstimecmp) will
 * newly raise an interrupt; ~0 when none will. */
u64 hart_deadline(const struct hart *h);

/* True when the hart is not waiting, or waits and an interrupt enabled in mie is pending. */
bool hart_wakes(const struct hart *h);

/* Another hart, or a device, changed memory behind pa: see struct bus. */
void hart_forget_stores(struct hart *h);       /* a page became PAGE_CODE */
void hart_forget_code(struct hart *h, u64 pa); /* a PAGE_CODE page was written: drop its blocks */

/* Lose the LR reservation: the platform calls this when it lets another hart run. */
void hart_lose_reservation(struct hart *h);

/* ---- watching ---- */

enum { COMMIT_MEM_MAX = 4, COMMIT_CSR_MAX = 6 };

/* What one retired instruction did. */
struct commit {
    u64 pc;
    u32 raw; /* instruction word; 16 bits when compressed */
    u8 len;  /* 2 or 4 */
    u8 priv; /* 0 U, 1 S, 3 M: before the instruction */
    bool virt;
    bool wrote_x, wrote_f;
    bool wrote_pair; /* and x[rd + 1] (amocas.q) */
    u8 rd;
    u64 value, value_next;
    struct {
        u64 va, value;
        u8 size; /* of a cache block (cbo.zero): more than 8, and each byte has the value */
        bool store;
    } mem[COMMIT_MEM_MAX];
    unsigned mem_n;
    struct {
        u16 number;
        u64 value; /* as read back after the write */
    } csr[COMMIT_CSR_MAX];
    unsigned csr_n;
};

/* A trap taken, with the values that the handler will read. */
struct trap_event {
    u64 pc;    /* xepc */
    u64 cause; /* as in xcause, bit 63 = interrupt */
    u64 tval, tval2, tinst;
    u32 raw; /* the instruction that raised the exception; */
    u8 len;  /* 0: none did, or it could not be fetched */
    u8 from_priv, to_priv;
    bool from_virt, to_virt;
};

/* A return from a trap by MRET or SRET. A VM exit is a trap from V=1 to V=0; an entry, a return
 * from V=0 to V=1. */
struct return_event {
    u64 pc; /* where execution goes on */
    u8 from_priv, to_priv;
    bool from_virt, to_virt;
};

/* A page-table walk. The fast tiers walk only on a TLB miss, the stepper for each access. */
struct walk_event {
    const struct space *space;
    u64 va;
    enum access access;
    const struct walk *walk; /* its outcome and every reference that it made */
};

/* An access to a device, after it succeeded. */
struct device_event {
    u64 pa, value;
    u8 size; /* bytes */
    bool store;
};

/* What to call; a NULL function is not called and costs the fast tiers nothing. */
struct hart_observer {
    void *arg;
    /* With retire set, every instruction runs in the reference stepper. */
    void (*retire)(void *arg, const struct hart *h, const struct commit *c);
    void (*trap)(void *arg, const struct hart *h, const struct trap_event *e);
    void (*returned)(void *arg, const struct hart *h, const struct return_event *e);
    void (*walked)(void *arg, const struct hart *h, const struct walk_event *e);
    void (*device)(void *arg, const struct hart *h, const struct device_event *e);
};

/* NULL watches nothing. The observer must outlive the hart or be taken away. */
void hart_observe(struct hart *h, const struct hart_observer *observer);

#endif
