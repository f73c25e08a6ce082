// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of fork: each side sees its own, and only what is written is copied,
 * out of the pool.
 *
 * Each test runs on a mapping and on the break: they are told apart by
 * /proc/self/maps only.
 */
#include "kselftest_harness.h"

#include "ta_test.h"

#define NR	((size_t)16)
#define LEN	(NR * PAGE)

FIXTURE(fork) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *mem;		/* LEN bytes, all 1, all touched */
};

FIXTURE_VARIANT(fork) {
	bool heap;
};

FIXTURE_VARIANT_ADD(fork, mapping) {
	.heap = false,
};

FIXTURE_VARIANT_ADD(fork, heap) {
	.heap = true,
};

#define fork_t FIXTURE_DATA(fork)

FIXTURE_SETUP(fork)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
	if (variant->heap) {
		self->mem = ta_sbrk(self->fd, LEN);
		ASSERT_NE((void *)-1, self->mem);
	} else {
		self->mem = ta_mmap(self->fd, NULL, LEN, RW, 0);
		ASSERT_NE(MAP_FAILED, self->mem);
	}
	memset(self->mem, 1, LEN);
}

FIXTURE_TEARDOWN(fork)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

/* A child that waits for its turn, does something, and waits to end. */
struct actor {
	fork_t *self;
	struct ta_turn *turn;
	int when;
	void (*act)(struct actor *actor);
	size_t page;		/* for @act */
	int byte;
};

static void run_actor(void *arg)
{
	struct actor *actor = arg;

	ta_turn_wait(actor->turn, actor->when);
	actor->act(actor);
	ta_turn_add(actor->turn);
	ta_turn_wait(actor->turn, 1000);
}

static void do_nothing(struct actor *actor)
{
	(void)actor;
}

static void check_ones(struct actor *actor)
{
	TA_CHILD(ta_all(actor->self->mem, LEN, 1));
}

static void write_page(struct actor *actor)
{
	char *at = actor->self->mem + actor->page * PAGE;

	TA_CHILD(ta_all(at, PAGE, 1));
	TA_CHILD(ta_state(actor->self->fd, at) == TA_PAGE_SHARED);
	memset(at, actor->byte, PAGE);
	TA_CHILD(ta_state(actor->self->fd, at) == TA_PAGE_PRESENT);
	TA_CHILD(ta_all(at, PAGE, actor->byte));
}

static void write_all(struct actor *actor)
{
	TA_CHILD(ta_all(actor->self->mem, LEN, 1));
	memset(actor->self->mem, actor->byte, LEN);
	TA_CHILD(ta_all(actor->self->mem, LEN, actor->byte));
}

static void unmap_half(struct actor *actor)
{
	TA_CHILD(!munmap(actor->self->mem, LEN / 2));
	TA_CHILD(ta_all(actor->self->mem + LEN / 2, LEN / 2, 1));
}

static pid_t start(struct actor *actor)
{
	return ta_fork(run_actor, actor);
}

static int finish(struct actor *actor, pid_t pid)
{
	ta_turn_set(actor->turn, 1000);
	return ta_join(pid);
}

TEST_F(fork, costs_no_page)
{
	struct actor child = { self, ta_turn_new(), 0, check_ones };
	pid_t pid = start(&child);

	ta_turn_wait(child.turn, 1);
	EXPECT_USED(NR);
	EXPECT_EQ(TA_PAGE_SHARED, ta_state(self->fd, self->mem));
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_USED(NR);
}

TEST_F(fork, a_page_the_child_writes_is_copied)
{
	struct actor child = {
		self, ta_turn_new(), 0, write_page, .page = 3, .byte = 2,
	};
	struct ta_ioc_info was, is;
	pid_t pid;

	ASSERT_EQ(0, ta_info(self->fd, &was));
	pid = start(&child);
	ta_turn_wait(child.turn, 1);
	EXPECT_USED(NR + 1);
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	ASSERT_EQ(0, ta_info(self->fd, &is));
	EXPECT_EQ(was.cow_copies + 1, is.cow_copies);
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_USED(NR);
}

