#include "hart/isa.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const char *const names[EXT_N] = {
#define X(id, name) [EXT_##id] = name,
    ISA_EXTENSIONS(X)
#undef X
};

/* What an extension needs or includes (unpriv. spec, each chapter's first paragraphs). */
static const struct {
    u8 has, needs;
} implications[] = {
    {EXT_D,         EXT_F        },
    {EXT_ZFH,       EXT_ZFHMIN   },
    {EXT_ZFHMIN,    EXT_F        },
    {EXT_F,         EXT_ZICSR    },
    {EXT_ZICFILP,   EXT_ZICSR    },
    {EXT_ZICFISS,   EXT_ZICSR    },
    {EXT_ZICFISS,   EXT_A        },
    {EXT_ZICNTR,    EXT_ZICSR    },
    {EXT_ZIHPM,     EXT_ZICSR    },
    {EXT_H,         EXT_ZICSR    },
    {EXT_SMSTATEEN, EXT_SSSTATEEN},
    {EXT_SSSTATEEN, EXT_SMSTATEEN},
};

/* In the ISA only when named: after reset, Smrnmi masks every interrupt until NMIE is set, and with
 * Smdbltrp the first trap is a double trap until MDT is cleared. */
#define BY_NAME_ONLY (BIT(EXT_SMRNMI) | BIT(EXT_SMDBLTRP))

static void write_string(struct isa *isa)
{
    size_t n = (size_t)snprintf(isa->string, sizeof isa->string, "rv64");
    for (unsigned e = 0; e < EXT_N; e++)
        if (isa_has(isa, e))
            n += (size_t)snprintf(isa->string + n, sizeof isa->string - n, "%s%s",
                                  names[e][1] ? "_" : "", names[e]);
}

static void complete(struct isa *isa)
{
    for (u64 before = 0; before != isa->extensions;) {
        before = isa->extensions;
        for (unsigned k = 0; k < sizeof implications / sizeof implications[0]; k++)
            if (isa_has(isa, implications[k].has)) isa->extensions |= BIT(implications[k].needs);
    }
    write_string(isa);
}

void isa_default(struct isa *out)
{
    out->extensions = (BIT(EXT_N) - 1) & ~BY_NAME_ONLY;
    complete(out);
}

const char *isa_string(const struct isa *isa)
{
    return isa->string;
}

u64 isa_misa(const struct isa *isa)
{
    u64 misa = 2ull << 62 | BIT('s' - 'a') | BIT('u' - 'a');
    for (unsigned e = 0; e < EXT_N; e++)
        if (isa_has(isa, e) && !names[e][1]) misa |= BIT(names[e][0] - 'a');
    return misa;
}

/* Skip a version such as "2", "2p1". */
static const char *skip_version(const char *p)
{
    while (isdigit((unsigned char)*p)) p++;
    if (*p == 'p' && isdigit((unsigned char)p[1])) {
        p++;
        while (isdigit((unsigned char)*p)) p++;
    }
    return p;
}

/* Add one extension by name; false: unknown. */
static bool add(struct isa *isa, const char *name, size_t length)
{
    static const char general[] = "imafd";
    if (length == 1 && *name == 'g') {
        for (const char *p = general; *p; p++) add(isa, p, 1);
        isa->extensions |= BIT(EXT_ZICSR) | BIT(EXT_ZIFENCEI);
        return true;
    }
    if (length == 1 && (*name == 's' || *name == 'u')) return true; /* always there */
    for (unsigned e = 0; e < EXT_N; e++) {
        if (strlen(names[e]) != length || strncmp(names[e], name, length) != 0) continue;
        isa->extensions |= BIT(e);
        return true;
    }
    return false;
}

/* The length of a multi-letter extension's name, its trailing version not counted. */
static size_t name_length(const char *p)
{
    size_t n = strcspn(p, "_"), k = n;
    while (k && isdigit((unsigned char)p[k - 1])) k--;
    if (k < n && k > 1 && p[k - 1] == 'p' && isdigit((unsigned char)p[k - 2])) {
        k--;
        while (k && isdigit((unsigned char)p[k - 1])) k--;
    }
    return k;
}

static bool parse(struct isa *out, const char *p, char *error, size_t size)
{
    while (*p) {
        if (*p == '_') {
            p++;
            continue;
        }
        bool multi = strchr("zsx", *p) && isalpha((unsigned char)p[1]);
        size_t length = multi ? name_length(p) : 1;
        if (!add(out, p, length)) {
            snprintf(error, size,
                     "extension '%.*s' is not implemented; leave it out of --isa (known: %s)",
                     (int)length, p, out->string);
            return false;
        }
        p = multi ? p + strcspn(p, "_") : skip_version(p + 1);
    }
    return true;
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
    if (strncmp(lower, "rv64", 4) != 0 || (lower[4] != 'i' && lower[4] != 'g')) {
        snprintf(error, size, "'%s' is no ISA that vhart runs; use one like rv64gch_zba_zbb", text);
        return false;
    }
    out->extensions = BIT(EXT_N) - 1;
    write_string(out); /* for the message about an unknown name */
    out->extensions = BIT(EXT_I) | BIT(EXT_ZICNTR) | BIT(EXT_ZIHPM);
    if (!parse(out, lower + 4, error, size)) return false;
    complete(out);
    return true;
}
