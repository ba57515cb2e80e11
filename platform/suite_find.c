#define _GNU_SOURCE /* asprintf */
#include "platform/suite_find.h"

#include "platform/message.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- one file ---- */

/* The fields of an ELF header that tell a RISC-V executable, linked at an address or not, from
 * object files and from programs for the host. */
static bool is_executable(int fd)
{
    enum { TYPE_AT = 16, MACHINE_AT = 18, HEADER = 20, EXEC = 2, DYN = 3, RISCV = 243 };
    u8 h[HEADER];
    if (read(fd, h, HEADER) != HEADER || memcmp(h, "\177ELF", 4) != 0) return false;
    unsigned type = (unsigned)h[TYPE_AT] | (unsigned)h[TYPE_AT + 1] << 8;
    unsigned machine = (unsigned)h[MACHINE_AT] | (unsigned)h[MACHINE_AT + 1] << 8;
    return machine == RISCV && (type == EXEC || type == DYN);
}

/* Whether it is one; *readable: whether one can tell (else errno). */
static bool is_test(const char *path, bool *readable)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    *readable = fd >= 0;
    if (fd < 0) return false;
    bool is = is_executable(fd);
    close(fd);
    return is;
}

/* ---- files that go with it ---- */

/* DIRECTORY/NAMESUFFIX, where NAME is path's file name without ".elf", and no DIRECTORY is path's
 * own. NULL: no memory. */
static char *file_beside(const char *path, const char *directory, const char *suffix)
{
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t stem = strlen(base);
    if (stem > 4 && strcmp(base + stem - 4, ".elf") == 0) stem -= 4;
    char *name;
    int n = directory ? asprintf(&name, "%s/%.*s%s", directory, (int)stem, base, suffix)
                      : asprintf(&name, "%.*s%s", (int)(base - path) + (int)stem, path, suffix);
    return n < 0 ? NULL : name;
}

static bool find_options(struct suite_test *t)
{
    t->options = file_beside(t->path, NULL, ".options");
    if (!t->options) return complain("out of memory");
    if (access(t->options, F_OK) == 0) return true;
    free(t->options);
    t->options = NULL;
    return true;
}

/* Whoever asks for references by an option gets a name even if there is no such file: the test
 * shall not pass for want of one. */
static bool find_reference(struct suite_test *t, const struct suite_options *o)
{
    static const char *const usual[] = {".reference_output", ".ref"};
    const char *const *suffixes = o->suffix ? &o->suffix : usual;
    unsigned count = o->suffix ? 1 : sizeof usual / sizeof usual[0];
    for (unsigned k = 0; k < count; k++) {
        free(t->reference);
        t->reference = file_beside(t->path, o->references, suffixes[k]);
        if (!t->reference) return complain("out of memory");
        if (access(t->reference, F_OK) == 0) return true;
    }
    if (o->suffix || o->references) return true;
    free(t->reference);
    t->reference = NULL;
    return true;
}

/* ---- the list ---- */

static bool add(struct suite_list *l, const char *path, const struct suite_options *o)
{
    if ((l->count & (l->count - 1)) == 0) { /* full: the room is a power of two */
        size_t room = l->count ? 2 * (size_t)l->count : 1;
        struct suite_test *grown = realloc(l->tests, room * sizeof *grown);
        if (!grown) return complain("out of memory");
        l->tests = grown;
    }
    struct suite_test *t = &l->tests[l->count];
    *t = (struct suite_test){.path = strdup(path)};
    if (!t->path) return complain("out of memory");
    l->count++;
    return find_options(t) && find_reference(t, o);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int not_dots(const struct dirent *e)
{
    return strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
}

static bool add_directory(struct suite_list *l, const char *path, const struct suite_options *o);

/* Something found in a directory. A link to a directory is not followed: it may lead round. */
static bool add_entry(struct suite_list *l, const char *path, const struct suite_options *o)
{
    struct stat s;
    bool readable;
    if (lstat(path, &s) != 0) return true; /* it has just been removed */
    if (S_ISDIR(s.st_mode)) return add_directory(l, path, o);
    if (S_ISLNK(s.st_mode) && stat(path, &s) != 0) return true;
    if (!S_ISREG(s.st_mode)) return true;
    if (is_test(path, &readable)) return add(l, path, o);
    return readable || complain("'%s': %s", path, strerror(errno));
}

static bool add_directory(struct suite_list *l, const char *path, const struct suite_options *o)
{
    struct dirent **entries;
    int n = scandir(path, &entries, not_dots, by_name);
    if (n < 0) return complain("'%s': %s", path, strerror(errno));
    bool good = true;
    const char *slash = path[strlen(path) - 1] == '/' ? "" : "/";
    for (int k = 0; k < n; k++) {
        char *name = NULL;
        if (good && asprintf(&name, "%s%s%s", path, slash, entries[k]->d_name) < 0)
            good = complain("out of memory");
        good = good && add_entry(l, name, o);
        free(name);
        free(entries[k]);
    }
    free(entries);
    return good;
}

static bool add_path(struct suite_list *l, const char *path, const struct suite_options *o)
{
    struct stat s;
    bool readable;
    if (stat(path, &s) != 0) return complain("'%s': %s", path, strerror(errno));
    if (S_ISDIR(s.st_mode)) return add_directory(l, path, o);
    if (!S_ISREG(s.st_mode)) return complain("'%s' is neither a file nor a directory", path);
    if (is_test(path, &readable)) return add(l, path, o);
    if (!readable) return complain("'%s': %s", path, strerror(errno));
    return complain("'%s' is not a RISC-V executable", path);
}

bool suite_find(struct suite_list *l, const struct suite_options *o)
{
    *l = (struct suite_list){0};
    for (unsigned k = 0; k < o->path_count; k++)
        if (!add_path(l, o->paths[k], o)) return false;
    return l->count || complain("no RISC-V executable below '%s'%s: nothing to test", o->paths[0],
                                o->path_count > 1 ? " and the other paths" : "");
}

void suite_list_free(struct suite_list *l)
{
    for (unsigned k = 0; k < l->count; k++) {
        free(l->tests[k].path);
        free(l->tests[k].options);
        free(l->tests[k].reference);
    }
    free(l->tests);
    *l = (struct suite_list){0};
}
