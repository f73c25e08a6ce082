// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of addresses and lengths at every edge, in each field that takes one (H21,
 * H23): none may be cut off, wrap, or be rounded to a small one.
 *
 * Model: of anonymous memory the kernel is asked the same, and ours must be its
 * answer. Where it cannot be asked without harm (what lies behind a range goes, too),
 * the test says what must come out.
 */
#include "kselftest_harness.h"

#include "ta_test.h"

#define MAX_BYTES	4194304	/* of a block of the highest order */
#define MAX_HANDLES	1048576

FIXTURE(edges) {
	int fd;
	long pages;		/* free in the pool at the start */
};

#define edges_t FIXTURE_DATA(edges)

FIXTURE_SETUP(edges)
{
	ta_reclaim();
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(edges)
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

TEST_F(edges, h21_every_length_is_answered_as_by_mmap)
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

static uint64_t in_pages(uint64_t len)
{
	return len / PAGE + !!(len % PAGE);
}

/* Change the length of four pages at @p; @at is where they are then. */
static int resize(char *p, size_t len, char **at)
{
	*at = mremap(p, 4 * PAGE, len, MREMAP_MAYMOVE);
	if (*at != MAP_FAILED)
		return 0;
	*at = p;
	return errno;
}

TEST_F(edges, h21_every_new_length_is_answered_as_by_mremap)
{
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		size_t len = lengths[i];
		char *p = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			       MAP_NORESERVE, -1, 0);
		int want = resize(p, len, &p);

		munmap(p, want ? 4 * PAGE : len);
		p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, MAP_NORESERVE);
		p[0] = 1;
		EXPECT_EQ(want, resize(p, len, &p)) {
			TH_LOG("length %#zx", len);
		}
		if (want)
			len = 4 * PAGE;
		p[len - 1] = 1;
		EXPECT_EQ(1, p[0]);
		EXPECT_USED(len > PAGE ? 2 : 1);
		ASSERT_EQ(0, munmap(p, len));
		EXPECT_USED(0);
	}
}

/*
 * Four pages of ours, a hole, a page of the kernel's own, and a hole: advice that goes
 * further meets the page behind the hole. (The kernel itself would go on from there,
 * up to the stack.)
 */
static char *four_pages_and_a_wall(int fd)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
		       -1, 0);

	munmap(p, 8 * PAGE);
	mmap(p + 6 * PAGE, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	memset(p + 6 * PAGE, 7, PAGE);
	return ta_mmap(fd, p + PAGE, 4 * PAGE, RW, MAP_FIXED_NOREPLACE);
}

/* How many of the four pages advice of this length is to forget, and its errno */
static long nr_forgotten(uintptr_t p, uint64_t len, int *err)
{
	uint64_t nr = in_pages(len);

	*err = nr <= 4 ? 0 : nr == 5 ? ENOMEM : EINVAL;
	if (nr < -p / PAGE)
		return nr < 4 ? nr : 4;
	/* What wraps is not begun. */
	*err = EINVAL;
	return 0;
}

TEST_F(edges, h21_every_length_of_advice_forgets_that_much)
{
	static const int advice[] = { MADV_DONTNEED, MADV_FREE };
	char *p = four_pages_and_a_wall(self->fd);

	ASSERT_NE(MAP_FAILED, p);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(lengths); i++) {
		struct ta_ioc_advise arg = {
			.size = sizeof(arg), .addr = (uintptr_t)p,
			.len = lengths[i / 2], .advice = advice[i % 2],
		};
		int want, got;
		long nr = nr_forgotten((uintptr_t)p, lengths[i / 2], &want);

		memset(p, 1, 4 * PAGE);
		got = ioctl(self->fd, TA_IOC_ADVISE, &arg) ? errno : 0;
		EXPECT_EQ(want, got) {
			TH_LOG("length %#llx", (unsigned long long)lengths[i / 2]);
		}
		EXPECT_USED(4 - nr);
		EXPECT_TRUE(ta_all(p, nr * PAGE, 0));
		EXPECT_TRUE(ta_all(p + nr * PAGE, (4 - nr) * PAGE, 1));
		if (want == EINVAL && nr) {
			EXPECT_EQ((uintptr_t)p + 4 * PAGE, arg.addr);
			EXPECT_EQ(2 * PAGE, arg.len);
		}
	}
	EXPECT_TRUE(ta_all(p + 5 * PAGE, PAGE, 7));
}

/* The array has room for 4097 answers, and ends there. */
TEST_F(edges, h21_every_number_of_pages_is_answered_up_to_the_end)
{
	const size_t room = in_pages(4097 * sizeof(struct ta_page_info)) * PAGE;
	struct ta_page_info *pages = mmap(NULL, room + PAGE, RW, MAP_PRIVATE |
					  MAP_ANONYMOUS, -1, 0);

	munmap((char *)pages + room, PAGE);
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		uint64_t nr = lengths[i];
		int err = ta_pages(self->fd, (void *)PAGE, nr, pages) ? errno : 0;
		/* An address space has 47 bits, or 56. */
		bool beyond = nr >> (47 - 12), far_beyond = nr >> (56 - 12);

		EXPECT_TRUE(nr <= 4097 ? !err : err == EFAULT ? !far_beyond :
			    err == EINVAL && beyond) {
			TH_LOG("%#llx pages: %d", (unsigned long long)nr, err);
		}
	}
}

static int break_errno(int fd, char *start, uint64_t distance)
{
	return ta_brk(fd, start + distance) ? errno : 0;
}

