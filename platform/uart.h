/* The 16550A UART: registers one byte apart, 16-byte FIFOs. Sending takes no time. */
#ifndef PLATFORM_UART_H
#define PLATFORM_UART_H

#include "platform/device.h"

enum { UART_IRQ = 10, UART_FIFO = 16 };

struct uart;

/* The far end of the serial line. */
struct uart_line {
    void *arg;
    void (*put)(void *arg, u8 byte);   /* the guest sent a byte */
    void (*unget)(void *arg, u8 byte); /* the guest threw away a received byte: see uart_receive */
};

/* NULL when memory runs out. */
struct uart *uart_new(const struct uart_line *line, struct irq_line irq);
void uart_free(struct uart *u);
void uart_reset(struct uart *u);

struct device uart_device(struct uart *u);

/* How many bytes it can receive now. Asking also ends the quiet after a FIFO reset. */
unsigned uart_room(struct uart *u);

/* A byte arrives; there must be room.
 *
 * Unlike a real 16550, bytes that the driver has not read when it resets the receive FIFO are
 * handed back to the line, the last first, and the line stays quiet until uart_room has been asked
 * once. So a script on standard input survives the start of a driver. */
void uart_receive(struct uart *u, u8 byte);

/* True when a byte that arrives will raise an interrupt. */
bool uart_listens(const struct uart *u);

#endif
