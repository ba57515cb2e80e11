/* Which interrupt is taken, and where: each one alone and all sets of them, under every delegation,
 * enable, mode and global enable, against a model (priv. spec 3.1.9; H extension, "Hypervisor
 * Interrupt Delegation Register", "Hypervisor Interrupt Registers"). External interrupts of M-mode
 * and guest external ones have no source here that a program can drive. */
#include "harness.h"

SNIPPET(do_nothing, "li a0, 7");

static const enum mode modes[] = {U_MODE, S_MODE, M_MODE, VU_MODE, VS_MODE};

#define VS_INTERRUPTS (BIT(VSSI) | BIT(VSTI) | BIT(VSEI))
#define S_INTERRUPTS  (BIT(SSI) | BIT(STI) | BIT(SEI))

/* In the order in which one level takes them. */
static const unsigned order[] = {MSI, MTI, SEI, SSI, STI, VSEI, VSSI, VSTI};
enum { INTERRUPTS = sizeof order / sizeof *order };

struct setting {
    u64 pending, enabled, mideleg, hideleg;
    bool mie, sie, vs_sie;
};

/* ---- the model ---- */

static enum level level_of(const struct setting *s, unsigned i)
{
    bool vs = VS_INTERRUPTS >> i & 1; /* always delegated past M */

    if (!vs && !(s->mideleg & S_INTERRUPTS & BIT(i))) return LEVEL_M;
    return vs && (s->hideleg >> i & 1) ? LEVEL_VS : LEVEL_HS;
}

static bool open(const struct setting *s, enum level level, enum mode mode)
{
    switch (level) {
    case LEVEL_M: return mode != M_MODE || s->mie;
    case LEVEL_HS: return mode != M_MODE && (mode != S_MODE || s->sie);
    default: return mode == VU_MODE || (mode == VS_MODE && s->vs_sie);
    }
}

/* The one that is taken; level NOT_TAKEN if none is. */
static enum level choose(const struct setting *s, enum mode mode, unsigned *which)
{
    for (enum level level = LEVEL_M; level <= LEVEL_VS; level++) {
        for (unsigned k = 0; k < INTERRUPTS; k++) {
            unsigned i = order[k];

            if (!(s->pending & s->enabled & BIT(i)) || level_of(s, i) != level) continue;
            *which = i;
            if (open(s, level, mode)) return level;
        }
    }
    return NOT_TAKEN;
}

/* ---- the machine ---- */

static void status_bit(bool on, u64 m_bits, u64 vs_bits)
{
    csr_clear(mstatus, m_bits);
    csr_clear(vsstatus, vs_bits);
    if (on) {
        csr_set(mstatus, m_bits);
        csr_set(vsstatus, vs_bits);
    }
}

static void apply(const struct setting *s)
{
    status_bit(s->mie, STATUS_MPIE, 0); /* becomes MIE as run() enters the mode */
    status_bit(s->sie, STATUS_SIE, 0);
    status_bit(s->vs_sie, 0, STATUS_SIE);
    csr_write(mideleg, s->mideleg);
    csr_write(hideleg, s->hideleg);
    csr_write(mie, s->enabled);
    csr_write(mip, s->pending & S_INTERRUPTS);
    csr_write(hvip, s->pending & VS_INTERRUPTS);
    CLINT_MSIP = s->pending >> MSI & 1;
    CLINT_MTIMECMP = s->pending >> MTI & 1 ? 0 : ~0ull;
}

static void check(const struct setting *s, enum mode mode)
{
    unsigned which = 0;
    enum level level = choose(s, mode, &which);

    apply(s);
    struct trap t = run(mode, do_nothing);
    csr_write(mie, 0);
    note(s->pending << 48 | s->enabled << 32 | s->mideleg << 16 | s->hideleg | (u64)mode << 60);
    if (level == NOT_TAKEN)
        EXPECT_VALUE(t, 7);
    else
        EXPECT_TRAP(t, level, .cause = INTERRUPT | (level == LEVEL_VS ? which - 1 : which));
}

/* ---- tests ---- */

/* bits: each of the setting's yes-or-no choices, one bit. */
static struct setting setting_of(unsigned i, unsigned bits)
{
    return (struct setting){
        .pending = bits & 1 ? BIT(i) : 0,
        .enabled = bits & 2 ? BIT(i) : 0,
        .mideleg = bits & 4 ? BIT(i) : 0,
        .hideleg = bits & 8 ? BIT(i) : 0,
        .mie = bits & 16,
        .sie = bits & 32,
        .vs_sie = bits & 64,
    };
}

TEST(each_alone)
{
    for (unsigned k = 0; k < INTERRUPTS; k++) {
        for (unsigned bits = 0; bits < 128; bits++) {
            struct setting s = setting_of(order[k], bits);
            for (unsigned m = 0; m < 5; m++) check(&s, modes[m]);
        }
    }
}

/* The n-th set of supervisor and VS-level interrupts. */
static u64 set_of(unsigned n)
{
    static const unsigned six[] = {SSI, VSSI, STI, VSTI, SEI, VSEI};
    u64 set = 0;

    for (unsigned k = 0; k < 6; k++) set |= n >> k & 1 ? BIT(six[k]) : 0;
    return set;
}

/* Every set pending, under every delegation, all enabled: in VS, which all levels interrupt. */
TEST(every_set)
{
    for (unsigned pending = 0; pending < 64; pending++) {
        for (unsigned delegated = 0; delegated < 64; delegated++) {
            struct setting s = {
                .pending = set_of(pending),
                .enabled = S_INTERRUPTS | VS_INTERRUPTS,
                .mideleg = set_of(delegated),
                .hideleg = set_of(delegated),
                .mie = true,
                .sie = true,
                .vs_sie = true,
            };
            check(&s, VS_MODE);
        }
    }
}

static u64 random_state;

static u64 random_bits(void)
{
    random_state = random_state * 6364136223846793005 + 1442695040888963407;
    return random_state >> 32;
}

/* Machine interrupts among them, enables and all the rest at random. */
TEST(random_settings)
{
    random_state = 1;
    for (unsigned n = 0; n < 2000; n++) {
        u64 bits = random_bits();
        struct setting s = {
            .pending = set_of(bits & 63) | (bits >> 6 & 1) << MSI | (bits >> 7 & 1) << MTI,
            .enabled = random_bits() & (S_INTERRUPTS | VS_INTERRUPTS | BIT(MSI) | BIT(MTI)),
            .mideleg = random_bits() & S_INTERRUPTS,
            .hideleg = random_bits() & 0xffff,
            .mie = bits >> 8 & 1,
            .sie = bits >> 9 & 1,
            .vs_sie = bits >> 10 & 1,
        };
        check(&s, modes[(bits >> 11) % 5]);
    }
}
