/* The set of extensions that a hart has, and its ISA string. */
#ifndef HART_ISA_H
#define HART_ISA_H

#include "hart/types.h"

/* Every extension that vhart knows, in the canonical order of the ISA string (unpriv. spec,
 * "ISA Extension Naming Conventions"): single letters; Z by category (the order of the letters
 * IMAFDQLCBKJTVPH), then by name; Su; Ss; Sv; Sh; Sm.
 *
 * Some have no code of their own and name what is so in any case: one cache block size, misaligned
 * accesses, the modes of satp. Zkt holds in vhart's own time, in which every instruction takes one
 * step whatever its operands. */
/* clang-format off */
#define ISA_EXTENSIONS(X)                                                                          \
    X(I, "i") X(M, "m") X(A, "a") X(F, "f") X(D, "d") X(C, "c") X(B, "b") X(H, "h")                \
    X(ZIC64B, "zic64b") X(ZICBOM, "zicbom") X(ZICBOP, "zicbop") X(ZICBOZ, "zicboz")                \
    X(ZICCAMOA, "ziccamoa") X(ZICCAMOC, "ziccamoc") X(ZICCID, "ziccid") X(ZICCIF, "ziccif")        \
    X(ZICCLSM, "zicclsm") X(ZICCRSE, "ziccrse") X(ZICFILP, "zicfilp") X(ZICFISS, "zicfiss")        \
    X(ZICNTR, "zicntr") X(ZICOND, "zicond") X(ZICSR, "zicsr") X(ZIFENCEI, "zifencei")              \
    X(ZIHINTNTL, "zihintntl")                                                                      \
    X(ZIHINTPAUSE, "zihintpause") X(ZIHPM, "zihpm") X(ZIMOP, "zimop")                              \
    X(ZMMUL, "zmmul")                                                                              \
    X(ZA128RS, "za128rs") X(ZA64RS, "za64rs") X(ZAAMO, "zaamo") X(ZABHA, "zabha")                  \
    X(ZACAS, "zacas") X(ZALRSC, "zalrsc") X(ZAWRS, "zawrs")                                        \
    X(ZFA, "zfa") X(ZFH, "zfh") X(ZFHMIN, "zfhmin")                                                \
    X(ZCA, "zca") X(ZCB, "zcb") X(ZCD, "zcd") X(ZCMOP, "zcmop")                                    \
    X(ZBA, "zba") X(ZBB, "zbb") X(ZBC, "zbc") X(ZBS, "zbs")                                        \
    X(ZKT, "zkt")                                                                                  \
    X(SUPM, "supm")                                                                                \
    X(SSAIA, "ssaia") X(SSCCPTR, "ssccptr") X(SSCOFPMF, "sscofpmf") X(SSCOUNTERENW, "sscounterenw")                  \
    X(SSDBLTRP, "ssdbltrp") X(SSNPM, "ssnpm") X(SSPM, "sspm") X(SSSTATEEN, "ssstateen")            \
    X(SSTC, "sstc") X(SSTVALA, "sstvala") X(SSTVECD, "sstvecd") X(SSU64XL, "ssu64xl")              \
    X(SV39, "sv39") X(SV48, "sv48") X(SV57, "sv57") X(SVADE, "svade") X(SVADU, "svadu")            \
    X(SVBARE, "svbare") X(SVINVAL, "svinval") X(SVNAPOT, "svnapot") X(SVPBMT, "svpbmt")            \
    X(SVVPTC, "svvptc")                                                                            \
    X(SHA, "sha") X(SHCOUNTERENW, "shcounterenw") X(SHGATPA, "shgatpa")                            \
    X(SHLCOFIDELEG, "shlcofideleg") X(SHTVALA, "shtvala")                                          \
    X(SHVSATPA, "shvsatpa") X(SHVSTVALA, "shvstvala") X(SHVSTVECD, "shvstvecd")                    \
    X(SMAIA, "smaia") X(SMCNTRPMF, "smcntrpmf") X(SMDBLTRP, "smdbltrp") X(SMEPMP, "smepmp") X(SMMPM, "smmpm")        \
    X(SMNPM, "smnpm") X(SMRNMI, "smrnmi") X(SMSTATEEN, "smstateen")

/* Pairs that bring instructions of their own: a row names the pair as its extension. */
#define ISA_PAIRS(X)                                                                               \
    X(ZFA_D, ZFA, D) X(ZFA_ZFH, ZFA, ZFH) X(ZABHA_ZACAS, ZABHA, ZACAS)                             \
    X(ZIHINTNTL_ZCA, ZIHINTNTL, ZCA) X(ZICFISS_ZCMOP, ZICFISS, ZCMOP)
/* clang-format on */

enum isa_extension {
#define X(id, ...) EXT_##id,
    ISA_EXTENSIONS(X) EXT_NAMED_N,
    EXT_BEFORE_PAIRS = EXT_NAMED_N - 1,
    ISA_PAIRS(X)
#undef X
        EXT_N
};

/* A set of extensions; bit n is extension n. */
typedef unsigned __int128 isa_set;
#define ISA_SET(e) ((isa_set)1 << (e))

enum { ISA_STRING_MAX = 1024, ISA_LACKS_MAX = 256 };

struct isa {
    isa_set set;
    char string[ISA_STRING_MAX];
    char lacks[ISA_LACKS_MAX];
};

static inline bool isa_has(const struct isa *isa, enum isa_extension e)
{
    return isa->set >> e & 1;
}

/* The default: everything that vhart has, but for what changes the state after reset so that
 * software which does not know it could not run (docs/decisions/0007-by-name-only.md). */
void isa_default(struct isa *out);

/* Add an extension, and those that it depends on. */
void isa_add(struct isa *isa, enum isa_extension e);

/* Take an extension away, and those that depend on it. */
void isa_remove(struct isa *isa, enum isa_extension e);

/* Read an ISA string such as "rv64gch_zba_sstc", or a profile's name and what to add to it, such as
 * "rva23s64_zacas". Case does not matter, nor does the order; versions such as 2p1 are read over;
 * an extension brings the ones it depends on. False: error holds one line. */
bool isa_parse(struct isa *out, const char *text, char *error, size_t size);

/* What the profile that was asked for has and vhart lacks, as a list such as "v, zvbb"; NULL when
 * there was no profile or nothing is missing. */
const char *isa_lacks(const struct isa *isa);

/* The canonical string, as the device tree has it. */
const char *isa_string(const struct isa *isa);

/* An extension's name, as "zicsr". */
const char *isa_name(enum isa_extension e);

/* The value of misa: MXL = 64 bits, and the letters. */
u64 isa_misa(const struct isa *isa);

#endif
