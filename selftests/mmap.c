// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of mappings: where they lie, when they cost a page, what unmapping
 * and protecting parts of them does, and what the page query tells.
 */
#include "kselftest_harness.h"

#include <sys/resource.h>
#include <sys/utsname.h>

#include "ta_test.h"

#define LEN	(132 * 1024)
#define NR	(LEN / PAGE)

FIXTURE(mmap) {
	int fd;
	long pages;		/* free in the pool at the start */
};

#define mmap_t FIXTURE_DATA(mmap)

FIXTURE_SETUP(mmap)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(mmap)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

static char *map(mmap_t *self, size_t len)
{
	return ta_mmap(self->fd, NULL, len, RW, 0);
}

TEST_F(mmap, costs_nothing_until_touched_then_a_page_a_touch)
{
	struct ta_line line;
	char *p = map(self, LEN);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_EQ(1, ta_lines(&line, 1));
	EXPECT_EQ((uintptr_t)p, line.start);
	EXPECT_EQ((uintptr_t)p + LEN, line.end);
	EXPECT_FALSE(line.heap);
	EXPECT_EQ(0, memcmp("rw-", line.perms, 3));
	EXPECT_USED(0);
	for (size_t i = 0; i < NR; i++) {
		EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, p + i * PAGE));
		p[i * PAGE] = 1;
		EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, p + i * PAGE));
		EXPECT_USED(i + 1);
	}
	ASSERT_EQ(0, munmap(p, LEN));
	EXPECT_EQ(0, ta_lines(&line, 1));
	EXPECT_USED(0);
}

TEST_F(mmap, second_touch_costs_nothing)
{
	char *p = map(self, PAGE);
	long frame;

	p[0] = 1;
	frame = ta_frame(self->fd, p);
	memset(p, 2, PAGE);
	EXPECT_USED(1);
	EXPECT_EQ(frame, ta_frame(self->fd, p));
}

TEST_F(mmap, reads_zeroes)
{
	char *p = map(self, LEN);

	EXPECT_TRUE(ta_all(p, LEN, 0));
	memset(p, 0xa5, LEN);
	EXPECT_USED(NR);
	ASSERT_EQ(0, munmap(p, LEN));
	p = map(self, LEN);
	EXPECT_TRUE(ta_all(p, LEN, 0));
}

TEST_F(mmap, written_after_a_read_keeps_what_is_written)
{
	char *p = map(self, LEN);

	for (size_t i = 0; i < NR; i++) {
		EXPECT_EQ(0, p[i * PAGE]);
	}
	for (size_t i = 0; i < NR; i++)
		p[i * PAGE] = i + 1;
	for (size_t i = 0; i < NR; i++) {
		EXPECT_EQ((char)(i + 1), p[i * PAGE]);
	}
	EXPECT_USED(NR);
}

TEST_F(mmap, length_is_rounded_up)
{
	struct ta_line line;
	char *p = map(self, PAGE + 1);

	ASSERT_EQ(1, ta_lines(&line, 1));
	EXPECT_EQ(2 * PAGE, line.end - line.start);
	p[2 * PAGE - 1] = 1;
	EXPECT_USED(1);
}

TEST_F(mmap, many_times_the_pool_costs_nothing)
{
	size_t len = 1UL << 40;
	char *p = ta_mmap(self->fd, NULL, len, RW, MAP_NORESERVE);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_USED(0);
	for (size_t i = 0; i < 8; i++)
		p[i * (len / 8) + 5 * PAGE] = i;
	EXPECT_USED(8);
	EXPECT_EQ(8 * (long)PAGE, ta_rss());
	ASSERT_EQ(0, munmap(p, len));
	EXPECT_USED(0);
}

TEST_F(mmap, a_free_hint_is_taken)
{
	char *p = map(self, LEN), *hint = p;

	ASSERT_EQ(0, munmap(p, LEN));
	EXPECT_EQ((void *)hint, ta_mmap(self->fd, hint, LEN, RW, 0));
}

TEST_F(mmap, a_taken_hint_harms_nobody)
{
	char *p = map(self, LEN), *q;

	memset(p, 1, LEN);
	q = ta_mmap(self->fd, p + PAGE, LEN, RW, 0);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_TRUE(q >= p + LEN || q + LEN <= p);
	memset(q, 2, LEN);
	EXPECT_TRUE(ta_all(p, LEN, 1));
}

