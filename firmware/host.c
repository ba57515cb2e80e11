/* The machine below: what the hart offers, found by writing and reading back or by trying whether
 * an access traps, and what the firmware does for us. */
#include "firmware/fdt/fdt.h"

struct host host;

enum { SBI_BASE = 0x10, SBI_BASE_PROBE = 3, SBI_SRST = 0x53525354, SBI_DBCN = 0x4442434e };
enum { SHUTDOWN = 0, SYSTEM_FAILURE = 1, LEGACY_SHUTDOWN = 8 };

struct sbiret sbi_call(u64 extension, u64 function, u64 arg0, u64 arg1, u64 arg2)
{
    register u64 a0 __asm__("a0") = arg0;
    register u64 a1 __asm__("a1") = arg1;
    register u64 a2 __asm__("a2") = arg2;
    register u64 a6 __asm__("a6") = function;
    register u64 a7 __asm__("a7") = extension;
    __asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a6), "r"(a7) : "memory");
    return (struct sbiret){(s64)a0, a1};
}

u64 host_instret(void)
{
    return host.instret ? csr_read(instret) : timer_now();
}

void host_shutdown(bool failed)
{
    sbi_call(SBI_SRST, 0, SHUTDOWN, failed ? SYSTEM_FAILURE : 0, 0);
    sbi_call(LEGACY_SHUTDOWN, 0, 0, 0, 0);
    for (;;) __asm__ volatile("wfi");
}

void panic(const char *format, ...)
{
    __builtin_va_list args;
    __builtin_va_start(args, format);
    say("cannot go on: ");
    vsay(format, args);
    say("\n");
    host_shutdown(true);
}

__attribute__((noreturn)) void host_trap(u64 cause, u64 pc, u64 value)
{
    panic("vmm itself trapped: cause %lu at pc 0x%lx, value 0x%lx", cause, pc, value);
}

/* Fewer levels make cheaper walks, and 2 TiB are enough for any VM here. */
static void probe_gstage(void)
{
    for (u64 mode = 8; mode <= 10 && !host.gstage_mode; mode++) {
        csr_write(hgatp, mode << ATP_MODE_SHIFT | HGATP_VMID_MASK << HGATP_VMID_SHIFT);
        u64 got = csr_read(hgatp);
        if (got >> ATP_MODE_SHIFT != mode) continue;
        host.gstage_mode = mode;
        host.gstage_levels = (unsigned)mode - 5;
        host.vmid_max = got >> HGATP_VMID_SHIFT & HGATP_VMID_MASK;
    }
    csr_write(hgatp, 0);
    if (!host.gstage_mode) panic("hgatp accepts no mode: this hart cannot translate for guests");
    hfence_gvma_all();
}

/* The widest scheme that guests can turn on. */
static void probe_vsatp(void)
{
    static const char *const names[] = {"riscv,sv39", "riscv,sv48", "riscv,sv57"};
    for (u64 mode = 8; mode <= 10; mode++) {
        csr_write(vsatp, mode << ATP_MODE_SHIFT);
        if (csr_read(vsatp) >> ATP_MODE_SHIFT == mode) host.mmu_type = names[mode - 8];
    }
    csr_write(vsatp, 0);
}

/* What the guest handles by itself. Exceptions that cannot be delegated come to exit.c, which
 * reflects them; the interrupts are indispensable. */
static void set_delegation(void)
{
    const u64 interrupts = BIT(IRQ_VSS) | BIT(IRQ_VST) | BIT(IRQ_VSE);
    csr_write(hedeleg, 0xb1ff); /* causes 0 to 8, 12, 13, 15 */
    csr_write(hideleg, interrupts);
    if ((csr_read(hideleg) & interrupts) != interrupts)
        panic("hideleg does not delegate the VS-level interrupts");
}

static void set_environment(void)
{
    const u64 at_first =
        ENVCFG_STCE | ENVCFG_PBMTE | ENVCFG_CBZE | ENVCFG_CBCFE | ENVCFG_CBIE_FLUSH;
    if (csr_try_write(henvcfg, at_first | ENVCFG_ADUE | ENVCFG_PMM)) {
        host.henvcfg_can = csr_read(henvcfg);
        csr_write(henvcfg, at_first);
        host.henvcfg = csr_read(henvcfg);
    }
    /* senvcfg is switched, so guests may have it; the other state that stateen guards is not. */
    csr_try_write(hstateen0, STATEEN0_ENVCFG);
    csr_write(hcounteren, COUNTEREN_TM);
    /* Nothing of what the interrupt architecture's CSRs could do to guests. */
    csr_write(hgeie, 0);
    csr_try_write(hvien, 0);
    csr_try_write(hvictl, 0);
    csr_try_write(hviprio1, 0);
    csr_try_write(hviprio2, 0);
}

