#include "hart/isa.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const names[EXT_NAMED_N] = {
#define X(id, name) [EXT_##id] = name,
    ISA_EXTENSIONS(X)
#undef X
};

/* ---- what follows from what (unpriv. spec, each chapter's first paragraphs) ---- */

#define E(id) ISA_SET(EXT_##id)

/* Sha stands for these, which keeps the string below the 512 bytes that U-Boot 2023.01 has for it.
 */
#define SHA_ALONE                                                                                  \
    (E(SHCOUNTERENW) | E(SHVSTVALA) | E(SHTVALA) | E(SHVSTVECD) | E(SHVSATPA) | E(SHGATPA))

/* clang-format off */
static const struct {
    isa_set all, bring;
} rules[] = {
    {E(M),                   E(ZMMUL)},
    {E(A),                   E(ZAAMO) | E(ZALRSC)},
    {E(ZAAMO) | E(ZALRSC),   E(A)},
    {E(ZABHA),               E(ZAAMO)},
    {E(ZACAS),               E(ZAAMO)},
    {E(ZA64RS),              E(ZA128RS)},
    {E(ZICCID),              E(ZICCIF)},
    {E(F),                   E(ZICSR)},
    {E(D),                   E(F)},
    {E(ZFA),                 E(F)},
    {E(ZFHMIN),              E(F)},
    {E(ZFH),                 E(ZFHMIN)},
    {E(C),                   E(ZCA)},
    {E(C) | E(D),            E(ZCD)},
    {E(ZCD),                 E(ZCA) | E(D)},
    {E(ZCA) | E(ZCD),        E(C)},
    {E(ZCB),                 E(ZCA)},
    {E(ZCMOP),               E(ZCA)},
    {E(B),                   E(ZBA) | E(ZBB) | E(ZBS)},
    {E(ZBA) | E(ZBB) | E(ZBS), E(B)},
    {E(ZICFILP),             E(ZICSR)},
    {E(ZICFISS),             E(ZICSR) | E(ZIMOP) | E(ZAAMO)},
    {E(ZICNTR),              E(ZICSR)},
    {E(ZIHPM),               E(ZICSR)},
    {E(H),                   E(ZICSR)},
    {E(SV57),                E(SV48)},
    {E(SV48),                E(SV39)},
    {E(SHLCOFIDELEG),        E(H) | E(SSCOFPMF)},
    {E(SUPM),                E(SSNPM)},
    {E(SSPM),                E(SMNPM)},
    {E(SMSTATEEN),           E(SSSTATEEN)},
    {E(SSSTATEEN),           E(SMSTATEEN)},
    {E(SMAIA),               E(SSAIA)},
    {E(SSAIA),               E(SMAIA)},
    {E(SHA),                 E(H) | E(SSSTATEEN) | SHA_ALONE},
#define X(id, a, b) {E(a) | E(b), E(id)},
    ISA_PAIRS(X)
#undef X
};
/* clang-format on */

/* In the ISA only when named: after reset, Smrnmi masks every interrupt until NMIE is set, and with
 * Smdbltrp the first trap is a double trap until MDT is cleared. Smaia and Ssaia make software look
 * for an APLIC or IMSICs, which a board has on request only. */
#define BY_NAME_ONLY (E(SMRNMI) | E(SMDBLTRP) | E(SMAIA) | E(SSAIA))

static void write_string(struct isa *isa)
{
    isa_set shown = isa_has(isa, EXT_SHA) ? isa->set & ~SHA_ALONE : isa->set;
    size_t n = (size_t)snprintf(isa->string, sizeof isa->string, "rv64");
    for (unsigned e = 0; e < EXT_NAMED_N; e++)
        if (shown & ISA_SET(e))
            n += (size_t)snprintf(isa->string + n, sizeof isa->string - n, "%s%s",
                                  names[e][1] ? "_" : "", names[e]);
}

