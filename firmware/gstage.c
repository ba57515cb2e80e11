/* The G-stage: guest physical to machine addresses, filled on demand.
 *
 * A guest physical address, in the narrowest scheme (Sv39x4; each wider one has 9 bits more below
 * the root's, whose index is always 2 bits wider than the other levels'):
 *
 *     40        30 29      21 20      12 11         0
 *    | root (11)  |  VPN[1]  |  VPN[0]  |   offset   |
 */
#include "firmware/vmm.h"

enum { ROOT_SIZE = 4 * PAGE_SIZE, ROOT_ENTRIES = ROOT_SIZE / 8, TABLE_ENTRIES = PAGE_SIZE / 8 };

/* A and D are set ahead, unless the VM's memory is watched: a fault for each would cost. U because
 * every access through the G-stage counts as user's. */
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)

/* Of the bits that are software's: the memory is not the VM's own. */
#define PTE_FOREIGN BIT(8)

static bool is_leaf(u64 pte)
{
    return pte & (PTE_R | PTE_W | PTE_X);
}

static u64 pte_address(u64 pte)
{
    return pte >> PTE_PPN_SHIFT << PAGE_SHIFT;
}

static u64 pte_of(u64 address, u64 flags)
{
    return address >> PAGE_SHIFT << PTE_PPN_SHIFT | flags;
}

bool vm_has_ram(const struct vm *vm, u64 gpa, u64 size)
{
    u64 offset = gpa - GUEST_RAM_BASE;
    return offset <= vm->ram_size && size <= vm->ram_size - offset;
}

/* The root must be aligned to its 16 KiB; a block is, and shares its rest out as pages. */
bool gstage_init(struct vm *vm)
{
    u64 block = memory_alloc(BLOCK);
    if (!block) return false;
    vm->root = (u64 *)block;
    for (u64 page = block + ROOT_SIZE; page < block + BLOCK_SIZE; page += PAGE_SIZE)
        memory_free(page, PAGE);
    return true;
}

/* VMIDs are handed out in versions: when they run out, or memory that was a VM's becomes free, a
 * new version begins, and each hart drops every translation before it uses a VMID of that. (A hart
 * that still runs a VM under an older VMID harms nobody: TLBs are each hart's own.) With no VMID
 * bits at all a version has the one VMID 0, and this flushes at each change of VM, as it must. */
static u64 version = 1, next;

static void new_version(void)
{
    version++;
    next = 0;
}

static void free_table(u64 *table, unsigned entries, unsigned level)
{
    for (unsigned i = 0; i < entries; i++) {
        u64 pte = table[i], address = pte_address(pte);
        if (!(pte & PTE_V) || (pte & PTE_FOREIGN)) continue;
        if (!is_leaf(pte)) free_table((u64 *)address, TABLE_ENTRIES, level - 1);
        if (!is_leaf(pte) || level == 0)
            memory_free(address, PAGE);
        else
            for (u64 at = 0; at < memory_span(level); at += BLOCK_SIZE)
                memory_free(address + at, BLOCK);
    }
}

void gstage_free(struct vm *vm)
{
    free_table(vm->root, ROOT_ENTRIES, host.gstage_levels - 1);
    for (u64 i = 0; i < ROOT_SIZE; i += PAGE_SIZE) memory_free((u64)vm->root + i, PAGE);
    vm->root = NULL;
    /* The memory may soon be another VM's: no translation to it may survive. */
    new_version();
}

static u64 *entry_of(u64 *table, unsigned level, u64 gpa)
{
    u64 mask = level == host.gstage_levels - 1 ? ROOT_ENTRIES - 1 : TABLE_ENTRIES - 1;
    return &table[gpa / memory_span(level) & mask];
}

/* The last entry on the way to the address: a leaf, or an invalid one. */
static u64 *find(const struct vm *vm, u64 gpa, unsigned *level)
{
    *level = host.gstage_levels - 1;
    u64 *pte = entry_of(vm->root, *level, gpa);
    while ((*pte & PTE_V) && !is_leaf(*pte))
        pte = entry_of((u64 *)pte_address(*pte), --*level, gpa);
    return pte;
}

