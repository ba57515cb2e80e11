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

/* A and D are set ahead: nobody reads them yet, and a fault for each would cost. U because every
 * access through the G-stage counts as user's. */
#define LEAF (PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D)

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
    u64 block = block_alloc();
    if (!block) return false;
    vm->root = (u64 *)block;
    for (u64 page = block + ROOT_SIZE; page < block + BLOCK_SIZE; page += PAGE_SIZE)
        page_free(page);
    return true;
}

static void free_table(u64 *table, unsigned entries, unsigned level)
{
    for (unsigned i = 0; i < entries; i++) {
        u64 pte = table[i], address = pte_address(pte);
        if (!(pte & PTE_V)) continue;
        if (!is_leaf(pte)) free_table((u64 *)address, TABLE_ENTRIES, level - 1);
        if (is_leaf(pte) && level == 1)
            block_free(address);
        else
            page_free(address);
    }
}

void gstage_free(struct vm *vm)
{
    free_table(vm->root, ROOT_ENTRIES, host.gstage->levels - 1);
    for (u64 i = 0; i < ROOT_SIZE; i += PAGE_SIZE) page_free((u64)vm->root + i);
    vm->root = NULL;
    /* The memory may soon be another VM's: no translation to it may survive. */
    hfence_gvma_vmid(vm->vmid);
}

static u64 *entry_of(u64 *table, unsigned level, u64 gpa)
{
    u64 mask = level == host.gstage->levels - 1 ? ROOT_ENTRIES - 1 : TABLE_ENTRIES - 1;
    return &table[gpa >> (PAGE_SHIFT + 9 * level) & mask];
}

/* Backs the invalid entry of level 0 or 1 with memory; at level 1 only where the whole block is the
 * VM's RAM and the machine has such a block left. */
static bool back_with_memory(const struct vm *vm, u64 *pte, unsigned level, u64 gpa)
{
    u64 memory = 0;
    if (level == 1 && vm_has_ram(vm, gpa & ~(u64)(BLOCK_SIZE - 1), BLOCK_SIZE))
        memory = block_alloc();
    else if (level == 0)
        memory = page_alloc();
    if (memory) *pte = pte_of(memory, LEAF);
    return memory != 0;
}

u64 gstage_touch(struct vm *vm, u64 gpa)
{
    if (!vm_has_ram(vm, gpa, 1)) return 0;
    u64 *table = vm->root;
    bool new_table = false;
    for (unsigned level = host.gstage->levels - 1;; level--) {
        u64 *pte = entry_of(table, level, gpa);
        if (!(*pte & PTE_V) && !back_with_memory(vm, pte, level, gpa)) {
            u64 next = level ? page_alloc() : 0;
            if (!next) return 0;
            *pte = pte_of(next, PTE_V);
            new_table = true;
        }
        if (is_leaf(*pte)) {
            u64 offset = gpa & (BIT(PAGE_SHIFT + 9 * level) - 1);
            /* An invalid entry may have been cached. A fence of one address covers leaves only. */
            if (new_table)
                hfence_gvma_vmid(vm->vmid);
            else
                hfence_gvma_page(gpa, vm->vmid);
            return pte_address(*pte) + offset;
        }
        table = (u64 *)pte_address(*pte);
    }
}

/* Copies page by page, in the direction asked for. */
static bool copy(struct vm *vm, u64 gpa, u8 *buffer, u64 size, bool to_guest)
{
    if (!vm_has_ram(vm, gpa, size)) return false;
    while (size) {
        u64 n = PAGE_SIZE - gpa % PAGE_SIZE, address = gstage_touch(vm, gpa);
        if (!address) return false;
        if (n > size) n = size;
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

/* VMIDs are handed out in versions: when they run out, every translation is dropped and a new
 * version begins. With no VMID bits at all a version has the one VMID 0, and this flushes at each
 * change of VM, as it must. */
static bool renew_vmid(struct vm *vm)
{
    static u64 version = 1, next;
    if (vm->vmid_version == version) return false;
    if (next > host.vmid_max) {
        hfence_gvma_all();
        version++;
        next = 0;
    }
    vm->vmid = next++;
    vm->vmid_version = version;
    return true;
}

bool gstage_select(struct vm *vm)
{
    bool renewed = renew_vmid(vm);
    csr_write(CSR_HGATP, host.gstage->mode << ATP_MODE_SHIFT | vm->vmid << HGATP_VMID_SHIFT |
                             (u64)vm->root >> PAGE_SHIFT);
    return renewed;
}
