/* The SBI's STA extension: for how long a vCPU was ready and others had the hart. */
#include "firmware/sbi/sbi.h"

enum { STA_SIZE = 64, STA_STEAL = 8, NS_PER_S = 1000000000 };

struct sbiret sbi_steal_time(struct vcpu *v, u64 function, const u64 *a)
{
    if (function != 0) return sbi_not_supported;
    if (a[2]) return sbi_invalid_param;
    v->steal_gpa = NEVER;
    if (a[0] == ~0ull && a[1] == ~0ull) return sbi_success;
    if (a[0] % STA_SIZE) return sbi_invalid_param;
    u8 zero[STA_SIZE] = {0};
    if (a[1] || !gstage_write(v->vm, a[0], zero, sizeof zero))
        return (struct sbiret){SBI_ERR_INVALID_ADDRESS, 0};
    v->steal_gpa = a[0];
    v->steal_sequence = 0;
    sbi_report_steal(v);
    return sbi_success;
}

/* The sequence number is odd while the rest is not to be read. */
void sbi_report_steal(struct vcpu *v)
{
    if (v->steal_gpa == NEVER) return;
    u64 ns =
        v->steal / host.timebase * NS_PER_S + v->steal % host.timebase * NS_PER_S / host.timebase;
    u32 odd = ++v->steal_sequence, even = ++v->steal_sequence;
    gstage_write(v->vm, v->steal_gpa, &odd, sizeof odd);
    gstage_write(v->vm, v->steal_gpa + STA_STEAL, &ns, sizeof ns);
    gstage_write(v->vm, v->steal_gpa, &even, sizeof even);
}
