// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the preloaded library over a process's life: its first call, fork,
 * vfork, exec, spawn, its end; of the descriptor that the program does not know of,
 * and of a machine without the device.
 *
 * Model: what must be seen from a process's first call on is a role: the program
 * executes itself with TA_ROLE in its environment, and its exit status says whether
 * things were as they should be. A role opens no client of its own, so that there is
 * none but the shim's.
 */
#include <sys/mount.h>
#include <sys/resource.h>

#include "kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>

#include "shim.h"

#define SUMMARY	"/tmp/teachalloc.summary"

/* Roles */

static char *early;	/* mapped before any constructor has run */

void map_early(int argc, char **argv, char **envp)
{
	(void)argc;
	(void)argv;
	for (; *envp; envp++)
		if (!strcmp(*envp, "TA_ROLE=first_calls_at_once"))
			return;
	early = map(PAGE);
}

__asm__(".pushsection .preinit_array, \"aw\"\n"
	".quad map_early\n"
	".popsection");

static bool works(char *p)
{
	if (p == MAP_FAILED || *p)
		return false;
	*p = 1;
	return *p == 1;
}

static int before_constructors(void)
{
	return !(is_ours(early) && works(early) && count_clients() == 1);
}

/* Three mappings besides the early one, and a heap of two pages. */
static int in_the_pool(void)
{
	char *p = map(PAGE), *heap = sbrk(2 * PAGE);

	return !(works(p) && works(heap) && is_ours(p) && is_ours(heap) &&
		 works(map(PAGE)) && works(map(PAGE)));
}

static int in_the_kernel(void)
{
	char *first = malloc(1000), *p = map(4 * PAGE), *heap = sbrk(PAGE);

	if (!works(p) || !works(heap) || is_ours(p) || is_ours(heap))
		return 1;
	/* The C library's break is the one that moved, and it must know. */
	memset(first, 2, 1000);
	for (int i = 0; i < 1000; i++)
		memset(malloc(1000), 2, 1000);
	return !(*heap == 1 && !madvise(p, PAGE, MADV_DONTNEED) && !*p &&
		 mremap(p, 4 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) != MAP_FAILED &&
		 !count_clients());
}

static pthread_barrier_t start_line;

static void *map_first(void *arg)
{
	(void)arg;
	pthread_barrier_wait(&start_line);
	return map(PAGE);
}

static int first_calls_at_once(void)
{
	pthread_t threads[16];
	void *p;
	int bad = 0;

	pthread_barrier_init(&start_line, NULL, 16);
	for (int i = 0; i < 16; i++)
		pthread_create(&threads[i], NULL, map_first, NULL);
	for (int i = 0; i < 16; i++) {
		pthread_join(threads[i], &p);
		bad += !is_ours(p) || !works(p);
	}
	return bad || count_clients() != 1;
}

/*
 * While no descriptor is left, memory is the kernel's, and nothing is forgotten by
 * halves.
 */
static int no_descriptor_left(void)
{
	struct rlimit limit = { 32, 32 };
	int fd, last = -1;
	char *p;

	if (!works(early) || setrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	/* in assembler: the shim does not see it */
	ta_raw1(SYS_close, client_fd());
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	p = map(PAGE);
	if (!works(p) || !madvise(early, PAGE, MADV_DONTNEED) ||
	    errno != EAGAIN || *early != 1)
		return 1;
	close(last);
	close(last - 1);
	return is_ours(p) || !is_ours(map(PAGE)) || client_fd() >= 32 ||
	       madvise(early, PAGE, MADV_DONTNEED) || *early;
}

static int a_family(void)
{
	pid_t pid;

	if (!works(map(PAGE)) || !works(map(PAGE)))
		return 1;
	pid = fork();
	if (!pid)
		_exit(!works(map(PAGE)));
	if (ta_join(pid))
		return 1;
	pid = vfork();
	if (!pid)
		_exit(0);
	return ta_join(pid);
}

struct role {
	const char *name;
	int (*play)(void);
};

static const struct role roles[] = {
	{ "before_constructors", before_constructors },
	{ "in_the_pool", in_the_pool },
	{ "in_the_kernel", in_the_kernel },
	{ "first_calls_at_once", first_calls_at_once },
	{ "no_descriptor_left", no_descriptor_left },
	{ "a_family", a_family },
};

static void __attribute__((constructor)) play(void)
{
	const char *name = getenv("TA_ROLE");

	for (size_t i = 0; name && i < sizeof(roles) / sizeof(*roles); i++)
		if (!strcmp(name, roles[i].name))
			exit(roles[i].play());
}

static void become(void *role)
{
	setenv("TA_ROLE", role, 1);
	execl("/proc/self/exe", "role", NULL);
}

static int run(const char *role)
{
	return ta_join(ta_fork(become, (void *)role));
}

FIXTURE(process) {
	int fd;		/* the test's own client, to look at the pool with */
	long pages;	/* free in the pool at the start */
};

#define process_t FIXTURE_DATA(process)

FIXTURE_SETUP(process)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	unlink(SUMMARY);
}

