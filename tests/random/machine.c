#include "tests/random/machine.h"
#include "hart/csrbits.h"
#include "hart/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static u64 mix(u64 a, u64 b)
{
    return (a ^ b) * 0x9e3779b97f4a7c15u + (a >> 29);
}

/* ---- the bus ---- */

/* RAM page number of pa; RAM_PAGE_N: it is not RAM. */
static unsigned page_number(u64 pa)
{
    if (pa - MAIN_PA < MAIN_PAGE_N * PAGE_SIZE) return (unsigned)((pa - MAIN_PA) >> PAGE_SHIFT);
    if (pa - VAULT_PA < VAULT_PAGE_N * PAGE_SIZE)
        return MAIN_PAGE_N + (unsigned)((pa - VAULT_PA) >> PAGE_SHIFT);
    return RAM_PAGE_N;
}

/* Pages that are neighbours are none in host memory: an access that runs over a page's end must not
 * happen to find the right bytes there. */
static u64 host_offset(unsigned page)
{
    return (u64)(page * 37 % RAM_PAGE_N) * PAGE_SIZE;
}

static struct ram_page ram_page(void *machine, u64 pa)
{
    struct machine *m = machine;
    unsigned n = page_number(pa);
    if (n == RAM_PAGE_N) return (struct ram_page){NULL, NULL};
    return (struct ram_page){m->ram + host_offset(n), &m->flags[n]};
}

static bool takes(u64 pa, unsigned size, u64 *offset)
{
    *offset = pa - DEVICE_PA;
    return *offset < DEVICE_SIZE && (*offset < DEVICE_NARROW || size == 4);
}

static bool device_load(void *machine, u64 pa, unsigned size, u64 *value)
{
    struct machine *m = machine;
    u64 offset;
    if (!takes(pa, size, &offset)) return false;
    m->device = mix(m->device, offset << 8 | size);
    *value = m->device & (~0ull >> (64 - 8 * size));
    return true;
}

static bool device_store(void *machine, u64 pa, unsigned size, u64 value)
{
    struct machine *m = machine;
    u64 offset;
    if (!takes(pa, size, &offset)) return false;
    m->device = mix(m->device, value ^ offset << 8 ^ size);
    if ((offset & ~7ull) == DEVICE_LINES) machine_lines(m, value);
    if ((offset & ~7ull) == DEVICE_YIELD) hart_yield(m->hart);
    if ((offset & ~7ull) == DEVICE_YIELD && m->second) hart_yield(m->second);
    return true;
}

static void stored(void *machine, u64 pa, unsigned size)
{
    struct machine *m = machine;
    u8 *flags = &m->flags[page_number(pa)];
    if (*flags & PAGE_WATCH) m->watched = mix(m->watched, pa << 8 | size);
    if (!(*flags & PAGE_CODE)) return;
    *flags &= (u8)~PAGE_CODE;
    hart_forget_code(m->hart, pa);
    if (m->second) hart_forget_code(m->second, pa);
}

static void code_page(void *machine, u64 pa)
{
    struct machine *m = machine;
    (void)pa;
    hart_forget_stores(m->hart);
    if (m->second) hart_forget_stores(m->second);
}

static u64 steps_made(const struct machine *m)
{
    return hart_steps(m->hart) + (m->second ? hart_steps(m->second) : 0) + m->waited;
}

static u64 now(void *machine)
{
    const struct machine *m = machine;
    return steps_made(m) >> m->ticks_shift;
}

/* ---- the machine ---- */

static void *must(void *memory)
{
    if (memory) return memory;
    fprintf(stderr, "random: out of memory; close other programs and try again\n");
    exit(2);
}

static void choose_isa(struct isa *isa, bool compressed)
{
    isa_default(isa);
    if (compressed) return;
    isa->set &= ~(ISA_SET(EXT_C) | ISA_SET(EXT_ZCA) | ISA_SET(EXT_ZCB) | ISA_SET(EXT_ZCD) |
                  ISA_SET(EXT_ZCMOP));
}

