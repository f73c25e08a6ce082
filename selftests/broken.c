// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of pages that the machine loses (H59).
 *
 * Each costs the pool a page for good, so these run by themselves, and are not
 * asked for a whole pool at the end.
 */
#include "kselftest_harness.h"

#include <fcntl.h>

#include "ta_test.h"

#define OFFLINE	"/sys/devices/system/memory/"

#ifndef MADV_SOFT_OFFLINE
#define MADV_SOFT_OFFLINE	101
#endif

FIXTURE(broken) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *p;		/* four pages of ours */
	uint64_t frame;		/* of the first */
};

#define broken_t FIXTURE_DATA(broken)

FIXTURE_SETUP(broken)
{
	if (geteuid())
		SKIP(return, "root says what is broken");
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	self->p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	memset(self->p, 1, 4 * PAGE);
	self->frame = ta_frame(self->fd, self->p);
}

FIXTURE_TEARDOWN(broken)
{
	close(self->fd);
}

/* The kernel says that it could do nothing for it; it has marked it. */
static bool offline(const char *how, const void *addr)
{
	char path[64], text[32];
	int fd;

	snprintf(path, sizeof(path), OFFLINE "%s_offline_page", how);
	snprintf(text, sizeof(text), "%#llx",
		 (unsigned long long)ta_physical(addr));
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return false;
	if (write(fd, text, strlen(text)) < 0)
		fprintf(stderr, "# %s_offline_page: errno %d\n", how, errno);
	close(fd);
	return true;
}

/* Whether somebody gets the frame who takes all that there is. */
static bool is_given_out(broken_t *self, uint64_t frame)
{
	size_t nr = ta_available_pages(self->fd);
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);
	bool found = false;

	for (size_t i = 0; i < nr; i++) {
		if (ta_write(p + i * PAGE, 1).sig)
			break;
		found |= (uint64_t)ta_frame(self->fd, p + i * PAGE) == frame;
	}
	munmap(p, nr * PAGE);
	return found;
}

TEST_F(broken, h59_a_lost_page_is_never_used_again)
{
	struct ta_hit hit;

	if (!offline("hard", self->p))
		SKIP(return, "a kernel that has no lost pages");
	/* Not mapped any more: the next access finds out. */
	ASSERT_EQ(0, madvise(self->p, PAGE, MADV_DONTNEED));
	hit = ta_read(self->p);
	EXPECT_EQ(SIGBUS, hit.sig);
	EXPECT_EQ(BUS_MCEERR_AR, hit.code);
	EXPECT_EQ(SIGBUS, ta_write(self->p, 1).sig);
	EXPECT_TRUE(ta_all(self->p + PAGE, 3 * PAGE, 1));
	/* Forgotten, it is replaced. */
	ASSERT_EQ(0, ta_madvise(self->fd, self->p, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, ta_write(self->p, 1).sig);
	EXPECT_NE(self->frame, (uint64_t)ta_frame(self->fd, self->p));
	EXPECT_FALSE(is_given_out(self, self->frame));
	ASSERT_EQ(0, munmap(self->p, 4 * PAGE));
	EXPECT_EQ(self->pages - 1, ta_free_pages(self->fd));
	EXPECT_EQ(0, ta_validate(self->fd));
}

static void share_a_lost_page(void *arg)
{
	broken_t *self = arg;

	TA_CHILD(ta_read(self->p).sig == SIGBUS);
	TA_CHILD(ta_all(self->p + PAGE, 3 * PAGE, 1));
}

TEST_F(broken, h59_a_lost_page_is_shared_by_a_fork)
{
	if (!offline("hard", self->p))
		SKIP(return, "a kernel that has no lost pages");
	EXPECT_EQ(0, ta_join(ta_fork(share_a_lost_page, self)));
	ASSERT_EQ(0, munmap(self->p, 4 * PAGE));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 1));
	EXPECT_FALSE(is_given_out(self, self->frame));
	EXPECT_EQ(0, ta_validate(self->fd));
}

TEST_F(broken, h59_madvise_says_that_it_is_lost)
{
	if (madvise(self->p, PAGE, MADV_HWPOISON) && errno == EINVAL)
		SKIP(return, "a kernel that has no lost pages");
	EXPECT_TRUE(ta_all(self->p + PAGE, 3 * PAGE, 1));
	ASSERT_EQ(0, munmap(self->p, 4 * PAGE));
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 1));
	EXPECT_FALSE(is_given_out(self, self->frame));
	EXPECT_EQ(0, ta_validate(self->fd));
}

TEST_F(broken, h59_soft_offline_lets_it_alone)
{
	if (!offline("soft", self->p))
		SKIP(return, "a kernel that has no lost pages");
	if (madvise(self->p + PAGE, PAGE, MADV_SOFT_OFFLINE)) {
		EXPECT_TRUE(errno == EIO || errno == EBUSY);
	}
	EXPECT_TRUE(ta_all(self->p, 4 * PAGE, 1));
	memset(self->p, 2, 4 * PAGE);
	EXPECT_TRUE(ta_all(self->p, 4 * PAGE, 2));
	ASSERT_EQ(0, munmap(self->p, 4 * PAGE));
	EXPECT_EQ(self->pages, ta_free_pages(self->fd));
	EXPECT_EQ(0, ta_validate(self->fd));
}

TA_TEST_MAIN
