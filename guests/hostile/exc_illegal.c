/* Words that are no instructions, in VS-mode and VU-mode: each must come back as an illegal
 * instruction, with the word or zero as its value.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0x00000000, 0xffffffff, 0x0000000b, 0x0000002b, 0x0000005b, 0x0000007b,
    0x0000007f, 0x7c000073, 0x00004073, 0x40001033, 0x02005053, 0x0000100b,
};

void attack(void)
{
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        u64 cause = attempt_word(words[i], 0, 0);
        check(cause == ILLEGAL, "in VS-mode:", words[i]);
        check(last.tval == 0 || (u32)last.tval == words[i] || last.tval == (words[i] & 0xffff),
              "value of", words[i]);
        check(attempt_word_user(words[i], 0, 0) == ILLEGAL, "in VU-mode:", words[i]);
    }
}
