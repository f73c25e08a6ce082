/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_KCOPY_H
#define _TA_KCOPY_H

#include "kmalloc.h"

void *ta_slabs_krealloc(struct ta_slabs *slabs, const void *ptr, size_t size,
			gfp_t gfp, unsigned long caller);
void *ta_slabs_kmemdup(struct ta_slabs *slabs, const void *src, size_t bytes,
		       gfp_t gfp, unsigned long caller);
char *ta_slabs_kmemdup_nul(struct ta_slabs *slabs, const char *src, size_t len,
			   gfp_t gfp, unsigned long caller);
void ta_slabs_kfree_sensitive(struct ta_slabs *slabs, const void *ptr,
			      unsigned long caller);

/* As krealloc_array(): NULL where the product does not fit, @ptr as it was. */
static inline void *ta_slabs_krealloc_array(struct ta_slabs *slabs,
					    const void *ptr, size_t n,
					    size_t size, gfp_t gfp,
					    unsigned long caller)
{
	size_t bytes;

	if (unlikely(check_mul_overflow(n, size, &bytes)))
		return NULL;
	return ta_slabs_krealloc(slabs, ptr, bytes, gfp, caller);
}

#endif /* _TA_KCOPY_H */
