/* What one hart changes and the others must see: page-table entries of any stage behind a TLB
 * shootdown, code behind FENCE.I, and the A and D bits that harts set in the same entries. */
#include "smp.h"

enum { ROUNDS = 40, BURST = 32, RWXAD = PTE_RWX | PTE_A | PTE_D };

static u8 page[4][PAGE] __attribute__((aligned(PAGE)));

/* What on_ipi does, and what has come of the round. */
static void (*wanted)(void);
static u64 epoch, wrong, hits, faults, over;

void on_ipi(unsigned hart)
{
    (void)hart;
    READ(wanted)();
}

static void do_nothing(void) {}

static void fence_all(void)
{
    __asm__ volatile("sfence.vma\n hfence.gvma\n hfence.vvma" ::: "memory");
}

static void begin(unsigned hart, void (*what)(void))
{
    barrier();
    if (hart == 0) {
        wanted = what;
        epoch = wrong = hits = faults = over = 0;
    }
    fence_all();
    FENCE_I();
    barrier();
}

static void await_hits(void)
{
    for (u64 seen = READ(hits); READ(hits) < seen + 2 * HARTS;) PAUSE();
}

/* ---- fences: in M-mode, which an IPI takes a hart to ---- */

/* A hart is in one VM or the other, and what it knows of both must go. */
enum { VMS = 2, VMID = 5 };

static void s_all(void)
{
    SFENCE();
}
static void s_page(void)
{
    SFENCE_PAGE(WINDOW);
}
static void g_all(void)
{
    __asm__ volatile("hfence.gvma" ::: "memory");
}
static void g_page(void)
{
    __asm__ volatile("hfence.gvma %0, zero" ::"r"(WINDOW >> 2) : "memory");
}
static void g_vms(void)
{
    for (u64 k = 0; k < VMS; k++)
        __asm__ volatile("hfence.gvma zero, %0" ::"r"(VMID + k) : "memory");
}
static void g_pages_of_vms(void)
{
    for (u64 k = 0; k < VMS; k++)
        __asm__ volatile("hfence.gvma %0, %1" ::"r"(WINDOW >> 2), "r"(VMID + k) : "memory");
}

/* HFENCE.VVMA is about the VMID in hgatp, so that must change. */
#define IN_EACH_VM(fence)                                                                          \
    u64 own = csr_read(hgatp);                                                                     \
    for (u64 k = 0; k < VMS; k++) {                                                                \
        csr_write(hgatp, hgatp_of(VMID + k));                                                      \
        __asm__ volatile(fence ::"r"(WINDOW), "r"((u64)GUEST_ASID) : "memory");                    \
    }                                                                                              \
    csr_write(hgatp, own)

static void v_all(void)
{
    IN_EACH_VM("hfence.vvma");
}
static void v_page(void)
{
    IN_EACH_VM("hfence.vvma %0, zero");
}
static void v_asid(void)
{
    IN_EACH_VM("hfence.vvma zero, %1");
}
static void v_page_of_asid(void)
{
    IN_EACH_VM("hfence.vvma %0, %1");
}

/* ---- an entry of some stage that changes ---- */

typedef void enter(void (*f)(unsigned), unsigned hart);

/* Into the one VM and the other in turn. */
static void in_vms(void (*f)(unsigned), unsigned hart)
{
    static u64 turn[HARTS];
    in_vs_mode(f, hart, VMID + turn[hart]++ % VMS);
}

static const struct stage {
    enter *run;
    u64 *entry; /* of the window's first page */
    u64 user;   /* PTE_U when that is what this stage's pages need */
} first = {in_s_mode, window_table, 0}, vs = {in_vms, guest_window_table, 0},
  g = {in_vms, g_window_table, PTE_U};

static u64 entry_of(const struct stage *s, const void *at, u64 bits)
{
    return pte_of(at, bits | s->user);
}

/* Map the window to a page by this stage; the VS-stage's entry is there for the G-stage's. */
static void map_window(const struct stage *s, const void *at)
{
    if (s == &g) guest_window_table[0] = pte_of((void *)WINDOW, RWXAD);
    WRITE(*s->entry, entry_of(s, at, RWXAD));
}

/* Words of a page: a mark, by which a hart knows that it must not see this page any more, and one
 * that each hart stores to. */
struct marked {
    u64 mark, stored[HARTS];
};
#define THERE ((struct marked *)WINDOW)

static bool wants_faults;
bool on_fault(u64 cause, unsigned hart)
{
    const u64 page_faults = BIT(13) | BIT(15) | BIT(21) | BIT(23);
    (void)hart;
    if (!wants_faults || cause > 23 || !(BIT(cause) & page_faults)) return false;
    ADD(faults, 1);
    return true;
}

