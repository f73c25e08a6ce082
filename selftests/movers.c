// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what the kernel moves, merges and collapses pages with (H60): ours stay
 * where they are in the machine, with what they hold, while threads write to them.
 *
 * Model: on each page of a mapping and a heap threads count; other pages are all alike
 * and are let alone. What a mover does to memory of the kernel's own, beside ours,
 * shows that it works here at all.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

#include "files.h"
#include "ta_test.h"

#ifndef MADV_COLLAPSE
#define MADV_COLLAPSE	25
#endif

#define HUGE	((size_t)2 << 20)
#define NR_HEAP	64
#define NR_ALIKE	16
#define NR	(HUGE / PAGE + NR_HEAP + NR_ALIKE)
#define NR_COUNT	(NR - NR_ALIKE)
#define NR_THREADS	2

#define KSM	"/sys/kernel/mm/ksm/"
#define THP	"/sys/kernel/mm/transparent_hugepage/"
#define NODES	"/sys/devices/system/node/"
#define CPU1	"/sys/devices/system/cpu/cpu1/online"

FIXTURE(movers) {
	int fd;
	char *huge;		/* a mapping that a huge page would fit into */
	char *page[NR];		/* its pages, the heap's, and those that are alike */
	uint64_t at[NR];	/* where in the machine they are */
	pthread_t thread[NR_THREADS];
	atomic_bool stop;
	atomic_ulong rounds[NR_THREADS];
};

#define movers_t FIXTURE_DATA(movers)

struct counter {
	movers_t *self;
	int nr;
};

/* Each thread has a word of each page. */
static void *count(void *arg)
{
	struct counter *c = arg;
	movers_t *self = c->self;

	while (!atomic_load(&self->stop)) {
		for (size_t i = 0; i < NR_COUNT; i++)
			++((volatile uint64_t *)self->page[i])[c->nr * 8];
		atomic_fetch_add(&self->rounds[c->nr], 1);
	}
	return NULL;
}

/* A huge page's room for ours, at such an address. */
static char *map_huge(int fd)
{
	char *p = mmap(NULL, 2 * HUGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p, 2 * HUGE);
	p += -(uintptr_t)p % HUGE;
	return ta_mmap(fd, p, HUGE, RW, MAP_FIXED_NOREPLACE);
}

FIXTURE_SETUP(movers)
{
	static struct counter counters[NR_THREADS];
	char *heap, *alike;

	if (geteuid())
		SKIP(return, "where a page is, and most movers, are root's");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->huge = map_huge(self->fd);
	heap = ta_sbrk(self->fd, NR_HEAP * PAGE);
	alike = ta_mmap(self->fd, NULL, NR_ALIKE * PAGE, RW, 0);
	ASSERT_NE(MAP_FAILED, self->huge);
	memset(alike, 0x5a, NR_ALIKE * PAGE);
	for (size_t i = 0; i < NR; i++) {
		self->page[i] = i < HUGE / PAGE ? self->huge + i * PAGE :
				i < NR_COUNT ? heap + (i - HUGE / PAGE) * PAGE :
				alike + (i - NR_COUNT) * PAGE;
		if (i < NR_COUNT)
			self->page[i][0] = 0;
		self->at[i] = ta_physical(self->page[i]);
		ASSERT_NE(0, self->at[i]);
	}
	for (int i = 0; i < NR_THREADS; i++) {
		counters[i] = (struct counter){ self, i };
		ASSERT_EQ(0, pthread_create(&self->thread[i], NULL, count,
					    &counters[i]));
	}
}

