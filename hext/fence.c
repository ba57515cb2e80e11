#include "hext/fence.h"
#include "hart/context.h"
#include "hart/csr.h"

static u64 vmid_of(u64 hgatp)
{
    return (hgatp & HGATP_VMID) >> 44;
}
static u64 asid_of(u64 satp)
{
    return (satp & SATP_ASID) >> 44;
}

/* Does a fence concern the translations of a space? SFENCE.VMA with V=1 is HFENCE.VVMA. Global
 * mappings need not survive a fence with an ASID, so they do not. */
static bool concerns(const struct hart *h, enum fence_kind kind, const struct space *s, bool by_id,
                     u64 id)
{
    bool guest = kind != FENCE_VMA || h->virt;
    if (s->priv == PRIV_M || s->virt != guest) return false;
    if (kind == FENCE_GVMA) return !by_id || vmid_of(s->gatp) == (id & vmid_mask(h));
    if (guest && vmid_of(s->gatp) != vmid_of(h->hgatp)) return false;
    return !by_id || asid_of(s->atp) == (id & asid_mask(h));
}

static void fence_lazily(struct hart *h, enum fence_kind kind, const struct insn *i, u64 address,
                         u64 id)
{
    bool guest = kind == FENCE_VVMA || (kind == FENCE_VMA && h->virt), by_id = i->rs2 & 31;
    struct atc_fence f = {.by_address = i->rs1 & 31, .address = address};
    if (kind == FENCE_GVMA) {
        f.tables = (struct atc_tables){.kind = ATC_G, .vmid = (u16)(id & vmid_mask(h))};
        f.by_vmid = by_id;
        f.address = address << 2;
    } else {
        f.tables.kind = guest ? ATC_VS : ATC_HS;
        f.tables.vmid = guest ? (u16)vmid_of(h->hgatp) : 0;
        f.tables.asid = (u16)(id & asid_mask(h));
        f.by_vmid = guest;
        f.by_asid = by_id;
    }
    atc_fence(h->atc, &f);
}

/* A guest-physical address says nothing of the virtual ones that the TLB is tagged by, so
 * HFENCE.GVMA retires the whole context. Later walks must see what this hart's earlier stores have
 * led others to write (12.2.1): hence the host's fence. */
void hfence(struct hart *h, enum fence_kind kind, const struct insn *i, u64 address, u64 id)
{
    bool by_address = (i->rs1 & 31) && kind != FENCE_GVMA, by_id = i->rs2 & 31;
    if (RARE(h->atc)) fence_lazily(h, kind, i, address, id);
    if (h->config.monitor) __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (unsigned k = 0; k < h->translations->used; k++) {
        struct context *c = &h->translations->context[k];
        if (!concerns(h, kind, &h->translations->space[k], by_id, id)) continue;
        if (by_address)
            context_retire_page(h, c, address);
        else
            context_retire(h, c);
    }
}
