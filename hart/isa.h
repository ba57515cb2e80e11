/* The set of extensions that a hart has, and its ISA string. */
#ifndef HART_ISA_H
#define HART_ISA_H

#include "hart/types.h"

/* Every extension that vhart knows, in the canonical order of the ISA string. Single letters first.
 */
#define ISA_EXTENSIONS(X)                                                                          \
    X(I, "i")                                                                                      \
    X(M, "m")                                                                                      \
    X(A, "a")                                                                                      \
    X(F, "f")                                                                                      \
    X(D, "d")                                                                                      \
    X(C, "c")                                                                                      \
    X(H, "h")                                                                                      \
    X(ZICBOM, "zicbom")                                                                            \
    X(ZICBOP, "zicbop")                                                                            \
    X(ZICBOZ, "zicboz")                                                                            \
    X(ZICFILP, "zicfilp") X(ZICFISS, "zicfiss") X(ZICNTR, "zicntr") X(ZICOND, "zicond")            \
        X(ZICSR, "zicsr") X(ZIFENCEI, "zifencei") X(ZIHINTPAUSE, "zihintpause") X(ZIHPM, "zihpm")  \
            X(ZAWRS, "zawrs") X(ZFH, "zfh") X(ZFHMIN, "zfhmin") X(ZBA, "zba") X(ZBB, "zbb")        \
                X(ZBC, "zbc") X(ZBS, "zbs") X(SMDBLTRP, "smdbltrp") X(SMRNMI, "smrnmi")            \
                    X(SMSTATEEN, "smstateen") X(SSDBLTRP, "ssdbltrp") X(SSSTATEEN, "ssstateen")    \
                        X(SSTC, "sstc") X(SVADE, "svade") X(SVADU, "svadu") X(SVINVAL, "svinval")  \
                            X(SVNAPOT, "svnapot") X(SVPBMT, "svpbmt")

enum isa_extension {
#define X(id, name) EXT_##id,
    ISA_EXTENSIONS(X)
#undef X
        EXT_N
};

enum { ISA_STRING_MAX = 512 };

struct isa {
    u64 extensions; /* BIT(enum isa_extension) */
    char string[ISA_STRING_MAX];
};

static inline bool isa_has(const struct isa *isa, enum isa_extension e)
{
    return isa->extensions >> e & 1;
}

/* The default: everything that vhart has, but for what changes the state after reset so that
 * software which does not know it could not run (docs/decisions/0007-by-name-only.md). */
void isa_default(struct isa *out);

/* Read an ISA string such as "rv64gch_zba_sstc" (case does not matter; version numbers such as
 * 2p1 are read over; an extension brings the ones it depends on). False: error holds one line. */
bool isa_parse(struct isa *out, const char *text, char *error, size_t size);

/* The canonical string, as the device tree has it. */
const char *isa_string(const struct isa *isa);

/* The value of misa: MXL = 64 bits, and the letters. */
u64 isa_misa(const struct isa *isa);

#endif
