/* The CSR file: accesses in every mode, and after each of them what the specification says of any
 * value that can be there. Input: records of a mode, an operation, a CSR number and a value. */
#include "hart/csr.h"
#include "hart/trap.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

enum { MSTATUS = 0x300, SSTATUS = 0x100, VSSTATUS = 0x200, HSTATUS = 0x600 };

static struct ram_page no_page(void *machine, u64 pa)
{
    (void)machine, (void)pa;
    return (struct ram_page){NULL, NULL};
}
static u64 no_time(void *machine)
{
    (void)machine;
    return 0;
}

/* Bits 7 and 6: with the AIA, and with an IMSIC. */
static struct hart *new_hart(unsigned kind)
{
    enum { PLAIN = 5, AIA = 2 };
    static const char *const strings[] = {"rv64gch",
                                          "rv64gc",
                                          "rv64i",
                                          "rv64gch_smdbltrp_smrnmi",
                                          NULL,
                                          "rv64gch_smaia",
                                          "rv64gch_smaia_smstateen_sstc"};
    static struct isa isa[PLAIN + AIA];
    bool aia = kind & 0x80;
    const struct bus bus = {.page = no_page, .time = no_time};
    const struct hart_config config = {.isa = &isa[aia ? PLAIN + kind % AIA : kind % PLAIN],
                                       .geilen = (u8)(kind % 7),
                                       .imsic = aia && (kind & 0x40)};
    char error[200];
    if (!isa[4].set) {
        for (unsigned k = 0; k < PLAIN + AIA; k++)
            HOLDS(k == 4 || isa_parse(&isa[k], strings[k], error, sizeof error), "%s", error);
        isa_default(&isa[4]);
    }
    struct hart *h = hart_new(&config, &bus);
    HOLDS(h, "no memory");
    return h;
}

/* The numbers that any hart may have. */
static u16 known[CSR_N];
static unsigned known_n;
static void find_known(void)
{
    csr_init();
    for (unsigned n = 0; n < CSR_N; n++)
        if (csr_name(n)) known[known_n++] = (u16)n;
}

static u64 peek(const struct hart *h, unsigned number)
{
    u64 value = 0;
    csr_peek(h, number, &value);
    return value;
}

/* ---- what is so whatever has been written ---- */

static void check_status(u64 status, unsigned number)
{
    bool dirty = (status >> 13 & 3) == 3 || (status >> 15 & 3) == 3 || (status >> 9 & 3) == 3;
    HOLDS(status >> 63 == dirty, "SD of CSR 0x%x: 0x%llx", number, (unsigned long long)status);
    HOLDS((status >> 32 & 3) == 2, "UXL of CSR 0x%x", number); /* Ssu64xl */
}

/* satp, vsatp and hgatp: modes that exist; hgatp's root is 16 KiB aligned (12.1.11, 22.2.10). */
static void check_translation(const struct hart *h)
{
    static const u16 numbers[] = {0x180, 0x280, 0x680};
    for (unsigned k = 0; k < 3; k++) {
        u64 mode = peek(h, numbers[k]) >> 60;
        HOLDS(!mode || (mode >= 8 && mode <= 10), "MODE of CSR 0x%x", numbers[k]);
    }
    HOLDS(!(peek(h, 0x680) & (MASK(59, 58) | 3)), "reserved bits of hgatp");
}

/* Bits that are read-only zero, or one (3.1.8, 3.1.14, 3.1.15, 22.2.2, 22.2.3). */
static void check_fixed_bits(const struct hart *h)
{
    bool guests = isa_has(h->isa, EXT_H);
    HOLDS(!(peek(h, 0x302) >> 11 & 1), "medeleg[11]");
    HOLDS(!(peek(h, 0x602) & (MASK(11, 9) | MASK(23, 20))), "hedeleg");
    u64 fixed = guests ? 0x444 | (h->config.geilen ? 0x1000 : 0) : 0;
    HOLDS((peek(h, 0x303) & 0x1444) == fixed, "mideleg's bits of VS level");
    HOLDS(!((peek(h, 0x341) | peek(h, 0x141) | peek(h, 0x241)) & 1), "xepc[0]");
    HOLDS((peek(h, 0x305) & 3) < 2 && (peek(h, 0x105) & 3) < 2, "the mode of xtvec");
    u64 mine = isa_has(h->isa, EXT_SSAIA) ? peek(h, 0x303) | peek(h, 0x308) : 0x2000;
    HOLDS(!(peek(h, 0x603) & ~(mine | 0x444)), "hideleg");
    HOLDS(!(peek(h, 0x308) & ~(0x2202 | BIT(35) | BIT(43))), "mvien");
    HOLDS(!(peek(h, 0x607) & 1), "hgeie[0]");
    HOLDS((peek(h, HSTATUS) >> 12 & 63) <= h->config.geilen, "VGEIN");
    HOLDS((peek(h, 0x320) & 2) == 0, "mcountinhibit[1]");
}

