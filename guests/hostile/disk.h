/* What the attacks on the virtio disk share: requests (Virtual I/O Device specification 1.2, 5.2).
 */
#ifndef GUESTS_HOSTILE_DISK_H
#define GUESTS_HOSTILE_DISK_H

#include "guests/hostile/virtio.h"

enum { SECTOR = 512 };
enum { DISK_READ = 0, DISK_WRITE = 1, DISK_FLUSH = 4, DISK_GET_ID = 8 };
enum { DISK_OK = 0, DISK_ERROR = 1, DISK_UNSUPPORTED = 2, DISK_UNTOUCHED = 0x55 };

struct disk_header {
    u32 type, reserved;
    u64 sector;
};

/* One request with one piece of data, in a new queue: its status, DISK_UNTOUCHED if it got none. */
u8 disk_request(u32 type, u64 sector, u64 data, u32 size);
/* Sectors, by the device's own word. */
u64 disk_sectors(void);
/* Ends the attack, with a word to the test, where the VM has no disk. */
void needs_disk(void);

#endif
