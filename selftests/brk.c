// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the break: where it goes, what it shows, what it gives back, and
 * that it answers as the kernel's own.
 *
 * Invariants tested throughout, by expect_heap():
 * I1: /proc/self/maps has one heap line, [start, page-aligned break), and none
 *     if that is empty.
 * I2: the pool has lost exactly the pages that were touched below the break.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "ta_test.h"

FIXTURE(brk) {
	int fd;
	char *start;
	long pages;		/* free in the pool at the start */
};

#define brk_t FIXTURE_DATA(brk)

FIXTURE_SETUP(brk)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&self->start, NULL));
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(brk)
{
	close(self->fd);
}

/* I1 and I2, and that the break is where the test believes. */
static void expect_heap(struct __test_metadata *_metadata,
			brk_t *self, size_t len, long used)
{
	size_t aligned = (len + PAGE - 1) & ~(PAGE - 1);
	struct ta_line line = { 0 };
	void *start, *end;

	ASSERT_EQ(0, ta_brk_range(self->fd, &start, &end));
	EXPECT_EQ((void *)self->start, start);
	EXPECT_EQ((void *)(self->start + len), end);
	ASSERT_EQ(aligned ? 1 : 0, ta_heap_lines(&line, 1));
	if (aligned) {
		EXPECT_EQ((uintptr_t)self->start, line.start);
		EXPECT_EQ((uintptr_t)self->start + aligned, line.end);
		EXPECT_EQ(0, memcmp("rw", line.perms, 2));
	}
	EXPECT_EQ(self->pages - used, ta_free_pages(self->fd));
}

/* The call must fail with ENOMEM, say where the break is, and change nothing. */
static void expect_refused(struct __test_metadata *_metadata,
			   brk_t *self, uint64_t addr, size_t len,
			   long used)
{
	struct ta_ioc_brk arg = { .size = sizeof(arg), .addr = addr };

	errno = 0;
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_BRK, &arg));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ((uintptr_t)self->start, arg.start);
	EXPECT_EQ((uintptr_t)self->start + len, arg.addr);
	expect_heap(_metadata, self, len, used);
}

TEST_F(brk, asked_first_is_empty)
{
	EXPECT_EQ(0, (uintptr_t)self->start % PAGE);
	EXPECT_NE(NULL, self->start);
	expect_heap(_metadata, self, 0, 0);
}

TEST_F(brk, one_page_appears_and_is_taken_at_the_touch)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	expect_heap(_metadata, self, PAGE, 0);
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, self->start));
	self->start[0] = 1;
	expect_heap(_metadata, self, PAGE, 1);
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, self->start));
	EXPECT_EQ((long)PAGE, ta_rss());
}

TEST_F(brk, one_byte_more_costs_a_page)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	self->start[0] = 1;
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE + 1));
	expect_heap(_metadata, self, PAGE + 1, 1);
	self->start[PAGE] = 1;
	expect_heap(_metadata, self, PAGE + 1, 2);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE));
	expect_heap(_metadata, self, 2 * PAGE, 2);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	expect_heap(_metadata, self, PAGE, 1);
}

TEST_F(brk, grows_by_single_bytes_as_one_line)
{
	for (size_t len = 1; len <= 3 * PAGE; len += 511) {
		ASSERT_EQ(0, ta_brk(self->fd, self->start + len));
		self->start[len - 1] = 1;
		expect_heap(_metadata, self, len, (len + PAGE - 1) / PAGE);
	}
}

TEST_F(brk, grows_a_hundred_times_as_one_line)
{
	for (size_t i = 1; i <= 100; i++) {
		ASSERT_EQ(0, ta_brk(self->fd, self->start + i * PAGE));
		self->start[(i - 1) * PAGE] = i;
	}
	expect_heap(_metadata, self, 100 * PAGE, 100);
	for (size_t i = 1; i <= 100; i++) {
		EXPECT_EQ((char)i, self->start[(i - 1) * PAGE]);
	}
}

