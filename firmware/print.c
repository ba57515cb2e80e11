#include "firmware/vmm.h"

struct field {
    bool left, zero, wide;
    unsigned width;
};

static void put_padded(const char *text, unsigned size, const struct field *f)
{
    unsigned pad = f->width > size ? f->width - size : 0;
    if (!f->left)
        for (; pad; pad--) console_put(NULL, f->zero ? '0' : ' ');
    while (size--) console_put(NULL, *text++);
    for (; pad; pad--) console_put(NULL, ' ');
}

static void put_number(u64 value, unsigned base, bool minus, const struct field *f)
{
    char digits[24];
    char *at = digits + sizeof digits;
    do *--at = "0123456789abcdef"[value % base];
    while (value /= base);
    if (minus) *--at = '-';
    put_padded(at, (unsigned)(digits + sizeof digits - at), f);
}

static const char *parse_field(const char *s, struct field *f)
{
    *f = (struct field){0};
    for (; *s == '-' || *s == '0'; s++) *(*s == '-' ? &f->left : &f->zero) = true;
    for (; *s >= '0' && *s <= '9'; s++) f->width = f->width * 10 + (unsigned)(*s - '0');
    if (*s == 'l') {
        f->wide = true;
        s++;
    }
    return s;
}

void vsay(const char *s, __builtin_va_list args)
{
    for (; *s; s++) {
        if (*s != '%') {
            console_put(NULL, *s);
            continue;
        }
        struct field f;
        s = parse_field(s + 1, &f);
        if (*s == 's') {
            const char *text = __builtin_va_arg(args, const char *);
            put_padded(text, (unsigned)strlen(text), &f);
        } else if (*s == 'd') {
            int n = __builtin_va_arg(args, int);
            put_number(n < 0 ? 0 - (u64)n : (u64)n, 10, n < 0, &f);
        } else if (*s == 'u' || *s == 'x') {
            u64 n = f.wide ? __builtin_va_arg(args, u64) : __builtin_va_arg(args, unsigned);
            put_number(n, *s == 'x' ? 16 : 10, false, &f);
        } else {
            console_put(NULL, *s);
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
