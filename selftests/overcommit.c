// SPDX-License-Identifier: GPL-2.0
/*
 * How much may be promised (overcommit), and how much a client may have (quota).
 */
#include <sys/mount.h>
#include <sys/resource.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define KNOB(name)	"/sys/module/teachalloc/parameters/" name
#define MEMINFO		"/sys/kernel/debug/teachalloc/meminfo"
#define NOBODY		65534

FIXTURE(overcommit) {
	int fd;
	size_t pool;	/* pages */
};

static int set_knob(const char *path, size_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%zu\n", value);
	return ta_put(path, text);
}

static void reset_knobs(void)
{
	set_knob(KNOB("overcommit_memory"), 0);
	set_knob(KNOB("overcommit_ratio"), 50);
	set_knob(KNOB("overcommit_kbytes"), 0);
	set_knob(KNOB("admin_reserve_kbytes"), 0);
	set_knob(KNOB("user_reserve_kbytes"), 0);
	set_knob(KNOB("quota_mb"), 0);
}

#define overcommit_t FIXTURE_DATA(overcommit)

FIXTURE_SETUP(overcommit)
{
	struct ta_ioc_info info;

	if (geteuid())
		SKIP(return, "the knobs are root's");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	reset_knobs();
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_info(self->fd, &info));
	self->pool = info.pool_pages;
}

FIXTURE_TEARDOWN(overcommit)
{
	reset_knobs();
}

static long meminfo_pages(const char *field)
{
	FILE *f = fopen(MEMINFO, "re");
	size_t len = strlen(field);
	char line[128];
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ':')
			kb = strtol(line + len + 1, NULL, 10);
	if (f)
		fclose(f);
	return kb < 0 ? kb : kb / 4;
}

static long committed(int fd)
{
	struct ta_ioc_info info;

	return ta_info(fd, &info) ? -1 : (long)info.committed_pages;
}

static void *map(const overcommit_t *self, size_t nr, int flags)
{
	errno = 0;
	return ta_mmap(self->fd, NULL, nr * PAGE, RW, flags);
}

TEST_F(overcommit, mode_0_refuses_more_than_the_pool_at_once)
{
	EXPECT_EQ(MAP_FAILED, map(self, self->pool + 1, 0));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_NE(MAP_FAILED, map(self, self->pool, 0));
	EXPECT_NE(MAP_FAILED, map(self, self->pool, 0));
	EXPECT_NE(MAP_FAILED, map(self, 2 * self->pool, MAP_NORESERVE));
	EXPECT_EQ(2 * (long)self->pool, committed(self->fd));
	EXPECT_NE(MAP_FAILED, ta_mmap(self->fd, NULL, 2 * self->pool * PAGE,
				      PROT_READ, 0));
}

TEST_F(overcommit, mode_1_refuses_nothing)
{
	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 1));
	EXPECT_NE(MAP_FAILED, map(self, 4 * self->pool, 0));
	EXPECT_NE((void *)-1, ta_sbrk(self->fd, 2 * self->pool * PAGE));
}

TEST_F(overcommit, mode_2_counts_heap_and_mappings)
{
	size_t limit = self->pool / 2;
	char *p;

	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	p = map(self, limit - 8, 0);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_NE((void *)-1, ta_sbrk(self->fd, 8 * PAGE));
	EXPECT_EQ((void *)-1, ta_sbrk(self->fd, PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(MAP_FAILED, map(self, 1, 0));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(MAP_FAILED, map(self, 1, MAP_NORESERVE));
	EXPECT_NE(MAP_FAILED, ta_mmap(self->fd, NULL, PAGE, PROT_READ, 0));
	/* What goes makes room, be it a part. */
	ASSERT_EQ(0, munmap(p + 4 * PAGE, 2 * PAGE));
	EXPECT_NE(MAP_FAILED, map(self, 2, 0));
	EXPECT_EQ(MAP_FAILED, map(self, 1, 0));
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ));
	EXPECT_NE(MAP_FAILED, map(self, 1, 0));
}

