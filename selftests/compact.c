// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of compaction: a pool in pieces is made whole under the feet of the
 * processes that use it, and none of them notices; what is pinned stays.
 *
 * Model: a process fills the pool and gives every other frame back, which it
 * finds by asking what stands where. Each page holds values that tell whose it
 * is. Blocks are asked for by handle, once without any effort to see that there
 * is none, then with.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/io_uring.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ta_test.h"

#define DEBUGFS	"/sys/kernel/debug"
#define COMPACT	DEBUGFS "/teachalloc/compact"
#define MIN_FREE	DEBUGFS "/teachalloc/min_free_kbytes"
#define HUGE_ORDER	9

FIXTURE(compact) {
	int fd;
	char min_free[24];
	size_t pages;		/* free in the pool at the start */
	char *mem;
	size_t nr;		/* pages from @mem on */
	struct ta_page_info *info;
	atomic_bool stop;
	atomic_long wrong;
};

#define compact_t FIXTURE_DATA(compact)

static bool get(const char *path, char *text, size_t size)
{
	FILE *f = fopen(path, "r");
	bool ok = f && fgets(text, size, f);

	if (f)
		fclose(f);
	return ok;
}

/* Whether the file was there to be written to. */
FIXTURE_SETUP(compact)
{
	if (geteuid())
		SKIP(return, "blocks by handle are root's");
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	if (access(COMPACT, W_OK))
		SKIP(return, "a kernel without debugfs");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	/* All of the pool is to be in pieces. */
	ASSERT_TRUE(get(MIN_FREE, self->min_free, sizeof(self->min_free)));
	ASSERT_EQ(0, ta_put(MIN_FREE, "0"));
	self->pages = ta_free_pages(self->fd);
	self->info = calloc(self->pages, sizeof(*self->info));
	ASSERT_NE(NULL, self->info);
}

FIXTURE_TEARDOWN(compact)
{
	EXPECT_EQ(0, ta_put(MIN_FREE, self->min_free));
	close(self->fd);
}

static bool compact_all(void)
{
	return !ta_put(COMPACT, "1");
}

/* Whether there is a block of this order, with more effort or less. */
static bool has_block(compact_t *self, unsigned int order, int mode)
{
	int handle = ta_alloc(self->fd, TA_LAYER_PAGES, order, mode, NULL);

	return handle > 0 && !ta_free(self->fd, handle);
}

/* --- pages that tell whose they are -------------------------------------- */

static uint64_t *word(compact_t *self, size_t page, int nr)
{
	return (uint64_t *)(self->mem + page * PAGE) + nr * 73;
}

static void stamp(compact_t *self, size_t page, uint64_t tag)
{
	for (int i = 0; i < 8; i++)
		*word(self, page, i) = tag * 0x9e3779b97f4a7c15 + page * 8 + i;
}

static bool is_stamped(compact_t *self, size_t page, uint64_t tag)
{
	for (int i = 0; i < 8; i++)
		if (*word(self, page, i) !=
		    tag * 0x9e3779b97f4a7c15 + page * 8 + i)
			return false;
	return true;
}

/* The pages that are still there, with the right bytes in them. */
static size_t nr_stamped(compact_t *self, uint64_t tag)
{
	size_t nr = 0;

	for (size_t page = 0; page < self->nr; page++)
		if (self->info[page].state)
			nr += is_stamped(self, page, tag);
	return nr;
}

static bool look(compact_t *self)
{
	return !ta_pages(self->fd, self->mem, self->nr, self->info);
}

static bool fill(compact_t *self, size_t nr, uint64_t tag)
{
	self->nr = nr;
	self->mem = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);
	if (self->mem == MAP_FAILED)
		return false;
	for (size_t page = 0; page < nr; page++)
		stamp(self, page, tag);
	return look(self);
}

