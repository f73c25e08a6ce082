// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what happens when memory is refused in the middle of something: every
 * request on the way of every command, fault and system call fails in turn.
 *
 * Model: a round is a process. It makes a scene (a heap and a mapping, some pages of
 * them written to), does one thing while the nth request fails, and looks around:
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
#include <time.h>

#include "ta_test.h"

#define HEAP		4	/* pages, all written to */
#define MAP		8	/* pages: four written to, one read, three not touched */
#define WRITTEN		4
#define MAX_ROUNDS	1000
#define THE_END		99	/* a round in which nothing failed */

/* An address with no page table anywhere near */
#define FAR		((char *)0x600000000000)

struct scene {
	int fd;
	char *heap;
	char *map;
	char *place;		/* as large as @map, nothing there */
	char *other;		/* what a case has besides */
	int fd2;
	int handle;
	pid_t child;
};

enum flags {
	DONE_ALL_THE_SAME = 1,	/* though it is EFAULT */
	OVER_THE_OLD = 2,	/* what was there may be gone: mmap(2) says so too */
	ASKS_FOR_NOTHING = 4,	/* so there is nothing to fail */
};

FIXTURE(failnth) {
	int fd;
};

FIXTURE_VARIANT(failnth) {
	int (*act)(struct scene *s);		/* 0 or the error */
	void (*prepare)(struct scene *s);
	void (*worked)(struct scene *s);	/* look what came of it */
	int flags;
};

#define variant_t FIXTURE_VARIANT(failnth)

/*
 * What caches have for the next time would be missed by who counts pages. Who finds
 * no block has everybody give such things back.
 */
static void reclaim(void)
{
	int fd = ta_open();

	while (ta_alloc(fd, TA_LAYER_PAGES, 10, 0, NULL) > 0)
		;
	close(fd);
}

FIXTURE_SETUP(failnth)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(failnth)
{
	close(self->fd);
	reclaim();
}

/* The scene */

static char pattern(size_t page)
{
	return 'a' + page;
}

static void fill(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE, pattern(i), PAGE);
}

static bool filled(const char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (!ta_all(p + i * PAGE, PAGE, pattern(i)))
			return false;
	return true;
}

static void make_scene(struct scene *s)
{
	s->fd = ta_open();
	s->place = mmap(NULL, MAP * PAGE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s->heap = ta_sbrk(s->fd, HEAP * PAGE);
	s->map = ta_mmap(s->fd, NULL, MAP * PAGE, RW, 0);
	TA_CHILD(s->heap != (void *)-1 && s->map != MAP_FAILED);
	TA_CHILD(!munmap(s->place, MAP * PAGE));
	fill(s->heap, HEAP);
	fill(s->map, WRITTEN);
	TA_CHILD(!ta_read(s->map + WRITTEN * PAGE).sig);
}

/* What must be the same after a failure */
struct look {
	struct ta_ioc_info info;
	void *brk;
	struct ta_line lines[16];
	int nr_lines;
	struct ta_page_info heap[HEAP], map[MAP];
};

/* A split that was for nothing stays; the kernel's own do. */
static void join_lines(struct look *look)
{
	struct ta_line *to = look->lines;

	for (int i = 1; i < look->nr_lines; i++) {
		struct ta_line *line = &look->lines[i];

		if (line->start == to->end && !strcmp(line->perms, to->perms))
			to->end = line->end;
		else
			*++to = *line;
	}
	if (look->nr_lines)
		look->nr_lines = to - look->lines + 1;
}

/* A zero page that goes is no loss, and any page may be moved. */
static void simplify(struct ta_page_info *pages, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (pages[i].state == TA_PAGE_ZERO)
			pages[i].state = TA_PAGE_NONE;
		pages[i].frame = 0;
	}
}