static void probe_environment(void)
{
    u64 value = 0;
    host.senvcfg = csr_try_read(senvcfg, value);
    host.vsiselect = csr_try_read(vsiselect, value);
    host.scontext = csr_try_read(scontext, value);
    host.jvt = csr_try_read(jvt, value);
    host.instret = csr_try_read(instret, value) && csr_try_read(cycle, value);
    host.sstc = (host.henvcfg & ENVCFG_STCE) && csr_try_read(stimecmp, value);
}

void host_setup(void)
{
    set_delegation();
    set_environment();
    csr_write(sie, BIT(IRQ_SSOFT) | BIT(IRQ_STIMER));
}

/* Extensions of the ISA that guests are told of when the host has them: only what vmm switches or
 * what has no state, and, where henvcfg gates it, only if the gate opened. */
static const struct {
    u64 gate;
    const char *names;
} offers[] = {
    {0,            "zicbop,zicond,zicsr,zifencei,zihintpause,zawrs,zfh,zfhmin,zba,zbb,zbc,zbs"},
    {0,            "svinval,svnapot"                                                          },
    {ENVCFG_CBCFE, "zicbom"                                                                   },
    {ENVCFG_CBZE,  "zicboz"                                                                   },
    {ENVCFG_STCE,  "sstc"                                                                     },
    {ENVCFG_PBMTE, "svpbmt"                                                                   },
};

static bool is_offered(const char *name, size_t size)
{
    for (unsigned i = 0; i < sizeof offers / sizeof *offers; i++)
        if (lists(offers[i].names, name, size))
            return (host.henvcfg & offers[i].gate) == offers[i].gate;
    return false;
}

static bool has_letter(const char *letters, char letter)
{
    while (*letters && *letters != '_' && *letters != letter) letters++;
    return *letters == letter;
}

/* Filters "rv64imafdch_zicsr_..." into host.isa. */
static void filter_isa(const char *isa)
{
    char *to = host.isa, *end = host.isa + sizeof host.isa - 1;
    for (int i = 0; i < 4 && *isa; i++) *to++ = *isa++;
    for (; *isa && *isa != '_'; isa++)
        if (has_letter(host.fp ? "imafdc" : "imac", *isa)) *to++ = *isa;
    while (*isa == '_') {
        size_t size = 1;
        while (isa[size] && isa[size] != '_') size++;
        if (is_offered(isa + 1, size - 1) && size < (size_t)(end - to)) {
            memcpy(to, isa, size);
            to += size;
        }
        isa += size;
    }
}

int host_cpu(u64 hart)
{
    u64 id;
    int cpu = fdt_child(fdt_find(fdt_root(), "cpus"));
    while (cpu != FDT_NONE && (!fdt_number(cpu, "reg", &id) || id != hart)) cpu = fdt_sibling(cpu);
    return cpu;
}

bool host_has_hart(unsigned n, u64 *id)
{
    const char *isa = fdt_string(host_cpu(host.hart), "riscv,isa");
    int cpu = fdt_child(fdt_find(fdt_root(), "cpus"));
    for (; cpu != FDT_NONE; cpu = fdt_sibling(cpu)) {
        const char *other = fdt_string(cpu, "riscv,isa"), *status = fdt_string(cpu, "status");
        bool alike = other && !strcmp(isa, other) && (!status || !strcmp(status, "okay"));
        if (alike && fdt_number(cpu, "reg", id) && n-- == 0) return true;
    }
    return false;
}

void host_probe(u64 hart)
{
    int cpus = fdt_find(fdt_root(), "cpus");
    const char *isa = fdt_string(host_cpu(hart), "riscv,isa");
    host.hart = hart;
    struct sbiret dbcn = sbi_call(SBI_BASE, SBI_BASE_PROBE, SBI_DBCN, 0, 0);
    host.dbcn = dbcn.error == 0 && dbcn.value != 0;
    if (!isa || strlen(isa) < 5) panic("the device tree has no riscv,isa for hart %lu", hart);
    if (!fdt_number(cpus, "timebase-frequency", &host.timebase) || host.timebase < 1000)
        panic("the device tree has no timebase-frequency");
    if (!has_letter(isa + 4, 'h')) panic("hart %lu is %s: no hypervisor extension", hart, isa);
    host.fp = has_letter(isa + 4, 'f') && has_letter(isa + 4, 'd');
    probe_gstage();
    probe_vsatp();
    host_setup();
    probe_environment();
    filter_isa(isa);
}
