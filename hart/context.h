/* Translation contexts and the software TLB.
 *
 * A context stands for one space (mmu/space.h). Everything remembered about translations belongs to
 * a context, so a trap, a return, a world switch or a write of satp *selects* one and flushes
 * nothing; a fence retires what it names. Entries hold the combined translation of both stages. */
#ifndef HART_CONTEXT_H
#define HART_CONTEXT_H

#include "hart/state.h"

enum { CONTEXT_N = 256, TLB_N = 256, JUMP_N = 1024, TLB2_N = 16384 };
/* Of the translated tier (hart/jit/): sites, slots of code pages, entries of code. */
enum { SITE_N = 512, SLOT_N = 16384, ENTRY_N = 2048 };

/* A hit is one subtraction and one comparison: va - tag <= PAGE_SIZE - size. The host address is
 * va + add. An empty entry has a tag that nothing in its slot can hit. */
struct tlb_entry {
    u64 tag, add;
};

/* Where the code at a virtual pc has been decoded. Good while stamp is the context's code_stamp. */
struct jump {
    u64 pc, stamp;
    struct block *block;
};

/* Where the translated code for pc begins; good like a jump. 32 bytes, to be indexed by shifting.
 */
struct code_entry {
    u64 pc, stamp;
    const u8 *code;
    u64 unused;
};

/* Pages, hashed to bits: one that is not in it has not been noted. */
struct page_set {
    u64 word[128];
};

struct context {
    u64 tag_bits[2]; /* marks of this context's generation in second-level tags; [1]: of stores */
    u64 code_stamp;  /* moves on when code may have moved */
    u32 second_skew; /* sets off this context's entries in the second level: an index << 4 */
    struct tlb_entry load[TLB_N], store[TLB_N];
    u64 site_tag[2][SITE_N], site_add[2][SITE_N]; /* [1]: of stores; site_empty tags an empty one */
    u64 slot_stamp[SLOT_N]; /* the code_stamp at which the slot's code was last seen in its place */
    struct code_entry entry[ENTRY_N];
    struct jump jump[JUMP_N];
    struct walk_cache walks;
    struct space space;
    u64 last_use;
    /* Large pages are entered as 4 KiB pieces. These say in which 2 MiB and 1 GiB regions (hashed)
     * there may be several pieces of one leaf, which a fence with an address must retire as one. */
    u64 mega, giga;
    struct page_set pages, code_pages; /* that have been met; and those with code */
    bool larger;                       /* pieces of a leaf above 1 GiB */
    bool used, filled;
};

/* The second level, shared by all contexts. It lies right behind its hart in memory, so that
 * translated code reaches both from one register. */
struct translations {
    struct context context[CONTEXT_N];
    unsigned used;                     /* contexts [0, used) have been in use */
    unsigned sites[2], sites_taken[2]; /* and sites [0, sites), taken in turn; [1]: of stores */
    s32 site_patience[2][SITE_N];      /* failed checks until a host looks at what fails */
    u64 site_looked[2][SITE_N];        /* at how many steps it did last */
    u8 site_found[2][SITE_N];          /* how often, by then, the first level had the entry */
    struct context *of_mode[8];        /* by priv | virt << 2; NULL: find it */
    /* For finding contexts: the space of each, side by side; and by a hash of it, those found last.
     */
    struct space space[CONTEXT_N];
    struct context *found[CONTEXT_N];
    struct tlb_entry second[ACCESS_N][TLB2_N];
    u64 stamp, generation, clock;
    /* The tag of an empty site: the address of a page that no space has, neither canonical nor a
     * physical address. A guest that accessed it would not get its exception, so it cannot know
     * which one it is: it is drawn at the start, out of 2^50. */
    u64 site_empty;
};

void contexts_init(struct hart *h);

/* The space that an access at this effective privilege sees. */
struct space space_of(const struct hart *h, enum priv priv, bool virt);
/* The space of loads and stores now: MPRV counts. */
struct space space_of_data(const struct hart *h);
/* The same, as the present context has it; the reference stepper works it out anew, in *room. */
static inline const struct space *data_space(const struct hart *h, struct space *room)
{
    if (h->config.tier != TIER_STEP) return &h->data->space;
    *room = space_of_data(h);
    return room;
}
/* That of HLV and HSV: they act as the guest that SPVP names (22.3.1). */
struct space space_of_guest_access(const struct hart *h);

/* The mode changed: select its contexts. */
void context_look_up(struct hart *h);
static inline void context_select(struct hart *h)
{
    struct context *c = h->translations->of_mode[h->priv | (unsigned)h->virt << 2];
    if (LIKELY(c && h->priv != PRIV_M))
        h->code = h->data = c;
    else
        context_look_up(h);
}
/* Something that spaces are made of changed: forget which context each mode has, and select. */
void context_reselect(struct hart *h);

/* The context of a space, made if need be. Good until the next call. */
struct context *context_of(struct hart *h, const struct space *space);
/* That of HLV and HSV. */
struct context *context_of_guest_access(struct hart *h);

/* A site for a load or a store, in every context; of either there are SITE_N - 1 to be shared, from
 * 1 on. */
unsigned context_new_site(struct hart *h, bool store);

/* Host memory behind va for access of span bytes (within a page), with the translation now in the
 * tables; NULL when there is no plain way: a fault, a device, a flagged page, a partly protected
 * page. Then the stepper must do the access. */
u8 *tlb_fill(struct hart *h, struct context *c, u64 va, unsigned span, enum access access);
/* The same ahead of a store: NULL as well when its A and D bits are not set yet, since D must not
 * be set before the store is made (12.3.1). */
u8 *tlb_fill_early(struct hart *h, struct context *c, u64 va, unsigned span);

/* Code has been found at va: a fence for its page must make every way to code be looked at again.
 */
void context_note_code(struct context *c, u64 va);

/* Retire all, or the page of va (with all of the leaf that maps it). */
void context_retire(struct hart *h, struct context *c);
void context_retire_page(struct hart *h, struct context *c, u64 va);
void contexts_retire_all(struct hart *h); /* PMP changed */
void contexts_forget_stores(struct hart *h);
void contexts_forget_jumps(struct hart *h); /* blocks were dropped */

#endif