/* Unmap what stands in every other frame; returns how many pages are left. */
static size_t thin_out(compact_t *self)
{
	size_t left = 0;

	for (size_t page = 0; page < self->nr; page++)
		if (self->info[page].frame % 2)
			left++;
		else
			munmap(self->mem + page * PAGE, PAGE);
	return look(self) ? left : 0;
}

/* Half of the pool free, and no two free pages together. */
static size_t fragment(compact_t *self)
{
	if (!fill(self, self->pages, 1))
		return 0;
	return thin_out(self);
}

TEST_F_TIMEOUT(compact, half_free_is_made_whole, 120)
{
	size_t left = fragment(self), moved = 0;
	struct ta_page_info *was;
	int handle;

	ASSERT_LT(self->pages / 2 - 64, left);
	EXPECT_EQ(self->pages - left, (size_t)ta_free_pages(self->fd));
	EXPECT_FALSE(has_block(self, HUGE_ORDER, TA_ALLOC_NOWAIT));
	EXPECT_FALSE(has_block(self, 1, TA_ALLOC_NOWAIT));

	was = calloc(self->nr, sizeof(*was));
	ASSERT_NE(NULL, was);
	memcpy(was, self->info, self->nr * sizeof(*was));
	handle = ta_alloc(self->fd, TA_LAYER_PAGES, HUGE_ORDER, 0, NULL);
	EXPECT_LT(0, handle);
	ASSERT_TRUE(look(self));
	for (size_t page = 0; page < self->nr; page++)
		moved += was[page].frame != self->info[page].frame;
	/* no more than had to be */
	EXPECT_LT(0, moved);
	EXPECT_GE(512, moved);
	EXPECT_EQ(left, nr_stamped(self, 1));

	ASSERT_TRUE(compact_all());
	for (int i = 0; i < 8; i++)
		EXPECT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, HUGE_ORDER,
				      TA_ALLOC_NOWAIT, NULL));
	EXPECT_EQ(left, nr_stamped(self, 1));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* Want a page more than there is: then the layers give back what they keep. */
static void make_them_give_back(compact_t *self)
{
	size_t len = (ta_free_pages(self->fd) + 1) * PAGE;
	char *p = ta_mmap(self->fd, NULL, len, RW, MAP_POPULATE);

	if (p != MAP_FAILED)
		munmap(p, len);
}

/* What needs no block is had from the same pool all the while. */
TEST_F_TIMEOUT(compact, two_mib_by_each_layer, 120)
{
	static const enum ta_layer layers[] = {
		TA_LAYER_KMALLOC, TA_LAYER_VMALLOC,
	};
	size_t left = fragment(self);
	int got[2][2];

	ASSERT_LT(self->pages / 2 - 64, left);
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++) {
			got[round][i] = ta_alloc(self->fd, layers[i], 2 << 20,
						 TA_ALLOC_NOWAIT, NULL);
			if (got[round][i] > 0)
				EXPECT_EQ(0, ta_free(self->fd, got[round][i]));
		}
		ASSERT_TRUE(compact_all());
	}
	EXPECT_GE(0, got[0][0]);
	EXPECT_LT(0, got[0][1]);
	EXPECT_LT(0, got[1][0]);
	EXPECT_LT(0, got[1][1]);
	EXPECT_EQ(left, nr_stamped(self, 1));
	make_them_give_back(self);
}

/* --- several processes --------------------------------------------------- */

struct family {
	compact_t *self;
	struct ta_turn *turn;
	size_t left;
	int nr;
};

/* A child that writes to a part of what it shares, and later looks. */
static void sharer(void *arg)
{
	struct family *f = arg;
	compact_t *self = f->self;
	size_t mine = 0;

	for (size_t page = f->nr; page < self->nr; page += 40)
		if (self->info[page].state) {
			stamp(self, page, 10 + f->nr);
			mine++;
		}
	ta_turn_add(f->turn);
	ta_turn_wait(f->turn, 100);
	TA_CHILD(nr_stamped(self, 1) == f->left - mine);
	TA_CHILD(nr_stamped(self, 10 + f->nr) == mine);
	for (size_t page = 0; page < self->nr; page += 3)
		if (self->info[page].state)
			stamp(self, page, 20 + f->nr);
	for (size_t page = 0; page < self->nr; page += 3)
		TA_CHILD(!self->info[page].state ||
			 is_stamped(self, page, 20 + f->nr));
}