TEST_F(fork, a_page_the_parent_writes_is_copied)
{
	struct actor child = { self, ta_turn_new(), 1, check_ones };
	pid_t pid = start(&child);
	long frame = ta_frame(self->fd, self->mem);

	self->mem[0] = 2;
	EXPECT_USED(NR + 1);
	EXPECT_NE(frame, ta_frame(self->fd, self->mem));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, self->mem));
	EXPECT_EQ(TA_PAGE_SHARED, ta_state(self->fd, self->mem + PAGE));
	ta_turn_add(child.turn);
	ta_turn_wait(child.turn, 2);
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_EQ(2, self->mem[0]);
	EXPECT_EQ(1, self->mem[1]);
	EXPECT_USED(NR);
}

TEST_F(fork, the_last_sharer_copies_nothing)
{
	struct actor child = { self, ta_turn_new(), 0, do_nothing };
	long frame = ta_frame(self->fd, self->mem);

	EXPECT_EQ(0, finish(&child, start(&child)));
	memset(self->mem, 2, LEN);
	EXPECT_USED(NR);
	EXPECT_EQ(frame, ta_frame(self->fd, self->mem));
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(self->fd, self->mem));
}

static void touch_fresh(void *arg)
{
	fork_t *self = arg;
	char *p = ta_mmap(self->fd, NULL, LEN, RW, 0);

	TA_CHILD(p != MAP_FAILED);
	TA_CHILD(ta_all(p, LEN, 0));
	memset(p, 7, LEN);
	TA_CHILD(ta_all(self->mem, LEN, 1));
}

TEST_F(fork, a_child_maps_memory_of_its_own)
{
	EXPECT_EQ(0, ta_join(ta_fork(touch_fresh, self)));
	EXPECT_USED(NR);
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
}

struct untouched {
	struct ta_turn *turn;
	char *mem;
};

static void touch_untouched(void *arg)
{
	struct untouched *u = arg;

	ta_turn_wait(u->turn, 1);
	/* The parent has written to the first half meanwhile. */
	TA_CHILD(ta_all(u->mem, LEN, 0));
	memset(u->mem, 9, LEN);
}

TEST_F(fork, pages_untouched_at_the_fork_are_two)
{
	struct untouched u = { ta_turn_new() };
	pid_t pid;

	if (variant->heap)
		u.mem = ta_sbrk(self->fd, LEN);
	else
		u.mem = ta_mmap(self->fd, NULL, LEN, RW, 0);
	pid = ta_fork(touch_untouched, &u);
	memset(u.mem, 8, LEN / 2);
	ta_turn_add(u.turn);
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_TRUE(ta_all(u.mem, LEN / 2, 8));
	EXPECT_TRUE(ta_all(u.mem + LEN / 2, LEN / 2, 0));
}

TEST_F(fork, the_child_unmaps_and_the_parent_keeps)
{
	struct actor child = { self, ta_turn_new(), 0, unmap_half };
	pid_t pid = start(&child);

	ta_turn_wait(child.turn, 1);
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	EXPECT_USED(NR);
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
}

TEST_F(fork, the_parent_gives_back_and_the_child_keeps)
{
	struct actor child = { self, ta_turn_new(), 1, check_ones };
	pid_t pid = start(&child);

	if (variant->heap) {
		ASSERT_NE((void *)-1, ta_sbrk(self->fd, -(intptr_t)LEN));
	} else {
		ASSERT_EQ(0, munmap(self->mem, LEN));
	}
	EXPECT_USED(NR);
	ta_turn_add(child.turn);
	ta_turn_wait(child.turn, 2);
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_USED(0);
}

