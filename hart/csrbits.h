/* Fields of control and status registers, exception and interrupt numbers (privileged spec). */
#ifndef HART_CSRBITS_H
#define HART_CSRBITS_H

#include "hart/types.h"

/* mstatus, sstatus, vsstatus (3.1.6, 12.1.1, 22.2.11) */
#define STATUS_SIE       BIT(1)
#define STATUS_MIE       BIT(3)
#define STATUS_SPIE      BIT(5)
#define STATUS_MPIE      BIT(7)
#define STATUS_SPP       BIT(8)
#define STATUS_MPP       MASK(12, 11)
#define STATUS_FS        MASK(14, 13)
#define STATUS_MPRV      BIT(17)
#define STATUS_SUM       BIT(18)
#define STATUS_MXR       BIT(19)
#define STATUS_TVM       BIT(20)
#define STATUS_TW        BIT(21)
#define STATUS_TSR       BIT(22)
#define STATUS_SPELP     BIT(23)
#define STATUS_SDT       BIT(24)
#define STATUS_UXL       MASK(33, 32)
#define STATUS_SXL       MASK(35, 34)
#define STATUS_GVA       BIT(38)
#define STATUS_MPV       BIT(39)
#define STATUS_MPELP     BIT(41)
#define STATUS_MDT       BIT(42)
#define STATUS_SD        BIT(63)
#define STATUS_UXL64     BIT(33)
#define STATUS_SXL64     BIT(35)
#define STATUS_MPP_SHIFT 11

/* The bits of mstatus that sstatus shows. SPELP and SDT are 0 in it where they do not exist. */
#define SSTATUS_SHOWN                                                                              \
    (STATUS_SIE | STATUS_SPIE | STATUS_SPP | STATUS_FS | STATUS_SUM | STATUS_MXR | STATUS_SPELP |  \
     STATUS_SDT | STATUS_SD)

/* mnstatus (smrnmi) */
#define MNSTATUS_NMIE       BIT(3)
#define MNSTATUS_MNPV       BIT(7)
#define MNSTATUS_MNPELP     BIT(9)
#define MNSTATUS_MNPP       MASK(12, 11)
#define MNSTATUS_MNPP_SHIFT 11

/* hstatus (22.2.1) */
#define HSTATUS_GVA         BIT(6)
#define HSTATUS_SPV         BIT(7)
#define HSTATUS_SPVP        BIT(8)
#define HSTATUS_HU          BIT(9)
#define HSTATUS_VGEIN       MASK(17, 12)
#define HSTATUS_VGEIN_SHIFT 12
#define HSTATUS_VTVM        BIT(20)
#define HSTATUS_VTW         BIT(21)
#define HSTATUS_VTSR        BIT(22)
#define HSTATUS_VSXL64      BIT(33)
#define HSTATUS_HUPMM       MASK(49, 48)
#define HSTATUS_HUPMM_SHIFT 48

/* menvcfg, henvcfg, senvcfg (3.1.18, 22.2.5, 12.1.10); mseccfg has PMM in the same place (3.1.19)
 */
#define ENVCFG_FIOM  BIT(0)
#define ENVCFG_LPE   BIT(2)
#define ENVCFG_SSE   BIT(3)
#define ENVCFG_CBIE  MASK(5, 4)
#define ENVCFG_CBCFE BIT(6)
#define ENVCFG_CBZE  BIT(7)
#define ENVCFG_PMM   MASK(33, 32)
#define PMM_SHIFT    32
#define ENVCFG_DTE   BIT(59)
#define ENVCFG_ADUE  BIT(61)
#define ENVCFG_PBMTE BIT(62)
#define ENVCFG_STCE  BIT(63)

/* mseccfg (3.1.19) */
#define MSECCFG_MLPE BIT(10)

/* mstateen0, hstateen0 (smstateen) */
#define STATEEN_ENVCFG BIT(62)
#define STATEEN_SE0    BIT(63)
#define STATEEN_IMSIC  BIT(58) /* these three: AIA, "Access control by the state-enable CSRs" */
#define STATEEN_AIA    BIT(59)
#define STATEEN_CSRIND BIT(60)

