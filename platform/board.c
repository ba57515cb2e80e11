#include "platform/board_state.h"
#include "platform/fdt.h"
#include "platform/parallel.h"

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The real-time clock of a deterministic run starts at 2026-01-01 00:00:00 UTC. */
#define RTC_EPOCH (1767225600ull * 1000000000)

/* The device tree lies below 3 GiB, as on QEMU's board, aligned so that one 2 MiB page maps it. */
#define FDT_LIMIT 0xc0000000ull
#define FDT_ALIGN 0x200000ull

/* ---- wires between devices, harts and the terminal ---- */

/* A hart's interrupt line. If another hart is running, its slice ends: this one may wake. */
static void set_hart_line(void *arg, unsigned number, bool level)
{
    struct board_hart *bh = arg;
    if ((bh->lines >> number & 1) == level) return;
    bh->lines ^= (u32)1 << number;
    if (bh->board->config.parallel) {
        parallel_line_changed(bh);
        return;
    }
    hart_line(bh->hart, (enum hart_line)number, level);
    if (level && bh->board->running != bh) board_replan(bh->board);
}

static struct irq_line hart_irq(struct board_hart *bh, enum hart_line line)
{
    return (struct irq_line){set_hart_line, bh, line, 0};
}

static void serial_put(void *arg, u8 byte)
{
    const struct board *b = arg;
    terminal_put(b->terminal, byte);
}

static void serial_unget(void *arg, u8 byte)
{
    const struct board *b = arg;
    terminal_unget(b->terminal, byte);
}

static void finish(void *arg, int status)
{
    board_stop(arg, status);
}

static void want_reset(void *arg)
{
    struct board *b = arg;
    __atomic_store_n(&b->reset_wanted, true, __ATOMIC_RELEASE);
    board_replan(b);
}

/* ---- making it ---- */

