/* A 16550 UART (National Semiconductor PC16550D data sheet): its output is the VM's on the console,
 * its input what the console has for it. The line is infinitely fast, so the transmitter is always
 * empty. */
#include "firmware/devices/devices.h"

enum { BASE = 0x10000000, SIZE = 0x100, IRQ = 10, CLOCK = 3686400 };
enum { DATA = 0, IER = 1, IIR_FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };
enum { IER_RX = 1, IER_THRE = 2, IER_BITS = 0x0f };
enum { IIR_NONE = 1, IIR_THRE = 2, IIR_RX = 4, IIR_FIFO = 0xc0, FCR_ENABLE = 1 };
enum { LCR_DLAB = 0x80, MCR_LOOP = 0x10, MCR_BITS = 0x1f };
enum { LSR_DATA = 1, LSR_EMPTY = 0x60, MSR_READY = 0xb0 /* DCD, DSR, CTS */ };

struct uart {
    u8 ier, fcr, lcr, mcr, scr, divisor[2];
    bool empty_seen; /* THRE's interrupt was taken, by a look at IIR, since the last byte */
    int held;        /* a byte of input: its value, -1 if there is none */
};

static bool has_data(struct vm *vm, struct uart *u)
{
    if (u->held < 0) u->held = console_get(vm);
    return u->held >= 0;
}

/* What IIR shows: the pending interrupt of the highest priority. */
static u8 cause(struct vm *vm, struct uart *u)
{
    if ((u->ier & IER_RX) && has_data(vm, u)) return IIR_RX;
    if ((u->ier & IER_THRE) && !u->empty_seen) return IIR_THRE;
    return IIR_NONE;
}

static void update(struct vm *vm, struct uart *u)
{
    plic_set(vm, IRQ, cause(vm, u) != IIR_NONE);
}

static u8 take_byte(struct vm *vm, struct uart *u)
{
    if (!has_data(vm, u)) return 0;
    u8 byte = (u8)u->held;
    u->held = -1;
    return byte;
}

static u8 take_cause(struct vm *vm, struct uart *u)
{
    u8 iir = cause(vm, u);
    if (iir == IIR_THRE) u->empty_seen = true;
    return iir | (u->fcr & FCR_ENABLE ? IIR_FIFO : 0);
}

/* In a loop the modem's lines are our own: DTR, RTS, OUT1, OUT2 come back as DSR, CTS, RI, DCD. */
static u8 modem_status(const struct uart *u)
{
    if (!(u->mcr & MCR_LOOP)) return MSR_READY;
    return (u8)((u->mcr & 1) << 5 | (u->mcr & 2) << 3 | (u->mcr & 0xc) << 4);
}

static u64 read(struct vm *vm, void *state, u64 offset, unsigned size)
{
    struct uart *u = state;
    u8 value = 0;
    if (size != 1) return 0;
    switch (offset) {
    case DATA: value = u->lcr & LCR_DLAB ? u->divisor[0] : take_byte(vm, u); break;
    case IER: value = u->lcr & LCR_DLAB ? u->divisor[1] : u->ier; break;
    case IIR_FCR: value = take_cause(vm, u); break;
    case LCR: return u->lcr;
    case MCR: return u->mcr;
    case LSR: return LSR_EMPTY | (has_data(vm, u) ? LSR_DATA : 0);
    case MSR: return modem_status(u);
    case SCR: return u->scr;
    default: return 0;
    }
    update(vm, u);
    return value;
}

static void send(struct vm *vm, struct uart *u, u8 byte)
{
    u->empty_seen = false;
    if (u->mcr & MCR_LOOP)
        u->held = byte;
    else
        console_put(vm, (char)byte);
}

static void write(struct vm *vm, void *state, u64 offset, unsigned size, u64 value)
{
    struct uart *u = state;
    u8 byte = (u8)value;
    if (size != 1) return;
    if (offset <= IER && (u->lcr & LCR_DLAB)) {
        u->divisor[offset] = byte;
        return;
    }
    switch (offset) {
    case DATA: send(vm, u, byte); break;
    case IER:
        if (byte & ~u->ier & IER_THRE) u->empty_seen = false;
        u->ier = byte & IER_BITS;
        break;
    case IIR_FCR: u->fcr = byte; break;
    case LCR: u->lcr = byte; break;
    case MCR: u->mcr = byte & MCR_BITS; break;
    case SCR: u->scr = byte; break;
    default: break;
    }
    update(vm, u);
}

static void describe(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    (void)vm;
    device_begin_node(f, "serial", "ns16550a", d);
    fdt_put_u32(f, "clock-frequency", CLOCK);
    fdt_end_node(f);
}

bool uart_notify(struct vm *vm)
{
    update(vm, vm->uart);
    return vm->uart->ier & IER_RX;
}

bool uart_add(struct vm *vm)
{
    struct device *d = device_add(vm, BASE, SIZE, IRQ);
    if (!d) return false;
    d->read = read;
    d->write = write;
    d->describe = describe;
    vm->uart = d->state;
    vm->uart->held = -1;
    return true;
}
