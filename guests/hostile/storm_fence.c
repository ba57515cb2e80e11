/* Fences of every kind that a guest has, without a pause.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x12000073, /* sfence.vma */
    0x12b50073, /* sfence.vma a0, a1 */
    0x12050073, /* sfence.vma a0 */
    0x12b00073, /* sfence.vma x0, a1 */
    0x16b50073, /* sinval.vma a0, a1 */
    0x18000073, /* sfence.w.inval */
    0x18100073, /* sfence.inval.ir */
    0x0000100f, /* fence.i */
    0x0ff0000f, /* fence */
};

void attack(void)
{
    u64 deadline = now() + ticks(20);
    paging_on();
    for (unsigned i = 0; !passed(deadline); i++) {
        u64 cause = attempt_word(words[i % (sizeof words / sizeof *words)], nasty(), nasty());
        check(cause == NONE || cause == ILLEGAL, "fence", i);
    }
    paging_off();
}
