// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what happens when memory is refused in the middle of something: every
 * request on the way of every command, fault and system call fails in turn.
 *
 * Model: a round is a process. It makes a scene (ta_scene.c), does one thing while the
 * nth request fails, and looks around:
 *
 *	worked		and what it was for is there
 *	an error	ENOMEM, or EFAULT if it was a copy; SIGBUS for an access. Then
 *			everything is as before, and the same thing works now
 *
 * The next round lets the next request fail, until there is none. Some things are
 * done though the answer cannot be written (DONE_ALL_THE_SAME): Documentation/abi.md
 * says which.
 */
#include "kselftest_harness.h"

#include <poll.h>
#include <stdint.h>

#include "ta_scene.h"

#define MAX_ROUNDS	1000
#define THE_END		99	/* a round in which nothing failed */

enum flags {
	DONE_ALL_THE_SAME = 1,	/* though it is EFAULT */
	OVER_THE_OLD = 2,	/* what was there may be gone: mmap(2) says so too */
	ASKS_FOR_NOTHING = 4,	/* so there is nothing to fail */
};

FIXTURE(failnth) {
	int fd;
};

FIXTURE_VARIANT(failnth) {
	int (*act)(struct ta_scene *s);		/* 0 or the error */
	void (*prepare)(struct ta_scene *s);
	void (*worked)(struct ta_scene *s);	/* look what came of it */
	int flags;
};

#define variant_t FIXTURE_VARIANT(failnth)

FIXTURE_SETUP(failnth)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(failnth)
{
	close(self->fd);
	ta_reclaim();
}

/* One round */

struct round {
	const variant_t *variant;
	struct ta_scene *s;
	unsigned int nth;
	int err;
	bool failed;
};

static void act(void *arg)
{
	struct round *round = arg;

	ta_fail_nth(round->nth);
	round->err = round->variant->act(round->s);
	round->failed = !ta_fail_end();
}

static void end_child(struct ta_scene *s)
{
	if (s->child <= 0)
		return;
	kill(s->child, SIGKILL);
	ta_join(s->child);
}

static bool allowed(const struct round *round, struct ta_hit hit)
{
	if (hit.sig)
		return hit.sig == SIGBUS;
	return round->err == ENOMEM || round->err == EFAULT;
}

static void expect_as_before(struct round *round, const struct ta_scene_look *before)
{
	int flags = round->variant->flags;

	if (round->err == EFAULT && (flags & DONE_ALL_THE_SAME))
		return;
	if (flags & OVER_THE_OLD)
		return;
	ta_scene_expect_same(round->s, before);
	/* And nothing is in the way of it. */
	TA_CHILD(!round->variant->act(round->s));
}

static void play(void *arg)
{
	struct round *round = arg;
	struct ta_scene s = { .fd2 = -1 };
	struct ta_scene_look before;
	struct ta_hit hit;

	round->s = &s;
	ta_scene_make(&s);
	if (round->variant->prepare)
		round->variant->prepare(&s);
	ta_scene_look(&s, &before);
	hit = ta_try(act, round);
	if (hit.sig)
		round->failed = !ta_fail_end();
	if (hit.sig || round->err) {
		TA_CHILD(round->failed && allowed(round, hit));
		expect_as_before(round, &before);
	} else if (round->variant->worked) {
		round->variant->worked(&s);
	}
	end_child(&s);
	TA_CHILD(!ta_validate(s.fd));
	if (!round->failed)
		_exit(THE_END);
}

TEST_F_TIMEOUT(failnth, each_request_fails_in_turn, 120)
{
	struct round round = { .variant = variant, .nth = 1 };
	int status = 0;

	while (!status && round.nth < MAX_ROUNDS) {
		status = ta_join(ta_fork(play, &round));
		ASSERT_TRUE(!status || status == THE_END) {
			TH_LOG("when request %u failed", round.nth);
		}
		round.nth++;
	}
	EXPECT_EQ(THE_END, status);
	EXPECT_EQ(!!(variant->flags & ASKS_FOR_NOTHING), round.nth == 2);
	fprintf(stderr, "# %u requests failed in turn\n", round.nth - 2);
}

/* The commands */

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

static int ask_info(struct ta_scene *s)
{
	struct ta_ioc_info info;

	return result(ta_info(s->fd, &info));
}

FIXTURE_VARIANT_ADD(failnth, info) { .act = ask_info };

static int grow_heap(struct ta_scene *s)
{
	return result(ta_brk(s->fd, s->heap + 2 * SCENE_HEAP * PAGE));
}

