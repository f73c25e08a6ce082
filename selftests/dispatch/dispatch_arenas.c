// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the dispatcher: threads that allocate until the process has as many VMAs as
 * it may have.
 *
 * Model: the C library gives each thread an arena, a mapping that it makes accessible page
 * by page. On 6.1 each of these steps is a VMA more, since the kernel does not merge the
 * service's (newer ones move the border between two); so an arena ends long before
 * memory does. The limit is lowered to see it happen: vm.max_map_count.
 */
#include "kselftest_harness.h"

#include <malloc.h>
#include <pthread.h>

#include "ta_run.h"

#define MAX_MAPS	"/proc/sys/vm/max_map_count"
#define LIMIT		2000
#define BLOCKS		30000
#define BLOCK		1000	/* so many of them are 30 MB, or 7 500 pages */

static unsigned char *blocks[BLOCKS];
static int no_more;	/* what malloc said at the end, or 0 */

FIXTURE(arenas) {
	int limit;		/* the file, open as long as there is memory for that */
	char before[16];	/* what was in it */
};

FIXTURE_SETUP(arenas)
{
	if (geteuid())
		SKIP(return, "sets vm.max_map_count");
	self->limit = open(MAX_MAPS, O_RDWR);
	ASSERT_LT(0, read(self->limit, self->before, sizeof(self->before) - 1));
	ta_begin();
}

FIXTURE_TEARDOWN(arenas)
{
	if (pwrite(self->limit, self->before, strlen(self->before), 0) < 0)
		perror("# " MAX_MAPS);
}

/* How many VMAs the process has; nothing is allocated for it. */
static int count_maps(void)
{
	static char text[64 << 10];
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC), lines = 0;
	ssize_t len;

	while ((len = read(fd, text, sizeof(text))) > 0)
		for (ssize_t i = 0; i < len; i++)
			lines += text[i] == '\n';
	close(fd);
	return lines;
}

/* Until there are @BLOCKS, or none is given any more; how many there are. */
static void *allocate(void *arg)
{
	long *nr = arg;

	for (*nr = 0; *nr < BLOCKS; ++*nr) {
		blocks[*nr] = malloc(BLOCK);
		no_more = blocks[*nr] ? 0 : errno;
		if (no_more)
			break;
		memset(blocks[*nr], *nr, BLOCK);
	}
	return NULL;
}

static bool all_are_right(long nr)
{
	for (long i = 0; i < nr; i++)
		if (!ta_all(blocks[i], BLOCK, i))
			return false;
	return true;
}

static long allocate_in_a_thread(void)
{
	pthread_t thread;
	long nr = -1;

	if (!pthread_create(&thread, NULL, allocate, &nr))
		pthread_join(thread, NULL);
	return nr;
}

/*
 * An arena ends where it cannot grow, and nothing else grows then. So it is the C
 * library that says that there is no more, and only if there are as many VMAs as there
 * may be. (The kernel's limit is for those that are mapped; one more may be.)
 */
TEST_F(arenas, an_arena_ends_in_enomem)
{
	long nr, again;
	int maps;

	ASSERT_EQ(4, pwrite(self->limit, "2000", 4, 0));
	nr = allocate_in_a_thread();
	maps = count_maps();
	TH_LOG("%ld blocks, %d VMAs", nr, maps);
	EXPECT_LT(0, nr);
	EXPECT_EQ(nr < BLOCKS, maps >= LIMIT);
	EXPECT_EQ(nr < BLOCKS ? ENOMEM : 0, no_more);
	EXPECT_TRUE(all_are_right(nr));
	/* And what was had serves again. */
	for (long i = 0; i < nr; i++)
		free(blocks[i]);
	again = allocate_in_a_thread();
	EXPECT_LT(nr - nr / 100, again);
	EXPECT_TRUE(all_are_right(again));
}

/* What needs a VMA of its own is refused, with the error that the kernel has for it. */
TEST_F(arenas, what_needs_a_vma_is_refused)
{
	char *p = NULL, *last = NULL;
	pthread_t thread;
	long nr = 0;

	ASSERT_EQ(4, pwrite(self->limit, "2000", 4, 0));
	do {
		last = p;
		p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	} while (p != MAP_FAILED);
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(EAGAIN, pthread_create(&thread, NULL, allocate, &nr));
	EXPECT_EQ(NULL, malloc(1 << 20));
	EXPECT_EQ(ENOMEM, errno);
	/* One less, and there is one again. */
	*last = 1;
	ASSERT_EQ(0, munmap(last, PAGE));
	EXPECT_NE(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
				   -1, 0));
}

/* And this is how a program can be had that needs more: MALLOC_ARENA_MAX=1 */
TEST_F(arenas, one_arena_is_enough)
{
	int before = count_maps();

	ASSERT_EQ(1, mallopt(M_ARENA_MAX, 1));
	EXPECT_EQ(BLOCKS, allocate_in_a_thread());
	EXPECT_TRUE(all_are_right(BLOCKS));
	/* A thread's stack and its guard */
	EXPECT_GE(before + 10, count_maps());
}

TA_RUN_MAIN("--dispatch")