TEST_F(brk, shrinks_by_single_pages_and_frees_each)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 64 * PAGE));
	memset(self->start, 0x5a, 64 * PAGE);
	for (long i = 63; i >= 0; i--) {
		ASSERT_EQ(0, ta_brk(self->fd, self->start + i * PAGE));
		expect_heap(_metadata, self, i * PAGE, i);
	}
}

TEST_F(brk, shrinks_at_once_and_frees_what_was_touched)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 1000 * PAGE));
	for (size_t i = 0; i < 1000; i += 3)
		self->start[i * PAGE] = 1;
	expect_heap(_metadata, self, 1000 * PAGE, 334);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	expect_heap(_metadata, self, PAGE, 1);
	ASSERT_EQ(0, ta_brk(self->fd, self->start));
	expect_heap(_metadata, self, 0, 0);
}

TEST_F(brk, moves_within_a_page_keep_it)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 100));
	memset(self->start, 0x5a, 100);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 10));
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 4000));
	expect_heap(_metadata, self, 4000, 1);
	/* As with brk(2), a page's own tail is not cleared. */
	EXPECT_TRUE(ta_all(self->start, 100, 0x5a));
}

TEST_F(brk, touched_above_is_a_segfault)
{
	struct ta_hit hit = { 0 };

	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	hit = ta_write(self->start + PAGE, 1);
	EXPECT_EQ(SIGSEGV, hit.sig);
	EXPECT_EQ(SEGV_MAPERR, hit.code);
	EXPECT_EQ((void *)(self->start + PAGE), hit.addr);
	expect_heap(_metadata, self, PAGE, 0);
}

TEST_F(brk, h24_regrown_pages_are_zero)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	memset(self->start, 0xa5, 8 * PAGE);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE + 100));
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	EXPECT_TRUE(ta_all(self->start, 3 * PAGE, 0xa5));
	EXPECT_TRUE(ta_all(self->start + 3 * PAGE, 5 * PAGE, 0));
	ASSERT_EQ(0, ta_brk(self->fd, self->start));
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	EXPECT_TRUE(ta_all(self->start, 8 * PAGE, 0));
}

TEST_F(brk, h24_below_the_start_is_refused)
{
	uintptr_t start = (uintptr_t)self->start;

	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE));
	self->start[0] = 1;
	expect_refused(_metadata, self, start - 1, 2 * PAGE, 1);
	expect_refused(_metadata, self, start - PAGE, 2 * PAGE, 1);
	expect_refused(_metadata, self, 1, 2 * PAGE, 1);
	EXPECT_EQ(-1, ta_brk(self->fd, NULL));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(1, self->start[0]);
}

TEST_F(brk, h24_to_where_it_is_succeeds)
{
	EXPECT_EQ(0, ta_brk(self->fd, self->start));
	expect_heap(_metadata, self, 0, 0);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 123));
	EXPECT_EQ(0, ta_brk(self->fd, self->start + 123));
	expect_heap(_metadata, self, 123, 0);
}

TEST_F(brk, h23_beyond_the_address_space_is_refused)
{
	static const uint64_t beyond[] = {
		1ULL << 47, (1ULL << 47) - 1, 1ULL << 56, 1ULL << 63,
		0xffff800000000000, 0xffffffffff600000,
		-(uint64_t)1, -(uint64_t)4095, -(uint64_t)4096, -(uint64_t)4097,
	};

	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	self->start[0] = 1;
	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++)
		expect_refused(_metadata, self, beyond[i], PAGE, 1);
}

