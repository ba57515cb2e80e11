#include "hart/quirk.h"
#include "hart/csr.h"

#include <string.h>

enum { CSR_SSTATUS = 0x100, CSR_SATP = 0x180 };

static bool has(const struct hart *h, enum quirk quirk)
{
    return h->priv == PRIV_U && (h->config.quirks & quirk);
}

static unsigned quirk_named(const char *name, size_t length)
{
    static const char *const names[] = {"popf", "pushf", "sgdt", "sfence"};
    for (unsigned k = 0; k < sizeof names / sizeof names[0]; k++)
        if (strlen(names[k]) == length && strncmp(names[k], name, length) == 0) return 1u << k;
    return 0;
}

unsigned quirks_parse(const char *list)
{
    unsigned quirks = 0;
    for (;;) {
        size_t length = strcspn(list, ",");
        unsigned quirk = quirk_named(list, length);
        if (!quirk) return 0;
        quirks |= quirk;
        if (!list[length]) return quirks;
        list += length + 1;
    }
}

/* With V=1 the CSR is the guest's own, so a quirk shows a guest nothing that is not its. */
bool quirk_csr(struct hart *h, const struct insn *i, bool write)
{
    unsigned number = (unsigned)i->imm & 0xfff;
    bool read = (i->rd & 31) || !write;
    bool may_write = number == CSR_SSTATUS && has(h, QUIRK_POPF);
    bool may_read = (number == CSR_SSTATUS && has(h, QUIRK_PUSHF)) ||
                    (number == CSR_SATP && has(h, QUIRK_SGDT));
    if ((read && !may_read) || (write && !may_write)) return false;
    if (read) h->x[i->rd] = csr_read(h, number);
    return true;
}

bool quirk_sfence(const struct hart *h)
{
    return has(h, QUIRK_SFENCE);
}
