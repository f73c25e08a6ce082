// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the empty pool: who touches too much gets SIGBUS, nobody else is
 * harmed, and all is back afterwards.
 */
#include "kselftest_harness.h"

#include "ta_test.h"

FIXTURE(exhaust) {
	int fd;
	size_t free;		/* pages in the pool at the start */
	size_t pages;		/* of these can be had */
};

FIXTURE_SETUP(exhaust)
{
	if (!ta_oom_adj(-1000))
		SKIP(return, "only root can be exempt from being killed");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->free = ta_free_pages(self->fd);
	self->pages = ta_available_pages(self->fd);
	ASSERT_LT(0, (long)self->pages);
}

FIXTURE_TEARDOWN(exhaust)
{
	close(self->fd);
}

/* Write to page after page until one is refused; return how many were not. */
static size_t fill(char *p, size_t nr, int byte, struct ta_hit *hit)
{
	for (size_t i = 0; i < nr; i++) {
		*hit = ta_write(p + i * PAGE, byte);
		if (hit->sig)
			return i;
	}
	return nr;
}

static void expect_sigbus(struct __test_metadata *_metadata,
			  const struct ta_hit *hit, const void *addr)
{
	EXPECT_EQ(SIGBUS, hit->sig);
	EXPECT_EQ(BUS_ADRERR, hit->code);
	EXPECT_EQ(addr, hit->addr);
}

TEST_F(exhaust, touching_past_the_pool_is_a_sigbus)
{
	size_t nr = self->pages + 256, got;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);
	struct ta_hit hit = { 0 };

	ASSERT_NE(MAP_FAILED, p);
	got = fill(p, nr, 0x5a, &hit);
	EXPECT_EQ(self->pages, got);
	expect_sigbus(_metadata, &hit, p + got * PAGE);
	EXPECT_EQ(0, ta_available_pages(self->fd));
	for (size_t i = 0; i < got; i++) {
		ASSERT_EQ(0x5a, p[i * PAGE]);
	}
	/* One back, one more. */
	ASSERT_EQ(0, munmap(p, PAGE));
	EXPECT_EQ(0, ta_write(p + got * PAGE, 1).sig);
	EXPECT_EQ(SIGBUS, ta_write(p + (got + 1) * PAGE, 1).sig);
	ASSERT_EQ(0, munmap(p, nr * PAGE));
	EXPECT_EQ((long)self->pages, ta_available_pages(self->fd));
}

TEST_F(exhaust, a_heap_past_the_pool_is_a_sigbus)
{
	size_t nr = self->pages + 256, got;
	char *p = ta_sbrk(self->fd, 256 * PAGE);
	struct ta_hit hit = { 0 };

	/* All at once would be too much to be promised. */
	ASSERT_NE((void *)-1, p);
	ASSERT_NE((void *)-1, ta_sbrk(self->fd, (nr - 256) * PAGE));
	got = fill(p, nr, 0x5a, &hit);
	EXPECT_EQ(self->pages, got);
	expect_sigbus(_metadata, &hit, p + got * PAGE);
	ASSERT_EQ(0, ta_brk(self->fd, p + PAGE));
	EXPECT_EQ((long)self->pages - 1, ta_available_pages(self->fd));
	EXPECT_EQ(0x5a, p[0]);
}

TEST_F(exhaust, populate_past_the_pool_maps_what_there_is)
{
	size_t nr = self->pages + 256;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW,
			  MAP_POPULATE | MAP_NORESERVE);

	/* As mmap(2), which does not fail for what it could not bring. */
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, ta_available_pages(self->fd));
	EXPECT_EQ(0, ta_write(p, 1).sig);
	EXPECT_EQ(SIGBUS, ta_write(p + (nr - 1) * PAGE, 1).sig);
}

TEST_F(exhaust, h70_the_next_owner_sees_zeroes)
{
	size_t nr = self->pages;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);

	memset(p, 0xa5, nr * PAGE);
	ASSERT_EQ(0, ta_available_pages(self->fd));
	ASSERT_EQ(0, munmap(p, nr * PAGE));
	p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);
	ASSERT_NE(MAP_FAILED, p);
	for (size_t i = 0; i < nr; i++) {
		ASSERT_TRUE(ta_all(p + i * PAGE, PAGE, 0));
	}
}

struct owner {
	size_t nr;
	bool heap;
};