static struct hart *new_hart(const struct program *p, const struct hart_config *config,
                             const struct bus *bus, u64 entry)
{
    struct hart *h = must(hart_new(config, bus));
    hart_reset(h, entry);
    memcpy(h->x, p->x, sizeof p->x);
    memcpy(h->f, p->f, sizeof p->f);
    return h;
}

static void add_second(struct machine *m, const struct program *p, struct hart_config config,
                       const struct bus *bus)
{
    m->second_isa = m->isa;
    isa_remove(&m->second_isa, EXT_H);
    config.isa = &m->second_isa;
    config.id = 1;
    m->second = new_hart(p, &config, bus, p->second_entry);
}

struct machine *machine_new(const struct program *p, enum hart_tier tier)
{
    struct machine *m = must(calloc(1, sizeof *m));
    struct hart_config config = {.isa = &m->isa,
                                 .tier = tier,
                                 .heat = p->heat,
                                 .trap_misaligned = p->trap_misaligned,
                                 .geilen = GUEST_LINE_N};
    choose_isa(&m->isa, p->compressed);
    struct bus bus = {m, ram_page, device_load, device_store, stored, code_page, now};
    m->ram = must(aligned_alloc(PAGE_SIZE, RAM_SIZE));
    for (unsigned n = 0; n < RAM_PAGE_N; n++)
        memcpy(m->ram + host_offset(n), p->image + (u64)n * PAGE_SIZE, PAGE_SIZE);
    m->ticks_shift = p->ticks_shift;
    if (p->watched_page) m->flags[p->watched_page] = PAGE_WATCH;
    m->hart = new_hart(p, &config, &bus, p->entry);
    if (p->second_entry) add_second(m, p, config, &bus);
    return m;
}

void machine_free(struct machine *m)
{
    hart_free(m->hart);
    hart_free(m->second);
    free(m->ram);
    free(m);
}

void machine_lines(struct machine *m, u64 lines)
{
    static const enum hart_line all[] = {LINE_MSI, LINE_MTI, LINE_SEI, LINE_MEI};
    for (unsigned k = 0; k < sizeof all / sizeof all[0]; k++)
        hart_line(m->hart, all[k], lines >> all[k] & 1);
    for (unsigned n = 1; n <= GUEST_LINE_N; n++)
        hart_guest_line(m->hart, n, lines >> (FIRST_GUEST_LINE - 1 + n) & 1);
}

u64 machine_steps_until(const struct machine *m, u64 deadline)
{
    u64 made = steps_made(m), due = deadline << m->ticks_shift;
    return deadline >> (63 - m->ticks_shift) || due <= made ? ~0ull : due - made;
}

bool machine_memory_differs(const struct machine *a, const struct machine *b, char *what,
                            size_t size)
{
    if (memcmp(a->ram, b->ram, RAM_SIZE) == 0) return false;
    unsigned n = 0, at = 0;
    while (memcmp(a->ram + host_offset(n), b->ram + host_offset(n), PAGE_SIZE) == 0) n++;
    const u8 *pa = a->ram + host_offset(n), *pb = b->ram + host_offset(n);
    while (pa[at] == pb[at]) at++;
    u64 base = n < MAIN_PAGE_N ? MAIN_PA : VAULT_PA - (u64)MAIN_PAGE_N * PAGE_SIZE;
    snprintf(what, size, "memory at 0x%llx is 0x%02x and 0x%02x",
             (unsigned long long)(base + (u64)n * PAGE_SIZE + at), pa[at], pb[at]);
    return true;
}

bool machine_device_differs(const struct machine *a, const struct machine *b, char *what,
                            size_t size)
{
    if (a->device == b->device && a->watched == b->watched) return false;
    snprintf(what, size, "the %s saw other accesses",
             a->device == b->device ? "watched page" : "device");
    return true;
}