TEST_F(brk, h24_into_a_mapping_is_refused)
{
	char *wall = mmap(self->start + 16 * PAGE, PAGE, RW,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE,
			  -1, 0);

	ASSERT_EQ((void *)(self->start + 16 * PAGE), wall);
	memset(wall, 0x77, PAGE);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	self->start[0] = 1;
	expect_refused(_metadata, self, (uintptr_t)wall + 1, 8 * PAGE, 1);
	expect_refused(_metadata, self, (uintptr_t)wall + PAGE, 8 * PAGE, 1);
	expect_refused(_metadata, self, (uintptr_t)wall + 64 * PAGE,
		       8 * PAGE, 1);
	EXPECT_TRUE(ta_all(wall, PAGE, 0x77));
	EXPECT_EQ(0, ta_brk(self->fd, wall - 2 * PAGE));
	expect_heap(_metadata, self, 14 * PAGE, 1);
}

TEST_F(brk, h24_into_a_mapping_of_ours_is_refused)
{
	char *wall = ta_mmap(self->fd, self->start + 4 * PAGE, PAGE, RW,
			     MAP_FIXED_NOREPLACE);

	ASSERT_EQ((void *)(self->start + 4 * PAGE), wall);
	memset(wall, 0x77, PAGE);
	expect_refused(_metadata, self, (uintptr_t)wall + PAGE, 0, 1);
	EXPECT_TRUE(ta_all(wall, PAGE, 0x77));
	ASSERT_EQ(0, munmap(wall, PAGE));
	EXPECT_EQ(0, ta_brk(self->fd, wall + PAGE));
	expect_heap(_metadata, self, 5 * PAGE, 0);
	EXPECT_TRUE(ta_all(self->start, 5 * PAGE, 0));
}

TEST_F(brk, rlimit_data_is_honoured)
{
	struct rlimit limit = { 8 << 20, 8 << 20 };

	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));
	expect_refused(_metadata, self, (uintptr_t)self->start + (8 << 20) + 1,
		       PAGE, 0);
	expect_refused(_metadata, self, (uintptr_t)self->start + (64 << 20),
		       PAGE, 0);
	EXPECT_EQ(0, ta_brk(self->fd, self->start + (4 << 20)));
	expect_heap(_metadata, self, 4 << 20, 0);
}

TEST_F(brk, rlimit_as_is_honoured)
{
	struct rlimit limit = { 0 };

	limit.rlim_cur = ta_status_kib("VmSize") * 1024 + 16 * PAGE;
	limit.rlim_max = RLIM_INFINITY;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	expect_refused(_metadata, self, (uintptr_t)self->start + 32 * PAGE,
		       0, 0);
	EXPECT_EQ(0, ta_brk(self->fd, self->start + 4 * PAGE));
	expect_heap(_metadata, self, 4 * PAGE, 0);
}

TEST_F(brk, a_hole_made_by_munmap_is_no_obstacle)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	memset(self->start, 0xa5, 8 * PAGE);
	ASSERT_EQ(0, munmap(self->start + 3 * PAGE, 2 * PAGE));
	EXPECT_EQ(SIGSEGV, ta_read(self->start + 3 * PAGE).sig);
	EXPECT_TRUE(ta_all(self->start + 5 * PAGE, 3 * PAGE, 0xa5));
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 9 * PAGE));
	/* At the break's next move the hole's pages are back. */
	EXPECT_EQ(self->pages - 6, ta_free_pages(self->fd));
	ASSERT_EQ(0, ta_brk(self->fd, self->start));
	expect_heap(_metadata, self, 0, 0);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 9 * PAGE));
	EXPECT_TRUE(ta_all(self->start, 9 * PAGE, 0));
}

TEST_F(brk, a_hole_at_the_top_is_not_shrunk)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 8 * PAGE));
	memset(self->start, 0xa5, 8 * PAGE);
	ASSERT_EQ(0, munmap(self->start + 5 * PAGE, 3 * PAGE));
	/* brk(2) finds nothing to unmap, and says so. */
	EXPECT_EQ(-1, ta_brk(self->fd, self->start + 6 * PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ((void *)(self->start + 8 * PAGE), ta_sbrk(self->fd, 0));
	/* A page that is there makes the difference. */
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 4 * PAGE));
	expect_heap(_metadata, self, 4 * PAGE, 4);
}

