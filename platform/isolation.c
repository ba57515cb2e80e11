#include "platform/isolation.h"

#include "hart/context.h"
#include "hart/state.h"
#include "platform/message.h"
#include "platform/worlds.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SBI calls that a VM asks to be shut down with: SRST, and the legacy one. */
enum { SBI_SRST = 0x53525354, SBI_LEGACY_SHUTDOWN = 8 };

/* A hart: which world it is or was in. */
struct seat {
    struct isolation *iso;
    struct hart_observer observer;
    const struct hart_observer *next;
    unsigned index;
    struct world *world;
    bool inside;
    u64 entered;  /* hart_steps then */
    u64 interval; /* counts the times between worlds */
};

struct isolation {
    struct worlds worlds;
    enum isolation_depth depth;
    bool violated;
    bool watching;           /* stores: from the first world entry on */
    u64 entries, last_entry; /* ns of the machine's time */
    unsigned seat_n;
    struct seat seat[];
};

/* ---- saying so ---- */

static const char *vm_name(const struct vm_given *vm)
{
    return vm ? vm->name : "none";
}

/* The first violation is reported, and ends the run. Always false. */
__attribute__((format(printf, 3, 4))) static bool
violation(struct isolation *iso, const struct world *w, const char *format, ...)
{
    char text[256];
    va_list arguments;
    if (iso->violated) return false;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    terminal_flush(iso->worlds.board->terminal);
    complain("isolation violated: VM '%s' (hgatp 0x%016" PRIx64 ") %s", vm_name(w->vm), w->gatp,
             text);
    iso->violated = true;
    board_stop(iso->worlds.board, STATUS_VIOLATION);
    return false;
}

static bool reaches(struct isolation *iso, const struct world *w, const struct extent *e,
                    const char *what, const char *whose)
{
    return violation(iso, w, "reaches 0x%" PRIx64 "..0x%" PRIx64 " at gpa 0x%" PRIx64 ", %s%s",
                     e->pa, e->pa + e->size - 1, e->gpa, what, whose);
}

/* ---- what a world may reach ---- */

static bool lies_in(u64 at, u64 size, u64 base, u64 room)
{
    return at - base < room && size <= room - (at - base);
}

/* Is this a part of the memory that the VM shares? */
static bool is_shared(const struct world *w, const struct extent *e)
{
    return w->vm->share != ~0ull && lies_in(e->gpa, e->size, SHARE_BASE, SHARE_SIZE);
}

/* Of the device that was given to the VM? */
static bool is_passed(const struct world *w, const struct extent *e)
{
    return e->gpa == e->pa && lies_in(e->pa, e->size, w->vm->pass, w->vm->pass_size);
}

static bool check_given(struct isolation *iso, const struct world *w)
{
    for (size_t i = 0; i < w->reach.extent_n; i++) {
        const struct extent *e = &w->reach.extent[i];
        if (is_passed(w, e)) continue;
        if (!lies_in(e->gpa, e->size, RAM_BASE, w->vm->memory) && !is_shared(w, e))
            return reaches(iso, w, e, "outside of the RAM that the device tree gives it", "");
        if (!ram_contains(iso->worlds.board->ram, e->pa, e->size))
            return reaches(iso, w, e, "which is not RAM of the machine", "");
    }
    return true;
}

/* Images that the machine was started with: the firmware, the hypervisor, the guests' files. */
static bool check_claims(struct isolation *iso, const struct world *w)
{
    const struct board *b = iso->worlds.board;
    for (unsigned i = 0; i < b->claim_count; i++) {
        const struct claim *c = &b->claims[i];
        const struct extent *e = reach_find(&w->reach, c->start, c->size);
        if (e) return reaches(iso, w, e, "where there is ", c->name);
    }
    return true;
}

static bool check_pmp(struct isolation *iso, const struct world *w, const struct hart *h)
{
    for (size_t i = 0; i < w->reach.extent_n; i++)
        for (u64 at = 0; at < w->reach.extent[i].size; at += PAGE_SIZE) {
            const struct extent *e = &w->reach.extent[i];
            if (!pmp_allows(&h->pmp, e->pa + at, PAGE_SIZE, ACCESS_LOAD, PRIV_S))
                return reaches(iso, w, e, "part of which PMP keeps for the firmware", "");
        }
    return true;
}

