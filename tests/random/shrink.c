#include "tests/random/shrink.h"
#include "hart/decode.h"

#include <stdio.h>
#include <string.h>

enum { LISTED_SPOTS = 60 };

/* Blank spots [from, from + n) if the difference then still shows. */
static bool try_blank(struct program *p, bool *blanked, unsigned from, unsigned n, shows_fn *shows,
                      void *arg)
{
    static struct program trial;
    trial = *p;
    bool any = false;
    for (unsigned k = from; k < from + n && k < p->spot_n; k++) {
        any = any || !blanked[k];
        blank(&trial, k);
    }
    if (!any || !shows(&trial, arg)) return false;
    *p = trial;
    for (unsigned k = from; k < from + n && k < p->spot_n; k++) blanked[k] = true;
    return true;
}

/* Ever smaller runs of instructions. */
const bool *shrink(struct program *p, unsigned trials, shows_fn *shows, void *arg)
{
    static bool blanked[SPOT_MAX];
    memset(blanked, 0, sizeof blanked);
    for (unsigned n = p->spot_n / 2; n; n /= 2)
        for (unsigned from = 0; from < p->spot_n && trials; from += n, trials--)
            try_blank(p, blanked, from, n, shows, arg);
    return blanked;
}

void list_rest(const struct program *p, const bool *blanked, const struct isa *isa, u64 base)
{
    unsigned left = 0;
    for (unsigned k = 0; k < p->spot_n; k++) left += !blanked[k];
    printf("  of %u instructions these must not be nops:\n", p->spot_n);
    for (unsigned k = 0, n = 0; k < p->spot_n && n < LISTED_SPOTS; k++) {
        char text[80];
        u32 raw = 0;
        if (blanked[k]) continue;
        memcpy(&raw, p->image + p->spot[k].at, p->spot[k].len);
        disassemble(isa, raw, base + p->spot[k].at, text, sizeof text);
        printf("    %llx: %s\n", (unsigned long long)(base + p->spot[k].at), text);
        n++;
    }
    if (left > LISTED_SPOTS) printf("    and %u more\n", left - LISTED_SPOTS);
}
