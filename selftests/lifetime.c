// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the end: whatever way a process goes, its pages come back, and
 * as long as anything of a client is left the module stays.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "ta_test.h"

#define LEN	(100 * PAGE)

FIXTURE(lifetime) {
	int fd;
	long pages;		/* free in the pool at the start */
	struct ta_turn *turn;
};

#define lifetime_t FIXTURE_DATA(lifetime)

FIXTURE_SETUP(lifetime)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
	self->turn = ta_turn_new();
}

FIXTURE_TEARDOWN(lifetime)
{
	close(self->fd);
}

#define EXPECT_USED(nr) EXPECT_EQ(self->pages - (long)(nr), \
				  ta_free_pages(self->fd))

/* Take LEN of a heap and LEN of a mapping, all touched. */
static void take(int fd)
{
	char *p = ta_mmap(fd, NULL, LEN, RW, 0), *h = ta_sbrk(fd, LEN);

	TA_CHILD(p != MAP_FAILED && h != (void *)-1);
	memset(p, 1, LEN);
	memset(h, 2, LEN);
}

static void take_as_own_client(void *arg)
{
	lifetime_t *self = arg;

	take(ta_open());
	ta_turn_add(self->turn);
}

static void take_and_wait(void *arg)
{
	take_as_own_client(arg);
	pause();
}

TEST_F(lifetime, exit_gives_all_back)
{
	EXPECT_EQ(0, ta_join(ta_fork(take_as_own_client, self)));
	EXPECT_USED(0);
}

TEST_F(lifetime, sigkill_gives_all_back)
{
	pid_t pid = ta_fork(take_and_wait, self);

	ta_turn_wait(self->turn, 1);
	EXPECT_USED(200);
	ASSERT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(-SIGKILL, ta_join(pid));
	EXPECT_USED(0);
}

static void take_as_same_client(void *arg)
{
	lifetime_t *self = arg;

	take(self->fd);
}

TEST_F(lifetime, a_childs_exit_gives_back_while_the_client_stays)
{
	EXPECT_EQ(0, ta_join(ta_fork(take_as_same_client, self)));
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

static void execute(int fd, const char *what)
{
	char number[16];

	/* The next program is to inherit it. */
	fcntl(fd, F_SETFD, 0);
	snprintf(number, sizeof(number), "%d", fd);
	execl("./helper", "helper", what, number, NULL);
	TA_CHILD(!"exec");
}

static void take_and_execute(void *arg)
{
	lifetime_t *self = arg;

	take(self->fd);
	execute(self->fd, "fresh");
}

TEST_F(lifetime, h08_exec_starts_anew_on_the_same_client)
{
	if (access("./helper", X_OK))
		SKIP(return, "no ./helper: run in the folder of the programs");
	EXPECT_EQ(0, ta_join(ta_fork(take_and_execute, self)));
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

static void take_and_become_sleeper(void *arg)
{
	lifetime_t *self = arg;

	take(ta_open());
	ta_turn_add(self->turn);
	execl("./helper", "helper", "sleep", NULL);
	TA_CHILD(!"exec");
}

TEST_F(lifetime, h08_exec_gives_all_back)
{
	pid_t pid;

	if (access("./helper", X_OK))
		SKIP(return, "no ./helper: run in the folder of the programs");
	pid = ta_fork(take_and_become_sleeper, self);
	ta_turn_wait(self->turn, 1);
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
	EXPECT_EQ(0, waitpid(pid, NULL, WNOHANG));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, ta_join(pid));
}

TEST_F(lifetime, h08_closed_and_still_mapped)
{
	int fd = ta_open();
	char *p = ta_mmap(fd, NULL, LEN, RW, 0), *h = ta_sbrk(fd, LEN);

	p[0] = 1;
	h[0] = 2;
	close(fd);
	memset(p + PAGE, 1, LEN - PAGE);
	memset(h + PAGE, 2, LEN - PAGE);
	EXPECT_EQ(1, p[0]);
	EXPECT_EQ(2, h[0]);
	EXPECT_USED(200);
	ASSERT_EQ(0, munmap(p, LEN));
	EXPECT_USED(100);
	ASSERT_EQ(0, munmap(h, LEN));
	EXPECT_USED(0);
}

static void write_both(void *arg)
{
	char **mem = arg;

	TA_CHILD(ta_all(mem[0], LEN, 1) && ta_all(mem[1], LEN, 1));
	memset(mem[0], 3, LEN);
	memset(mem[1], 3, LEN);
	TA_CHILD(ta_all(mem[0], LEN, 3) && ta_all(mem[1], LEN, 3));
}

TEST_F(lifetime, h08_closed_and_forked)
{
	int fd = ta_open();
	char *mem[2] = { ta_mmap(fd, NULL, LEN, RW, 0), ta_sbrk(fd, LEN) };

	memset(mem[0], 1, LEN);
	memset(mem[1], 1, LEN);
	close(fd);
	EXPECT_EQ(0, ta_join(ta_fork(write_both, mem)));
	EXPECT_TRUE(ta_all(mem[0], LEN, 1));
	EXPECT_TRUE(ta_all(mem[1], LEN, 1));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 200));
}

TEST_F(lifetime, h08_a_duplicate_is_the_same_client)
{
	int fd = dup(self->fd);
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	p[0] = 1;
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(fd, p));
	close(self->fd);
	EXPECT_EQ(TA_PAGE_PRESENT, ta_state(fd, p));
	ASSERT_NE((void *)-1, ta_sbrk(fd, PAGE));
	self->fd = fd;
}

