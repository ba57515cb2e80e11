#include "platform/file.h"

#include "platform/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_SIZE = 1 << 16 };
static const u64 most = 4ull << 30;

/* Read fd, likely to have size bytes, to its end; 0 or an errno. */
static int read_all(struct file *f, int fd, u64 size)
{
    u64 room = size ? size + 1 : FIRST_SIZE; /* so that the end is seen without growing */
    while (room <= most) {
        u8 *grown = realloc(f->data, room);
        if (!grown) return ENOMEM;
        f->data = grown;
        while (f->size < room) {
            ssize_t n = read(fd, f->data + f->size, room - f->size);
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) return errno;
            if (n == 0) return 0;
            f->size += (u64)n;
        }
        room *= 2;
    }
    return EFBIG;
}

/* NULL, or what is wrong. */
static const char *read_file(struct file *f, int fd)
{
    struct stat s;
    if (fstat(fd, &s) != 0) return strerror(errno);
    if (S_ISCHR(s.st_mode)) return "this is a device, not a file"; /* /dev/zero has no end */
    int error = read_all(f, fd, S_ISREG(s.st_mode) ? (u64)s.st_size : 0);
    return error ? strerror(error) : f->size ? NULL : "the file is empty";
}

bool file_read(struct file *f, const char *what, const char *name)
{
    *f = (struct file){.name = name};
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return complain("%s '%s': %s", what, name, strerror(errno));
    const char *wrong = read_file(f, fd);
    close(fd);
    if (!wrong) return true;
    file_free(f);
    return complain("%s '%s': %s", what, name, wrong);
}

void file_free(struct file *f)
{
    free(f->data);
    *f = (struct file){0};
}
