#define _GNU_SOURCE
#include "platform/disk.h"

#include "platform/message.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct disk {
    int fd;
    enum disk_mode mode;
    u64 size; /* bytes */

    /* Of a snapshot: the sectors that were written, where they are on the disk, and a bit for each.
     * Both come from the host without reservation, so that only what is touched takes memory. */
    u8 *written, *is_written;
};

/* ---- opening ---- */

static bool refuse(const char *file, const char *why)
{
    return complain("disk '%s': %s", file, why);
}

static bool open_file(struct disk *d, const char *file)
{
    d->fd = open(file, (d->mode == DISK_WRITABLE ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK);
    if (d->fd >= 0) return true;
    if (errno == EISDIR) return refuse(file, "is a directory; a disk is one file of raw sectors");
    if (d->mode == DISK_WRITABLE && (errno == EACCES || errno == EROFS || errno == EPERM))
        return complain(
            "disk '%s': it cannot be written (%s); give --disk %s,readonly or ,snapshot", file,
            strerror(errno), file);
    return refuse(file, strerror(errno));
}

static bool check_kind(const struct disk *d, const char *file)
{
    struct stat s;
    if (fstat(d->fd, &s) != 0) return refuse(file, strerror(errno));
    if (S_ISDIR(s.st_mode))
        return refuse(file, "is a directory; a disk is one file of raw sectors");
    return S_ISREG(s.st_mode) || S_ISBLK(s.st_mode) ||
           refuse(file, "is neither a file nor a block device");
}

static bool find_size(struct disk *d, const char *file)
{
    off_t size = lseek(d->fd, 0, SEEK_END);
    if (size < 0) return refuse(file, strerror(errno));
    if (!size)
        return complain("disk '%s': is empty; truncate -s 64M %s makes it 64 MiB", file, file);
    d->size = (u64)size;
    return !(d->size % SECTOR) ||
           complain("disk '%s': its %llu bytes are no whole number of sectors of %d; truncate -s "
                    "%%%d %s fills up the last one",
                    file, (unsigned long long)d->size, SECTOR, SECTOR, file);
}

/* Where files cannot be locked at all, nobody is kept out. */
static bool lock(const struct disk *d, const char *file)
{
    int how = d->mode == DISK_WRITABLE ? LOCK_EX : LOCK_SH;
    if (flock(d->fd, how | LOCK_NB) == 0 || errno != EWOULDBLOCK) return true;
    return refuse(file,
                  "another disk, of this run or another, has this file, and one of the two is "
                  "to write to it; copy it, or make both readonly or snapshot");
}

/* A format of which the guest would only see the outside. */
static void look_for_format(const struct disk *d, const char *file)
{
    static const char qcow[] = {'Q', 'F', 'I', '\xfb'};
    char magic[sizeof qcow] = "";
    if (pread(d->fd, magic, sizeof magic, 0) == sizeof magic &&
        memcmp(magic, qcow, sizeof qcow) == 0)
        complain("note: disk '%s' is a qcow2 image, and is taken as raw sectors all the same; "
                 "qemu-img convert -O raw makes a disk of it",
                 file);
}

static void *reserve(u64 size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
                   -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

static u64 bitmap_size(const struct disk *d)
{
    return d->size / SECTOR / 8 + 1;
}

static bool begin_snapshot(struct disk *d, const char *file)
{
    if (d->mode != DISK_SNAPSHOT) return true;
    d->written = reserve(d->size);
    d->is_written = reserve(bitmap_size(d));
    return (d->written && d->is_written) || refuse(file, "is too large for a snapshot");
}

struct disk *disk_open(const char *file, enum disk_mode mode)
{
    struct disk *d = calloc(1, sizeof *d);
    if (!d) {
        refuse(file, "out of memory");
        return NULL;
    }
    d->mode = mode;
    if (open_file(d, file) && check_kind(d, file) && find_size(d, file) && lock(d, file) &&
        begin_snapshot(d, file)) {
        look_for_format(d, file);
        return d;
    }
    disk_close(d);
    return NULL;
}

void disk_close(struct disk *d)
{
    if (!d) return;
    if (d->written) munmap(d->written, d->size);
    if (d->is_written) munmap(d->is_written, bitmap_size(d));
    if (d->fd >= 0) close(d->fd);
    free(d);
}

u64 disk_sectors(const struct disk *d)
{
    return d->size / SECTOR;
}

bool disk_is_read_only(const struct disk *d)
{
    return d->mode == DISK_READ_ONLY;
}

/* ---- reading and writing ---- */

bool disk_holds(const struct disk *d, u64 sector, u64 size)
{
    u64 count = disk_sectors(d);
    return !(size % SECTOR) && sector <= count && size / SECTOR <= count - sector;
}

/* A file that has become shorter meanwhile ends early. */
static bool read_file(const struct disk *d, u64 offset, u8 *data, u64 size)
{
    while (size) {
        ssize_t n = pread(d->fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        offset += (u64)n;
        data += n;
        size -= (u64)n;
    }
    return true;
}

static bool write_file(const struct disk *d, u64 offset, const u8 *data, u64 size)
{
    while (size) {
        ssize_t n = pwrite(d->fd, data, size, (off_t)offset);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) return false;
        offset += (u64)n;
        data += n;
        size -= (u64)n;
    }
    return true;
}

static bool in_snapshot(const struct disk *d, u64 sector)
{
    return d->is_written[sector / 8] >> sector % 8 & 1;
}

bool disk_read(const struct disk *d, u64 sector, void *data, u64 size)
{
    u8 *to = data;
    if (!disk_holds(d, sector, size) || !read_file(d, sector * SECTOR, to, size)) return false;
    if (d->mode != DISK_SNAPSHOT) return true;
    for (u64 end = sector + size / SECTOR; sector < end; sector++, to += SECTOR)
        if (in_snapshot(d, sector)) memcpy(to, d->written + sector * SECTOR, SECTOR);
    return true;
}

bool disk_write(struct disk *d, u64 sector, const void *data, u64 size)
{
    if (!disk_holds(d, sector, size) || disk_is_read_only(d)) return false;
    if (d->mode == DISK_WRITABLE) return write_file(d, sector * SECTOR, data, size);
    memcpy(d->written + sector * SECTOR, data, size);
    for (u64 k = sector; k < sector + size / SECTOR; k++) d->is_written[k / 8] |= (u8)(1 << k % 8);
    return true;
}

bool disk_flush(const struct disk *d)
{
    return d->mode != DISK_WRITABLE || fdatasync(d->fd) == 0;
}
