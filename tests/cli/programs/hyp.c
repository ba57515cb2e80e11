/* In C, with instructions of extensions that a compiler may not know: ends with 0 if they work. */
volatile unsigned long tohost, fromhost;

__attribute__((naked)) void _start(void)
{
    __asm__ volatile("hfence.gvma\n"
                     "sinval.vma zero, zero\n"
                     "li a0, 1\n"
                     "la t0, tohost\n"
                     "sd a0, (t0)\n"
                     "1: j 1b");
}
