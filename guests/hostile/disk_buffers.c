/* Reads into and writes from where there is no memory of its own, or where only the first bytes
 * are: each is refused.
 * devices: disk
 * disk: 1024
 * outcome: contained */
#include "guests/hostile/disk.h"

void attack(void)
{
    enum { SIZE = 256 << 10 };
    needs_disk();
    for (unsigned i = 0; i < 1000; i++) {
        u64 at = i % 3 ? nasty() : RAM + RAM_SIZE - SIZE + (random64() % SIZE & -8ull) + 8;
        if (at >= RAM && at + SIZE <= RAM + RAM_SIZE) continue;
        u8 status = disk_request(i & 1, 0, at, i & 2 ? SIZE : SECTOR);
        bool whole = at >= RAM && at + SECTOR <= RAM + RAM_SIZE && !(i & 2);
        check(status == (whole ? DISK_OK : DISK_ERROR), "buffer at", at);
    }
}
