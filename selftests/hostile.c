// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of arguments made to hurt: structs that lie in the very memory that the
 * call is about, that change while they are read, and that end nowhere.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/syscall.h>

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

/* H46: each command with its struct in memory of ours that has to fault first. */

struct place {
	hostile_t *self;
	char *at;		/* where the struct is to lie */
	char *page;		/* for what the command is about */
};

static int ask(const struct place *place, unsigned int cmd, const void *arg,
	       size_t size, void *answer)
{
	int ret;

	memcpy(place->at, arg, size);
	ret = ioctl(place->self->fd, cmd, place->at);
	memcpy(answer, place->at, size);
	return ret;
}

#define ASK(cmd, arg) ask(place, cmd, &(arg), sizeof(arg), &(arg))

static void ask_all(const struct place *place)
{
	struct ta_ioc_info info = { .size = sizeof(info) };
	struct ta_ioc_brk brk = { .size = sizeof(brk) };
	struct ta_ioc_mmap map = { .size = sizeof(map), .len = PAGE, .prot = RW };
	struct ta_ioc_pages pages = {
		.size = sizeof(pages), .addr = (uintptr_t)place->page,
		.nr_pages = 1, .pages = (uintptr_t)place->at,
	};
	struct ta_ioc_alloc alloc = { .size = sizeof(alloc) };
	struct ta_ioc_free free = { .size = sizeof(free) };
	struct ta_ioc_config config = { .size = sizeof(config) };
	struct ta_ioc_advise advise = {
		.size = sizeof(advise), .addr = (uintptr_t)place->page,
		.len = PAGE, .advice = MADV_DONTNEED,
	};
	struct ta_ioc_validate validate = { .size = sizeof(validate) };

	TA_CHILD(!ASK(TA_IOC_INFO, info) && info.pool_pages);
	TA_CHILD(!ASK(TA_IOC_BRK, brk) && brk.start);
	TA_CHILD(!ASK(TA_IOC_MMAP, map) && map.addr);
	TA_CHILD(!munmap((void *)(uintptr_t)map.addr, PAGE));
	memset(place->page, 1, PAGE);
	/* The answer goes where the question lies, which comes back last. */
	TA_CHILD(!ASK(TA_IOC_PAGES, pages));
	TA_CHILD(pages.size == sizeof(pages) && pages.nr_pages == 1);
	TA_CHILD(!ASK(TA_IOC_ALLOC, alloc) && alloc.handle);
	free.handle = alloc.handle;
	TA_CHILD(!ASK(TA_IOC_FREE, free));
	TA_CHILD(!ASK(TA_IOC_CONFIG, config) && config.quota_pages);
	TA_CHILD(!ASK(TA_IOC_ADVISE, advise) && !*place->page);
	TA_CHILD(!ASK(TA_IOC_VALIDATE, validate) || errno == EPERM);
}

/* Both sides, each in its own copies */
static void ask_all_in_child(void *arg)
{
	ask_all(arg);
}

TEST_F(hostile, h46_every_command_answers_into_memory_that_faults)
{
	char *p = ta_mmap(self->fd, NULL, 34 * PAGE, RW, 0);
	struct place place = { self, NULL, p + 33 * PAGE };

	for (unsigned int order = 0; order <= TA_MAX_FAULT_ORDER; order += 4) {
		ASSERT_EQ(0, ta_set_fault_order(self->fd, order));
		for (size_t left = 4; left <= 64; left += 12) {
			pid_t pid;

			ASSERT_EQ(0, ta_madvise(self->fd, p, 32 * PAGE,
						MADV_DONTNEED));
			/* Its end in the next page */
			place.at = p + 16 * PAGE - left;
			pid = ta_fork(ask_all_in_child, &place);
			ask_all(&place);
			EXPECT_EQ(0, ta_join(pid));
			/* All is there now, and shared once more. */
			pid = ta_fork(ask_all_in_child, &place);
			ask_all(&place);
			EXPECT_EQ(0, ta_join(pid));
		}
	}
}