/* Accesses that may fault; then the load gives 0. */
#define FOUR_BYTES(insn) ".option push\n.option norvc\n" insn "\n.option pop"
static u64 try_load(const u64 *p)
{
    u64 v = 0;
    __asm__ volatile(FOUR_BYTES("ld %0, (%1)") : "+&r"(v) : "r"(p) : "memory");
    return v;
}
static void try_store(u64 *p, u64 v)
{
    __asm__ volatile(FOUR_BYTES("sd %0, (%1)")::"r"(v), "r"(p) : "memory");
}

static void use_window(unsigned hart)
{
    for (unsigned n = 0; n < BURST; n++) {
        if (try_load(&THERE->mark)) ADD(wrong, 1);
        try_store(&THERE->stored[hart], 1);
        ADD(hits, 1);
    }
}

static void use_until_over(const struct stage *s, unsigned hart)
{
    while (!READ(over)) {
        s->run(use_window, hart);
        PAUSE(); /* more harts than cores */
    }
}

/* No hart may have the translation any more: see that nobody uses what was behind it. */
static void watch(struct marked *old, u64 mark)
{
    for (unsigned k = 0; k < HARTS; k++) WRITE(old->stored[k], 0);
    FENCE(w, w);
    WRITE(old->mark, mark);
    await_hits();
    for (unsigned k = 0; k < HARTS; k++) wrong += READ(old->stored[k]);
}

static void move_window(const struct stage *s)
{
    for (unsigned n = 0; n < ROUNDS; n++) {
        struct marked *old = (struct marked *)page[n & 1], *new = (struct marked *)page[!(n & 1)];
        WRITE(new->mark, 0);
        WRITE(*s->entry, entry_of(s, new, RWXAD));
        ipi_all(HARTS, 0);
        watch(old, 1);
    }
}

/* Take bits of the entry away, by an AMO as kernels do, and give them back. */
static void take_bits(const struct stage *s, u64 bits)
{
    struct marked *there = (struct marked *)page[0];
    for (unsigned n = 0; n < ROUNDS; n++) {
        __atomic_fetch_and(s->entry, ~bits, __ATOMIC_RELAXED);
        ipi_all(HARTS, 0);
        u64 before = READ(faults);
        watch(there, bits == PTE_V);
        wrong += READ(faults) == before;
        WRITE(there->mark, 0);
        __atomic_fetch_or(s->entry, bits, __ATOMIC_RELEASE);
        ipi_all(HARTS, 0);
    }
}
static void take_page(const struct stage *s)
{
    take_bits(s, PTE_V);
}
static void forbid_stores(const struct stage *s)
{
    take_bits(s, PTE_W);
}

static const struct shootdown {
    void (*change)(const struct stage *s);
    const struct stage *stage;
    void (*fence)(void);
    const char *name;
} shootdowns[] = {
    {move_window,   &first, s_all,          "a page that has moved is not used behind SFENCE.VMA"             },
    {move_window,   &first, s_page,
     "a page that has moved is not used behind SFENCE.VMA of the page"                                        },
    {move_window,   &g,     g_all,          "a guest's page that has moved: HFENCE.GVMA"                      },
    {move_window,   &g,     g_page,         "a guest's page that has moved: HFENCE.GVMA of the address"       },
    {move_window,   &g,     g_vms,          "a guest's page that has moved: HFENCE.GVMA of the VMID"          },
    {move_window,   &g,     g_pages_of_vms,
     "a guest's page that has moved: HFENCE.GVMA of address and VMID"                                         },
    {move_window,   &vs,    v_all,          "a page that a guest has moved: HFENCE.VVMA"                      },
    {move_window,   &vs,    v_page,         "a page that a guest has moved: HFENCE.VVMA of the address"       },
    {move_window,   &vs,    v_asid,         "a page that a guest has moved: HFENCE.VVMA of the ASID"          },
    {move_window,   &vs,    v_page_of_asid,
     "a page that a guest has moved: HFENCE.VVMA of address and ASID"                                         },
    {take_page,     &first, s_page,         "a page taken away faults behind SFENCE.VMA of the page"          },
    {take_page,     &g,     g_pages_of_vms, "a guest's page taken away faults behind HFENCE.GVMA"             },
    {take_page,     &vs,    v_page,         "a page that a guest takes away faults behind HFENCE.VVMA"        },
    {forbid_stores, &first, s_page,
     "a page made read-only takes no stores behind SFENCE.VMA of the page"                                    },
    {forbid_stores, &g,     g_page,         "a guest's page made read-only takes no stores behind HFENCE.GVMA"},
    {forbid_stores, &vs,    v_asid,
     "a page that a guest makes read-only: no stores behind HFENCE.VVMA"                                      },
};
enum { SHOOTDOWNS = sizeof shootdowns / sizeof shootdowns[0] };