TEST_F(brk, a_protected_middle_still_shrinks)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 9 * PAGE));
	memset(self->start, 1, 9 * PAGE);
	ASSERT_EQ(0, mprotect(self->start + 3 * PAGE, 3 * PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, ta_write(self->start + 4 * PAGE, 2).sig);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE));
	expect_heap(_metadata, self, 2 * PAGE, 2);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 9 * PAGE));
	expect_heap(_metadata, self, 9 * PAGE, 2);
	EXPECT_EQ(0, ta_write(self->start + 4 * PAGE, 2).sig);
}

TEST_F(brk, sbrk_returns_the_old_break)
{
	EXPECT_EQ((void *)self->start, ta_sbrk(self->fd, 0));
	EXPECT_EQ((void *)self->start, ta_sbrk(self->fd, 100));
	EXPECT_EQ((void *)(self->start + 100), ta_sbrk(self->fd, PAGE));
	EXPECT_EQ((void *)(self->start + 100 + PAGE), ta_sbrk(self->fd, -100));
	expect_heap(_metadata, self, PAGE, 0);
	EXPECT_EQ((void *)-1, ta_sbrk(self->fd, -2 * (intptr_t)PAGE));
	EXPECT_EQ(ENOMEM, errno);
	expect_heap(_metadata, self, PAGE, 0);
}

TEST_F(brk, two_clients_have_two_heaps)
{
	struct ta_line lines[2];
	int other = ta_open();
	char *start;

	ASSERT_LE(0, other);
	ASSERT_EQ(0, ta_brk_range(other, (void **)&start, NULL));
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE));
	ASSERT_EQ(0, ta_brk_range(other, (void **)&start, NULL));
	ASSERT_EQ(0, ta_brk(other, start + 3 * PAGE));
	memset(self->start, 1, 2 * PAGE);
	memset(start, 2, 3 * PAGE);
	EXPECT_TRUE(ta_all(self->start, 2 * PAGE, 1));
	EXPECT_TRUE(ta_all(start, 3 * PAGE, 2));
	ASSERT_EQ(2, ta_heap_lines(lines, 2));
	EXPECT_EQ(self->pages - 5, ta_free_pages(self->fd));
	ASSERT_EQ(0, ta_brk(other, start));
	expect_heap(_metadata, self, 2 * PAGE, 2);
	EXPECT_TRUE(ta_all(self->start, 2 * PAGE, 1));
	close(other);
}

TEST_F(brk, a_closed_client_keeps_its_heap_apart)
{
	char *start;

	ASSERT_EQ(0, ta_brk(self->fd, self->start + 2 * PAGE));
	memset(self->start, 1, 2 * PAGE);
	close(self->fd);
	EXPECT_TRUE(ta_all(self->start, 2 * PAGE, 1));
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&start, NULL));
	ASSERT_EQ(0, ta_brk(self->fd, start + PAGE));
	memset(start, 2, PAGE);
	EXPECT_TRUE(ta_all(self->start, 2 * PAGE, 1));
	ASSERT_EQ(0, munmap(self->start, 2 * PAGE));
}

static void move_childs_break(void *arg)
{
	brk_t *self = arg;
	void *start, *end;

	TA_CHILD(!ta_brk_range(self->fd, &start, &end));
	TA_CHILD(start == self->start && end == self->start + 4 * PAGE);
	TA_CHILD(!ta_brk(self->fd, self->start + 8 * PAGE));
	TA_CHILD(ta_all(self->start, 4 * PAGE, 1));
	TA_CHILD(ta_all(self->start + 4 * PAGE, 4 * PAGE, 0));
	memset(self->start, 2, 8 * PAGE);
	TA_CHILD(!ta_brk(self->fd, self->start));
	TA_CHILD(!ta_brk(self->fd, self->start + PAGE));
	TA_CHILD(ta_all(self->start, PAGE, 0));
}

