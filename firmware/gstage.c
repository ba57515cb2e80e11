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
    u64 block = block_alloc();
    if (!block) return false;
    vm->root = (u64 *)block;
    for (u64 page = block + ROOT_SIZE; page < block + BLOCK_SIZE; page += PAGE_SIZE)
        page_free(page);
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
    new_version();
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

/* Backs the address with memory if it is not yet, and tells what had to be added for that. */
static u64 walk(struct vm *vm, u64 gpa, bool *new_table, bool *new_leaf)
{
    u64 *table = vm->root;
    for (unsigned level = host.gstage->levels - 1;; level--) {
        u64 *pte = entry_of(table, level, gpa);
        if (!(*pte & PTE_V) && back_with_memory(vm, pte, level, gpa)) *new_leaf = true;
        if (!(*pte & PTE_V)) {
            u64 next_table = level ? page_alloc() : 0;
            if (!next_table) return 0;
            *pte = pte_of(next_table, PTE_V);
            *new_table = true;
        }
        if (is_leaf(*pte)) return pte_address(*pte) + (gpa & (BIT(PAGE_SHIFT + 9 * level) - 1));
        table = (u64 *)pte_address(*pte);
    }
}

bool gstage_map(struct vm *vm, u64 gpa, u64 address, unsigned level)
{
    u64 *table = vm->root;
    for (unsigned at = host.gstage->levels - 1; at > level; at--) {
        u64 *pte = entry_of(table, at, gpa), page = *pte & PTE_V ? pte_address(*pte) : page_alloc();
        if (!page || is_leaf(*pte)) return false;
        *pte = pte_of(page, PTE_V);
        table = (u64 *)page;
    }
    *entry_of(table, level, gpa) = pte_of(address, (LEAF & ~PTE_X) | PTE_FOREIGN);
    return true;
}

u64 gstage_touch(struct vm *vm, u64 gpa)
{
    bool new_table = false, new_leaf = false;
    return vm_has_ram(vm, gpa, 1) ? walk(vm, gpa, &new_table, &new_leaf) : 0;
}

bool gstage_fault(struct vm *vm, u64 gpa)
{
    bool new_table = false, new_leaf = false;
    if (!vm_has_ram(vm, gpa, 1) || !walk(vm, gpa, &new_table, &new_leaf)) return false;
    /* This hart may have cached the invalid entry. (Another one that has will come here, too.) A
     * fence of one address covers leaves only; if there was nothing to add, nobody knows what this
     * hart has cached. */
    u64 vmid = csr_read(CSR_HGATP) >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
    if (new_leaf && !new_table)
        hfence_gvma_page(gpa, vmid);
    else
        hfence_gvma_vmid(vmid);
    return true;
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
    csr_write(CSR_HGATP, host.gstage->mode << ATP_MODE_SHIFT | vm->vmid << HGATP_VMID_SHIFT |
                             (u64)vm->root >> PAGE_SHIFT);
}
