// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of mremap(2) on mappings of ours.
 *
 * The trap: underneath these are shared mappings of a file, and mremap grows
 * one towards higher offsets of it, whoever else uses those.
 */
#include "kselftest_harness.h"

#include "ta_test.h"

FIXTURE(mremap) {
	int fd;
	long pages;		/* free in the pool at the start */
};

#define mremap_t FIXTURE_DATA(mremap)

FIXTURE_SETUP(mremap)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(mremap)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

/* Mapped and filled with @byte. */
static char *filled(mremap_t *self, size_t len, int byte)
{
	char *p = ta_mmap(self->fd, NULL, len, RW, 0);

	if (p != MAP_FAILED)
		memset(p, byte, len);
	return p;
}

TEST_F(mremap, shrink_gives_pages_back)
{
	char *p = filled(self, 8 * PAGE, 1);

	ASSERT_EQ((void *)p, mremap(p, 8 * PAGE, 3 * PAGE, 0));
	EXPECT_USED(3);
	EXPECT_EQ(SEGV_MAPERR, ta_read(p + 3 * PAGE).code);
	EXPECT_TRUE(ta_all(p, 3 * PAGE, 1));
}

TEST_F(mremap, grow_brings_zeroes)
{
	char *p = filled(self, 3 * PAGE, 1);

	p = mremap(p, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_USED(3);
	EXPECT_TRUE(ta_all(p, 3 * PAGE, 1));
	EXPECT_TRUE(ta_all(p + 3 * PAGE, 5 * PAGE, 0));
	memset(p, 2, 8 * PAGE);
	EXPECT_USED(8);
	EXPECT_EQ(8 * (long)PAGE, ta_rss());
	ASSERT_EQ(0, munmap(p, 8 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, h70_shrink_then_grow_brings_zeroes)
{
	char *p = filled(self, 8 * PAGE, 0xa5);

	ASSERT_EQ((void *)p, mremap(p, 8 * PAGE, 3 * PAGE, 0));
	p = mremap(p, 3 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(ta_all(p, 3 * PAGE, 0xa5));
	EXPECT_TRUE(ta_all(p + 3 * PAGE, 5 * PAGE, 0));
}

TEST_F(mremap, growing_never_reaches_the_next_mapping)
{
	char *p[4];

	for (int i = 0; i < 4; i++)
		p[i] = filled(self, 4 * PAGE, i + 1);
	for (int i = 0; i < 4; i++) {
		p[i] = mremap(p[i], 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
		ASSERT_NE(MAP_FAILED, p[i]);
		EXPECT_TRUE(ta_all(p[i] + 4 * PAGE, 60 * PAGE, 0));
		memset(p[i], 0x10 + i, 64 * PAGE);
	}
	EXPECT_USED(4 * 64);
	for (int i = 0; i < 4; i++) {
		EXPECT_TRUE(ta_all(p[i], 64 * PAGE, 0x10 + i));
	}
}

TEST_F(mremap, growing_to_the_giant_never_reaches_the_next_mapping)
{
	size_t giant = 1UL << 40;
	char *p = filled(self, PAGE, 1), *q = filled(self, PAGE, 2);
	char *big = mremap(p, PAGE, giant, MREMAP_MAYMOVE);

	/* Refusing is fair; showing the other mapping's pages is not. */
	if (big == MAP_FAILED) {
		EXPECT_TRUE(errno == ENOMEM || errno == EINVAL);
		EXPECT_TRUE(ta_all(p, PAGE, 1));
		return;
	}
	for (size_t at = PAGE; at < giant; at *= 2) {
		EXPECT_EQ(0, big[at]);
	}
	for (size_t at = PAGE; at < giant; at *= 2)
		big[at] = 3;
	EXPECT_TRUE(ta_all(q, PAGE, 2));
	EXPECT_TRUE(ta_all(big, PAGE, 1));
}

TEST_F(mremap, move_takes_the_pages_along)
{
	char *p = filled(self, 4 * PAGE, 1);
	char *q = ta_mmap(self->fd, NULL, 8 * PAGE, RW, 0);
	long frame = ta_frame(self->fd, p + PAGE);

	q[0] = 9;
	ASSERT_EQ((void *)q, mremap(p, 4 * PAGE, 4 * PAGE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, q));
	EXPECT_EQ(SEGV_MAPERR, ta_read(p).code);
	EXPECT_TRUE(ta_all(q, 4 * PAGE, 1));
	EXPECT_EQ(frame, ta_frame(self->fd, q + PAGE));
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(self->fd, p));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(q, 8 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, move_a_part)
{
	char *p = filled(self, 6 * PAGE, 1);
	char *q = ta_mmap(self->fd, NULL, 2 * PAGE, RW, 0);

	p[2 * PAGE] = 7;
	ASSERT_EQ((void *)q, mremap(p + 2 * PAGE, 2 * PAGE, 2 * PAGE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, q));
	EXPECT_EQ(7, q[0]);
	EXPECT_EQ(SEGV_MAPERR, ta_read(p + 2 * PAGE).code);
	EXPECT_USED(6);
	ASSERT_EQ(0, munmap(p, 6 * PAGE));
	EXPECT_USED(2);
	EXPECT_EQ(7, q[0]);
	ASSERT_EQ(0, munmap(q, 2 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, move_there_and_back)
{
	char *p = filled(self, 4 * PAGE, 1);
	char *q = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ((void *)q, mremap(p, 4 * PAGE, 4 * PAGE,
					    MREMAP_MAYMOVE | MREMAP_FIXED, q));
		ASSERT_EQ((void *)p, mremap(q, 4 * PAGE, 4 * PAGE,
					    MREMAP_MAYMOVE | MREMAP_FIXED, p));
		EXPECT_USED(4);
	}
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 1));
}

TEST_F(mremap, h05_an_old_length_of_0_shows_the_pages_twice)
{
	char *p = filled(self, 4 * PAGE, 1);
	char *q = mremap(p, 0, 4 * PAGE, MREMAP_MAYMOVE);

	/* What mremap(2) does with any shared mapping, and so with ours. */
	if (q == MAP_FAILED) {
		EXPECT_EQ(EINVAL, errno);
		return;
	}
	q[0] = 2;
	EXPECT_EQ(2, p[0]);
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(p, 4 * PAGE));
	EXPECT_EQ(2, q[0]);
	EXPECT_TRUE(ta_all(q + PAGE, 3 * PAGE, 1));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(q, 4 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, h05_dontunmap_shows_the_pages_twice)
{
	char *p = filled(self, 4 * PAGE, 1);
	char *q = mremap(p, 4 * PAGE, 4 * PAGE,
			 MREMAP_MAYMOVE | MREMAP_DONTUNMAP);

	ASSERT_NE(MAP_FAILED, q);
	EXPECT_TRUE(ta_all(q, 4 * PAGE, 1));
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 1));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(p, 4 * PAGE));
	EXPECT_TRUE(ta_all(q, 4 * PAGE, 1));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(q, 4 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, a_part_that_grows_shows_what_follows)
{
	char *p = filled(self, 6 * PAGE, 1);
	char *q;

	memset(p + 2 * PAGE, 2, PAGE);
	q = mremap(p, 2 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(SEGV_MAPERR, ta_read(p).code);
	EXPECT_TRUE(ta_all(q, 2 * PAGE, 1));
	/* The rest of p is shown twice; beyond it there is nothing yet. */
	EXPECT_EQ(2, q[2 * PAGE]);
	EXPECT_EQ(ta_frame(self->fd, p + 2 * PAGE),
		  ta_frame(self->fd, q + 2 * PAGE));
	EXPECT_TRUE(ta_all(q + 6 * PAGE, 2 * PAGE, 0));
	EXPECT_USED(6);
	ASSERT_EQ(0, munmap(q, 8 * PAGE));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(p + 2 * PAGE, 4 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mremap, h05_bad_arguments_change_nothing)
{
	char *p = filled(self, 4 * PAGE, 1);

	EXPECT_EQ(MAP_FAILED, mremap(p + 1, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(p, 4 * PAGE, 0, MREMAP_MAYMOVE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(p, 4 * PAGE, 1UL << 47, MREMAP_MAYMOVE));
	EXPECT_TRUE(errno == ENOMEM || errno == EINVAL);
	EXPECT_EQ(MAP_FAILED, mremap(p, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 1));
	EXPECT_USED(4);
}

/* In these a page of the heap stays, or the break could not be lowered. */
TEST_F(mremap, the_heap_may_not_be_moved_unnoticed)
{
	char *heap, *q;

	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&heap, NULL));
	ASSERT_EQ(0, ta_brk(self->fd, heap + 5 * PAGE));
	memset(heap, 1, 4 * PAGE);
	q = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	q = mremap(heap, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q);
	if (q != MAP_FAILED) {
		EXPECT_TRUE(ta_all(q, 4 * PAGE, 1));
		EXPECT_EQ(SEGV_MAPERR, ta_read(heap).code);
		ASSERT_EQ(0, munmap(q, 4 * PAGE));
	}
	/* Either way the break goes on, without what was there. */
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	ASSERT_EQ(0, ta_brk(self->fd, heap + 4 * PAGE));
	EXPECT_TRUE(ta_all(heap, 4 * PAGE, 0));
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	EXPECT_USED(0);
}

TEST_F(mremap, a_moved_heap_page_is_not_reused_while_seen)
{
	char *heap, *q, *r;

	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&heap, NULL));
	ASSERT_EQ(0, ta_brk(self->fd, heap + 5 * PAGE));
	memset(heap, 1, 4 * PAGE);
	q = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	q = mremap(heap, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q);
	if (q == MAP_FAILED)
		return;
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	r = filled(self, 64 * PAGE, 0x33);
	/* Gone, kept or fresh, but not the other mapping's pages. */
	for (size_t i = 0; i < 4; i++)
		if (!ta_write(q + i * PAGE, 0x44).sig) {
			EXPECT_EQ(0x44, q[i * PAGE]);
		}
	EXPECT_TRUE(ta_all(r, 64 * PAGE, 0x33));
}

/* The heap's pages seen elsewhere too, and the break moved meanwhile. */
static void regrow(struct __test_metadata *_metadata, mremap_t *self,
		   char *heap, char *view)
{
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	ASSERT_EQ(0, ta_brk(self->fd, heap + 4 * PAGE));
	EXPECT_TRUE(ta_all(heap, 4 * PAGE, 0));
	memset(heap, 2, 4 * PAGE);
	EXPECT_TRUE(ta_all(view, 4 * PAGE, 1));
	EXPECT_USED(8);
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	EXPECT_TRUE(ta_all(view, 4 * PAGE, 1));
	EXPECT_USED(4);
}

/* And a page more, that stays: over nothing but a hole the break cannot shrink. */
static char *heap_of_ones(mremap_t *self)
{
	char *heap = ta_sbrk(self->fd, 5 * PAGE);

	if (heap != (void *)-1)
		memset(heap, 1, 4 * PAGE);
	return heap;
}

TEST_F(mremap, a_heap_regrown_is_zero_though_it_was_moved)
{
	char *heap = heap_of_ones(self), *q;

	q = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	q = mremap(heap, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, q);
	if (q != MAP_FAILED)
		regrow(_metadata, self, heap, q);
}

TEST_F(mremap, a_heap_regrown_is_zero_though_it_was_doubled)
{
	char *heap = heap_of_ones(self);
	char *q = mremap(heap, 0, 4 * PAGE, MREMAP_MAYMOVE);

	if (q != MAP_FAILED)
		regrow(_metadata, self, heap, q);
}

TA_TEST_MAIN