FIXTURE_TEARDOWN(process)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

/* From the first call on */

TEST_F(process, before_constructors)
{
	EXPECT_EQ(0, run("before_constructors"));
}

TEST_F(process, first_calls_at_once)
{
	for (int i = 0; i < 10; i++)
		ASSERT_EQ(0, run("first_calls_at_once"));
}

TEST_F(process, exec_begins_anew)
{
	char *p = map(10 * PAGE);

	memset(p, 1, 10 * PAGE);
	EXPECT_EQ(0, run("in_the_pool"));
	EXPECT_USED(10);
}

TEST_F(process, spawn)
{
	char role[] = "TA_ROLE=in_the_pool", lib[4096];
	char *argv[2] = { role, NULL }, *envp[3] = { role, lib, NULL };
	pid_t pid;

	snprintf(lib, sizeof(lib), "LD_PRELOAD=%s", getenv("LD_PRELOAD"));
	memset(map(10 * PAGE), 1, 10 * PAGE);
	ASSERT_EQ(0, posix_spawn(&pid, "/proc/self/exe", NULL, NULL, argv,
				 envp));
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_USED(10);
}

/* fork and vfork */

static void write_and_map(void *arg)
{
	process_t *self = arg;
	char *p = map(PAGE);

	TA_CHILD(is_ours(p) && works(p));
	TA_CHILD(self->pages - 12 == ta_free_pages(self->fd));
	TA_CHILD(sbrk(PAGE) != (void *)-1);
}

static void write_in_all(void *arg)
{
	char *p = arg, *heap = (char *)sbrk(0) - 5 * PAGE;

	TA_CHILD(ta_all(p, 5 * PAGE, 1) && ta_all(heap, 5 * PAGE, 2));
	memset(p, 3, 5 * PAGE);
	memset(heap, 4, 5 * PAGE);
	TA_CHILD(!madvise(p, PAGE, MADV_DONTNEED) && !*p);
	TA_CHILD(sbrk(PAGE) == heap + 5 * PAGE);
}

TEST_F(process, fork_copies)
{
	char *p = map(5 * PAGE), *heap = sbrk(5 * PAGE);

	memset(p, 1, 5 * PAGE);
	memset(heap, 2, 5 * PAGE);
	EXPECT_EQ(0, ta_join(ta_fork(write_in_all, p)));
	EXPECT_TRUE(ta_all(p, 5 * PAGE, 1));
	EXPECT_TRUE(ta_all(heap, 5 * PAGE, 2));
	EXPECT_USED(10);
	EXPECT_EQ(heap + 5 * PAGE, sbrk(0));
	memset(map(PAGE), 1, PAGE);
	EXPECT_EQ(0, ta_join(ta_fork(write_and_map, self)));
	EXPECT_USED(11);
}

static void map_in_a_vfork(char **p)
{
	if (!vfork()) {
		*p = map(PAGE);
		if (*p != MAP_FAILED)
			**p = 5;
		_exit(0);
	}
}

