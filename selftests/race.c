// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of several doing it at once: threads of one process, or processes
 * that share pages after a fork.
 *
 * Model: each test has a fixed number of rounds, so that a slow machine takes
 * longer and tests as much. What threads find wrong they count; a signal that
 * nobody expects ends the test.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdatomic.h>

#include "ta_test.h"

FIXTURE(race) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *mem;
	size_t len;
	pthread_barrier_t barrier;
	atomic_long wrong;
	atomic_bool stop;
};

#define race_t FIXTURE_DATA(race)

FIXTURE_SETUP(race)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
}

FIXTURE_TEARDOWN(race)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

static void join_all(pthread_t *threads, int nr)
{
	for (int i = 0; i < nr; i++)
		pthread_join(threads[i], NULL);
}

/* Faults that a thread expects come back to where it stands ready for them. */
static __thread sigjmp_buf ready;
static __thread volatile sig_atomic_t is_ready;

static void back_to_thread(int sig)
{
	if (!is_ready) {
		signal(sig, SIG_DFL);
		raise(sig);
	}
	siglongjmp(ready, 1);
}

static void expect_segfaults(void)
{
	struct sigaction act = { .sa_handler = back_to_thread };

	sigaction(SIGSEGV, &act, NULL);
}

/* H33: both threads touch the same fresh page at the same moment. */

#define ROUNDS	2000
#define BATCH	64

static void *first_touch(void *arg)
{
	race_t *self = arg;

	for (int i = 0; i < ROUNDS / BATCH; i++) {
		pthread_barrier_wait(&self->barrier);
		for (size_t page = 0; page < BATCH; page++)
			atomic_fetch_add((atomic_char *)
					 (self->mem + page * PAGE), 1);
		pthread_barrier_wait(&self->barrier);
		/* The first thread looks and starts anew here. */
		pthread_barrier_wait(&self->barrier);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, h33_two_first_touches_take_one_page, 120)
{
	pthread_t threads[2];

	self->mem = ta_mmap(self->fd, NULL, BATCH * PAGE, RW, 0);
	ASSERT_EQ(0, pthread_barrier_init(&self->barrier, NULL, 3));
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, first_touch,
					    self));
	}
	for (int i = 0; i < ROUNDS / BATCH; i++) {
		pthread_barrier_wait(&self->barrier);
		pthread_barrier_wait(&self->barrier);
		EXPECT_USED(BATCH);
		for (size_t page = 0; page < BATCH; page++) {
			EXPECT_EQ(2, self->mem[page * PAGE]);
		}
		EXPECT_EQ((void *)self->mem,
			  ta_mmap(self->fd, self->mem, BATCH * PAGE, RW,
				  MAP_FIXED));
		EXPECT_USED(0);
		pthread_barrier_wait(&self->barrier);
	}
	join_all(threads, 2);
}

/* H30: threads touch what another maps and unmaps. */

static void *touch_whatever_is_there(void *arg)
{
	race_t *self = arg;
	volatile size_t at = 0;

	while (!atomic_load(&self->stop)) {
		at = (at + 7 * PAGE) % self->len;
		if (!sigsetjmp(ready, 1)) {
			volatile char *p = self->mem + at;
			char seen;

			is_ready = 1;
			seen = *p;
			*p = 0x42;
			/* Zero, or what some thread of ours wrote. */
			if (seen != 0 && seen != 0x42)
				atomic_fetch_add(&self->wrong, 1);
		}
		is_ready = 0;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, h30_touching_while_another_unmaps, 120)
{
	pthread_t threads[3];

	expect_segfaults();
	self->len = 64 * PAGE;
	self->mem = ta_mmap(self->fd, NULL, self->len, RW, 0);
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    touch_whatever_is_there, self));
	}
	for (int i = 0; i < 300; i++) {
		size_t from = i % 32 * PAGE;

		ASSERT_EQ(0, munmap(self->mem + from, 32 * PAGE));
		ASSERT_EQ((void *)(self->mem + from),
			  ta_mmap(self->fd, self->mem + from, 32 * PAGE, RW,
				  i % 4 ? MAP_FIXED_NOREPLACE :
				  MAP_FIXED_NOREPLACE | MAP_POPULATE));
	}
	atomic_store(&self->stop, true);
	join_all(threads, 3);
	EXPECT_EQ(0, atomic_load(&self->wrong));
	ASSERT_EQ(0, munmap(self->mem, self->len));
	EXPECT_USED(0);
}

/* H31: the same with the break. */