TEST_F(overcommit, mode_2_counts_what_is_not_reserved_too)
{
	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	EXPECT_NE(MAP_FAILED, map(self, self->pool / 2 - 8, MAP_NORESERVE));
	EXPECT_EQ((long)self->pool / 2 - 8, committed(self->fd));
	EXPECT_EQ(MAP_FAILED, map(self, 9, MAP_NORESERVE));
	EXPECT_NE(MAP_FAILED, map(self, 8, MAP_NORESERVE));
}

/* What becomes writable is promised then. */

TEST_F(overcommit, mode_2_refuses_mprotect)
{
	char *p = ta_mmap(self->fd, NULL, self->pool * PAGE, PROT_NONE, 0);
	size_t limit = self->pool / 2;

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	EXPECT_EQ(0, committed(self->fd));
	EXPECT_EQ(0, mprotect(p, (limit - 8) * PAGE, RW));
	EXPECT_EQ((long)limit - 8, committed(self->fd));
	EXPECT_EQ(-1, mprotect(p + limit * PAGE, 9 * PAGE, RW));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(SIGSEGV, ta_write(p + limit * PAGE, 1).sig);
	/* Once more what is writable already, and the rest */
	EXPECT_EQ(0, mprotect(p, (limit - 8) * PAGE, RW));
	EXPECT_EQ(0, mprotect(p + limit * PAGE, 8 * PAGE, RW));
	EXPECT_EQ(0, mprotect(p + limit * PAGE, PAGE, PROT_READ));
	EXPECT_EQ(0, mprotect(p + (limit - 8) * PAGE, PAGE, RW));
	EXPECT_EQ(-1, mprotect(p + limit * PAGE, PAGE, RW));
}

TEST_F(overcommit, mode_0_refuses_mprotect_of_more_than_the_pool)
{
	size_t len = 2 * self->pool * PAGE;
	char *p = ta_mmap(self->fd, NULL, len, PROT_NONE, 0);
	char *q = ta_mmap(self->fd, NULL, len, PROT_NONE, MAP_NORESERVE);

	EXPECT_EQ(-1, mprotect(p, len, RW));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, mprotect(p, len / 2, RW));
	EXPECT_EQ(0, mprotect(q, len, RW));
}

static void do_nothing(void *arg)
{
	overcommit_t *self = arg;

	/* 100 of each */
	TA_CHILD(committed(self->fd) == 200);
	TA_CHILD(map(self, 1, 0) == MAP_FAILED && errno == ENOMEM);
}

/* As documented: nobody can refuse these; what comes then is refused. */
TEST_F(overcommit, fork_and_mremap_are_counted_and_not_refused)
{
	char *p = map(self, 100, 0);

	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	ASSERT_EQ(0, set_knob(KNOB("overcommit_kbytes"), 4 * 150));
	EXPECT_EQ(0, ta_join(ta_fork(do_nothing, self)));
	p = mremap(p, 100 * PAGE, 160 * PAGE, MREMAP_MAYMOVE);
	EXPECT_NE(MAP_FAILED, p);
	EXPECT_EQ(160, committed(self->fd));
	EXPECT_EQ(MAP_FAILED, map(self, 1, 0));
	EXPECT_EQ((void *)-1, ta_sbrk(self->fd, PAGE));
	ASSERT_EQ(0, munmap(p, 20 * PAGE));
	EXPECT_NE(MAP_FAILED, map(self, 10, 0));
}

/* H90: reserve until it is refused, then touch all: nothing is missing. */
TEST_F(overcommit, H90_what_is_promised_can_be_touched)
{
	size_t nr = 0, step = 64;
	char *p[4096];

	/* All but the page layer's reserve */
	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	ASSERT_EQ(0, set_knob(KNOB("overcommit_ratio"), 95));
	while (nr < 4096 && (p[nr] = map(self, step, 0)) != MAP_FAILED)
		nr++;
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(self->pool * 95 / 100 / step, nr);
	for (size_t i = 0; i < nr; i++)
		for (size_t page = 0; page < step; page++)
			ASSERT_EQ(0, ta_write(p[i] + page * PAGE, 1).sig);
}

