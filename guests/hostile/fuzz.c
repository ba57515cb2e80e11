/* A guest that does random things, those that could hurt more often than others: instructions made
 * up on the spot, in VS-mode and VU-mode, SBI calls, CSRs, page tables, interrupts, waits, queues
 * of virtio devices; a second hart changes tables, queues and timers under the first. Each seed= in
 * its arguments is another guest. Whatever becomes of it is right, as long as nobody else notices:
 * tests/hostile/fuzz.sh. It sees to it that most of what it does goes wrong inside of itself, since
 * a VM that is ended early tries little. */
#include "guests/hostile/virtio.h"

enum { WORDS = 12, ACTS = 4000 };

/* Its code, and pages to play with; all of them can be used by VU-mode at an alias. */
static u32 code[PAGE_SIZE / 4] __attribute__((aligned(PAGE_SIZE)));
static u64 pages[4][512] __attribute__((aligned(PAGE_SIZE)));
static u64 ram_leaves[512] __attribute__((aligned(PAGE_SIZE)));
#define ALIAS(page) (WINDOW + (page)*PAGE_SIZE)
enum { ALIAS_CODE = 16, ALIAS_PAGES = 32, ALIAS_DEVICES = 48 };
static bool devices;
static struct queue queue;

static u64 below(u64 n)
{
    return random64() % n;
}

static bool rarely(u64 one_in)
{
    return !below(one_in);
}

/* ---- addresses and values ---- */

static u64 address(void)
{
    u64 offset = below(PAGE_SIZE) & (rarely(4) ? ~0ull : -8ull);
    switch (below(8)) {
    case 0:
        if (rarely(16)) return nasty();
        return ALIAS(below(512)) + offset;
    case 1: return RAM + 0x400000 + below(0x3f0000);
    case 2:
        if (devices && rarely(2)) return ALIAS(ALIAS_DEVICES + below(6)) + (offset & 0x1ff);
        return ALIAS(below(512)) + offset;
    case 3: return ALIAS(ALIAS_CODE) + offset;
    default: return ALIAS(ALIAS_PAGES + below(4)) + offset;
    }
}

static void map_ram(void)
{
    for (u64 at = 0; at < RAM_SIZE; at += BIT(21)) ram_leaves[at >> 21] = pte(RAM + at, PTE_ALL);
    root[2] = pte((u64)ram_leaves, PTE_V);
    leaves[ALIAS_CODE] = pte((u64)code, PTE_ALL | PTE_U);
    for (u64 i = 0; i < 4; i++)
        leaves[ALIAS_PAGES + i] = pte((u64)pages[i], PTE_ALL | (i & 1 ? PTE_U : 0));
    static const u64 places[] = {0x10002000, 0xc000000,  0xc200000,
                                 0x10001000, 0x10003000, 0xc002000};
    for (u64 i = 0; devices && i < sizeof places / sizeof *places; i++)
        leaves[ALIAS_DEVICES + i] = pte(places[i], PTE_ALL | PTE_U);
}

/* ---- instructions ---- */

enum {
    LOAD = 0x03,
    LOAD_FP = 0x07,
    FENCE = 0x0f,
    STORE = 0x23,
    STORE_FP = 0x27,
    AMO = 0x2f,
    BRANCH = 0x63,
    JALR = 0x67,
    SYSTEM = 0x73
};

/* All fields at random but the opcode; rs1 is one of the registers that hold addresses. */
static u32 with_opcode(u32 opcode)
{
    u32 rs1 = below(2) ? A0 : A1, rd = 12 + (u32)below(6); /* a2 to a7 */
    return ((u32)random64() & ~0xfffffu) | rs1 << 15 | (u32)below(8) << 12 | rd << 7 | opcode;
}

static u32 random_csr(void)
{
    enum { STVEC = 0x105, SATP = 0x180, SSTATUS = 0x100 };
    static const u32 supervisor[] = {
        SSTATUS, 0x104, STVEC, 0x106, 0x10a, 0x10c, 0x140, 0x141, 0x142, 0x143, 0x144, 0x14d,
        SATP,    0x5a8, 0x001, 0x003, 0x011, 0x150, 0x151, 0xda0, 0x200, 0x600, 0x645, 0x680,
    };
    u32 csr =
        rarely(2) ? (u32)below(4096) : supervisor[below(sizeof supervisor / sizeof *supervisor)];
    if ((csr == STVEC || csr == SATP) && !rarely(64)) csr = SSTATUS;
    u32 kind = 1 + (u32)below(3) + 4 * (u32)below(2);
    return csr_word(csr, kind, below(2) ? A1 : (u32)below(32));
}

