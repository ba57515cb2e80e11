/* The --guest option: a small language of key=value pairs. */
#include "platform/message.h"
#include "platform/options.h"
#include "platform/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GUEST_CPUS_MAX = 512 };

static const char *const keys[] = {"name=", "kernel=", "initrd=", "append=", "memory=", "cpus="};
enum key { KEY_NAME, KEY_KERNEL, KEY_INITRD, KEY_APPEND, KEY_MEMORY, KEY_CPUS, KEY_N };

/* The key that text begins with; KEY_N: none. */
static enum key find_key(const char *text)
{
    enum key k = 0;
    while (k < KEY_N && strncmp(text, keys[k], strlen(keys[k])) != 0) k++;
    return k;
}

/* True when the comma at p ends the value of key: in a kernel's command line, which is full of
 * commas, only one that a key follows does. */
static bool ends_value(const char *p, enum key key)
{
    return key != KEY_APPEND || find_key(p + 1) != KEY_N;
}

/* A copy of the value at *text, two commas made one; *text moves behind the comma that ends it. */
static char *take_value(const char **text, enum key key)
{
    const char *p = *text;
    char *value = malloc(strlen(p) + 1), *to = value;
    if (!value) return NULL;
    while (*p) {
        if (*p == ',' && p[1] == ',')
            p++;
        else if (*p == ',' && ends_value(p, key))
            break;
        *to++ = *p++;
    }
    *to = 0;
    *text = *p ? p + 1 : p;
    return value;
}

static bool set_memory(struct guest_option *g, const char *value)
{
    if (parse_size(value, 1 << 20, &g->memory) && g->memory >= PAGE_SIZE &&
        !(g->memory & PAGE_OFFSET_MASK))
        return true;
    return complain("--guest: memory= takes MiB or a size with K, M, G or T, not '%s'", value);
}

static bool set_cpus(struct guest_option *g, const char *value)
{
    char *end;
    unsigned long n = strtoul(value, &end, 10);
    g->vcpus = (u32)n;
    if (end != value && !*end && n >= 1 && n <= GUEST_CPUS_MAX) return true;
    return complain("--guest: cpus= takes a number from 1 to %d, not '%s'", GUEST_CPUS_MAX, value);
}

/* Keep the value in its place; it is g's from then on. */
static bool keep(char **place, char *value, enum key key)
{
    bool first = !*place;
    if (!first) complain("--guest: %s is given twice", keys[key]);
    free(*place);
    *place = value;
    return first;
}

static bool set(struct guest_option *g, enum key key, char *value)
{
    bool good = false;
    switch (key) {
    case KEY_NAME: return keep(&g->name, value, key);
    case KEY_KERNEL: return keep(&g->kernel, value, key);
    case KEY_INITRD: return keep(&g->initrd, value, key);
    case KEY_APPEND: return keep(&g->append, value, key);
    case KEY_MEMORY: good = set_memory(g, value); break;
    case KEY_CPUS: good = set_cpus(g, value); break;
    case KEY_N: break;
    }
    free(value);
    return good;
}

void guest_default_name(const struct guest_option *g, unsigned n, char *name)
{
    const char *slash = strrchr(g->kernel, '/'), *base = slash ? slash + 1 : g->kernel;
    const char *dot = strrchr(base, '.');
    char suffix[16] = "";
    if (n > 1) snprintf(suffix, sizeof suffix, "-%u", n);
    int most = GUEST_NAME_MAX - (int)strlen(suffix);
    int length = dot && dot != base ? (int)(dot - base) : (int)strlen(base);
    snprintf(name, GUEST_NAME_MAX + 1, "%.*s%s", length < most ? length : most, base, suffix);
}

static bool check(const struct guest_option *g, const char *text)
{
    if (!g->kernel || !*g->kernel)
        return complain("--guest %s: kernel=FILE is missing: what shall it run?", text);
    if (!g->name || (*g->name && strlen(g->name) <= GUEST_NAME_MAX)) return true;
    return complain("--guest %s: name= takes 1 to %d characters", text, GUEST_NAME_MAX);
}

bool guest_parse(struct guest_option *g, const char *text)
{
    *g = (struct guest_option){.memory = 64 << 20, .vcpus = 1};
    for (const char *p = text; *p;) {
        enum key key = find_key(p);
        if (key == KEY_N)
            return complain("--guest: '%s' begins with none of name=, kernel=, initrd=, append=, "
                            "memory=, cpus= (a comma inside a value is written twice)",
                            p);
        p += strlen(keys[key]);
        char *value = take_value(&p, key);
        if (!value) return complain("out of memory");
        if (!set(g, key, value)) return false;
    }
    return check(g, text);
}

void guest_free(struct guest_option *g)
{
    free(g->name);
    free(g->kernel);
    free(g->initrd);
    free(g->append);
    *g = (struct guest_option){0};
}