TEST_F(process, vforks_child_maps_for_its_parent)
{
	char *p = NULL;

	/* The first call may be the child's: then its descriptor is its own. */
	map_in_a_vfork(&p);
	ASSERT_LT(0, wait(NULL));
	ASSERT_TRUE(is_ours(p));
	EXPECT_EQ(5, *p);
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	p = map(PAGE);
	EXPECT_TRUE(is_ours(p));
	map_in_a_vfork(&p);
	ASSERT_LT(0, wait(NULL));
	EXPECT_TRUE(is_ours(p));
	EXPECT_EQ(5, *p);
}

/* The descriptor */

TEST_F(process, the_descriptor_is_high_and_not_for_exec)
{
	EXPECT_TRUE(is_ours(map(PAGE)));
	EXPECT_LE(512, client_fd());
	EXPECT_EQ(FD_CLOEXEC, fcntl(client_fd(), F_GETFD));
}

TEST_F(process, it_cannot_be_closed)
{
	char *heap = sbrk(PAGE);
	int fd = client_fd();

	EXPECT_EQ(-1, close(fd));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, syscall(SYS_close, fd));
	for (int i = 3; i < 1024; i++)
		close(i);
	ASSERT_EQ(0, close_range(3, ~0U, 0));
	ASSERT_EQ(0, close_range(fd, fd, 0));
	ASSERT_EQ(0, close_range(fd, fd + 1, CLOSE_RANGE_UNSHARE));
	EXPECT_EQ(-1, close_range(5, 4, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, close_range(fd, fd, 64));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(1, count_clients());
	EXPECT_EQ(heap + PAGE, sbrk(PAGE));
}

TEST_F(process, it_makes_room)
{
	char *heap = sbrk(PAGE), *p = map(PAGE);
	int fd = client_fd(), zero = open("/dev/zero", O_RDONLY);
	char byte = 1;

	ASSERT_EQ(fd, dup2(zero, fd));
	EXPECT_EQ(1, read(fd, &byte, 1));
	EXPECT_EQ(0, byte);
	ASSERT_EQ(0, close(fd));
	EXPECT_NE(fd, client_fd());
	fd = client_fd();
	ASSERT_EQ(fd, dup3(zero, fd, O_CLOEXEC));
	EXPECT_EQ(heap + PAGE, sbrk(PAGE));
	*p = 1;
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	for (int i = 3; i < 1000; i++)
		if (i != self->fd)
			ASSERT_EQ(i, dup2(zero, i));
	EXPECT_EQ(heap + 2 * PAGE, sbrk(PAGE));
	EXPECT_TRUE(is_ours(map(PAGE)));
}

/* What closes without asking: closefrom() is a call within the C library. */
TEST_F(process, it_may_be_lost)
{
	char *heap = sbrk(2 * PAGE), *p = map(PAGE), *q;

	*p = 1;
	memset(heap, 2, 2 * PAGE);
	closefrom(3);
	EXPECT_EQ(0, count_clients());
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	EXPECT_EQ(1, count_clients());
	q = map(PAGE);
	EXPECT_TRUE(is_ours(q));
	EXPECT_TRUE(works(q));
	/* The heap stays as it is: its client cannot be asked any more. */
	EXPECT_TRUE(ta_all(heap, 2 * PAGE, 2));
	EXPECT_EQ(heap + 2 * PAGE, sbrk(0));
	EXPECT_EQ((void *)-1, sbrk(PAGE));
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_EQ((void *)-1, sbrk(-(long)PAGE));
	EXPECT_TRUE(ta_all(heap, 2 * PAGE, 2));
}

TEST_F(process, the_break_asks_no_other_client)
{
	char *heap = sbrk(2 * PAGE);
	struct ta_line line;

	closefrom(3);
	EXPECT_EQ((void *)-1, sbrk(PAGE));
	EXPECT_EQ(-1, brk(heap + (1 << 30)));
	EXPECT_EQ(heap + 2 * PAGE, sbrk(0));
	ASSERT_EQ(1, ta_heap_lines(&line, 1));
	EXPECT_EQ((uintptr_t)heap, line.start);
	EXPECT_EQ((uintptr_t)heap + 2 * PAGE, line.end);
}