/* Does the other world have the memory of this extent, and not as what both share? */
static bool has_too(const struct world *w, const struct extent *e, const struct world *other)
{
    const struct reach *o = &other->reach;
    bool common = is_shared(w, e) && w->vm->share == other->vm->share;
    if (!common) return reach_find(o, e->pa, e->size);
    for (size_t i = 0; i < o->extent_n; i++) {
        const struct extent *x = &o->extent[i];
        if (x->pa < e->pa + e->size && e->pa < x->pa + x->size && !is_shared(other, x)) return true;
    }
    return false;
}

/* An extent of w that the other world has too, or that holds the other's tables. NULL: none. */
static const struct extent *common(const struct world *w, const struct world *other,
                                   const char **what)
{
    const struct reach *r = &w->reach, *o = &other->reach;
    *what = "which belongs to VM ";
    for (size_t i = 0; i < r->extent_n && w != other; i++)
        if (has_too(w, &r->extent[i], other)) return &r->extent[i];
    *what = "which has the G-stage tables of VM ";
    for (size_t i = 0; i < o->table_n; i++) {
        const struct extent *e = reach_find(r, o->table[i].pa, PAGE_SIZE);
        if (e) return e;
    }
    return NULL;
}

static bool is_inside(const struct isolation *iso, const struct world *w)
{
    for (unsigned i = 0; i < iso->seat_n; i++)
        if (iso->seat[i].inside && iso->seat[i].world == w) return true;
    return false;
}

/* Memory passes from one VM to another when the first has ended. Whether it has, the hypervisor
 * alone knows: so that must show in the former owner never coming back to it. */
static bool check_other(struct isolation *iso, struct world *w, struct world *other)
{
    const char *what;
    const struct extent *e = common(w, other, &what);
    if (!e) e = common(other, w, &what);
    if (!e) return true;
    if (w == other || w->robbed || is_inside(iso, other))
        return reaches(iso, w, e, what, vm_name(other->vm));
    other->robbed = true;
    reach_free(&other->reach);
    return true;
}

static bool check_others(struct isolation *iso, struct world *w)
{
    for (struct world *other = iso->worlds.first; other; other = other->next)
        if (!check_other(iso, w, other)) return false;
    w->robbed = false;
    return true;
}

/* ---- a world entry ---- */

static bool derive(struct isolation *iso, struct world *w, const struct hart *h)
{
    enum { TABLES_MAX = 1 << 15 }; /* as many as map 64 GiB in pages of 4 KiB */
    struct space space = space_of(h, PRIV_S, true);
    switch (reach_derive(&w->reach, &space, &iso->worlds.memory, TABLES_MAX)) {
    case REACH_DONE: return true;
    case REACH_NO_MEMORY: complain("out of memory"); break;
    case REACH_TOO_MANY_TABLES: return violation(iso, w, "has G-stage tables without end");
    }
    board_stop(iso->worlds.board, 2);
    return false;
}

/* A VM that begins anew in other tables has left the old ones. */
static bool identify(struct isolation *iso, struct world *w, const struct hart *h, u64 pc)
{
    if (w->vm) return true;
    w->vm = worlds_identify(&iso->worlds, w, pc, h->x[11]);
    if (!w->vm)
        return violation(iso, w, "starts at 0x%" PRIx64 " with code of no kernel in /chosen", pc);
    for (struct world *other = iso->worlds.first; other; other = other->next) {
        if (other == w || other->vm != w->vm) continue;
        other->robbed = true;
        reach_free(&other->reach);
    }
    return true;
}

static bool check_reach(struct isolation *iso, struct world *w, const struct hart *h, u64 pc)
{
    bool current = w->vm && w->gatp >> ATP_MODE_SHIFT == h->hgatp >> ATP_MODE_SHIFT &&
                   reach_is_current(&w->reach, &iso->worlds.memory);
    w->gatp = h->hgatp;
    if (current && !w->robbed) return true;
    return derive(iso, w, h) && identify(iso, w, h, pc) && check_given(iso, w) &&
           check_claims(iso, w) && check_pmp(iso, w, h) && check_others(iso, w);
}

