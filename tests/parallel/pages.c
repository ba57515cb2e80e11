/* What one hart changes and the others must see: page-table entries behind a TLB shootdown, code
 * behind FENCE.I, and the A and D bits that harts set in the same entries. */
#include "smp.h"

enum { ROUNDS = 60, BURST = 32, RWXAD = PTE_R | PTE_W | PTE_X | PTE_A | PTE_D };

static u8 page[4][PAGE] __attribute__((aligned(PAGE)));

/* What on_ipi does, and what has come of the round. */
static enum { NOTHING, SHOOT_ALL, SHOOT_PAGE, CODE } wanted;
static u64 epoch, wrong, hits, over;

void on_ipi(unsigned hart)
{
    (void)hart;
    switch (READ(wanted)) {
    case NOTHING: break;
    case SHOOT_ALL: SFENCE(); break;
    case SHOOT_PAGE: SFENCE_PAGE(WINDOW); break;
    case CODE: FENCE_I(); break;
    }
}

static void begin(unsigned hart, int what)
{
    barrier();
    if (hart == 0) {
        wanted = what;
        epoch = wrong = hits = over = 0;
    }
    barrier();
}

/* ---- a page that moves ---- */

/* Words of a page: a mark, by which a hart knows that it must not see this page any more, and one
 * that each hart stores to. */
struct marked {
    u64 mark, stored[HARTS];
};
#define THERE ((struct marked *)WINDOW)

static void use_window(unsigned hart)
{
    for (unsigned n = 0; !READ(over); n++) {
        if (n % BURST == 0) PAUSE(); /* more harts than cores */
        if (READ(THERE->mark)) ADD(wrong, 1);
        WRITE(THERE->stored[hart], 1);
        ADD(hits, 1);
    }
}

/* Once no hart may have the translation any more: mark the old page and see that nobody uses it. */
static void move_window(void)
{
    for (unsigned n = 0; n < ROUNDS; n++) {
        struct marked *old = (struct marked *)page[n & 1], *new = (struct marked *)page[!(n & 1)];
        WRITE(new->mark, 0);
        WRITE(window_table[0], pte_of(new, RWXAD));
        ipi_all(HARTS, 0);
        for (unsigned k = 0; k < HARTS; k++) WRITE(old->stored[k], 0);
        WRITE(old->mark, 1);
        for (u64 seen = READ(hits); READ(hits) < seen + 2 * HARTS;) PAUSE();
        for (unsigned k = 0; k < HARTS; k++) wrong += READ(old->stored[k]);
    }
    WRITE(over, 1);
}

static void shoot_down(unsigned hart, int how, const char *name)
{
    if (hart == 0) {
        ((struct marked *)page[0])->mark = 0;
        window_table[0] = pte_of(page[0], RWXAD);
    }
    begin(hart, how);
    if (hart)
        in_s_mode(use_window, hart);
    else
        move_window();
    barrier();
    if (hart == 0) report(!wrong, name);
}

/* ---- code that changes ---- */

typedef u64 function(void);

/* li a0, n; ret */
static void write_code(u8 *to, u64 n)
{
    WRITE(*(u32 *)(void *)to, (u32)(n << 20 | 0x513));
    WRITE(*(u32 *)(void *)(to + 4), 0x8067u);
}

/* The epoch is read first, so the code must be at least as new. */
static void call_code(unsigned hart)
{
    (void)hart;
    for (unsigned n = 0; !READ(over); n++) {
        if (n % BURST == 0) PAUSE();
        u64 now = READ(epoch);
        FENCE(r, rw);
        if (((function *)page[2])() < now) ADD(wrong, 1);
        ADD(hits, 1);
    }
}

static void change_code(void)
{
    for (u64 n = 1; n <= ROUNDS; n++) {
        write_code(page[2], n);
        ipi_all(HARTS, 0);
        WRITE(epoch, n);
        for (u64 seen = READ(hits); READ(hits) < seen + 2 * HARTS;) PAUSE();
    }
    WRITE(over, 1);
}

static void remote_code(unsigned hart)
{
    if (hart == 0) write_code(page[2], 0);
    begin(hart, CODE);
    FENCE_I();
    if (hart)
        in_s_mode(call_code, hart);
    else
        change_code();
    barrier();
    if (hart == 0) report(!wrong, "code changed by another hart runs behind an IPI and FENCE.I");
}

/* Without an IPI: each hart runs FENCE.I itself once it has seen that there is new code. */
static void noticed_code(unsigned hart)
{
    if (hart == 0) write_code(page[2], 0);
    begin(hart, NOTHING);
    FENCE_I();
    for (u64 n = 1; n <= ROUNDS; n++) {
        if (hart == 0) {
            write_code(page[2], n);
            FENCE(w, w);
            WRITE(epoch, n);
        }
        while (READ(epoch) != n) PAUSE();
        FENCE(r, r);
        FENCE_I();
        if (((function *)page[2])() != n) ADD(wrong, 1);
        barrier();
    }
    if (hart == 0) report(!wrong, "code changed by another hart runs behind FENCE.I");
}

/* ---- A and D ---- */

enum { PAGES = 256, AD_ROUNDS = 100, SOFTWARE = BIT(8) };

/* Read one half of the pages and write the other, beginning somewhere else than the others. */
static void touch(unsigned hart)
{
    for (unsigned n = 0; n < PAGES; n++) {
        unsigned k = hart & 1 ? n : PAGES - 1 - n;
        u64 *at = (u64 *)(WINDOW + k * PAGE);
        if (k & 1)
            READ(*at);
        else
            WRITE(*at, 0);
    }
}

static bool entries_are_right(void)
{
    for (unsigned k = 0; k < PAGES; k++) {
        u64 accessed = k & 1 ? PTE_A : PTE_A | PTE_D;
        if (window_table[k] != pte_of(page[3], PTE_RW | accessed | SOFTWARE)) return false;
    }
    return true;
}

/* Hardware sets A and D by itself while hart 0 sets a bit of software's in the same entries;
 * neither may undo the other (12.3.1: "the PTE update must be atomic"). */
static void set_ad(unsigned hart)
{
    csr_set(menvcfg, ENVCFG_ADUE);
    begin(hart, NOTHING);
    for (unsigned n = 0; n < AD_ROUNDS; n++) {
        for (unsigned k = 0; hart == 0 && k < PAGES; k++) window_table[k] = pte_of(page[3], PTE_RW);
        barrier();
        SFENCE();
        if (hart)
            in_s_mode(touch, hart);
        else
            for (unsigned k = 0; k < PAGES; k++)
                __atomic_fetch_or(&window_table[k], SOFTWARE, __ATOMIC_RELAXED);
        barrier();
        if (hart == 0) wrong += !entries_are_right();
    }
    if (hart == 0) report(!wrong, "A and D are set atomically");
}

void program(unsigned hart)
{
    if (hart == 0) plan(5);
    shoot_down(hart, SHOOT_ALL, "a page that has moved is not used behind SFENCE.VMA");
    shoot_down(hart, SHOOT_PAGE, "a page that has moved is not used behind SFENCE.VMA of the page");
    remote_code(hart);
    noticed_code(hart);
    set_ad(hart);
}