TEST_F(process, anothers_file_in_its_place)
{
	char *p = map(PAGE);
	int fd = client_fd();

	*p = 1;
	/* in assembler: the shim does not see it */
	ASSERT_EQ(fd, ta_raw3(SYS_dup2, 1, fd, 0));
	EXPECT_EQ(0, close(fd));
	ASSERT_EQ(fd, ta_raw3(SYS_dup2, 1, fd, 0));
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	EXPECT_TRUE(is_ours(map(PAGE)));
	EXPECT_NE(fd, client_fd());
	EXPECT_EQ(0, close(fd));
}

TEST_F(process, no_descriptor_left)
{
	EXPECT_EQ(0, run("no_descriptor_left"));
}

/* No device */

static void hide_device(void *role)
{
	TA_CHILD(!unshare(CLONE_NEWNS));
	TA_CHILD(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	TA_CHILD(!mount("/dev/null", TA_DEVICE, NULL, MS_BIND, NULL));
	become(role);
}

TEST_F(process, without_the_device_all_is_the_kernels)
{
	char said[256] = "";
	int pipe_fd[2], err = dup(2);

	if (geteuid())
		SKIP(return, "hides the device by a mount");
	ASSERT_EQ(0, ta_join(ta_fork(hide_device, "in_the_kernel")));
	ASSERT_EQ(0, pipe(pipe_fd));
	setenv("TEACHALLOC_VERBOSE", "1", 1);
	dup2(pipe_fd[1], 2);
	EXPECT_EQ(0, ta_join(ta_fork(hide_device, "in_the_kernel")));
	dup2(err, 2);
	EXPECT_LT(0, read(pipe_fd[0], said, sizeof(said) - 1));
	EXPECT_STREQ("teachalloc: no /dev/teachalloc: memory is the kernel's\n",
		     said);
}

/* The summary */

static void read_summary(char *text, size_t size)
{
	int fd = open(SUMMARY, O_RDONLY);
	ssize_t len = read(fd, text, size - 1);

	text[len < 0 ? 0 : len] = 0;
	close(fd);
}

static int count_words(const char *text, const char *word)
{
	int nr = 0;

	while ((text = strstr(text, word))) {
		text += strlen(word);
		nr++;
	}
	return nr;
}

TEST_F(process, the_summary_tells_what_was_done)
{
	char text[4096];

	EXPECT_EQ(0, run("in_the_pool"));
	EXPECT_EQ(-1, access(SUMMARY, F_OK));
	setenv("TEACHALLOC_SUMMARY", SUMMARY, 1);
	EXPECT_EQ(0, run("in_the_pool"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(1, count_words(text, "mmap: 4 redirected (16 KiB), 0 passed on, 0 fell back\n"));
	EXPECT_EQ(1, count_words(text, "brk: 2 redirected (8 KiB), "));
	EXPECT_EQ(1, count_words(text, " 4 resident, "));
}

TEST_F(process, each_of_a_family_tells_its_own)
{
	char text[4096];

	setenv("TEACHALLOC_SUMMARY", SUMMARY, 1);
	EXPECT_EQ(0, run("a_family"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(2, count_words(text, "mmap: "));
	EXPECT_EQ(1, count_words(text, "mmap: 1 redirected"));
	EXPECT_EQ(1, count_words(text, "mmap: 3 redirected"));
}

TEST_F(process, the_summary_goes_to_a_descriptor)
{
	char text[4096], number[16];
	int file = open(SUMMARY, O_RDWR | O_CREAT | O_EXCL, 0600);

	snprintf(number, sizeof(number), "%d", file);
	setenv("TEACHALLOC_SUMMARY", number, 1);
	EXPECT_EQ(0, run("in_the_pool"));
	read_summary(text, sizeof(text));
	EXPECT_EQ(1, count_words(text, "mmap: 4 redirected"));
}

SHIM_TEST_MAIN