/* What the hypervisor stored to a VM's memory, on behalf of another, before it turned to a third.
 */
static bool check_intrusions(struct isolation *iso, struct world *w, const struct seat *seat)
{
    for (unsigned i = 0; i < w->intrusion_n; i++) {
        const struct intrusion *n = &w->intrusion[i];
        bool prepared = n->hart == seat->index && n->interval == seat->interval;
        if (!prepared && reach_find(&w->reach, n->pa, 1))
            return violation(iso, w,
                             "stood still when the hypervisor, at pc 0x%" PRIx64
                             ", stored to its memory at 0x%" PRIx64 ", VM '%s' having run last",
                             n->pc, n->pa, vm_name(n->after));
    }
    w->intrusion_n = 0;
    return true;
}

static u64 now(const struct isolation *iso)
{
    return board_ticks(iso->worlds.board) * NS_PER_TICK;
}

static void note_entry(struct isolation *iso, struct seat *seat, const struct hart *h)
{
    struct world *w = seat->world;
    iso->last_entry = now(iso);
    if (!w->entries++) w->first_entry = iso->last_entry;
    iso->entries++;
    seat->inside = true;
    seat->entered = hart_steps(h);
}

static void watch_stores(struct isolation *iso);

static void enter(struct seat *seat, const struct hart *h, u64 pc)
{
    struct isolation *iso = seat->iso;
    struct world *w = worlds_find(&iso->worlds, h);
    if (!w) {
        complain("out of memory");
        board_stop(iso->worlds.board, 2);
        return;
    }
    if (iso->violated || !check_reach(iso, w, h, pc) || !check_intrusions(iso, w, seat)) return;
    seat->world = w;
    note_entry(iso, seat, h);
    if (iso->depth == ISOLATION_STORES) watch_stores(iso);
}

static bool asks_for_its_end(const struct hart *h, u64 cause)
{
    return cause == EXC_ECALL_VS && (h->x[17] == SBI_SRST || h->x[17] == SBI_LEGACY_SHUTDOWN);
}

/* The time in the world up to now. */
static void note_steps(struct seat *seat, const struct hart *h)
{
    struct world *w = seat->world;
    w->steps += hart_steps(h) - seat->entered;
    w->last_exit = now(seat->iso);
    seat->entered = hart_steps(h);
}

static void leave(struct seat *seat, const struct hart *h, u64 cause)
{
    struct world *w = seat->world;
    seat->inside = false;
    seat->interval++;
    note_steps(seat, h);
    if (!asks_for_its_end(h, cause)) return;
    w->digest = reach_digest(&w->reach, &seat->iso->worlds.memory);
    w->digested = true;
}

/* ---- stores and walks ---- */

static bool is_within(struct isolation *iso, struct world *w, const struct hart *h, u64 pa)
{
    if (reach_find(&w->reach, pa, 1)) return true;
    /* Another hart may have added it meanwhile: look again. */
    return reach_is_current(&w->reach, &iso->worlds.memory)
               ? false
               : check_reach(iso, w, h, h->pc) && reach_find(&w->reach, pa, 1);
}

static void note_intrusion(const struct seat *seat, struct world *w, const struct hart *h, u64 pa)
{
    const struct world *last = seat->world;
    bool linked = last && last->vm->net && w->vm->net; /* a packet from the one to the other */
    if (w == last || linked || w->intrusion_n == INTRUSIONS_MAX) return;
    w->intrusion[w->intrusion_n++] = (struct intrusion){pa, h->pc, seat->index, seat->interval,
                                                        seat->world ? seat->world->vm : NULL};
}

static void stored(void *arg, const struct hart *h, u64 pa, unsigned size)
{
    struct isolation *iso = arg;
    struct seat *seat = &iso->seat[h->config.id];
    if (iso->violated) return;
    if (h->virt && !is_within(iso, seat->world, h, pa))
        violation(iso, seat->world, "stored %u bytes at 0x%" PRIx64 ", pc 0x%" PRIx64, size, pa,
                  h->pc);
    for (struct world *w = iso->worlds.first; w && !h->virt; w = w->next)
        if (reach_find(&w->reach, pa, size)) note_intrusion(seat, w, h, pa);
}

