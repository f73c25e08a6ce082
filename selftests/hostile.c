// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of arguments made to hurt: addresses and lengths at every edge, and
 * structs that lie in the very memory that the call is about.
 */
#include "kselftest_harness.h"

#include "ta_test.h"

FIXTURE(hostile) {
	int fd;
	long pages;		/* free in the pool at the start */
};

#define hostile_t FIXTURE_DATA(hostile)

FIXTURE_SETUP(hostile)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(hostile)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

static const uint64_t lengths[] = {
	0, 1, 4095, 4096, 4097,
	(1ULL << 31) - 1, 1ULL << 31, (1ULL << 31) + 1,
	(1ULL << 32) - 1, 1ULL << 32, (1ULL << 32) + 1,
	1ULL << 40, 1ULL << 46, 1ULL << 47, (1ULL << 47) - 4096,
	(1ULL << 63) - 1, 1ULL << 63, -4096ULL, -4095ULL, -4097ULL, -1ULL,
};

/* The kernel's own answer to the same request for anonymous memory. */
static int host_errno(void *addr, size_t len, int flags, char **at)
{
	errno = 0;
	*at = mmap(addr, len, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
		   flags, -1, 0);
	if (*at == MAP_FAILED)
		return errno;
	munmap(*at, len);
	return 0;
}

static int our_errno(int fd, void *addr, size_t len, int flags, char **at)
{
	errno = 0;
	*at = ta_mmap(fd, addr, len, RW, flags | MAP_NORESERVE);
	return *at == MAP_FAILED ? errno : 0;
}

TEST_F(hostile, h21_every_length_is_answered_as_by_mmap)
{
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct ta_line line = { 0 };
		char *p, *host;
		int want = host_errno(NULL, lengths[i], 0, &host);
		int got = our_errno(self->fd, NULL, lengths[i], 0, &p);

		EXPECT_EQ(want, got) {
			TH_LOG("length %#llx", (unsigned long long)lengths[i]);
		}
		EXPECT_EQ(got ? 0 : 1, ta_lines(&line, 1));
		if (got)
			continue;
		EXPECT_EQ((lengths[i] + PAGE - 1) & ~(PAGE - 1),
			  line.end - line.start);
		p[lengths[i] - 1] = 1;
		EXPECT_USED(1);
		ASSERT_EQ(0, munmap(p, lengths[i]));
		EXPECT_USED(0);
	}
}

static const uint64_t addresses[] = {
	1, 4095, 1ULL << 47, (1ULL << 47) - 1, (1ULL << 47) - 4096,
	0x7ffffffff000 - 4096, 0x7ffffffff000, 1ULL << 56,
	0x0000800000000000, 0xffff800000000000, 0xffff888000000000,
	0xffffffffff600000, -4096ULL, -1ULL,
};

TEST_F(hostile, h23_every_fixed_address_is_answered_as_by_mmap)
{
	static const int flags[] = { MAP_FIXED, MAP_FIXED_NOREPLACE };

	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++)
		for (int f = 0; f < 2; f++) {
			void *addr = (void *)addresses[i];
			char *p, *host;
			int want = host_errno(addr, PAGE, flags[f], &host);
			int got = our_errno(self->fd, addr, PAGE, flags[f], &p);

			EXPECT_EQ(want, got) {
				TH_LOG("address %p flag %#x", addr, flags[f]);
			}
			EXPECT_EQ(got ? 0 : 1, ta_lines(NULL, 0));
			if (!got)
				munmap(p, PAGE);
		}
	EXPECT_USED(0);
}

TEST_F(hostile, h23_a_hint_anywhere_is_answered_as_by_mmap)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		void *addr = (void *)addresses[i];
		char *p, *host;
		int want = host_errno(addr, PAGE, 0, &host);

		EXPECT_EQ(want, our_errno(self->fd, addr, PAGE, 0, &p)) {
			TH_LOG("hint %p", addr);
		}
		if (p != MAP_FAILED)
			munmap(p, PAGE);
	}
	EXPECT_USED(0);
}

