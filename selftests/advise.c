// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of advice, of locking memory, and of asking what is there: what
 * madvise(2), mlock(2) and mincore(2) say of anonymous memory they say of ours,
 * or the device says it.
 *
 * Model: where the results are compared, the same is done to anonymous memory of
 * the kernel's own, in the same layout.
 */
#include <sys/resource.h>

#include "kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "ta_test.h"

#define NOBODY	65534
#define NR	8UL

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

FIXTURE(advise) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *p;		/* NR pages of ours, each full of its number + 1 */
};

#define advise_t FIXTURE_DATA(advise)

FIXTURE_VARIANT(advise) {
	bool heap;
};

FIXTURE_VARIANT_ADD(advise, mapping) {
	.heap = false,
};

FIXTURE_VARIANT_ADD(advise, heap) {
	.heap = true,
};

FIXTURE_SETUP(advise)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	self->p = variant->heap ? ta_sbrk(self->fd, NR * PAGE) :
				  ta_mmap(self->fd, NULL, NR * PAGE, RW, 0);
	ASSERT_EQ(0, (uintptr_t)self->p % PAGE);
	for (size_t i = 0; i < NR; i++)
		memset(self->p + i * PAGE, i + 1, PAGE);
}

FIXTURE_TEARDOWN(advise)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

static bool is_full(const advise_t *self, size_t first, size_t nr)
{
	for (size_t i = first; i < first + nr; i++)
		if (!ta_all(self->p + i * PAGE, PAGE, i + 1))
			return false;
	return true;
}

TEST_F(advise, dontneed_gives_the_pages_back_and_zeroes)
{
	ASSERT_EQ(0, ta_madvise(self->fd, self->p + 2 * PAGE, 3 * PAGE,
				MADV_DONTNEED));
	EXPECT_USED(NR - 3);
	EXPECT_TRUE(is_full(self, 0, 2));
	EXPECT_TRUE(is_full(self, 5, 3));
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, self->p + 2 * PAGE));
	EXPECT_TRUE(ta_all(self->p + 2 * PAGE, 3 * PAGE, 0));
	EXPECT_USED(NR - 3);
	memset(self->p + 2 * PAGE, 9, PAGE);
	EXPECT_TRUE(ta_all(self->p + 2 * PAGE, PAGE, 9));
	EXPECT_USED(NR - 2);
}

TEST_F(advise, free_does_it_at_once)
{
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, NR * PAGE, MADV_FREE));
	EXPECT_USED(0);
	EXPECT_TRUE(ta_all(self->p, NR * PAGE, 0));
}

TEST_F(advise, a_length_is_rounded_up)
{
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, 1, MADV_DONTNEED));
	EXPECT_USED(NR - 1);
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, PAGE + 1, MADV_DONTNEED));
	EXPECT_USED(NR - 2);
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, 0, MADV_DONTNEED));
	EXPECT_USED(NR - 2);
}

TEST_F(advise, many_pages_and_what_was_never_touched)
{
	size_t nr = 1000;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);

	for (size_t i = 0; i < nr; i += 3)
		p[i * PAGE] = 1;
	for (size_t i = 1; i < nr; i += 3) {
		ASSERT_EQ(0, *(volatile char *)(p + i * PAGE));
	}
	ASSERT_EQ(0, ta_madvise(self->fd, p, nr * PAGE, MADV_DONTNEED));
	EXPECT_USED(NR);
	for (size_t i = 0; i < nr; i++) {
		ASSERT_EQ(TA_PAGE_NONE, ta_state(self->fd, p + i * PAGE));
	}
	for (size_t i = 0; i < nr; i++) {
		ASSERT_EQ(0, p[i * PAGE]);
	}
	ASSERT_EQ(0, munmap(p, nr * PAGE));
}

TEST_F(advise, of_what_shows_the_zero_page)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	EXPECT_EQ(0, *(volatile char *)p);
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(self->fd, p));
	ASSERT_EQ(0, ta_madvise(self->fd, p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, p));
}

