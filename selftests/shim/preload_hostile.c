// SPDX-License-Identifier: GPL-2.0
/*
 * Hostile tests of the redirect core, by the preloaded library and by the dispatcher:
 * everything at once, in the middle of something else, too often, and when nothing is
 * left.
 */
#include <sys/resource.h>
#include <sys/time.h>

#include "kselftest_harness.h"

#include <pthread.h>
#include <stdatomic.h>

#include "fixture.h"

/* Of what is done over and over, a fifth is enough for every day. */
static int often(int nr)
{
	return access("full", F_OK) ? nr / 5 : nr;
}

/* Map, write, forget, write, unmap; @nr is what to write. */
static bool one_round(size_t pages, unsigned char nr)
{
	char *p = map(pages * PAGE);
	bool ok = p != MAP_FAILED && ta_all(p, pages * PAGE, 0);

	if (!ok)
		return false;
	memset(p, nr, pages * PAGE);
	ok = ta_all(p, pages * PAGE, nr) &&
	     !madvise(p, PAGE, MADV_DONTNEED) && ta_all(p, PAGE, 0) &&
	     ta_all(p + PAGE, (pages - 1) * PAGE, nr);
	return !munmap(p, pages * PAGE) && ok;
}

/*
 * Is as much free as before? Caught by the dispatcher the test's own heap is in the
 * pool, too: then only the end of the test can tell.
 */
static bool all_back(int fd, long pages)
{
	return is_dispatched() || pages == ta_free_pages(fd);
}

/* Signals */

static volatile sig_atomic_t signals, bad_signals;
static int client_number;

static void on_alarm(int sig)
{
	int saved = errno;

	(void)sig;
	signals++;
	if (!one_round(3, signals) || sbrk(0) == (void *)-1 ||
	    close(client_number) != -1)
		bad_signals++;
	errno = saved;
}

TEST_F_TIMEOUT(shim, signals_in_the_middle, 120)
{
	struct itimerval on = { { 0, 2000 }, { 0, 2000 } }, off = {};
	char *heap = sbrk(0);
	int i;

	client_number = client_fd();
	signal(SIGALRM, on_alarm);
	ASSERT_EQ(0, setitimer(ITIMER_REAL, &on, NULL));
	for (i = 0; i < often(3000) || signals < often(200); i++) {
		ASSERT_TRUE(one_round(2, i));
		ASSERT_EQ(heap, sbrk(PAGE));
		ASSERT_EQ(heap + PAGE, sbrk(-(long)PAGE));
	}
	setitimer(ITIMER_REAL, &off, NULL);
	EXPECT_EQ(0, bad_signals);
	EXPECT_TRUE(all_back(self->fd, self->pages));
}

/* Threads */

struct worker {
	pthread_t thread;
	unsigned char nr;
	int rounds;
	bool bad;
};

static void *work(void *arg)
{
	struct worker *worker = arg;

	for (int i = 0; i < worker->rounds; i++)
		worker->bad |= !one_round(1 + i % 40, worker->nr);
	return NULL;
}

static void start(struct worker *workers, int nr, int rounds)
{
	for (int i = 0; i < nr; i++) {
		workers[i] = (struct worker){ .nr = i + 1, .rounds = rounds };
		pthread_create(&workers[i].thread, NULL, work, &workers[i]);
	}
}

static bool finish(struct worker *workers, int nr)
{
	bool bad = false;

	for (int i = 0; i < nr; i++) {
		pthread_join(workers[i].thread, NULL);
		bad |= workers[i].bad;
	}
	return !bad;
}

TEST_F_TIMEOUT(shim, threads, 120)
{
	struct worker workers[8];

	start(workers, 8, often(50));
	EXPECT_TRUE(finish(workers, 8));
	EXPECT_TRUE(all_back(self->fd, self->pages));
	EXPECT_EQ(2, count_clients());
}

static void live_and_die(void *arg)
{
	char *p = arg;

	TA_CHILD(ta_all(p, 10 * PAGE, 7));
	memset(p, 8, 10 * PAGE);
	for (int i = 0; i < 5; i++)
		TA_CHILD(one_round(5, i));
}

