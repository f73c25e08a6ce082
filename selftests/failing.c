// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what happens when memory is refused where nobody can be told: at the end
 * of a process, and in a fault, for as long as there is none.
 */
#include "kselftest_harness.h"

#include <time.h>

#include "ta_scene.h"

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

/* The end of a process cannot tell how far it has come. */

#define LAST_AT_EXIT	60

static void make_and_exit(void *arg)
{
	struct ta_scene s = { 0 };

	ta_scene_make(&s);
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
	struct ta_scene *s = arg;

	ta_fail_me(true);
	*(volatile char *)s->other = 1;
}

/* Ends as the access does: by a signal, or well. */
static void fail_at_access(void *arg)
{
	struct ta_scene s = { 0 };
	struct ta_hit hit;

	ta_scene_make(&s);
	TA_CHILD(ta_oom_adj(*(int *)arg));
	ta_scene_have_far(&s);
	/* So that the page is all that is missing; and then, another one */
	TA_CHILD(!ta_scene_write(s.other));
	s.other += 5 * PAGE;
	hit = ta_try(touch, &s);
	ta_fail_me(false);
	TA_CHILD(ta_scene_whole(&s));
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
	struct ta_scene s = { 0 };
	bool write = *(bool *)arg;

	ta_scene_make(&s);
	ta_scene_have_far(&s);
	ta_fail_me(true);
	if (write)
		s.other[5 * PAGE] = 1;
	else
		TA_CHILD(!*(volatile char *)(s.other + 5 * PAGE));
	ta_fail_me(false);
	TA_CHILD(ta_scene_whole(&s));
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