static double seconds(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static void populate_for_ever(void *arg)
{
	lifetime_t *self = arg;
	int fd = ta_open();

	ta_turn_add(self->turn);
	while (true) {
		char *p = ta_mmap(fd, NULL, 32 << 20, RW, MAP_POPULATE);

		TA_CHILD(p != MAP_FAILED);
		munmap(p, 32 << 20);
	}
}

TEST_F(lifetime, h39_sigkill_in_populate_is_obeyed)
{
	for (int i = 0; i < 5; i++) {
		struct timespec ts = { .tv_nsec = 20000000L * (i + 1) };
		pid_t pid = ta_fork(populate_for_ever, self);
		double start;

		ta_turn_wait(self->turn, i + 1);
		nanosleep(&ts, NULL);
		start = seconds();
		ASSERT_EQ(0, kill(pid, SIGKILL));
		EXPECT_EQ(-SIGKILL, ta_join(pid));
		EXPECT_GT(5, seconds() - start);
		EXPECT_TRUE(ta_settles(self->fd, self->pages));
	}
}

static int send_fd(int socket, int fd)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);

	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	return sendmsg(socket, &msg, 0) == 1 ? 0 : -1;
}

static int receive_fd(int socket)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	int fd = -1;

	if (recvmsg(socket, &msg, 0) == 1 && CMSG_FIRSTHDR(&msg))
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	return fd;
}

struct passed {
	int sockets[2];
	char *sender_map;
};

static void use_passed(void *arg)
{
	struct passed *passed = arg;
	int fd = receive_fd(passed->sockets[1]);
	char *p;

	TA_CHILD(fd >= 0);
	/* The sender's pages are the client's, but not in this process. */
	TA_CHILD(ta_state(fd, passed->sender_map) == TA_PAGE_FOREIGN);
	TA_CHILD(ta_read(passed->sender_map).sig == SIGSEGV);
	p = ta_sbrk(fd, PAGE);
	TA_CHILD(p != (void *)-1 && *p == 0);
	*p = 1;
	p = ta_mmap(fd, NULL, LEN, RW, 0);
	TA_CHILD(p != MAP_FAILED && ta_all(p, LEN, 0));
}

TEST_F(lifetime, h82_a_passed_descriptor_shows_no_pages)
{
	struct passed passed;
	pid_t pid;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, passed.sockets));
	/* Made after the fork, so that only the descriptor is shared. */
	passed.sender_map = mmap(NULL, LEN, PROT_NONE,
				 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_EQ(0, madvise(passed.sender_map, LEN, MADV_DONTFORK));
	pid = ta_fork(use_passed, &passed);
	ASSERT_EQ((void *)passed.sender_map,
		  ta_mmap(self->fd, passed.sender_map, LEN, RW, MAP_FIXED));
	memset(passed.sender_map, 0x77, LEN);
	ASSERT_EQ(0, send_fd(passed.sockets[0], self->fd));
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_TRUE(ta_all(passed.sender_map, LEN, 0x77));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 100));
}

static void ask_after_owner(void *arg)
{
	lifetime_t *self = arg;
	char *p;

	ta_turn_wait(self->turn, 1);
	TA_CHILD(ta_free_pages(self->fd) == self->pages);
	p = ta_sbrk(self->fd, LEN);
	TA_CHILD(p != (void *)-1 && ta_all(p, LEN, 0));
	p = ta_mmap(self->fd, NULL, LEN, RW, 0);
	TA_CHILD(p != MAP_FAILED && ta_all(p, LEN, 0));
	memset(p, 1, LEN);
	ta_turn_add(self->turn);
}

static void own_and_leave(void *arg)
{
	lifetime_t *self = arg;

	ta_fork(ask_after_owner, self);
	take(self->fd);
}

TEST_F(lifetime, h42_a_client_outlives_its_first_process)
{
	EXPECT_EQ(0, ta_join(ta_fork(own_and_leave, self)));
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
	ta_turn_add(self->turn);
	ta_turn_wait(self->turn, 2);
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

static int remove_module(void)
{
	return syscall(SYS_delete_module, "teachalloc", O_NONBLOCK);
}

/* What the kernel says of a module that is in use. */
#define EXPECT_IN_USE() do {						\
	EXPECT_EQ(-1, remove_module());					\
	EXPECT_EQ(EWOULDBLOCK, errno);					\
} while (0)

TEST_F(lifetime, h09_no_rmmod_while_open)
{
	if (geteuid())
		SKIP(return, "only root may remove modules");
	EXPECT_IN_USE();
	EXPECT_USED(0);
}

TEST_F(lifetime, h09_no_rmmod_while_mapped)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	if (geteuid())
		SKIP(return, "only root may remove modules");
	close(self->fd);
	self->fd = -1;
	EXPECT_IN_USE();
	p[0] = 1;
	EXPECT_IN_USE();
	EXPECT_EQ(1, p[0]);
}

TEST_F(lifetime, h09_no_rmmod_while_there_is_a_heap)
{
	char *p = ta_sbrk(self->fd, PAGE);

	if (geteuid())
		SKIP(return, "only root may remove modules");
	close(self->fd);
	self->fd = -1;
	EXPECT_IN_USE();
	p[0] = 1;
	EXPECT_IN_USE();
	EXPECT_EQ(1, p[0]);
}

TEST_F(lifetime, h09_no_rmmod_while_in_a_queue)
{
	int sockets[2];

	if (geteuid())
		SKIP(return, "only root may remove modules");
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets));
	ASSERT_EQ(0, send_fd(sockets[0], self->fd));
	close(self->fd);
	EXPECT_IN_USE();
	self->fd = receive_fd(sockets[1]);
	EXPECT_EQ(self->pages, ta_free_pages(self->fd));
}

TA_TEST_MAIN
