/* Spike's host-target interface: an odd word in tohost ends the run, device 1 prints a byte. */
#include "harness.h"

extern volatile u64 tohost, fromhost;

static void put_char(char c)
{
    while (tohost) fromhost = 0;
    tohost = BIT(56) | BIT(48) | (u8)c;
    while (tohost) fromhost = 0;
}

void print(const char *s)
{
    while (*s) put_char(*s++);
}

void print_hex(u64 v)
{
    print("0x");
    for (int shift = 60; shift >= 0; shift -= 4) {
        if (v >> shift || shift == 0) put_char("0123456789abcdef"[v >> shift & 15]);
    }
}

void print_dec(u64 v)
{
    if (v >= 10) print_dec(v / 10);
    put_char((char)('0' + v % 10));
}

void finish(u64 code)
{
    for (;;) tohost = code << 1 | 1;
}
