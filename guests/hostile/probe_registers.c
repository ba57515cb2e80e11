/* Looks, before anything else, at what its registers and CSRs hold when it is started: its hart,
 * its device tree, and nothing of anybody else.
 * outcome: contained */
#include "guests/hostile/hostile.h"

void attack(void)
{
    check(first_x[A0] == 0, "a0, the hart:", first_x[A0]);
    check(first_x[A1] >= RAM && first_x[A1] < RAM + RAM_SIZE, "a1, the tree:", first_x[A1]);
    for (u64 i = 1; i < 32; i++)
        if (i != A0 && i != A1) check(first_x[i] == 0, "register", i);
    check(first_csrs.sscratch == 0, "sscratch", first_csrs.sscratch);
    check(first_csrs.scause == 0, "scause", first_csrs.scause);
    check(first_csrs.stval == 0, "stval", first_csrs.stval);
    check(first_csrs.stvec == 0, "stvec", first_csrs.stvec);
    check(first_csrs.satp == 0, "satp", first_csrs.satp);
    check(first_csrs.sie == 0, "sie", first_csrs.sie);
    check(first_csrs.sip == 0, "sip", first_csrs.sip);
}
