/* Every trap goes into a digest and leads on, in the next mode and address space, behind the
 * instruction that trapped. In the end digests of all that the program could change are printed. */
#include "tests/peers/layout.h"
#include "tests/peers/place.h"

/* From tests/isa/harness. */
void print(const char *s);
void print_hex(u64 v);
void print_dec(u64 v);
void finish(u64 code);

void save_f(void);
void begin(void);
void on_trap(void);

#define READ(csr)                                                                                  \
    ({                                                                                             \
        u64 v_;                                                                                    \
        __asm__ volatile("csrr %0, " #csr : "=r"(v_));                                             \
        v_;                                                                                        \
    })
#define WRITE(csr, v) __asm__ volatile("csrw " #csr ", %0" ::"r"((u64)(v)))

static u64 digest = 1;
static unsigned traps;

static void mix(u64 v)
{
    digest = ((digest << 7 | digest >> 57) ^ v) * 0x9e3779b97f4a7c15ull;
}

static void line(const char *name, u64 value)
{
    print(name);
    print(" ");
    print_hex(value);
    print("\n");
}

static bool has_h(void)
{
    return READ(misa) >> 7 & 1;
}

static void enter(const struct place *p)
{
    WRITE(mstatus, p->mstatus);
    WRITE(satp, p->satp);
    if (has_h()) {
        WRITE(0x600, p->hstatus);
        WRITE(0x200, p->vsstatus);
        WRITE(0x280, p->vsatp);
        WRITE(0x680, p->hgatp);
        __asm__ volatile(".word 0x62000073; .word 0x22000073" ::
                             : "memory"); /* hfence.gvma, .vvma */
    }
    __asm__ volatile("sfence.vma" ::: "memory");
}

void begin(void)
{
    WRITE(pmpaddr0, ~0ull);
    WRITE(pmpcfg0, 0x1f);
    WRITE(medeleg, 0);
    WRITE(mideleg, 0);
    WRITE(mie, 0);
    WRITE(mcounteren, 0);
    WRITE(fcsr, 0);
    WRITE(mepc, CODE);
    enter((const struct place *)PLACES);
}

/* ---- the end ---- */

static void digest_of(const char *name, const u64 *from, const u64 *to)
{
    digest = 1;
    for (; from < to; from++) mix(*from);
    line(name, digest);
}

/* CSRs that the program may write. */
static void digest_csrs(void)
{
    digest = 1;
    mix(READ(fcsr)), mix(READ(sscratch)), mix(READ(sepc)), mix(READ(stval));
    if (has_h()) mix(READ(0x240)), mix(READ(0x241)), mix(READ(0x243));
    line("csrs", digest);
}

static void end(void)
{
    print("traps ");
    print_dec(traps);
    line(",", digest);
    digest_csrs();
    save_f();
    digest_of("x", (u64 *)REGISTERS, (u64 *)(REGISTERS + 256));
    digest_of("f", (u64 *)(REGISTERS + 256), (u64 *)(REGISTERS + 512));
    digest_of("memory", (u64 *)DATA, (u64 *)DATA_END);
    finish(0);
}

/* ---- traps ---- */

/* Of other causes the specification leaves mtval open. */
static u64 tval_of(u64 cause)
{
    u64 addresses = 1ull << 0 | 1 << 1 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 12 | 1 << 13 |
                    1 << 15 | 1 << 20 | 1 << 21 | 1 << 23;
    return cause < 24 && addresses >> cause & 1 ? READ(mtval) : 0;
}

static void print_trap(u64 cause, u64 pc, u64 tval, u64 tval2, u64 status)
{
    print("trap ");
    print_dec(cause);
    print(" at ");
    print_hex(pc);
    print(" tval ");
    print_hex(tval);
    print(" tval2 ");
    print_hex(tval2);
    line(" mstatus", status);
}

void on_trap(void)
{
    bool h = has_h();
    u64 cause = READ(mcause), pc = READ(mepc), tval = tval_of(cause);
    u64 tval2 = h ? READ(0x34b) : 0;
    u64 status = READ(mstatus) & (3ull << 11 | (h ? 3ull << 38 : 0)); /* MPP; GVA, MPV */
    mix(cause), mix(pc), mix(tval), mix(tval2), mix(status);
    if (*(u64 *)VERBOSE) print_trap(cause, pc, tval, tval2, status);
    if (pc < CODE || pc >= CODE_END - 4 || ++traps > TRAP_N) end();
    WRITE(mepc, pc + ((*(u8 *)pc & 3) == 3 ? 4 : 2));
    enter((const struct place *)PLACES + traps % PLACE_N);
}