TEST_F_TIMEOUT(race, h31_touching_while_another_moves_the_break, 120)
{
	pthread_t threads[3];

	expect_segfaults();
	self->len = 64 * PAGE;
	ASSERT_EQ(0, ta_brk_range(self->fd, (void **)&self->mem, NULL));
	for (int i = 0; i < 3; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL,
					    touch_whatever_is_there, self));
	}
	for (int i = 0; i < 1000; i++) {
		ASSERT_EQ(0, ta_brk(self->fd, self->mem + self->len));
		ASSERT_EQ(0, ta_brk(self->fd, self->mem + i % 64 * PAGE));
	}
	atomic_store(&self->stop, true);
	join_all(threads, 3);
	EXPECT_EQ(0, atomic_load(&self->wrong));
	ASSERT_EQ(0, ta_brk(self->fd, self->mem));
	EXPECT_USED(0);
}

/* H36: no write gets through after a page was protected. */

static void *write_when_allowed(void *arg)
{
	race_t *self = arg;
	volatile long *counter = (volatile long *)self->mem;

	while (!atomic_load(&self->stop)) {
		if (!sigsetjmp(ready, 1)) {
			is_ready = 1;
			*counter += 1;
		}
		is_ready = 0;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, h36_writing_while_another_protects, 120)
{
	volatile long *counter;
	pthread_t thread;
	long last = 0;

	expect_segfaults();
	self->mem = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	counter = (volatile long *)self->mem;
	/* The other may never find the page writable: it is so for an instant. */
	*counter = 0;
	ASSERT_EQ(0, pthread_create(&thread, NULL, write_when_allowed, self));
	for (int i = 0; i < 500; i++) {
		ASSERT_EQ(0, mprotect(self->mem, PAGE, PROT_READ));
		EXPECT_LE(last, *counter);
		last = *counter;
		for (int spin = 0; spin < 1000; spin++) {
			EXPECT_EQ(last, *counter);
		}
		ASSERT_EQ(0, mprotect(self->mem, PAGE, RW));
	}
	atomic_store(&self->stop, true);
	join_all(&thread, 1);
	EXPECT_USED(1);
}

/* H32: what a child sees is one moment of its parent's memory. */

struct pair {
	atomic_long *a;	/* written first */
	atomic_long *b;	/* in another page, written second */
	atomic_bool *stop;
};

static void *count_in_two_pages(void *arg)
{
	struct pair *pair = arg;

	for (long n = 1; !atomic_load(pair->stop); n++) {
		atomic_store(pair->a, n);
		atomic_store(pair->b, n);
	}
	return NULL;
}

static void look_at_pair(void *arg)
{
	struct pair *pair = arg;
	long a = atomic_load(pair->a), b = atomic_load(pair->b);

	/* Either both are written, or the first only. */
	TA_CHILD(a == b || a == b + 1);
	for (int i = 0; i < 1000; i++)
		TA_CHILD(atomic_load(pair->a) == a &&
			 atomic_load(pair->b) == b);
}

static void snapshots(struct __test_metadata *_metadata, race_t *self,
		      struct pair *pair)
{
	pthread_t thread;
	long last = 0;

	atomic_store(pair->a, 0);
	atomic_store(pair->b, 0);
	pair->stop = &self->stop;
	ASSERT_EQ(0, pthread_create(&thread, NULL, count_in_two_pages, pair));
	for (int i = 0; i < 150; i++) {
		EXPECT_EQ(0, ta_join(ta_fork(look_at_pair, pair)));
		/* The parent's own never go back. */
		EXPECT_LE(last, atomic_load(pair->a));
		last = atomic_load(pair->a);
	}
	atomic_store(&self->stop, true);
	join_all(&thread, 1);
	EXPECT_EQ(atomic_load(pair->a), atomic_load(pair->b));
}

TEST_F_TIMEOUT(race, h32_a_fork_of_mappings_is_one_moment, 120)
{
	char *p = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);
	char *q = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);
	struct pair up = { (atomic_long *)p, (atomic_long *)q };
	struct pair down = { (atomic_long *)q, (atomic_long *)p };

	snapshots(_metadata, self, &up);
	atomic_store(&self->stop, false);
	snapshots(_metadata, self, &down);
}

TEST_F_TIMEOUT(race, h32_a_fork_of_one_mapping_is_one_moment, 120)
{
	char *p = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);
	struct pair up = { (atomic_long *)p, (atomic_long *)(p + PAGE) };
	struct pair down = { (atomic_long *)(p + PAGE), (atomic_long *)p };

	snapshots(_metadata, self, &up);
	atomic_store(&self->stop, false);
	snapshots(_metadata, self, &down);
}

TEST_F_TIMEOUT(race, h32_a_fork_of_the_heap_is_one_moment, 120)
{
	char *p = ta_sbrk(self->fd, 64 * PAGE);
	struct pair up = { (atomic_long *)p, (atomic_long *)(p + PAGE) };

	snapshots(_metadata, self, &up);
}

/* H34: everybody writes an own byte of a page that all share. */

