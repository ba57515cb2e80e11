/* One terminal for all: each VM's output is collected to lines, and a line comes out behind its
 * VM's name. Only one that stays unfinished (a prompt) comes out as it is. */
#include "firmware/vmm.h"

enum { SBI_PUTCHAR = 1, SBI_GETCHAR = 2, SBI_DBCN = 0x4442434e, DBCN_WRITE = 0, DBCN_READ = 1 };
enum { PROMPT_AGE = 5, INPUT_AGE = 100 /* polls */ };

static struct line own;

/* Whose unfinished line the cursor stands on. */
static bool line_is_open;
static const struct vm *line_owner;

static void host_write(const char *text, u64 size)
{
    while (host.dbcn && size) {
        struct sbiret r = sbi_call(SBI_DBCN, DBCN_WRITE, size, (u64)text, 0);
        if (r.error || r.value > size) return;
        text += r.value;
        size -= r.value;
    }
    for (; size; size--) sbi_call(SBI_PUTCHAR, 0, (u8)*text++, 0, 0);
}

static void host_print(const char *text)
{
    host_write(text, strlen(text));
}

/* Brings out what one writer has collected, ending the line or leaving it open. */
static void bring_out(const struct vm *vm, struct line *line, bool end)
{
    if (line_is_open && line_owner != vm) {
        host_print("\n");
        line_is_open = false;
    }
    if (!line_is_open) {
        host_print("[");
        host_print(vm ? vm->name : "vmm");
        host_print("] ");
    }
    host_write(line->text, line->size);
    if (end) host_print("\n");
    line->size = 0;
    line_is_open = !end;
    line_owner = vm;
}

static void flush(struct vm *vm)
{
    struct line *line = vm ? &vm->line : &own;
    if (line->size) bring_out(vm, line, false);
}

void console_put(struct vm *vm, char c)
{
    struct line *line = vm ? &vm->line : &own;
    if (c != '\n') {
        line->text[line->size++] = c;
        if (line->size == LINE_SIZE) flush(vm);
        return;
    }
    /* The firmware's console adds carriage returns itself. */
    if (line->size && line->text[line->size - 1] == '\r') line->size--;
    bring_out(vm, line, true);
}

static int host_get(void)
{
    static u8 byte;
    if (!host.dbcn) return (int)sbi_call(SBI_GETCHAR, 0, 0, 0, 0).error;
    struct sbiret r = sbi_call(SBI_DBCN, DBCN_READ, 1, (u64)&byte, 0);
    return r.error == 0 && r.value == 1 ? byte : -1;
}

static struct vm *focus;

/* The one that was chosen, or else the first that has not ended. */
struct vm *console_focus(void)
{
    if (focus && focus->state != ENDED) return focus;
    for (focus = vms; focus && focus->state == ENDED;) focus = focus->next;
    return focus;
}

void console_set_focus(struct vm *vm)
{
    focus = vm;
}

bool console_type(struct vm *vm, u8 byte)
{
    if (!vm || vm->input_count == INPUT_SIZE) return false;
    vm->input[(vm->input_head + vm->input_count++) % INPUT_SIZE] = byte;
    return true;
}

/* Who has left a line unfinished for some time probably wants it read: a prompt. What follows on an
 * open line is shown at once. */
static void flush_prompt(struct vm *vm)
{
    vm->line_age = vm->line.size == vm->line_polled ? vm->line_age + 1 : 0;
    vm->line_polled = vm->line.size;
    if (vm->line_age >= PROMPT_AGE || (line_is_open && line_owner == vm)) flush(vm);
}

void console_poll(void)
{
    struct vm *focused = console_focus();
    int c;
    for (struct vm *vm = vms; vm; vm = vm->next) flush_prompt(vm);
    /* What the VM has no room for stays where it is: in the serial port. But there the escape key
     * may be among it, so a VM that has not made room for a second loses what it has. */
    if (focused && focused->input_count == INPUT_SIZE && ++focused->input_age > INPUT_AGE)
        focused->input_count = 0;
    while ((!focused || focused->input_count < INPUT_SIZE) && (c = host_get()) >= 0)
        monitor_take((u8)c);
}

int console_get(struct vm *vm)
{
    if (!vm->input_count) return -1;
    u8 byte = vm->input[vm->input_head++];
    vm->input_head %= INPUT_SIZE;
    vm->input_age = 0;
    vm->input_count--;
    return byte;
}