static char *take(int fd, const struct owner *owner)
{
	if (owner->heap)
		return ta_sbrk(fd, owner->nr * PAGE);
	return ta_mmap(fd, NULL, owner->nr * PAGE, RW, MAP_NORESERVE);
}

static void fill_and_die(void *arg)
{
	struct owner *owner = arg;
	char *p = take(ta_open(), owner);

	memset(p, 0xa5, owner->nr * PAGE);
	raise(SIGKILL);
}

static void look_as_nobody(void *arg)
{
	struct owner *owner = arg;
	int fd;
	char *p;

	TA_CHILD(geteuid() || (!setgid(65534) && !setuid(65534)));
	fd = ta_open();
	TA_CHILD(fd >= 0);
	p = take(fd, owner);
	for (size_t i = 0; i < owner->nr; i++)
		TA_CHILD(ta_all(p + i * PAGE, PAGE, 0));
}

TEST_F(exhaust, h70_another_user_sees_zeroes)
{
	for (int way = 0; way < 4; way++) {
		struct owner from = { self->pages, way & 1 };
		struct owner to = { self->pages, way & 2 };

		EXPECT_EQ(-SIGKILL, ta_join(ta_fork(fill_and_die, &from)));
		EXPECT_TRUE(ta_settles(self->fd, self->free));
		EXPECT_EQ(0, ta_join(ta_fork(look_as_nobody, &to)));
	}
}

struct family {
	char *p;
	size_t nr;
};

/* Half the pool is ours together, so half of ours can be copied. */
static void copy_until_refused(void *arg)
{
	struct family *family = arg;
	struct ta_hit hit = { 0 };
	size_t got = fill(family->p, family->nr, 2, &hit);

	TA_CHILD(got < family->nr && got > 0);
	TA_CHILD(hit.sig == SIGBUS);
	TA_CHILD(hit.addr == family->p + got * PAGE);
	/* What could not be copied can still be read. */
	for (size_t i = 0; i < family->nr; i++)
		TA_CHILD(family->p[i * PAGE] == (i < got ? 2 : 1));
}

TEST_F(exhaust, a_childs_copy_past_the_pool_is_its_own_sigbus)
{
	struct family family = { .nr = self->pages * 2 / 3 };

	family.p = ta_mmap(self->fd, NULL, family.nr * PAGE, RW, MAP_NORESERVE);
	ASSERT_NE(MAP_FAILED, family.p);
	memset(family.p, 1, family.nr * PAGE);
	EXPECT_EQ(0, ta_join(ta_fork(copy_until_refused, &family)));
	EXPECT_TRUE(ta_settles(self->fd, self->free - family.nr));
	for (size_t i = 0; i < family.nr; i++) {
		ASSERT_TRUE(ta_all(family.p + i * PAGE, PAGE, 1));
	}
	EXPECT_EQ(0, ta_write(family.p, 3).sig);
}

TEST_F(exhaust, the_kernels_own_access_past_the_pool_is_an_efault)
{
	size_t nr = self->pages + 16;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);
	struct ta_hit hit = { 0 };
	size_t got = fill(p, nr, 1, &hit);
	int ends[2];

	ASSERT_GT(nr, got);
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(4, write(ends[1], "ouch", 4));
	errno = 0;
	EXPECT_EQ(-1, read(ends[0], p + got * PAGE, 4));
	EXPECT_EQ(EFAULT, errno);
}

static void breathe(void *arg)
{
	struct owner *owner = arg;
	int fd = ta_open();
	char *p = take(fd, owner);
	size_t got = 0;
	struct ta_hit hit = { 0 };

	for (int i = 0; i < 5; i++) {
		got += fill(p, owner->nr, 1, &hit);
		TA_CHILD(!hit.sig || hit.sig == SIGBUS);
		TA_CHILD(!munmap(p, owner->nr * PAGE));
		p = take(fd, owner);
	}
	TA_CHILD(got);
}

TEST_F(exhaust, four_processes_fight_for_the_pool)
{
	struct owner owner = { self->pages / 2, false };
	pid_t pids[4];

	for (int i = 0; i < 4; i++)
		pids[i] = ta_fork(breathe, &owner);
	for (int i = 0; i < 4; i++) {
		EXPECT_EQ(0, ta_join(pids[i]));
	}
	EXPECT_TRUE(ta_settles(self->fd, self->free));
}

TA_TEST_MAIN
