// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what root may turn while the pool is in use: the reserve, the per-CPU
 * lists, the CPUs themselves.
 */
#include "kselftest_harness.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>

#include "ta_test.h"

#define DEBUGFS	"/sys/kernel/debug"
#define OURS	DEBUGFS "/teachalloc/"
#define CPU1	"/sys/devices/system/cpu/cpu1/online"

static const char * const knobs[] = {
	"min_free_kbytes", "pcp_high", "pcp_batch", "pcp_enabled",
};

static int put_knob(const char *name, long value)
{
	char path[80], text[24];

	snprintf(path, sizeof(path), OURS "%s", name);
	snprintf(text, sizeof(text), "%ld", value);
	return ta_put(path, text);
}

static long get_knob(const char *name)
{
	char path[80];
	long value = -1;
	FILE *f;

	snprintf(path, sizeof(path), OURS "%s", name);
	f = fopen(path, "r");
	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static long vmstat(const char *name)
{
	FILE *f = fopen(OURS "vmstat", "r");
	char line[80], field[64];
	long nr = -1, value;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", field, &value) == 2 &&
		    !strcmp(field, name))
			nr = value;
	if (f)
		fclose(f);
	return nr;
}

FIXTURE(tuning) {
	int fd;
	struct ta_ioc_info info;
	long was[ARRAY_SIZE(knobs)];
};

FIXTURE_SETUP(tuning)
{
	if (geteuid())
		SKIP(return, "debugfs is root's");
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (access(OURS "vmstat", R_OK))
		SKIP(return, "a kernel without debugfs");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_info(self->fd, &self->info));
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
		self->was[i] = get_knob(knobs[i]);
}

/* A size that is given back stays put then; 0 is to follow the pool again. */
FIXTURE_TEARDOWN(tuning)
{
	put_knob("min_free_kbytes", self->was[0]);
	put_knob("pcp_high", 0);
	put_knob("pcp_batch", 0);
	put_knob("pcp_enabled", 1);
	for (size_t i = 0; i < ARRAY_SIZE(knobs); i++)
		EXPECT_EQ(self->was[i], get_knob(knobs[i]));
	EXPECT_EQ(0, ta_validate(self->fd));
	close(self->fd);
}

TEST_F(tuning, the_reserve_follows_its_file)
{
	long all = self->info.pool_pages * PAGE / 1024;

	/* As Linux: four times the root of the size, in KiB */
	EXPECT_LT(all * 15, self->was[0] * self->was[0]);
	EXPECT_GE(all * 16, self->was[0] * self->was[0]);
	ASSERT_EQ(0, put_knob("min_free_kbytes", 0));
	EXPECT_EQ((long)self->info.free_pages, ta_available_pages(self->fd));
	ASSERT_EQ(0, put_knob("min_free_kbytes", all / 2));
	EXPECT_EQ(all / 2, get_knob("min_free_kbytes"));
	EXPECT_EQ((long)(self->info.free_pages - self->info.pool_pages / 2),
		  ta_available_pages(self->fd));
	EXPECT_EQ(EINVAL, put_knob("min_free_kbytes", all / 2 + 4));
	EXPECT_EQ(EINVAL, put_knob("min_free_kbytes", -1));
	EXPECT_EQ(all / 2, get_knob("min_free_kbytes"));
}

/* A process stops at the reserve, until that is let go. */
TEST_F(tuning, the_reserve_is_not_for_processes)
{
	size_t nr = ta_available_pages(self->fd), got = 0;
	char *p = ta_mmap(self->fd, NULL, (nr + 1) * PAGE, RW, 0);
	long stalls = vmstat("allocstall");

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_TRUE(ta_oom_adj(-1000));
	while (got < nr + 1 && !ta_write(p + got * PAGE, 1).sig)
		got++;
	EXPECT_EQ(nr, got);
	EXPECT_EQ(0, ta_available_pages(self->fd));
	EXPECT_LT(0, ta_free_pages(self->fd));
	EXPECT_LT(stalls, vmstat("allocstall"));
	EXPECT_LT(0, vmstat("pageoutrun"));
	EXPECT_GT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 0, TA_ALLOC_NOWAIT,
			      NULL));
	ASSERT_EQ(0, put_knob("min_free_kbytes", 0));
	EXPECT_EQ(0, ta_write(p + got * PAGE, 1).sig);
	EXPECT_EQ(0, munmap(p, (nr + 1) * PAGE));
}

