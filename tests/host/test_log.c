/* The log formats. The expected lines are Spike's own (riscv-isa-sim 1.1.1-dev, --isa=rv64gch
 * -l --log-commits) for the instructions described here as commits. The names of CSRs and the
 * disassembly are not under test: they are given below. */
#include "platform/log.h"

#include "hart/csr.h"
#include "hart/decode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

enum { TEXT_MAX = 4096 };

const char *csr_name(unsigned number)
{
    switch (number) {
    case 1: return "fflags";
    case 2: return "frm";
    case 768: return "mstatus";
    case 832: return "mscratch";
    default: return "other";
    }
}

void disassemble(const struct isa *isa, u32 raw, u64 pc, char *out, size_t size)
{
    (void)isa, (void)pc;
    snprintf(out, size, raw == 0xa001 ? "c.j     pc + 0" : "text");
}

static struct isa isa;

static void expect(struct commit c, const char *line)
{
    char text[TEXT_MAX] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    c.priv = PRIV_M;
    c.len = (c.raw & 3) == 3 ? 4 : 2;
    log_print_commit(out, &isa, 0, &c);
    fclose(out);
    assert_string_equal(text, line);
}

static void test_registers(void **state)
{
    (void)state;
    expect((struct commit){.pc = 0x1000, .raw = 0x297, .wrote_x = true, .rd = 5, .value = 0x1000},
           "core   0: 3 0x0000000000001000 (0x00000297) x5  0x0000000000001000");
    expect((struct commit){.pc = 0x80000016, .raw = 0x438d, .wrote_x = true, .rd = 7, .value = 3},
           "core   0: 3 0x0000000080000016 (0x438d) x7  0x0000000000000003");
    expect((struct commit){.pc = 0x1008, .raw = 0xf1402573, .wrote_x = true, .rd = 10},
           "core   0: 3 0x0000000000001008 (0xf1402573) x10 0x0000000000000000");
    expect((struct commit){.pc = 0x8000007c, .raw = 0xfe0e1fe3},
           "core   0: 3 0x000000008000007c (0xfe0e1fe3)");
}

static void test_memory(void **state)
{
    (void)state;
    expect(
        (struct commit){
            .pc = 0x80000038, .raw = 0x00b504a3, .mem = {{0x80001009, 0x88, 1, true}}, .mem_n = 1},
        "core   0: 3 0x0000000080000038 (0x00b504a3) mem 0x0000000080001009 0x88");
    expect((struct commit){.pc = 0x8000003c,
                           .raw = 0x00b51523,
                           .mem = {{0x8000100a, 0x7788, 2, true}},
                           .mem_n = 1},
           "core   0: 3 0x000000008000003c (0x00b51523) mem 0x000000008000100a 0x7788");
    expect((struct commit){.pc = 0x8000002c,
                           .raw = 0x2002,
                           .wrote_f = true,
                           .value = 0x1122334455667788,
                           .mem = {{0x80001000, 0x1122334455667788, 8, false}},
                           .mem_n = 1},
           "core   0: 3 0x000000008000002c (0x2002) f0  0x1122334455667788 mem "
           "0x0000000080001000");
    expect(
        (struct commit){
            .pc = 0x80000044,
            .raw = 0x00b5262f,
            .wrote_x = true,
            .rd = 12,
            .value = 0x55667788,
            .mem = {{0x80001000, 0x55667788, 4, false}, {0x80001000, 0xaaccef10, 4, true}},
            .mem_n = 2
    },
        "core   0: 3 0x0000000080000044 (0x00b5262f) x12 0x0000000055667788 mem "
        "0x0000000080001000 mem 0x0000000080001000 0xaaccef10");
}