TEST_F(mmap, h06_fixed_replaces_the_middle)
{
	int other = ta_open();
	char *p = map(self, 9 * PAGE);

	memset(p, 1, 9 * PAGE);
	EXPECT_EQ((void *)(p + 3 * PAGE),
		  ta_mmap(self->fd, p + 3 * PAGE, PAGE, RW, MAP_FIXED));
	EXPECT_EQ((void *)(p + 5 * PAGE),
		  ta_mmap(other, p + 5 * PAGE, PAGE, RW, MAP_FIXED));
	EXPECT_USED(7);
	EXPECT_TRUE(ta_all(p + 3 * PAGE, PAGE, 0));
	EXPECT_TRUE(ta_all(p + 4 * PAGE, PAGE, 1));
	EXPECT_TRUE(ta_all(p + 5 * PAGE, PAGE, 0));
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(self->fd, p + 5 * PAGE));
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(other, p + 5 * PAGE));
	EXPECT_USED(7);
	ASSERT_EQ(0, munmap(p, 9 * PAGE));
	EXPECT_USED(0);
	close(other);
}

TEST_F(mmap, fixed_replaces_the_kernels)
{
	char *p = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memset(p, 1, 3 * PAGE);
	EXPECT_EQ((void *)(p + PAGE),
		  ta_mmap(self->fd, p + PAGE, PAGE, RW, MAP_FIXED));
	EXPECT_TRUE(ta_all(p + PAGE, PAGE, 0));
	EXPECT_TRUE(ta_all(p + 2 * PAGE, PAGE, 1));
	/* And the other way round. */
	p[PAGE] = 1;
	EXPECT_EQ((void *)(p + PAGE),
		  mmap(p + PAGE, PAGE, RW,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_USED(0);
}

TEST_F(mmap, noreplace_refuses_what_is_taken)
{
	char *p = map(self, 4 * PAGE);

	memset(p, 1, 4 * PAGE);
	ASSERT_EQ(0, munmap(p + PAGE, PAGE));
	errno = 0;
	EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, p, 2 * PAGE, RW,
				      MAP_FIXED_NOREPLACE));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, p + PAGE, 2 * PAGE, RW,
				      MAP_FIXED_NOREPLACE));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_USED(3);
	EXPECT_EQ(SIGSEGV, ta_read(p + PAGE).sig);
	EXPECT_EQ((void *)(p + PAGE), ta_mmap(self->fd, p + PAGE, PAGE, RW,
					      MAP_FIXED_NOREPLACE));
	EXPECT_TRUE(ta_all(p + PAGE, PAGE, 0));
	EXPECT_TRUE(ta_all(p, PAGE, 1));
}

static void expect_place_judged_first(struct __test_metadata *_metadata,
				      mmap_t *self, char *p)
{
	size_t much = 1UL << 40;

	EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, p, much, RW,
				      MAP_FIXED_NOREPLACE));
	EXPECT_EQ(EEXIST, errno);
	EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, p + 1, much, RW, MAP_FIXED));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, p, much, RW, MAP_FIXED));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_TRUE(ta_all(p, PAGE, 1));
}

TEST_F(mmap, a_bad_place_is_told_before_a_bad_size)
{
	struct rlimit limit = { 64 << 20, 64 << 20 };
	char *p = ta_mmap(self->fd, (void *)(1UL << 40), PAGE, RW, 0);

	ASSERT_NE(MAP_FAILED, p);
	memset(p, 1, PAGE);
	/* More than the pool, and then more than the limit */
	expect_place_judged_first(_metadata, self, p);
	ASSERT_EQ(0, setrlimit(RLIMIT_DATA, &limit));
	expect_place_judged_first(_metadata, self, p);
	EXPECT_USED(1);
}

TEST_F(mmap, populate_takes_all_at_once)
{
	struct ta_page_info pages[NR];
	char *p = ta_mmap(self->fd, NULL, LEN, RW, MAP_POPULATE);

	ASSERT_NE(MAP_FAILED, p);
	EXPECT_USED(NR);
	EXPECT_EQ(LEN, ta_rss());
	ASSERT_EQ(0, ta_pages(self->fd, p, NR, pages));
	for (size_t i = 0; i < NR; i++) {
		EXPECT_EQ(TA_PAGE_PRESENT, pages[i].state);
	}
	EXPECT_TRUE(ta_all(p, LEN, 0));
}

