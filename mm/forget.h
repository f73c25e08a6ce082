/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_FORGET_H
#define _TA_FORGET_H

#include "region.h"

void ta_forget(struct ta_region *region, unsigned long first,
	       unsigned long last);
bool ta_tryforget(struct ta_region *region, unsigned long first,
		  unsigned long last);

#endif /* _TA_FORGET_H */