/* hvictl (AIA, "Virtual interrupts for VS level") */
#define HVICTL_VTI       BIT(30)
#define HVICTL_IID       MASK(27, 16)
#define HVICTL_IID_SHIFT 16
#define HVICTL_DPR       BIT(9)
#define HVICTL_IPRIOM    BIT(8)
#define HVICTL_IPRIO     MASK(7, 0)

/* Where mtopi, stopi, vstopi and the topei registers have the identity */
#define TOPI_IID_SHIFT 16

/* mcyclecfg, minstretcfg, mhpmevent (smcntrpmf, sscofpmf) */
#define EVENT_OF    BIT(63)
#define EVENT_MINH  BIT(62)
#define EVENT_SINH  BIT(61)
#define EVENT_UINH  BIT(60)
#define EVENT_VSINH BIT(59)
#define EVENT_VUINH BIT(58)
#define EVENT_INH   MASK(62, 58)
/* What mhpmevent selects: numbers of the SBI's general hardware events (docs/counters.md) */
#define EVENT_SELECT MASK(55, 0)
enum event { EVENT_NONE = 0, EVENT_CYCLES = 1, EVENT_INSTRUCTIONS = 2 };

/* Counter enables and mcountinhibit */
#define COUNTER_CY BIT(0)
#define COUNTER_TM BIT(1)
#define COUNTER_IR BIT(2)

/* Interrupts: bits of mip and its views; the cause is the bit's number. */
/* clang-format off */
enum interrupt {
    IRQ_SSI = 1, IRQ_VSSI = 2, IRQ_MSI = 3, IRQ_STI = 5, IRQ_VSTI = 6, IRQ_MTI = 7,
    IRQ_SEI = 9, IRQ_VSEI = 10, IRQ_MEI = 11, IRQ_SGEI = 12, IRQ_LCOFI = 13,
    IRQ_RAS_LOW = 35, IRQ_RAS_HIGH = 43
};
#define MIP_SSIP  BIT(IRQ_SSI)
#define MIP_VSSIP BIT(IRQ_VSSI)
#define MIP_MSIP  BIT(IRQ_MSI)
#define MIP_STIP  BIT(IRQ_STI)
#define MIP_VSTIP BIT(IRQ_VSTI)
#define MIP_MTIP  BIT(IRQ_MTI)
#define MIP_SEIP  BIT(IRQ_SEI)
#define MIP_VSEIP BIT(IRQ_VSEI)
#define MIP_MEIP  BIT(IRQ_MEI)
#define MIP_SGEIP BIT(IRQ_SGEI)
#define MIP_LCOFIP BIT(IRQ_LCOFI)
#define MIP_LOCAL (MIP_LCOFIP | BIT(IRQ_RAS_LOW) | BIT(IRQ_RAS_HIGH)) /* AIA, table of major interrupts */
#define MIP_S     (MIP_SSIP | MIP_STIP | MIP_SEIP)
#define MIP_VS    (MIP_VSSIP | MIP_VSTIP | MIP_VSEIP)
#define MIP_M     (MIP_MSIP | MIP_MTIP | MIP_MEIP)
#define CAUSE_INTERRUPT BIT(63)

/* Exceptions (3.1.15, 22.6.1) */
enum exception {
    EXC_FETCH_MISALIGNED = 0, EXC_FETCH_ACCESS = 1, EXC_ILLEGAL = 2, EXC_BREAKPOINT = 3,
    EXC_LOAD_MISALIGNED = 4, EXC_LOAD_ACCESS = 5, EXC_STORE_MISALIGNED = 6, EXC_STORE_ACCESS = 7,
    EXC_ECALL_U = 8, EXC_ECALL_S = 9, EXC_ECALL_VS = 10, EXC_ECALL_M = 11,
    EXC_FETCH_PAGE = 12, EXC_LOAD_PAGE = 13, EXC_STORE_PAGE = 15,
    EXC_DOUBLE_TRAP = 16, EXC_SOFTWARE_CHECK = 18, EXC_HARDWARE_ERROR = 19,
    EXC_FETCH_GUEST = 20, EXC_LOAD_GUEST = 21, EXC_VIRTUAL = 22, EXC_STORE_GUEST = 23
};

/* What tval says of a software-check exception (3.1.16) */
enum { TVAL_LANDING_PAD = 2, TVAL_SHADOW_STACK = 3 };

#endif