/* R = 0 with W = 1 is reserved but for MML (3.7.1, Smepmp). */
static void check_pmp(const struct hart *h)
{
    if (peek(h, 0x747) & 1) return;
    for (unsigned n = 0; n < 16; n++)
        HOLDS((peek(h, 0x3a0 + n / 8 * 2) >> n % 8 * 8 & 3) != 2, "pmp%ucfg", n);
}

/* Views of one register agree (12.1.1, 12.1.3, 22.2.3, 22.2.12). */
static void check_views(const struct hart *h)
{
    u64 m = peek(h, MSTATUS), s = peek(h, SSTATUS), mip = peek(h, 0x344), mie = peek(h, 0x304);
    HOLDS((s & ~(m | BIT(63))) == 0, "sstatus 0x%llx has what mstatus 0x%llx has not",
          (unsigned long long)s, (unsigned long long)m);
    HOLDS((m >> 11 & 3) != 2, "MPP");
    u64 filtered = peek(h, 0x308) & ~peek(h, 0x303); /* 0 without the AIA */
    HOLDS(peek(h, 0x144) == ((mip & peek(h, 0x303) & 0x2222) | (peek(h, 0x309) & filtered)), "sip");
    HOLDS((peek(h, 0x104) & ~filtered) == (mie & peek(h, 0x303) & 0x2222), "sie");
    HOLDS(peek(h, 0x644) == (mip & 0x1444), "hip");
    HOLDS(peek(h, 0x604) == (mie & 0x1444), "hie");
    u64 local = 0x2000 | BIT(35) | BIT(43), made_up = peek(h, 0x608) & ~peek(h, 0x603);
    HOLDS(peek(h, 0x244) ==
              ((mip & peek(h, 0x603) & 0x444) >> 1 | (peek(h, 0x144) & peek(h, 0x603) & local) |
               (peek(h, 0x645) & made_up)),
          "vsip");
    HOLDS(peek(h, 0x003) == (peek(h, 0x001) | peek(h, 0x002) << 5), "fcsr");
}

/* What menvcfg and mstateen0 close reads zero below (22.2.5, Smstateen, Zicfiss). */
static void check_hierarchy(const struct hart *h)
{
    u64 menvcfg = peek(h, 0x30a), henvcfg = peek(h, 0x60a);
    u64 by_menvcfg = BIT(63) | BIT(62) | BIT(61) | BIT(59) | BIT(3);
    HOLDS(!(henvcfg & by_menvcfg & ~menvcfg), "henvcfg 0x%llx", (unsigned long long)henvcfg);
    HOLDS(!(peek(h, 0x10a) & BIT(3) & ~menvcfg), "senvcfg.SSE");
    HOLDS(!(peek(h, MSTATUS) & BIT(24)) || menvcfg >> 59 & 1, "mstatus.SDT without DTE");
    HOLDS(!(peek(h, VSSTATUS) & BIT(24)) || henvcfg >> 59 & 1, "vsstatus.SDT without DTE");
    for (unsigned n = 0; n < 4; n++)
        HOLDS(!(peek(h, 0x60c + n) & ~peek(h, 0x30c + n)), "hstateen%u", n);
    HOLDS((menvcfg >> 4 & 3) != 2 && (henvcfg >> 4 & 3) != 2, "CBIE");
}

static void check_all(const struct hart *h)
{
    check_status(peek(h, MSTATUS), MSTATUS);
    check_status(peek(h, SSTATUS), SSTATUS);
    if (isa_has(h->isa, EXT_H)) check_status(peek(h, VSSTATUS), VSSTATUS);
    check_translation(h);
    check_fixed_bits(h);
    check_pmp(h);
    check_views(h);
    check_hierarchy(h);
}

/* ---- what an access must and must not do ---- */

/* The number itself says who may (2.1: bits 9:8 and 11:10); to V=1 those of level 2 are closed. */
static void check_verdict(const struct hart *h, unsigned number, bool write, u64 verdict)
{
    unsigned level = number >> 8 & 3;
    u64 ignored;
    HOLDS(!verdict || verdict == EXC_ILLEGAL || (verdict == EXC_VIRTUAL && h->virt), "cause %llu",
          (unsigned long long)verdict);
    if (verdict) return;
    HOLDS(csr_peek(h, number, &ignored), "0x%x does not exist", number);
    HOLDS(!write || number >> 10 != 3, "a write to read-only 0x%x", number);
    HOLDS(h->priv >= (level == 2 ? 1 : level), "0x%x from mode %u", number, h->priv);
    HOLDS(!h->virt || level < 2, "0x%x with V=1", number);
    HOLDS(number != 0x25c || h->imsic, "vstopei without an IMSIC");
}

