/* Begins a long request and, once an interrupt has come in the middle of it, never asks for the
 * rest, for as many ms= as its arguments say: nobody may wait for that.
 * devices: disk
 * disk: 4096
 * outcome: contained */
#include "guests/hostile/disk.h"

enum { STIE = 32, SIE = 2, MOST = 1 << 20, TRIES = 200 };

static u64 data[MOST / 8];

static u64 request(u64 unused, u64 size)
{
    (void)unused;
    csr_set(sstatus, SIE);
    return disk_request(DISK_READ, 0, (u64)data, (u32)size);
}

/* Whether an interrupt came when the first sector was there and the last one not. */
static bool interrupted(u64 size, u64 delay)
{
    volatile u64 *first = data, *final = data + size / 8 - 1;
    *first = *final = NONE;
    sbi_call(SBI_TIME, 0, now() + delay, 0, 0);
    csr_write(sie, STIE);
    attempt(load64, RAM, 0); /* sets stvec */
    u64 cause = attempt(request, 0, size);
    csr_clear(sstatus, SIE);
    csr_write(sie, 0);
    return cause != NONE && *first != NONE && *final == NONE;
}

void attack(void)
{
    needs_disk();
    u64 sectors = disk_sectors(), size = sectors * SECTOR < MOST ? sectors * SECTOR : MOST, n = 0;
    u64 deadline = now() + ticks(argument("ms=", 25));
    on_interrupt = abandon;
    while (n < TRIES && !interrupted(size, ticks(1) * (1 + n % 50) / 50)) n++;
    check(n < TRIES, "never in the middle:", n);
    print("abandoned\n");
    while (!passed(deadline)) continue;
}