static void complete(struct isa *isa)
{
    isa_set before;
    do {
        before = isa->set;
        for (unsigned k = 0; k < sizeof rules / sizeof rules[0]; k++)
            if ((isa->set & rules[k].all) == rules[k].all) isa->set |= rules[k].bring;
    } while (isa->set != before);
    if (isa_has(isa, EXT_ZCA) && !isa_has(isa, EXT_D))
        isa->set |= E(C); /* all of C that there is */
    write_string(isa);
}

void isa_default(struct isa *out)
{
    *out = (struct isa){.set = (ISA_SET(EXT_N) - 1) & ~BY_NAME_ONLY};
    complete(out);
}

void isa_add(struct isa *isa, enum isa_extension e)
{
    isa->set |= ISA_SET(e);
    complete(isa);
}

/* An extension goes when something that it alone brings is not there. */
static void drop_dependents(struct isa *isa)
{
    isa_set before;
    do {
        before = isa->set;
        for (unsigned k = 0; k < sizeof rules / sizeof rules[0]; k++) {
            isa_set all = rules[k].all, missing = rules[k].bring & ~isa->set;
            bool alone = !(all & (all - 1));
            if (alone && missing) isa->set &= ~all;
        }
    } while (isa->set != before);
}

void isa_remove(struct isa *isa, enum isa_extension e)
{
    isa->set &= ~ISA_SET(e);
    drop_dependents(isa);
#define X(id, a, b)                                                                                \
    if (!isa_has(isa, EXT_##a) || !isa_has(isa, EXT_##b)) isa->set &= ~E(id);
    ISA_PAIRS(X)
#undef X
    write_string(isa);
}

const char *isa_string(const struct isa *isa)
{
    return isa->string;
}

const char *isa_name(enum isa_extension e)
{
    return names[e];
}

u64 isa_misa(const struct isa *isa)
{
    u64 misa = 2ull << 62 | BIT('s' - 'a') | BIT('u' - 'a');
    for (unsigned e = 0; e < EXT_NAMED_N; e++)
        if (isa_has(isa, e) && !names[e][1]) misa |= BIT(names[e][0] - 'a');
    return misa;
}

/* ---- profiles: the mandatory extensions of each (RISC-V Profiles, RVA20, RVA22, RVA23) ---- */

static const struct profile {
    const char *name, *extensions; /* by name; an earlier profile's name stands for all of it */
} profiles[] = {
    {"rva20u64", "i m a f d c zicsr zicntr ziccif ziccrse ziccamoa za128rs zicclsm"            },
    {"rva20s64", "rva20u64 zifencei svbare sv39 svade ssccptr sstvecd sstvala"                 },
    {"rva22u64", "rva20u64 za64rs b zihpm zihintpause zic64b zicbom zicbop zicboz zfhmin zkt"  },
    {"rva22s64", "rva22u64 rva20s64 sscounterenw svpbmt svinval"                               },
    {"rva23u64", "rva22u64 v zvfhmin zvbb zvkt zihintntl zicond zimop zcmop zcb zfa zawrs supm"},
    {"rva23s64", "rva23u64 rva22s64 svnapot sstc sscofpmf ssnpm ssu64xl sha"                   },
};

static const struct profile *find_profile(const char *word, size_t length)
{
    for (unsigned k = 0; k < sizeof profiles / sizeof profiles[0]; k++)
        if (strlen(profiles[k].name) == length && !strncmp(profiles[k].name, word, length))
            return &profiles[k];
    return NULL;
}

/* ---- reading ---- */

static const char *skip_digits(const char *p)
{
    while (isdigit((unsigned char)*p)) p++;
    return p;
}

/* Past a version such as "2", "2p1". */
static const char *skip_version(const char *p)
{
    const char *major = skip_digits(p);
    bool has_minor = major > p && *major == 'p' && isdigit((unsigned char)major[1]);
    return has_minor ? skip_digits(major + 1) : major;
}

/* Whether a word is this name, a version after it or not. Names may end in digits, as sv39 does. */
static bool is_name(const char *name, const char *word, size_t length)
{
    size_t n = strlen(name);
    return n <= length && !strncmp(name, word, n) && skip_version(word + n) == word + length;
}

/* Add what a word names; false: unknown. */
static bool add(struct isa *isa, const char *word, size_t length)
{
    static const char *const always[] = {"s", "u", "ss", "sm"}; /* Ss1p13: a version of S */
    for (unsigned k = 0; k < sizeof always / sizeof always[0]; k++)
        if (is_name(always[k], word, length)) return true;
    if (is_name("g", word, length)) {
        isa->set |= E(I) | E(M) | E(A) | E(F) | E(D) | E(ZICSR) | E(ZIFENCEI);
        return true;
    }
    for (unsigned e = 0; e < EXT_NAMED_N; e++) {
        if (!is_name(names[e], word, length)) continue;
        isa->set |= ISA_SET(e);
        return true;
    }
    return false;
}

static void note_lack(struct isa *isa, const char *word, size_t length)
{
    size_t n = strlen(isa->lacks);
    snprintf(isa->lacks + n, sizeof isa->lacks - n, "%s%.*s", n ? ", " : "", (int)length, word);
}

static void add_profile(struct isa *isa, const struct profile *profile)
{
    for (const char *p = profile->extensions; *p; p += *p == ' ') {
        size_t length = strcspn(p, " ");
        const struct profile *inner = find_profile(p, length);
        if (inner)
            add_profile(isa, inner);
        else if (!add(isa, p, length))
            note_lack(isa, p, length);
        p += length;
    }
}

/* Bytes of the word that p begins with: a letter with its version, or a longer name up to '_'. */
static size_t word_length(const char *p)
{
    if (strchr("zsx", *p) && isalpha((unsigned char)p[1])) return strcspn(p, "_");
    return (size_t)(skip_version(p + 1) - p);
}

static bool parse(struct isa *isa, const char *p, char *error, size_t size)
{
    while (*p) {
        if (*p == '_') {
            p++;
            continue;
        }
        size_t length = word_length(p);
        if (!add(isa, p, length)) {
            snprintf(error, size,
                     "extension '%.*s' is not implemented; leave it out, or choose from %s",
                     (int)length, p, isa_string(isa));
            return false;
        }
        p += length;
    }
    return true;
}

static bool parse_lower(struct isa *isa, const char *text, char *error, size_t size)
{
    size_t length = strcspn(text, "_");
    const struct profile *profile = find_profile(text, length);
    if (profile) {
        add_profile(isa, profile);
        return parse(isa, text + length, error, size);
    }
    if (strncmp(text, "rv64", 4) != 0 || (text[4] != 'i' && text[4] != 'g')) {
        snprintf(error, size,
                 "'%s' is no ISA that vhart runs; use one like rv64gch_zba_zbb or rva22s64", text);
        return false;
    }
    return parse(isa, text + 4, error, size);
}

bool isa_parse(struct isa *out, const char *text, char *error, size_t size)
{
    char lower[ISA_STRING_MAX];
    size_t n = strlen(text);
    if (n >= sizeof lower) {
        snprintf(error, size, "the ISA string is longer than %d characters", ISA_STRING_MAX - 1);
        return false;
    }
    for (size_t k = 0; k <= n; k++) lower[k] = (char)tolower((unsigned char)text[k]);
    *out = (struct isa){.set = ISA_SET(EXT_N) - 1};
    complete(out); /* its string is for the message about an unknown name */
    out->set = E(I) | E(ZICNTR) | E(ZIHPM);
    if (!parse_lower(out, lower, error, size)) return false;
    complete(out);
    return true;
}

const char *isa_lacks(const struct isa *isa)
{
    return *isa->lacks ? isa->lacks : NULL;
}
