/* Harness of the guest tests: programs that run on the bare machine, put a piece of code into some
 * privilege mode, and check what came of it. README.md beside this directory shows how to write
 * one.
 *
 * A program is a list of TESTs. Before each of them the harness brings all CSRs that it knows to
 * one plain state (machine.c). Inside, run() executes a snippet in a mode and returns what the
 * first trap wrote, whichever level took it. */
#ifndef TESTS_ISA_HARNESS_H
#define TESTS_ISA_HARNESS_H

#include "bits.h"
#include "csr.h"

/* ---- tests and checks ---- */

struct test {
    const char *name;
    void (*body)(void);
};

/* A test case. Its ordinal in the file (from 1) is the exit status when it is the first to fail. */
#define TEST(label)                                                                                \
    static void label(void);                                                                       \
    static const struct test label##_entry                                                         \
        __attribute__((section(".tests"), used, aligned(8))) = {#label, label};                    \
    static void label(void)

struct place {
    const char *file;
    int line;
};
#define HERE ((struct place){__FILE__, __LINE__})

/* Each reports a failure as one line on the HTIF console and lets the program go on. */
#define CHECK_EQ(got, want) check_eq(HERE, #got, (u64)(got), (u64)(want))
void check_eq(struct place at, const char *what, u64 got, u64 want);

/* Note a value that the next failing checks are to print with their line (a loop's index, say). */
void note(u64 value);

/* ---- running code in a mode ---- */

/* Bits 1:0 are the nominal privilege as in mstatus.MPP, bit 2 is V. */
enum mode { U_MODE = 0, S_MODE = 1, M_MODE = 3, VU_MODE = 4, VS_MODE = 5 };

/* Which handler took the trap. NOT_TAKEN: the snippet returned. */
enum level { NOT_TAKEN, LEVEL_M, LEVEL_HS, LEVEL_VS };

/* What came of a run(). trap.S knows the offsets. */
struct trap {
    u64 level;
    u64 cause, epc, tval;
    u64 tval2, tinst; /* mtval2/htval and mtinst/htinst; 0 at LEVEL_VS */
    u64 status;       /* mstatus, sstatus or vsstatus as the handler found it */
    u64 hstatus;      /* at LEVEL_M and LEVEL_HS as the handler found it */
    u64 value;        /* a0 when the snippet ended */
    u64 vector;       /* see vector_table in trap.S */
    u64 done;         /* a handler has seen the end of the run */
    /* Written by run() itself. */
    u64 mode, code, hstatus_before;
};

/* Run code(a0, a1, a2) in the mode until it returns or traps; nothing is resumed after a trap.
 * Uses mstatus.MPP and MPV; MPIE, and so MIE in the snippet, is as the test left it. */
struct trap run3(enum mode mode, const void *code, u64 a0, u64 a1, u64 a2);
#define run(mode, code, ...)           RUN_(mode, code, ##__VA_ARGS__, 0, 0, 0)
#define RUN_(mode, code, a, b, c, ...) run3(mode, code, (u64)(a), (u64)(b), (u64)(c))

/* Defines `name`, a snippet of uncompressed instructions that then returns. An expected trap's epc
 * is its first instruction unless told otherwise. Snippets may run in any mode, U and VU included;
 * arguments in a0-a2, result in a0, t registers free. */
#define SNIPPET(name, ...)   SNIPPET_(name, "norvc", __VA_ARGS__)
#define SNIPPET_C(name, ...) SNIPPET_(name, "rvc", __VA_ARGS__)
#define SNIPPET_(name, rvc, ...)                                                                   \
    extern const u32 name[];                                                                       \
    __asm__(".pushsection .utext,\"ax\"\n.balign 4\n.option push\n.option " rvc "\n.type " #name   \
            ", @object\n" #name ":\n" __VA_ARGS__ "\nret\n.option pop\n.popsection")

/* ---- expectations about a trap ---- */

struct expected {
    enum level level;
    u64 cause;
    u64 epc;       /* 0: the snippet's first instruction */
    u64 tval;      /* ANY: not checked; BITS: the instruction or 0, as for illegal instructions */
    u64 gpa;       /* guest-page faults: the faulting guest physical address */
    u64 pseudo;    /* tinst of an implicit access; 0: zero or the transformed instruction */
    u64 offset;    /* faulting minus original virtual address, for a misaligned access */
    bool gva;      /* a guest virtual address is in tval */
    bool from_set; /* `from` below counts; otherwise the mode given to run() */
    enum mode from;
};

#define ANY  (~0ull)
#define BITS (~0ull - 1)

/* Compares everything that the trap must have written: level, cause, epc, tval, tval2, tinst, GVA,
 * previous mode, interrupt enables, SPVP. */
#define EXPECT_TRAP(t, ...) expect_trap(HERE, t, &(struct expected){__VA_ARGS__})
void expect_trap(struct place at, struct trap t, const struct expected *want);

/* The snippet returned. */
#define EXPECT_RETURN(t)      expect_return(HERE, t)
#define EXPECT_VALUE(t, want) expect_value(HERE, t, (u64)(want))
void expect_return(struct place at, struct trap t);
void expect_value(struct place at, struct trap t, u64 want);

/* The transformed form of a load, store or atomic instruction word for mtinst/htinst; 0 if it has
 * none (hypervisor extension, "Transformed Instruction or Pseudoinstruction"). */
u64 transformed(u32 instruction, u64 offset);

/* ---- the machine ---- */

/* Find out which of the CSRs below exist; then put every CSR into the plain state in which tests
 * start. */
void probe_machine(void);
void reset_machine(void);
extern bool has_stateen;        /* mstateen0 and relatives */
extern bool has_sstc;           /* stimecmp, vstimecmp */
extern u64 stateen_at_start[4]; /* mstateen0 to 3 before anything was written to them */

/* sfence.vma, hfence.vvma, hfence.gvma of everything, but that hfence.vvma is for the VMID in hgatp
 * alone; run() does it after page-table changes. */
void fence_all(void);

/* Print to the HTIF console; end with exit status `code` (0: passed). */
void print(const char *s);
void print_hex(u64 v);
void print_dec(u64 v);
void finish(u64 code) __attribute__((noreturn));

/* Handlers, and where a snippet returns to. */
extern const u32 trap_m[], trap_hs[], trap_vs[], leave[];
extern const u32 vector_table[], vector_table_hs[], vector_table_vs[];

/* CLINT of Spike, QEMU and vhart. */
#define CLINT_MSIP     (*(volatile u32 *)0x2000000)
#define CLINT_MTIMECMP (*(volatile u64 *)0x2004000)
#define CLINT_MTIME    (*(volatile u64 *)0x200bff8)

#endif
