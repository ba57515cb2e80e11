#include "hart/imsic.h"

#include <stdlib.h>
#include <string.h>

/* Numbers that select a file's registers ("CSRs for external interrupts via an IMSIC"). With XLEN
 * 64 the arrays' odd numbers name nothing. */
enum { EIDELIVERY = 0x70, EITHRESHOLD = 0x72, EIP = 0x80, EIE = 0xc0 };

bool imsic_init(struct hart *h)
{
    if (!h->config.imsic) return true;
    unsigned guests = isa_has(h->isa, EXT_H) ? h->config.geilen : 0;
    unsigned n = MSI_FILE_S + 1 + guests;
    h->imsic = calloc(1, sizeof *h->imsic + n * sizeof h->imsic->file[0]);
    if (h->imsic) h->imsic->file_n = n;
    return h->imsic;
}

void imsic_reset(struct hart *h)
{
    if (h->imsic) memset(h->imsic->file, 0, h->imsic->file_n * sizeof h->imsic->file[0]);
}

unsigned imsic_top(const struct hart *h, unsigned file)
{
    const struct interrupt_file *f = &h->imsic->file[file];
    for (unsigned w = 0; w < FILE_WORDS; w++) {
        u64 ready = f->eip[w] & f->eie[w];
        if (!ready) continue;
        unsigned identity = w * 64 + (unsigned)__builtin_ctzll(ready);
        return f->eithreshold && identity >= f->eithreshold ? 0 : identity;
    }
    return 0;
}

/* The file's signal to the hart ("Interrupt delivery and handling"). */
static void signal(struct hart *h, unsigned file)
{
    bool level = h->imsic->file[file].eidelivery && imsic_top(h, file);
    if (file == MSI_FILE_M)
        hart_line(h, LINE_MEI, level);
    else if (file == MSI_FILE_S)
        hart_line(h, LINE_SEI, level);
    else
        hart_guest_line(h, file - MSI_FILE_S, level);
}

/* The array word that a number selects; NULL: it is no array's, or all zero in it. */
static u64 *array_word(struct interrupt_file *f, u64 select)
{
    u64 w = select % (EIE - EIP) / 2;
    if (select < EIP || w >= FILE_WORDS) return NULL;
    return select < EIE ? &f->eip[w] : &f->eie[w];
}

u64 imsic_read(const struct hart *h, unsigned file, u64 select)
{
    struct interrupt_file *f = &h->imsic->file[file];
    if (select == EIDELIVERY) return f->eidelivery;
    if (select == EITHRESHOLD) return f->eithreshold;
    const u64 *word = array_word(f, select);
    return word ? *word : 0;
}

void imsic_write(struct hart *h, unsigned file, u64 select, u64 value)
{
    struct interrupt_file *f = &h->imsic->file[file];
    u64 *word = array_word(f, select);
    if (select == EIDELIVERY) f->eidelivery = value & 1;
    if (select == EITHRESHOLD) f->eithreshold = value & MSI_IDENTITIES;
    if (word) *word = value;
    f->eip[0] &= ~1ull; /* there is no identity 0 */
    f->eie[0] &= ~1ull;
    signal(h, file);
}

void imsic_claim(struct hart *h, unsigned file)
{
    unsigned identity = imsic_top(h, file);
    h->imsic->file[file].eip[identity / 64] &= ~BIT(identity % 64);
    signal(h, file);
}

void hart_msi(struct hart *h, unsigned file, u64 identity)
{
    if (!h->imsic || file >= h->imsic->file_n || !identity || identity > MSI_IDENTITIES) return;
    h->imsic->file[file].eip[identity / 64] |= BIT(identity % 64);
    signal(h, file);
}
