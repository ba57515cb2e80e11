/* What can be said to vmm at the terminal: the escape key, then one more. */
#include "firmware/devices/devices.h"

enum { ESCAPE = 0x1d /* Ctrl-] */ };

static void list(struct vm *focused)
{
    static const char *const states[] = {"runs", "is paused", "has ended"};
    for (const struct vm *vm = vms; vm; vm = vm->next)
        say("%u %s %s: %lu MiB, %u vCPUs, weight %lu%s\n", vm->number, vm->name, states[vm->state],
            vm->ram_size >> 20, vm->vcpu_count, vm->weight,
            vm == focused ? ", has the console" : "");
}

/* Its vCPUs leave the guest, and the scheduler passes them over. */
static void pause(struct vm *vm)
{
    if (vm->state != LIVE) return;
    vm->state = PAUSED;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i]->in_guest) hart_kick(vm->vcpus[i]->hart);
    say("%s is paused\n", vm->name);
}

static void resume(struct vm *vm)
{
    if (vm->state != PAUSED) return;
    vm->state = LIVE;
    for (unsigned i = 0; i < vm->vcpu_count; i++)
        if (vm->vcpus[i]->state == RUNNABLE) sched_make_runnable(vm->vcpus[i]);
    say("%s goes on\n", vm->name);
}

static void kill(struct vm *vm)
{
    vm_end(vm, "killed"); /* no VM has the console that has ended */
    vm_release(vm);
}

static void stats(struct vm *vm)
{
    stats_report();
}

/* The first time it begins to watch. */
static void dirty(struct vm *vm)
{
    u64 words = vm->ram_size / PAGE_SIZE / 64 + 1;
    if (!vm->watched) {
        say("%s: its pages %s watched\n", vm->name, gstage_watch(vm) ? "are" : "cannot be");
        return;
    }
    say("%s: %lu pages changed, ", vm->name, gstage_collect(vm, PTE_D, 0, NULL, words));
    say("%lu used since the last look\n", gstage_collect(vm, PTE_A, 0, NULL, words));
    gstage_fence(vm);
}

static void undirty(struct vm *vm)
{
    vm->watched = false;
    say("%s: its pages are not watched\n", vm->name);
}

static void help(struct vm *vm);

static const struct {
    char key;
    bool of_vm; /* acts on the VM that has the console */
    const char *what;
    void (*act)(struct vm *vm);
} commands[] = {
    {'l', false, "lists VMs",             list   },
    {'p', true,  "pauses this VM",        pause  },
    {'r', true,  "lets it go on",         resume },
    {'k', true,  "ends it",               kill   },
    {'d', true,  "tells pages changed",   dirty  },
    {'D', true,  "no longer does",        undirty},
    {'s', false, "shows exits and times", stats  },
    {'h', false, "shows this",            help   },
};

static void help(struct vm *vm)
{
    say("Ctrl-] 1 to 9: the console of VM 1 to 9; Ctrl-] Ctrl-]: Ctrl-] itself\n");
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        say("Ctrl-] %c %s\n", commands[i].key, commands[i].what);
}

static void switch_to(unsigned number)
{
    for (struct vm *vm = vms; vm; vm = vm->next)
        if (vm->number == number && vm->state != ENDED) {
            console_set_focus(vm);
            say("the console is %s's\n", vm->name);
        }
}

static void command(char key)
{
    struct vm *vm = console_focus();
    if (key >= '1' && key <= '9') switch_to((unsigned)(key - '0'));
    for (unsigned i = 0; i < sizeof commands / sizeof *commands; i++)
        if (commands[i].key == key && (vm || !commands[i].of_vm)) commands[i].act(vm);
}

void monitor_take(u8 byte)
{
    static bool escaped;
    bool was_escaped = escaped;
    escaped = !escaped && byte == ESCAPE;
    if (escaped) return;
    if (was_escaped && byte != ESCAPE) {
        command((char)byte);
    } else if (console_type(console_focus(), byte)) {
        if (!uart_notify(console_focus())) hvc_notify(console_focus());
    }
}
