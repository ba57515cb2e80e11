#include "console.h"

extern volatile u64 tohost;

/* QEMU's virt board: a 16550, and SiFive's test finisher. */
#define UART     ((volatile u8 *)0x10000000)
#define FINISHER ((volatile u32 *)0x100000)
enum { UART_DATA = 0, UART_LINE_STATUS = 5, UART_CAN_TAKE = 0x20 };
enum { FINISH_PASS = 0x5555, FINISH_FAIL = 1 << 16 | 0x3333 };

/* HTIF: device 1, command 1. */
#define HTIF_PUT (1ull << 56 | 1ull << 48)

static void put(char c)
{
    if (params.board == BOARD_VIRT) {
        while (!(UART[UART_LINE_STATUS] & UART_CAN_TAKE)) {
        }
        UART[UART_DATA] = (u8)c;
    } else {
        while (tohost) {
        }
        tohost = HTIF_PUT | (u8)c;
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

void power_off(bool good)
{
    if (params.board == BOARD_VIRT) {
        *FINISHER = good ? FINISH_PASS : FINISH_FAIL;
    } else {
        while (tohost) {
        }
        tohost = good ? 1 : 3;
    }
    for (;;) {
    }
}
