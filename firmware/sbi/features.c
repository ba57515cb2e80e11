/* The SBI's FWFT extension: what of henvcfg a guest may turn on and off for its own hart. */
#include "firmware/sbi/sbi.h"

enum { FLAG_LOCK = 1, PMM_SHIFT = 32, RESERVED = 6 };

/* A feature's field of henvcfg, and the values that the guest gives for the field's 0, 1, 2, 3. */
static const struct feature {
    u32 id;
    u64 field;
    unsigned shift;
    u64 values[4];
} features[] = {
    {4, ENVCFG_ADUE, 61,        {0, 1}           }, /* PTE_AD_HW_UPDATING */
    {5, ENVCFG_PMM,  PMM_SHIFT, {0, NEVER, 7, 16}}, /* POINTER_MASKING_PMLEN */
};

static const struct feature *find(u64 id)
{
    for (unsigned i = 0; i < sizeof features / sizeof *features; i++)
        if (features[i].id == (u32)id && (host.henvcfg_can & features[i].field))
            return &features[i];
    return NULL;
}

static struct sbiret set(struct vcpu *v, const struct feature *f, u64 value, u64 flags)
{
    u64 max = f->field >> f->shift, n = 0;
    while (n <= max && f->values[n] != value) n++;
    if (n > max || flags & ~(u64)FLAG_LOCK) return sbi_invalid_param;
    if (v->locked_features & BIT(f->id)) return (struct sbiret){SBI_ERR_DENIED_LOCKED, 0};
    v->henvcfg = (v->henvcfg & ~f->field) | n << f->shift;
    csr_write(henvcfg, v->henvcfg);
    v->henvcfg = csr_read(henvcfg); /* a width of pointer masks may be missing */
    v->fence = true;                /* how translations are made has changed */
    if ((v->henvcfg & f->field) >> f->shift != n) return sbi_invalid_param;
    if (flags & FLAG_LOCK) v->locked_features |= (u32)BIT(f->id);
    return sbi_success;
}

struct sbiret sbi_features(struct vcpu *v, u64 function, const u64 *a)
{
    const struct feature *f = find(a[0]);
    if (function > 1) return sbi_not_supported;
    if (!f) return (u32)a[0] < RESERVED ? sbi_not_supported : (struct sbiret){SBI_ERR_DENIED, 0};
    if (function == 0) return set(v, f, a[1], a[2]);
    return (struct sbiret){SBI_SUCCESS, f->values[(v->henvcfg & f->field) >> f->shift]};
}