/* Puts an empty table where there is nothing; the next entry on the way, NULL: out of memory. */
static u64 *deepen(u64 *pte, unsigned *level, u64 gpa)
{
    u64 table = *level && !(*pte & PTE_V) ? memory_alloc(PAGE) : 0;
    if (!table) return NULL;
    __atomic_store_n(pte, pte_of(table, PTE_V), __ATOMIC_RELEASE);
    return entry_of((u64 *)table, --*level, gpa);
}

/* Memory for an entry of this level, 0 if it has to be smaller, or there is none left. A GiB takes
 * long to be zeroed: only at the start, for who wants his memory then. */
static u64 memory_for(const struct vm *vm, unsigned level, u64 gpa)
{
    unsigned largest = vm->watched ? PAGE : vm->prealloc ? GIGABYTE : BLOCK;
    u64 size = memory_span(level);
    bool fits = level <= largest && vm_has_ram(vm, gpa & ~(size - 1), size);
    return fits ? memory_alloc(level) : 0;
}

/* The leaf for an access, backed with memory if it was not yet; NULL if there is none left. */
static u64 *back(struct vm *vm, u64 gpa, bool store, unsigned *level)
{
    u64 *pte = find(vm, gpa, level);
    while (pte && !(*pte & PTE_V)) {
        u64 memory = memory_for(vm, *level, gpa);
        if (memory) {
            u64 leaf = pte_of(memory, vm->watched ? LEAF & ~(PTE_A | PTE_D) : LEAF);
            __atomic_store_n(pte, leaf, __ATOMIC_RELEASE); /* no hart sees what was there before */
            vm->stats.numbers[BACKED + *level]++;
        } else {
            pte = deepen(pte, level, gpa);
        }
    }
    u64 seen = PTE_A | (store || !vm->watched ? PTE_D : 0);
    if (pte && (*pte & seen) != seen) __atomic_fetch_or(pte, seen, __ATOMIC_RELAXED);
    return pte;
}

bool gstage_map(struct vm *vm, u64 gpa, u64 address, unsigned level)
{
    unsigned at;
    u64 *pte = find(vm, gpa, &at);
    while (pte && at > level) pte = deepen(pte, &at, gpa);
    if (!pte || (*pte & PTE_V)) return false;
    *pte = pte_of(address, (LEAF & ~PTE_X) | PTE_FOREIGN);
    return true;
}

u64 gstage_touch(struct vm *vm, u64 gpa, bool store)
{
    unsigned level;
    u64 *pte = vm_has_ram(vm, gpa, 1) ? back(vm, gpa, store, &level) : NULL;
    return pte ? pte_address(*pte) + gpa % memory_span(level) : 0;
}

/* That under which this hart runs its VM, which may have a newer one elsewhere. */
static u64 vmid_here(void)
{
    return csr_read(hgatp) >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
}

bool gstage_fault(struct vm *vm, u64 gpa, bool store)
{
    unsigned level, found;
    if (!vm_has_ram(vm, gpa, 1)) return false;
    u64 before = *find(vm, gpa, &found), *pte = back(vm, gpa, store, &level);
    if (!pte) return false;
    /* This hart may have cached the entry as it was. (Another one that has will come here, too.) A
     * fence of one address covers leaves only; if there was nothing to change, nobody knows what
     * this hart has cached. */
    if (level == found && *pte != before)
        hfence_gvma_page(gpa, vmid_here());
    else
        hfence_gvma_vmid(vmid_here());
    return true;
}

/* ---- which pages a VM uses and changes ----
 *
 * While a VM is watched all its leaves are of 4 KiB, and begin without A and D. Who sets them is
 * the hart (Svadu), or else it faults, and back() does. Clearing them again takes a fence on each
 * hart that may have cached them; what is stored until that is done belongs to what was collected.
 */

/* Makes a leaf a table of smaller ones. */
static bool split(u64 *pte, unsigned level)
{
    u64 *table = (u64 *)memory_alloc(PAGE), leaf = *pte;
    if (!table) return false;
    for (u64 i = 0; i < TABLE_ENTRIES; i++)
        table[i] = pte_of(pte_address(leaf) + i * memory_span(level - 1), LEAF);
    __atomic_store_n(pte, pte_of((u64)table, PTE_V), __ATOMIC_RELEASE);
    return true;
}