/* H74: what is asked for changes while it is read. */

struct flip {
	volatile __u64 *word;
	__u64 values[2];
	atomic_bool stop;
};

static void *flip_word(void *arg)
{
	struct flip *flip = arg;

	for (unsigned int i = 0; !atomic_load(&flip->stop); i++)
		*flip->word = flip->values[i % 2];
	return NULL;
}

/* The mapping is of one length or the other, and is known by its address. */
TEST_F_TIMEOUT(hostile, h74_a_length_that_changes, 120)
{
	struct ta_ioc_mmap map = { .len = PAGE };
	struct flip flip = {
		.word = &map.len, .values = { PAGE, 3 * PAGE },
	};
	unsigned int seen[4] = { 0 };
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, flip_word, &flip));
	for (int i = 0; i < 5000; i++) {
		struct ta_line line = { 0 };
		size_t nr;

		map.size = sizeof(map);
		map.flags = 0;
		map.addr = 0;
		map.prot = RW;
		map.map_flags = MAP_POPULATE;
		ASSERT_EQ(0, ioctl(self->fd, TA_IOC_MMAP, &map));
		nr = self->pages - ta_free_pages(self->fd);
		ASSERT_TRUE(nr == 1 || nr == 3);
		seen[nr]++;
		if (i % 100 == 0) {
			EXPECT_EQ(1, ta_lines(&line, 1));
			EXPECT_EQ(map.addr, line.start);
			EXPECT_EQ(nr * PAGE, line.end - line.start);
		}
		ASSERT_EQ(0, munmap((void *)(uintptr_t)map.addr, nr * PAGE));
	}
	atomic_store(&flip.stop, true);
	pthread_join(thread, NULL);
	EXPECT_USED(0);
	EXPECT_LT(0, seen[1] + seen[3]);
}

/* size and flags: too short, too long, unknown flags; never a torn struct. */
TEST_F_TIMEOUT(hostile, h74_a_size_that_changes, 120)
{
	static const uint64_t others[] = {
		8, 4, 24, 4097, 1ULL << 32 | sizeof(struct ta_ioc_mmap), -1ULL,
	};
	char *room = calloc(2, PAGE);
	struct ta_ioc_mmap *map = (void *)room;

	for (size_t o = 0; o < ARRAY_SIZE(others); o++) {
		struct flip flip = {
			.word = (void *)map,
			.values = { sizeof(*map), others[o] },
		};
		pthread_t thread;

		ASSERT_EQ(0, pthread_create(&thread, NULL, flip_word, &flip));
		for (int i = 0; i < 1000; i++) {
			map->addr = 0;
			map->len = PAGE;
			map->prot = RW;
			map->map_flags = 0;
			if (!ioctl(self->fd, TA_IOC_MMAP, map)) {
				ASSERT_EQ(0, munmap((void *)(uintptr_t)map->addr,
						    PAGE));
			} else {
				ASSERT_TRUE(errno == EINVAL || errno == E2BIG ||
					    errno == EFAULT);
			}
		}
		atomic_store(&flip.stop, true);
		pthread_join(thread, NULL);
	}
	EXPECT_EQ(0, ta_lines(NULL, 0));
	free(room);
}

/* Memory whose faults wait for us, of the kernel's own kind */

static int stall(void *addr, size_t len)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.range = { (uintptr_t)addr, len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);

	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void go_on(int uffd, void *addr, const void *bytes)
{
	struct uffdio_copy copy = {
		.dst = (uintptr_t)addr, .src = (uintptr_t)bytes, .len = PAGE,
	};

	ioctl(uffd, UFFDIO_COPY, &copy);
}

struct stalled {
	hostile_t *self;
	void *arg;
	unsigned int cmd;
	int ret;
};