/* Of these a value written is not a value set: they count, or are computed of other state too. */
static bool moves(unsigned number)
{
    bool topei = number == 0x35c || number == 0x15c || number == 0x25c; /* a write claims */
    return (number >> 8 & 15) == 0xb || number == 0x344 || number == 0x644 || topei;
}

static void snapshot(const struct hart *h, u64 values[CSR_N])
{
    for (unsigned k = 0; k < known_n; k++) values[k] = peek(h, known[k]);
}

/* WARL: a value that was read is legal, so to write it again changes nothing, but that
 * floating-point state becomes dirty. */
static void check_write_of_what_is_there(struct hart *h, unsigned number)
{
    static u64 before[CSR_N], after[CSR_N];
    bool fp = number >= 1 && number <= 3;
    if (moves(number)) return;
    snapshot(h, before);
    csr_write(h, number, csr_read(h, number));
    snapshot(h, after);
    for (unsigned k = 0; k < known_n && !fp; k++)
        HOLDS(before[k] == after[k], "0x%x written with what it holds: 0x%x was 0x%llx, is 0x%llx",
              number, known[k], (unsigned long long)before[k], (unsigned long long)after[k]);
}

/* Locked entries stay, and so do MML and MMWP (3.7.1.2, Smepmp). */
struct locks {
    u64 cfg[2], address[16], seccfg;
};
static struct locks locks_of(const struct hart *h)
{
    struct locks l = {
        {peek(h,  0x3a0), peek(h, 0x3a2)},
        {0},
        peek(h, 0x747)
    };
    for (unsigned n = 0; n < 16; n++) l.address[n] = peek(h, 0x3b0 + n);
    return l;
}
static void check_locks(const struct hart *h, const struct locks *old)
{
    struct locks now = locks_of(h);
    HOLDS(!(old->seccfg & ~now.seccfg & 3), "MML or MMWP was cleared");
    if (old->seccfg & 4) return;
    for (unsigned n = 0; n < 16; n++) {
        u64 was = old->cfg[n / 8] >> n % 8 * 8 & 0xff, is = now.cfg[n / 8] >> n % 8 * 8 & 0xff;
        if (!(was & 0x80)) continue;
        HOLDS(was == is && old->address[n] == now.address[n], "locked entry %u has changed", n);
        if (n && (was & 0x18) == 8)
            HOLDS(old->address[n - 1] == now.address[n - 1], "address below locked TOR %u", n);
    }
}

static void access_csr(struct hart *h, unsigned number, bool write, u64 value)
{
    u64 verdict = csr_verdict(h, number, write);
    check_verdict(h, number, write, verdict);
    if (verdict) return;
    csr_read(h, number);
    if (!write) return;
    struct locks old = locks_of(h);
    h->commit.csr_n = 0;
    csr_write(h, number, value);
    check_locks(h, &old);
    check_all(h);
    check_write_of_what_is_there(h, number);
}

/* ---- input ---- */

static void go_to(struct hart *h, unsigned mode)
{
    static const u8 privs[] = {PRIV_M, PRIV_S, PRIV_U, PRIV_S, PRIV_U};
    bool virt = mode % 5 > 2 && isa_has(h->isa, EXT_H);
    hart_set_mode(h, privs[mode % 5], virt);
}

/* Mostly a CSR that there is. */
static unsigned number_of(u64 bits)
{
    return bits & 0x8000 ? bits & (CSR_N - 1) : known[bits % known_n];
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct input in = {data, size};
    if (!known_n) find_known();
    struct hart *h = new_hart((unsigned)take(&in, 1));
    check_all(h);
    while (in.left) {
        unsigned how = (unsigned)take(&in, 1), number = number_of(take(&in, 2));
        u64 value = take(&in, how & 0x80 ? 8 : 2);
        go_to(h, how & 15);
        if (how & 0x40) hart_line(h, (how & 0x10) ? LINE_SEI : LINE_MEI, value & 1);
        if (how & 0x20) hart_guest_line(h, 1, value & 1);
        if (how & 0x40) hart_msi(h, how & 7, value >> 8 & 0x1ff);
        access_csr(h, number, !(how & 0x10), value);
    }
    hart_free(h);
    return 0;
}
