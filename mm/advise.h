/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_ADVISE_H
#define _TA_ADVISE_H

#include "uspace.h"

int ta_advise(struct ta_client *client, unsigned long addr, unsigned long len,
	      unsigned int advice);

#endif /* _TA_ADVISE_H */
