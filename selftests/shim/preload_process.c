// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the redirect core over a process's life: its first call, fork, vfork,
 * exec, spawn, and what it says at its end.
 *
 * Model: what must be seen from a process's first call on is a role, whose exit status
 * says whether things were as they should be.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <spawn.h>

#include "fixture.h"

#define SUMMARY	"/tmp/teachalloc.summary"

/* Roles */

static char *early;	/* mapped before any constructor has run */

void map_early(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	for (; *envp; envp++)
		if (!strcmp(*envp, "TA_ROLE=first_calls_at_once"))
			return;
	early = map(PAGE);
}

__asm__(".pushsection .preinit_array, \"aw\"\n"
	".quad map_early\n"
	".popsection");

static int before_constructors(void)
{
	return !(is_ours(early) && works(early) && count_clients() == 1);
}

/*
 * Three mappings besides the early one, one that is too large for anybody, and a heap
 * of two pages.
 */
static int in_the_pool(void)
{
	char *p = map(PAGE), *heap = sbrk(2 * PAGE);

	return !(map(1UL << 47) == MAP_FAILED && works(p) && works(heap) &&
		 is_ours(p) && is_ours(heap) && works(map(PAGE)) && works(map(PAGE)));
}

static pthread_barrier_t start_line;

static void *map_first(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&start_line);
	return map(PAGE);
}

static int first_calls_at_once(void)
{
	pthread_t threads[16];
	void *p;
	int bad = 0;

	pthread_barrier_init(&start_line, NULL, 16);
	for (int i = 0; i < 16; i++)
		pthread_create(&threads[i], NULL, map_first, NULL);
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], &p);
		bad += !is_ours(p) || !works(p);
	}
	return bad || count_clients() != 1;
}

static int a_family(void)
{
	pid_t pid;

	if (!works(map(PAGE)) || !works(map(PAGE)))
		return 1;
	pid = fork();
	if (!pid)
		_exit(!works(map(PAGE)));
	if (ta_join(pid))
		return 1;
	pid = vfork();
	if (!pid)
		_exit(0);
	return ta_join(pid);
}

static const struct role roles[] = {
	{ "before_constructors", before_constructors },
	{ "in_the_pool", in_the_pool },
	{ "first_calls_at_once", first_calls_at_once },
	{ "a_family", a_family },
	{}
};

static void __attribute__((constructor)) play(void)
{
	play_role(roles);
}

/* From the first call on */

TEST_F(shim, before_constructors)
{
	EXPECT_EQ(0, run_role("before_constructors"));
}

TEST_F(shim, first_calls_at_once)
{
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, run_role("first_calls_at_once"));
}

TEST_F(shim, exec_begins_anew)
{
	char *p = map(10 * PAGE);

	memset(p, 1, 10 * PAGE);
	EXPECT_EQ(0, run_role("in_the_pool"));
	/* The child's heap, if malloc has it, is looked for when something is closed. */
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 10));
}

TEST_F(shim, spawn)
{
	char role[] = "TA_ROLE=in_the_pool", lib[4096];
	char *argv[2] = { role, NULL }, *envp[3] = { role, lib, NULL };
	pid_t pid;

	snprintf(lib, sizeof(lib), "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
	memset(map(10 * PAGE), 1, 10 * PAGE);
	ASSERT_EQ(0, posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv,
				 envp));
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_USED(10);
}

/* fork and vfork */

static void write_and_map(void *arg)
{
	shim_t *self = arg;
	char *p = map(PAGE);

	TA_CHILD(is_ours(p) && works(p));
	TA_CHILD(self->pages - 12 == ta_free_pages(self->fd));
	TA_CHILD(sbrk(PAGE) != (void *)-1);
}