TEST_F(advise, what_is_locked_stays)
{
	ASSERT_EQ(0, mlock(self->p + PAGE, PAGE));
	EXPECT_EQ(-1, ta_madvise(self->fd, self->p, NR * PAGE, MADV_DONTNEED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ta_madvise(self->fd, self->p + PAGE, PAGE, MADV_FREE));
	EXPECT_EQ(EINVAL, errno);
	/* What comes before the obstacle is done, as by madvise(2). */
	EXPECT_TRUE(ta_all(self->p, PAGE, 0));
	EXPECT_TRUE(is_full(self, 1, NR - 1));
	ASSERT_EQ(0, ta_madvise(self->fd, self->p + PAGE, PAGE,
				MADV_DONTNEED_LOCKED));
	EXPECT_TRUE(ta_all(self->p + PAGE, PAGE, 0));
	EXPECT_TRUE(is_full(self, 2, NR - 2));
}

TEST_F(advise, other_memory_is_let_alone)
{
	char *host = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(host, 5, PAGE);
	EXPECT_EQ(-1, ta_madvise(self->fd, host, PAGE, MADV_DONTNEED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(ta_all(host, PAGE, 5));
}

TEST_F(advise, what_another_client_of_ours_made)
{
	int other = ta_open();
	char *theirs = ta_mmap(other, NULL, PAGE, RW, 0);

	memset(theirs, 6, PAGE);
	EXPECT_EQ(0, ta_madvise(self->fd, theirs, PAGE, MADV_DONTNEED));
	EXPECT_USED(NR);
	EXPECT_TRUE(ta_all(theirs, PAGE, 0));
	memset(theirs, 6, PAGE);
	close(other);
	EXPECT_EQ(0, ta_madvise(self->fd, theirs, PAGE, MADV_DONTNEED));
	EXPECT_TRUE(ta_all(theirs, PAGE, 0));
}

/* The refusal that advice on a range meets, with what is refused of it. */
static bool refuses(int fd, char *p, size_t len, const char *from, size_t part)
{
	struct ta_ioc_advise arg = {
		.size = sizeof(arg),
		.addr = (uintptr_t)p,
		.len = len,
		.advice = MADV_DONTNEED,
	};

	return ioctl(fd, TA_IOC_ADVISE, &arg) == -1 && errno == EINVAL &&
	       arg.addr == (uintptr_t)from && arg.len == part;
}

TEST_F(advise, a_mixed_range_tells_what_was_refused)
{
	char *p = ta_mmap(self->fd, NULL, 8 * PAGE, RW, 0);

	memset(p, 1, 8 * PAGE);
	ASSERT_EQ(p + 3 * PAGE, mmap(p + 3 * PAGE, 2 * PAGE, RW, MAP_PRIVATE |
				     MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	memset(p + 3 * PAGE, 2, 2 * PAGE);
	EXPECT_TRUE(refuses(self->fd, p, 8 * PAGE, p + 3 * PAGE, 2 * PAGE));
	EXPECT_TRUE(ta_all(p, 3 * PAGE, 0));
	EXPECT_TRUE(ta_all(p + 3 * PAGE, 2 * PAGE, 2));
	EXPECT_TRUE(ta_all(p + 5 * PAGE, 3 * PAGE, 1));
	/* Cut to the range that was asked for; from the first hole on */
	EXPECT_TRUE(refuses(self->fd, p, 4 * PAGE, p + 3 * PAGE, PAGE));
	EXPECT_TRUE(refuses(self->fd, p + 4 * PAGE, 4 * PAGE, p + 4 * PAGE,
			    PAGE));
	ASSERT_EQ(0, munmap(p + PAGE, PAGE));
	EXPECT_TRUE(refuses(self->fd, p, 8 * PAGE, p + PAGE, 4 * PAGE));
	/* Wrong arguments come back as they were. */
	EXPECT_TRUE(refuses(self->fd, p + 1, PAGE, p + 1, PAGE));
}

TEST_F(advise, takes_a_descriptor_to_write_with)
{
	int fd = open(TA_DEVICE, O_RDONLY);

	EXPECT_EQ(-1, ta_madvise(fd, self->p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(EBADF, errno);
	close(fd);
}

TEST_F(advise, a_page_in_a_pipe_keeps_its_bytes)
{
	struct iovec iov = { self->p, PAGE };
	char bytes[PAGE];
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ((ssize_t)PAGE, vmsplice(ends[1], &iov, 1, 0));
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, PAGE, MADV_DONTNEED));
	memset(self->p, 0x33, PAGE);
	ASSERT_EQ((ssize_t)PAGE, read(ends[0], bytes, PAGE));
	EXPECT_TRUE(ta_all(bytes, PAGE, 1));
	close(ends[0]);
	close(ends[1]);
	EXPECT_TRUE(ta_settles(self->fd, self->pages - NR));
}

static void keep_all(void *arg)
{
	advise_t *self = ((void **)arg)[0];
	struct ta_turn *turn = ((void **)arg)[1];

	ta_turn_wait(turn, 1);
	TA_CHILD(is_full(self, 0, NR));
	/* And the other way round */
	TA_CHILD(!ta_madvise(self->fd, self->p, NR * PAGE, MADV_DONTNEED));
	TA_CHILD(ta_all(self->p, NR * PAGE, 0));
}

TEST_F(advise, each_side_of_a_fork_forgets_for_itself)
{
	void *args[2] = { self, ta_turn_new() };
	pid_t pid = ta_fork(keep_all, args);

	EXPECT_EQ(0, ta_madvise(self->fd, self->p, 2 * PAGE, MADV_DONTNEED));
	EXPECT_TRUE(ta_all(self->p, 2 * PAGE, 0));
	ta_turn_set(args[1], 1);
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_TRUE(is_full(self, 2, NR - 2));
	EXPECT_USED(NR - 2);
}

TEST_F(advise, a_second_view_forgets_too)
{
	char *q = mremap(self->p, 0, NR * PAGE, MREMAP_MAYMOVE);

	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(1, *(volatile char *)q);
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *(volatile char *)q);
	*q = 4;
	EXPECT_EQ(4, *(volatile char *)self->p);
	ASSERT_EQ(0, munmap(q, NR * PAGE));
}

/* Threads that write what another forgets. */

struct busy {
	advise_t *self;
	atomic_bool stop;
	atomic_long wrong;
};

static void *rewrite(void *arg)
{
	struct busy *busy = arg;
	unsigned int i = 0;

	/* Whole words: an old one does not come back behind a new one. */
	while (!atomic_load(&busy->stop)) {
		atomic_ulong *word = (void *)(busy->self->p +
					      (i++ % NR) * PAGE);
		unsigned long was = atomic_fetch_or(word, 0x55);

		if (was && was != 0x55)
			atomic_fetch_add(&busy->wrong, 1);
	}
	return NULL;
}

TEST_F_TIMEOUT(advise, h37_forgetting_while_others_write, 120)
{
	struct busy busy = { .self = self };
	pthread_t threads[2];

	ASSERT_EQ(0, ta_madvise(self->fd, self->p, NR * PAGE, MADV_DONTNEED));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, rewrite, &busy));
	}
	for (int i = 0; i < 1000; i++) {
		size_t page = i % NR;
		char *mark = self->p + page * PAGE + 100;

		/* A word that only this thread writes */
		*(volatile char *)mark = 1;
		ASSERT_EQ(0, ta_madvise(self->fd, self->p + page * PAGE, PAGE,
					MADV_DONTNEED));
		ASSERT_EQ(0, *(volatile char *)mark);
		if (i % 100 == 99)
			ASSERT_EQ(0, ta_join(fork() ?: (_exit(0), 0)));
	}
	atomic_store(&busy.stop, true);
	for (int i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, atomic_load(&busy.wrong));
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, NR * PAGE, MADV_DONTNEED));
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

/* The same results as the kernel's own */

/* Four pages, a hole, four pages; a page of it read-only, another without rights. */
static char *lay_out(char *p)
{
	munmap(p + 4 * PAGE, PAGE);
	mprotect(p + PAGE, PAGE, PROT_READ);
	mprotect(p + 7 * PAGE, PAGE, PROT_NONE);
	return p;
}

static char *host_layout(void)
{
	return lay_out(mmap(NULL, 9 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			    -1, 0));
}

static char *our_layout(int fd)
{
	return lay_out(ta_mmap(fd, NULL, 9 * PAGE, RW, 0));
}

static const struct {
	long from;
	size_t len;
} ranges[] = {
	{ 0, 0 }, { 0, 1 }, { 0, 4096 }, { 0, 4 * 4096 }, { 0, 9 * 4096 },
	{ 1, 4096 }, { 4095, 1 }, { 4096, 4096 }, { 3 * 4096, 3 * 4096 },
	{ 4 * 4096, 4096 }, { 5 * 4096, 4 * 4096 }, { 7 * 4096, 4096 },
	{ 0, -1UL }, { 0, -4095UL }, { 0, -4096UL },
};

static int code(int ret)
{
	return ret ? errno : 0;
}

TEST_F(advise, what_the_device_does_is_as_on_anonymous_memory)
{
	static const int advice[] = {
		MADV_DONTNEED, MADV_FREE, MADV_DONTNEED_LOCKED, -1, 12345,
	};
	char *host = host_layout(), *ours = our_layout(self->fd);

	for (size_t a = 0; a < ARRAY_SIZE(advice); a++)
		for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
			int want = code(madvise(host + ranges[i].from,
						ranges[i].len, advice[a]));
			int got = code(ta_madvise(self->fd,
						  ours + ranges[i].from,
						  ranges[i].len, advice[a]));

			EXPECT_EQ(want, got) {
				TH_LOG("advice %d, range %zu", advice[a], i);
			}
		}
}

TEST_F(advise, what_madvise_does_is_as_on_anonymous_memory)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTNEED, MADV_DONTFORK, MADV_DOFORK, MADV_DONTDUMP,
		MADV_DODUMP, MADV_COLD, MADV_PAGEOUT, MADV_POPULATE_READ,
		MADV_POPULATE_WRITE, -1,
	};

	for (size_t a = 0; a < ARRAY_SIZE(advice); a++) {
		char *host = host_layout(), *ours = our_layout(self->fd);

		for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
			int want = code(madvise(host + ranges[i].from,
						ranges[i].len, advice[a]));
			int got = code(madvise(ours + ranges[i].from,
					       ranges[i].len, advice[a]));

			/* A kernel without swap has nothing to bring in. */
			if (advice[a] == MADV_WILLNEED && want == EBADF)
				continue;
			EXPECT_EQ(want, got) {
				TH_LOG("advice %d, range %zu", advice[a], i);
			}
		}
		munmap(host, 9 * PAGE);
		ASSERT_EQ(0, munmap(ours, 9 * PAGE));
	}
	EXPECT_USED(NR);
}

TEST_F(advise, populate_makes_what_it_says)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);

	ASSERT_EQ(0, madvise(p, 2 * PAGE, MADV_POPULATE_READ));
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(self->fd, p + PAGE));
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, p + 2 * PAGE));
	ASSERT_EQ(0, madvise(p, 3 * PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, p));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, p + 2 * PAGE));
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, p + 3 * PAGE));
	EXPECT_USED(NR + 3);
	ASSERT_EQ(0, ta_set_quota(self->fd, NR + 3));
	EXPECT_EQ(-1, madvise(p, 4 * PAGE, MADV_POPULATE_WRITE));
	EXPECT_EQ(EFAULT, errno);
}

/* Locking */

static long locked_kib(void)
{
	return ta_status_kib("VmLck");
}

TEST_F(advise, mlock_is_as_on_anonymous_memory)
{
	char *host = host_layout(), *ours = our_layout(self->fd);

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		long before = locked_kib(), host_kib, our_kib;
		int want, got;

		want = code(mlock(host + ranges[i].from, ranges[i].len));
		host_kib = locked_kib() - before;
		got = code(mlock(ours + ranges[i].from, ranges[i].len));
		our_kib = locked_kib() - before - host_kib;
		EXPECT_EQ(want, got) {
			TH_LOG("range %zu", i);
		}
		EXPECT_EQ(host_kib, our_kib);
		munlock(host, 9 * PAGE);
		munlock(ours, 9 * PAGE);
		munlock(host + 5 * PAGE, 4 * PAGE);
		munlock(ours + 5 * PAGE, 4 * PAGE);
		EXPECT_EQ(before, locked_kib());
	}
}

TEST_F(advise, mlock_of_more_than_there_is_fails)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);

	ASSERT_EQ(0, ta_set_quota(self->fd, NR + 2));
	EXPECT_EQ(-1, mlock(p, 4 * PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, mlock(p, 2 * PAGE));
}

TEST_F(advise, map_locked_brings_and_locks_all)
{
	long before = locked_kib();
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, MAP_LOCKED);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(before + 16, locked_kib());
	EXPECT_USED(NR + 4);
	/* What grows is locked, and there, too. */
	p = mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(before + 32, locked_kib());
	EXPECT_USED(NR + 8);
	ASSERT_EQ(0, munmap(p, 8 * PAGE));
	EXPECT_EQ(before, locked_kib());
}

TEST_F(advise, mlockall_is_for_what_comes_too)
{
	char *p, *h;

	ASSERT_EQ(0, mlockall(MCL_CURRENT | MCL_FUTURE));
	p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, p + 3 * PAGE));
	h = ta_sbrk(self->fd, 4 * PAGE);
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, h + 3 * PAGE));
	ASSERT_EQ(0, munlockall());
	EXPECT_EQ(0, locked_kib());
	EXPECT_TRUE(is_full(self, 0, NR));
}

static void lock_as_nobody(void *arg)
{
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	advise_t *self = arg;
	void *p;

	TA_CHILD(!setrlimit(RLIMIT_MEMLOCK, &limit));
	TA_CHILD(!setuid(NOBODY));
	p = ta_mmap(self->fd, NULL, 5 * PAGE, RW, MAP_LOCKED);
	TA_CHILD(p == MAP_FAILED && errno == EAGAIN);
	p = ta_mmap(self->fd, NULL, 3 * PAGE, RW, MAP_LOCKED);
	TA_CHILD(p != MAP_FAILED);
	TA_CHILD(!mlockall(MCL_FUTURE));
	/* brk(2) says ENOMEM here, whatever the limit was. */
	TA_CHILD(ta_sbrk(self->fd, 2 * PAGE) == (void *)-1 && errno == ENOMEM);
	TA_CHILD(ta_sbrk(self->fd, PAGE) != (void *)-1);
	limit.rlim_cur = 0;
	TA_CHILD(!munlockall() && !setrlimit(RLIMIT_MEMLOCK, &limit));
	p = ta_mmap(self->fd, NULL, PAGE, RW, MAP_LOCKED);
	TA_CHILD(p == MAP_FAILED && errno == EPERM);
}

TEST_F(advise, h97_memlock_bounds_map_locked)
{
	if (geteuid())
		SKIP(return, "only root is excepted from the limit");
	EXPECT_EQ(0, ta_join(ta_fork(lock_as_nobody, self)));
}

static void is_not_locked(void *arg)
{
	(void)arg;
	TA_CHILD(locked_kib() == 0);
}

TEST_F(advise, a_child_inherits_no_locks)
{
	ASSERT_EQ(0, mlock(self->p, NR * PAGE));
	EXPECT_EQ((long)(NR * PAGE / 1024), locked_kib());
	EXPECT_EQ(0, ta_join(ta_fork(is_not_locked, NULL)));
}

/* mincore(2): for a file it tells the truth to who may write to the file. */

static void all_is_in_core(void *arg)
{
	unsigned char *vec = arg;
	char *p = *(char **)(vec + 8);

	TA_CHILD(!setuid(NOBODY));
	TA_CHILD(!mincore(p, 4 * PAGE, vec));
	TA_CHILD(ta_all(vec, 4, 1));
}

TEST_F(advise, mincore_is_as_documented)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	unsigned char vec[16];

	if (geteuid())
		SKIP(return, "compares root with others");
	p[0] = 1;
	EXPECT_EQ(0, *(volatile char *)(p + PAGE));
	ASSERT_EQ(0, mincore(p, 4 * PAGE, vec));
	EXPECT_EQ(1, vec[0]);
	EXPECT_EQ(1, vec[1]);
	EXPECT_EQ(0, vec[2]);
	EXPECT_EQ(-1, mincore(p + 1, PAGE, vec));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, mincore(p, 1UL << 40, vec));
	EXPECT_EQ(ENOMEM, errno);
	memcpy(vec + 8, &p, sizeof(p));
	EXPECT_EQ(0, ta_join(ta_fork(all_is_in_core, vec)));
}

TA_TEST_MAIN