static void test_csrs(void **state)
{
    (void)state;
    expect((struct commit){.pc = 0x80000012,
                           .raw = 0xf20000d3,
                           .wrote_f = true,
                           .rd = 1,
                           .csr = {{768, 0x8000000a00006000}},
                           .csr_n = 1},
           "core   0: 3 0x0000000080000012 (0xf20000d3) f1  0x0000000000000000 c768_mstatus "
           "0x8000000a00006000");
    expect((struct commit){.pc = 0x80000060,
                           .raw = 0x34051373,
                           .wrote_x = true,
                           .rd = 6,
                           .csr = {{832, 0x80001000}},
                           .csr_n = 1},
           "core   0: 3 0x0000000080000060 (0x34051373) x6  0x0000000000000000 c832_mscratch "
           "0x0000000080001000");
    /* by number first: 1 and 2 come before x15, and after f1 */
    expect(
        (struct commit){
            .pc = 0x80000068,
            .raw = 0x003017f3,
            .wrote_x = true,
            .rd = 15,
            .value = 8,
            .csr = {{2, 0}, {1, 0}},
            .csr_n = 2
    },
        "core   0: 3 0x0000000080000068 (0x003017f3) c1_fflags 0x0000000000000000 c2_frm "
        "0x0000000000000000 x15 0x0000000000000008");
    expect((struct commit){.pc = 0x80000020,
                           .raw = 0x1a1170d3,
                           .wrote_f = true,
                           .rd = 1,
                           .value = 0x7ff0000000000000,
                           .csr = {{1, 8}},
                           .csr_n = 1},
           "core   0: 3 0x0000000080000020 (0x1a1170d3) f1  0x7ff0000000000000 c1_fflags "
           "0x0000000000000008");
}

static void test_stream(void **state)
{
    (void)state;
    static const char expected[] =
        "core   0: 0x00000000800000aa (0x0000a001) c.j     pc + 0\n"
        "core   0: 3 0x00000000800000aa (0xa001)\n"
        "core   0: 3 0x00000000800000aa (0xa001)\n"
        "core   0: Executed 2 times\n"
        "core   0: 0x0000000080000080 (0x00000073) text\n"
        "core   0: exception trap_machine_ecall, epc 0x0000000080000080\n"
        "core   0: exception trap_illegal_instruction, epc 0x0000000080000084\n"
        "core   0:           tval 0x00000000ffffffff\n"
        "core   0: exception interrupt #7, epc 0x0000000080000084\n"
        "core   0: 0x00000000800000ac (0x0000a001) c.j     pc + 0\n"
        "core   0: 3 0x00000000800000ac (0xa001)\n"
        "core   1: 0x00000000800000ac (0x0000a001) c.j     pc + 0\n"
        "core   1: 3 0x00000000800000ac (0xa001)\n";
    const struct commit loop = {.pc = 0x800000aa, .raw = 0xa001, .len = 2, .priv = PRIV_M};
    const struct commit next = {.pc = 0x800000ac, .raw = 0xa001, .len = 2, .priv = PRIV_M};
    const struct trap_event events[] = {
        {.pc = 0x80000080, .cause = 11,          .raw = 0x73, .len = 4},
        {.pc = 0x80000084,        .cause = 2,                            .tval = 0xffffffff},
        {.pc = 0x80000084,.cause = 1ull << 63 | 7},
    };
    char text[TEXT_MAX] = "";
    FILE *out = fmemopen(text, sizeof text, "w");
    const struct log_config config = {
        .out = out, .commits = true, .instructions = true, .isa = &isa, .harts = 2};
    struct log *l = log_new(&config);
    const struct hart_observer *first = log_observer(l, 0), *second = log_observer(l, 1);
    first->retire(first->arg, NULL, &loop);
    first->retire(first->arg, NULL, &loop);
    for (int k = 0; k < 3; k++) first->trap(first->arg, NULL, &events[k]);
    first->retire(first->arg, NULL, &next);
    second->retire(second->arg, NULL, &next);
    fclose(out);
    log_free(l);
    assert_string_equal(text, expected);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_registers),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_csrs),
        cmocka_unit_test(test_stream),
    };
    isa_default(&isa);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
