/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_BRK_H
#define _TA_BRK_H

#include "uspace.h"

extern const struct file_operations ta_heap_fops;

int ta_brk(struct ta_client *client, unsigned long addr, unsigned long *brk,
	   unsigned long *start);
bool ta_view_brk(struct ta_view *view, unsigned long *start,
		 unsigned long *brk);

#endif /* _TA_BRK_H */
