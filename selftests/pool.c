// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the pool as a whole: its size changed and started afresh through
 * the module's parameters, by who may and by who may not, while it is used.
 *
 * Model: the files in /sys/module/teachalloc/parameters. Every test leaves the
 * size as it was. Only root can do most of it; who is not skips that.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/uio.h>

#include "ta_test.h"

#define FOLDER	"/sys/module/teachalloc/parameters/"
#define MIB	256UL	/* pages */

static int set_mb(unsigned long mb)
{
	char words[32];

	snprintf(words, sizeof(words), "%lu\n", mb);
	return ta_put(FOLDER "pool_mb", words);
}

static unsigned long get_mb(void)
{
	FILE *f = fopen(FOLDER "pool_mb", "re");
	unsigned long mb = 0;

	if (!f || fscanf(f, "%lu", &mb) != 1)
		mb = 0;
	if (f)
		fclose(f);
	return mb;
}

static uint64_t pool_pages(int fd)
{
	struct ta_ioc_info info;

	return ta_info(fd, &info) ? 0 : info.pool_pages;
}

FIXTURE(pool) {
	int fd;
	unsigned long mb;
};

FIXTURE_SETUP(pool)
{
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->mb = get_mb();
}

FIXTURE_TEARDOWN(pool)
{
	EXPECT_EQ(0, ta_validate(self->fd));
	close(self->fd);
	if (!geteuid()) {
		EXPECT_EQ(0, set_mb(self->mb));
	}
	EXPECT_EQ(self->mb, get_mb());
}

static bool can_resize(unsigned long mb)
{
	return !geteuid() && mb;
}

TEST_F(pool, grows_and_shrinks_as_told)
{
	static const unsigned long sizes[] = { 65, 128, 127, 66, 64, 3, 1, 64 };
	uint64_t more;

	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	more = pool_pages(self->fd) - self->mb * MIB;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_EQ(0, set_mb(sizes[i])) {
			TH_LOG("%lu MiB", sizes[i]);
		}
		EXPECT_EQ(sizes[i], get_mb());
		EXPECT_EQ(sizes[i] * MIB + more, pool_pages(self->fd));
		EXPECT_TRUE(ta_is_whole(self->fd));
		EXPECT_EQ(0, ta_validate(self->fd));
	}
}

TEST_F(pool, what_came_can_be_used)
{
	size_t len = (self->mb + 40) * MIB * PAGE;
	char *p;

	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	ASSERT_EQ(0, set_mb(self->mb + 64));
	p = ta_mmap(self->fd, NULL, len, RW, 0);
	ASSERT_NE(MAP_FAILED, p);
	for (size_t at = 0; at < len; at += PAGE)
		memcpy(p + at, &at, sizeof(at));
	/* They are in use: it cannot shrink, and what it has is not lost. */
	EXPECT_EQ(EBUSY, set_mb(self->mb));
	EXPECT_EQ(self->mb + 64, get_mb());
	for (size_t at = 0; at < len; at += PAGE)
		ASSERT_EQ(0, memcmp(p + at, &at, sizeof(at)));
	ASSERT_EQ(0, munmap(p, len));
	EXPECT_EQ(0, set_mb(self->mb));
}

TEST_F(pool, h86_nonsense_is_refused)
{
	static const struct {
		const char *words;
		int err;
	} bad[] = {
		{ "abc", EINVAL }, { "\n", EINVAL }, { " ", EINVAL },
		{ "-1", EINVAL }, { "1.5", EINVAL }, { "64M", EINVAL },
		{ "64 64", EINVAL }, { "0x", EINVAL },
		{ "18446744073709551616", ERANGE },
		{ "18446744073709551615", EINVAL },
		{ "17592186044416", EINVAL },
		{ "17592186044415", ENOMEM }, { "1000000", ENOMEM },
	};
	uint64_t pages = pool_pages(self->fd);

	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(bad[i].err, ta_put(FOLDER "pool_mb", bad[i].words)) {
			TH_LOG("'%s'", bad[i].words);
		}
		EXPECT_EQ(pages, pool_pages(self->fd));
	}
	if (pages == self->mb * MIB) {
		EXPECT_EQ(EINVAL, set_mb(0));
	}
	EXPECT_EQ(EINVAL, ta_put(FOLDER "reset", "maybe"));
	EXPECT_EQ(EINVAL, ta_put(FOLDER "reset", "0"));
}

static void try_as_nobody(void *arg)
{
	unsigned long *mb = arg;

	TA_CHILD(geteuid() || (!setgid(65534) && !setuid(65534)));
	TA_CHILD(set_mb(*mb + 1) == EACCES);
	TA_CHILD(ta_put(FOLDER "reset", "1") == EACCES);
	TA_CHILD(ta_put(FOLDER "pool_at", "64M@0x10000000") == EACCES);
	/* To look is everybody's right. */
	TA_CHILD(get_mb() == *mb);
}

TEST_F(pool, h86_nobody_may_not)
{
	EXPECT_EQ(0, ta_join(ta_fork(try_as_nobody, &self->mb)));
}