TEST_F(brk, h83_a_child_moves_its_own)
{
	ASSERT_EQ(0, ta_brk(self->fd, self->start + 4 * PAGE));
	memset(self->start, 1, 4 * PAGE);
	ASSERT_EQ(0, ta_join(ta_fork(move_childs_break, self)));
	expect_heap(_metadata, self, 4 * PAGE, 4);
	EXPECT_TRUE(ta_all(self->start, 4 * PAGE, 1));
}

static void *push_and_pop(void *arg)
{
	brk_t *self = arg;
	long wrong = 0;

	for (int i = 0; i < 300; i++) {
		wrong += ta_brk(self->fd, self->start + 16 * PAGE) != 0;
		self->start[0]++;
		wrong += ta_brk(self->fd, self->start + PAGE) != 0;
	}
	return (void *)wrong;
}

TEST_F(brk, two_threads_move_it_at_once)
{
	pthread_t thread;
	void *wrong;

	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	ASSERT_EQ(0, pthread_create(&thread, NULL, push_and_pop, self));
	EXPECT_EQ(NULL, push_and_pop(self));
	ASSERT_EQ(0, pthread_join(thread, &wrong));
	EXPECT_EQ(NULL, wrong);
	ASSERT_EQ(0, ta_brk(self->fd, self->start + PAGE));
	expect_heap(_metadata, self, PAGE, 1);
}

/* The same moves, made on the service's break and on the kernel's. */
struct pair {
	int fd;
	char *ours;
	char *host;
	size_t len;		/* of both */
};

static bool host_brk(char *addr)
{
	return syscall(SYS_brk, addr) == (long)addr;
}

static size_t random_len(struct ta_rand *rand, size_t len)
{
	switch (ta_random(rand, 4)) {
	case 0:
		return ta_random(rand, 64 * PAGE);
	case 1:
		return len + ta_random(rand, 3 * PAGE);
	case 2:
		return len - ta_random(rand, len + 1);
	default:
		/* Far beyond the limit, up to an overflow. */
		return (1ULL << (24 + ta_random(rand, 40))) - ta_random(rand, 2);
	}
}

static bool same_step(struct pair *pair, struct ta_rand *rand)
{
	size_t len = random_len(rand, pair->len), at;
	bool ours = !ta_brk(pair->fd, pair->ours + len);
	bool host = host_brk(pair->host + len);

	if (ours != host) {
		fprintf(stderr, "# from %zu to %zu: ours %d, the kernel's %d\n",
			pair->len, len, ours, host);
		return false;
	}
	if (ours)
		pair->len = len;
	if (!pair->len)
		return true;
	at = ta_random(rand, pair->len);
	if (pair->ours[at] != pair->host[at])
		return false;
	pair->ours[at] = ta_random(rand, 255) + 1;
	pair->host[at] = pair->ours[at];
	return true;
}

TEST_F(brk, same_as_the_kernels)
{
	struct rlimit limit = { 16 << 20, 16 << 20 };
	struct ta_rand rand = ta_seed();
	struct pair pair = { self->fd, self->start };
	uintptr_t top = syscall(SYS_brk, 0);
	bool same = true;

	pair.host = (char *)((top + PAGE - 1) & ~(PAGE - 1));
	ASSERT_TRUE(host_brk(pair.host));
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));
	/* No malloc until the kernel's break is back: it would move it too. */
	for (int i = 0; i < 3000 && same; i++)
		same = same_step(&pair, &rand);
	same = same && !memcmp(pair.ours, pair.host, pair.len);
	ASSERT_TRUE(host_brk(pair.host));
	EXPECT_TRUE(same);
	ASSERT_EQ(0, ta_brk(self->fd, self->start));
	expect_heap(_metadata, self, 0, 0);
}

TA_TEST_MAIN
