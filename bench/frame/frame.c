#include "frame.h"
#include "console.h"
#include "csr.h"
#include "paging.h"

u64 events;
static u64 instructions_before;

__attribute__((weak)) void another_hart(u64 hartid)
{
    (void)hartid;
}

void finish(u64 checksum, bool good)
{
    register u64 a0 __asm__("a0") = checksum;
    register u64 a1 __asm__("a1") = good;
    __asm__ volatile("ecall" ::"r"(a0), "r"(a1) : "memory");
    __builtin_unreachable();
}

static void measure(void)
{
    if (program.prepare) program.prepare();
    u64 checksum = program.work();
    for (u64 round = 1; round < params.rounds; round++) must(program.work() == checksum);
    finish(checksum, true);
}

static void open_memory(void)
{
    csr_write(pmpaddr0, ~0ull);
    csr_write(pmpcfg0, 0x1f); /* NAPOT, RWX: all memory for everyone */
}

/* Enter the mode at measure(), with this stack. */
static void enter(void)
{
    csr_write(medeleg, program.delegated);
    csr_clear(mstatus, STATUS_MPP);
    csr_set(mstatus, STATUS_FS | (params.mode == MODE_M ? STATUS_MPP : STATUS_MPP_S));
    if (params.mode == MODE_VS) {
        csr_write(hedeleg, program.delegated);
        csr_set(mstatus, STATUS_MPV);
        csr_set(vsstatus, STATUS_FS);
    }
    csr_write(mepc, measure);
    instructions_before = csr_read(minstret);
    __asm__ volatile("mret");
    __builtin_unreachable();
}

void boot(void)
{
    if (params.mode != MODE_M) open_memory();
    paging_begin(program.arena ? program.arena() : 0);
    enter();
}

/* From trap in start.S. */
void after_trap(u64 checksum, bool good, u64 instructions, u64 cause, u64 pc, u64 value)
{
    if (cause < CAUSE_ECALL_S || cause > CAUSE_ECALL_M) {
        print_field("trap", cause);
        print_field("pc", pc);
        print_field("value", value);
        good = false;
    }
    print_hex_field("checksum", checksum);
    print_field("rounds", params.rounds);
    print_field("events", events);
    print_field("instructions", instructions - instructions_before);
    power_off(good);
}