static u32 hypervisor_word(void)
{
    static const u32 words[] = {
        0x60054573, 0x68054573, 0x6c054573, 0x64354573, 0x68354573, 0x62b54073, 0x66b54073,
        0x6ab54073, 0x6eb54073, 0x22b50073, 0x62b50073, 0x26b50073, 0x66b50073, 0x12b50073,
        0x16b50073, 0x18000073, 0x18100073, 0x10200073, 0x30200073, 0x70200073, 0x00d00073,
        0x01d00073, 0x00100073, 0x0005200f, 0x0015200f, 0x0025200f, 0x0045200f, 0x0000100f,
    };
    return words[below(sizeof words / sizeof *words)];
}

static u32 random_word(void)
{
    static const u32 opcodes[] = {LOAD, STORE, LOAD, STORE, LOAD_FP, STORE_FP, AMO, AMO, FENCE};
    switch (below(10)) {
    case 0: return random_csr();
    case 1: return hypervisor_word();
    case 2: return (u32)random64();
    case 3: return with_opcode(rarely(8) ? JALR : SYSTEM);
    case 4: return with_opcode(0x53); /* floating point */
    default: return with_opcode(opcodes[below(sizeof opcodes / sizeof *opcodes)]);
    }
}

/* So that a loop comes to an end, unless it has switched that off. */
static void set_alarm(void)
{
    enum { STIE = 32, TICKS = 500 };
    sbi_call(SBI_TIME, 0, now() + TICKS, 0, 0);
    on_interrupt = abandon;
    csr_write(sie, STIE);
}

static u64 (*words)(u64 a, u64 b);

/* The alarm may only go off within the attempt that it ends, and it may be due already. (In VU-mode
 * it goes off without this.) */
static u64 run_in_time(u64 a, u64 b)
{
    enum { SIE = 2 };
    csr_set(sstatus, SIE);
    u64 value = words(a, b);
    csr_clear(sstatus, SIE);
    return value;
}

static void run_words(void)
{
    enum { RET = 0x00008067 };
    u64 n = 1 + below(WORDS), at = below(64);
    for (u64 i = 0; i < n; i++) code[at + i] = random_word();
    code[at + n] = code[at + n + 1] = RET;
    __asm__ volatile("fence.i" ::: "memory");
    set_alarm();
    words = (u64(*)(u64, u64))(u64)&code[at];
    if (rarely(3))
        attempt_user((u64(*)(u64, u64))(ALIAS(ALIAS_CODE) + 4 * at), address(), address());
    else
        attempt(run_in_time, address(), address());
    csr_clear(sstatus, 2);
    csr_write(sie, 0);
}

/* ---- the rest of what it does ---- */

static void call_sbi(void)
{
    static const u64 extensions[] = {
        0,          1,        2,        3,          4,          5,          6,
        7,          SBI_BASE, SBI_HSM,  SBI_DBCN,   SBI_TIME,   0x735049,   0x52464e43,
        0x53555350, 0x504d55, 0x535441, 0x46574654, 0x4e41434c, 0x0a766d6d,
    };
    u64 extension = extensions[below(sizeof extensions / sizeof *extensions)], function = below(8);
    u64 a[6];
    for (unsigned i = 0; i < 6; i++) a[i] = rarely(2) ? nasty() : rarely(2) ? below(4) : address();
    bool prints = extension == 1 || (extension == SBI_DBCN && function != 1);
    bool stops = extension == SBI_HSM && function == 1;
    bool sleeps = (extension == SBI_HSM && function == 3) || extension == 0x53555350;
    if ((prints && !rarely(16)) || ((stops || sleeps) && !rarely(32))) return;
    sbi6(extension, function, a);
}

/* An entry of any sort, which leads into RAM but rarely; or to a table, as a table or a leaf. */
static void change_entry(void)
{
    u64 *const tables[] = {root, middle, leaves, ram_leaves, pages[0], pages[2]};
    u64 *table = rarely(16) ? root : rarely(4) ? middle : leaves;
    u64 to = rarely(4) ? (u64)tables[below(6)] : RAM + below(RAM_SIZE);
    if (rarely(200)) to = nasty();
    u64 entry = pte(to, PTE_V | below(256)) | (rarely(16) ? random64() & ~(BIT(54) - 1) : 0);
    table[below(512)] = entry;
}

static void change_tables(void)
{
    change_entry();
    map_ram();
    if (below(4)) fence();
}