static void *fork_often(void *arg)
{
	int *bad = arg;
	char *p = map(10 * PAGE);

	memset(p, 7, 10 * PAGE);
	for (int i = 0; i < often(30); i++)
		*bad += !!ta_join(ta_fork(live_and_die, p));
	*bad += !ta_all(p, 10 * PAGE, 7);
	return NULL;
}

TEST_F_TIMEOUT(shim, fork_in_a_thread, 120)
{
	struct worker workers[2];
	pthread_t forker;
	int bad = 0;

	start(workers, 2, often(100));
	pthread_create(&forker, NULL, fork_often, &bad);
	pthread_join(forker, NULL);
	EXPECT_EQ(0, bad);
	EXPECT_TRUE(finish(workers, 2));
}

/* A thread loses the descriptor again and again; the others must not notice. */
TEST_F_TIMEOUT(shim, the_descriptor_goes_away_all_the_time, 120)
{
	struct worker workers[4];

	start(workers, 4, often(50));
	for (int i = 0; i < often(300); i++) {
		int fd = client_fd();

		if (fd != self->fd)
			uncaught3(SYS_close, fd, 0, 0);
		sched_yield();
	}
	EXPECT_TRUE(finish(workers, 4));
}

/* Too much */

TEST_F_TIMEOUT(shim, mappings_to_the_limit, 120)
{
	size_t max = 70000, nr, i;
	char **maps = (char **)uncaught6(SYS_mmap, 0, max * sizeof(*maps), RW,
				       ANON, -1, 0);

	for (nr = 0; nr < max; nr++) {
		maps[nr] = map(PAGE);
		if (maps[nr] == MAP_FAILED)
			break;
		if (nr % 16 == 0)
			*(size_t *)maps[nr] = nr;
	}
	EXPECT_EQ(ENOMEM, errno);
	TH_LOG("%zu mappings", nr);
	EXPECT_LT(65000, nr);
	EXPECT_EQ((void *)-1, sbrk(PAGE));
	for (i = 0; i < nr; i++) {
		if (i % 16 == 0)
			ASSERT_EQ(i, *(size_t *)maps[i]);
		ASSERT_EQ(0, munmap(maps[i], PAGE));
	}
	EXPECT_TRUE(all_back(self->fd, self->pages));
	EXPECT_TRUE(one_round(10, 1));
}

TEST_F(shim, the_break_to_the_limit)
{
	struct rlimit limit = { 100 << 20, 100 << 20 };
	char *start = sbrk(0), *end;

	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));
	while (sbrk(1 << 20) != (void *)-1)
		;
	EXPECT_EQ(ENOMEM, errno);
	end = sbrk(0);
	EXPECT_LT(90 << 20, end - start);
	EXPECT_GE(100 << 20, end - start);
	start[0] = 1;
	end[-1] = 2;
	EXPECT_EQ(self->pages - 2, ta_free_pages(self->fd));
	/* Nor is there more by mmap: the kernel is not asked behind its limit. */
	EXPECT_EQ(MAP_FAILED, map(50 << 20));
	ASSERT_EQ(0, brk(start));
	EXPECT_EQ(self->pages, ta_free_pages(self->fd));
	EXPECT_EQ((void *)-1, sbrk(1L << 46));
	EXPECT_EQ(start, sbrk(0));
}

/* Nothing left */

/* Take mappings of the pool until one is not; how many there were. */
static int take_all(char **foreign)
{
	char *p;
	int nr;

	for (nr = 0; nr < 1000; nr++) {
		p = map(1 << 20);
		if (p == MAP_FAILED || !is_ours(p))
			break;
		memset(p, 1, 1 << 20);
	}
	*foreign = p;
	return nr;
}

TEST_F(shim, a_pool_that_is_full_falls_back)
{
	char *p, *q;

	if (geteuid())
		SKIP(return, "sets overcommit_memory");
	ta_put(OVERCOMMIT, "2");
	EXPECT_LT(50, take_all(&p));
	ASSERT_NE(MAP_FAILED, p);
	memset(p, 2, 1 << 20);
	EXPECT_EQ((void *)-1, sbrk(1 << 20));
	/* The kernel's and ours side by side, each by who made it */
	q = map(PAGE);
	memset(q, 3, PAGE);
	ASSERT_EQ(0, madvise(p, 1 << 20, MADV_DONTNEED));
	EXPECT_TRUE(ta_all(p, 1 << 20, 0));
	EXPECT_TRUE(ta_all(q, PAGE, 3));
}

