/* Reads all of its memory, word by word: what it has not written and was not given is zero, and
 * nowhere is there a word of the neighbour's.
 * outcome: contained */
#include "guests/hostile/hostile.h"

#define NEIGHBOUR 0x6e65696768626f75ull /* guests/neighbour.c: its words are this ^ 0 .. 4095 */
extern char bss_end[];

void attack(void)
{
    u64 end = RAM + RAM_SIZE;
    for (u64 at = RAM; at < end; at += 8) {
        u64 word = *(volatile u64 *)at;
        bool own = at >= RAM + 0x200000 && at < (u64)bss_end;
        bool tree = at >= end - 65536;
        if ((word ^ NEIGHBOUR) >> 12 == 0 && !own) check(false, "the neighbour's word at", at);
        if (word && !own && !tree) check(false, "not zero at", at);
    }
    check(true, "", 0);
}
