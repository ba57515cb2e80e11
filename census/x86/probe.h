/* The bare-metal probe: shared by its C and its assembly. Selectors of its GDT, gates of its IDT.
 */
#ifndef PROBE_H
#define PROBE_H

#define KERNEL_CODE 0x08
#define KERNEL_DATA 0x10
#define USER_CODE   0x1b /* with RPL 3 */
#define USER_DATA   0x23
#define CONFORMING  0x28 /* code of DPL 0 that CPL 3 may enter, too, and stays CPL 3 */
#define EXTRA       0x33 /* a data segment of DPL 3, whose descriptor varies */
#define LDT_A       0x38
#define LDT_B       0x48
#define TSS_A       0x58
#define TSS_B       0x68
#define MOVING      0x7b /* a data segment of DPL 3 whose base varies */
#define GDT_SIZE    0x80

#define GATE_DONE 0x80 /* a test ends with this interrupt */
#define GATE_TEST 0x81 /* and this one is what `int` is tested with */

#define SCRATCH_PORT 0x3ff /* a byte in the UART that nothing depends on */
#define MSR_TRIED    0x174

#endif
