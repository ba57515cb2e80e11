/* Instructions of S-mode and M-mode, in VU-mode: all illegal there.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x10200073, /* sret */
    0x30200073, /* mret */
    0x10500073, /* wfi */
    0x12000073, /* sfence.vma */
    0x16000073, /* sinval.vma */
    0x18000073, /* sfence.w.inval */
    0x18100073, /* sfence.inval.ir */
    0x70200073, /* mnret */
    0x7b200073, /* dret */
};

void attack(void)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        check(attempt_word_user(words[i], 0, 0) == ILLEGAL, "in VU-mode:", words[i]);
}
