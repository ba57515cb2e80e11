/* What the parts of the SBI share. */
#ifndef FIRMWARE_SBI_H
#define FIRMWARE_SBI_H

#include "firmware/vmm.h"

/* SBI error codes, and the answers that many calls give. */
enum { SBI_SUCCESS = 0, SBI_ERR_FAILED = -1, SBI_ERR_NOT_SUPPORTED = -2 };
enum { SBI_ERR_INVALID_PARAM = -3, SBI_ERR_DENIED = -4, SBI_ERR_INVALID_ADDRESS = -5 };
enum { SBI_ERR_ALREADY_AVAILABLE = -6, SBI_ERR_ALREADY_STARTED = -7 };
enum { SBI_ERR_ALREADY_STOPPED = -8, SBI_ERR_DENIED_LOCKED = -14 };

extern const struct sbiret sbi_success, sbi_not_supported, sbi_invalid_param;

/* Each answers one extension's calls; a[0] to a[5] are the arguments. */
struct sbiret sbi_ipi(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_remote_fence(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_hart_state(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_suspend(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_pmu(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_features(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_debug(struct vcpu *v, u64 function, const u64 *a);
struct sbiret sbi_steal_time(struct vcpu *v, u64 function, const u64 *a);

#endif