/* Take and give back pages so that a list has some. */
static bool churn(int fd)
{
	char *p = ta_mmap(fd, NULL, 64 * PAGE, RW, MAP_POPULATE);

	return p != MAP_FAILED && !munmap(p, 64 * PAGE);
}

TEST_F(tuning, lists_on_and_off_and_short)
{
	cpu_set_t cpu0;

	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	EXPECT_LT(0, self->was[1]);
	EXPECT_LT(0, self->was[2]);
	EXPECT_EQ(1, self->was[3]);
	ASSERT_TRUE(churn(self->fd));
	EXPECT_LT(0, vmstat("nr_free_pcp"));

	ASSERT_EQ(0, put_knob("pcp_enabled", 0));
	EXPECT_EQ(0, vmstat("nr_free_pcp"));
	ASSERT_TRUE(churn(self->fd));
	EXPECT_EQ(0, vmstat("nr_free_pcp"));

	ASSERT_EQ(0, put_knob("pcp_enabled", 1));
	ASSERT_EQ(0, put_knob("pcp_high", 8));
	ASSERT_EQ(0, put_knob("pcp_batch", 2));
	EXPECT_EQ(8, get_knob("pcp_high"));
	EXPECT_EQ(2, get_knob("pcp_batch"));
	ASSERT_TRUE(churn(self->fd));
	EXPECT_LT(0, vmstat("nr_free_pcp"));
	/* 4 lists can have blocks then: 8, 4, 2 and 1; of three types */
	EXPECT_GE(3 * 4 * 8, vmstat("nr_free_pcp"));

	EXPECT_EQ(EINVAL, put_knob("pcp_enabled", 2));
	EXPECT_EQ(EINVAL, put_knob("pcp_high", self->info.pool_pages + 1));
	EXPECT_EQ(EINVAL, put_knob("pcp_batch", -1));
	EXPECT_EQ(8, get_knob("pcp_high"));
}

struct load {
	int fd;
	atomic_bool *stop;
};

/* Faults, breaks and blocks by handle, wherever there is a CPU. */
static void keep_busy(void *arg)
{
	struct load *load = arg;
	int fd = ta_open(), handle;
	unsigned int order = 0;

	while (!atomic_load(load->stop)) {
		TA_CHILD(churn(fd));
		order = (order + 1) % TA_NR_ORDERS;
		handle = ta_alloc(fd, TA_LAYER_PAGES, order, 0, NULL);
		TA_CHILD(handle < 0 || !ta_free(fd, handle));
	}
}

TEST_F_TIMEOUT(tuning, cpus_go_and_come_under_load, 120)
{
	struct load load = { .fd = self->fd };
	pid_t pid[3];

	if (ta_put(CPU1, "0"))
		SKIP(return, "needs a second CPU that can be put off");
	load.stop = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, (void *)load.stop);
	for (int i = 0; i < 3; i++)
		pid[i] = ta_fork(keep_busy, &load);
	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, ta_put(CPU1, i % 2 ? "0" : "1"));
		usleep(20000);
		/* A knob turned meanwhile waits for CPUs, too. */
		ASSERT_EQ(0, put_knob("pcp_high", i % 3 * 32));
		EXPECT_EQ(0, ta_validate(self->fd));
	}
	atomic_store(load.stop, true);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, ta_join(pid[i]));
	EXPECT_EQ(0, ta_put(CPU1, "1"));
	EXPECT_EQ((long)self->info.free_pages, ta_free_pages(self->fd));
}

TA_TEST_MAIN