static void watch_stores(struct isolation *iso)
{
    if (!iso->watching) board_watch_all(iso->worlds.board, stored, iso);
    iso->watching = true;
}

/* ---- the observer ---- */

static void on_retire(void *arg, const struct hart *h, const struct commit *c)
{
    const struct seat *seat = arg;
    seat->next->retire(seat->next->arg, h, c);
}

static void on_trap(void *arg, const struct hart *h, const struct trap_event *e)
{
    struct seat *seat = arg;
    if (e->from_virt && !e->to_virt && seat->inside) leave(seat, h, e->cause);
    if (seat->next && seat->next->trap) seat->next->trap(seat->next->arg, h, e);
}

static void on_return(void *arg, const struct hart *h, const struct return_event *e)
{
    struct seat *seat = arg;
    if (seat->next && seat->next->returned) seat->next->returned(seat->next->arg, h, e);
    if (!e->from_virt && e->to_virt) enter(seat, h, e->pc);
}

/* What the guest's own accesses come to must be what its tables said at its entry. */
static void on_walk(void *arg, const struct hart *h, const struct walk_event *e)
{
    struct seat *seat = arg;
    struct isolation *iso = seat->iso;
    if (seat->next && seat->next->walked) seat->next->walked(seat->next->arg, h, e);
    if (iso->violated || !seat->inside || !h->virt || e->walk->outcome != WALK_OK) return;
    if (!is_within(iso, seat->world, h, e->walk->pa))
        violation(iso, seat->world, "is given 0x%" PRIx64 " for 0x%" PRIx64 ", pc 0x%" PRIx64,
                  e->walk->pa, e->va, h->pc);
}

static void on_device(void *arg, const struct hart *h, const struct device_event *e)
{
    const struct seat *seat = arg;
    seat->next->device(seat->next->arg, h, e);
}

const struct hart_observer *isolation_observer(struct isolation *iso, unsigned index,
                                               const struct hart_observer *next)
{
    struct seat *seat = &iso->seat[index];
    seat->next = next;
    seat->observer = (struct hart_observer){
        .arg = seat, .trap = on_trap, .returned = on_return, .walked = on_walk};
    if (next && next->retire) seat->observer.retire = on_retire;
    if (next && next->device) seat->observer.device = on_device;
    return &seat->observer;
}

/* ---- beginning and end ---- */

struct isolation *isolation_new(struct board *b, enum isolation_depth depth)
{
    unsigned harts = b->config.harts;
    struct isolation *iso = calloc(1, sizeof *iso + harts * sizeof iso->seat[0]);
    if (!iso) {
        complain("out of memory");
        return NULL;
    }
    iso->depth = depth;
    iso->seat_n = harts;
    for (unsigned i = 0; i < harts; i++) {
        iso->seat[i].iso = iso;
        iso->seat[i].index = i;
    }
    if (worlds_init(&iso->worlds, b)) return iso;
    isolation_free(iso);
    return NULL;
}

void isolation_free(struct isolation *iso)
{
    if (iso) worlds_free(&iso->worlds);
    free(iso);
}

static void report_world(const struct world *w)
{
    char digest[40] = "was not shut down by its own wish";
    if (w->digested) snprintf(digest, sizeof digest, "memory digest %016" PRIx64, w->digest);
    complain("isolation: VM '%s': %" PRIu64 " entries, %" PRIu64 " steps in %" PRIu64 " ns, %s",
             vm_name(w->vm), w->entries, w->steps, w->last_exit - w->first_entry, digest);
}

void isolation_report(struct isolation *iso)
{
    unsigned inside = 0;
    for (unsigned i = 0; i < iso->seat_n; i++) {
        if (!iso->seat[i].inside) continue;
        note_steps(&iso->seat[i], board_hart(iso->worlds.board, i));
        inside++;
    }
    for (const struct world *w = iso->worlds.first; w; w = w->next)
        if (w->entries) report_world(w);
    if (!iso->violated)
        complain("isolation: kept at %" PRIu64 " world entries, the last %" PRIu64
                 " ns before the end; harts in a VM at the end: %u",
                 iso->entries, now(iso) - iso->last_entry, inside);
}
