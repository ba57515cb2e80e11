#include "guests/guest.h"

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

void shutdown(bool failed)
{
    sbi_call(SBI_SRST, 0, 0, failed, 0);
    for (;;) __asm__ volatile("wfi");
}

size_t text_size(const char *s)
{
    const char *end = s;
    while (*end) end++;
    return (size_t)(end - s);
}

static void write_text(const char *s, size_t size)
{
    struct sbiret r = sbi_call(SBI_DBCN, 0, size, (u64)s, 0);
    if (r.error == 0 && r.value == size) return;
    while (size--) sbi_call(SBI_PUTCHAR, 0, (u8)*s++, 0, 0);
}

static void write_number(u64 n, unsigned base)
{
    char digits[20];
    char *at = digits + sizeof digits;
    do *--at = "0123456789abcdef"[n % base];
    while (n /= base);
    write_text(at, (size_t)(digits + sizeof digits - at));
}

void print(const char *s, ...)
{
    __builtin_va_list args;
    __builtin_va_start(args, s);
    while (*s) {
        size_t plain = 0;
        while (s[plain] && s[plain] != '%') plain++;
        write_text(s, plain);
        s += plain;
        if (!*s) break;
        if (s[1] == 's') {
            const char *text = __builtin_va_arg(args, const char *);
            write_text(text, text_size(text));
        } else {
            write_number(__builtin_va_arg(args, u64), s[1] == 'x' ? 16 : 10);
        }
        s += 2;
    }
    __builtin_va_end(args);
}

u32 be32(const u8 *p)
{
    return (u32)p[0] << 24 | (u32)p[1] << 16 | (u32)p[2] << 8 | p[3];
}

static bool same(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return *a == *b;
}

const u8 *tree_property(const void *tree, const char *name)
{
    enum { BEGIN_NODE = 1, PROP = 3, END = 9 };
    const u8 *base = tree, *at = base + be32(base + 8);
    const char *strings = (const char *)base + be32(base + 12);
    for (; be32(at) != END; at += 4) {
        u32 size = 0;
        if (be32(at) == BEGIN_NODE) size = (u32)text_size((const char *)at + 4) + 1;
        if (be32(at) == PROP) {
            if (same(strings + be32(at + 8), name)) return at + 12;
            size = be32(at + 4) + 8;
        }
        at += (size + 3) & ~3u;
    }
    return NULL;
}