TEST_F_TIMEOUT(compact, shared_pages_move_and_stay_shared, 180)
{
	struct family f = { .self = self };
	pid_t pid[3];
	long resident;

	/* room for the copies that the children make */
	self->pages /= 2;
	ASSERT_TRUE(fill(self, self->pages, 1));
	f.left = thin_out(self);
	f.turn = ta_turn_new();
	for (f.nr = 0; f.nr < 3; f.nr++)
		pid[f.nr] = ta_fork(sharer, &f);
	ta_turn_wait(f.turn, 3);
	resident = ta_free_pages(self->fd);
	ASSERT_TRUE(compact_all());
	EXPECT_EQ(resident, ta_free_pages(self->fd));
	EXPECT_EQ(f.left, nr_stamped(self, 1));
	EXPECT_TRUE(has_block(self, HUGE_ORDER, TA_ALLOC_NOWAIT));
	ta_turn_set(f.turn, 100);
	for (int i = 0; i < 3; i++)
		EXPECT_EQ(0, ta_join(pid[i]));
	EXPECT_EQ(f.left, nr_stamped(self, 1));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* --- threads that write on ----------------------------------------------- */

#define WRITERS		3
#define COUNTERS	64UL

struct writer {
	compact_t *self;
	int nr;
	uint64_t count[COUNTERS];	/* what must stand in each page */
};

static atomic_ulong *counter(compact_t *self, size_t page, int nr)
{
	return (atomic_ulong *)(self->mem + page * PAGE + nr * 520);
}

/* Increments a counter of its own in pages that all of them write to. */
static void *count_up(void *arg)
{
	struct writer *w = arg;
	compact_t *self = w->self;
	size_t i = w->nr;

	while (!atomic_load(&self->stop)) {
		size_t page = (i += 7) % COUNTERS;
		atomic_ulong *at = counter(self, page, w->nr);
		uint64_t seen = atomic_load_explicit(at, memory_order_relaxed);

		if (seen != w->count[page])
			atomic_fetch_add(&self->wrong, 1);
		/* A plain load and store: what is lost in between is lost. */
		atomic_store_explicit(at, seen + 1, memory_order_relaxed);
		w->count[page] = seen + 1;
	}
	return NULL;
}

/* Nobody may see a counter go down: that would be a page of before. */
static void *watch(void *arg)
{
	compact_t *self = arg;
	static uint64_t last[COUNTERS][WRITERS];

	while (!atomic_load(&self->stop))
		for (size_t page = 0; page < COUNTERS; page++)
			for (int nr = 0; nr < WRITERS; nr++) {
				uint64_t now = atomic_load(counter(self, page, nr));

				if (now < last[page][nr])
					atomic_fetch_add(&self->wrong, 1);
				last[page][nr] = now;
			}
	return NULL;
}

static void frozen(void *arg)
{
	compact_t *self = arg;
	uint64_t first[COUNTERS], sum = 0;

	for (size_t page = 0; page < COUNTERS; page++)
		first[page] = *counter(self, page, 0);
	for (int i = 0; i < 20; i++)
		sched_yield();
	for (size_t page = 0; page < COUNTERS; page++) {
		TA_CHILD(first[page] == *counter(self, page, 0));
		*counter(self, page, 0) = 0;
		sum += *counter(self, page, 0);
	}
	TA_CHILD(sum == 0);
}

/* Let the pages move back and forth: the hole is once below, once above. */
static void shuffle(compact_t *self, int round, bool forks)
{
	/* A move that other CPUs must know of takes its time in a slow VM. */
	size_t nr = 256;
	char *hole = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);
	pid_t pid = forks ? ta_fork(frozen, self) : 0;

	for (size_t page = 0; page < nr; page++)
		hole[page * PAGE] = 1;
	compact_all();
	for (size_t page = round % 2; page < nr; page += 2)
		munmap(hole + page * PAGE, PAGE);
	compact_all();
	has_block(self, 10, 0);
	munmap(hole, nr * PAGE);
	if (pid && ta_join(pid))
		atomic_fetch_add(&self->wrong, 1);
}