static void shoot_down(unsigned hart, const struct shootdown *s)
{
    if (hart == 0) {
        ((struct marked *)page[0])->mark = 0;
        map_window(s->stage, page[0]);
        wants_faults = s->change != move_window;
    }
    begin(hart, s->fence);
    if (hart) {
        use_until_over(s->stage, hart);
    } else {
        s->change(s->stage);
        WRITE(over, 1);
    }
    barrier();
    if (hart) return;
    report(!wrong, s->name);
    wants_faults = false;
}

/* ---- A and D that are cleared ---- */

static void store_epoch(unsigned hart)
{
    for (unsigned n = 0; n < BURST; n++) {
        u64 now = READ(epoch);
        FENCE(r, rw);
        WRITE(THERE->stored[hart], now);
    }
}

/* Track what is written, as a migration does: once A and D are clear and all harts have fenced, any
 * store sets both again, before it can be seen. */
static void track(const struct stage *s, const struct marked *there)
{
    for (u64 n = 1; n <= ROUNDS; n++) {
        __atomic_fetch_and(s->entry, ~(PTE_A | PTE_D), __ATOMIC_RELAXED);
        ipi_all(HARTS, 0);
        WRITE(epoch, n);
        while (READ(there->stored[1]) != n) PAUSE();
        FENCE(r, r);
        wrong += READ(*s->entry) != entry_of(s, there, RWXAD);
    }
}

static void track_stores(unsigned hart, const struct stage *s, void (*fence)(void),
                         const char *name)
{
    if (hart == 0) map_window(s, page[0]);
    begin(hart, fence);
    if (hart == 0) {
        track(s, (struct marked *)page[0]);
        WRITE(over, 1);
    }
    while (!READ(over)) {
        s->run(store_epoch, hart);
        PAUSE();
    }
    barrier();
    if (hart == 0) report(!wrong, name);
}

/* ---- code that changes ---- */

typedef u64 function(void);
static function *code;

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
    for (unsigned n = 0; n < BURST; n++) {
        u64 now = READ(epoch);
        FENCE(r, rw);
        if (code() < now) ADD(wrong, 1);
        ADD(hits, 1);
    }
}

static void fence_i(void)
{
    FENCE_I();
}

static u8 version[ROUNDS + 1][PAGE] __attribute__((aligned(PAGE)));

static void patch_code(u64 n)
{
    write_code(version[0], n);
}
/* Each version has a page of its own, so that no FENCE.I is needed to see it. */
static void move_code(u64 n)
{
    WRITE(g_window_table[0], pte_of(version[n], RWXAD | PTE_U));
}

static const struct patch {
    enter *run;
    void *at;
    void (*change)(u64 n), (*fence)(void);
    const char *name;
} patches[] = {
    {in_s_mode, version[0],     patch_code, fence_i,
     "code changed by another hart runs behind an IPI and FENCE.I"},
    {in_vms,    version[0],     patch_code, fence_i,
     "a guest's code changed by another hart: an IPI and FENCE.I" },
    {in_vms,    (void *)WINDOW, move_code,  g_page,
     "a guest's code that has moved: HFENCE.GVMA of the address"  },
    {in_vms,    (void *)WINDOW, move_code,  g_vms,
     "a guest's code that has moved: HFENCE.GVMA of the VMID"     },
};
enum { PATCHES = sizeof patches / sizeof patches[0] };

static void remote_code(unsigned hart, const struct patch *p)
{
    if (hart == 0) {
        for (u64 n = 0; n <= ROUNDS; n++) write_code(version[n], n);
        map_window(&g, version[0]);
        code = (function *)p->at;
    }
    begin(hart, p->fence);
    for (u64 n = 1; hart == 0 && n <= ROUNDS; n++) {
        p->change(n);
        ipi_all(HARTS, 0);
        WRITE(epoch, n);
        await_hits();
    }
    if (hart == 0) WRITE(over, 1);
    while (!READ(over)) {
        p->run(call_code, hart);
        PAUSE();
    }
    barrier();
    if (hart == 0) report(!wrong, p->name);
}

/* Without an IPI: each hart runs FENCE.I itself once it has seen that there is new code. */
static void noticed_code(unsigned hart)
{
    if (hart == 0) write_code(version[0], 0);
    begin(hart, do_nothing);
    for (u64 n = 1; n <= ROUNDS; n++) {
        if (hart == 0) {
            write_code(version[0], n);
            FENCE(w, w);
            WRITE(epoch, n);
        }
        while (READ(epoch) != n) PAUSE();
        FENCE(r, r);
        FENCE_I();
        if (((function *)version[0])() != n) ADD(wrong, 1);
        barrier();
    }
    if (hart == 0) report(!wrong, "code changed by another hart runs behind FENCE.I");
}