static void look_around(struct scene *s, struct look *look)
{
	memset(look, 0, sizeof(*look));
	TA_CHILD(!ta_info(s->fd, &look->info));
	TA_CHILD(!ta_brk_range(s->fd, NULL, &look->brk));
	look->nr_lines = ta_lines(look->lines, 16);
	TA_CHILD(look->nr_lines >= 0 && look->nr_lines <= 16);
	join_lines(look);
	TA_CHILD(!ta_pages(s->fd, s->heap, HEAP, look->heap));
	TA_CHILD(!ta_pages(s->fd, s->map, MAP, look->map));
	simplify(look->heap, HEAP);
	simplify(look->map, MAP);
}

static bool same_lines(const struct look *a, const struct look *b)
{
	if (a->nr_lines != b->nr_lines)
		return false;
	for (int i = 0; i < a->nr_lines; i++)
		if (a->lines[i].start != b->lines[i].start ||
		    a->lines[i].end != b->lines[i].end ||
		    strcmp(a->lines[i].perms, b->lines[i].perms))
			return false;
	return true;
}

static void expect_same(struct scene *s, const struct look *before)
{
	struct look now;

	look_around(s, &now);
	TA_CHILD(now.brk == before->brk);
	TA_CHILD(same_lines(&now, before));
	TA_CHILD(now.info.mapped_pages == before->info.mapped_pages);
	TA_CHILD(now.info.resident_pages == before->info.resident_pages);
	TA_CHILD(now.info.committed_pages == before->info.committed_pages);
	TA_CHILD(now.info.held_pages == before->info.held_pages);
	TA_CHILD(!memcmp(now.heap, before->heap, sizeof(now.heap)));
	TA_CHILD(!memcmp(now.map, before->map, sizeof(now.map)));
	TA_CHILD(filled(s->heap, HEAP) && filled(s->map, WRITTEN));
}

/* One round */