static void has_grown(struct ta_scene *s)
{
	TA_CHILD(ta_scene_filled(s->heap, SCENE_HEAP));
	TA_CHILD(ta_all(s->heap + SCENE_HEAP * PAGE, SCENE_HEAP * PAGE, 0));
}

FIXTURE_VARIANT_ADD(failnth, brk_grows) {
	.act = grow_heap, .worked = has_grown, .flags = DONE_ALL_THE_SAME,
};

static int shrink_heap(struct ta_scene *s)
{
	return result(ta_brk(s->fd, s->heap + PAGE));
}

static void has_shrunk(struct ta_scene *s)
{
	TA_CHILD(ta_scene_filled(s->heap, 1));
	TA_CHILD(ta_read(s->heap + PAGE).sig == SIGSEGV);
}

FIXTURE_VARIANT_ADD(failnth, brk_shrinks) {
	.act = shrink_heap, .worked = has_shrunk, .flags = DONE_ALL_THE_SAME,
};

static void open_second(struct ta_scene *s)
{
	s->fd2 = ta_open();
	TA_CHILD(s->fd2 >= 0);
}

static int make_heap(struct ta_scene *s)
{
	return result(ta_brk_range(s->fd2, NULL, NULL));
}

FIXTURE_VARIANT_ADD(failnth, brk_for_the_first_time) {
	.act = make_heap, .prepare = open_second,
};

static int map_anywhere(struct ta_scene *s)
{
	return ta_scene_map(s, NULL, SCENE_MAP, 0);
}

static void other_is_zero(struct ta_scene *s)
{
	TA_CHILD(ta_all(s->other, SCENE_MAP * PAGE, 0));
	ta_scene_fill(s->other, SCENE_MAP);
	TA_CHILD(ta_scene_filled(s->other, SCENE_MAP));
}

FIXTURE_VARIANT_ADD(failnth, mmap) {
	.act = map_anywhere, .worked = other_is_zero,
};

static int map_fixed(struct ta_scene *s)
{
	return ta_scene_map(s, s->place, SCENE_MAP, MAP_FIXED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_fixed) {
	.act = map_fixed, .worked = other_is_zero,
};

static int map_over(struct ta_scene *s)
{
	return ta_scene_map(s, s->map, SCENE_MAP, MAP_FIXED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_fixed_over_another) {
	.act = map_over, .worked = other_is_zero, .flags = OVER_THE_OLD,
};

static int map_and_populate(struct ta_scene *s)
{
	return ta_scene_map(s, NULL, SCENE_MAP, MAP_POPULATE);
}

FIXTURE_VARIANT_ADD(failnth, mmap_populate) {
	.act = map_and_populate, .worked = other_is_zero,
};

static int map_and_lock(struct ta_scene *s)
{
	return ta_scene_map(s, NULL, SCENE_MAP, MAP_LOCKED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_locked) {
	.act = map_and_lock, .worked = other_is_zero,
};

static int ask_pages(struct ta_scene *s)
{
	struct ta_page_info pages[SCENE_MAP];

	return result(ta_pages(s->fd, s->map, SCENE_MAP, pages));
}

FIXTURE_VARIANT_ADD(failnth, pages) { .act = ask_pages };

static int validate(struct ta_scene *s)
{
	return result(ta_validate(s->fd));
}

FIXTURE_VARIANT_ADD(failnth, validate) { .act = validate };

static int alloc(struct ta_scene *s, enum ta_layer layer, uint64_t amount)
{
	s->handle = ta_alloc(s->fd, layer, amount, 0, NULL);
	return result(s->handle);
}

static void can_be_freed(struct ta_scene *s)
{
	TA_CHILD(!ta_free(s->fd, s->handle));
}

static int alloc_page(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_PAGES, 0);
}

FIXTURE_VARIANT_ADD(failnth, alloc_page) {
	.act = alloc_page, .worked = can_be_freed,
};

static int alloc_block(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_PAGES, 6);
}

FIXTURE_VARIANT_ADD(failnth, alloc_block) {
	.act = alloc_block, .worked = can_be_freed,
};

static int alloc_range(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_CONTIG, 11);
}

FIXTURE_VARIANT_ADD(failnth, alloc_range) {
	.act = alloc_range, .worked = can_be_freed,
};

static int alloc_bytes(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_KMALLOC, 100);
}

FIXTURE_VARIANT_ADD(failnth, alloc_bytes) {
	.act = alloc_bytes, .worked = can_be_freed,
};

static int alloc_many_bytes(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_KMALLOC, 5 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, alloc_many_bytes) {
	.act = alloc_many_bytes, .worked = can_be_freed,
};

static int alloc_cache(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_CACHE, 1000);
}

