/* SPDX-License-Identifier: GPL-2.0 */
/* The parameter of the tests that run on every way to map pages. */
#ifndef _TA_TESTS_BACKENDS_H
#define _TA_TESTS_BACKENDS_H

#include "ptmap.h"

#include <kunit/test.h>
#include <linux/string.h>

static const struct ta_ptmap_ops *const backends[] = {
	&ta_ptmap_soft,
	&ta_ptmap_window,
	&ta_ptmap_vmap,
};

/* In user space all but the soft one are empty. */
static const void *backend_gen_params(const void *prev, char *desc)
{
	const struct ta_ptmap_ops *const *next = prev;

	for (next = next ? next + 1 : backends;
	     next < backends + ARRAY_SIZE(backends); next++)
		if ((*next)->init) {
			strscpy(desc, (*next)->name, KUNIT_PARAM_DESC_SIZE);
			return next;
		}
	return NULL;
}

#define TA_BACKENDS_CASE(fn)	KUNIT_CASE_PARAM(fn, backend_gen_params)

#endif /* _TA_TESTS_BACKENDS_H */