/* ---- A and D ---- */

enum { PAGES = 256, AD_ROUNDS = 50, SOFTWARE = BIT(8) };

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

/* Entry k of a stage, less what is set in the course of things. Both stages of a guest take part.
 */
static u64 fresh_entry(const struct stage *s, unsigned k)
{
    return s == &vs ? pte_of((void *)(WINDOW + k * PAGE), PTE_RW) : entry_of(s, page[3], PTE_RW);
}

static void refresh(const struct stage *s)
{
    for (unsigned k = 0; k < PAGES; k++) s->entry[k] = fresh_entry(s, k);
}
static void set_software_bits(const struct stage *s)
{
    for (unsigned k = 0; k < PAGES; k++)
        __atomic_fetch_or(&s->entry[k], SOFTWARE, __ATOMIC_RELAXED);
}
static bool entries_are_right(const struct stage *s)
{
    for (unsigned k = 0; k < PAGES; k++) {
        u64 accessed = k & 1 ? PTE_A : PTE_A | PTE_D;
        if (s->entry[k] != (fresh_entry(s, k) | accessed | SOFTWARE)) return false;
    }
    return true;
}

/* Hardware sets A and D by itself while hart 0 sets a bit of software's in the same entries;
 * neither may undo the other (12.3.1: "the PTE update must be atomic"). */
static void set_ad(unsigned hart, const struct stage *a, const struct stage *b, const char *name)
{
    begin(hart, do_nothing);
    for (unsigned n = 0; n < AD_ROUNDS; n++) {
        if (hart == 0) {
            refresh(a);
            refresh(b);
        }
        barrier();
        fence_all();
        if (hart) {
            a->run(touch, hart);
        } else {
            set_software_bits(a);
            set_software_bits(b);
        }
        barrier();
        if (hart == 0) wrong += !entries_are_right(a) || !entries_are_right(b);
    }
    if (hart == 0) report(!wrong, name);
}

/* All of them at one entry, whose A and D hart 0 takes away again and again together with its own
 * bit, which it must always find set. A store counts if hart 0 was at it as well; harts in turn
 * hardly ever are, so time is limited. */
enum { RACES = 4000, TRIES_MAX = 300000 };

static void store_anew(unsigned hart)
{
    for (unsigned n = 0; n < BURST; n++) {
        u64 before = READ(epoch);
        SFENCE_PAGE(WINDOW);
        WRITE(THERE->stored[hart], 0);
        if (READ(epoch) != before) ADD(hits, 1);
    }
}

static void take_ad(u64 *entry)
{
    __atomic_fetch_or(entry, SOFTWARE, __ATOMIC_RELAXED);
    for (unsigned n = 0; READ(hits) < RACES && n < TRIES_MAX; n++) {
        u64 old = __atomic_fetch_and(entry, ~(PTE_A | PTE_D | SOFTWARE), __ATOMIC_RELAXED);
        if (!(old & SOFTWARE)) ADD(wrong, 1);
        __atomic_fetch_or(entry, SOFTWARE, __ATOMIC_RELAXED);
        WRITE(epoch, epoch + 1);
    }
}

static void race_for_ad(unsigned hart, const struct stage *s, const char *name)
{
    if (hart == 0) map_window(s, page[0]);
    begin(hart, do_nothing);
    if (hart == 0) {
        take_ad(s->entry);
        WRITE(over, 1);
    }
    while (!READ(over)) s->run(store_anew, hart);
    barrier();
    if (hart == 0) report(!wrong, name);
}

void program(unsigned hart)
{
    csr_set(menvcfg, ENVCFG_ADUE);
    csr_set(henvcfg, ENVCFG_ADUE);
    if (hart == 0) plan(SHOOTDOWNS + 3 + PATCHES + 1 + 2 + 3);
    for (unsigned k = 0; k < SHOOTDOWNS; k++) shoot_down(hart, &shootdowns[k]);
    track_stores(hart, &first, s_page, "A and D, cleared, are set again behind SFENCE.VMA");
    track_stores(hart, &g, g_page, "A and D of the G-stage, cleared, are set again");
    track_stores(hart, &vs, v_page, "A and D of the VS-stage, cleared, are set again");
    for (unsigned k = 0; k < PATCHES; k++) remote_code(hart, &patches[k]);
    noticed_code(hart);
    set_ad(hart, &first, &first, "A and D are set atomically");
    set_ad(hart, &vs, &g, "A and D of both of a guest's stages are set atomically");
    race_for_ad(hart, &first, "no update of an entry is lost where A and D are set");
    race_for_ad(hart, &g, "no update of a G-stage entry is lost where A and D are set");
    race_for_ad(hart, &vs, "no update of a guest's entry is lost where A and D are set");
}
