/* The SBI as guests see it (RISC-V SBI specification 3.0): the table of extensions, and those that
 * concern the VM as a whole. */
#include "firmware/sbi/sbi.h"

enum { SPEC_VERSION = 3 << 24, IMPLEMENTATION_ID = 0x766d6d, IMPLEMENTATION_VERSION = 2 };

const struct sbiret sbi_success = {SBI_SUCCESS, 0};
const struct sbiret sbi_not_supported = {SBI_ERR_NOT_SUPPORTED, 0};
const struct sbiret sbi_invalid_param = {SBI_ERR_INVALID_PARAM, 0};

static const struct extension *find(u64 id);

/* Function 3 asks for an extension; 4 to 6 tell the machine's IDs, 0 as they may on any machine. */
static struct sbiret base(struct vcpu *v, u64 function, const u64 *a)
{
    const u64 answers[7] = {SPEC_VERSION, IMPLEMENTATION_ID, IMPLEMENTATION_VERSION, !!find(a[0])};
    if (function >= sizeof answers / sizeof *answers) return sbi_not_supported;
    return (struct sbiret){SBI_SUCCESS, answers[function]};
}

static struct sbiret time(struct vcpu *v, u64 function, const u64 *a)
{
    if (function != 0) return sbi_not_supported;
    v->events[PMU_SET_TIMER]++;
    timer_set(v, a[0]);
    return sbi_success;
}

/* A call may do less than it was asked for, so each moves at most this much. */
enum { CONSOLE_CHUNK = 256 };

static struct sbiret console_write(struct vm *vm, u64 gpa, u64 size)
{
    char text[CONSOLE_CHUNK];
    u64 n = size < CONSOLE_CHUNK ? size : CONSOLE_CHUNK;
    if (!gstage_read(vm, gpa, text, n)) return (struct sbiret){SBI_ERR_FAILED, 0};
    for (u64 i = 0; i < n; i++) console_put(vm, text[i]);
    return (struct sbiret){SBI_SUCCESS, n};
}

static struct sbiret console_read(struct vm *vm, u64 gpa, u64 size)
{
    char text[CONSOLE_CHUNK];
    u64 n = 0;
    for (int c; n < size && n < CONSOLE_CHUNK && (c = console_get(vm)) >= 0;) text[n++] = (char)c;
    if (!gstage_write(vm, gpa, text, n)) return (struct sbiret){SBI_ERR_FAILED, 0};
    return (struct sbiret){SBI_SUCCESS, n};
}

/* Functions 0 and 1 take a size and a guest physical address in two halves, 2 a byte. */
static struct sbiret debug_console(struct vcpu *v, u64 function, const u64 *a)
{
    if (function == 2) {
        console_put(v->vm, (char)a[0]);
        return sbi_success;
    }
    if (function > 2) return sbi_not_supported;
    if (a[2] || !vm_has_ram(v->vm, a[1], a[0])) return sbi_invalid_param;
    return function == 0 ? console_write(v->vm, a[1], a[0]) : console_read(v->vm, a[1], a[0]);
}

/* Types: 0 shutdown, 1 and 2 reboots, then reserved ones up to the vendors'. */
static struct sbiret system_reset(struct vcpu *v, u64 function, const u64 *a)
{
    u32 type = (u32)a[0], reason = (u32)a[1];
    if (function != 0 || type == 1 || type == 2) return sbi_not_supported;
    if (type != 0 || (reason > 1 && reason < 0xe0000000)) return sbi_invalid_param;
    vm_end(v->vm, reason == 1 ? "shut down after a failure" : "shut down");
    return sbi_success;
}

/* Legacy calls give one value back, in a0. */
static struct sbiret legacy(struct vcpu *v, u64 function, const u64 *a)
{
    switch (a[7]) {
    case 0: timer_set(v, a[0]); break;
    case 1: console_put(v->vm, (char)a[0]); break;
    case 2: return (struct sbiret){console_get(v->vm), 0};
    case 8: vm_end(v->vm, "shut down"); break;
    }
    return sbi_success;
}

static const struct extension {
    u64 id;
    bool legacy;
    struct sbiret (*call)(struct vcpu *v, u64 function, const u64 *a);
} extensions[] = {
    {0x10,       false, base            },
    {0x54494d45, false, time            },
    {0x735049,   false, sbi_ipi         },
    {0x52464e43, false, sbi_remote_fence},
    {0x48534d,   false, sbi_hart_state  },
    {0x53525354, false, system_reset    },
    {0x53555350, false, sbi_suspend     },
    {0x4442434e, false, debug_console   },
    {0x504d55,   false, sbi_pmu         },
    {0x46574654, false, sbi_features    },
    {0x535441,   false, sbi_steal_time  },
    {0x0a766d6d, false, sbi_debug       },
    {0,          true,  legacy          },
    {1,          true,  legacy          },
    {2,          true,  legacy          },
    {8,          true,  legacy          },
};

static const struct extension *find(u64 id)
{
    for (unsigned i = 0; i < sizeof extensions / sizeof *extensions; i++)
        if (extensions[i].id == id) return &extensions[i];
    return NULL;
}

enum next sbi_handle(struct vcpu *v)
{
    u64 *a = &v->x[10];
    const struct extension *e = find(a[7]);
    struct sbiret r = e ? e->call(v, a[6], a) : sbi_not_supported;
    a[0] = (u64)r.error;
    if (!e || !e->legacy) a[1] = r.value;
    return v->state == RUNNABLE && !v->resume_pc ? STAY : SWITCH;
}
