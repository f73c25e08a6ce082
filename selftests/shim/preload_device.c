// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the descriptor that a program does not know of, closed, replaced and lost,
 * and of a device that is not there, or not any more.
 *
 * Model: a role begins where there is no device from the first call on. What is lost in
 * the middle is lost by a call that nobody catches.
 */
#include <sys/mount.h>
#include <sys/resource.h>

#include "kselftest_harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "fixture.h"

/* Roles */

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

/*
 * The program wants our number for itself, and there is none left to move to. While that
 * is so, memory is the kernel's, and nothing is forgotten by halves.
 */
static int no_descriptor_left(void)
{
	struct rlimit limit = { 32, 32 };
	int client = client_fd(), fd, last = -1;
	char *early, *p;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		return 1;
	uncaught3(SYS_close, client, 0, 0);
	early = map(PAGE);
	client = client_fd();
	if (!works(early) || client < 0 || client >= 32)
		return 1;
	while ((fd = open("/dev/null", O_RDONLY)) >= 0)
		last = fd;
	if (dup2(last, client) != client)
		return 1;
	p = map(PAGE);
	if (!works(p) || !madvise(early, PAGE, MADV_DONTNEED) ||
	    errno != EAGAIN || *early != 1)
		return 1;
	close(last);
	close(last - 1);
	return is_ours(p) || !is_ours(map(PAGE)) || client_fd() >= 32 ||
	       madvise(early, PAGE, MADV_DONTNEED) || *early;
}

/* One that is opened when the program may have few is out of its sight, too. */
static int few_descriptors(void)
{
	struct rlimit limit, few;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = 29;
	if (!is_ours(map(PAGE)) || setrlimit(RLIMIT_NOFILE, &limit) ||
	    uncaught3(SYS_close, client_fd(), 0, 0) || !is_ours(map(PAGE)))
		return 1;
	for (int fd = 3; fd < 29; fd++)
		if (fcntl(fd, F_GETFD) != -1)
			return 1;
	getrlimit(RLIMIT_NOFILE, &few);
	return count_clients() != 1 || client_fd() < 1024 ||
	       memcmp(&few, &limit, sizeof(limit));
}

static const struct role roles[] = {
	{ "in_the_kernel", in_the_kernel },
	{ "few_descriptors", few_descriptors },
	{ "no_descriptor_left", no_descriptor_left },
	{}
};

static void __attribute__((constructor)) play(void)
{
	play_role(roles);
}

/* The descriptor */

TEST_F(shim, the_descriptor_is_out_of_reach_and_not_for_exec)
{
	struct rlimit limit;

	EXPECT_TRUE(is_ours(map(PAGE)));
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	EXPECT_EQ(1024, limit.rlim_cur);
	EXPECT_LE(1024, client_fd());
	EXPECT_EQ(FD_CLOEXEC, fcntl(client_fd(), F_GETFD));
	EXPECT_EQ(0, run_role("few_descriptors"));
}

/* Let the program use just the shim's number as well. */
static void reach_for(int fd)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = fd + 1;
	setrlimit(RLIMIT_NOFILE, &limit);
}