static bool watch_table(u64 *table, unsigned entries, unsigned level)
{
    for (u64 *pte = table; pte < table + entries; pte++) {
        if (!(*pte & PTE_V) || (*pte & PTE_FOREIGN)) continue;
        if (is_leaf(*pte) && level && !split(pte, level)) return false;
        if (level == 0)
            __atomic_fetch_and(pte, ~(PTE_A | PTE_D), __ATOMIC_RELAXED);
        else if (!watch_table((u64 *)pte_address(*pte), TABLE_ENTRIES, level - 1))
            return false;
    }
    return true;
}

bool gstage_watch(struct vm *vm)
{
    vm->watched = watch_table(vm->root, ROOT_ENTRIES, host.gstage_levels - 1);
    gstage_fence(vm);
    return vm->watched;
}

/* Of the 64 pages at gpa, a bit for each that has the flag, which is cleared. */
static u64 collect(const struct vm *vm, u64 gpa, u64 flag)
{
    unsigned level;
    u64 bits = 0, *pte = find(vm, gpa, &level);
    for (unsigned i = 0; level == 0 && i < 64; i++)
        if (pte[i] & flag) {
            __atomic_fetch_and(&pte[i], ~flag, __ATOMIC_RELAXED);
            bits |= BIT(i);
        }
    return bits;
}

u64 gstage_collect(struct vm *vm, u64 flag, u64 page, u64 *bitmap, u64 words)
{
    u64 count = 0;
    for (u64 i = 0; i < words; i++) {
        u64 gpa = GUEST_RAM_BASE + (page + i * 64) * PAGE_SIZE;
        u64 bits = vm_has_ram(vm, gpa, 1) ? collect(vm, gpa, flag) : 0;
        if (bitmap) bitmap[i] = bits;
        for (; bits; bits &= bits - 1) count++;
    }
    if (flag == PTE_D) vm->stats.numbers[CHANGED] += count;
    return count;
}

void gstage_fence(struct vm *vm)
{
    vm->stale_harts = ~0u;
    world_fence(vm, ~0ull);
}

void gstage_catch_up(struct vm *vm)
{
    u32 hart = (u32)BIT(this_hart() - harts);
    if (vm->stale_harts & hart) hfence_gvma_vmid(vmid_here());
    vm->stale_harts &= ~hart;
}

/* Copies page by page, in the direction asked for. */
static bool copy(struct vm *vm, u64 gpa, u8 *buffer, u64 size, bool to_guest)
{
    if (!vm_has_ram(vm, gpa, size)) return false;
    while (size) {
        u64 n = min(size, PAGE_SIZE - gpa % PAGE_SIZE), address = gstage_touch(vm, gpa, to_guest);
        if (!address) return false;
        if (to_guest)
            memcpy((void *)address, buffer, n);
        else
            memcpy(buffer, (void *)address, n);
        gpa += n;
        buffer += n;
        size -= n;
    }
    return true;
}

bool gstage_write(struct vm *vm, u64 gpa, const void *from, u64 size)
{
    return copy(vm, gpa, (u8 *)(uintptr_t)from, size, true);
}

bool gstage_read(struct vm *vm, u64 gpa, void *to, u64 size)
{
    return copy(vm, gpa, to, size, false);
}

/* A VMID that is new may have been another VM's: HFENCE.GVMA drops what led to machine addresses
 * under it, but the VS-stage's own entries are HFENCE.VVMA's, which world.c uses on a hart where
 * none of the VM's vCPUs has been. */
static void renew_vmid(struct vm *vm)
{
    if (next > host.vmid_max) new_version();
    vm->vmid = next++;
    vm->vmid_version = version;
    memset(vm->last_vcpu, 0, sizeof vm->last_vcpu);
}

void gstage_select(struct vm *vm)
{
    if (vm->vmid_version != version) renew_vmid(vm);
    if (this_hart()->vmid_version != version) hfence_gvma_all();
    this_hart()->vmid_version = version;
    csr_write(hgatp, host.gstage_mode << ATP_MODE_SHIFT | vm->vmid << HGATP_VMID_SHIFT |
                         (u64)vm->root >> PAGE_SHIFT);
}
