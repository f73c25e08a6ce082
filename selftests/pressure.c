// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of poll(2): who is told that memory runs short, how often, and that
 * nobody is told without reason.
 */
#include <poll.h>
#include <sys/epoll.h>

#include "kselftest_harness.h"
#include "ta_test.h"

FIXTURE(pressure) {
	int fd;
	int other;
	size_t pages;	/* that can be had */
};

FIXTURE_SETUP(pressure)
{
	/*
	 * At most one event a second: what was before is over, and so is the
	 * background reclaimer, who has pages in his hands that nobody counts.
	 */
	usleep(1100 * 1000);
	ta_begin();
	self->fd = ta_open();
	self->other = ta_open();
	ASSERT_LE(0, self->other);
	self->pages = ta_available_pages(self->fd);
}

FIXTURE_TEARDOWN(pressure)
{
}

static int events_of(int fd, int ms)
{
	struct pollfd pfd = { fd, POLLIN | POLLOUT | POLLPRI, 0 };

	return poll(&pfd, 1, ms) < 0 ? -1 : pfd.revents;
}

static char *map(int fd, size_t nr)
{
	return ta_mmap(fd, NULL, nr * PAGE, RW, MAP_NORESERVE);
}

TEST_F(pressure, nothing_to_tell)
{
	char *p = map(self->fd, self->pages / 2);

	memset(p, 1, self->pages / 2 * PAGE);
	EXPECT_EQ(0, events_of(self->fd, 100));
}

TEST_F(pressure, the_low_mark_is_told_to_each_client_once)
{
	char *p = map(self->fd, self->pages);

	memset(p, 1, self->pages * PAGE);
	EXPECT_EQ(POLLPRI, events_of(self->fd, 3000));
	EXPECT_EQ(0, events_of(self->fd, 0));
	EXPECT_EQ(POLLPRI, events_of(self->other, 3000));
	EXPECT_EQ(0, events_of(self->other, 0));
	/* Not to who comes later */
	EXPECT_EQ(0, events_of(ta_open(), 0));
}

TEST_F(pressure, the_low_mark_is_told_again)
{
	char *p = map(self->fd, self->pages);

	memset(p, 1, self->pages * PAGE);
	EXPECT_EQ(POLLPRI, events_of(self->fd, 3000));
	ASSERT_EQ(0, munmap(p, self->pages * PAGE));
	usleep(1100 * 1000);
	EXPECT_EQ(0, events_of(self->fd, 0));
	p = map(self->fd, self->pages);
	memset(p, 1, self->pages * PAGE);
	EXPECT_EQ(POLLPRI, events_of(self->fd, 3000));
}

struct waiter {
	int fd;
	struct ta_turn *turn;
};

static void wait_for_event(void *arg)
{
	struct waiter *waiter = arg;

	ta_turn_add(waiter->turn);
	TA_CHILD(events_of(waiter->fd, 10000) == POLLPRI);
}

TEST_F(pressure, who_waits_is_woken)
{
	struct waiter waiter = { self->other, ta_turn_new() };
	pid_t pid = ta_fork(wait_for_event, &waiter);
	char *p = map(self->fd, self->pages);

	ta_turn_wait(waiter.turn, 1);
	usleep(20 * 1000);
	memset(p, 1, self->pages * PAGE);
	EXPECT_EQ(0, ta_join(pid));
}

TEST_F(pressure, epoll_is_told_the_edge)
{
	struct epoll_event event = { .events = EPOLLPRI | EPOLLET };
	int epoll = epoll_create1(EPOLL_CLOEXEC);
	char *p = map(self->fd, self->pages);

	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
	memset(p, 1, self->pages * PAGE);
	EXPECT_EQ(1, epoll_wait(epoll, &event, 1, 3000));
	EXPECT_EQ(0, epoll_wait(epoll, &event, 1, 0));
}

TEST_F(pressure, a_quota_nearly_used_is_told_to_its_client)
{
	char *p = map(self->fd, 80);

	ASSERT_EQ(0, ta_set_quota(self->fd, 80));
	memset(p, 1, 70 * PAGE);
	EXPECT_EQ(0, events_of(self->fd, 0));
	memset(p, 1, 72 * PAGE);
	EXPECT_EQ(POLLPRI, events_of(self->fd, 0));
	EXPECT_EQ(0, events_of(self->fd, 0));
	EXPECT_EQ(0, events_of(self->other, 0));
	usleep(1100 * 1000);
	memset(p, 1, 75 * PAGE);
	EXPECT_EQ(POLLPRI, events_of(self->fd, 0));
}

TEST_F(pressure, what_is_held_by_handle_counts)
{
	ASSERT_EQ(0, ta_set_quota(self->fd, 80));
	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 6, 0, NULL));
	EXPECT_EQ(0, events_of(self->fd, 0));
	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 3, 0, NULL));
	EXPECT_EQ(POLLPRI, events_of(self->fd, 0));
}

TA_TEST_MAIN