static void interrupts(void)
{
    on_interrupt = NULL;
    attempt(load64, (u64)pages, 0);
    csr_write(sie, random64() & 0x222);
    if (below(2)) csr_set(sip, 2);
    sbi_call(SBI_TIME, 0, now() + 10 + below(1000), 0, 0);
    if (below(2)) csr_set(sstatus, 2);
    for (u64 n = below(200); n; n--) __asm__ volatile("");
    csr_clear(sstatus, 2);
    csr_clear(sip, 2);
}

static void wait(void)
{
    enum { STIE = 32 };
    sbi_call(SBI_TIME, 0, now() + below(500), 0, 0);
    csr_write(sie, STIE);
    __asm__ volatile("wfi" ::: "memory");
    csr_write(sie, 0);
}

/* ---- virtio ---- */

/* Descriptors that lead to its own pages, of few bytes, but rarely. */
static void change_queue(void)
{
    for (u64 n = below(8); n; n--) {
        u64 at = rarely(32) ? nasty() : (u64)pages + below(sizeof pages);
        u32 size = (u32)(rarely(64) ? nasty() : below(100));
        queue.desc[below(8)] =
            (struct descriptor){at, size, (u16)below(rarely(8) ? 8 : 4), (u16)below(9)};
    }
    queue.avail_ring[below(QUEUE_SIZE)] = (u16)below(9);
}

static void use_queue(void)
{
    u64 before = csr_read(satp);
    csr_write(satp, 0);
    u64 device = virtio_device(below(VIRTIO_DEVICES)), parts[3];
    const u64 good[3] = {(u64)queue.desc, (u64)&queue.avail_flags, (u64)&queue.used_flags};
    for (unsigned i = 0; i < 3; i++) parts[i] = rarely(16) ? address() : good[i];
    if (rarely(4)) queue_at(device, (u32)below(3), BIT(below(8)), parts[0], parts[1], parts[2]);
    change_queue();
    queue_offer(device, (u32)below(2), &queue, (u16)below(8), (u16)below(3));
    if (rarely(4)) put(device, below(0x40) * 4, rarely(2) ? nasty() : below(128));
    csr_write(satp, before);
    fence();
}

/* ---- the second hart: what traps at no time ---- */

static void disturb(u64 hart)
{
    enum { SBI_IPI = 0x735049, SBI_RFENCE = 0x52464e43, SUSPEND = 3, STIE = 32 };
    (void)hart;
    csr_write(sie, STIE);
    for (;;) {
        switch (below(8)) {
        case 0: change_entry(); break;
        case 1: change_queue(); break;
        case 2: queue.avail = (u16)(queue.avail + below(3)); break;
        case 3:
            if (devices) put(virtio_device(below(VIRTIO_DEVICES)), R_QUEUE_NOTIFY, below(3));
            break;
        case 4: sbi_call(SBI_IPI, 0, below(4), below(2), 0); break;
        case 5: sbi_call(SBI_RFENCE, below(8), below(4), below(2), nasty()); break;
        case 6: sbi_call(SBI_TIME, 0, rarely(4) ? nasty() : now() + below(500), 0, 0); break;
        default:
            if (!rarely(64)) break;
            sbi_call(SBI_TIME, 0, now() + below(500), 0, 0);
            sbi_call(SBI_HSM, SUSPEND, 0, 0, 0);
        }
        for (u64 n = below(2000); n; n--) __asm__ volatile("");
    }
}

static void act(void)
{
    switch (below(16)) {
    case 0: call_sbi(); break;
    case 1: change_tables(); break;
    case 2: interrupts(); break;
    case 3:
        if (rarely(64)) wait();
        break;
    case 4:
        if (devices) use_queue();
        break;
    default: run_words();
    }
}

/* With paging off, an address is one of the G-stage: the first that is not its own ends the VM. */
static void be_wild(void)
{
    static u64 (*const accesses[])(u64, u64) = {load8, load64, store64, jump};
    for (unsigned i = 0; i < 20; i++) {
        u64 to = nasty();
        bool itself = to - RAM < RAM_SIZE / 2;
        if (!itself) attempt(accesses[below(4)], to, nasty());
    }
}

void attack(void)
{
    devices = has("virtio,mmio");
    map_ram();
    root[1] = pte((u64)middle, PTE_V);
    middle[0] = pte((u64)leaves, PTE_V);
    csr_write(satp, SATP_SV39 << 60 | (u64)root >> 12);
    fence();
    start_hart(1, disturb);
    for (unsigned i = 0; i < ACTS; i++) act();
    csr_write(sie, 0);
    paging_off();
    be_wild();
    print("\n%u random acts\n", (u64)ACTS);
    shutdown(false);
}
