/* A disk: a file (or block device) of the host as a row of sectors. */
#ifndef PLATFORM_DISK_H
#define PLATFORM_DISK_H

#include "hart/types.h"

enum { SECTOR = 512 };

/* DISK_SNAPSHOT: what is written is kept in memory, and the file stays as it is. */
enum disk_mode { DISK_WRITABLE, DISK_READ_ONLY, DISK_SNAPSHOT };

struct disk;

/* NULL, with a line on stderr, when the file is none for this mode: it cannot be opened, is neither
 * a file nor a block device, is no whole number of sectors long, or another disk, of this run or
 * another, has it and one of the two writes. */
struct disk *disk_open(const char *file, enum disk_mode mode);
void disk_close(struct disk *d);

u64 disk_sectors(const struct disk *d);
bool disk_is_read_only(const struct disk *d);

/* Are size bytes from this sector on all on the disk, and whole sectors? */
bool disk_holds(const struct disk *d, u64 sector, u64 size);

/* size bytes, a multiple of SECTOR, from this sector on. False when they are not all on the disk,
 * when the host cannot, or for a write to a disk that is read-only. */
bool disk_read(const struct disk *d, u64 sector, void *data, u64 size);
bool disk_write(struct disk *d, u64 sector, const void *data, u64 size);

/* True once the host has everything that was written in safety. */
bool disk_flush(const struct disk *d);

#endif
