/* MSIs between harts, to the interrupt files of their IMSICs: none is lost, and each wakes its
 * hart. The run's length is part of the test: programs.sh bounds it, and an MSI that is lost lasts
 * for ever. */
#include "smp.h"

__asm__(".equ miselect, 0x350\n.equ mireg, 0x351\n.equ mtopei, 0x35c\n"
        ".equ siselect, 0x150\n.equ sireg, 0x151\n.equ stopei, 0x15c\n"
        ".equ vsiselect, 0x250\n.equ vsireg, 0x251\n.equ vstopei, 0x25c\n");

enum { EIDELIVERY = 0x70, EIE = 0xc0, TURNS = 300, ROUNDS = 200, EACH = 60, FILES = 3 };

/* The pages of QEMU's board, with a guest for each hart. */
#define PAGE_M(hart) (*(volatile u32 *)(0x24000000ul + 0x1000ul * (hart)))
#define PAGE_S(hart) (*(volatile u32 *)(0x28000000ul + 0x2000ul * (hart)))
#define PAGE_G(hart) (*(volatile u32 *)(0x28001000ul + 0x2000ul * (hart)))

#define OPEN_FILE(select, reg)                                                                     \
    {                                                                                              \
        csr_write(select, EIDELIVERY);                                                             \
        csr_write(reg, 1);                                                                         \
        for (u64 word = 0; word < 8; word += 2) {                                                  \
            csr_write(select, EIE + word);                                                         \
            csr_write(reg, ~0ull);                                                                 \
        }                                                                                          \
    }

static u64 token, wrong, done;
static u32 had[HARTS][FILES][HARTS]; /* MSIs that a hart's file has had of another */

void on_ipi(unsigned hart)
{
    (void)hart;
}

static void open_files(void)
{
    csr_set(hstatus, 1 << 12); /* VGEIN */
    OPEN_FILE(miselect, mireg)
    OPEN_FILE(siselect, sireg)
    OPEN_FILE(vsiselect, vsireg)
}

/* Round all harts: each sleeps until the one before has woken it. */
static void pass_token(unsigned hart)
{
    csr_write(mie, BIT(MEI));
    for (unsigned n = 0; n < TURNS; n++) {
        if (hart || n)
            while (!csr_swap(mtopei, 0)) WFI();
        if (READ(token) % HARTS != hart) ADD(wrong, 1);
        ADD(token, 1);
        FENCE(rw, o);
        PAGE_M((hart + 1) % HARTS) = 1 + n % 255;
    }
    if (hart == 0)
        while (!csr_swap(mtopei, 0)) WFI();
    csr_write(mie, 0);
    barrier();
    if (hart == 0) report(!wrong && token == HARTS * TURNS, "a token goes round by MSIs to WFI");
    barrier();
}

/* The identity says who has sent it, and which of its MSIs it is. */
static void take(unsigned hart, unsigned file, u64 topei)
{
    if (!topei) return;
    u64 n = (topei >> 16) - 1;
    u32 *count = &had[hart][file][n / EACH];
    if (*count % EACH != n % EACH) ADD(wrong, 1);
    WRITE(*count, *count + 1);
}

static void send(unsigned file, unsigned to, u32 identity)
{
    FENCE(rw, o);
    if (file == 0) PAGE_M(to) = identity;
    if (file == 1) PAGE_S(to) = identity;
    if (file == 2) PAGE_G(to) = identity;
}

/* To each file of each other hart, one after another, each when the last has been had. */
static void storm(unsigned hart)
{
    u32 sent[FILES][HARTS] = {0};
    u64 left = FILES * (HARTS - 1) * ROUNDS;
    for (bool told = false; READ(done) < HARTS;) {
        take(hart, 0, csr_swap(mtopei, 0));
        take(hart, 1, csr_swap(stopei, 0));
        take(hart, 2, csr_swap(vstopei, 0));
        for (unsigned k = 0; k < FILES * HARTS; k++) {
            unsigned file = k / HARTS, to = k % HARTS;
            u32 *n = &sent[file][to];
            if (to == hart || *n == ROUNDS || READ(had[to][file][hart]) != *n) continue;
            send(file, to, 1 + hart * EACH + *n % EACH);
            ++*n;
            left--;
        }
        if (left || told) continue;
        told = true;
        ADD(done, 1);
    }
}

static void check_storm(unsigned hart)
{
    barrier();
    for (unsigned file = 0; file < FILES; file++)
        for (unsigned from = 0; from < HARTS; from++)
            if (had[hart][file][from] < (from == hart ? 0 : ROUNDS - 1)) ADD(wrong, 1);
    barrier();
    if (hart == 0) report(!wrong, "no MSI is lost, and each is had once");
}

void program(unsigned hart)
{
    if (hart == 0) plan(2);
    open_files();
    barrier();
    pass_token(hart);
    storm(hart);
    check_storm(hart);
}