struct writers {
	char *mem;
	size_t nr;
	struct ta_turn *turn;
};

static void write_own_byte(struct writers *w, int who)
{
	for (size_t i = 0; i < w->nr; i++)
		w->mem[i * PAGE + who]++;
	for (size_t i = 0; i < w->nr; i++)
		for (int other = 0; other < 4; other++)
			TA_CHILD(w->mem[i * PAGE + other] ==
				 1 + (other == who));
}

static void second_writer(void *arg)
{
	struct writers *w = arg;

	ta_turn_wait(w->turn, 1);
	write_own_byte(w, 1);
}

static void third_writer(void *arg)
{
	struct writers *w = arg;

	ta_turn_wait(w->turn, 1);
	write_own_byte(w, 2);
}

TEST_F_TIMEOUT(race, h34_three_write_to_one_shared_page, 120)
{
	struct writers w = { .nr = 200 };

	w.mem = ta_mmap(self->fd, NULL, w.nr * PAGE, RW, 0);
	for (int round = 0; round < 20; round++) {
		pid_t one, two;

		memset(w.mem, 1, w.nr * PAGE);
		w.turn = ta_turn_new();
		one = ta_fork(second_writer, &w);
		two = ta_fork(third_writer, &w);
		ta_turn_set(w.turn, 1);
		write_own_byte(&w, 0);
		EXPECT_EQ(0, ta_join(one));
		EXPECT_EQ(0, ta_join(two));
		EXPECT_USED(w.nr);
	}
}

/* H35: one copies while another, who shares, leaves or unmaps. */

static void leave_at_once(void *arg)
{
	struct writers *w = arg;

	ta_turn_wait(w->turn, 1);
	for (size_t i = 0; i < w->nr; i++)
		munmap(w->mem + i * PAGE, PAGE);
}

TEST_F_TIMEOUT(race, h35_copying_while_the_other_unmaps, 120)
{
	struct writers w = { .nr = 200 };

	w.mem = ta_mmap(self->fd, NULL, w.nr * PAGE, RW, 0);
	for (int round = 0; round < 20; round++) {
		pid_t pid;

		memset(w.mem, 1, w.nr * PAGE);
		w.turn = ta_turn_new();
		pid = ta_fork(leave_at_once, &w);
		ta_turn_set(w.turn, 1);
		memset(w.mem, 2, w.nr * PAGE);
		EXPECT_EQ(0, ta_join(pid));
		EXPECT_TRUE(ta_all(w.mem, w.nr * PAGE, 2));
		EXPECT_USED(w.nr);
	}
}

/* H37, in small: who may still read a page must not see its next owner's. */

static void *read_for_ever(void *arg)
{
	race_t *self = arg;

	while (!atomic_load(&self->stop)) {
		if (!sigsetjmp(ready, 1)) {
			char seen;

			is_ready = 1;
			seen = *(volatile char *)self->mem;
			if (seen != 0 && seen != 0x11)
				atomic_fetch_add(&self->wrong, 1);
		}
		is_ready = 0;
	}
	return NULL;
}

TEST_F_TIMEOUT(race, h37_an_unmapped_page_is_gone_on_every_cpu, 120)
{
	pthread_t thread;

	expect_segfaults();
	self->mem = ta_mmap(self->fd, NULL, PAGE, RW, MAP_POPULATE);
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_for_ever, self));
	for (int i = 0; i < 500; i++) {
		char *secret;

		self->mem[0] = 0x11;
		ASSERT_EQ(0, munmap(self->mem, PAGE));
		/* Elsewhere: @mem stays a hole for the reader meanwhile. */
		secret = ta_mmap(self->fd, self->mem + 64 * PAGE, 8 * PAGE, RW,
				 MAP_FIXED);
		memset(secret, 0x66, 8 * PAGE);
		ASSERT_EQ(0, munmap(secret, 8 * PAGE));
		ASSERT_EQ((void *)self->mem,
			  ta_mmap(self->fd, self->mem, PAGE, RW,
				  MAP_FIXED_NOREPLACE));
	}
	atomic_store(&self->stop, true);
	join_all(&thread, 1);
	EXPECT_EQ(0, atomic_load(&self->wrong));
}

/* H43: one descriptor opened, closed and used by all at once. */

static void *use_slot(void *arg)
{
	race_t *self = arg;
	struct ta_ioc_info info;

	while (!atomic_load(&self->stop)) {
		char *p = ta_mmap(self->fd + 100, NULL, PAGE, RW, 0);

		if (p != MAP_FAILED) {
			*p = 1;
			munmap(p, PAGE);
		} else if (errno != EBADF) {
			atomic_fetch_add(&self->wrong, 1);
		}
		if (ta_info(self->fd + 100, &info) && errno != EBADF)
			atomic_fetch_add(&self->wrong, 1);
	}
	return NULL;
}

