#include "firmware/vmm.h"

unsigned put_digits(char *to, u64 value, unsigned base)
{
    unsigned n = value < base ? 0 : put_digits(to, value / base, base);
    to[n] = "0123456789abcdef"[value % base];
    return n + 1;
}

static void put_text(const char *text, u64 size)
{
    while (size--) console_put(NULL, *text++);
}

void vsay(const char *s, __builtin_va_list args)
{
    for (; *s; s++) {
        char digits[20];
        if (*s != '%') {
            console_put(NULL, *s);
            continue;
        }
        bool wide = *++s == 'l';
        if (wide) s++;
        if (*s == 's') {
            const char *text = __builtin_va_arg(args, const char *);
            put_text(text, strlen(text));
        } else if (*s == 'c') {
            console_put(NULL, (char)__builtin_va_arg(args, int));
        } else {
            u64 n = wide ? __builtin_va_arg(args, u64) : __builtin_va_arg(args, unsigned);
            put_text(digits, put_digits(digits, n, *s == 'x' ? 16 : 10));
        }
    }
}

void say(const char *format, ...)
{
    __builtin_va_list args;
    __builtin_va_start(args, format);
    vsay(format, args);
    __builtin_va_end(args);
}