/* The pool is smaller than the greater of these, and so is what may be promised. */
TEST_F(edges, h21_the_break_goes_as_far_as_it_is_told)
{
	char *start, *end;

	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&start, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct ta_line line = { 0 };
		uint64_t len = lengths[i];
		bool fits = len <= self->pages * PAGE;

		EXPECT_EQ(fits ? 0 : ENOMEM, break_errno(self->fd, start, len)) {
			TH_LOG("start + %#llx", (unsigned long long)len);
		}
		ASSERT_EQ(0, ta_brk_range(self->fd, NULL, (void **)&end));
		EXPECT_EQ(fits ? len : 0, (uint64_t)(end - start));
		EXPECT_EQ(fits && len, ta_lines(&line, 1));
		EXPECT_EQ(fits ? in_pages(len) * PAGE : 0,
			  line.end - line.start);
		ASSERT_EQ(0, ta_brk(self->fd, start));
	}
	EXPECT_USED(0);
}

/* What asking for @amount of a layer comes to; 1: there may be none so large */
static int amount_errno(enum ta_layer layer, uint64_t amount, uint64_t pool)
{
	switch (layer) {
	case TA_LAYER_PAGES:
		return amount <= 10 ? 0 : -EINVAL;
	case TA_LAYER_CONTIG:
		if (!amount)
			return -EINVAL;
		return amount == 1 ? 0 : amount <= pool ? 1 : -ENOMEM;
	case TA_LAYER_VMALLOC:
		if (!amount || amount >> 63)
			return -EINVAL;
		return amount <= pool / 2 * PAGE ? 0 : -ENOMEM;
	case TA_LAYER_OBJECT:
		return amount <= MAX_HANDLES ? -ENOENT : -EINVAL;
	default:
		return amount && amount <= MAX_BYTES ? 0 : -EINVAL;
	}
}

static void ask_for(struct __test_metadata *_metadata, edges_t *self,
		    enum ta_layer layer, uint64_t amount)
{
	int want = amount_errno(layer, amount, self->pages);
	int handle = ta_alloc(self->fd, layer, amount, 0, NULL);
	int got = handle < 0 ? -errno : 0;
	struct ta_ioc_info info;

	EXPECT_TRUE(got == want || (want == 1 && (!got || got == -ENOMEM))) {
		TH_LOG("%#llx of layer %d: %d, not %d",
		       (unsigned long long)amount, layer, got, want);
	}
	ASSERT_EQ(0, ta_info(self->fd, &info));
	/* As much as was asked for, or nothing */
	if (got || layer == TA_LAYER_VMALLOC)
		EXPECT_EQ(got ? 0 : in_pages(amount), info.held_pages);
	if (!got)
		EXPECT_EQ(0, ta_free(self->fd, handle));
}

TEST_F(edges, h21_every_amount_by_handle)
{
	for (int layer = TA_LAYER_PAGES; layer <= TA_LAYER_OBJECT; layer++)
		for (size_t i = 0; i < ARRAY_SIZE(lengths); i++)
			/* A cache is for root. */
			if (layer != TA_LAYER_CACHE || !geteuid())
				ask_for(_metadata, self, layer, lengths[i]);
	ta_reclaim();
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

TEST_F(edges, h21_every_quota_is_what_it_says)
{
	if (geteuid())
		SKIP(return, "who is not root can only lower it");
	for (size_t i = 0; i < ARRAY_SIZE(lengths); i++) {
		struct ta_ioc_config config = {
			.size = sizeof(config), .set = TA_CONFIG_QUOTA,
			.quota_pages = lengths[i],
		};
		char *p = ta_mmap(self->fd, NULL, 2 * PAGE, RW, 0);

		ASSERT_EQ(0, ioctl(self->fd, TA_IOC_CONFIG, &config));
		EXPECT_EQ(lengths[i], config.quota_pages);
		EXPECT_EQ(lengths[i] > 0 ? 0 : SIGBUS, ta_write(p, 1).sig);
		EXPECT_EQ(lengths[i] > 1 ? 0 : SIGBUS, ta_write(p + PAGE, 1).sig);
		ASSERT_EQ(0, munmap(p, 2 * PAGE));
	}
}

static const uint64_t addresses[] = {
	0, 1, 4095, 1ULL << 47, (1ULL << 47) - 1, (1ULL << 47) - 4096,
	0x7ffffffff000 - 4096, 0x7ffffffff000 - 1, 0x7ffffffff000, 1ULL << 56,
	0x0000800000000000, 0xffff800000000000, 0xffff888000000000,
	0xffffffffff600000, -4096ULL, -1ULL,
};

TEST_F(edges, h23_every_fixed_address_is_answered_as_by_mmap)
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

TEST_F(edges, h23_a_hint_anywhere_is_answered_as_by_mmap)
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

TEST_F(edges, h23_pages_anywhere_is_foreign_or_refused)
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

TEST_F(edges, h23_advice_anywhere_is_answered_as_by_madvise)
{
	for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
		void *addr = (void *)addresses[i];
		int want = madvise(addr, PAGE, MADV_DONTNEED) ? errno : 0;

		EXPECT_NE(0, want);
		EXPECT_EQ(want, ta_madvise(self->fd, addr, PAGE, MADV_DONTNEED) ?
			  errno : 0) {
			TH_LOG("address %p", addr);
		}
	}
}

TA_TEST_MAIN