TEST_F(mmap, protection_is_kept)
{
	char *r = ta_mmap(self->fd, NULL, PAGE, PROT_READ, 0);
	char *n = ta_mmap(self->fd, NULL, PAGE, PROT_NONE, 0);
	struct ta_hit hit = { 0 };

	hit = ta_write(r, 1);
	EXPECT_EQ(SIGSEGV, hit.sig);
	EXPECT_EQ(SEGV_ACCERR, hit.code);
	EXPECT_EQ((void *)r, hit.addr);
	EXPECT_EQ(0, ta_read(r).sig);
	hit = ta_read(n + 7);
	EXPECT_EQ(SIGSEGV, hit.sig);
	EXPECT_EQ(SEGV_ACCERR, hit.code);
	EXPECT_EQ((void *)(n + 7), hit.addr);
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, n));
	ASSERT_EQ(0, munmap(r, PAGE));
	EXPECT_USED(0);
}

TEST_F(mmap, mprotect_works_on_parts)
{
	struct ta_line lines[3];
	char *p = map(self, 3 * PAGE);

	memset(p, 1, 3 * PAGE);
	ASSERT_EQ(0, mprotect(p + PAGE, PAGE, PROT_READ));
	EXPECT_EQ(3, ta_lines(lines, 3));
	EXPECT_EQ(SEGV_ACCERR, ta_write(p + PAGE, 2).code);
	EXPECT_EQ(0, ta_write(p + 2 * PAGE, 2).sig);
	ASSERT_EQ(0, mprotect(p, 3 * PAGE, PROT_NONE));
	EXPECT_EQ(SEGV_ACCERR, ta_read(p).code);
	EXPECT_USED(3);
	ASSERT_EQ(0, mprotect(p, 3 * PAGE, RW));
	EXPECT_TRUE(ta_all(p, 2 * PAGE, 1));
	EXPECT_EQ(0, ta_write(p + PAGE, 2).sig);
	EXPECT_EQ(2, p[PAGE]);
	EXPECT_USED(3);
}

TEST_F(mmap, munmap_works_on_parts)
{
	struct ta_line lines[3];
	struct ta_hit hit = { 0 };
	char *p = map(self, 10 * PAGE);

	memset(p, 1, 10 * PAGE);
	ASSERT_EQ(0, munmap(p, 2 * PAGE));
	EXPECT_USED(8);
	ASSERT_EQ(0, munmap(p + 9 * PAGE, PAGE));
	EXPECT_USED(7);
	ASSERT_EQ(0, munmap(p + 4 * PAGE, 2 * PAGE));
	EXPECT_USED(5);
	ASSERT_EQ(2, ta_lines(lines, 3));
	EXPECT_EQ((uintptr_t)p + 2 * PAGE, lines[0].start);
	EXPECT_EQ((uintptr_t)p + 4 * PAGE, lines[0].end);
	EXPECT_EQ((uintptr_t)p + 6 * PAGE, lines[1].start);
	EXPECT_EQ((uintptr_t)p + 9 * PAGE, lines[1].end);
	hit = ta_read(p + 5 * PAGE);
	EXPECT_EQ(SEGV_MAPERR, hit.code);
	EXPECT_TRUE(ta_all(p + 2 * PAGE, 2 * PAGE, 1));
	EXPECT_TRUE(ta_all(p + 6 * PAGE, 3 * PAGE, 1));
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(self->fd, p + 4 * PAGE));
	ASSERT_EQ(0, munmap(p, 10 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mmap, h01_a_hole_then_the_rest_frees_each_once)
{
	char *p = map(self, 8 * PAGE);

	memset(p, 1, 8 * PAGE);
	ASSERT_EQ(0, munmap(p + 3 * PAGE, PAGE));
	EXPECT_USED(7);
	ASSERT_EQ(0, munmap(p, 3 * PAGE));
	EXPECT_USED(4);
	ASSERT_EQ(0, munmap(p + 4 * PAGE, 4 * PAGE));
	EXPECT_USED(0);
	/* The client is still a client. */
	p = map(self, PAGE);
	p[0] = 1;
	EXPECT_USED(1);
}

TEST_F_TIMEOUT(mmap, h02_a_line_a_page_up_to_the_limit, 100)
{
	size_t nr = 140000, made = 0;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);

	ASSERT_NE(MAP_FAILED, p);
	for (size_t i = 0; i < nr; i += 1000)
		p[i * PAGE] = 1;
	for (size_t i = 1; i < nr; i += 2, made++)
		if (mprotect(p + i * PAGE, PAGE, PROT_READ))
			break;
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_LT(30000, made);
	EXPECT_USED(nr / 1000);
	ASSERT_EQ(0, munmap(p, nr * PAGE));
	EXPECT_USED(0);
}

