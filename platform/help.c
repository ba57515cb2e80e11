#include "platform/options.h"

#include <stdio.h>

/* Two screens of 24 lines and 80 columns at most; docs/vhart.1 has it all. */
static const char help[] =
    "usage: vhart [options] ELF [arguments]        a bare program, as with Spike\n"
    "       vhart [options] --kernel FILE          a system, as with QEMU virt\n"
    "       vhart test [options] PATH...           tests; see vhart test --help\n"
    "       vhart census [options]      what traps where; see vhart census --help\n"
    "\n"
    "What to run\n"
    "  --bios FILE       firmware at 0x80000000 (default: OpenSBI), or none\n"
    "  --kernel FILE     ELF, Linux Image, or flat at 0x80200000\n"
    "  --initrd FILE     initial RAM disk\n"
    "  --append TEXT     the kernel's command line (also --bootargs)\n"
    "  --guest name=N,kernel=FILE,initrd=FILE,append=TEXT,memory=SIZE,cpus=N\n"
    "                    a guest for the hypervisor that is the kernel; repeatable\n"
    "  --dtb FILE        a device tree to use instead of the generated one\n"
    "  --pc ADDR         start here instead of at the entry point\n"
    "\n"
    "The machine\n"
    "  -m SIZE           RAM: MiB, or with K, M, G, T (default 2G; it is sparse)\n"
    "  -p N, --smp N     harts (default 1); --parallel: each on a thread of the host\n"
    "  --disk FILE[,readonly|,snapshot]    a virtio disk; repeatable (--rng: entropy)\n"
    "  --isa STRING      e.g. rv64gch_zba_sstc, rva23s64 (default: all vhart has)\n"
    "  --aia aplic|aplic-imsic[,guests=N]   other interrupt controllers than a PLIC\n"
    "  --misaligned allow|trap     misaligned loads and stores (default allow);\n"
    "                    man vhart has all that the specification leaves to choice\n"
    "  --tlb lazy        keep translations until a fence retires them\n"
    "  --quirk LIST      break the ISA on purpose: popf, pushf, sgdt, sfence\n"
    "  --time insn|host  by instructions (default), or by the host's clock\n"
    "  --seed N          of the randomness that the machine offers (default 0)\n"
    "\n"
    "The run\n"
    "  --instructions N  stop after N instructions\n"
    "  --tier jit|block|step  hot blocks as host code (default), decoded blocks, or\n"
    "                    one instruction at a time\n"
    "  --heat N          runs of a block before it becomes host code\n"
    "  --lockstep        run tier and stepper side by side, stop where they differ\n"
    "  --check-isolation[=stores]  end the run if a VM reaches what is not its own\n"
    "\n"
    "What to see\n"
    "  --exits           count what makes harts leave their guests, by cause\n"
    "  -l, --log-commits log each instruction and trap; what each one changed\n"
    "  --log FILE        where logs go (default: stderr)\n"
    "  +signature=FILE   write the signature; +signature-granularity=BYTES a line\n"
    "  --stats FILE|-    what vmm has counted of its VMs, as JSON\n"
    "  --dump-dts        print the device tree and exit\n"
    "  --help, --version\n"
    "\n"
    "--option VALUE and --option=VALUE are one. The exit status is the program's;\n"
    "2 after a mistake on the command line or in a file, 3 after what --lockstep\n"
    "or --check-isolation found. Ctrl-A x ends a run, Ctrl-A h helps; see man vhart.\n";

static const char test_help[] =
    "usage: vhart test [options] PATH...\n"
    "\n"
    "Runs every RISC-V executable below the paths. A test passes when it ends with\n"
    "exit code 0 (HTIF or test finisher) and, if there is a reference signature,\n"
    "leaves just that.\n"
    "\n"
    "  -j N              tests at a time (default: as many as there are cores)\n"
    "  --max-steps N     what makes more has timed out (default 50000000)\n"
    "  --timeout SECONDS of the host's clock before a test is ended (default 300)\n"
    "  --format text|tap|junit|json   of the report on stdout (default text)\n"
    "  --signature-reference DIR      where reference signatures are: for NAME or\n"
    "                    NAME.elf, NAME.reference_output or NAME.ref (default:\n"
    "                    beside the test, if there is one)\n"
    "  --reference-suffix SUFFIX      they are called NAMESUFFIX, and must be there\n"
    "\n"
    "and, as for one program: --isa, --tier, -m, -p, --misaligned and the like,\n"
    "--time, --seed. A file NAME.options beside a test has such options for it alone.\n"
    "The exit status is 0 when all tests passed, 1 when one did not, 2 after a\n"
    "mistake on the command line or when there is no test.\n";

void print_help(void)
{
    fputs(help, stdout);
}

void print_test_help(void)
{
    fputs(test_help, stdout);
}
