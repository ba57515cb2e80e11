/* Each form of each fence, with the address in a0 and the ASID or VMID in a1. */
#ifndef TESTS_ISA_FENCES_H
#define TESTS_ISA_FENCES_H

#include "harness.h"

SNIPPET(sfence_va, "sfence.vma a0, zero");
SNIPPET(sfence_va_asid, "sfence.vma a0, a1");
SNIPPET(sfence_asid, "sfence.vma zero, a1");
SNIPPET(sinval, "sfence.w.inval\nsinval.vma a0, a1\nsfence.inval.ir");
SNIPPET(hfence_v, "hfence.vvma");
SNIPPET(hfence_v_va, "hfence.vvma a0, zero");
SNIPPET(hfence_v_va_asid, "hfence.vvma a0, a1");
SNIPPET(hfence_v_asid, "hfence.vvma zero, a1");
SNIPPET(hinval_v, "sfence.w.inval\nhinval.vvma a0, a1\nsfence.inval.ir");
SNIPPET(hfence_g, "hfence.gvma");
SNIPPET(hfence_g_gpa, "hfence.gvma a0, zero");
SNIPPET(hfence_g_gpa_vmid, "hfence.gvma a0, a1");
SNIPPET(hfence_g_vmid, "hfence.gvma zero, a1");
SNIPPET(hinval_g, "sfence.w.inval\nhinval.gvma a0, a1\nsfence.inval.ir");

#endif