static void *ask_stalled(void *arg)
{
	struct stalled *s = arg;

	s->ret = ioctl(s->self->fd, s->cmd, s->arg);
	return NULL;
}

static void use_meanwhile(hostile_t *self)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, MAP_POPULATE);
	void *heap = ta_sbrk(self->fd, PAGE);
	struct ta_ioc_info info;

	TA_CHILD(p != MAP_FAILED && heap != (void *)-1);
	TA_CHILD(!ta_madvise(self->fd, p, PAGE, MADV_DONTNEED));
	TA_CHILD(!ta_info(self->fd, &info));
	TA_CHILD(!ta_brk(self->fd, heap));
	TA_CHILD(!ta_validate(self->fd) || errno == EPERM);
	TA_CHILD(!munmap(p, 4 * PAGE));
}

/* While one waits for his argument, or to be answered, nobody else does. */
TEST_F_TIMEOUT(hostile, h74_who_is_stalled_holds_nobody_up, 60)
{
	char *page = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *ours = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	static char bytes[PAGE];
	struct ta_ioc_brk brk = { .size = sizeof(brk) };
	struct ta_ioc_pages pages = {
		.size = sizeof(pages), .addr = (uintptr_t)ours, .nr_pages = 1,
	};
	struct stalled s[2] = {
		{ self, page, TA_IOC_BRK, -1 }, { self, &pages, TA_IOC_PAGES, -1 },
	};
	int uffd = stall(page, 2 * PAGE);
	pthread_t threads[2];

	if (uffd < 0)
		SKIP(return, "no userfaultfd for faults of the kernel");
	pages.pages = (uintptr_t)page + PAGE;
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, ask_stalled, &s[i]));
	}
	usleep(100000);
	use_meanwhile(self);
	memcpy(bytes, &brk, sizeof(brk));
	go_on(uffd, page, bytes);
	memset(bytes, 0, sizeof(bytes));
	go_on(uffd, page + PAGE, bytes);
	for (int i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(0, s[i].ret);
	}
	EXPECT_EQ(TA_PAGE_NONE, ((struct ta_page_info *)(page + PAGE))->state);
	EXPECT_NE(0, ((struct ta_ioc_brk *)page)->start);
	close(uffd);
}

/* H102 */
TEST_F(hostile, h102_userfaultfd_wants_none_of_it)
{
	static const uint64_t modes[] = {
		UFFDIO_REGISTER_MODE_MISSING, UFFDIO_REGISTER_MODE_WP,
		UFFDIO_REGISTER_MODE_MINOR, UFFDIO_REGISTER_MODE_MISSING |
		UFFDIO_REGISTER_MODE_WP,
	};
	struct uffdio_api api = { .api = UFFD_API };
	char *p[2] = {
		ta_mmap(self->fd, NULL, 2 * PAGE, RW, 0),
		ta_sbrk(self->fd, 2 * PAGE),
	};
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		SKIP(return, "a kernel without userfaultfd");
	ASSERT_EQ(0, ioctl(fd, UFFDIO_API, &api));
	for (int i = 0; i < 2; i++) {
		p[i][0] = 1;
		for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
			struct uffdio_register reg = {
				.range = { (uintptr_t)p[i], 2 * PAGE },
				.mode = modes[m],
			};

			EXPECT_EQ(-1, ioctl(fd, UFFDIO_REGISTER, &reg));
			EXPECT_EQ(EINVAL, errno);
		}
		p[i][0] = 2;
		p[i][PAGE] = 3;
		EXPECT_EQ(2, p[i][0]);
	}
	close(fd);
	EXPECT_USED(4);
}

/* H58: the pages of blocks are mapped one by one, and go in any order. */

static bool take_blocks(int fd, int *handles, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		handles[i] = ta_alloc(fd, TA_LAYER_PAGES, 10, 0, NULL);
		if (handles[i] < 0)
			return false;
	}
	return true;
}

