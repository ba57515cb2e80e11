/* A flattened device tree as source text. */
#ifndef PLATFORM_DTS_H
#define PLATFORM_DTS_H

#include <stdbool.h>
#include <stdio.h>

/* Print the tree, which must have passed fdt_check_full, in the syntax of dtc (Devicetree
 * Specification, appendix A). False when the tree is damaged. */
bool dts_print(FILE *out, const void *fdt);

#endif
