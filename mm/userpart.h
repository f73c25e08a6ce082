/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_USERPART_H
#define _TA_USERPART_H

#include "kmalloc.h"

bool ta_slabs_may_copy(struct ta_slabs *slabs, const void *ptr, size_t bytes,
		       bool to_user, unsigned long caller);

#endif /* _TA_USERPART_H */