static void take_all_strictly(void *arg)
{
	char *p;

	(void)arg;
	TA_CHILD(take_all(&p) > 50);
	TA_CHILD(p == MAP_FAILED && errno == ENOMEM);
}

static void __attribute__((constructor)) play(void)
{
	if (getenv("TEACHALLOC_STRICT")) {
		take_all_strictly(NULL);
		_exit(0);
	}
}

static void be_strict(void *arg)
{
	(void)arg;
	setenv("TEACHALLOC_STRICT", "1", 1);
	execl("/proc/self/exe", "strict", NULL);
}

TEST_F(shim, or_is_refused_if_that_is_wanted)
{
	if (geteuid())
		SKIP(return, "sets overcommit_memory");
	ta_put(OVERCOMMIT, "2");
	EXPECT_EQ(0, ta_join(ta_fork(be_strict, NULL)));
}

/* Random work on two arenas, one ours, one the kernel's: the same answers */

#define ARENA	32UL

struct arena {
	char *base;
	bool raw;	/* by system calls that no shim sees */
};

static long call(const struct arena *arena, long nr, long a, long b, long c,
		 long d)
{
	long ret;

	if (arena->raw)
		return uncaught6(nr, a, b, c, d, -1, 0);
	ret = syscall(nr, a, b, c, d, -1L, 0L);
	return ret == -1 ? -errno : ret;
}

static long one_call(const struct arena *arena, int what, size_t first,
		     size_t nr, int prot)
{
	long at = (long)arena->base + first * PAGE, len = nr * PAGE, ret;

	switch (what) {
	case 0:
		ret = call(arena, SYS_mmap, at, len, prot, ANON | MAP_FIXED);
		return ret < 0 ? ret : ret - (long)arena->base;
	case 1:
		return call(arena, SYS_munmap, at, len, 0, 0);
	case 2:
		return call(arena, SYS_mprotect, at, len, prot, 0);
	case 3:
		return call(arena, SYS_madvise, at, len, MADV_DONTNEED, 0);
	default:
		return call(arena, SYS_madvise, at, len, MADV_WILLNEED, 0);
	}
}

/* What a reader finds: a byte, or that there is nothing for him. */
static int look(const struct arena *arena, size_t page)
{
	char *p = arena->base + page * PAGE;

	return ta_read(p).sig ? -1 : *p;
}

static bool same(const struct arena *a, const struct arena *b)
{
	for (size_t i = 0; i < ARENA; i++)
		if (look(a, i) != look(b, i))
			return false;
	return true;
}

TEST_F(shim, random_work_has_the_kernels_answers)
{
	struct arena ours = { mmap(NULL, ARENA * PAGE, RW, ANON, -1, 0) };
	struct arena host = {
		(char *)uncaught6(SYS_mmap, 0, ARENA * PAGE, RW, ANON, -1, 0), true,
	};
	static const int prots[] = { PROT_NONE, PROT_READ, RW };
	struct ta_rand rand = ta_seed();

	for (int i = 1; i <= 3000; i++) {
		size_t first = ta_random(&rand, ARENA);
		size_t nr = 1 + ta_random(&rand, ARENA - first);
		int what = ta_random(&rand, 7), prot = ta_random(&rand, 3);

		if (what < 5) {
			ASSERT_EQ(one_call(&host, what, first, nr, prots[prot]),
				  one_call(&ours, what, first, nr, prots[prot])) {
				TH_LOG("call %d of %d: %d pages from %d", what,
				       i, (int)nr, (int)first);
			}
			continue;
		}
		ASSERT_EQ(ta_write(host.base + first * PAGE, i).sig,
			  ta_write(ours.base + first * PAGE, i).sig);
		if (i % 8 == 0)
			ASSERT_TRUE(same(&ours, &host));
	}
	ASSERT_TRUE(same(&ours, &host));
}

SHIM_TEST_MAIN