static u64 rtc_epoch(const struct board_config *config)
{
    if (!config->host_time) return RTC_EPOCH;
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static bool make_harts(struct board *b)
{
    struct bus bus = board_bus_template;
    bus.machine = b;
    for (unsigned i = 0; i < b->config.harts; i++) {
        struct hart_config config = b->config.hart;
        config.id = i;
        config.isa = b->config.isa;
        config.tier = b->config.tier;
        config.monitor = b->monitor;
        b->harts[i].board = b;
        b->harts[i].hart = hart_new(&config, &bus);
        if (!b->harts[i].hart) return false;
    }
    return true;
}

static bool make_interrupt_controllers(struct board *b, const struct timebase *timebase)
{
    struct irq_line software[BOARD_HARTS_MAX], timer[BOARD_HARTS_MAX],
        external[2 * BOARD_HARTS_MAX];
    for (unsigned i = 0; i < b->config.harts; i++) {
        software[i] = hart_irq(&b->harts[i], LINE_MSI);
        timer[i] = hart_irq(&b->harts[i], LINE_MTI);
        external[2 * i] = hart_irq(&b->harts[i], LINE_MEI);
        external[2 * i + 1] = hart_irq(&b->harts[i], LINE_SEI);
    }
    b->clint = clint_new(b->config.harts, timebase, software, timer);
    return b->clint && controllers_make(b, external);
}

static bool make_devices(struct board *b)
{
    const struct timebase timebase = {b, board_ticks, board_replan};
    const struct uart_line line = {b, serial_put, serial_unget};
    if (!make_interrupt_controllers(b, &timebase)) return false;
    b->uart = uart_new(&line, board_irq(b, UART_IRQ));
    b->rtc = rtc_new(rtc_epoch(&b->config), &timebase, board_irq(b, RTC_IRQ));
    b->finisher = (struct finisher){b, finish, want_reset};
    return b->uart && b->rtc;
}

static bool add_devices(struct board *b)
{
    const struct device devices[] = {
        finisher_device(&b->finisher),
        rtc_device(b->rtc),
        clint_device(b->clint),
        uart_device(b->uart),
    };
    for (size_t i = 0; i < sizeof devices / sizeof devices[0]; i++)
        if (!bus_add(&b->bus, &devices[i])) return false;
    const struct dma dma = board_dma(b);
    struct irq_line lines[VIRTIO_SLOTS];
    for (unsigned n = 0; n < VIRTIO_SLOTS; n++) lines[n] = board_irq(b, VIRTIO_IRQ + n);
    return controllers_add(b) && slots_begin(&b->slots, &b->config, &dma, lines, &b->bus);
}

static bool no_room(const struct board *b)
{
    fprintf(stderr, "vhart: no memory for a board with %u harts\n", b->config.harts);
    return false;
}

static bool make_parts(struct board *b)
{
    b->rom.flags = PAGE_WATCH;
    b->host_start = host_ns();
    b->alarm.due = NEVER;
    b->ram = ram_new(RAM_BASE, b->config.ram_size);
    b->terminal = terminal_new(b->config.htif);
    if (b->terminal && b->config.console != CONSOLE_ALL)
        terminal_detach(b->terminal, b->config.console == CONSOLE_OUTPUT);
    if (b->config.parallel && !parallel_begin(b)) return no_room(b);
    if (b->ram && b->terminal && make_harts(b) && make_devices(b)) return true;
    return no_room(b);
}

static bool valid(const struct board_config *config)
{
    if (config->harts < 1 || config->harts > BOARD_HARTS_MAX) {
        fprintf(stderr, "vhart: %u harts are asked for; give 1 to %d\n", config->harts,
                BOARD_HARTS_MAX);
        return false;
    }
    if (config->ram_size < PAGE_SIZE || config->ram_size > BIT(63) ||
        config->ram_size & PAGE_OFFSET_MASK) {
        fprintf(stderr,
                "vhart: the RAM's size must be a multiple of 4 KiB, from 4 KiB to 2^43 MiB\n");
        return false;
    }
    return true;
}

struct board *board_new(const struct board_config *config)
{
    if (!valid(config)) return NULL;
    struct board *b = calloc(1, sizeof *b + config->harts * sizeof b->harts[0]);
    if (!b) {
        fprintf(stderr, "vhart: no memory for the board\n");
        return NULL;
    }
    b->config = *config;
    b->last = b->harts;
    if (make_parts(b) && add_devices(b)) return b;
    board_free(b);
    return NULL;
}

void board_free(struct board *b)
{
    if (!b) return;
    for (unsigned i = 0; i < b->config.harts; i++)
        if (b->harts[i].hart) hart_free(b->harts[i].hart);
    slots_end(&b->slots);
    uart_free(b->uart);
    rtc_free(b->rtc);
    clint_free(b->clint);
    controllers_free(b);
    terminal_free(b->terminal);
    if (b->config.parallel) parallel_end(b);
    ram_free(b->ram);
    free(b->fdt);
    free(b);
}

/* ---- reset ---- */

/* What the reset vector hands over, as on QEMU's board: a0 = mhartid, a1 = the device tree, a2 =
 * what OpenSBI's fw_dynamic wants to know (include/sbi/fw_dynamic.h there). */
struct reset_rom {
    u32 code[6];
    u64 entry, fdt;
    struct {
        u64 magic, version, next_addr, next_mode, options, boot_hart;
    } info;
};

static void write_rom(struct board *b)
{
    const struct reset_rom rom = {
        .code = {0x00000297, /* auipc t0, 0 */
                 0x02828613, /* addi a2, t0, 40: info */
                 0xf1402573, /* csrr a0, mhartid */
                 0x0202b583, /* ld a1, 32(t0): fdt */
                 0x0182b283, /* ld t0, 24(t0): entry */
                 0x00028067}, /* jr t0 */
        .entry = b->boot->entry,
        .fdt = b->fdt_address,
        .info = {.magic = 0x4942534f,          /* "OSBI" */
                 .version = 2,
                 .next_addr = b->boot->next,
                 .next_mode = 1,                                                                     /* S-mode */
                 .boot_hart = 0                                                                                                            },
    };
    memcpy(b->rom.image, &rom, sizeof rom);
    memcpy(b->rom.page, b->rom.image, PAGE_SIZE);
}

static void reset_harts(struct board *b)
{
    for (unsigned i = 0; i < b->config.harts; i++) {
        hart_reset(b->harts[i].hart, RESET_BASE);
        b->harts[i].waiting = false;
        b->harts[i].has_msi = false;
        memset(b->harts[i].msi, 0, sizeof b->harts[i].msi);
    }
    b->turn = 0;
}

void board_reset(struct board *b)
{
    const struct board_boot *boot = b->boot;
    b->reset_wanted = false;
    uart_reset(b->uart);
    rtc_reset(b->rtc);
    clint_reset(b->clint);
    slots_reset(&b->slots);
    controllers_reset(b);
    if (boot->reload && !boot->reload(boot->reload_arg, b)) board_stop(b, 2);
    board_write(b, b->fdt_address, b->fdt, fdt_totalsize(b->fdt));
    reset_harts(b);
}

/* The largest alignment for which there is room, from a 2 MiB page down to what a tree needs. */
static bool place_fdt(struct board *b)
{
    u64 size = fdt_totalsize(b->fdt);
    for (u64 align = FDT_ALIGN; align >= 8 && !b->fdt_address; align /= 2)
        b->fdt_address = board_find_room(b, size, align, FDT_LIMIT);
    if (b->fdt_address) return board_claim(b, "the device tree", b->fdt_address, size);
    fprintf(stderr, "vhart: no room in RAM for the device tree; use a larger -m\n");
    return false;
}

bool board_finish_setup(struct board *b, const struct board_boot *boot)
{
    b->boot = boot;
    b->fdt = fdt_build(&b->config, &b->bus, boot);
    if (!b->fdt || !place_fdt(b)) return false;
    if (!board_write(b, b->fdt_address, b->fdt, fdt_totalsize(b->fdt))) return false;
    write_rom(b);
    reset_harts(b);
    return true;
}

/* ---- access ---- */

const void *board_fdt(const struct board *b)
{
    return b->fdt;
}

struct hart *board_hart(struct board *b, unsigned i)
{
    return b->harts[i].hart;
}

struct terminal *board_terminal(struct board *b)
{
    return b->terminal;
}
