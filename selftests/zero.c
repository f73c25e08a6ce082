// SPDX-License-Identifier: GPL-2.0
/*
 * The zero page, and faults that bring more than a page: what a read of
 * untouched memory takes (nothing), and what is there after a write.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define NR	32

FIXTURE(zero) {
	int fd;
	char *p;
	long free;
};

#define zero_t FIXTURE_DATA(zero)

FIXTURE_SETUP(zero)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->p = ta_mmap(self->fd, NULL, NR * PAGE, RW, 0);
	ASSERT_NE(MAP_FAILED, self->p);
	self->free = ta_free_pages(self->fd);
}

FIXTURE_TEARDOWN(zero)
{
}

static char look(const char *p)
{
	return *(const volatile char *)p;
}

static void put(char *p, char c)
{
	*(volatile char *)p = c;
}

static long used(const zero_t *self)
{
	return self->free - ta_free_pages(self->fd);
}

static long nr_zero(int fd)
{
	struct ta_ioc_info info;

	return ta_info(fd, &info) ? -1 : (long)info.zero_pages;
}

TEST_F(zero, a_read_takes_no_page)
{
	struct ta_ioc_info info;
	long rss = ta_rss();

	for (int i = 0; i < NR; i++)
		ASSERT_EQ(0, look(self->p + i * PAGE));
	EXPECT_EQ(0, used(self));
	EXPECT_EQ(rss, ta_rss());
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(self->fd, self->p));
	ASSERT_EQ(0, ta_info(self->fd, &info));
	EXPECT_EQ(NR, info.zero_pages);
	EXPECT_EQ(NR, info.zero_faults);
	EXPECT_EQ(NR, info.faults);
	EXPECT_EQ(0, info.resident_pages);
}

TEST_F(zero, a_write_gets_a_page_of_its_own)
{
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, self->p));
	EXPECT_EQ(0, look(self->p));
	EXPECT_EQ(0, look(self->p + PAGE));
	put(self->p, 1);
	EXPECT_EQ(1, used(self));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, self->p));
	EXPECT_EQ(1, look(self->p));
	EXPECT_EQ(0, look(self->p + 1));
	EXPECT_EQ(0, look(self->p + PAGE));
	EXPECT_EQ(1, nr_zero(self->fd));
}

TEST_F(zero, it_stays_read_only_under_mprotect)
{
	EXPECT_EQ(0, look(self->p));
	ASSERT_EQ(0, mprotect(self->p, PAGE, PROT_READ));
	EXPECT_EQ(SIGSEGV, ta_write(self->p, 1).sig);
	ASSERT_EQ(0, mprotect(self->p, PAGE, RW));
	EXPECT_EQ(0, used(self));
	put(self->p, 1);
	EXPECT_EQ(1, used(self));
	EXPECT_EQ(0, look(self->p + PAGE));
}

TEST_F(zero, dontneed_forgets_it)
{
	EXPECT_EQ(0, look(self->p));
	ASSERT_EQ(0, madvise(self->p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, self->p));
	EXPECT_EQ(0, look(self->p));
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(self->fd, self->p));
}

static void child_reads_zeroes(void *arg)
{
	char *p = arg;

	TA_CHILD(look(p) == 0 && look(p + PAGE) == 0);
	put(p + PAGE, 3);
	TA_CHILD(look(p + PAGE) == 3);
}

TEST_F(zero, a_fork_has_it_too)
{
	pid_t pid;

	EXPECT_EQ(0, look(self->p));
	EXPECT_EQ(0, look(self->p + PAGE));
	pid = ta_fork(child_reads_zeroes, self->p);
	put(self->p, 2);
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_EQ(2, look(self->p));
	EXPECT_EQ(0, look(self->p + PAGE));
}

/* H50: what a pipe was given is the zero page, and stays zeroes. */
TEST_F(zero, H50_a_pipe_keeps_zeroes)
{
	struct iovec iov = { self->p, PAGE };
	char got[16] = "full";
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	EXPECT_EQ(0, look(self->p));
	ASSERT_EQ(PAGE, vmsplice(ends[1], &iov, 1, 0));
	memset(self->p, 0xA5, PAGE);
	ASSERT_EQ(sizeof(got), read(ends[0], got, sizeof(got)));
	EXPECT_TRUE(ta_all(got, sizeof(got), 0));
	EXPECT_EQ(0, look(self->p + PAGE));
}

