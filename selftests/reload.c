// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the module's own coming and going: inserted, used, removed, with
 * nothing missing, again and again.
 *
 * Failure: a test that ends early leaves the module as it is at that point;
 * the next one starts by removing it.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/uio.h>

#include "ta_module.h"

FIXTURE(reload) {
	int log;
};

FIXTURE_SETUP(reload)
{
	self->log = ta_module_begin();
	ASSERT_TRUE(self->log >= 0 || !ta_module_can_insert());
}

FIXTURE_TEARDOWN(reload)
{
	ta_module_end(self->log);
}

static void work_in_child(void *arg)
{
	char **mem = arg;

	memset(mem[0], 2, 200 * PAGE);
	memset(mem[1], 2, 100 * PAGE);
}

/* Some of everything, and nothing tidied up. */
static void work(void *arg)
{
	int fd = ta_open();
	char *mem[2] = {
		ta_mmap(fd, NULL, 300 * PAGE, RW, 0), ta_sbrk(fd, 200 * PAGE),
	};

	(void)arg;
	TA_CHILD(mem[0] != MAP_FAILED && mem[1] != (void *)-1);
	memset(mem[0], 1, 300 * PAGE);
	memset(mem[1], 1, 200 * PAGE);
	TA_CHILD(!ta_join(ta_fork(work_in_child, mem)));
	TA_CHILD(ta_all(mem[0], 300 * PAGE, 1));
	TA_CHILD(!munmap(mem[0] + 100 * PAGE, 50 * PAGE));
	TA_CHILD(!ta_brk(fd, mem[1] + 70 * PAGE));
	TA_CHILD(!ta_validate(fd));
}

TEST_F_TIMEOUT(reload, h09_twenty_times_with_work_between, 120)
{
	if (!ta_module_can_insert())
		SKIP(return, "needs root and %s", ta_module_file());
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, ta_module_insert("pool_mb=64"));
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
		ASSERT_EQ(0, ta_module_drop());
		ASSERT_TRUE(ta_module_returned(self->log)) {
			TH_LOG("round %d", i);
		}
	}
}

TEST_F_TIMEOUT(reload, ten_times_without_work, 60)
{
	if (!ta_module_can_insert())
		SKIP(return, "needs root and %s", ta_module_file());
	for (int i = 0; i < 10; i++) {
		ASSERT_EQ(0, ta_module_insert("pool_mb=16"));
		ASSERT_EQ(0, ta_module_drop());
		ASSERT_TRUE(ta_module_returned(self->log));
	}
}

static void fill_pipe(void *arg)
{
	int *ends = arg, fd = ta_open();
	char *p = ta_mmap(fd, NULL, 4 * PAGE, RW, 0);
	struct iovec iov = { p, 4 * PAGE };

	memset(p, 0x5a, 4 * PAGE);
	TA_CHILD(vmsplice(ends[1], &iov, 1, 0) == 4 * (ssize_t)PAGE);
}

TEST_F(reload, h56_pages_in_a_pipe_outlive_the_module)
{
	static char bytes[4 * PAGE];
	int ends[2];

	if (!ta_module_can_insert())
		SKIP(return, "needs root and %s", ta_module_file());
	ASSERT_EQ(0, ta_module_insert("pool_mb=16"));
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, ta_join(ta_fork(fill_pipe, ends)));
	/* To refuse is fair; to let the host reuse the pages is not. */
	if (ta_module_drop()) {
		EXPECT_EQ(EWOULDBLOCK, errno);
	} else {
		ASSERT_EQ(0, ta_module_insert("pool_mb=16"));
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
	}
	ASSERT_EQ(4 * (ssize_t)PAGE, read(ends[0], bytes, 4 * PAGE));
	EXPECT_TRUE(ta_all(bytes, 4 * PAGE, 0x5a));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, ta_module_drop());
}

static const struct {
	const char *params;
	uint64_t pages;
} pools[] = {
	{ "pool_mb=4", 1024 },
	{ "pool_mb=6", 1536 },
	{ "pool_mb=13", 3328 },
	{ "pool_mb=128", 32768 },
};

TEST_F_TIMEOUT(reload, a_pool_of_any_size, 120)
{
	if (!ta_module_can_insert())
		SKIP(return, "needs root and %s", ta_module_file());
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		struct ta_ioc_info info;
		int fd;

		ASSERT_EQ(0, ta_module_insert(pools[i].params));
		fd = ta_open();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ta_info(fd, &info));
		EXPECT_EQ(pools[i].pages, info.pool_pages);
		EXPECT_EQ(pools[i].pages, info.free_pages);
		EXPECT_EQ(0, ta_validate(fd));
		close(fd);
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
		ASSERT_EQ(0, ta_module_drop());
		ASSERT_TRUE(ta_module_returned(self->log));
	}
}

TEST_F(reload, h86_bad_parameters_are_refused)
{
	static const char * const bad[] = {
		"pool_mb=0", "pool_mb=-1", "pool_mb=1099511627776",
		"pool_mb=18446744073709551616", "pool_mb=", "pool_mb=abc",
	};

	if (!ta_module_can_insert())
		SKIP(return, "needs root and %s", ta_module_file());
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		EXPECT_EQ(-1, ta_module_insert(bad[i])) {
			TH_LOG("%s", bad[i]);
			ta_module_drop();
		}
		EXPECT_NE(0, errno);
		EXPECT_EQ(-1, access(TA_DEVICE, F_OK));
	}
	ASSERT_EQ(0, ta_module_insert("pool_mb=64"));
	EXPECT_EQ(0, ta_join(ta_fork(work, NULL)));
	ASSERT_EQ(0, ta_module_drop());
	EXPECT_TRUE(ta_module_returned(self->log));
}

TEST_HARNESS_MAIN
