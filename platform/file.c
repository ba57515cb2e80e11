#include "platform/file.h"

#include "platform/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_SIZE = 1 << 16 };

/* Room for one more byte than is likely there, so that the end is seen without growing. */
static u64 likely_size(int fd)
{
    struct stat s;
    return fstat(fd, &s) == 0 && s.st_size > 0 ? (u64)s.st_size + 1 : FIRST_SIZE;
}

/* Read fd to its end; 0 or an errno. */
static int read_all(struct file *f, int fd)
{
    u64 room = likely_size(fd);
    for (;;) {
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
}

bool file_read(struct file *f, const char *what, const char *name)
{
    *f = (struct file){.name = name};
    int fd = open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return complain("%s '%s': %s", what, name, strerror(errno));
    int error = read_all(f, fd);
    close(fd);
    if (!error && f->size) return true;
    file_free(f);
    return complain("%s '%s': %s", what, name, error ? strerror(error) : "the file is empty");
}

void file_free(struct file *f)
{
    free(f->data);
    *f = (struct file){0};
}