/* H53: a write by the kernel, for another, never lands in the zero page. */
TEST_F(zero, H53_a_write_by_the_kernel_gets_a_page)
{
	struct iovec from = { "abc", 3 }, to = { self->p, 3 };
	int mem = open("/proc/self/mem", O_RDWR);

	EXPECT_EQ(0, look(self->p));
	EXPECT_EQ(0, look(self->p + PAGE));
	ASSERT_EQ(3, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
	EXPECT_EQ(0, memcmp(self->p, "abc", 4));
	ASSERT_EQ(3, pwrite(mem, "xyz", 3, (uintptr_t)self->p + PAGE));
	EXPECT_EQ(0, memcmp(self->p + PAGE, "xyz", 4));
	EXPECT_EQ(2, used(self));
	EXPECT_EQ(0, look(self->p + 2 * PAGE));
	close(mem);
}

/* H05: two addresses of an offset: who writes at one is seen at the other. */
TEST_F(zero, H05_a_second_view_sees_the_write)
{
	char *q;

	EXPECT_EQ(0, look(self->p));
	q = mremap(self->p, 0, 2 * PAGE, MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(0, look(q));
	EXPECT_EQ(0, look(q + PAGE));
	EXPECT_EQ(0, look(self->p + PAGE));
	put(self->p, 1);
	EXPECT_EQ(1, look(q));
	put(q + PAGE, 2);
	EXPECT_EQ(2, look(self->p + PAGE));
	EXPECT_EQ(2, used(self));
	munmap(q, 2 * PAGE);
}

TEST_F(zero, it_moves_with_its_mapping)
{
	char *q;

	EXPECT_EQ(0, look(self->p));
	q = mremap(self->p, NR * PAGE, 2 * NR * PAGE,
		   MREMAP_MAYMOVE);
	ASSERT_NE(MAP_FAILED, q);
	EXPECT_EQ(0, look(q));
	put(q, 1);
	EXPECT_EQ(1, look(q));
	EXPECT_EQ(1, used(self));
}

TEST_F(zero, locked_memory_gets_pages_at_once)
{
	ASSERT_EQ(0, mlock(self->p, 4 * PAGE));
	EXPECT_EQ(4, used(self));
	EXPECT_EQ(0, look(self->p));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, self->p));
}

TEST_F(zero, populate_makes_pages_to_write_to)
{
	char *rw = ta_mmap(self->fd, NULL, 8 * PAGE, RW, MAP_POPULATE);
	char *ro = ta_mmap(self->fd, NULL, 8 * PAGE, PROT_READ, MAP_POPULATE);

	ASSERT_NE(MAP_FAILED, rw);
	ASSERT_NE(MAP_FAILED, ro);
	EXPECT_EQ(8, used(self));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, rw + 7 * PAGE));
	EXPECT_EQ(TA_PAGE_ZERO, ta_state(self->fd, ro));
}

TEST_F(zero, the_heap_stays_one_mapping)
{
	struct ta_line line;
	char *heap;

	heap = ta_sbrk(self->fd, 2 * PAGE);
	ASSERT_NE((void *)-1, heap);
	EXPECT_EQ(0, look(heap));
	put(heap + PAGE, 1);
	ASSERT_EQ(heap + 2 * PAGE, ta_sbrk(self->fd, 2 * PAGE));
	EXPECT_EQ(0, look(heap + 3 * PAGE));
	EXPECT_EQ(1, ta_heap_lines(&line, 1));
	EXPECT_EQ(4 * PAGE, line.end - line.start);
	EXPECT_EQ(1, used(self));
}

