/* Shadow-stack and landing-pad instructions, whose state is not switched: they do nothing, or are
 * illegal.
 * outcome: contained */
#include "guests/hostile/hostile.h"

static const u32 words[] = {
    0xce104073, /* sspush x1 */
    0xcdc0c073, /* sspopchk x1 */
    0xcdc04573, /* ssrdp a0 */
    0x48b5252f, /* ssamoswap.w a0, a1, (a0) */
    0x48b5352f, /* ssamoswap.d a0, a1, (a0) */
    0x00000017, /* lpad 0 */
};

void attack(void)
{
    static u64 space[8];
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        u64 cause = attempt_word(words[i], (u64)space, 0);
        check(cause == NONE || cause == ILLEGAL, "in VS-mode:", words[i]);
        cause = attempt_word_user(words[i], (u64)space, 0);
        check(cause == NONE || cause == ILLEGAL, "in VU-mode:", words[i]);
    }
}
