/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The fixture of the shim's tests: a client of the test's own, to look at the pool
 * with. To be included once, behind kselftest_harness.h.
 */
#ifndef SHIM_FIXTURE_H
#define SHIM_FIXTURE_H

#include "shim.h"

#define OVERCOMMIT	"/sys/module/teachalloc/parameters/overcommit_memory"
#define WARM	(100 << 10)	/* less than malloc makes a mapping of, or gives back */

FIXTURE(shim) {
	int fd;		/* the test's own client */
	long pages;	/* free in the pool at the start */
};

#define shim_t FIXTURE_DATA(shim)

/*
 * Under the dispatcher the test's own heap is in the pool: what it will need is touched
 * before anything is counted, and what it shares with its parent written to.
 */
static inline void warm_the_heap(void)
{
	void *volatile p = malloc(WARM);

	memset(p, 1, WARM);
	free(p);
	ta_lines(NULL, 0);
}

FIXTURE_SETUP(shim)
{
	ta_put(OVERCOMMIT, "0");
	ta_begin();
	warm_the_heap();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
}

FIXTURE_TEARDOWN(shim)
{
	ta_put(OVERCOMMIT, "0");
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

#endif /* SHIM_FIXTURE_H */
