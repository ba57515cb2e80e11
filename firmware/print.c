#include "firmware/vmm.h"

struct field {
    bool left, wide;
    unsigned width;
};

static void put_padded(const char *text, unsigned size, const struct field *f)
{
    unsigned pad = f->width > size ? f->width - size : 0;
    if (!f->left)
        for (; pad; pad--) console_put(NULL, ' ');
    while (size--) console_put(NULL, *text++);
    for (; pad; pad--) console_put(NULL, ' ');
}

unsigned put_digits(char *to, u64 value, unsigned base)
{
    unsigned n = value < base ? 0 : put_digits(to, value / base, base);
    to[n] = "0123456789abcdef"[value % base];
    return n + 1;
}

static const char *parse_field(const char *s, struct field *f)
{
    *f = (struct field){0};
    if (*s == '-') {
        f->left = true;
        s++;
    }
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
        char digits[24];
        s = parse_field(s + 1, &f);
        if (*s == 's') {
            const char *text = __builtin_va_arg(args, const char *);
            put_padded(text, (unsigned)strlen(text), &f);
        } else if (*s == 'c') {
            put_padded(&(char){(char)__builtin_va_arg(args, int)}, 1, &f);
        } else if (*s == 'u' || *s == 'x') {
            u64 n = f.wide ? __builtin_va_arg(args, u64) : __builtin_va_arg(args, unsigned);
            put_padded(digits, put_digits(digits, n, *s == 'x' ? 16 : 10), &f);
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
