# Where parts' second hart begins: a0 = hartid, a1 = the function that it is to run.

        .text
        .globl  second_start
second_start:
        la      sp, second_stack_top
        jr      a1

        .bss
        .balign 16
        .space  4096
second_stack_top:
