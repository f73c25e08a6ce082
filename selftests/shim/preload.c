// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the redirect core, by the preloaded library and by the dispatcher: what
 * becomes the service's, what does not, and that a program cannot tell the difference
 * by the answers.
 *
 * Model: where answers are compared, the same call is made so that neither sees it. That
 * memory is the pool's is told by /proc/self/maps and by the pool.
 */
#include <sys/resource.h>

#include "kselftest_harness.h"

#include <fcntl.h>

#include "fixture.h"

#define REQUEUE	4	/* FUTEX_CMP_REQUEUE */

/* mmap */

TEST_F(shim, mmap_is_the_pools)
{
	char *p = map(100 * PAGE);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_TRUE(is_ours(p));
	memset(p, 1, 100 * PAGE);
	EXPECT_USED(100);
	ASSERT_EQ(0, munmap(p + 10 * PAGE, 50 * PAGE));
	EXPECT_USED(50);
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, ta_write(p, 1).sig);
	ASSERT_EQ(0, munmap(p, 100 * PAGE));
	EXPECT_USED(0);
}

TEST_F(shim, by_its_other_names)
{
	char *p = mmap64(NULL, PAGE, RW, ANON, -1, 0);
	char *q = (char *)syscall(SYS_mmap, NULL, PAGE, RW, ANON, -1, 0L);

	EXPECT_TRUE(is_ours(p));
	EXPECT_TRUE(is_ours(q));
	*p = 1;
	*q = 2;
	EXPECT_USED(2);
	ASSERT_EQ(0, syscall(SYS_madvise, q, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *q);
	EXPECT_EQ(-1, syscall(SYS_mmap, NULL, 0L, RW, ANON, -1, 0L));
	EXPECT_EQ(EINVAL, errno);
}

TEST_F(shim, syscall_makes_all_other_calls_too)
{
	int word = 5, other = 0;
	pid_t pid;

	EXPECT_EQ(getpid(), syscall(SYS_getpid));
	EXPECT_EQ(-1, syscall(SYS_getpriority, 99, 0));
	EXPECT_EQ(EINVAL, errno);
	/* The sixth argument is on the stack. */
	EXPECT_EQ(0, syscall(SYS_futex, &word, REQUEUE, 1L, 1L, &other, 5L));
	EXPECT_EQ(-1, syscall(SYS_futex, &word, REQUEUE, 1L, 1L, &other, 6L));
	EXPECT_EQ(EAGAIN, errno);
	pid = syscall(SYS_fork);
	if (!pid)
		syscall(SYS_exit_group, 7);
	EXPECT_EQ(7, ta_join(pid));
}

TEST_F(shim, flags_that_the_service_knows)
{
	static const int flags[] = {
		MAP_NORESERVE, MAP_POPULATE, MAP_LOCKED, MAP_DENYWRITE,
	};
	char *p;

	for (size_t i = 0; i < 4; i++) {
		p = mmap(NULL, PAGE, RW, ANON | flags[i], -1, 0);
		EXPECT_TRUE(is_ours(p));
		munmap(p, PAGE);
	}
	p = mmap(NULL, 8 * PAGE, PROT_NONE, ANON, -1, 0);
	EXPECT_TRUE(is_ours(p));
	EXPECT_EQ(p, mmap(p, PAGE, RW, ANON | MAP_FIXED, -1, 0));
	EXPECT_EQ(MAP_FAILED, mmap(p, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1,
				   0));
	EXPECT_EQ(EEXIST, errno);
	ASSERT_EQ(0, mprotect(p + PAGE, PAGE, RW));
	memset(p, 1, 2 * PAGE);
	EXPECT_USED(2);
}

struct call {
	const char *name;
	size_t len;
	int prot;
	int flags;
	long offset;
};

static const struct call not_ours[] = {
	{ "shared", PAGE, RW, MAP_SHARED | MAP_ANONYMOUS },
	{ "executable", PAGE, RW | PROT_EXEC, ANON },
	{ "a stack", PAGE, RW, ANON | MAP_STACK },
	{ "growing down", PAGE, RW, ANON | MAP_GROWSDOWN },
	{ "low", PAGE, RW, ANON | MAP_32BIT },
	{ "huge", 2 << 20, RW, ANON | MAP_HUGETLB },
};

TEST_F(shim, what_is_none_of_its_business)
{
	for (size_t i = 0; i < sizeof(not_ours) / sizeof(*not_ours); i++) {
		const struct call *c = &not_ours[i];
		char *p = mmap(NULL, c->len, c->prot, c->flags, -1, 0);

		TH_LOG("%s", c->name);
		if (c->flags & MAP_HUGETLB) {
			EXPECT_EQ(MAP_FAILED, p);
			EXPECT_EQ(ENOMEM, errno);
			continue;
		}
		EXPECT_NE(MAP_FAILED, p);
		EXPECT_FALSE(is_ours(p));
	}
	/* Nobody asked for a client, but the dispatcher does at once. */
	EXPECT_EQ(1 + is_dispatched(), count_clients());
}

TEST_F(shim, files_are_mapped_as_ever)
{
	int file = open("/proc/self/exe", O_RDONLY);
	char *p = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, file, 0);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_FALSE(is_ours(p));
	EXPECT_EQ(0, memcmp(p, "\177ELF", 4));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_PRIVATE, -1, 0));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_SHARED, file, 0));
	EXPECT_EQ(EACCES, errno);
}

static const struct call bad[] = {
	{ "no length", 0, RW, ANON },
	{ "no type", PAGE, RW, MAP_ANONYMOUS },
	{ "a length that wraps", -1UL, RW, ANON },
	{ "more than there can be", 1UL << 47, PROT_NONE, ANON },
	{ "a crooked offset", PAGE, RW, ANON, 1 },
	{ "a crooked place", PAGE, RW, ANON | MAP_FIXED },
};

TEST_F(shim, wrong_arguments_give_the_kernels_errors)
{
	int lines = ta_lines(NULL, 0);

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		const struct call *c = &bad[i];
		long ret = uncaught6(SYS_mmap, 1, c->len, c->prot, c->flags, -1,
				   c->offset);

		TH_LOG("%s", c->name);
		EXPECT_EQ(MAP_FAILED, mmap((void *)1, c->len, c->prot, c->flags,
					   -1, c->offset));
		EXPECT_EQ(ret, -errno);
	}
	EXPECT_EQ(lines, ta_lines(NULL, 0));
}

TEST_F(shim, protection_from_execution_can_be_lifted_later)
{
	unsigned char *p = (unsigned char *)map(PAGE);

	p[0] = 0xc3;	/* ret */
	ASSERT_TRUE(is_ours(p));
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	((void (*)(void))p)();
}

/* The break */

/* Behind the dispatcher the C library's malloc has the part below @start. */
TEST_F(shim, the_break_is_the_services)
{
	int lines = ta_heap_lines(NULL, 0);
	struct ta_line line;
	char *start = sbrk(0);

	EXPECT_EQ(is_dispatched(), lines);
	ASSERT_EQ(start, sbrk(10 * PAGE));
	memset(start, 1, 10 * PAGE);
	EXPECT_USED(10);
	ASSERT_EQ(1, ta_heap_lines(&line, 1));
	EXPECT_EQ(is_dispatched(), line.start < (uintptr_t)start);
	EXPECT_EQ((uintptr_t)start + 10 * PAGE, line.end);
	EXPECT_EQ(start + 10 * PAGE, sbrk(-4 * (long)PAGE));
	EXPECT_USED(6);
	EXPECT_EQ(start + 6 * PAGE, sbrk(0));
	EXPECT_EQ(start + 6 * PAGE, sbrk(1));
	EXPECT_EQ(start + 6 * PAGE + 1, sbrk(0));
	ASSERT_EQ(0, brk(start));
	EXPECT_USED(0);
	EXPECT_EQ(lines, ta_heap_lines(NULL, 0));
	EXPECT_EQ(start + PAGE, (char *)syscall(SYS_brk, start + PAGE));
	EXPECT_EQ(start + PAGE, (char *)syscall(SYS_brk, 0L));
}

TEST_F(shim, a_break_that_is_refused_stays)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };
	char *start = sbrk(0);

	ASSERT_EQ(start, sbrk(PAGE));
	/* What is below belongs to malloc, if it is in the pool. */
	if (!is_dispatched()) {
		EXPECT_EQ((void *)-1, sbrk(-2 * (long)PAGE));
		EXPECT_EQ(ENOMEM, errno);
	}
	EXPECT_EQ((void *)-1, sbrk(INTPTR_MAX));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ((void *)-1, sbrk(INTPTR_MIN));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(start + PAGE, (char *)syscall(SYS_brk, 1L));
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));
	EXPECT_EQ((void *)-1, sbrk(64 << 20));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(start + PAGE, sbrk(0));
}

/*
 * The kernel's break is where the C library's own malloc is, unless its calls are
 * caught.
 */
TEST_F(shim, the_kernels_break_is_let_alone)
{
	long before = uncaught3(SYS_brk, 0, 0, 0);
	char *start = sbrk(1 << 20);

	memset(start, 1, 1 << 20);
	EXPECT_EQ(before, uncaught3(SYS_brk, 0, 0, 0));
	for (int i = 0; i < 1000; i++)
		memset(malloc(1000), 2, 1000);
	EXPECT_EQ(!is_dispatched(), before < uncaught3(SYS_brk, 0, 0, 0));
	EXPECT_TRUE(ta_all(start, 1 << 20, 1));
}

/* madvise */

/* Eight pages: three ours, two the kernel's, three ours. */
static char *mixed(void)
{
	char *p = map(8 * PAGE);

	memset(p, 1, 8 * PAGE);
	if (uncaught6(SYS_mmap, (long)p + 3 * PAGE, 2 * PAGE, RW,
		      ANON | MAP_FIXED, -1, 0) < 0)
		return NULL;
	memset(p + 3 * PAGE, 2, 2 * PAGE);
	return p;
}

TEST_F(shim, dontneed_gives_zeroes_wherever_it_is)
{
	char *p = mixed();

	EXPECT_TRUE(is_ours(p));
	EXPECT_FALSE(is_ours(p + 3 * PAGE));
	EXPECT_TRUE(is_ours(p + 5 * PAGE));
	EXPECT_USED(6);
	ASSERT_EQ(0, madvise(p + PAGE, 6 * PAGE, MADV_DONTNEED));
	EXPECT_TRUE(ta_all(p, PAGE, 1));
	EXPECT_TRUE(ta_all(p + PAGE, 6 * PAGE, 0));
	EXPECT_TRUE(ta_all(p + 7 * PAGE, PAGE, 1));
	EXPECT_USED(2);
}

TEST_F(shim, a_hole_is_told_and_the_rest_done)
{
	static const int holes[] = { 0, 1, 3, 4, 6, 7 };

	for (size_t i = 0; i < sizeof(holes) / sizeof(*holes); i++) {
		char *p = mixed();
		size_t hole = holes[i];

		munmap(p + hole * PAGE, PAGE);
		EXPECT_EQ(-1, madvise(p, 8 * PAGE, MADV_DONTNEED));
		EXPECT_EQ(ENOMEM, errno);
		for (size_t j = 0; j < 8; j++)
			if (j != hole)
				EXPECT_TRUE(ta_all(p + j * PAGE, PAGE, 0));
		munmap(p, 8 * PAGE);
	}
}

/* Advice, and what the kernel says of it on its own memory. */
TEST_F(shim, wrong_advice_gives_the_kernels_errors)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_DONTNEED, MADV_FREE, MADV_WILLNEED, 12345, -1,
	};
	char *ours = map(2 * PAGE);
	long host = uncaught6(SYS_mmap, 0, 2 * PAGE, RW, ANON, -1, 0);

	for (size_t i = 0; i < sizeof(advice) / sizeof(*advice); i++) {
		for (long len = -1; len <= 1; len++) {
			for (long off = 0; off <= 1; off++) {
				long ret = uncaught3(SYS_madvise, host + off, len,
						   advice[i]);

				errno = 0;
				EXPECT_EQ(ret ? -1 : 0,
					  madvise(ours + off, len, advice[i]));
				EXPECT_EQ(ret, -errno);
			}
		}
	}
}

TEST_F(shim, what_is_locked_is_not_given_back)
{
	char *p = mixed();

	ASSERT_EQ(0, mlock(p + 4 * PAGE, PAGE));
	EXPECT_EQ(-1, madvise(p, 8 * PAGE, MADV_DONTNEED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 0));
	EXPECT_TRUE(ta_all(p + 5 * PAGE, 3 * PAGE, 1));
	ASSERT_EQ(0, munlock(p, 8 * PAGE));
	ASSERT_EQ(0, mlock(p + 6 * PAGE, PAGE));
	EXPECT_EQ(-1, madvise(p, 8 * PAGE, MADV_FREE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(ta_all(p + 6 * PAGE, 2 * PAGE, 1));
}

static void is_wiped(void *arg)
{
	char *p = arg;

	TA_CHILD(p[0] == 1 && ta_all(p + PAGE, 2 * PAGE, 0) && p[3 * PAGE] == 1);
}

TEST_F(shim, what_is_wiped_for_a_child_is_the_kernels)
{
	char *p = map(4 * PAGE), *none = mmap(NULL, PAGE, PROT_NONE, ANON, -1, 0);

	memset(p, 1, 4 * PAGE);
	ASSERT_EQ(0, madvise(p + PAGE, 2 * PAGE, MADV_WIPEONFORK));
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 1));
	EXPECT_TRUE(is_ours(p));
	EXPECT_FALSE(is_ours(p + PAGE));
	EXPECT_TRUE(is_ours(p + 3 * PAGE));
	EXPECT_USED(2);
	EXPECT_EQ(0, ta_join(ta_fork(is_wiped, p)));
	EXPECT_TRUE(ta_all(p, 4 * PAGE, 1));
	/* What is partly the kernel's, or cannot be read, is refused whole. */
	EXPECT_EQ(-1, madvise(p, 4 * PAGE, MADV_WIPEONFORK));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, madvise(none, PAGE, MADV_WIPEONFORK));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_TRUE(is_ours(none));
}

/* mincore */

/*
 * Page by page: written, read, not touched. Of a file's mapping the kernel tells the
 * truth to root only.
 */
TEST_F(shim, mincore_tells_what_is_there)
{
	static const unsigned char want[8] = { 1, 1, 0, 1, 0, 0, 1, 9 };
	unsigned char vec[8] = { 9, 9, 9, 9, 9, 9, 9, 9 };
	char *p = map(8 * PAGE);

	ASSERT_LT(0, uncaught6(SYS_mmap, (long)p + 3 * PAGE, 2 * PAGE, RW,
			       ANON | MAP_FIXED, -1, 0));
	p[0] = 1;
	EXPECT_EQ(0, *(volatile char *)(p + PAGE));
	p[3 * PAGE] = 1;
	p[6 * PAGE] = 1;
	ASSERT_EQ(0, seteuid(65534));
	ASSERT_EQ(0, mincore(p, 7 * PAGE, vec));
	EXPECT_EQ(0, memcmp(vec, want, 8));
	EXPECT_EQ(-1, mincore(p + 1, PAGE, vec));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, munmap(p + 7 * PAGE, PAGE));
	EXPECT_EQ(-1, mincore(p, 8 * PAGE, vec));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(-1, mincore(p, PAGE, NULL));
	EXPECT_EQ(EFAULT, errno);
}

/* mremap */

TEST_F(shim, mremap_moves_and_grows)
{
	char *p = map(4 * PAGE), *in_the_way = map(PAGE), *q;

	memset(p, 3, 4 * PAGE);
	ASSERT_NE(MAP_FAILED, in_the_way);
	q = mremap(p, 4 * PAGE, 1000 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_TRUE(is_ours(q));
	EXPECT_TRUE(ta_all(q, 4 * PAGE, 3));
	EXPECT_TRUE(ta_all(q + 4 * PAGE, 996 * PAGE, 0));
	ASSERT_EQ(in_the_way, mremap(q, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE |
				     MREMAP_FIXED, in_the_way));
	EXPECT_TRUE(ta_all(in_the_way, 4 * PAGE, 3));
}

TEST_F(shim, mremap_makes_no_second_view)
{
	char *p = map(PAGE);
	int lines = ta_lines(NULL, 0);

	*p = 1;
	EXPECT_EQ(MAP_FAILED, mremap(p, 0, PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mremap(p, PAGE, PAGE, MREMAP_MAYMOVE |
				     MREMAP_DONTUNMAP, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, *p);
	EXPECT_EQ(lines, ta_lines(NULL, 0));
}

SHIM_TEST_MAIN