static size_t run_writers(compact_t *self, int rounds, bool forks)
{
	struct writer *w = calloc(WRITERS, sizeof(*w));
	pthread_t thread[WRITERS + 1];
	struct ta_page_info *was;
	size_t moved = 0;
	int i;

	self->nr = COUNTERS;
	self->mem = ta_mmap(self->fd, NULL, COUNTERS * PAGE, RW, 0);
	for (i = 0; i < WRITERS; i++) {
		w[i].self = self;
		w[i].nr = i;
		pthread_create(&thread[i], NULL, count_up, &w[i]);
	}
	pthread_create(&thread[i], NULL, watch, self);
	was = calloc(COUNTERS, sizeof(*was));
	for (int round = 0; round < rounds; round++) {
		ta_pages(self->fd, self->mem, COUNTERS, was);
		shuffle(self, round, forks);
		look(self);
		for (size_t page = 0; page < COUNTERS; page++)
			moved += was[page].frame != self->info[page].frame;
	}
	atomic_store(&self->stop, true);
	for (i = 0; i <= WRITERS; i++)
		pthread_join(thread[i], NULL);
	for (size_t page = 0; page < COUNTERS; page++)
		for (i = 0; i < WRITERS; i++)
			if (*counter(self, page, i) != w[i].count[page])
				atomic_fetch_add(&self->wrong, 1);
	return moved;
}

TEST_F_TIMEOUT(compact, no_write_is_lost_while_pages_move, 240)
{
	size_t moved = run_writers(self, 3, false);

	EXPECT_EQ(0, atomic_load(&self->wrong));
	EXPECT_EQ(0, ta_validate(self->fd));
	TH_LOG("%zu moves", moved);
	EXPECT_LT(0, moved);
}