TEST_F(pool, reset_only_without_clients)
{
	struct ta_ioc_info before, after;
	char *p;

	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	EXPECT_EQ(EBUSY, ta_put(FOLDER "reset", "1"));
	close(self->fd);
	ASSERT_EQ(0, ta_put(FOLDER "reset", "1"));
	self->fd = ta_open();
	ASSERT_EQ(0, ta_info(self->fd, &before));
	p = ta_mmap(self->fd, NULL, 1000 * PAGE, RW, 0);
	memset(p, 1, 1000 * PAGE);
	EXPECT_EQ(EBUSY, ta_put(FOLDER "reset", "1"));
	close(self->fd);
	/* The memory outlives the descriptor, and so does the client. */
	EXPECT_EQ(EBUSY, ta_put(FOLDER "reset", "1"));
	EXPECT_TRUE(ta_all(p, 1000 * PAGE, 1));
	munmap(p, 1000 * PAGE);
	ASSERT_EQ(0, ta_put(FOLDER "reset", "1"));
	self->fd = ta_open();
	ASSERT_EQ(0, ta_info(self->fd, &after));
	EXPECT_EQ(0, memcmp(before.free_blocks, after.free_blocks,
			    sizeof(before.free_blocks)));
	EXPECT_EQ(after.pool_pages, after.free_pages);
}

struct load {
	int fd;
	int stop;
	unsigned int rounds[3];
};

struct worker {
	struct load *load;
	int nr;
	pthread_t thread;
};

/* Pages come and go; what was written is there while they are. */
static void *touch(void *arg)
{
	struct worker *w = arg;
	struct load *load = w->load;

	while (!__atomic_load_n(&load->stop, __ATOMIC_RELAXED)) {
		size_t len = 128 * PAGE;
		char *p = ta_mmap(load->fd, NULL, len, RW, 0);

		TA_CHILD(p != MAP_FAILED);
		memset(p, w->nr + 1, len);
		TA_CHILD(!munmap(p + 32 * PAGE, 32 * PAGE));
		TA_CHILD(ta_all(p, 32 * PAGE, w->nr + 1));
		TA_CHILD(ta_all(p + 64 * PAGE, 64 * PAGE, w->nr + 1));
		TA_CHILD(!munmap(p, len));
		load->rounds[w->nr]++;
	}
	return NULL;
}

static void resize_under_load(void *arg)
{
	unsigned long *mb = arg;
	struct load load = { .fd = ta_open() };
	struct ta_rand rand = ta_seed();
	struct worker workers[3];

	for (int i = 0; i < 3; i++) {
		workers[i] = (struct worker){ &load, i };
		TA_CHILD(!pthread_create(&workers[i].thread, NULL, touch,
					 &workers[i]));
	}
	for (int i = 0; i < 60; i++) {
		/* 3 x 128 pages are always there. */
		int err = set_mb(8 + ta_random(&rand, *mb + 32));

		TA_CHILD(!err || err == EBUSY);
	}
	__atomic_store_n(&load.stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 3; i++)
		pthread_join(workers[i].thread, NULL);
	TA_CHILD(load.rounds[0] && load.rounds[1] && load.rounds[2]);
	TA_CHILD(!ta_validate(load.fd));
}

TEST_F_TIMEOUT(pool, h44_resized_during_faults_and_munmaps, 120)
{
	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	EXPECT_EQ(0, ta_join(ta_fork(resize_under_load, &self->mb)));
	EXPECT_TRUE(ta_settles(self->fd, pool_pages(self->fd)));
}

TEST_F(pool, h56_pages_in_a_pipe_are_not_given_away)
{
	static char bytes[8 * PAGE];
	struct iovec iov;
	uint64_t all;
	int ends[2];
	char *p;

	if (!can_resize(self->mb))
		SKIP(return, "needs root, and pages of the host's");
	ASSERT_EQ(0, set_mb(64));
	all = pool_pages(self->fd);
	p = ta_mmap(self->fd, NULL, 8 * PAGE, RW, 0);
	memset(p, 0x5a, 8 * PAGE);
	iov = (struct iovec){ p, 8 * PAGE };
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(8 * (ssize_t)PAGE, vmsplice(ends[1], &iov, 1, 0));
	ASSERT_EQ(0, munmap(p, 8 * PAGE));
	/* All but those that are held may go; so of 64 MiB, no 63.97. */
	EXPECT_EQ(all - 8, (uint64_t)ta_free_pages(self->fd));
	for (unsigned long mb = 63; mb; mb /= 2) {
		int err = set_mb(mb);

		EXPECT_TRUE(!err || err == EBUSY);
	}
	EXPECT_EQ(pool_pages(self->fd) - 8, (uint64_t)ta_free_pages(self->fd));
	ASSERT_EQ(8 * (ssize_t)PAGE, read(ends[0], bytes, 8 * PAGE));
	EXPECT_TRUE(ta_all(bytes, 8 * PAGE, 0x5a));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, set_mb(1));
	EXPECT_TRUE(ta_is_whole(self->fd));
}

TA_TEST_MAIN