/* Nothing was moved, and no count is lost. */
FIXTURE_TEARDOWN(movers)
{
	long moved = 0, wrong = 0;

	atomic_store(&self->stop, true);
	for (int i = 0; i < NR_THREADS; i++)
		pthread_join(self->thread[i], NULL);
	for (size_t i = 0; i < NR; i++) {
		moved += ta_physical(self->page[i]) != self->at[i];
		for (int t = 0; t < NR_THREADS && i < NR_COUNT; t++)
			wrong += ((uint64_t *)self->page[i])[t * 8] !=
				 atomic_load(&self->rounds[t]);
	}
	EXPECT_EQ(0, moved);
	EXPECT_EQ(0, wrong);
	EXPECT_TRUE(ta_all(self->page[NR_COUNT], NR_ALIKE * PAGE, 0x5a));
	EXPECT_EQ(0, ta_validate(self->fd));
	close(self->fd);
}

/* Memory of the kernel's own that a mover works on, full of the same bytes */
static char *other_memory(size_t len)
{
	char *p = mmap(NULL, len + HUGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	p += -(uintptr_t)p % HUGE;
	memset(p, 0x5a, len);
	return p;
}

TEST_F_TIMEOUT(movers, h60_compaction, 120)
{
	for (int i = 0; i < 10; i++)
		EXPECT_EQ(0, ta_put("/proc/sys/vm/compact_memory", "1"));
	EXPECT_EQ(0, ta_put("/proc/sys/vm/drop_caches", "3"));
}

#define MOVE_ALL	4

/* What asking for pages on a node comes to; *@nr of them are there already. */
static long move_to(char **pages, long len, int node, long *nr, long *refused)
{
	int to[NR], status[NR];
	long ret;

	for (long i = 0; i < len; i++)
		to[i] = node;
	ret = syscall(SYS_move_pages, 0, len, pages, to, status, MOVE_ALL);
	*nr = 0;
	*refused = 0;
	for (long i = 0; i < len && ret >= 0; i++) {
		*nr += status[i] == node;
		*refused += status[i] < 0;
	}
	return ret;
}

TEST_F_TIMEOUT(movers, h60_move_pages, 120)
{
	char *other = other_memory(PAGE);
	long there, refused, home = 0;

	if (access(NODES, F_OK))
		SKIP(return, "a kernel without nodes");
	for (int node = 0; node < 2; node++) {
		if (node && access(NODES "node1", F_OK)) {
			EXPECT_EQ(-1, move_to(self->page, NR, node, &there, &refused));
			EXPECT_EQ(ENODEV, errno);
			continue;
		}
		EXPECT_LE(0, move_to(self->page, NR, node, &there, &refused));
		/* It is there, or the kernel says that it does not move it. */
		EXPECT_EQ(NR, there + refused);
		home += there;
		EXPECT_EQ(0, move_to(&other, 1, node, &there, &refused));
		EXPECT_EQ(1, there);
	}
	EXPECT_EQ(NR, home);
}

TEST_F_TIMEOUT(movers, h60_policies_and_migration, 120)
{
	unsigned long nodes[2] = { 1, 2 };

	if (access(NODES, F_OK))
		SKIP(return, "a kernel without nodes");
	for (int i = 0; i < 4; i++) {
		/* 2: these nodes and no others; 3: say so, and move what is elsewhere */
		long ret = syscall(SYS_mbind, self->huge, HUGE, 2, &nodes[i % 2], 8, 3);

		EXPECT_TRUE(!ret || errno == EIO || errno == EINVAL);
		syscall(SYS_migrate_pages, 0, 8, &nodes[i % 2], &nodes[1 - i % 2]);
	}
	EXPECT_EQ(0, syscall(SYS_mbind, self->huge, HUGE, 0, NULL, 0, 0));
}

/* Wait until a figure of the kernel's is as great. */
static bool reaches(const char *path, long number)
{
	for (int i = 0; i < 1000 && file_number(path) < number; i++)
		usleep(20000);
	return file_number(path) >= number;
}

/* Sets one; returns what it was. */
static long set_number(const char *path, long number)
{
	long before = file_number(path);
	char text[32];

	snprintf(text, sizeof(text), "%ld", number);
	return ta_put(path, text) ? -1 : before;
}

TEST_F_TIMEOUT(movers, h60_merging_of_pages_that_are_alike, 120)
{
	char *other = other_memory(4 * PAGE);
	long pause;

	if (access(KSM "run", W_OK))
		SKIP(return, "a kernel that merges no pages");
	EXPECT_EQ(0, madvise(self->huge, HUGE, MADV_MERGEABLE));
	EXPECT_EQ(0, madvise(self->page[NR_COUNT], NR_ALIKE * PAGE, MADV_MERGEABLE));
	EXPECT_EQ(0, madvise(other, 4 * PAGE, MADV_MERGEABLE));
	pause = set_number(KSM "sleep_millisecs", 10);
	ASSERT_LE(0, pause);
	ASSERT_EQ(0, ta_put(KSM "run", "1"));
	EXPECT_TRUE(reaches(KSM "pages_sharing", 3));
	EXPECT_TRUE(reaches(KSM "full_scans", file_number(KSM "full_scans") + 3));
	/* Of the four other pages, and no more */
	EXPECT_EQ(3, file_number(KSM "pages_sharing"));
	EXPECT_EQ(0, ta_put(KSM "run", "2"));
	EXPECT_EQ(0, ta_put(KSM "run", "0"));
	EXPECT_EQ(10, set_number(KSM "sleep_millisecs", pause));
}

/* What of our memory is huge pages, in KiB */
static long huge_kib(void)
{
	static const char * const names[] = {
		"AnonHugePages: %ld", "ShmemPmdMapped: %ld", "FilePmdMapped: %ld",
	};
	FILE *f = fopen("/proc/self/smaps", "re");
	bool ours = false;
	long kib, sum = 0;
	char line[512];

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*x-%lx ", &kib) == 1)
			ours = strstr(line, "[teachalloc");
		for (size_t i = 0; i < ARRAY_SIZE(names); i++)
			if (ours && sscanf(line, names[i], &kib) == 1)
				sum += kib;
	}
	if (f)
		fclose(f);
	return sum;
}