TEST_F(shim, it_cannot_be_closed)
{
	char *heap = sbrk(PAGE);
	int fd = client_fd();

	EXPECT_EQ(-1, close(fd));
	EXPECT_EQ(EBADF, errno);
	EXPECT_EQ(-1, syscall(SYS_close, fd));
	for (int i = 3; i <= fd; i++)
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

TEST_F(shim, it_makes_room)
{
	char *heap = sbrk(PAGE), *p = map(PAGE);
	int fd = client_fd(), zero = open("/dev/zero", O_RDONLY);
	char byte = 1;

	reach_for(fd);
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

/*
 * What closes without asking: closefrom() is a call within the C library. Of the
 * dispatcher's it must be a call that nobody catches.
 */
static void lose_all(void)
{
	closefrom(3);
	if (is_dispatched())
		uncaught3(SYS_close, client_fd(), 0, 0);
}

TEST_F(shim, it_may_be_lost)
{
	char *heap = sbrk(2 * PAGE), *p = map(PAGE), *q;

	*p = 1;
	memset(heap, 2, 2 * PAGE);
	closefrom(3);
	EXPECT_EQ(is_dispatched(), count_clients());
	lose_all();
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
	EXPECT_EQ(heap + 2 * PAGE, (char *)syscall(SYS_brk, heap));
	EXPECT_TRUE(ta_all(heap, 2 * PAGE, 2));
}

TEST_F(shim, the_break_asks_no_other_client)
{
	char *heap = sbrk(2 * PAGE);
	struct ta_line before, line;

	ASSERT_EQ(1, ta_heap_lines(&before, 1));
	lose_all();
	EXPECT_EQ((void *)-1, sbrk(PAGE));
	EXPECT_EQ(-1, brk(heap + (1 << 30)));
	EXPECT_EQ(heap + 2 * PAGE, sbrk(0));
	ASSERT_EQ(1, ta_heap_lines(&line, 1));
	EXPECT_EQ(before.start, line.start);
	EXPECT_EQ((uintptr_t)heap + 2 * PAGE, line.end);
}

TEST_F(shim, anothers_file_in_its_place)
{
	char *p = map(PAGE);
	int fd = client_fd();

	*p = 1;
	reach_for(fd);
	ASSERT_EQ(fd, uncaught3(SYS_dup2, 1, fd, 0));
	EXPECT_EQ(0, close(fd));
	ASSERT_EQ(fd, uncaught3(SYS_dup2, 1, fd, 0));
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, *p);
	EXPECT_TRUE(is_ours(map(PAGE)));
	EXPECT_NE(fd, client_fd());
	EXPECT_EQ(0, close(fd));
}

TEST_F(shim, no_descriptor_left)
{
	EXPECT_EQ(0, run_role("no_descriptor_left"));
}

/* No device */

#define IN_ITS_PLACE	"/tmp/in_its_place"
#define TERMINALS	"/tmp/terminals"
#define NOBODY		65534

static void put_in_its_place(const char *path)
{
	TA_CHILD(!unshare(CLONE_NEWNS));
	TA_CHILD(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	TA_CHILD(!mount(path, TA_DEVICE, NULL, MS_BIND, NULL));
}

static void make_node(mode_t mode)
{
	unlink(IN_ITS_PLACE);
	/* A number that is kept free for who needs none */
	TA_CHILD(!mknod(IN_ITS_PLACE, S_IFCHR | mode, makedev(60, 0)));
	put_in_its_place(IN_ITS_PLACE);
	unlink(IN_ITS_PLACE);
}

static void be_another_device(void)
{
	put_in_its_place("/dev/null");
}

static void be_no_file(void)
{
	put_in_its_place("/dev/null");
	TA_CHILD(!mount("none", "/dev", "tmpfs", 0, NULL));
}

static void be_no_device(void)
{
	make_node(0600);
}

static void be_forbidden(void)
{
	make_node(0600);
	TA_CHILD(!setuid(NOBODY));
}

/* A terminal that somebody wants for himself */
static void be_busy(void)
{
	int pty, unlocked = 0;

	TA_CHILD(!unshare(CLONE_NEWNS));
	TA_CHILD(!mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL));
	mkdir(TERMINALS, 0755);
	TA_CHILD(!mount("none", TERMINALS, "devpts", 0, "mode=666,ptmxmode=666"));
	pty = open(TERMINALS "/ptmx", O_RDWR | O_NOCTTY);
	TA_CHILD(pty >= 0 && !ioctl(pty, TIOCSPTLCK, &unlocked));
	TA_CHILD(!ioctl(open(TERMINALS "/0", O_RDWR | O_NOCTTY), TIOCEXCL));
	TA_CHILD(!mount(TERMINALS "/0", TA_DEVICE, NULL, MS_BIND, NULL));
	TA_CHILD(!setuid(NOBODY));
}

/* Ways in which there is no device, and how open(2) and the next call fail. */
static const struct absence {
	void (*begin)(void);
	int open_error;
} absences[] = {
	{ be_another_device, 0 },
	{ be_no_file, ENOENT },
	{ be_no_device, ENXIO },
	{ be_forbidden, EACCES },
	{ be_busy, EBUSY },
};

#define ABSENCES	(sizeof(absences) / sizeof(*absences))

/* What the kernel says of the device now; nobody is asked behind it. */
static int open_error(void)
{
	long fd = uncaught6(SYS_openat, AT_FDCWD, (long)TA_DEVICE, O_RDWR, 0, 0, 0);

	if (fd < 0)
		return -fd;
	uncaught3(SYS_close, fd, 0, 0);
	return 0;
}

static void begin_without(void *arg)
{
	const struct absence *absence = arg;

	absence->begin();
	TA_CHILD(open_error() == absence->open_error);
	become("in_the_kernel");
}

TEST_F(shim, without_the_device_all_is_the_kernels)
{
	if (geteuid())
		SKIP(return, "hides the device by a mount");
	for (size_t i = 0; i < ABSENCES; i++)
		EXPECT_EQ(0, ta_join(ta_fork(begin_without, (void *)&absences[i])));
}

TEST_F(shim, that_there_is_none_is_told_who_asks)
{
	char said[256] = "";
	int pipe_fd[2], err = dup(2);

	if (geteuid())
		SKIP(return, "hides the device by a mount");
	ASSERT_EQ(0, pipe(pipe_fd));
	setenv("TEACHALLOC_VERBOSE", "1", 1);
	dup2(pipe_fd[1], 2);
	EXPECT_EQ(0, ta_join(ta_fork(begin_without, (void *)&absences[0])));
	dup2(err, 2);
	EXPECT_LT(0, read(pipe_fd[0], said, sizeof(said) - 1));
	EXPECT_STREQ("teachalloc: no /dev/teachalloc: memory is the kernel's\n",
		     said);
}

static void map_and_leave(void *arg)
{
	char *p = map(PAGE);

	(void)arg;
	TA_CHILD(works(p) && !is_ours(p));
}

/* The device is gone, and then the descriptor, too: what was had stays. */
static void go_on_without(void *arg)
{
	const struct absence *absence = arg;
	char *ours = map(2 * PAGE), *heap = sbrk(PAGE), *p;
	char *host = mmap(NULL, PAGE, RW, ANON | MAP_STACK, -1, 0);

	TA_CHILD(works(ours) && works(heap) && works(host));
	absence->begin();
	p = map(PAGE);
	TA_CHILD(is_ours(p) && works(p) && !madvise(p, PAGE, MADV_DONTNEED));
	lose_all();
	p = map(PAGE);
	TA_CHILD(works(p) && !is_ours(p) && !count_clients());
	TA_CHILD(*ours == 1 && is_ours(ours) && works(ours + PAGE) && *heap == 1);
	TA_CHILD(sbrk(PAGE) == (void *)-1 && errno == ENOMEM);
	/* Nobody can forget what was the service's, the kernel its own. */
	TA_CHILD(madvise(ours, PAGE, MADV_DONTNEED) && errno == EAGAIN);
	TA_CHILD(*ours == 1 && !madvise(host, PAGE, MADV_DONTNEED) && !*host);
	for (int i = 0; i < 1000; i++)
		memset(malloc(1000), 2, 1000);
	TA_CHILD(!ta_join(ta_fork(map_and_leave, NULL)));
	TA_CHILD(!munmap(ours, 2 * PAGE) && !is_ours(ours));
	become("in_the_kernel");
}

TEST_F(shim, it_may_go_away_in_the_middle)
{
	if (geteuid())
		SKIP(return, "hides the device by a mount");
	for (size_t i = 0; i < ABSENCES; i++)
		EXPECT_EQ(0, ta_join(ta_fork(go_on_without, (void *)&absences[i])));
}

SHIM_TEST_MAIN
