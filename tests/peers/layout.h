/* Where the parts of a program for peers lie: frame.S and frame.c run it, program.c fills it in.
 * All translations map these pages to themselves. */
#ifndef TESTS_PEERS_LAYOUT_H
#define TESTS_PEERS_LAYOUT_H

#define PLACES     0x80010000 /* PLACE_N of struct place: where each trap leads, in turn */
#define REGISTERS  0x80011000 /* x0..x31, f0..f31 at the beginning */
#define VERBOSE    0x80012000 /* not 0: print each trap */
#define CODE       0x80020000
#define CODE_END   0x80022000 /* a trap at or beyond its last instruction ends the program */
#define CODE_LIMIT 0x80023000 /* ecalls up to here */
#define DATA       0x80030000
#define DATA_END   0x80034000
#define TABLES     0x80040000
#define TABLES_END 0x80080000

#define PLACE_N 64
#define TRAP_N  3000 /* a program ends after so many */

#endif