/* Which of its words a switch is at: the one in brackets */
static char *choice(const char *path)
{
	static char text[256];
	FILE *f = fopen(path, "re");
	char *word = f && fgets(text, sizeof(text), f) ? strchr(text, '[') : NULL;

	if (f)
		fclose(f);
	return word ? strtok(word, "[]") : NULL;
}

TEST_F_TIMEOUT(movers, h60_huge_pages, 120)
{
	char *other, *before = choice(THP "enabled");
	long pause;

	if (access(THP "enabled", W_OK) || !before)
		SKIP(return, "a kernel without huge pages");
	ASSERT_EQ(0, ta_put(THP "enabled", "always"));
	pause = set_number(THP "khugepaged/scan_sleep_millisecs", 1);
	ASSERT_LE(0, pause);
	other = other_memory(HUGE);
	madvise(self->huge, HUGE, MADV_HUGEPAGE);
	EXPECT_EQ(-1, madvise(self->huge, HUGE, MADV_COLLAPSE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(0, madvise(other, HUGE, MADV_COLLAPSE));
	EXPECT_TRUE(reaches(THP "khugepaged/full_scans",
			    file_number(THP "khugepaged/full_scans") + 3));
	EXPECT_EQ(0, huge_kib());
	EXPECT_EQ(0, ta_put(THP "enabled", before));
	EXPECT_EQ(1, set_number(THP "khugepaged/scan_sleep_millisecs", pause));
}

TEST_F_TIMEOUT(movers, h60_a_cpu_goes_and_comes, 120)
{
	if (access(CPU1, W_OK))
		SKIP(return, "one CPU, which has to stay");
	for (int i = 0; i < 10; i++) {
		char *p = ta_mmap(self->fd, NULL, 32 * PAGE, RW, MAP_POPULATE);

		EXPECT_EQ(0, ta_put(CPU1, i % 2 ? "1" : "0"));
		EXPECT_TRUE(ta_all(p, 32 * PAGE, 0));
		EXPECT_EQ(0, munmap(p, 32 * PAGE));
	}
}

TA_TEST_MAIN
