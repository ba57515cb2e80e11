/* vmm's own extension, in the space that the SBI leaves to implementations: what a VM has cost, and
 * which pages it uses. About itself a VM learns only the first; one with vmm.debug=1 all, about
 * all. */
#include "firmware/sbi/sbi.h"

enum { COLLECT_WORDS = 64 };

/* The VM of this number, 0 for the caller's own; NULL: it is not for the caller. */
static struct vm *find(struct vm *own, u64 number)
{
    struct vm *vm = vms;
    if (number == 0 || number == own->number) return own;
    while (own->debug && vm && vm->number != number) vm = vm->next;
    return own->debug ? vm : NULL;
}

static struct sbiret statistics(struct vm *to, const struct vm *of, u64 gpa, u64 size)
{
    u64 n = size < sizeof of->stats ? size : sizeof of->stats;
    if (!gstage_write(to, gpa, &of->stats, n)) return (struct sbiret){SBI_ERR_INVALID_ADDRESS, 0};
    return (struct sbiret){SBI_SUCCESS, sizeof of->stats};
}

static struct sbiret watch(struct vm *of, bool on)
{
    if (!on) of->watched = false;
    return on && !gstage_watch(of) ? (struct sbiret){SBI_ERR_FAILED, 0} : sbi_success;
}

/* The bitmap of up to 4096 pages from a[2] on that were changed (a[1] = 0) or used (1), to a[3]. */
static struct sbiret collect(struct vm *to, struct vm *of, const u64 *a)
{
    u64 bitmap[COLLECT_WORDS];
    if (a[1] > 1 || a[2] % 64) return sbi_invalid_param;
    if (!vm_has_ram(to, a[3], sizeof bitmap)) return (struct sbiret){SBI_ERR_INVALID_ADDRESS, 0};
    u64 count = gstage_collect(of, a[1] ? PTE_A : PTE_D, a[2], bitmap, COLLECT_WORDS);
    gstage_fence(of);
    gstage_write(to, a[3], bitmap, sizeof bitmap);
    return (struct sbiret){SBI_SUCCESS, count};
}

struct sbiret sbi_debug(struct vcpu *v, u64 function, const u64 *a)
{
    struct vm *of = find(v->vm, a[0]);
    if (function > 2) return sbi_not_supported;
    if (!of || (function && !v->vm->debug)) return (struct sbiret){SBI_ERR_DENIED, 0};
    if (function == 0) return statistics(v->vm, of, a[1], a[2]);
    if (!of->root) return (struct sbiret){SBI_ERR_FAILED, 0};
    return function == 1 ? watch(of, a[1]) : collect(v->vm, of, a);
}
