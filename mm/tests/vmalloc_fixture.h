/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_TESTS_VMALLOC_FIXTURE_H
#define _TA_TESTS_VMALLOC_FIXTURE_H

#include "report.h"
#include "vmalloc.h"

#include <kunit/test.h>

#define NR_POOL		512UL
#define NR_WINDOW	1000UL
#define CALLER		_THIS_IP_

/**
 * struct ta_vmap_fixture - what a case works with
 * @pages: the pool
 * @slabs: for what describes an area
 * @vmap: the allocator
 * @options: as it was set up with
 * @readable: what it maps is memory, not only noted
 * @span: room for a case's addresses
 * @held: room for a case's pages
 */
struct ta_vmap_fixture {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_vmap vmap;
	struct ta_vmap_options options;
	bool readable;
	u8 *span[NR_POOL];
	struct page **held;
};

int ta_vmap_test_init(struct kunit *test);
void ta_vmap_test_exit(struct kunit *test);
void *ta_vmap_test_get(struct kunit *test, unsigned long size, gfp_t gfp);
void ta_vmap_test_put(struct kunit *test, void *addr);
struct ta_vmap_stats ta_vmap_test_stats(struct ta_vmap_fixture *f);
unsigned long ta_vmap_test_nr_free(struct ta_vmap_fixture *f);
void ta_vmap_test_refused(struct kunit *test, const void *addr,
			  enum ta_fault fault);
struct ta_vmap *ta_vmap_test_another(struct kunit *test,
				     const struct ta_vmap_options *options);

#endif /* _TA_TESTS_VMALLOC_FIXTURE_H */