TEST_F(overcommit, meminfo_has_both_figures)
{
	if (access(MEMINFO, R_OK))
		SKIP(return, "a kernel without debugfs");
	EXPECT_EQ((long)self->pool / 2, meminfo_pages("CommitLimit"));
	EXPECT_EQ(0, meminfo_pages("Committed_AS"));
	ASSERT_NE(MAP_FAILED, map(self, 100, 0));
	ASSERT_NE((void *)-1, ta_sbrk(self->fd, 10 * PAGE));
	EXPECT_EQ(110, meminfo_pages("Committed_AS"));
	ASSERT_EQ(0, set_knob(KNOB("overcommit_ratio"), 25));
	EXPECT_EQ((long)self->pool / 4, meminfo_pages("CommitLimit"));
	ASSERT_EQ(0, set_knob(KNOB("overcommit_kbytes"), 4000));
	EXPECT_EQ(1000, meminfo_pages("CommitLimit"));
}

TEST_F(overcommit, H86_a_mode_that_is_none_is_refused)
{
	EXPECT_EQ(EINVAL, set_knob(KNOB("overcommit_memory"), 3));
	EXPECT_NE(0, set_knob(KNOB("overcommit_memory"), -1));
	ASSERT_EQ(0, seteuid(NOBODY));
	EXPECT_EQ(EACCES, set_knob(KNOB("overcommit_memory"), 1));
	ASSERT_EQ(0, seteuid(0));
}

TEST_F(overcommit, the_reserve_is_for_root)
{
	ASSERT_EQ(0, set_knob(KNOB("overcommit_memory"), 2));
	ASSERT_EQ(0, set_knob(KNOB("overcommit_kbytes"), 400));
	ASSERT_EQ(0, set_knob(KNOB("admin_reserve_kbytes"), 40));
	ASSERT_EQ(0, seteuid(NOBODY));
	EXPECT_EQ(MAP_FAILED, map(self, 91, 0));
	EXPECT_NE(MAP_FAILED, map(self, 90, 0));
	ASSERT_EQ(0, seteuid(0));
	EXPECT_NE(MAP_FAILED, map(self, 10, 0));
	EXPECT_EQ(MAP_FAILED, map(self, 1, 0));
}

/* Quota */

TEST_F(overcommit, a_quota_ends_what_can_be_touched)
{
	char *p = map(self, 64, 0);
	struct ta_hit hit;

	ASSERT_EQ(0, ta_set_quota(self->fd, 10));
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, ta_write(p + i * PAGE, 1).sig);
	hit = ta_write(p + 10 * PAGE, 1);
	EXPECT_EQ(SIGBUS, hit.sig);
	EXPECT_EQ(p + 10 * PAGE, hit.addr);
	EXPECT_EQ(0, ta_read(p + 11 * PAGE).sig);
	ASSERT_EQ(0, munmap(p, PAGE));
	EXPECT_EQ(0, ta_write(p + 10 * PAGE, 1).sig);
}

TEST_F(overcommit, a_quota_bounds_a_batch)
{
	char *p = map(self, 64, 0);

	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	ASSERT_EQ(0, ta_set_quota(self->fd, 20));
	EXPECT_EQ(0, ta_write(p, 1).sig);
	EXPECT_EQ(0, ta_write(p + 16 * PAGE, 1).sig);
	EXPECT_EQ((long)self->pool - 17, ta_free_pages(self->fd));
}

