/* Sectors and lengths beyond the disk's end, that wrap, that are no whole sectors: each is refused,
 * no byte of memory comes out, and none of the disk's is changed.
 * devices: disk
 * disk: 64
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { SECTORS = 128, ROOM = SECTORS * SECTOR };
static u64 was[ROOM / 8], is[ROOM / 8], bait[ROOM / 8];
#define BAIT 0xeeeeeeeeeeeeeeeeull

static u64 differences(void)
{
    u64 n = 0;
    check(disk_request(DISK_READ, 0, (u64)is, ROOM) == DISK_OK, "reading all", 0);
    for (unsigned i = 0; i < ROOM / 8; i++) n += is[i] != was[i];
    return n;
}

static void try(u32 type, u64 sector, u32 size)
{
    bool inside = sector <= SECTORS && size / SECTOR <= SECTORS - sector;
    if (inside && size % SECTOR == 0) return;
    for (unsigned i = 0; i < ROOM / 8; i++) bait[i] = BAIT;
    u8 status = disk_request(type, sector, (u64)bait, size);
    check(status == DISK_ERROR, "status of a request for sector", sector);
    u64 changed = 0;
    for (unsigned i = 0; i < ROOM / 8; i++) changed += bait[i] != BAIT;
    check(!changed, "bytes came from sector", sector);
}

void attack(void)
{
    static const u64 sectors[] = {0,       1,       SECTORS - 1, SECTORS,   SECTORS + 1,
                                  BIT(32), BIT(55), BIT(55) - 1, BIT(63),   ~0ull,
                                  -2ull,   -128ull, 0x7fffff,    0x3fffffff};
    static const u32 sizes[] = {0, 1, 511, 512, 513, 1024, ROOM, ROOM - 1, ROOM + 512, 0xfffffe00};
    needs_disk();
    check(disk_sectors() == SECTORS, "sectors", disk_sectors());
    for (unsigned i = 0; i < ROOM / 8; i++) was[i] = random64();
    check(disk_request(DISK_WRITE, 0, (u64)was, ROOM) == DISK_OK, "writing all", 0);
    for (unsigned i = 0; i < sizeof sectors / sizeof *sectors; i++)
        for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            if (sizes[k] == 0 && sectors[i] <= SECTORS) continue;
            try(DISK_READ, sectors[i], sizes[k]);
            try(DISK_WRITE, sectors[i], sizes[k]);
        }
    for (unsigned i = 0; i < 200; i++) try((u32)i & 1, nasty(), (u32)nasty() & 0x7fffffff);
    check(!differences(), "bytes changed on the disk", 0);
}
