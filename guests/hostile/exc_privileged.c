/* Instructions of M-mode and debug mode, in VS-mode.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x30200073, /* mret */
    0x70200073, /* mnret */
    0x7b200073, /* dret */
    0x00200073, /* uret */
};

void attack(void)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        check(attempt_word(words[i], 0, 0) == ILLEGAL, "in VS-mode:", words[i]);
}
