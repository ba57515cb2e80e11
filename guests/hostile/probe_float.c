/* Reads all floating-point registers at the start and over many slices, with floating point
 * switched off, clean and dirty: the neighbour's values must never be there.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define NEIGHBOUR 0x6e65696768626f75ull /* guests/neighbour.c */

void read_floats(u64 *values);
__asm__(".text\n.option push\n.option arch, +d\nread_floats:\n"
        ".irp n, "
        "0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
        "fsd f\\n, 8*\\n(a0)\n.endr\nret\n.option pop\n");

enum { FS = 3 << 13 };

static void look(u64 round)
{
    u64 values[32];
    read_floats(values);
    for (u64 i = 0; i < 32; i++) {
        check(values[i] != NEIGHBOUR + i * 0x0101010101010101, "the neighbour's f register", i);
        check(round || values[i] == 0, "f register at the start:", i);
    }
}

void attack(void)
{
    u64 deadline = now() + ticks(25);
    look(0);
    for (u64 round = 1; !passed(deadline); round++) {
        u64 slice = now() + ticks(1);
        csr_clear(sstatus, FS);
        if (round % 3) csr_set(sstatus, round % 3 << 13); /* Initial, Clean */
        while (!passed(slice)) continue;
        csr_set(sstatus, FS);
        look(round);
    }
}
