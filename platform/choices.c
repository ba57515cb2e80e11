#include "platform/choices.h"

#include "mmu/walk.h"
#include "platform/message.h"
#include "platform/values.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { ASID_MAX = 16, VMID_MAX = 14, GEILEN_MAX = 63 };

void choices_default(struct options *o)
{
    o->geilen = GEILEN_MAX;
}

/* ---- one of two, the richer one first ---- */

static bool is_word(const char *word, const char *text, size_t length)
{
    return strlen(word) == length && strncasecmp(word, text, length) == 0;
}

static bool choose(const char *option, const char *value, const char *rich, const char *poor,
                   bool *poorer)
{
    const char *const words[] = {rich, poor, NULL};
    unsigned which;
    if (!take_word(option, value, words, &which)) return false;
    *poorer = which;
    return true;
}

bool choose_misaligned(struct options *o, const char *value)
{
    return choose("--misaligned", value ? value : "allow", "allow", "trap",
                  &o->hart.trap_misaligned);
}

bool choose_tinst(struct options *o, const char *value)
{
    return choose("--tinst", value, "transformed", "zero", &o->hart.zero_tinst);
}

bool choose_tval(struct options *o, const char *value)
{
    return choose("--tval", value, "instruction", "zero", &o->hart.zero_tval);
}

/* ---- numbers ---- */

static bool choose_bits(const char *option, const char *value, u64 max, u8 *cut)
{
    u64 n;
    if (!take_number(option, value, 0, max, &n)) return false;
    *cut = (u8)(max - n);
    return true;
}

bool choose_asid_bits(struct options *o, const char *value)
{
    return choose_bits("--asid-bits", value, ASID_MAX, &o->hart.asid_cut);
}

bool choose_vmid_bits(struct options *o, const char *value)
{
    return choose_bits("--vmid-bits", value, VMID_MAX, &o->hart.vmid_cut);
}

bool choose_geilen(struct options *o, const char *value)
{
    u64 n;
    if (!take_number("--geilen", value, 0, GEILEN_MAX, &n)) return false;
    o->geilen = (u8)n;
    return true;
}

/* The value is QEMU's, and what aia-guests is there. */
bool choose_aia(struct options *o, const char *value)
{
    static const char *const names[] = {"none", "aplic", "aplic-imsic"};
    static const char guests[] = ",guests=";
    size_t length = strcspn(value, ",");
    const char *rest = value + length;
    u64 n = 0;
    unsigned k = 0;
    while (k < 3 && !is_word(names[k], value, length)) k++;
    if (k == 3)
        return complain("--aia takes none, aplic, or aplic-imsic[,guests=N], not '%s'", value);
    if (*rest && (k != AIA_APLIC_IMSIC || strncmp(rest, guests, strlen(guests)) != 0))
        return complain("--aia=%s: what may follow is aplic-imsic,guests=N", value);
    if (*rest && !take_number("--aia's guests", rest + strlen(guests), 0, GEILEN_MAX, &n))
        return false;
    o->aia = (enum board_aia)k;
    o->aia_guests = (u8)n;
    return true;
}

/* ---- lists of modes ---- */

static const struct mode {
    enum atp_mode mode;
    const char *satp, *hgatp;
    enum isa_extension extension;
} modes[] = {
    {ATP_SV39, "sv39", "sv39x4", EXT_SV39},
    {ATP_SV48, "sv48", "sv48x4", EXT_SV48},
    {ATP_SV57, "sv57", "sv57x4", EXT_SV57},
};
enum { MODE_N = sizeof modes / sizeof modes[0] };

/* The bit of the mode with this name; 0: Bare, which is there in any case; ~0: no such name. */
static u16 mode_bit(const char *text, size_t length, bool is_hgatp)
{
    if (is_word("bare", text, length)) return 0;
    for (unsigned k = 0; k < MODE_N; k++)
        if (is_word(is_hgatp ? modes[k].hgatp : modes[k].satp, text, length))
            return (u16)BIT(modes[k].mode);
    return (u16)~0;
}