TEST_F_TIMEOUT(compact, no_write_is_lost_while_pages_move_and_fork, 240)
{
	size_t moved = run_writers(self, 5, true);

	TH_LOG("%zu moves", moved);
	EXPECT_EQ(0, atomic_load(&self->wrong));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* --- what stays ---------------------------------------------------------- */

/* The page in the lowest frame: compaction moves that, if it can. */
static size_t lowest(compact_t *self)
{
	size_t at = 0;

	for (size_t page = 0; page < self->nr; page++)
		if (self->info[page].state &&
		    (!self->info[at].state ||
		     self->info[page].frame < self->info[at].frame))
			at = page;
	return at;
}

static bool moves(compact_t *self, size_t page)
{
	uint64_t was = self->info[page].frame;

	compact_all();
	return look(self) && self->info[page].frame != was;
}

TEST_F_TIMEOUT(compact, page_in_a_pipe_stays, 120)
{
	size_t left, page;
	struct iovec iov;
	uint64_t seen;
	int pipe_fd[2];

	left = fragment(self);
	page = lowest(self);
	ASSERT_EQ(0, pipe(pipe_fd));
	iov.iov_base = word(self, page, 0);
	iov.iov_len = sizeof(seen);
	ASSERT_EQ(sizeof(seen), vmsplice(pipe_fd[1], &iov, 1, 0));
	EXPECT_FALSE(moves(self, page));
	EXPECT_EQ(left, nr_stamped(self, 1));
	/* the pipe has the page itself, so it sees what is written later */
	*word(self, page, 0) = 4711;
	ASSERT_EQ(sizeof(seen), read(pipe_fd[0], &seen, sizeof(seen)));
	EXPECT_EQ(4711, seen);
	stamp(self, page, 1);
	EXPECT_TRUE(moves(self, page));
	EXPECT_EQ(left, nr_stamped(self, 1));
	EXPECT_EQ(0, ta_validate(self->fd));
}

TEST_F_TIMEOUT(compact, page_of_io_uring_stays, 120)
{
	struct io_uring_params params = {};
	struct iovec iov;
	size_t page;
	int ring;

	fragment(self);
	page = lowest(self);
	ring = syscall(__NR_io_uring_setup, 4, &params);
	if (ring < 0)
		SKIP(return, "a kernel without io_uring");
	iov.iov_base = self->mem + page * PAGE;
	iov.iov_len = PAGE;
	if (syscall(__NR_io_uring_register, ring, IORING_REGISTER_BUFFERS,
		    &iov, 1))
		SKIP(return, "io_uring refuses buffers in a file's mapping");
	EXPECT_FALSE(moves(self, page));
	EXPECT_FALSE(moves(self, page));
	EXPECT_TRUE(is_stamped(self, page, 1));
	close(ring);
	/* the ring lets go in its own time */
	for (int i = 0; i < 200 && !moves(self, page); i++)
		usleep(10000);
	EXPECT_TRUE(is_stamped(self, page, 1));
	EXPECT_EQ(0, ta_validate(self->fd));
}

TEST_F_TIMEOUT(compact, locked_memory_stays, 120)
{
	size_t page;

	fragment(self);
	page = lowest(self);
	ASSERT_EQ(0, mlock(self->mem + page * PAGE, PAGE));
	EXPECT_FALSE(moves(self, page));
	EXPECT_TRUE(is_stamped(self, page, 1));
	ASSERT_EQ(0, munlock(self->mem + page * PAGE, PAGE));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* H60: what the kernel itself has for moving pages lets ours alone. */

static void *annoy(void *arg)
{
	compact_t *self = arg;
	unsigned long nodes = 1;

	for (int i = 0; i < 10; i++) {
		void *at[COUNTERS];
		int to[COUNTERS] = {}, status[COUNTERS];

		for (size_t page = 0; page < COUNTERS; page++)
			at[page] = self->mem + page * PAGE;
		ta_put("/proc/sys/vm/compact_memory", "1");
		syscall(SYS_move_pages, 0, COUNTERS, at, to, status, 2);
		syscall(SYS_mbind, self->mem, COUNTERS * PAGE, 2, &nodes, 8, 2);
		syscall(SYS_migrate_pages, 0, 8, &nodes, &nodes);
		madvise(self->mem, COUNTERS * PAGE, MADV_MERGEABLE);
		madvise(self->mem, COUNTERS * PAGE, MADV_HUGEPAGE);
		ta_put("/proc/sys/vm/drop_caches", "3");
		ta_put("/sys/devices/system/cpu/cpu1/online", i % 2 ? "1" : "0");
	}
	ta_put("/sys/devices/system/cpu/cpu1/online", "1");
	return NULL;
}

TEST_F_TIMEOUT(compact, h60_the_kernels_own_movers, 240)
{
	struct ta_page_info *was = calloc(COUNTERS, sizeof(*was));
	pthread_t thread;

	ASSERT_TRUE(fill(self, COUNTERS, 1));
	memcpy(was, self->info, COUNTERS * sizeof(*was));
	annoy(self);
	ASSERT_TRUE(look(self));
	EXPECT_EQ(0, memcmp(was, self->info, COUNTERS * sizeof(*was)));
	EXPECT_EQ(COUNTERS, nr_stamped(self, 1));

	/* and the same while ours is at work */
	ASSERT_EQ(0, pthread_create(&thread, NULL, annoy, self));
	for (int i = 0; i < 4; i++)
		shuffle(self, i, false);
	pthread_join(thread, NULL);
	EXPECT_EQ(COUNTERS, nr_stamped(self, 1));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* --- handles ------------------------------------------------------------- */

TEST_F_TIMEOUT(compact, contiguous_range_larger_than_any_block, 120)
{
	const size_t nr = 1500;
	int handle = ta_alloc(self->fd, TA_LAYER_CONTIG, nr, 0, NULL);
	uint64_t frame;
	size_t left;

	if (handle < 0)
		SKIP(return, "the host gave no two sections in a row");
	EXPECT_EQ(self->pages - nr, (size_t)ta_free_pages(self->fd));
	ASSERT_EQ(0, ta_free(self->fd, handle));
	left = fragment(self);
	handle = ta_alloc(self->fd, TA_LAYER_CONTIG, nr, 0, &frame);
	ASSERT_LT(0, handle);
	EXPECT_EQ(left, nr_stamped(self, 1));
	ASSERT_TRUE(look(self));
	for (size_t page = 0; page < self->nr; page++)
		if (self->info[page].state &&
		    self->info[page].frame - frame < nr)
			EXPECT_EQ(0, self->info[page].frame);
	EXPECT_EQ(0, ta_validate(self->fd));
	EXPECT_EQ(0, ta_free(self->fd, handle));
}

TEST_F(compact, handle_belongs_to_its_client)
{
	int other = ta_open(), handle;

	handle = ta_alloc(self->fd, TA_LAYER_PAGES, 3, 0, NULL);
	ASSERT_LT(0, handle);
	EXPECT_EQ(self->pages - 8, (size_t)ta_free_pages(self->fd));
	EXPECT_EQ(-1, ta_free(other, handle));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_LT(0, ta_alloc(other, TA_LAYER_PAGES, 0, 0, NULL));
	/* dies with it */
	close(other);
	EXPECT_EQ(self->pages - 8, (size_t)ta_free_pages(self->fd));
	EXPECT_EQ(0, ta_free(self->fd, handle));
	EXPECT_EQ(-1, ta_free(self->fd, handle));
	EXPECT_EQ(ENOENT, errno);
	EXPECT_EQ(self->pages, (size_t)ta_free_pages(self->fd));
}

static int refused(compact_t *self, struct ta_ioc_alloc arg)
{
	arg.size = sizeof(arg);
	errno = 0;
	return ioctl(self->fd, TA_IOC_ALLOC, &arg) ? errno : 0;
}

TEST_F(compact, bad_requests_by_handle_refused)
{
	struct ta_ioc_free bad = { .size = sizeof(bad), .reserved = 1 };
	int ro;

	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .amount = 11 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .amount = -1 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .layer = 99 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_KMALLOC }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_KMALLOC,
					.amount = (4 << 20) + 1 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_VMALLOC }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_VMALLOC,
					.amount = -1 }));
	EXPECT_EQ(ENOMEM, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_VMALLOC,
					.amount = 1UL << 62 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .mode = 2 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .handle = 1 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .reserved = 1 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){ .flags = 1 }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_CONTIG }));
	EXPECT_EQ(EINVAL, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_CONTIG, .amount = 1,
					.mode = TA_ALLOC_NOWAIT }));
	EXPECT_EQ(ENOMEM, refused(self, (struct ta_ioc_alloc){
					.layer = TA_LAYER_CONTIG, .amount = -1 }));
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_FREE, &bad));
	EXPECT_EQ(EINVAL, errno);
	ro = open(TA_DEVICE, O_RDONLY);
	EXPECT_EQ(-1, ta_alloc(ro, TA_LAYER_PAGES, 0, 0, NULL));
	EXPECT_EQ(EBADF, errno);
	close(ro);
	EXPECT_EQ(self->pages, (size_t)ta_free_pages(self->fd));
}

TA_TEST_MAIN