TEST_F(fork, a_read_only_page_is_copied_once_writable)
{
	struct actor child = { self, ta_turn_new(), 1, check_ones };
	pid_t pid;

	ASSERT_EQ(0, mprotect(self->mem, LEN, PROT_READ));
	pid = start(&child);
	ASSERT_EQ(0, mprotect(self->mem, LEN, RW));
	memset(self->mem, 2, LEN);
	ta_turn_add(child.turn);
	ta_turn_wait(child.turn, 2);
	EXPECT_USED(2 * NR);
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_TRUE(ta_all(self->mem, LEN, 2));
}

TEST_F(fork, the_kernel_writes_to_a_shared_page)
{
	struct actor child = { self, ta_turn_new(), 1, check_ones };
	pid_t pid = start(&child);
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(5, write(ends[1], "hello", 5));
	ASSERT_EQ(5, read(ends[0], self->mem + PAGE - 2, 5));
	EXPECT_EQ(0, memcmp(self->mem + PAGE - 2, "hello", 5));
	EXPECT_USED(NR + 2);
	ta_turn_add(child.turn);
	ta_turn_wait(child.turn, 2);
	EXPECT_EQ(0, finish(&child, pid));
}

TEST_F(fork, again_after_a_copy)
{
	struct actor child = { self, ta_turn_new(), 1, check_ones };
	struct actor second = { self, ta_turn_new(), 1, write_all, .byte = 5 };
	pid_t pid = start(&child), other;

	self->mem[0] = 2;
	self->mem[0] = 1;
	other = start(&second);
	memset(self->mem, 3, LEN);
	ta_turn_add(second.turn);
	ta_turn_wait(second.turn, 2);
	ta_turn_add(child.turn);
	ta_turn_wait(child.turn, 2);
	EXPECT_TRUE(ta_all(self->mem, LEN, 3));
	EXPECT_USED(3 * NR);
	EXPECT_EQ(0, finish(&second, other));
	EXPECT_EQ(0, finish(&child, pid));
	EXPECT_USED(NR);
}

TEST_F(fork, a_hundred_children_one_after_the_other)
{
	for (int i = 0; i < 100; i++) {
		struct actor child = {
			self, ta_turn_new(), 0, write_page,
			.page = i % NR, .byte = 2,
		};

		ASSERT_EQ(0, finish(&child, start(&child)));
		munmap(child.turn, PAGE);
		self->mem[(i % NR) * PAGE] = 1;
	}
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	EXPECT_USED(NR);
}

TEST_F(fork, twenty_children_at_once)
{
	struct actor child = {
		self, ta_turn_new(), 0, write_all, .byte = 4,
	};
	pid_t pids[20];

	for (int i = 0; i < 20; i++)
		pids[i] = start(&child);
	ta_turn_wait(child.turn, 20);
	EXPECT_USED(21 * NR);
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	ta_turn_set(child.turn, 1000);
	for (int i = 0; i < 20; i++) {
		EXPECT_EQ(0, ta_join(pids[i]));
	}
	EXPECT_USED(NR);
}

/* The six orders in which three can act. */
static const int orders[6][3] = {
	{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 },
	{ 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
};

/* Three generations; each acts at its place in the order. */
struct chain {
	fork_t *self;
	struct ta_turn *turn;
	const int *when;	/* of parent, child, grandchild */
	struct ta_turn *born;
	bool leave;		/* exit at once, or wait for the others */
};

/* Write everywhere, after having seen what there was at the fork. */
static void act_in_chain(struct chain *chain, int who)
{
	char *mem = chain->self->mem;

	ta_turn_wait(chain->turn, chain->when[who]);
	TA_CHILD(ta_all(mem, LEN, 1));
	memset(mem, 0x10 + who, LEN);
	TA_CHILD(ta_all(mem, LEN, 0x10 + who));
	ta_turn_add(chain->turn);
	if (!chain->leave)
		ta_turn_wait(chain->turn, 3);
	TA_CHILD(ta_all(mem, LEN, 0x10 + who));
}

static void grandchild(void *arg)
{
	struct chain *chain = arg;

	ta_turn_add(chain->born);
	act_in_chain(chain, 2);
}

static void child_of_chain(void *arg)
{
	struct chain *chain = arg;
	pid_t pid = ta_fork(grandchild, chain);

	act_in_chain(chain, 1);
	if (!chain->leave)
		TA_CHILD(!ta_join(pid));
}

static void run_chain(struct __test_metadata *_metadata, struct chain *chain)
{
	fork_t *self = chain->self;
	pid_t pid;

	chain->turn = ta_turn_new();
	chain->born = ta_turn_new();
	memset(self->mem, 1, LEN);
	pid = ta_fork(child_of_chain, chain);
	ta_turn_wait(chain->born, 1);
	act_in_chain(chain, 0);
	EXPECT_EQ(0, ta_join(pid));
	ta_turn_wait(chain->turn, 3);
	EXPECT_TRUE(ta_all(self->mem, LEN, 0x10));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - NR));
}

