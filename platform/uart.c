#include "platform/uart.h"
#include "platform/node.h"

#include <stdlib.h>

#define UART_BASE 0x10000000ull

enum { UART_SIZE = 0x100, UART_CLOCK_HZ = 3686400 };

/* Registers (offset), as the 16550 data sheet names them. */
enum {
    UART_DATA = 0, /* RBR read, THR write; DLL with DLAB */
    UART_IER = 1,  /* DLM with DLAB */
    UART_IIR = 2,  /* FCR on write */
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    UART_MSR = 6,
    UART_SCR = 7,
};

enum {
    IER_RX = 1,
    IER_THRE = 2,
    IER_LINE = 4,
    IER_MODEM = 8,
    IER_BITS = 15,

    IIR_NONE = 1,
    IIR_MODEM = 0,
    IIR_THRE = 2,
    IIR_RX = 4,
    IIR_LINE = 6,
    IIR_TIMEOUT = 12,
    IIR_FIFOS = 0xc0,

    FCR_ENABLE = 1,
    FCR_CLEAR_RX = 2,

    LCR_DLAB = 0x80,

    MCR_DTR = 1,
    MCR_RTS = 2,
    MCR_OUT1 = 4,
    MCR_OUT2 = 8,
    MCR_LOOP = 16,
    MCR_BITS = 31,

    LSR_READY = 1,
    LSR_OVERRUN = 2,
    LSR_THRE = 0x20,
    LSR_TEMT = 0x40,

    MSR_RI_FELL = 4,
    MSR_CTS = 0x10,
    MSR_DSR = 0x20,
    MSR_RI = 0x40,
    MSR_DCD = 0x80,
};

struct uart {
    struct uart_line line;
    struct irq_line irq;
    u8 ier, fcr, lcr, mcr, scr, dll, dlm;
    u8 msr;       /* the modem inputs, and what changed since the last read */
    bool overrun; /* LSR_OVERRUN */
    bool thre;    /* the interrupt "transmitter empty" has not been seen */
    bool quiet;   /* see uart_receive */
    u8 fifo[UART_FIFO];
    unsigned head, count;
};

static unsigned capacity(const struct uart *u)
{
    return u->fcr & FCR_ENABLE ? UART_FIFO : 1;
}

/* Bytes in the FIFO at which it asks for service at once (FCR bits 7:6). */
static unsigned trigger(const struct uart *u)
{
    static const u8 levels[] = {1, 4, 8, 14};
    return u->fcr & FCR_ENABLE ? levels[u->fcr >> 6] : 1;
}

/* The pending interrupt of the highest priority, as IIR shows it. Below the trigger level, the time
 * after which the receiver asks for service all the same is taken to be over at once. */
static u8 interrupt(const struct uart *u)
{
    if (u->ier & IER_LINE && u->overrun) return IIR_LINE;
    if (u->ier & IER_RX && u->count) return u->count >= trigger(u) ? IIR_RX : IIR_TIMEOUT;
    if (u->ier & IER_THRE && u->thre) return IIR_THRE;
    if (u->ier & IER_MODEM && u->msr & 15) return IIR_MODEM;
    return IIR_NONE;
}

static void update_irq(const struct uart *u)
{
    irq_set(&u->irq, interrupt(u) != IIR_NONE);
}

