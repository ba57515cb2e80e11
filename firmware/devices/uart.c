/* A 16550 UART (National Semiconductor PC16550D data sheet): its output is the VM's on the console,
 * its input what the console has for it. The line is infinitely fast, so the transmitter is always
 * empty. */
#include "firmware/devices/devices.h"

enum { BASE = 0x10000000, SIZE = 0x100, IRQ = 10, CLOCK = 3686400 };
enum { DATA = 0, IER = 1, IIR_FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };
enum { IER_RX = 1, IER_THRE = 2 };
enum { IIR_NONE = 1, IIR_THRE = 2, IIR_RX = 4, IIR_FIFO = 0xc0, FCR_ENABLE = 1 };
enum { LCR_DLAB = 0x80, MCR_LOOP = 0x10 };
enum { LSR_DATA = 1, LSR_EMPTY = 0x60, MSR_READY = 0xb0 /* DCD, DSR, CTS */ };

struct uart {
    u8 reg[8], fcr, divisor[2];
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
    if ((u->reg[IER] & IER_RX) && has_data(vm, u)) return IIR_RX;
    if ((u->reg[IER] & IER_THRE) && !u->empty_seen) return IIR_THRE;
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
    if (!(u->reg[MCR] & MCR_LOOP)) return MSR_READY;
    return (u8)((u->reg[MCR] & 1) << 5 | (u->reg[MCR] & 2) << 3 | (u->reg[MCR] & 0xc) << 4);
}

static u64 read(struct vm *vm, void *state, u64 offset, unsigned size)
{
    struct uart *u = state;
    bool divisor = offset <= IER && (u->reg[LCR] & LCR_DLAB);
    u8 value;
    if (size != 1 || offset >= sizeof u->reg) return 0;
    switch (offset) {
    case DATA: value = divisor ? u->divisor[DATA] : take_byte(vm, u); break;
    case IIR_FCR: value = take_cause(vm, u); break;
    case LSR: value = LSR_EMPTY | (has_data(vm, u) ? LSR_DATA : 0); break;
    case MSR: value = modem_status(u); break;
    default: value = divisor ? u->divisor[IER] : u->reg[offset];
    }
    update(vm, u);
    return value;
}

static void send(struct vm *vm, struct uart *u, u8 byte)
{
    u->empty_seen = false;
    if (u->reg[MCR] & MCR_LOOP)
        u->held = byte;
    else
        console_put(vm, (char)byte);
}

static void write(struct vm *vm, void *state, u64 offset, unsigned size, u64 value)
{
    static const u8 writable[] = {
        [IER] = 0x0f, [LCR] = 0xff, [MCR] = 0x1f, [MSR] = 0, [SCR] = 0xff};
    struct uart *u = state;
    u8 byte = (u8)value;
    if (size != 1 || offset >= sizeof u->reg) return;
    if (offset <= IER && (u->reg[LCR] & LCR_DLAB)) {
        u->divisor[offset] = byte;
        return;
    }
    if (offset == DATA) send(vm, u, byte);
    if (offset == IIR_FCR) u->fcr = byte;
    if (offset == IER && (byte & ~u->reg[IER] & IER_THRE)) u->empty_seen = false;
    u->reg[offset] = byte & writable[offset];
    update(vm, u);
}

static void describe(struct fdt_out *f, const struct vm *vm, const struct device *d)
{
    fdt_put_u32(f, "clock-frequency", CLOCK);
}

static const struct device_kind kind = {"serial", "ns16550a", read, write, describe};

bool uart_notify(struct vm *vm)
{
    update(vm, vm->uart);
    return vm->uart->reg[IER] & IER_RX;
}

bool uart_add(struct vm *vm)
{
    struct device *d = device_add(vm, &kind, BASE, SIZE, IRQ);
    if (!d) return false;
    vm->uart = d->state;
    vm->uart->held = -1;
    return true;
}