TEST_F(fork, h45_three_generations_write_in_every_order)
{
	for (int i = 0; i < 6; i++) {
		struct chain chain = { self, .when = orders[i] };

		run_chain(_metadata, &chain);
	}
}

TEST_F(fork, h03_three_generations_write_and_leave_in_every_order)
{
	for (int i = 0; i < 6; i++) {
		struct chain chain = { self, .when = orders[i], .leave = true };

		run_chain(_metadata, &chain);
	}
}

static void orphan(void *arg)
{
	struct chain *chain = arg;

	ta_turn_wait(chain->turn, 1);
	TA_CHILD(ta_all(chain->self->mem, LEN, 1));
	memset(chain->self->mem, 6, LEN);
	ta_turn_add(chain->turn);
}

static void leave_orphan(void *arg)
{
	struct chain *chain = arg;

	ta_fork(orphan, chain);
	TA_CHILD(!munmap(chain->self->mem, LEN / 2));
}

TEST_F(fork, h03_a_grandchild_outlives_the_child)
{
	struct chain chain = { self, ta_turn_new() };

	ASSERT_EQ(0, ta_join(ta_fork(leave_orphan, &chain)));
	memset(self->mem, 2, LEN);
	ta_turn_add(chain.turn);
	ta_turn_wait(chain.turn, 2);
	EXPECT_TRUE(ta_all(self->mem, LEN, 2));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - NR));
}

static void no_memory(void *arg)
{
	fork_t *self = arg;
	struct ta_line line;

	TA_CHILD(ta_lines(&line, 1) == 0);
	TA_CHILD(ta_read(self->mem).sig == SIGSEGV);
}

TEST_F(fork, dontfork_keeps_it_from_the_child)
{
	ASSERT_EQ(0, madvise(self->mem, LEN, MADV_DONTFORK));
	EXPECT_EQ(0, ta_join(ta_fork(no_memory, self)));
	EXPECT_TRUE(ta_all(self->mem, LEN, 1));
	EXPECT_USED(NR);
}

static void heap_begins(void *arg)
{
	fork_t *self = arg;
	char *start, *end;

	TA_CHILD(!ta_brk_range(self->fd, (void **)&start, (void **)&end));
	TA_CHILD(start == end);
	TA_CHILD(!ta_brk(self->fd, start + PAGE));
	TA_CHILD(ta_all(start, PAGE, 0));
}

TEST_F(fork, a_child_of_an_empty_heap_has_an_empty_heap)
{
	if (variant->heap)
		ASSERT_EQ(0, ta_brk(self->fd, self->mem));
	EXPECT_EQ(0, ta_join(ta_fork(heap_begins, self)));
	EXPECT_TRUE(ta_settles(self->fd,
			       self->pages - (variant->heap ? 0 : NR)));
}

TEST_F(fork, vfork_shares_and_returns)
{
	pid_t pid = vfork();

	if (!pid) {
		self->mem[0] = 2;
		_exit(0);
	}
	EXPECT_EQ(0, ta_join(pid));
	/* The same address space, so no copy. */
	EXPECT_EQ(2, self->mem[0]);
	EXPECT_USED(NR);
}

TA_TEST_MAIN