TEST_F(overcommit, nobody_may_allocate_by_handle_within_his_quota)
{
	struct ta_ioc_info info;
	int h;

	/* Sizes that leave no slab behind */
	ASSERT_EQ(0, ta_set_quota(self->fd, 36));
	ASSERT_EQ(0, seteuid(NOBODY));
	h = ta_alloc(self->fd, TA_LAYER_PAGES, 4, 0, NULL);
	ASSERT_LT(0, h);
	EXPECT_EQ(-1, ta_alloc(self->fd, TA_LAYER_CONTIG, 21, 0, NULL));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(-1, ta_alloc(self->fd, TA_LAYER_VMALLOC, 20 * PAGE + 1, 0,
			       NULL));
	EXPECT_LT(0, ta_alloc(self->fd, TA_LAYER_KMALLOC, 16 * PAGE, 0, NULL));
	EXPECT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 2, 0, NULL));
	EXPECT_EQ(-1, ta_alloc(self->fd, TA_LAYER_PAGES, 0, 0, NULL));
	ASSERT_EQ(0, ta_info(self->fd, &info));
	EXPECT_EQ(36, info.held_pages);
	EXPECT_EQ(0, ta_free(self->fd, h));
	EXPECT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 3, 0, NULL));
	/* Down, but not up again */
	EXPECT_EQ(0, ta_set_quota(self->fd, 12));
	EXPECT_EQ(-1, ta_set_quota(self->fd, 13));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, seteuid(0));
	EXPECT_EQ(0, ta_set_quota(self->fd, 13));
}

TEST_F(overcommit, a_new_client_gets_the_quota_of_the_parameter)
{
	struct ta_ioc_config config = { .size = sizeof(config) };
	int fd;

	ASSERT_EQ(0, set_knob(KNOB("quota_mb"), 1));
	fd = ta_open();
	ASSERT_EQ(0, ioctl(fd, TA_IOC_CONFIG, &config));
	EXPECT_EQ(256, config.quota_pages);
	ASSERT_EQ(0, ioctl(self->fd, TA_IOC_CONFIG, &config));
	EXPECT_EQ(-1ULL, config.quota_pages);
	close(fd);
}

/* Limits of the process */

static void limit(int which, size_t bytes)
{
	struct rlimit limit = { bytes, bytes };

	TA_CHILD(!setrlimit(which, &limit));
}

static void lock_too_much(void *arg)
{
	overcommit_t *self = arg;
	char *p = map(self, 32, 0);

	limit(RLIMIT_MEMLOCK, 16 * PAGE);
	TA_CHILD(!setuid(NOBODY));
	TA_CHILD(!mlock(p, 16 * PAGE));
	TA_CHILD(mlock(p, 17 * PAGE) == -1 && errno == ENOMEM);
}

TEST_F(overcommit, H97_memlock_is_honoured)
{
	EXPECT_EQ(0, ta_join(ta_fork(lock_too_much, self)));
}

static void map_too_much(void *arg)
{
	overcommit_t *self = arg;

	limit(RLIMIT_AS, 64UL << 20);
	TA_CHILD(map(self, 4 << 20 >> 12, 0) != MAP_FAILED);
	TA_CHILD(map(self, 64 << 20 >> 12, 0) == MAP_FAILED &&
		 errno == ENOMEM);
}

TEST_F(overcommit, H97_address_space_is_honoured)
{
	EXPECT_EQ(0, ta_join(ta_fork(map_too_much, self)));
}

static void write_too_much(void *arg)
{
	overcommit_t *self = arg;
	char *p;

	limit(RLIMIT_DATA, 16UL << 20);
	TA_CHILD(map(self, 4 << 20 >> 12, 0) != MAP_FAILED);
	TA_CHILD(map(self, 16 << 20 >> 12, 0) == MAP_FAILED &&
		 errno == ENOMEM);
	p = ta_mmap(self->fd, NULL, 32 << 20, PROT_READ, 0);
	TA_CHILD(p != MAP_FAILED);
	/* What cannot be written to is no data, until it can. */
	TA_CHILD(map(self, 4 << 20 >> 12, 0) != MAP_FAILED);
	TA_CHILD(mprotect(p, 16 << 20, RW) == -1 && errno == ENOMEM);
	TA_CHILD(!mprotect(p, 1 << 20, RW));
}

TEST_F(overcommit, H97_data_is_honoured)
{
	EXPECT_EQ(0, ta_join(ta_fork(write_too_much, self)));
}

TA_TEST_MAIN