TEST_F_TIMEOUT(hostile, h58_blocks_come_back_whole, 120)
{
	const size_t nr = 6 * 1024;
	struct ta_rand rand = ta_seed();
	size_t *order = calloc(nr, sizeof(*order));
	struct ta_ioc_info info;
	int handles[64];
	char *p;

	ASSERT_EQ(0, ta_info(self->fd, &info));
	if (info.free_blocks[10] < 8 || info.free_blocks[10] > 64)
		SKIP(return, "a pool of another size");
	ASSERT_EQ(0, ta_set_fault_order(self->fd, 4));
	p = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);
	for (size_t i = 0; i < nr; i++) {
		size_t j = ta_random(&rand, i + 1);

		p[i * PAGE] = i;
		order[i] = order[j];
		order[j] = i;
	}
	EXPECT_USED(nr);
	for (size_t i = 0; i < nr; i++) {
		ASSERT_EQ((char)order[i], p[order[i] * PAGE]);
		/* A hole each, or half of them by advice */
		ASSERT_EQ(0, i % 2 || i > 4096 ?
			  ta_madvise(self->fd, p + order[i] * PAGE, PAGE,
				     MADV_DONTNEED) :
			  munmap(p + order[i] * PAGE, PAGE));
	}
	EXPECT_USED(0);
	EXPECT_TRUE(take_blocks(self->fd, handles, info.free_blocks[10]));
}

/* H96: which signal, why and where */

static void same_hit(struct __test_metadata *_metadata, struct ta_hit want,
		     const char *base, struct ta_hit got, const char *ours)
{
	EXPECT_EQ(want.sig, got.sig);
	EXPECT_EQ(want.code, got.code);
	if (want.sig)
		EXPECT_EQ((const char *)want.addr - base,
			  (const char *)got.addr - ours);
}

TEST_F(hostile, h96_signals_are_those_of_anonymous_memory)
{
	char *host = mmap(NULL, 8 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *p[2] = {
		ta_mmap(self->fd, NULL, 8 * PAGE, RW, 0),
		ta_sbrk(self->fd, 8 * PAGE),
	};

	mprotect(host + PAGE, PAGE, PROT_NONE);
	mprotect(host + 2 * PAGE, PAGE, PROT_READ);
	munmap(host + 3 * PAGE, PAGE);
	for (int i = 0; i < 2; i++) {
		ASSERT_EQ(0, mprotect(p[i] + PAGE, PAGE, PROT_NONE));
		ASSERT_EQ(0, mprotect(p[i] + 2 * PAGE, PAGE, PROT_READ));
		ASSERT_EQ(0, munmap(p[i] + 3 * PAGE, PAGE));
		for (size_t at = 5; at < 5 * PAGE; at += PAGE) {
			same_hit(_metadata, ta_read(host + at), host,
				 ta_read(p[i] + at), p[i]);
			same_hit(_metadata, ta_write(host + at, 1), host,
				 ta_write(p[i] + at, 1), p[i]);
		}
		/* The kernel's own access */
		EXPECT_EQ(-EFAULT, syscall(SYS_getcwd, p[i] + PAGE, 10) < 0 ?
			  -errno : 0);
	}
}

TEST_F(hostile, h96_a_quota_is_a_bus_error)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	struct ta_hit hit;

	ASSERT_EQ(0, ta_set_quota(self->fd, 1));
	ASSERT_EQ(0, ta_write(p, 1).sig);
	hit = ta_write(p + 2 * PAGE + 77, 1);
	EXPECT_EQ(SIGBUS, hit.sig);
	EXPECT_EQ(BUS_ADRERR, hit.code);
	EXPECT_EQ(p + 2 * PAGE + 77, hit.addr);
	/* What has a page, or needs none, goes on. */
	EXPECT_EQ(0, ta_write(p, 2).sig);
	EXPECT_EQ(0, ta_read(p + 3 * PAGE).sig);
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