static bool choose_modes(const char *option, const char *value, bool is_hgatp, u16 *cut)
{
    *cut = BIT(ATP_SV39) | BIT(ATP_SV48) | BIT(ATP_SV57);
    for (const char *p = value;; p++) {
        size_t length = strcspn(p, ",");
        u16 bit = mode_bit(p, length, is_hgatp);
        if (bit == (u16)~0)
            return complain("%s takes a list of bare, %s, not '%s'", option,
                            is_hgatp ? "sv39x4, sv48x4 and sv57x4" : "sv39, sv48 and sv57", value);
        *cut &= (u16)~bit;
        p += length;
        if (!*p) return true;
    }
}

/* "Implementations that support Sv48 must also support Sv39", and Sv57, Sv48 (12.5, 12.6). */
bool choose_satp_modes(struct options *o, const char *value)
{
    u16 cut;
    if (!choose_modes("--satp-modes", value, false, &cut)) return false;
    for (unsigned k = 1; k < MODE_N; k++)
        if (!(cut >> modes[k].mode & 1) && (cut >> modes[k - 1].mode & 1))
            return complain("--satp-modes=%s: where there is %s there must be %s; add it", value,
                            modes[k].satp, modes[k - 1].satp);
    o->hart.satp_cut = cut;
    o->satp_modes_given = true;
    return true;
}

bool choose_hgatp_modes(struct options *o, const char *value)
{
    return choose_modes("--hgatp-modes", value, true, &o->hart.hgatp_cut);
}

/* ---- A and D ---- */

bool choose_ad(struct options *o, const char *value)
{
    static const char *const words[] = {"isa", "trap", "hardware", NULL};
    unsigned which;
    if (!take_word("--ad", value, words, &which)) return false;
    o->ad = (enum ad)which;
    return true;
}

/* ---- fences ---- */

bool choose_tlb(struct options *o, const char *value)
{
    static const char *const words[] = {"tier", "strict", "lazy", NULL};
    unsigned which;
    if (!take_word("--tlb", value, words, &which)) return false;
    o->hart.tlb = (enum hart_tlb)which;
    return true;
}

/* ---- the ISA follows ---- */

/* A board with an APLIC has harts that know of it; with IMSICs, as many guest external interrupts
 * as there are guest files. */
static void settle_aia(struct options *o)
{
    if (o->aia != AIA_NONE) isa_add(&o->isa, EXT_SMAIA);
    o->hart.imsic = o->aia == AIA_APLIC_IMSIC;
    o->hart.geilen = o->hart.imsic ? o->aia_guests : o->geilen;
}

/* An --isa that names modes has these and no others. */
static u16 modes_not_named(const struct isa *isa)
{
    u16 cut = 0;
    for (unsigned k = 0; k < MODE_N; k++)
        if (!isa_has(isa, modes[k].extension)) cut |= (u16)BIT(modes[k].mode);
    return isa_has(isa, EXT_SV39) ? cut : 0;
}

static void settle_modes(struct options *o)
{
    if (!o->satp_modes_given) o->hart.satp_cut = modes_not_named(&o->isa);
    for (unsigned k = 0; k < MODE_N; k++)
        if (o->hart.satp_cut >> modes[k].mode & 1) isa_remove(&o->isa, modes[k].extension);
    if (o->hart.hgatp_cut & ~o->hart.satp_cut) isa_remove(&o->isa, EXT_SHGATPA);
}

static void settle_ad(struct options *o)
{
    if (o->ad != AD_ISA) isa_remove(&o->isa, EXT_SVADU);
    if (o->ad == AD_HARDWARE) isa_remove(&o->isa, EXT_SVADE);
    o->hart.always_ad = o->ad == AD_HARDWARE;
}

static void note_losses(isa_set lost)
{
    char text[256];
    size_t n = 0;
    for (unsigned e = 0; e < EXT_NAMED_N && n < sizeof text; e++)
        if (lost >> e & 1)
            n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", isa_name(e));
    complain("note: other options take %s from the ISA given", text);
}

void choices_settle(struct options *o)
{
    o->isa = o->asked;
    if (o->hart.trap_misaligned) isa_remove(&o->isa, EXT_ZICCLSM);
    if (o->hart.zero_tval) isa_remove(&o->isa, EXT_SSTVALA);
    if (o->hart.zero_tval) isa_remove(&o->isa, EXT_SHVSTVALA);
    settle_modes(o);
    settle_ad(o);
    settle_aia(o);
    if (o->isa_given && o->asked.set & ~o->isa.set) note_losses(o->asked.set & ~o->isa.set);
}
