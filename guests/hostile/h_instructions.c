/* Each instruction of the hypervisor extension, in VS-mode and VU-mode, at addresses of everybody:
 * for this guest there is no such extension.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x60054573, /* hlv.b a0, (a0) */ 0x60154573, /* hlv.bu */ 0x64054573,  /* hlv.h */
    0x64154573, /* hlv.hu */ 0x68054573,         /* hlv.w */ 0x68154573,   /* hlv.wu */
    0x6c054573, /* hlv.d */ 0x64354573,          /* hlvx.hu */ 0x68354573, /* hlvx.wu */
    0x62b54073, /* hsv.b a1, (a0) */ 0x66b54073, /* hsv.h */ 0x6ab54073,   /* hsv.w */
    0x6eb54073, /* hsv.d */ 0x22b50073,                                    /* hfence.vvma a0, a1 */
    0x62b50073, /* hfence.gvma */ 0x26b50073,                              /* hinval.vvma */
    0x66b50073, /* hinval.gvma */ 0x22000073,                              /* hfence.vvma */
    0x62000073,                                                            /* hfence.gvma */
};

void attack(void)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++)
        for (unsigned k = 0; k < 20; k++) {
            check(attempt_word(words[i], nasty(), nasty()) == ILLEGAL, "in VS-mode:", words[i]);
            check(attempt_word_user(words[i], nasty(), 0) == ILLEGAL, "in VU-mode:", words[i]);
        }
}
