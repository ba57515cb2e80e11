#include "hart/lockstep.h"
#include "hart/csr.h"
#include "hart/imsic.h"

#include <stdio.h>
#include <string.h>

struct difference {
    char *out;
    size_t size;
    bool found;
};

static void compare(struct difference *d, const char *name, unsigned index, u64 a, u64 b)
{
    if (d->found || a == b) return;
    d->found = true;
    char number[8] = "";
    if (index != ~0u) snprintf(number, sizeof number, "%u", index);
    snprintf(d->out, d->size, "%s%s is 0x%llx and 0x%llx", name, number, (unsigned long long)a,
             (unsigned long long)b);
}

static bool files_equal(const struct imsic *a, const struct imsic *b)
{
    return !a || memcmp(a->file, b->file, a->file_n * sizeof a->file[0]) == 0;
}

/* Everything from level to config is plain state: equal bytes are equal registers. */
static bool csrs_equal(const struct hart *a, const struct hart *b)
{
    size_t from = offsetof(struct hart, level), to = offsetof(struct hart, config);
    return memcmp((const char *)a + from, (const char *)b + from, to - from) == 0 &&
           files_equal(a->imsic, b->imsic);
}

static void compare_csrs(struct difference *d, const struct hart *a, const struct hart *b)
{
    for (unsigned n = 0; n < 4096 && !d->found; n++) {
        u64 va, vb;
        if (csr_peek(a, n, &va) && csr_peek(b, n, &vb)) compare(d, csr_name(n), ~0u, va, vb);
    }
    if (!d->found) compare(d, "hidden state", ~0u, 0, 1);
}

bool hart_difference(const struct hart *a, const struct hart *b, char *out, size_t size)
{
    struct difference d = {out, size, false};
    compare(&d, "pc", ~0u, a->pc, b->pc);
    compare(&d, "privilege", ~0u, a->priv, b->priv);
    compare(&d, "V", ~0u, a->virt, b->virt);
    compare(&d, "waiting", ~0u, a->waiting, b->waiting);
    for (unsigned k = 0; k < 32; k++) compare(&d, "x", k, a->x[k], b->x[k]);
    for (unsigned k = 0; k < 32; k++) compare(&d, "f", k, a->f[k], b->f[k]);
    compare(&d, "fflags", ~0u, a->fflags, b->fflags);
    compare(&d, "frm", ~0u, a->frm, b->frm);
    compare(&d, "minstret", ~0u, hart_retired(a), hart_retired(b));
    if (!d.found && !csrs_equal(a, b)) compare_csrs(&d, a, b);
    return d.found;
}