TEST_F(mmap, h07_neighbours_stay_two)
{
	char *p = map(self, 8 * PAGE), *q, *r;

	/* A place with room for two, then both put there side by side. */
	ASSERT_EQ(0, munmap(p, 8 * PAGE));
	q = ta_mmap(self->fd, p, 4 * PAGE, RW, MAP_FIXED_NOREPLACE);
	r = ta_mmap(self->fd, p + 4 * PAGE, 4 * PAGE, RW, MAP_FIXED_NOREPLACE);
	ASSERT_EQ((void *)p, q);
	ASSERT_EQ((void *)(p + 4 * PAGE), r);
	memset(p, 1, 4 * PAGE);
	memset(p + 4 * PAGE, 2, 4 * PAGE);
	EXPECT_USED(8);
	ASSERT_EQ(0, munmap(p + 3 * PAGE, 2 * PAGE));
	EXPECT_USED(6);
	EXPECT_TRUE(ta_all(p, 3 * PAGE, 1));
	EXPECT_TRUE(ta_all(p + 5 * PAGE, 3 * PAGE, 2));
	ASSERT_EQ(0, munmap(p, 8 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mmap, rlimit_as_is_honoured)
{
	struct rlimit limit = { 0, RLIM_INFINITY };

	limit.rlim_cur = ta_status_kib("VmSize") * 1024 + 64 * PAGE;
	ASSERT_EQ(0, setrlimit(RLIMIT_AS, &limit));
	errno = 0;
	EXPECT_EQ(MAP_FAILED, map(self, 128 * PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ(0, ta_lines(NULL, 0));
	EXPECT_NE(MAP_FAILED, map(self, 4 * PAGE));
}

/* On 6.1 a thread adds up its changes until it has had 64 faults. */
static void settle_rss(void)
{
	char *p = mmap(NULL, 65 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	for (size_t i = 0; i < 65; i++)
		p[i * PAGE] = 1;
}

TEST_F(mmap, rss_is_true)
{
	char *p = map(self, 4096 * PAGE);
	long before, grown;

	/* What looking takes is not to count. */
	ta_rss();
	ta_status_kib("VmRSS");
	settle_rss();
	before = ta_status_kib("VmRSS");
	for (size_t i = 0; i < 1000; i++)
		p[i * 4 * PAGE] = 1;
	EXPECT_EQ(1000 * (long)PAGE, ta_rss());
	grown = ta_status_kib("VmRSS") - before;
	EXPECT_LE(4000 - 300, grown);
	EXPECT_GE(4000 + 300, grown);
	ASSERT_EQ(0, munmap(p, 4096 * PAGE));
	EXPECT_EQ(0, ta_rss());
	EXPECT_GE(before + 300, ta_status_kib("VmRSS"));
}

TEST_F(mmap, info_counts_this_client)
{
	struct ta_ioc_info was, is;
	int other = ta_open();
	char *p;

	ASSERT_EQ(0, ta_info(self->fd, &was));
	EXPECT_EQ(0, was.mapped_pages);
	EXPECT_EQ(0, was.resident_pages);
	p = map(self, LEN);
	for (size_t i = 0; i < 10; i++)
		p[i * PAGE] = 1;
	ASSERT_EQ(0, ta_info(self->fd, &is));
	EXPECT_EQ(NR, is.mapped_pages);
	EXPECT_EQ(10, is.resident_pages);
	EXPECT_EQ(was.faults + 10, is.faults);
	EXPECT_EQ(was.cow_copies, is.cow_copies);
	ASSERT_EQ(0, ta_info(other, &is));
	EXPECT_EQ(0, is.mapped_pages);
	EXPECT_EQ(0, is.resident_pages);
	ASSERT_EQ(0, munmap(p, LEN));
	ASSERT_EQ(0, ta_info(self->fd, &is));
	EXPECT_EQ(0, is.mapped_pages);
	EXPECT_EQ(0, is.resident_pages);
	close(other);
}

TEST_F(mmap, info_counts_the_heap_too)
{
	struct ta_ioc_info info;
	char *heap;

	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&heap, NULL));
	ASSERT_EQ(0, ta_brk(self->fd, heap + 5 * PAGE + 1));
	heap[PAGE] = 1;
	ASSERT_EQ(0, ta_info(self->fd, &info));
	EXPECT_EQ(6, info.mapped_pages);
	EXPECT_EQ(1, info.resident_pages);
	ASSERT_EQ(0, ta_brk(self->fd, heap));
	ASSERT_EQ(0, ta_info(self->fd, &info));
	EXPECT_EQ(0, info.mapped_pages);
	EXPECT_EQ(0, info.resident_pages);
}

TEST_F(mmap, info_blocks_add_up)
{
	struct ta_ioc_info info;
	uint64_t sum = 0;
	char *p = map(self, LEN);

	memset(p, 1, LEN);
	ASSERT_EQ(0, ta_info(self->fd, &info));
	for (int order = 0; order < TA_NR_ORDERS; order++)
		sum += info.free_blocks[order] << order;
	/* The rest waits in the per-CPU lists. */
	EXPECT_LE(sum, info.free_pages);
	EXPECT_GE(sum + 4096, info.free_pages);
	EXPECT_LT(info.free_pages, info.pool_pages);
}

TEST_F(mmap, pages_tells_each_page_apart)
{
	struct ta_page_info pages[8];
	char *p = map(self, 8 * PAGE);

	for (size_t i = 1; i < 8; i += 2)
		p[i * PAGE] = 1;
	ASSERT_EQ(0, munmap(p + 6 * PAGE, 2 * PAGE));
	ASSERT_EQ(0, ta_pages(self->fd, p, 8, pages));
	for (size_t i = 0; i < 8; i++) {
		EXPECT_EQ(i >= 6 ? TA_PAGE_FOREIGN :
			  i % 2 ? TA_PAGE_PRESENT : TA_PAGE_NONE,
			  pages[i].state);
		EXPECT_EQ(0, pages[i].reserved);
		if (pages[i].state != TA_PAGE_PRESENT) {
			EXPECT_EQ(0, pages[i].frame);
		}
	}
}

TEST_F(mmap, pages_gives_every_page_its_own_frame)
{
	static struct ta_page_info pages[512];
	struct ta_ioc_info info;
	static bool seen[1 << 20];
	char *p = map(self, 512 * PAGE);

	memset(p, 1, 512 * PAGE);
	ASSERT_EQ(0, ta_info(self->fd, &info));
	ASSERT_EQ(0, ta_pages(self->fd, p, 512, pages));
	for (size_t i = 0; i < 512; i++) {
		ASSERT_GT(info.pool_pages, pages[i].frame);
		ASSERT_GT(ARRAY_SIZE(seen), pages[i].frame);
		EXPECT_FALSE(seen[pages[i].frame]);
		seen[pages[i].frame] = true;
	}
}

TEST_F(mmap, pages_knows_its_own_client_only)
{
	int other = ta_open();
	char *p = map(self, PAGE), stack;

	p[0] = 1;
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(other, p));
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(self->fd, &stack));
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(self->fd, (void *)PAGE));
	close(other);
}

