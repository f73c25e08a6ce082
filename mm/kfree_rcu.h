/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_KFREE_RCU_H
#define _TA_KFREE_RCU_H

#include "kmalloc.h"

#include <linux/rcupdate.h>

void ta_slabs_kfree_rcu(struct ta_slabs *slabs, const void *ptr, size_t offset,
			rcu_callback_t fn, unsigned long caller);
void ta_slabs_kfree_head(struct ta_slabs *slabs, struct rcu_head *head);

#endif /* _TA_KFREE_RCU_H */