TEST_F(hostile, h23_pages_anywhere_is_foreign_or_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		void *addr = (void *)(addresses[i] & ~(PAGE - 1));
		struct ta_page_info pages[2];
		int ret;

		memset(pages, 0x5a, sizeof(pages));
		errno = 0;
		ret = ta_pages(self->fd, addr, 2, pages);
		if (ret) {
			EXPECT_EQ(EINVAL, errno);
			continue;
		}
		for (int j = 0; j < 2; j++) {
			EXPECT_EQ(TA_PAGE_FOREIGN, pages[j].state);
			EXPECT_EQ(0, pages[j].frame);
		}
	}
}

/* A struct that the call reads from, and writes to, memory of ours. */

TEST_F(hostile, h75_arguments_in_an_untouched_page)
{
	struct ta_ioc_info *info = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	struct ta_ioc_brk *brk = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	/* Read as zeroes, so too short; but read. */
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_INFO, info));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_BRK, brk));
	EXPECT_EQ(EINVAL, errno);
	info->size = sizeof(*info);
	ASSERT_EQ(0, ioctl(self->fd, TA_IOC_INFO, info));
	EXPECT_EQ(2, info->mapped_pages);
}

TEST_F(hostile, h75_an_answer_into_untouched_pages)
{
	size_t nr = 512;	/* two pages of answer */
	struct ta_page_info *p = ta_mmap(self->fd, NULL, 2 * PAGE, RW, 0);

	ASSERT_EQ(0, ta_pages(self->fd, p, 2, p));
	ASSERT_EQ(0, ta_pages(self->fd, p, nr, p));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, p));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, (char *)p + PAGE));
	EXPECT_USED(2);
}

TEST_F(hostile, h75_an_argument_that_lies_in_the_heap_it_moves)
{
	char *heap = ta_sbrk(self->fd, 4 * PAGE);
	struct ta_ioc_brk *brk = (void *)heap;
	void *start, *end;

	*brk = (struct ta_ioc_brk){
		.size = sizeof(*brk),
		.addr = (uintptr_t)heap + 8 * PAGE,
	};
	ASSERT_EQ(0, ioctl(self->fd, TA_IOC_BRK, brk));
	EXPECT_EQ((uintptr_t)heap + 8 * PAGE, brk->addr);
	brk->addr = (uintptr_t)heap;
	/* Its answer has nowhere to go: the page is gone by then. */
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_BRK, brk));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, ta_brk_range(self->fd, &start, &end));
	EXPECT_EQ((void *)heap, start);
	ASSERT_EQ(0, ta_brk(self->fd, start));
	EXPECT_USED(0);
}

TEST_F(hostile, h75_an_argument_that_lies_where_it_maps)
{
	struct ta_ioc_mmap *map = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	*map = (struct ta_ioc_mmap){
		.size = sizeof(*map), .addr = (uintptr_t)map, .len = PAGE,
		.prot = RW, .map_flags = MAP_FIXED,
	};
	ASSERT_EQ(0, ioctl(self->fd, TA_IOC_MMAP, map));
	/* The answer is the first thing in the new page. */
	EXPECT_EQ((uintptr_t)map, map->addr);
	EXPECT_TRUE(ta_all((char *)map + sizeof(*map), PAGE - sizeof(*map), 0));
	EXPECT_USED(1);
}

static void ask_with_shared(void *arg)
{
	hostile_t *self = ((void **)arg)[0];
	struct ta_ioc_info *info = ((void **)arg)[1];

	TA_CHILD(ta_state(self->fd, info) == TA_PAGE_SHARED);
	TA_CHILD(!ioctl(self->fd, TA_IOC_INFO, info));
	TA_CHILD(ta_state(self->fd, info) == TA_PAGE_PRESENT);
	TA_CHILD(info->pool_pages);
}