TEST_F_TIMEOUT(race, h43_closing_while_others_use_it, 120)
{
	pthread_t threads[2];

	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, use_slot, self));
	}
	for (int i = 0; i < 1000; i++) {
		int fd = ta_open();

		ASSERT_EQ(self->fd + 100, dup2(fd, self->fd + 100));
		close(fd);
		close(self->fd + 100);
	}
	atomic_store(&self->stop, true);
	join_all(threads, 2);
	EXPECT_EQ(0, atomic_load(&self->wrong));
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

/* The page query walks what others change. */

static void *query(void *arg)
{
	race_t *self = arg;
	struct ta_page_info pages[64];

	while (!atomic_load(&self->stop))
		if (ta_pages(self->fd, self->mem, 64, pages))
			atomic_fetch_add(&self->wrong, 1);
	return NULL;
}

static void leave(void *arg)
{
	(void)arg;
}

TEST_F_TIMEOUT(race, asking_while_another_maps_and_forks, 120)
{
	pthread_t threads[2];

	self->mem = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, query, self));
	}
	for (int i = 0; i < 200; i++) {
		char *middle = self->mem + 16 * PAGE;

		memset(self->mem, i, 64 * PAGE);
		ASSERT_EQ(0, munmap(middle, 16 * PAGE));
		ASSERT_EQ((void *)middle, ta_mmap(self->fd, middle, 16 * PAGE,
						  RW, MAP_FIXED_NOREPLACE));
		if (i % 20 == 0) {
			EXPECT_EQ(0, ta_join(ta_fork(leave, NULL)));
		}
	}
	atomic_store(&self->stop, true);
	join_all(threads, 2);
	EXPECT_EQ(0, atomic_load(&self->wrong));
}

/* H40: the whole process goes while its threads are at it. */

static void *busy(void *arg)
{
	race_t *self = arg;

	while (true) {
		char *p = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);

		memset(p, 1, 64 * PAGE);
		munmap(p, 64 * PAGE);
	}
	return NULL;
}

static void exit_while_busy(void *arg)
{
	pthread_t thread;

	for (int i = 0; i < 3; i++)
		TA_CHILD(!pthread_create(&thread, NULL, busy, arg));
	usleep(20000);
}

TEST_F_TIMEOUT(race, h40_exit_while_threads_fault, 120)
{
	for (int i = 0; i < 20; i++) {
		EXPECT_EQ(0, ta_join(ta_fork(exit_while_busy, self)));
		EXPECT_TRUE(ta_settles(self->fd, self->pages));
	}
}

/*
 * H38: several wait for pages at once, and find less than they saw before: each
 * frame has one owner, and what cannot be had is an error.
 */

#define MAX_FRAMES	262144
#define NR_HANDLES	512

static atomic_uchar owned[MAX_FRAMES];

static bool own(uint64_t frame, unsigned int order, unsigned char was)
{
	bool alone = true;

	for (uint64_t i = frame; i < frame + (1 << order); i++)
		alone &= atomic_exchange(&owned[i], !was) == was;
	return alone;
}

static void *take_until_none(void *arg)
{
	struct taken {
		int handle;
		unsigned int order;
		uint64_t frame;
	} taken[NR_HANDLES] = { 0 };
	race_t *self = arg;
	struct ta_rand rand = ta_seed();

	for (int i = 0; i < 3000; i++) {
		struct taken *t = &taken[ta_random(&rand, NR_HANDLES)];

		if (t->handle > 0) {
			if (!own(t->frame, t->order, 1) ||
			    ta_free(self->fd, t->handle))
				atomic_fetch_add(&self->wrong, 1);
			t->handle = 0;
			continue;
		}
		t->order = ta_random(&rand, 8);
		t->handle = ta_alloc(self->fd, TA_LAYER_PAGES, t->order, 0,
				     &t->frame);
		if (t->handle < 0 ? errno != ENOMEM :
				    !own(t->frame, t->order, 0))
			atomic_fetch_add(&self->wrong, 1);
	}
	for (int i = 0; i < NR_HANDLES; i++)
		if (taken[i].handle > 0)
			own(taken[i].frame, taken[i].order, 1);
	return NULL;
}

TEST_F_TIMEOUT(race, h38_who_waits_for_pages_looks_again, 120)
{
	pthread_t threads[4];

	for (int i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, take_until_none,
					    self));
	}
	join_all(threads, 4);
	EXPECT_EQ(0, atomic_load(&self->wrong));
	EXPECT_EQ(0, ta_validate(self->fd) && errno != EPERM);
	close(self->fd);
	self->fd = ta_open();
	EXPECT_EQ(self->pages, ta_free_pages(self->fd));
}

TA_TEST_MAIN
