/* Turns paging on with a root where it has no memory: the next fetch reads the table.
 * outcome: ended fetch from gpa 0x10000000010 */
#include "guests/hostile/hostile.h"

#define ROOT BIT(40)

void attack(void)
{
    csr_write(satp, SATP_SV39 << 60 | ROOT >> 12);
    fence();
}
