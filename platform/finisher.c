#include "platform/finisher.h"
#include "platform/node.h"

#define FINISHER_BASE 0x100000ull

enum { FINISHER_SIZE = 0x1000, FINISH_FAIL = 0x3333, FINISH_PASS = 0x5555, FINISH_RESET = 0x7777 };

static u64 finisher_read(void *state, u64 offset, unsigned size)
{
    (void)state, (void)offset, (void)size;
    return 0;
}

/* The exit status of a failure. A failure never looks like success, whatever its code. */
static int failure(u64 code)
{
    if (code == 0) return 1;
    return code > 255 ? 255 : (int)code;
}

static void finisher_write(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    const struct finisher *f = state;
    if (offset != 0) return;
    switch (value & 0xffff) {
    case FINISH_PASS: f->finish(f->arg, 0); break;
    case FINISH_FAIL: f->finish(f->arg, failure(value >> 16 & 0xffff)); break;
    case FINISH_RESET: f->reset(f->arg); break;
    }
}

static int finisher_describe(const struct device *d, void *fdt)
{
    static const char compatible[] = "sifive,test1\0sifive,test0\0syscon";
    struct node n = node_begin_at(fdt, "test", d->base);
    node_bytes(&n, "compatible", compatible, sizeof compatible);
    node_reg(&n, d->base, d->size);
    node_u32(&n, "phandle", PHANDLE_FINISHER);
    return node_end(&n);
}

static int describe_action(void *fdt, const char *name, const char *compatible, u32 value)
{
    struct node n = node_begin(fdt, name);
    node_string(&n, "compatible", compatible);
    node_u32(&n, "regmap", PHANDLE_FINISHER);
    node_u32(&n, "offset", 0);
    node_u32(&n, "value", value);
    return node_end(&n);
}

int finisher_describe_actions(void *fdt)
{
    int error = describe_action(fdt, "poweroff", "syscon-poweroff", FINISH_PASS);
    return error ? error : describe_action(fdt, "reboot", "syscon-reboot", FINISH_RESET);
}

struct device finisher_device(struct finisher *f)
{
    return (struct device){.name = "finisher",
                           .base = FINISHER_BASE,
                           .size = FINISHER_SIZE,
                           .widths = 2 | 4,
                           .state = f,
                           .read = finisher_read,
                           .write = finisher_write,
                           .describe = finisher_describe};
}
