/* The computed CSRs of the base architecture, for hart/csrs.def. */
#ifndef HART_CSR_VIEWS_H
#define HART_CSR_VIEWS_H

#include "hart/csr.h"

#define TVEC_MASK (~2ull) /* modes 0 and 1 */
#define EPC_MASK  (~1ull) /* IALIGN = 16 */

CSR_GET(get_zero);
CSR_SET(set_nothing);
CSR_GET(get_tinfo);
CSR_GET(get_fflags);
CSR_SET(set_fflags);
CSR_GET(get_frm);
CSR_SET(set_frm);
CSR_GET(get_fcsr);
CSR_SET(set_fcsr);
CSR_GET(get_counter);
CSR_SET(set_counter);
CSR_GET(get_counter_cfg);
CSR_SET(set_counter_cfg);
CSR_GET(get_mhpmevent);
CSR_SET(set_mhpmevent);
CSR_GET(get_scountovf);
CSR_GET(get_time);
CSR_GET(get_mcountinhibit);
CSR_SET(set_mcountinhibit);
CSR_SET(set_mstatus);
CSR_GET(get_mnstatus);
CSR_SET(set_mnstatus);
CSR_SET(set_sstatus);
CSR_GET(get_misa);
CSR_GET(get_hartid);
CSR_GET(get_medeleg);
CSR_SET(set_medeleg);
CSR_GET(get_mideleg);
CSR_SET(set_mideleg);
CSR_GET(get_mie);
CSR_SET(set_mie);
CSR_GET(get_mip);
u64 get_mip_to_modify(const struct hart *h);
CSR_SET(set_mip);
CSR_GET(get_sie);
CSR_SET(set_sie);
CSR_GET(get_sip);
CSR_SET(set_sip);
CSR_GET(get_satp);
CSR_SET(set_satp);
CSR_GET(get_menvcfg);
CSR_SET(set_menvcfg);
CSR_GET(get_senvcfg);
CSR_SET(set_senvcfg);
CSR_GET(get_mstateen);
CSR_SET(set_mstateen);
CSR_GET(get_sstateen);
CSR_SET(set_sstateen);
CSR_GET(get_pmpcfg);
CSR_SET(set_pmpcfg);
CSR_GET(get_mseccfg);
CSR_SET(set_mseccfg);
CSR_GET(get_pmpaddr);
CSR_SET(set_pmpaddr);

#endif