static void write_in_all(void *arg)
{
	char *p = arg, *heap = (char *)sbrk(0) - 5 * PAGE;

	TA_CHILD(ta_all(p, 5 * PAGE, 1) && ta_all(heap, 5 * PAGE, 2));
	memset(p, 3, 5 * PAGE);
	memset(heap, 4, 5 * PAGE);
	TA_CHILD(!madvise(p, PAGE, MADV_DONTNEED) && !*p);
	TA_CHILD(sbrk(PAGE) == heap + 5 * PAGE);
}

TEST_F(shim, fork_copies)
{
	char *p = map(5 * PAGE), *heap = sbrk(5 * PAGE);

	memset(p, 1, 5 * PAGE);
	memset(heap, 2, 5 * PAGE);
	EXPECT_EQ(0, ta_join(ta_fork(write_in_all, p)));
	EXPECT_TRUE(ta_all(p, 5 * PAGE, 1));
	EXPECT_TRUE(ta_all(heap, 5 * PAGE, 2));
	EXPECT_USED(10);
	EXPECT_EQ(heap + 5 * PAGE, sbrk(0));
	memset(map(PAGE), 1, PAGE);
	EXPECT_EQ(0, ta_join(ta_fork(write_and_map, self)));
	EXPECT_USED(11);
}

static void map_in_a_vfork(char **p)
{
	if (!vfork()) {
		*p = map(PAGE);
		if (*p != MAP_FAILED)
			**p = 5;
		_exit(0);
	}
}

TEST_F(shim, vforks_child_maps_for_its_parent)
{
	char *p = NULL;

	/* The first call may be the child's: then its descriptor is its own. */
	map_in_a_vfork(&p);
	ASSERT_LT(0, wait(NULL));
	ASSERT_TRUE(is_ours(p));
	EXPECT_EQ(5, *p);
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	p = map(PAGE);
	EXPECT_TRUE(is_ours(p));
	map_in_a_vfork(&p);
	ASSERT_LT(0, wait(NULL));
	EXPECT_TRUE(is_ours(p));
	EXPECT_EQ(5, *p);
}

/* The summary */

static void read_summary(char *text, size_t size)
{
	int fd = open(SUMMARY, O_RDONLY);
	ssize_t len = read(fd, text, size - 1);

	text[len < 0 ? 0 : len] = 0;
	close(fd);
}

static int count_words(const char *text, const char *word)
{
	int nr = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		nr++;
	}
	return nr;
}

TEST_F(shim, the_summary_tells_what_was_done)
{
	char text[4096];

	unlink(SUMMARY);
	EXPECT_EQ(0, run_role("in_the_pool"));
	EXPECT_EQ(-1, access(SUMMARY, F_OK));
	setenv("TEACHALLOC_SUMMARY", SUMMARY, 1);
	EXPECT_EQ(0, run_role("in_the_pool"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(1, count_words(text, "mmap: 4 redirected (16 KiB), 0 passed on, 0 fell back\n"));
	EXPECT_EQ(1, count_words(text, "brk: 2 redirected (8 KiB), "));
	EXPECT_EQ(1, count_words(text, " 4 resident, "));
}

TEST_F(shim, each_of_a_family_tells_its_own)
{
	char text[4096];

	unlink(SUMMARY);
	setenv("TEACHALLOC_SUMMARY", SUMMARY, 1);
	EXPECT_EQ(0, run_role("a_family"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(2, count_words(text, "mmap: "));
	EXPECT_EQ(1, count_words(text, "mmap: 1 redirected"));
	EXPECT_EQ(1, count_words(text, "mmap: 3 redirected"));
}

TEST_F(shim, the_summary_goes_to_a_descriptor)
{
	char text[4096], number[16];
	int file = open(SUMMARY, O_RDWR | O_CREAT | O_TRUNC, 0600);

	snprintf(number, sizeof(number), "%d", file);
	setenv("TEACHALLOC_SUMMARY", number, 1);
	EXPECT_EQ(0, run_role("in_the_pool"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(1, count_words(text, "mmap: 4 redirected"));
}

SHIM_TEST_MAIN
