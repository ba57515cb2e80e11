#include "console.h"

extern volatile u64 tohost;

/* QEMU's virt board: a 16550, and SiFive's test finisher. */
#define UART     ((volatile u8 *)0x10000000)
#define FINISHER ((volatile u32 *)0x100000)
enum { UART_DATA = 0, UART_LINE_STATUS = 5, UART_CAN_TAKE = 0x20 };
enum { FINISH_PASS = 0x5555, FINISH_FAIL = 1 << 16 | 0x3333 };

/* HTIF: device 1, command 1. */
#define HTIF_PUT (1ull << 56 | 1ull << 48)

/* NEMU: a UART Lite as its XiangShan configurations have it, and an instruction that ends the run.
 */
#define UART_LITE ((volatile u32 *)0x40600000)
enum { LITE_DATA = 1, LITE_STATUS = 2, LITE_FULL = 0x08 };

static void put_virt(char c)
{
    while (!(UART[UART_LINE_STATUS] & UART_CAN_TAKE)) {
    }
    UART[UART_DATA] = (u8)c;
}

static void put_nemu(char c)
{
    while (UART_LITE[LITE_STATUS] & LITE_FULL) {
    }
    UART_LITE[LITE_DATA] = (u8)c;
}

static void wait_for_htif(void)
{
    while (tohost) {
    }
}

static void put(char c)
{
    switch (params.board) {
    case BOARD_HTIF:
        wait_for_htif();
        tohost = HTIF_PUT | (u8)c;
        break;
    case BOARD_VIRT: put_virt(c); break;
    case BOARD_NEMU: put_nemu(c); break;
    }
}

static void print(const char *text)
{
    while (*text) put(*text++);
}

static void print_number(u64 value, unsigned base)
{
    if (value >= base) print_number(value / base, base);
    put("0123456789abcdef"[value % base]);
}

void print_field(const char *name, u64 value)
{
    print(name);
    put(' ');
    print_number(value, 10);
    put('\n');
}

void print_hex_field(const char *name, u64 value)
{
    print(name);
    put(' ');
    print_number(value, 16);
    put('\n');
}

static void nemu_trap(u64 code)
{
    register u64 a0 __asm__("a0") = code;
    __asm__ volatile(".4byte 0x0000006b" ::"r"(a0));
}

void power_off(bool good)
{
    switch (params.board) {
    case BOARD_HTIF:
        wait_for_htif();
        tohost = good ? 1 : 3;
        break;
    case BOARD_VIRT: *FINISHER = good ? FINISH_PASS : FINISH_FAIL; break;
    case BOARD_NEMU: nemu_trap(!good); break;
    }
    for (;;) {
    }
}
