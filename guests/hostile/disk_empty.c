/* Requests without a byte of data, between others: a disk below must never see them, since one that
 * takes them for a fault would stop for everybody.
 * devices: disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/disk.h"

static u8 data[SECTOR];

void attack(void)
{
    needs_disk();
    check(disk_request(DISK_READ, 0, (u64)data, sizeof data) == DISK_OK, "a read", 0);
    for (u64 sector = 0; sector < 4; sector++)
        for (u32 type = DISK_READ; type <= DISK_WRITE; type++)
            check(disk_request(type, sector, (u64)data, 0) <= DISK_ERROR, "nothing", sector);
    check(disk_request(DISK_READ, 0, (u64)data, sizeof data) == DISK_OK, "a read again", 0);
}