/* An alias shows what is written by the other address, and not zeroes any more. */
static bool is_alias(char *p, char *alias)
{
	bool was_zero = !look(alias);

	put(p, 9);
	return was_zero && look(alias) == 9;
}

static void alias_in_child(void *arg)
{
	char **p = arg;

	TA_CHILD(is_alias(p[0], p[1]));
}

TEST_F(zero, a_childs_alias_shows_what_it_writes)
{
	char *p[2] = { self->p, mremap(self->p, 0, PAGE, MREMAP_MAYMOVE) };

	ASSERT_NE(MAP_FAILED, p[1]);
	EXPECT_EQ(0, ta_join(ta_fork(alias_in_child, p)));
	EXPECT_TRUE(is_alias(p[0], p[1]));
}

TEST_F(zero, a_remapped_offset_shows_what_is_written)
{
	char *heap = ta_sbrk(self->fd, 2 * PAGE);

	ASSERT_NE((void *)-1, heap);
	if (syscall(SYS_remap_file_pages, heap + PAGE, PAGE, 0, 0, 0))
		SKIP(return, "no remap_file_pages");
	EXPECT_TRUE(is_alias(heap, heap + PAGE));
}

/* A child's mapping, whose first change of address this is */
static void remap_in_child(void *arg)
{
	char *p = arg;

	TA_CHILD(!syscall(SYS_remap_file_pages, p + PAGE, PAGE, 0,
			  ta_offset(p) / PAGE, 0));
	TA_CHILD(is_alias(p, p + PAGE));
}

TEST_F(zero, a_childs_remapped_offset_shows_what_it_writes)
{
	EXPECT_EQ(0, ta_join(ta_fork(remap_in_child, self->p)));
	EXPECT_TRUE(ta_all(self->p, 2 * PAGE, 0));
}

/* Readers and writers of the same pages, each round with fresh ones */
struct race {
	int fd;
	char *p;
	pthread_barrier_t start;
	pthread_barrier_t end;
	int lost;
};

#define ROUNDS	300

/* A thread that has written reads what it wrote, whatever others read. */
static void *write_and_read(void *arg)
{
	struct race *race = arg;

	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&race->start);
		for (int i = 0; i < NR; i++) {
			put(race->p + i * PAGE, 7);
			race->lost += look(race->p + i * PAGE) != 7;
		}
		pthread_barrier_wait(&race->end);
	}
	return NULL;
}

static int read_rounds(struct race *race)
{
	int wrong = 0;

	for (int round = 0; round < ROUNDS; round++) {
		pthread_barrier_wait(&race->start);
		for (int i = NR - 1; i >= 0; i--)
			look(race->p + i * PAGE);
		pthread_barrier_wait(&race->end);
		for (int i = 0; i < NR; i++)
			wrong += look(race->p + i * PAGE) != 7;
		/* Back to untouched, while the other waits */
		munmap(race->p, NR * PAGE);
		if (ta_mmap(race->fd, race->p, NR * PAGE, RW, MAP_FIXED) != race->p)
			wrong++;
	}
	return wrong;
}

TEST_F(zero, H33_readers_hide_no_write)
{
	struct race race = { .fd = self->fd, .p = self->p };
	pthread_t thread;

	pthread_barrier_init(&race.start, NULL, 2);
	pthread_barrier_init(&race.end, NULL, 2);
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_and_read, &race));
	EXPECT_EQ(0, read_rounds(&race));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, race.lost);
	EXPECT_EQ(0, used(self));
}

/* H94: a sparse mapping that is read takes nothing of the pool. */
TEST_F(zero, H94_reading_a_sparse_mapping_takes_nothing)
{
	size_t len = 1UL << 36;
	char *p = ta_mmap(self->fd, NULL, len, RW, MAP_NORESERVE);

	ASSERT_NE(MAP_FAILED, p);
	for (size_t at = 0; at < len; at += len / 512)
		look(p + at);
	EXPECT_EQ(0, used(self));
	EXPECT_EQ(512, nr_zero(self->fd));
	munmap(p, len);
}