TEST_F(hostile, h75_an_argument_in_a_page_shared_by_fork)
{
	struct ta_ioc_info *info = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	void *args[2] = { self, info };

	info->size = sizeof(*info);
	EXPECT_EQ(0, ta_join(ta_fork(ask_with_shared, args)));
	/* The child's answer is in the child's copy. */
	EXPECT_EQ(0, info->pool_pages);
	EXPECT_USED(1);
}

/* An argument that ends @len bytes before memory that is not there. */
static void *before_the_edge(size_t len)
{
	char *p = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + PAGE, PAGE);
	return p + PAGE - len;
}

TEST_F(hostile, h76_a_struct_that_ends_nowhere_is_an_efault)
{
	for (size_t len = 4; len < sizeof(struct ta_ioc_mmap); len += 4) {
		struct ta_ioc_mmap map = {
			.size = sizeof(map), .len = PAGE, .prot = RW,
		};
		void *arg = before_the_edge(len);

		memcpy(arg, &map, len);
		errno = 0;
		EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_MMAP, arg));
		EXPECT_EQ(EFAULT, errno);
	}
	EXPECT_EQ(0, ta_lines(NULL, 0));
	EXPECT_USED(0);
}

TEST_F(hostile, h76_a_long_struct_whose_tail_is_nowhere_is_an_efault)
{
	struct ta_ioc_info *info = before_the_edge(sizeof(*info));

	info->size = sizeof(*info) + 8;
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_INFO, info));
	EXPECT_EQ(EFAULT, errno);
}

/* A page that can be read but not written to, with @len bytes in it. */
static void *read_only(const void *from, size_t len)
{
	void *p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(p, from, len);
	mprotect(p, PAGE, PROT_READ);
	return p;
}

TEST_F(hostile, h76_a_mapping_nobody_can_be_told_of_is_undone)
{
	struct ta_ioc_mmap map = {
		.size = sizeof(map), .len = 8 * PAGE, .prot = RW,
		.map_flags = MAP_POPULATE,
	};
	void *arg = read_only(&map, sizeof(map));

	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_MMAP, arg));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, ta_lines(NULL, 0));
	EXPECT_USED(0);
}

TEST_F(hostile, h76_a_break_nobody_can_be_told_of_is_undone)
{
	char *heap = ta_sbrk(self->fd, PAGE);
	struct ta_ioc_brk brk = {
		.size = sizeof(brk), .addr = (uintptr_t)heap + 8 * PAGE,
	};
	void *arg = read_only(&brk, sizeof(brk)), *end;

	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_BRK, arg));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, ta_brk_range(self->fd, NULL, &end));
	EXPECT_EQ((void *)(heap + PAGE), end);
}

TEST_F(hostile, h76_pages_up_to_the_edge)
{
	struct ta_page_info *pages = before_the_edge(2 * sizeof(*pages));
	char *p = ta_mmap(self->fd, NULL, 3 * PAGE, RW, 0);

	EXPECT_EQ(-1, ta_pages(self->fd, p, 3, pages));
	EXPECT_EQ(EFAULT, errno);
	ASSERT_EQ(0, ta_pages(self->fd, p, 2, pages));
	EXPECT_EQ(TA_PAGE_NONE, pages[1].state);
}

TEST_F(hostile, h84_a_hundred_thousand_empty_requests_leave_nothing)
{
	for (int i = 0; i < 100000; i++)
		if (ta_mmap(self->fd, NULL, 0, RW, 0) != MAP_FAILED ||
		    errno != EINVAL)
			ASSERT_EQ(0, i);
	EXPECT_EQ(0, ta_lines(NULL, 0));
}

TEST_F(hostile, ten_thousand_mappings_come_and_go)
{
	static char *p[10000];

	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		p[i] = ta_mmap(self->fd, NULL, PAGE, RW, 0);
		ASSERT_NE(MAP_FAILED, p[i]);
		p[i][0] = i;
	}
	EXPECT_USED(ARRAY_SIZE(p));
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		EXPECT_EQ((char)i, p[i][0]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(p); i++) {
		ASSERT_EQ(0, munmap(p[i], PAGE));
	}
	EXPECT_USED(0);
}

TA_TEST_MAIN
