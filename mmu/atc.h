/* An address-translation cache that keeps what it may for as long as it may.
 *
 * "The results of implicit address-translation reads in step 2 may be held in a read-only,
 * incoherent address-translation cache" (12.3.2). This one holds the entries of every level, valid
 * or not, of up to ATC_ENTRY_N reads, until a fence retires them, and a fence retires no more than
 * it must: software that lacks a fence, or has one for the wrong address, ASID or VMID, gets the
 * old translation, always. What lets hardware be stale is followed to the letter:
 *
 *   - an entry serves every root that is loaded with its ASID and VMID, and every width of virtual
 *     addresses (12.2.1); where the G bit is set on the way, every ASID, and fences for one ASID
 *     leave it;
 *   - a fence with an address leaves entries that point to further tables;
 *   - leaves keep the meaning that ADUE and PBMTE gave to them;
 *   - the two stages are cached apart, and HFENCE.GVMA retires G-stage entries alone (22.3.2);
 *   - the G-stage's identity mapping is cached while hgatp is Bare.
 *
 * It is searched before memory, the last level first. */
#ifndef MMU_ATC_H
#define MMU_ATC_H

#include "hart/types.h"

enum { ATC_ENTRY_N = 1 << 14 };

/* Whose page tables: those of satp, of vsatp in one virtual machine, of hgatp. */
struct atc_tables {
    u8 kind;  /* enum atc_kind */
    u16 vmid; /* ATC_HS: 0 */
    u16 asid; /* ATC_G: 0 */
};
enum atc_kind { ATC_HS, ATC_VS, ATC_G };

struct atc_entry {
    u64 page;  /* addresses that it is for, >> shift */
    u64 pte;   /* as it was read */
    u64 where; /* there, as its stage sees it */
    struct atc_tables tables;
    u8 level, shift;
    bool used;
    bool global;      /* G was set in it or on the way to it */
    bool pointer;     /* to a further table, and nothing is wrong with it */
    bool adue, pbmte; /* as they were then */
};

struct atc;

/* Without keep_invalid, entries whose V bit is clear are not held: Svvptc. NULL: out of memory. */
struct atc *atc_new(bool keep_invalid);
void atc_free(struct atc *a);
void atc_clear(struct atc *a);

/* The entry for va of the lowest level below levels; NULL: none. Good until the next atc_keep. */
const struct atc_entry *atc_find(struct atc *a, struct atc_tables tables, u64 va, unsigned levels);

/* Hold an entry in place of the one like it; drop it. */
void atc_keep(struct atc *a, const struct atc_entry *entry);
void atc_drop(struct atc *a, const struct atc_entry *entry);

/* SFENCE.VMA, HFENCE.VVMA, HFENCE.GVMA. What is not asked for by its flag is not looked at. */
struct atc_fence {
    struct atc_tables tables;
    bool by_vmid, by_asid, by_address;
    u64 address;
};
void atc_fence(struct atc *a, const struct atc_fence *fence);

#endif