/* Batches */

/* The first address from @p on that begins a block of 16. */
static char *block(const zero_t *self)
{
	return self->p;
}

TEST_F(zero, a_batch_is_the_block_around)
{
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	put(block(self) + 5 * PAGE, 1);
	EXPECT_EQ(16, used(self));
	EXPECT_EQ(16 * PAGE, ta_rss());
	EXPECT_EQ(TA_PAGE_NONE, ta_state(self->fd, block(self) + 16 * PAGE));
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(i == 5, look(block(self) + i * PAGE));
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 1));
	put(block(self) + 16 * PAGE, 1);
	EXPECT_EQ(18, used(self));
}

TEST_F(zero, a_batch_leaves_what_is_there)
{
	put(self->p + 3 * PAGE, 3);
	put(self->p + 9 * PAGE, 9);
	EXPECT_EQ(0, look(self->p + 4 * PAGE));
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	put(self->p + 5 * PAGE, 5);
	/* 4 to 8 */
	EXPECT_EQ(7, used(self));
	for (int i = 0; i < 16; i++)
		EXPECT_EQ(i == 3 || i == 5 || i == 9 ? i : 0,
			  look(self->p + i * PAGE));
	put(self->p + 4 * PAGE, 4);
	EXPECT_EQ(4, look(self->p + 4 * PAGE));
	EXPECT_EQ(7, used(self));
}

TEST_F(zero, a_batch_ends_with_the_mapping)
{
	ASSERT_EQ(0, munmap(self->p + 8 * PAGE, (NR - 8) * PAGE));
	ASSERT_EQ(0, mprotect(self->p, 2 * PAGE, PROT_READ));
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	put(self->p + 3 * PAGE, 1);
	EXPECT_EQ(6, used(self));
}

TEST_F(zero, a_batch_is_copied_after_a_fork_like_all)
{
	pid_t pid;

	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	put(self->p, 1);
	put(self->p + PAGE, 0);
	pid = ta_fork(child_reads_zeroes, self->p + 2 * PAGE);
	put(self->p + 2 * PAGE, 2);
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_EQ(1, look(self->p));
	EXPECT_EQ(16, used(self));
}

TEST_F(zero, H25_a_fault_order_out_of_range_is_refused)
{
	struct ta_ioc_config config = { .size = sizeof(config) };

	EXPECT_EQ(-1, ta_set_fault_order(self->fd, 5));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ta_set_fault_order(self->fd, -1));
	EXPECT_EQ(EINVAL, errno);
	config.set = 0x80;
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_CONFIG, &config));
	EXPECT_EQ(EINVAL, errno);
	config.set = 0;
	EXPECT_EQ(0, ioctl(self->fd, TA_IOC_CONFIG, &config));
	EXPECT_EQ(0, config.fault_order);
}

/* The last pages of the pool are for who needs them, not for batches. */
TEST_F(zero, a_batch_takes_no_last_page)
{
	struct ta_ioc_info info;
	char *all;
	size_t nr;

	if (!ta_oom_adj(-1000))
		SKIP(return, "only root can be exempt from being killed");
	ASSERT_EQ(0, ta_info(self->fd, &info));
	nr = info.available_pages - 5;
	all = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_POPULATE);
	ASSERT_NE(MAP_FAILED, all);
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	for (int i = 0; i < 5; i++)
		EXPECT_EQ(0, ta_write(self->p + i * 3 * PAGE, 1).sig);
	EXPECT_EQ(0, ta_available_pages(self->fd));
	EXPECT_EQ(SIGBUS, ta_write(self->p + 20 * PAGE, 1).sig);
	/* What is read takes none. */
	EXPECT_EQ(0, ta_read(self->p + 21 * PAGE).sig);
}

TA_TEST_MAIN
