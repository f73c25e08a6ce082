// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the module's own coming and going: inserted, used, removed, with
 * nothing missing, again and again.
 *
 * Model: the kernel's log is read from where it stood before; the module says
 * at its removal what came back. The module's file is that of the environment's
 * TA_MODULE, or teachalloc.ko in this folder or in the root. TA_FAIL_STEP: of the
 * requests for memory that an insertion makes let one in so many fail (29).
 *
 * Failure: a test that ends early leaves the module as it is at that point;
 * the next one starts by removing it.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ta_test.h"

static const char returned[] = "teachalloc: pool returned, 0 pages missing";

static const char *module_file(void)
{
	const char *given = getenv("TA_MODULE");

	if (given)
		return given;
	return access("teachalloc.ko", R_OK) ? "/teachalloc.ko"
					     : "teachalloc.ko";
}

static int insert(const char *params)
{
	int fd = open(module_file(), O_RDONLY | O_CLOEXEC);
	int ret = syscall(SYS_finit_module, fd, params, 0);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

static int drop(void)
{
	return syscall(SYS_delete_module, "teachalloc", O_NONBLOCK);
}

static bool log_says(int log, const char *words)
{
	char record[8192];
	bool said = false;
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) != -1 ||
	       errno == EPIPE) {
		if (len < 0)
			continue;
		record[len] = '\0';
		said |= !!strstr(record, words);
	}
	return said;
}

static bool can_insert(void)
{
	return !geteuid() && !access(module_file(), R_OK);
}

FIXTURE(reload) {
	int log;
};

FIXTURE_SETUP(reload)
{
	self->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (!can_insert())
		return;
	ASSERT_LE(0, self->log);
	lseek(self->log, 0, SEEK_END);
	if (drop()) {
		ASSERT_EQ(ENOENT, errno);
	}
}

FIXTURE_TEARDOWN(reload)
{
	close(self->log);
	/* Whoever comes next finds it inserted, as before. */
	if (can_insert() && access(TA_DEVICE, F_OK))
		insert("pool_mb=64");
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

TEST_F_TIMEOUT(reload, h09_fifty_times_with_work_between, 240)
{
	if (!can_insert())
		SKIP(return, "needs root and %s", module_file());
	for (int i = 0; i < 50; i++) {
		ASSERT_EQ(0, insert("pool_mb=64"));
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
		ASSERT_EQ(0, drop());
		ASSERT_TRUE(log_says(self->log, returned)) {
			TH_LOG("round %d", i);
		}
	}
}

TEST_F_TIMEOUT(reload, twenty_times_without_work, 120)
{
	if (!can_insert())
		SKIP(return, "needs root and %s", module_file());
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, insert("pool_mb=16"));
		ASSERT_EQ(0, drop());
		ASSERT_TRUE(log_says(self->log, returned));
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

	if (!can_insert())
		SKIP(return, "needs root and %s", module_file());
	ASSERT_EQ(0, insert("pool_mb=16"));
	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(0, ta_join(ta_fork(fill_pipe, ends)));
	/* To refuse is fair; to let the host reuse the pages is not. */
	if (drop()) {
		EXPECT_EQ(EWOULDBLOCK, errno);
	} else {
		ASSERT_EQ(0, insert("pool_mb=16"));
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
	}
	ASSERT_EQ(4 * (ssize_t)PAGE, read(ends[0], bytes, 4 * PAGE));
	EXPECT_TRUE(ta_all(bytes, 4 * PAGE, 0x5a));
	close(ends[0]);
	close(ends[1]);
	EXPECT_EQ(0, drop());
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
	if (!can_insert())
		SKIP(return, "needs root and %s", module_file());
	for (size_t i = 0; i < ARRAY_SIZE(pools); i++) {
		struct ta_ioc_info info;
		int fd;

		ASSERT_EQ(0, insert(pools[i].params));
		fd = ta_open();
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, ta_info(fd, &info));
		EXPECT_EQ(pools[i].pages, info.pool_pages);
		EXPECT_EQ(pools[i].pages, info.free_pages);
		EXPECT_EQ(0, ta_validate(fd));
		close(fd);
		ASSERT_EQ(0, ta_join(ta_fork(work, NULL)));
		ASSERT_EQ(0, drop());
		ASSERT_TRUE(log_says(self->log, returned));
	}
}

TEST_F(reload, h86_bad_parameters_are_refused)
{
	static const char * const bad[] = {
		"pool_mb=0", "pool_mb=-1", "pool_mb=1099511627776",
		"pool_mb=18446744073709551616", "pool_mb=", "pool_mb=abc",
	};

	if (!can_insert())
		SKIP(return, "needs root and %s", module_file());
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		EXPECT_EQ(-1, insert(bad[i])) {
			TH_LOG("%s", bad[i]);
			drop();
		}
		EXPECT_NE(0, errno);
		EXPECT_EQ(-1, access(TA_DEVICE, F_OK));
	}
	ASSERT_EQ(0, insert("pool_mb=64"));
	EXPECT_EQ(0, ta_join(ta_fork(work, NULL)));
	ASSERT_EQ(0, drop());
	EXPECT_TRUE(log_says(self->log, returned));
}

/* H95 */

#define MANY	1000000

/* Of the module's first requests, without which it is nothing, let each fail. */
#define FIRST	100

/* Of the others, for debugfs most of them, one in so many, by chance */
static unsigned int step(struct ta_rand *rand)
{
	const char *given = getenv("TA_FAIL_STEP");
	unsigned int mean = given ? strtoul(given, NULL, 0) : 29;

	return 1 + ta_random(rand, 2 * mean - 1);
}

/* What an insertion asks for; with a bad parameter, before the module begins. */
static unsigned int nr_requests(const char *params)
{
	ta_fail_nth(MANY);
	if (!insert(params))
		drop();
	return MANY - ta_fail_end();
}

/* Either all is there, and goes again, or nothing. */
static void expect_all_or_nothing(struct __test_metadata *_metadata, int log,
				  int err)
{
	if (err) {
		EXPECT_TRUE(err == ENOMEM || err == EFAULT) {
			TH_LOG("errno %d", err);
		}
		EXPECT_EQ(-1, access(TA_DEVICE, F_OK));
		EXPECT_EQ(-1, drop());
		EXPECT_EQ(ENOENT, errno);
	} else {
		EXPECT_EQ(0, drop());
		EXPECT_TRUE(log_says(log, returned));
	}
}

/*
 * From where the module begins: that the kernel's own part of an insertion does not
 * always work out well (it warns of a tracepoint's fields) is not ours to judge.
 */
TEST_F_TIMEOUT(reload, h95_each_request_of_an_insertion_fails, 3000)
{
	struct ta_rand rand = ta_seed();
	unsigned int nth, nr = 0, refused = 0, before;
	bool failed = true;

	if (!can_insert() || !ta_fail_ready())
		SKIP(return, "needs root, a kernel with fault injection and %s",
		     module_file());
	before = nr_requests("vmalloc_fit=neither");
	for (nth = before + 1; failed;
	     nth += nth - before < FIRST ? 1 : step(&rand)) {
		int err;

		ta_fail_nth(nth);
		err = insert("pool_mb=4") ? errno : 0;
		failed = !ta_fail_end();
		expect_all_or_nothing(_metadata, self->log, err);
		if (!_metadata->passed) {
			TH_LOG("when request %u failed", nth - before);
			break;
		}
		nr += failed;
		refused += !!err;
	}
	EXPECT_LT(0, refused);
	fprintf(stderr, "# %u of some %u requests failed, %u could not be done without\n",
		nr, nth - before, refused);
}

TEST_HARNESS_MAIN
