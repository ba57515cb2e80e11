#include "hart/shadow.h"
#include "hart/csr.h"
#include "hart/host.h"
#include "hart/memory.h"
#include "hext/gate.h"

enum { ENTRY = 8, CSR_SSP = 0x011 };

bool shadow_on(const struct hart *h)
{
    return h->priv != PRIV_M && !shadow_gate(h);
}

/* ssp moves only when all has gone well. */
static void move(struct hart *h, u64 ssp)
{
    h->ssp = ssp;
    csr_note(h, CSR_SSP);
}

enum status shadow_push(struct hart *h, u64 link)
{
    u64 at = h->ssp - ENTRY, pa;
    u8 *host;
    if (!shadow_on(h)) return GO;
    enum status s = memory_atomic(h, ACCESS_SS_STORE, at, ENTRY, &host, &pa);
    if (s != GO) return s;
    host_store(host, ENTRY, link);
    memory_note(h, at, ENTRY, link, true);
    memory_wrote(h, pa, ENTRY);
    move(h, at);
    return GO;
}

enum status shadow_pop_check(struct hart *h, u64 link)
{
    u64 pa, saved;
    u8 *host;
    if (!shadow_on(h)) return GO;
    enum status s = memory_atomic(h, ACCESS_SS_LOAD, h->ssp, ENTRY, &host, &pa);
    if (s != GO) return s;
    saved = host_load(host, ENTRY);
    if (saved != link) return raise_exception(h, EXC_SOFTWARE_CHECK, TVAL_SHADOW_STACK);
    memory_note(h, h->ssp, ENTRY, saved, false);
    move(h, h->ssp + ENTRY);
    return GO;
}