TEST_F(mmap, mlock_brings_every_page)
{
	char *p = map(self, 16 * PAGE);

	ASSERT_EQ(0, mlock(p, 16 * PAGE));
	EXPECT_EQ(16 * (long)PAGE, ta_rss());
	ASSERT_EQ(0, munlock(p, 16 * PAGE));
	ASSERT_EQ(0, munmap(p, 16 * PAGE));
	EXPECT_USED(0);
}

TEST_F(mmap, code_can_run_in_it)
{
	static const unsigned char code[] = {
		0xb8, 42, 0, 0, 0,	/* mov $42, %eax */
		0xc3,			/* ret */
	};
	char *p = map(self, PAGE);
	int (*answer)(void) = (int (*)(void))p;
	struct utsname name;

	uname(&name);
	if (strcmp(name.machine, "x86_64"))
		SKIP(return, "knows no code for %s", name.machine);
	memcpy(p, code, sizeof(code));
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ | PROT_EXEC));
	EXPECT_EQ(42, answer());
}

/* What Documentation/abi.md lists, beside what mremap does. */
TEST_F(mmap, differences_are_as_documented)
{
	char *p = map(self, PAGE);
	struct ta_line line;

	memset(p, 1, PAGE);
	ASSERT_EQ(1, ta_lines(&line, 1));
	EXPECT_STREQ("rw-s", line.perms);
	EXPECT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, ta_rss());
	EXPECT_TRUE(ta_all(p, PAGE, 1));
	EXPECT_EQ(-1, madvise(p, PAGE, MADV_FREE));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, madvise(p, PAGE, MADV_WIPEONFORK));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, madvise(p, PAGE, MADV_REMOVE));
	EXPECT_EQ(ENODEV, errno);
	/* The device does it. */
	EXPECT_EQ(0, ta_madvise(self->fd, p, PAGE, MADV_FREE));
	EXPECT_TRUE(ta_all(p, PAGE, 0));
}

