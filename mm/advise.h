/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_ADVISE_H
#define _TA_ADVISE_H

#include "uspace.h"

int ta_advise(u64 *addr, u64 *len, unsigned int advice);

#endif /* _TA_ADVISE_H */
