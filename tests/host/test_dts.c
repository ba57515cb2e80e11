/* A tree made with libfdt, as text. */
#include "platform/dts.h"

#include <libfdt.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

enum { TREE_MAX = 4096, TEXT_MAX = 4096 };

static char tree[TREE_MAX], text[TEXT_MAX];

static void build(void)
{
    assert_int_equal(fdt_create(tree, sizeof tree), 0);
    fdt_finish_reservemap(tree);
    fdt_begin_node(tree, "");
    fdt_property_u32(tree, "#address-cells", 2);
    fdt_property(tree, "compatible", "one\0two", 8);
    fdt_begin_node(tree, "chosen");
    fdt_property_string(tree, "bootargs", "a=\"b\\c\"");
    fdt_property(tree, "empty", NULL, 0);
    fdt_property(tree, "bytes", "\x01\x80\xff", 3);
    fdt_property(tree, "not-text", "a\0\0", 4);
    fdt_end_node(tree);
    fdt_begin_node(tree, "soc");
    fdt_begin_node(tree, "uart@10000000");
    fdt_property_u64(tree, "reg", 0x10000000);
    fdt_end_node(tree);
    fdt_end_node(tree);
    fdt_begin_node(tree, "last");
    fdt_end_node(tree);
    fdt_end_node(tree);
    assert_int_equal(fdt_finish(tree), 0);
}

static bool print(void)
{
    memset(text, 0, sizeof text);
    FILE *out = fmemopen(text, sizeof text, "w");
    bool good = dts_print(out, tree);
    fclose(out);
    return good;
}

static void test_print(void **state)
{
    (void)state;
    build();
    assert_true(print());
    assert_string_equal(text, "/dts-v1/;\n"
                              "\n"
                              "/ {\n"
                              "\t#address-cells = <0x02>;\n"
                              "\tcompatible = \"one\", \"two\";\n"
                              "\n"
                              "\tchosen {\n"
                              "\t\tbootargs = \"a=\\\"b\\\\c\\\"\";\n"
                              "\t\tempty;\n"
                              "\t\tbytes = [01 80 ff];\n"
                              "\t\tnot-text = <0x61000000>;\n"
                              "\t};\n"
                              "\n"
                              "\tsoc {\n"
                              "\n"
                              "\t\tuart@10000000 {\n"
                              "\t\t\treg = <0x00 0x10000000>;\n"
                              "\t\t};\n"
                              "\t};\n"
                              "\n"
                              "\tlast {\n"
                              "\t};\n"
                              "};\n");
}

/* Whatever byte of the structure changes, the text ends. */
static void test_damaged(void **state)
{
    (void)state;
    build();
    unsigned from = fdt_off_dt_struct(tree), to = from + fdt_size_dt_struct(tree), refused = 0;
    for (unsigned at = from; at < to; at++) {
        tree[at] = (char)(tree[at] ^ 0x09);
        if (!print()) refused++;
        tree[at] = (char)(tree[at] ^ 0x09);
    }
    assert_true(refused > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_print),
                                       cmocka_unit_test(test_damaged)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