FIXTURE_VARIANT_ADD(failnth, alloc_cache) {
	.act = alloc_cache, .worked = can_be_freed,
};

static void with_cache(struct ta_scene *s)
{
	s->fd2 = ta_alloc(s->fd, TA_LAYER_CACHE, 1000, 0, NULL);
}

static int alloc_object(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_OBJECT, s->fd2);
}

FIXTURE_VARIANT_ADD(failnth, alloc_object) {
	.act = alloc_object, .prepare = with_cache, .worked = can_be_freed,
};

static int alloc_row(struct ta_scene *s)
{
	return alloc(s, TA_LAYER_VMALLOC, 21 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, alloc_row) {
	.act = alloc_row, .worked = can_be_freed,
};

static void have_row(struct ta_scene *s)
{
	TA_CHILD(!alloc_row(s));
}

static int free_row(struct ta_scene *s)
{
	return result(ta_free(s->fd, s->handle));
}

static void is_freed(struct ta_scene *s)
{
	TA_CHILD(ta_free(s->fd, s->handle) == -1 && errno == ENOENT);
}

FIXTURE_VARIANT_ADD(failnth, free) {
	.act = free_row, .prepare = have_row, .worked = is_freed,
	.flags = DONE_ALL_THE_SAME,
};

static int configure(struct ta_scene *s)
{
	return result(ta_set_fault_order(s->fd, 2));
}

FIXTURE_VARIANT_ADD(failnth, config) {
	.act = configure, .flags = DONE_ALL_THE_SAME,
};

static int forget_pages(struct ta_scene *s)
{
	return result(ta_madvise(s->fd, s->map, 2 * PAGE, MADV_DONTNEED));
}

static void are_forgotten(struct ta_scene *s)
{
	TA_CHILD(ta_all(s->map, 2 * PAGE, 0));
	TA_CHILD(ta_all(s->map + 2 * PAGE, PAGE, ta_scene_byte(2)));
}

FIXTURE_VARIANT_ADD(failnth, advise) {
	.act = forget_pages, .worked = are_forgotten,
	.flags = DONE_ALL_THE_SAME,
};

/* The device as a file */

static int open_device(struct ta_scene *s)
{
	s->fd2 = ta_open();
	return result(s->fd2);
}

static void is_client(struct ta_scene *s)
{
	char *p = ta_sbrk(s->fd2, PAGE);

	TA_CHILD(p != (void *)-1 && !ta_write(p, 1).sig);
}

FIXTURE_VARIANT_ADD(failnth, open) {
	.act = open_device, .worked = is_client,
};

static void have_second(struct ta_scene *s)
{
	open_second(s);
	is_client(s);
	TA_CHILD(ta_alloc(s->fd2, TA_LAYER_VMALLOC, 5 * PAGE, 0, NULL) > 0);
}

static int close_device(struct ta_scene *s)
{
	return result(close(s->fd2));
}

FIXTURE_VARIANT_ADD(failnth, close) {
	.act = close_device, .prepare = have_second,
	.flags = ASKS_FOR_NOTHING,
};

static int poll_device(struct ta_scene *s)
{
	struct pollfd pollfd = { .fd = s->fd, .events = POLLPRI };

	return result(poll(&pollfd, 1, 0));
}

FIXTURE_VARIANT_ADD(failnth, poll) { .act = poll_device };

/* Faults */

static int read_untouched(struct ta_scene *s)
{
	return *(volatile char *)(s->map + 6 * PAGE) ? EIO : 0;
}

FIXTURE_VARIANT_ADD(failnth, fault_read) {
	.act = read_untouched, .flags = ASKS_FOR_NOTHING,
};

static int write_untouched(struct ta_scene *s)
{
	return ta_scene_write(s->map + 6 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write) { .act = write_untouched };

static int write_zero(struct ta_scene *s)
{
	return ta_scene_write(s->map + SCENE_WRITTEN * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write_to_the_zero_page) {
	.act = write_zero,
};

static int read_far(struct ta_scene *s)
{
	return *(volatile char *)(s->other + 5 * PAGE) ? EIO : 0;
}

FIXTURE_VARIANT_ADD(failnth, fault_read_without_page_table) {
	.act = read_far, .prepare = ta_scene_have_far,
};

static int write_far(struct ta_scene *s)
{
	return ta_scene_write(s->other + 5 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write_without_page_table) {
	.act = write_far, .prepare = ta_scene_have_far,
};

static void have_far_and_batches(struct ta_scene *s)
{
	ta_scene_have_far(s);
	TA_CHILD(!ta_set_fault_order(s->fd, 4));
}

FIXTURE_VARIANT_ADD(failnth, fault_write_of_16_pages) {
	.act = write_far, .prepare = have_far_and_batches,
};

static void stay(void *arg)
{
	(void)arg;
	for (;;)
		pause();
}

static void have_child(struct ta_scene *s)
{
	s->child = ta_fork(stay, NULL);
	TA_CHILD(s->child > 0);
}

static int write_shared(struct ta_scene *s)
{
	return ta_scene_write(s->map);
}

static void is_copied(struct ta_scene *s)
{
	TA_CHILD(ta_all(s->map + 1, PAGE - 1, ta_scene_byte(0)));
}

FIXTURE_VARIANT_ADD(failnth, fault_copies) {
	.act = write_shared, .prepare = have_child, .worked = is_copied,
};

/* System calls on our memory */

/* What a fork had no memory for is a signal, and never another's bytes. */
static bool is_right_or_lost(char *p, char byte)
{
	struct ta_hit hit = ta_read(p);

	if (hit.sig)
		return hit.sig == SIGBUS;
	return ta_all(p, PAGE, byte) && !ta_write(p, 'c').sig;
}

static void check_as_child(struct ta_scene *s)
{
	for (size_t i = 0; i < SCENE_HEAP; i++)
		TA_CHILD(is_right_or_lost(s->heap + i * PAGE, ta_scene_byte(i)));
	for (size_t i = 0; i < SCENE_MAP; i++)
		TA_CHILD(is_right_or_lost(s->map + i * PAGE,
					  i < SCENE_WRITTEN ? ta_scene_byte(i) : 0));
}

static int fork_and_check(struct ta_scene *s)
{
	pid_t pid = fork();

	if (pid < 0)
		return errno;
	if (!pid) {
		check_as_child(s);
		_exit(0);
	}
	s->child = pid;
	return 0;
}

/* The parent's memory is his, and it is the same. */
static void parent_is_whole(struct ta_scene *s)
{
	TA_CHILD(!ta_join(s->child));
	s->child = 0;
	TA_CHILD(ta_scene_whole(s));
	for (size_t i = 0; i < SCENE_MAP; i++)
		TA_CHILD(!ta_write(s->map + i * PAGE, 'p').sig);
	for (size_t i = 0; i < SCENE_HEAP; i++)
		TA_CHILD(!ta_write(s->heap + i * PAGE, 'p').sig);
}

FIXTURE_VARIANT_ADD(failnth, h04_fork) {
	.act = fork_and_check, .worked = parent_is_whole,
};

static int move_map(struct ta_scene *s)
{
	char *p = mremap(s->map, SCENE_MAP * PAGE, SCENE_MAP * PAGE,
			 MREMAP_MAYMOVE | MREMAP_FIXED, s->place);

	return p == MAP_FAILED ? errno : 0;
}

static void is_moved(struct ta_scene *s)
{
	TA_CHILD(ta_scene_filled(s->place, SCENE_WRITTEN));
	TA_CHILD(ta_all(s->place + SCENE_WRITTEN * PAGE, (SCENE_MAP - SCENE_WRITTEN) * PAGE, 0));
	/* The kernel leaves it, as a second view, if it cannot take it away. */
	TA_CHILD(ta_read(s->map).sig == SIGSEGV || ta_scene_filled(s->map, SCENE_WRITTEN));
}

FIXTURE_VARIANT_ADD(failnth, mremap_moves) {
	.act = move_map, .worked = is_moved,
};

static int protect_part(struct ta_scene *s)
{
	return result(mprotect(s->map + PAGE, PAGE, PROT_READ));
}

static void is_protected(struct ta_scene *s)
{
	TA_CHILD(ta_write(s->map + PAGE, 1).sig == SIGSEGV);
	TA_CHILD(!ta_write(s->map, 1).sig);
	TA_CHILD(!ta_write(s->map + 2 * PAGE, 1).sig);
}

FIXTURE_VARIANT_ADD(failnth, mprotect_splits) {
	.act = protect_part, .worked = is_protected,
};

static int unmap_part(struct ta_scene *s)
{
	return result(munmap(s->map + PAGE, PAGE));
}

static void is_unmapped(struct ta_scene *s)
{
	TA_CHILD(ta_read(s->map + PAGE).sig == SIGSEGV);
	TA_CHILD(ta_all(s->map, PAGE, ta_scene_byte(0)));
	TA_CHILD(ta_all(s->map + 2 * PAGE, PAGE, ta_scene_byte(2)));
}

FIXTURE_VARIANT_ADD(failnth, munmap_of_a_part) {
	.act = unmap_part, .worked = is_unmapped,
};

static void __attribute__((constructor)) need_failures(void)
{
	ta_fail_require();
}

TA_TEST_MAIN
