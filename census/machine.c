#include "census/machine.h"

#include <stdlib.h>
#include <string.h>

/* Each place, and after them one for the G-stage's tables, is 256 KiB. In a place lie first the
 * three tables of Sv39 for the program's pages, one level a page, then the pages. */
enum {
    PLACE_SIZE = 0x40000,
    TABLES_OF_GUESTS = PLACE_N,
    RAM_SIZE = (PLACE_N + 1) * PLACE_SIZE,
    G_ROOT_SIZE = 4 * PAGE_SIZE,
    G_TABLES_SIZE = 0x8000,
    PROGRAM_PAGES = 5,
    SHADOW_PAGE = 4
};
#define RAM 0x80000000ull

/* Page-table entries (priv. spec 12.3.1, 12.4.1) */
enum { V = 1, R = 2, W = 4, X = 8, U = 16, A = 64, D = 128 };
#define SV39 (8ull << 60)

static u64 place_at(unsigned place)
{
    return RAM + (u64)place * PLACE_SIZE;
}

static void put64(struct machine *m, u64 pa, u64 value)
{
    memcpy(m->ram + (pa - RAM), &value, sizeof value);
}

static u64 entry(u64 pa, unsigned flags)
{
    return pa >> PAGE_SHIFT << 10 | flags;
}

/* ---- tables ---- */

/* The tables above a page of leaves: root, then one at each of the levels, for addresses at RAM. */
static void link_tables(struct machine *m, u64 root, u64 middle, u64 leaves)
{
    put64(m, root + (RAM >> 30) * 8, entry(middle, V));
    put64(m, middle, entry(leaves, V));
}

static u64 leaves_of(u64 place)
{
    return place + 2 * PAGE_SIZE;
}

static void make_first_stage(struct machine *m, u64 place)
{
    link_tables(m, place, place + PAGE_SIZE, leaves_of(place));
}

/* A place's leaves, for pages that lie at target. A shadow stack is readable by its own
 * instructions only, which the otherwise reserved W without R says (Zicfiss). */
static void set_leaves(struct machine *m, u64 place, u64 target, bool user)
{
    for (unsigned k = 0; k < PROGRAM_PAGES; k++) {
        unsigned may = k == SHADOW_PAGE ? W : R | W | X;
        u64 offset = PROGRAM - RAM + k * PAGE_SIZE;
        put64(m, leaves_of(place) + (offset >> PAGE_SHIFT) * 8,
              entry(target + offset, V | A | D | may | (user ? U : 0)));
    }
}

static u64 guest_tables(bool moved)
{
    return place_at(TABLES_OF_GUESTS) + (moved ? G_TABLES_SIZE : 0);
}

static void make_g_stage(struct machine *m, bool moved)
{
    u64 root = guest_tables(moved), middle = root + G_ROOT_SIZE, leaves = middle + PAGE_SIZE;
    u64 target = place_at(moved ? PLACE_GUEST : PLACE_HERE);
    link_tables(m, root, middle, leaves);
    for (unsigned k = 0; k < PLACE_SIZE / PAGE_SIZE; k++)
        put64(m, leaves + k * 8, entry(target + k * PAGE_SIZE, V | R | W | X | U | A | D));
}

u64 machine_satp(bool moved)
{
    return SV39 | place_at(moved ? PLACE_MOVED : PLACE_HERE) >> PAGE_SHIFT;
}

u64 machine_hgatp(bool moved)
{
    return SV39 | guest_tables(moved) >> PAGE_SHIFT;
}

void machine_set_user(struct machine *m, bool user)
{
    if (m->user == user) return;
    m->user = user;
    set_leaves(m, place_at(PLACE_HERE), RAM, user);
    set_leaves(m, place_at(PLACE_MOVED), place_at(PLACE_MOVED), user);
    set_leaves(m, place_at(PLACE_GUEST), RAM, user);
}

/* ---- the bus ---- */

static struct ram_page get_page(void *machine, u64 pa)
{
    struct machine *m = machine;
    u64 offset = pa - RAM;
    if (offset >= RAM_SIZE) return (struct ram_page){NULL, NULL};
    return (struct ram_page){m->ram + (offset & ~PAGE_OFFSET_MASK), &m->page_flags};
}

static bool no_load(void *machine, u64 pa, unsigned size, u64 *value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}
static bool no_store(void *machine, u64 pa, unsigned size, u64 value)
{
    (void)machine, (void)pa, (void)size, (void)value;
    return false;
}

static void note_stored(void *machine, u64 pa, unsigned size)
{
    struct machine *m = machine;
    if (m->stored_n < sizeof m->stored / sizeof m->stored[0])
        m->stored[m->stored_n++] = (struct stored){pa, size};
}

static void no_code_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
}
static u64 get_time(void *machine)
{
    return ((struct machine *)machine)->time;
}

struct bus machine_bus(struct machine *m)
{
    return (struct bus){m, get_page, no_load, no_store, note_stored, no_code_page, get_time};
}

/* ---- the program ---- */

/* The program's memory to begin with: no two words alike, and on the shadow stack the return
 * address that x1 has, so that sspopchk finds what it expects. */
static u64 word_at(u64 offset)
{
    if (offset == PROGRAM_SSP - RAM) return PROGRAM_DATA + 64;
    return mix(1, offset & ~7ull);
}

static void put_program(struct machine *m, unsigned place)
{
    for (u64 k = 0; k < PROGRAM_PAGES * PAGE_SIZE; k += 8)
        put64(m, place_at(place) + (PROGRAM - RAM) + k, word_at(PROGRAM - RAM + k));
}

void machine_set_instruction(struct machine *m, u32 raw)
{
    for (unsigned k = 0; k < PLACE_N; k++)
        memcpy(m->ram + (place_at(k) - RAM) + (PROGRAM_PC - RAM), &raw, sizeof raw);
}

static u64 take_byte(struct machine *m, u64 pa, u64 digest)
{
    u64 offset = (pa - RAM) % PLACE_SIZE, word = word_at(offset);
    u8 *p = m->ram + (pa - RAM);
    digest = mix(digest, offset << 8 | *p);
    *p = (u8)(word >> (offset & 7) * 8);
    return digest;
}

u64 machine_take_stores(struct machine *m)
{
    u64 digest = 0;
    for (unsigned k = 0; k < m->stored_n; k++)
        for (unsigned byte = 0; byte < m->stored[k].size; byte++)
            digest = take_byte(m, m->stored[k].pa + byte, digest);
    m->stored_n = 0;
    return digest;
}

u64 machine_offset(const struct machine *m, const u8 *host)
{
    return host ? 1 + (u64)(host - m->ram) % PLACE_SIZE : 0;
}

bool machine_init(struct machine *m)
{
    *m = (struct machine){.ram = calloc(1, RAM_SIZE), .page_flags = PAGE_WATCH, .user = true};
    if (!m->ram) return false;
    for (unsigned k = 0; k < PLACE_N; k++) {
        make_first_stage(m, place_at(k));
        put_program(m, k);
    }
    /* the guest's copy has the very tables of the original, whose addresses are guest-physical */
    link_tables(m, place_at(PLACE_GUEST), RAM + PAGE_SIZE, leaves_of(RAM));
    put64(m, place_at(PLACE_GUEST) + PAGE_SIZE, entry(leaves_of(RAM), V));
    make_g_stage(m, false);
    make_g_stage(m, true);
    machine_set_user(m, false);
    return true;
}

void machine_free(struct machine *m)
{
    free(m->ram);
}