/* The modem inputs: the far end is always there; in loopback they follow the outputs. */
static u8 modem_inputs(const struct uart *u)
{
    if (!(u->mcr & MCR_LOOP)) return MSR_CTS | MSR_DSR | MSR_DCD;
    return (u8)((u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
                (u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0));
}

/* Bits 3:0 tell which input changed; RI counts only when it falls. */
static void update_modem(struct uart *u)
{
    u8 now = modem_inputs(u), changed = (u->msr ^ now) >> 4;
    if (now & MSR_RI) changed &= (u8)~MSR_RI_FELL;
    u->msr = (u8)(now | (u->msr & 15) | changed);
}

static void push(struct uart *u, u8 byte)
{
    if (u->count == capacity(u)) {
        u->overrun = true;
        return;
    }
    u->fifo[(u->head + u->count++) % UART_FIFO] = byte;
}

static u8 pop(struct uart *u)
{
    if (!u->count) return 0;
    u8 byte = u->fifo[u->head];
    u->head = (u->head + 1) % UART_FIFO;
    u->count--;
    return byte;
}

/* What arrived goes back to the line; what was looped back never was on it. */
static void empty_fifo(struct uart *u)
{
    while (u->count) {
        u8 byte = u->fifo[(u->head + --u->count) % UART_FIFO];
        if (!(u->mcr & MCR_LOOP)) u->line.unget(u->line.arg, byte);
    }
    u->quiet = true;
}

static void send(struct uart *u, u8 byte)
{
    if (u->mcr & MCR_LOOP)
        push(u, byte);
    else
        u->line.put(u->line.arg, byte);
    u->thre = true;
}

static void write_fcr(struct uart *u, u8 value)
{
    bool toggled = (value ^ u->fcr) & FCR_ENABLE;
    if (toggled || (value & FCR_ENABLE && value & FCR_CLEAR_RX)) empty_fifo(u);
    u->fcr = value & FCR_ENABLE ? value : 0;
}

static void write_ier(struct uart *u, u8 value)
{
    if (value & ~u->ier & IER_THRE) u->thre = true;
    u->ier = value & IER_BITS;
}

/* Reading the cause "transmitter empty" takes it back. */
static u8 read_iir(struct uart *u)
{
    u8 cause = interrupt(u);
    if (cause == IIR_THRE) u->thre = false;
    return (u8)(cause | (u->fcr & FCR_ENABLE ? IIR_FIFOS : 0));
}

static u8 read_lsr(struct uart *u)
{
    u8 value =
        (u8)(LSR_THRE | LSR_TEMT | (u->count ? LSR_READY : 0) | (u->overrun ? LSR_OVERRUN : 0));
    u->overrun = false;
    return value;
}

static u8 read_msr(struct uart *u)
{
    u8 value = u->msr;
    u->msr &= 0xf0;
    return value;
}

static u8 read_register(struct uart *u, u64 offset)
{
    bool dlab = u->lcr & LCR_DLAB;
    switch (offset) {
    case UART_DATA: return dlab ? u->dll : pop(u);
    case UART_IER: return dlab ? u->dlm : u->ier;
    case UART_IIR: return read_iir(u);
    case UART_LCR: return u->lcr;
    case UART_MCR: return u->mcr;
    case UART_LSR: return read_lsr(u);
    case UART_MSR: return read_msr(u);
    case UART_SCR: return u->scr;
    default: return 0;
    }
}

static u64 uart_read(void *state, u64 offset, unsigned size)
{
    (void)size;
    struct uart *u = state;
    u8 value = read_register(u, offset);
    update_irq(u);
    return value;
}

static void write_register(struct uart *u, u64 offset, u8 value)
{
    bool dlab = u->lcr & LCR_DLAB;
    switch (offset) {
    case UART_DATA:
        if (dlab)
            u->dll = value;
        else
            send(u, value);
        break;
    case UART_IER:
        if (dlab)
            u->dlm = value;
        else
            write_ier(u, value);
        break;
    case UART_IIR: write_fcr(u, value); break;
    case UART_LCR: u->lcr = value; break;
    case UART_MCR:
        u->mcr = value & MCR_BITS;
        update_modem(u);
        break;
    case UART_SCR: u->scr = value; break;
    }
}

static void uart_write(void *state, u64 offset, unsigned size, u64 value)
{
    (void)size;
    struct uart *u = state;
    write_register(u, offset, (u8)value);
    update_irq(u);
}

static int uart_describe(const struct device *d, void *fdt)
{
    const struct uart *u = d->state;
    struct node n = node_begin_at(fdt, "serial", d->base);
    node_string(&n, "compatible", "ns16550a");
    node_reg(&n, d->base, d->size);
    node_u32(&n, "clock-frequency", UART_CLOCK_HZ);
    node_interrupt(&n, &u->irq);
    return node_end(&n);
}

struct device uart_device(struct uart *u)
{
    return (struct device){.name = "serial",
                           .base = UART_BASE,
                           .size = UART_SIZE,
                           .widths = 1 | 2 | 4, /* a wide access reaches the one register there */
                           .state = u,
                           .read = uart_read,
                           .write = uart_write,
                           .describe = uart_describe};
}

struct uart *uart_new(const struct uart_line *line, struct irq_line irq)
{
    struct uart *u = calloc(1, sizeof *u);
    if (!u) return NULL;
    u->line = *line;
    u->irq = irq;
    uart_reset(u);
    return u;
}

void uart_free(struct uart *u)
{
    free(u);
}

void uart_reset(struct uart *u)
{
    empty_fifo(u);
    *u = (struct uart){.line = u->line, .irq = u->irq, .mcr = MCR_OUT2, .quiet = true};
    u->msr = modem_inputs(u);
    update_irq(u);
}

unsigned uart_room(struct uart *u)
{
    bool quiet = u->quiet;
    u->quiet = false;
    return quiet || u->mcr & MCR_LOOP ? 0 : capacity(u) - u->count;
}

void uart_receive(struct uart *u, u8 byte)
{
    push(u, byte);
    update_irq(u);
}

bool uart_listens(const struct uart *u)
{
    return u->ier & IER_RX;
}
