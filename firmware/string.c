#include "firmware/vmm.h"

void *memcpy(void *to, const void *from, size_t size)
{
    u8 *t = to;
    const u8 *f = from;
    /* Words where both allow it: guest images are tens of megabytes. */
    if ((((uintptr_t)t | (uintptr_t)f) & 7) == 0)
        for (; size >= 8; size -= 8, t += 8, f += 8)
            *(u64 *)(void *)t = *(const u64 *)(const void *)f;
    while (size--) *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    for (u8 *t = to; size--;) *t++ = (u8)byte;
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const u8 *p = a, *q = b;
    for (; size; size--, p++, q++)
        if (*p != *q) return *p - *q;
    return 0;
}

size_t strlen(const char *s)
{
    const char *end = s;
    while (*end) end++;
    return (size_t)(end - s);
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b) a++, b++;
    return (u8)*a - (u8)*b;
}

const char *find_word(const char *list, char separator, const char *word, size_t size)
{
    for (const char *s = list; s && *s; s++)
        if ((s == list || s[-1] == separator) && strlen(s) >= size && !memcmp(s, word, size))
            return s + size;
    return NULL;
}

bool lists(const char *list, const char *word, size_t size)
{
    const char *end = find_word(list, ',', word, size);
    return end && (!*end || *end == ',');
}