struct round {
	const variant_t *variant;
	struct scene *s;
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

static void end_child(struct scene *s)
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

static void expect_as_before(struct round *round, const struct look *before)
{
	int flags = round->variant->flags;

	if (round->err == EFAULT && (flags & DONE_ALL_THE_SAME))
		return;
	if (flags & OVER_THE_OLD)
		return;
	expect_same(round->s, before);
	/* And nothing is in the way of it. */
	TA_CHILD(!round->variant->act(round->s));
}

static void play(void *arg)
{
	struct round *round = arg;
	struct scene s = { .fd2 = -1 };
	struct look before;
	struct ta_hit hit;

	round->s = &s;
	make_scene(&s);
	if (round->variant->prepare)
		round->variant->prepare(&s);
	look_around(&s, &before);
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

static int ask_info(struct scene *s)
{
	struct ta_ioc_info info;

	return result(ta_info(s->fd, &info));
}

FIXTURE_VARIANT_ADD(failnth, info) { .act = ask_info };

static int grow_heap(struct scene *s)
{
	return result(ta_brk(s->fd, s->heap + 2 * HEAP * PAGE));
}

static void has_grown(struct scene *s)
{
	TA_CHILD(filled(s->heap, HEAP));
	TA_CHILD(ta_all(s->heap + HEAP * PAGE, HEAP * PAGE, 0));
}

FIXTURE_VARIANT_ADD(failnth, brk_grows) {
	.act = grow_heap, .worked = has_grown, .flags = DONE_ALL_THE_SAME,
};

static int shrink_heap(struct scene *s)
{
	return result(ta_brk(s->fd, s->heap + PAGE));
}

static void has_shrunk(struct scene *s)
{
	TA_CHILD(filled(s->heap, 1));
	TA_CHILD(ta_read(s->heap + PAGE).sig == SIGSEGV);
}

FIXTURE_VARIANT_ADD(failnth, brk_shrinks) {
	.act = shrink_heap, .worked = has_shrunk, .flags = DONE_ALL_THE_SAME,
};

static void open_second(struct scene *s)
{
	s->fd2 = ta_open();
	TA_CHILD(s->fd2 >= 0);
}

static int make_heap(struct scene *s)
{
	return result(ta_brk_range(s->fd2, NULL, NULL));
}

FIXTURE_VARIANT_ADD(failnth, brk_for_the_first_time) {
	.act = make_heap, .prepare = open_second,
};

static int map_at(struct scene *s, char *at, size_t pages, int flags)
{
	char *p = ta_mmap(s->fd, at, pages * PAGE, RW, flags);

	if (p == MAP_FAILED)
		return errno;
	s->other = p;
	return 0;
}

static int map_anywhere(struct scene *s)
{
	return map_at(s, NULL, MAP, 0);
}

static void other_is_zero(struct scene *s)
{
	TA_CHILD(ta_all(s->other, MAP * PAGE, 0));
	fill(s->other, MAP);
	TA_CHILD(filled(s->other, MAP));
}

FIXTURE_VARIANT_ADD(failnth, mmap) {
	.act = map_anywhere, .worked = other_is_zero,
};

static int map_fixed(struct scene *s)
{
	return map_at(s, s->place, MAP, MAP_FIXED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_fixed) {
	.act = map_fixed, .worked = other_is_zero,
};

static int map_over(struct scene *s)
{
	return map_at(s, s->map, MAP, MAP_FIXED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_fixed_over_another) {
	.act = map_over, .worked = other_is_zero, .flags = OVER_THE_OLD,
};

static int map_and_populate(struct scene *s)
{
	return map_at(s, NULL, MAP, MAP_POPULATE);
}

FIXTURE_VARIANT_ADD(failnth, mmap_populate) {
	.act = map_and_populate, .worked = other_is_zero,
};

static int map_and_lock(struct scene *s)
{
	return map_at(s, NULL, MAP, MAP_LOCKED);
}

FIXTURE_VARIANT_ADD(failnth, mmap_locked) {
	.act = map_and_lock, .worked = other_is_zero,
};

static int ask_pages(struct scene *s)
{
	struct ta_page_info pages[MAP];

	return result(ta_pages(s->fd, s->map, MAP, pages));
}

FIXTURE_VARIANT_ADD(failnth, pages) { .act = ask_pages };

static int validate(struct scene *s)
{
	return result(ta_validate(s->fd));
}

FIXTURE_VARIANT_ADD(failnth, validate) { .act = validate };

static int alloc(struct scene *s, enum ta_layer layer, uint64_t amount)
{
	s->handle = ta_alloc(s->fd, layer, amount, 0, NULL);
	return result(s->handle);
}

static void can_be_freed(struct scene *s)
{
	TA_CHILD(!ta_free(s->fd, s->handle));
}

static int alloc_page(struct scene *s)
{
	return alloc(s, TA_LAYER_PAGES, 0);
}

FIXTURE_VARIANT_ADD(failnth, alloc_page) {
	.act = alloc_page, .worked = can_be_freed,
};

static int alloc_block(struct scene *s)
{
	return alloc(s, TA_LAYER_PAGES, 6);
}

FIXTURE_VARIANT_ADD(failnth, alloc_block) {
	.act = alloc_block, .worked = can_be_freed,
};

static int alloc_range(struct scene *s)
{
	return alloc(s, TA_LAYER_CONTIG, 11);
}

FIXTURE_VARIANT_ADD(failnth, alloc_range) {
	.act = alloc_range, .worked = can_be_freed,
};

static int alloc_bytes(struct scene *s)
{
	return alloc(s, TA_LAYER_KMALLOC, 100);
}

FIXTURE_VARIANT_ADD(failnth, alloc_bytes) {
	.act = alloc_bytes, .worked = can_be_freed,
};

static int alloc_many_bytes(struct scene *s)
{
	return alloc(s, TA_LAYER_KMALLOC, 5 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, alloc_many_bytes) {
	.act = alloc_many_bytes, .worked = can_be_freed,
};

static int alloc_cache(struct scene *s)
{
	return alloc(s, TA_LAYER_CACHE, 1000);
}

FIXTURE_VARIANT_ADD(failnth, alloc_cache) {
	.act = alloc_cache, .worked = can_be_freed,
};

static void with_cache(struct scene *s)
{
	s->fd2 = ta_alloc(s->fd, TA_LAYER_CACHE, 1000, 0, NULL);
}

static int alloc_object(struct scene *s)
{
	return alloc(s, TA_LAYER_OBJECT, s->fd2);
}

FIXTURE_VARIANT_ADD(failnth, alloc_object) {
	.act = alloc_object, .prepare = with_cache, .worked = can_be_freed,
};

static int alloc_row(struct scene *s)
{
	return alloc(s, TA_LAYER_VMALLOC, 21 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, alloc_row) {
	.act = alloc_row, .worked = can_be_freed,
};

static void have_row(struct scene *s)
{
	TA_CHILD(!alloc_row(s));
}

static int free_row(struct scene *s)
{
	return result(ta_free(s->fd, s->handle));
}

static void is_freed(struct scene *s)
{
	TA_CHILD(ta_free(s->fd, s->handle) == -1 && errno == ENOENT);
}

FIXTURE_VARIANT_ADD(failnth, free) {
	.act = free_row, .prepare = have_row, .worked = is_freed,
	.flags = DONE_ALL_THE_SAME,
};

static int configure(struct scene *s)
{
	return result(ta_set_fault_order(s->fd, 2));
}

FIXTURE_VARIANT_ADD(failnth, config) {
	.act = configure, .flags = DONE_ALL_THE_SAME,
};

static int forget_pages(struct scene *s)
{
	return result(ta_madvise(s->fd, s->map, 2 * PAGE, MADV_DONTNEED));
}

static void are_forgotten(struct scene *s)
{
	TA_CHILD(ta_all(s->map, 2 * PAGE, 0));
	TA_CHILD(ta_all(s->map + 2 * PAGE, PAGE, pattern(2)));
}

FIXTURE_VARIANT_ADD(failnth, advise) {
	.act = forget_pages, .worked = are_forgotten,
	.flags = DONE_ALL_THE_SAME,
};

/* The device as a file */

static int open_device(struct scene *s)
{
	s->fd2 = ta_open();
	return result(s->fd2);
}

static void is_client(struct scene *s)
{
	char *p = ta_sbrk(s->fd2, PAGE);

	TA_CHILD(p != (void *)-1 && !ta_write(p, 1).sig);
}

FIXTURE_VARIANT_ADD(failnth, open) {
	.act = open_device, .worked = is_client,
};

static void have_second(struct scene *s)
{
	open_second(s);
	is_client(s);
	TA_CHILD(ta_alloc(s->fd2, TA_LAYER_VMALLOC, 5 * PAGE, 0, NULL) > 0);
}

static int close_device(struct scene *s)
{
	return result(close(s->fd2));
}

FIXTURE_VARIANT_ADD(failnth, close) {
	.act = close_device, .prepare = have_second,
	.flags = ASKS_FOR_NOTHING,
};

static int poll_device(struct scene *s)
{
	struct pollfd pollfd = { .fd = s->fd, .events = POLLPRI };

	return result(poll(&pollfd, 1, 0));
}

FIXTURE_VARIANT_ADD(failnth, poll) { .act = poll_device };

/* Faults */

static int read_untouched(struct scene *s)
{
	return *(volatile char *)(s->map + 6 * PAGE) ? EIO : 0;
}

FIXTURE_VARIANT_ADD(failnth, fault_read) {
	.act = read_untouched, .flags = ASKS_FOR_NOTHING,
};

static int write_to(char *p)
{
	*(volatile char *)p = 'w';
	return *(volatile char *)p == 'w' ? 0 : EIO;
}

static int write_untouched(struct scene *s)
{
	return write_to(s->map + 6 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write) { .act = write_untouched };

static int write_zero(struct scene *s)
{
	return write_to(s->map + WRITTEN * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write_to_the_zero_page) {
	.act = write_zero,
};

static void have_far(struct scene *s)
{
	TA_CHILD(!map_at(s, FAR, 2 * MAP, MAP_FIXED_NOREPLACE));
}

static int read_far(struct scene *s)
{
	return *(volatile char *)(s->other + 5 * PAGE) ? EIO : 0;
}

FIXTURE_VARIANT_ADD(failnth, fault_read_without_page_table) {
	.act = read_far, .prepare = have_far,
};

static int write_far(struct scene *s)
{
	return write_to(s->other + 5 * PAGE);
}

FIXTURE_VARIANT_ADD(failnth, fault_write_without_page_table) {
	.act = write_far, .prepare = have_far,
};

static void have_far_and_batches(struct scene *s)
{
	have_far(s);
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

static void have_child(struct scene *s)
{
	s->child = ta_fork(stay, NULL);
	TA_CHILD(s->child > 0);
}

static int write_shared(struct scene *s)
{
	return write_to(s->map);
}

static void is_copied(struct scene *s)
{
	TA_CHILD(ta_all(s->map + 1, PAGE - 1, pattern(0)));
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

static void check_as_child(struct scene *s)
{
	for (size_t i = 0; i < HEAP; i++)
		TA_CHILD(is_right_or_lost(s->heap + i * PAGE, pattern(i)));
	for (size_t i = 0; i < MAP; i++)
		TA_CHILD(is_right_or_lost(s->map + i * PAGE,
					  i < WRITTEN ? pattern(i) : 0));
}

static int fork_and_check(struct scene *s)
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
static void parent_is_whole(struct scene *s)
{
	TA_CHILD(!ta_join(s->child));
	s->child = 0;
	TA_CHILD(filled(s->heap, HEAP) && filled(s->map, WRITTEN));
	for (size_t i = 0; i < MAP; i++)
		TA_CHILD(!ta_write(s->map + i * PAGE, 'p').sig);
	for (size_t i = 0; i < HEAP; i++)
		TA_CHILD(!ta_write(s->heap + i * PAGE, 'p').sig);
}

FIXTURE_VARIANT_ADD(failnth, h04_fork) {
	.act = fork_and_check, .worked = parent_is_whole,
};

static int move_map(struct scene *s)
{
	char *p = mremap(s->map, MAP * PAGE, MAP * PAGE,
			 MREMAP_MAYMOVE | MREMAP_FIXED, s->place);

	return p == MAP_FAILED ? errno : 0;
}

static void is_moved(struct scene *s)
{
	TA_CHILD(filled(s->place, WRITTEN));
	TA_CHILD(ta_all(s->place + WRITTEN * PAGE, (MAP - WRITTEN) * PAGE, 0));
	/* The kernel leaves it, as a second view, if it cannot take it away. */
	TA_CHILD(ta_read(s->map).sig == SIGSEGV || filled(s->map, WRITTEN));
}

FIXTURE_VARIANT_ADD(failnth, mremap_moves) {
	.act = move_map, .worked = is_moved,
};

static int protect_part(struct scene *s)
{
	return result(mprotect(s->map + PAGE, PAGE, PROT_READ));
}

static void is_protected(struct scene *s)
{
	TA_CHILD(ta_write(s->map + PAGE, 1).sig == SIGSEGV);
	TA_CHILD(!ta_write(s->map, 1).sig);
	TA_CHILD(!ta_write(s->map + 2 * PAGE, 1).sig);
}

FIXTURE_VARIANT_ADD(failnth, mprotect_splits) {
	.act = protect_part, .worked = is_protected,
};

static int unmap_part(struct scene *s)
{
	return result(munmap(s->map + PAGE, PAGE));
}

static void is_unmapped(struct scene *s)
{
	TA_CHILD(ta_read(s->map + PAGE).sig == SIGSEGV);
	TA_CHILD(ta_all(s->map, PAGE, pattern(0)));
	TA_CHILD(ta_all(s->map + 2 * PAGE, PAGE, pattern(2)));
}

FIXTURE_VARIANT_ADD(failnth, munmap_of_a_part) {
	.act = unmap_part, .worked = is_unmapped,
};

/* The end of a process cannot tell how far it has come. */

FIXTURE(failing) {
	int fd;
};

FIXTURE_SETUP(failing)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(failing)
{
	close(self->fd);
}

#define LAST_AT_EXIT	60

static void make_and_exit(void *arg)
{
	struct scene s = { 0 };

	make_scene(&s);
	ta_fail_nth(*(unsigned int *)arg);
}

TEST_F_TIMEOUT(failing, exit_gives_all_back, 60)
{
	long pages = ta_free_pages(self->fd);

	for (unsigned int nth = 1; nth <= LAST_AT_EXIT; nth++) {
		ASSERT_EQ(0, ta_join(ta_fork(make_and_exit, &nth)));
		ASSERT_TRUE(ta_settles(self->fd, pages)) {
			TH_LOG("when request %u failed", nth);
		}
	}
}

/* H92: not one request fails, but all of them. */

static void touch(void *arg)
{
	struct scene *s = arg;

	ta_fail_me(true);
	*(volatile char *)s->other = 1;
}

/* Ends as the access does: by a signal, or well. */
static void fail_at_access(void *arg)
{
	struct scene s = { 0 };
	struct ta_hit hit;

	make_scene(&s);
	TA_CHILD(ta_oom_adj(*(int *)arg));
	have_far(&s);
	/* So that the page is all that is missing; and then, another one */
	TA_CHILD(!write_to(s.other));
	s.other += 5 * PAGE;
	hit = ta_try(touch, &s);
	ta_fail_me(false);
	TA_CHILD(filled(s.heap, HEAP) && filled(s.map, WRITTEN));
	_exit(hit.sig);
}

static int end_of_access(const char *what, int adj)
{
	int err = ta_fail_always(what, true), status;

	if (err)
		return -1000 - err;
	status = ta_join(ta_fork(fail_at_access, &adj));
	err = ta_fail_always(what, false);
	return err ? -2000 - err : status;
}

TEST_F(failing, h92_no_page_of_the_pool_kills_whose_access_it_is)
{
	EXPECT_EQ(-SIGKILL, end_of_access("teachalloc/fail_page_alloc", 0));
}

TEST_F(failing, h92_no_page_of_the_pool_and_nobody_to_kill_is_sigbus)
{
	EXPECT_EQ(SIGBUS, end_of_access("teachalloc/fail_page_alloc", -1000));
}

TEST_F(failing, h92_no_memory_for_the_table_of_pages_is_sigbus)
{
	EXPECT_EQ(SIGBUS, end_of_access("failslab", -1000));
}

static void access_far(void *arg)
{
	struct scene s = { 0 };
	bool write = *(bool *)arg;

	make_scene(&s);
	have_far(&s);
	ta_fail_me(true);
	if (write)
		s.other[5 * PAGE] = 1;
	else
		TA_CHILD(!*(volatile char *)(s.other + 5 * PAGE));
	ta_fail_me(false);
	TA_CHILD(filled(s.heap, HEAP) && filled(s.map, WRITTEN));
}

static bool is_still_there(pid_t pid)
{
	struct timespec moment = { .tv_nsec = 300 * 1000000 };

	nanosleep(&moment, NULL);
	return !waitpid(pid, NULL, WNOHANG);
}

/*
 * The kernel itself has no page table for him. It tries again, as for all memory,
 * and says so; but he can be killed, and goes on when there is memory.
 */
TEST_F(failing, h92_no_page_table_is_waited_for)
{
	for (int write = 0; write < 2; write++) {
		bool what = write;
		pid_t killed, lucky;

		ASSERT_EQ(0, ta_fail_always("fail_page_alloc", true));
		killed = ta_fork(access_far, &what);
		lucky = ta_fork(access_far, &what);
		EXPECT_TRUE(is_still_there(killed));
		EXPECT_TRUE(is_still_there(lucky));
		kill(killed, SIGKILL);
		EXPECT_EQ(-SIGKILL, ta_join(killed));
		ASSERT_EQ(0, ta_fail_always("fail_page_alloc", false));
		EXPECT_EQ(0, ta_join(lucky));
	}
}

static void __attribute__((constructor)) need_failures(void)
{
	ta_fail_require();
}

TA_TEST_MAIN