static bool has_flag(const char *flags, const char *flag)
{
	char word[8];

	snprintf(word, sizeof(word), " %s ", flag);
	return strstr(flags, word);
}

/* The VmFlags of the mapping at @addr, or "" */
static void read_flags(const void *addr, char flags[512])
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start = 0, at;
	char buf[512];

	*flags = 0;
	while (f && fgets(buf, sizeof(buf), f)) {
		if (sscanf(buf, "%lx-%*x %*s", &at) == 1 && strchr(buf, '-'))
			start = at;
		if (start == (uintptr_t)addr && !strncmp(buf, "VmFlags:", 8))
			strcpy(flags, buf + 8);
	}
	if (f)
		fclose(f);
}

/* de: it may grow; dc: no child would have it; io, pf, mm: it has real pages. */
TEST_F(mmap, h12_the_kernel_knows_what_it_is)
{
	static const char * const never[] = { "dc", "de", "io", "pf", "mm", "lo", "ht" };
	static const char * const always[] = { "rd", "wr", "sh", "mr", "mw" };
	char flags[2][512], *p = map(self, PAGE);

	read_flags(p, flags[0]);
	read_flags(ta_sbrk(self->fd, PAGE), flags[1]);
	for (int i = 0; i < 2; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(always); j++) {
			EXPECT_TRUE(has_flag(flags[i], always[j])) {
				TH_LOG("no %s in %s", always[j], flags[i]);
			}
		}
		for (size_t j = 0; j < ARRAY_SIZE(never); j++) {
			EXPECT_FALSE(has_flag(flags[i], never[j])) {
				TH_LOG("%s in %s", never[j], flags[i]);
			}
		}
		EXPECT_FALSE(has_flag(flags[i], "dd"));
	}
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTDUMP));
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTFORK));
	read_flags(p, flags[0]);
	EXPECT_TRUE(has_flag(flags[0], "dd"));
	EXPECT_TRUE(has_flag(flags[0], "dc"));
}

TEST_F(mmap, madvise_harms_nothing)
{
	static const int advice[] = {
		MADV_NORMAL, MADV_RANDOM, MADV_SEQUENTIAL, MADV_WILLNEED,
		MADV_DONTNEED, MADV_FREE, MADV_REMOVE, MADV_DONTFORK,
		MADV_DOFORK, MADV_MERGEABLE, MADV_HUGEPAGE, MADV_COLD,
		MADV_PAGEOUT, MADV_POPULATE_READ, MADV_POPULATE_WRITE,
	};
	char *p = map(self, 16 * PAGE);

	for (size_t i = 0; i < ARRAY_SIZE(advice); i++) {
		memset(p, i + 1, 16 * PAGE);
		madvise(p, 16 * PAGE, advice[i]);
		/* Kept, or forgotten for good; never somebody else's. */
		EXPECT_TRUE(ta_all(p, 16 * PAGE, i + 1) ||
			    ta_all(p, 16 * PAGE, 0));
	}
	ASSERT_EQ(0, munmap(p, 16 * PAGE));
	EXPECT_USED(0);
}

TA_TEST_MAIN
