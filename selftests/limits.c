// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of an ordinary user's rights: he can use the service, sees nothing of
 * others, and what the kernel keeps for him is his control group's memory.
 */
#include "kselftest_harness.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "ta_test.h"

#define NOBODY	65534
#define GROUPS	"/tmp/cgroup"
#define GROUP	GROUPS "/teachalloc_test"

FIXTURE(limits) {
	int fd;
	long pages;		/* free in the pool at the start */
};

#define limits_t FIXTURE_DATA(limits)

FIXTURE_SETUP(limits)
{
	if (geteuid())
		SKIP(return, "compares root with others");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
}

FIXTURE_TEARDOWN(limits)
{
	close(self->fd);
}

static void become_nobody(void)
{
	TA_CHILD(!setgid(NOBODY) && !setuid(NOBODY));
}

static void fill_page(void *arg)
{
	char *p = arg;

	TA_CHILD(ta_all(p, PAGE, 1));
	memset(p, 2, PAGE);
}

/* All that needs no more than the device */
static void use_all(void *arg)
{
	struct ta_page_info pages[4];
	char *p, *h;
	int fd, handle;

	(void)arg;
	become_nobody();
	fd = ta_open();
	TA_CHILD(fd >= 0);
	p = ta_mmap(fd, NULL, 4 * PAGE, RW, 0);
	TA_CHILD(p != MAP_FAILED);
	memset(p, 1, 4 * PAGE);
	h = ta_sbrk(fd, 4 * PAGE);
	TA_CHILD(h != (void *)-1);
	memset(h, 1, 4 * PAGE);
	TA_CHILD(!ta_join(ta_fork(fill_page, p)));
	TA_CHILD(!ta_join(ta_fork(fill_page, h)));
	TA_CHILD(ta_all(p, 4 * PAGE, 1) && ta_all(h, 4 * PAGE, 1));
	TA_CHILD(!ta_pages(fd, p, 4, pages));
	TA_CHILD(pages[3].state == TA_PAGE_PRESENT);
	TA_CHILD(!ta_madvise(fd, p, PAGE, MADV_DONTNEED) && !*p);
	TA_CHILD(!ta_set_fault_order(fd, 2));
	handle = ta_alloc(fd, TA_LAYER_PAGES, 3, 0, NULL);
	TA_CHILD(handle > 0 && !ta_free(fd, handle));
	TA_CHILD(!ta_set_quota(fd, 16));
	TA_CHILD(ta_set_quota(fd, 17) == -1 && errno == EPERM);
	p = ta_mmap(fd, NULL, 64 * PAGE, RW, MAP_POPULATE);
	TA_CHILD(p != MAP_FAILED && ta_write(p + 63 * PAGE, 1).sig == SIGBUS);
	TA_CHILD(ta_validate(fd) == -1 && errno == EPERM);
}

TEST_F(limits, nobody_can_use_it_within_his_quota)
{
	EXPECT_EQ(0, ta_join(ta_fork(use_all, NULL)));
}

/* H73: what others have does not show. */

struct others {
	int fd;
	char *p;
	char *heap;
};

static void see_nothing(void *arg)
{
	struct others *others = arg;
	struct ta_page_info pages[8];
	struct ta_ioc_info info;
	int fd;

	/* Another address space, and nothing of it anywhere */
	TA_CHILD(!munmap(others->p, 8 * PAGE));
	TA_CHILD(!munmap(others->heap, 8 * PAGE));
	close(others->fd);
	become_nobody();
	fd = ta_open();
	TA_CHILD(!ta_info(fd, &info));
	TA_CHILD(!info.mapped_pages && !info.resident_pages && !info.faults &&
		 !info.cow_copies && !info.zero_faults && !info.zero_pages &&
		 !info.committed_pages && !info.held_pages);
	TA_CHILD(!ta_pages(fd, others->p, 8, pages));
	for (int i = 0; i < 8; i++)
		TA_CHILD(pages[i].state == TA_PAGE_FOREIGN && !pages[i].frame);
	TA_CHILD(!ta_pages(fd, others->heap, 8, pages));
	for (int i = 0; i < 8; i++)
		TA_CHILD(pages[i].state == TA_PAGE_FOREIGN && !pages[i].frame);
	TA_CHILD(ta_free(fd, 1) == -1 && errno == ENOENT);
}

TEST_F(limits, h73_another_client_does_not_show)
{
	struct others others = { ta_open() };

	others.p = ta_mmap(others.fd, NULL, 8 * PAGE, RW, 0);
	others.heap = ta_sbrk(others.fd, 8 * PAGE);
	memset(others.p, 1, 8 * PAGE);
	memset(others.heap, 1, 8 * PAGE);
	ASSERT_LT(0, ta_alloc(others.fd, TA_LAYER_PAGES, 0, 0, NULL));
	EXPECT_EQ(0, ta_join(ta_fork(see_nothing, &others)));
	close(others.fd);
}

/* A kernel address: sixteen digits that begin with ffff8 or above */
static bool has_address(const char *text, size_t len)
{
	size_t digits = 0;

	for (size_t i = 0; i < len; i++) {
		digits = strchr("0123456789abcdef", text[i]) && text[i] ?
			 digits + 1 : 0;
		if (digits == 16 && !strncmp(text + i - 15, "ffff", 4) &&
		    text[i - 11] >= '8')
			return true;
	}
	return false;
}

static void look_into(const char *path, int *nr)
{
	static char text[1 << 16];
	int fd = open(path, O_RDONLY | O_NONBLOCK);
	ssize_t len = fd < 0 ? -1 : read(fd, text, sizeof(text));

	if (fd >= 0)
		close(fd);
	if (len < 0)
		return;
	++*nr;
	if (has_address(text, len))
		fprintf(stderr, "# an address in %s\n", path);
	TA_CHILD(!has_address(text, len));
}

static void look_through(const char *path, int *nr)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	char sub[512];

	while (dir && (entry = readdir(dir))) {
		if (*entry->d_name == '.' || entry->d_type == DT_LNK)
			continue;
		snprintf(sub, sizeof(sub), "%s/%s", path, entry->d_name);
		if (entry->d_type == DT_DIR)
			look_through(sub, nr);
		else
			look_into(sub, nr);
	}
	if (dir)
		closedir(dir);
}

static void read_all(void *arg)
{
	int nr = 0;

	(void)arg;
	become_nobody();
	look_through("/sys/module/teachalloc", &nr);
	look_through("/sys/class/misc/teachalloc/", &nr);
	TA_CHILD(nr > 0);
	nr = 0;
	/* Here is everybody's: it is root's alone. */
	look_through("/sys/kernel/debug/teachalloc", &nr);
	look_into("/sys/kernel/debug/teachalloc/buddyinfo", &nr);
	look_into("/sys/kernel/debug/teachalloc/page_owner", &nr);
	TA_CHILD(!nr);
}

TEST_F(limits, h72_h73_nothing_in_files_for_all)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, MAP_POPULATE);

	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	ASSERT_NE(MAP_FAILED, p);
	EXPECT_EQ(0, ta_join(ta_fork(read_all, NULL)));
}

/* H84: who makes the kernel keep something pays for it. */

static long get(const char *path)
{
	FILE *f = fopen(path, "re");
	long value = -1;

	if (f && fscanf(f, "%ld", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static bool make_group(const char *limit)
{
	mkdir(GROUPS, 0755);
	mount("cgroup2", GROUPS, "cgroup2", 0, NULL);
	ta_put(GROUPS "/cgroup.subtree_control", "+memory");
	mkdir(GROUP, 0755);
	return !ta_put(GROUP "/memory.max", limit);
}

static void remove_group(void)
{
	/* What was charged to it may go a little later. */
	for (int i = 0; i < 100 && rmdir(GROUP); i++)
		usleep(10000);
	umount(GROUPS);
}

static void join_group(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };

	TA_CHILD(!ta_put(GROUP "/cgroup.procs", "0"));
	ta_put("/proc/sys/fs/nr_open", "1048576");
	TA_CHILD(!setrlimit(RLIMIT_NOFILE, &limit));
}

static long charged(void)
{
	return get(GROUP "/memory.current");
}

/*
 * Each kind of thing by the thousand, and half of what it is at least: the group
 * is charged in advance, and what it has left over is used first.
 */
static void pay_for_all(void *arg)
{
	int fd = *(int *)arg;
	long before;

	join_group();
	before = charged();
	for (int i = 0; i < 4000; i++)
		TA_CHILD(ta_open() >= 0);
	TA_CHILD(charged() - before > 4000 * 800);

	/* Beside the kernel's VMA, an area and a view */
	before = charged();
	for (int i = 0; i < 8000; i++)
		TA_CHILD(ta_mmap(fd, NULL, PAGE, RW, 0) != MAP_FAILED);
	TA_CHILD(charged() - before > 8000 * 250);

	before = charged();
	for (int i = 0; i < 14000; i++)
		TA_CHILD(ta_alloc(fd, TA_LAYER_PAGES, 0, 0, NULL) > 0);
	TA_CHILD(charged() - before > 14000 * 32);
}

TEST_F_TIMEOUT(limits, h84_what_the_kernel_keeps_is_charged, 100)
{
	if (!make_group("max"))
		SKIP(return, "a kernel without control groups for memory");
	EXPECT_EQ(0, ta_join(ta_fork(pay_for_all, &self->fd)));
	close(self->fd);
	self->fd = ta_open();
	remove_group();
}

/* And nobody else is worse off: what is closed is gone. */
TEST_F_TIMEOUT(limits, h84_opening_and_closing_leaves_nothing, 100)
{
	for (int i = 0; i < 20000; i++) {
		int fd = ta_open();

		if (fd < 0)
			ASSERT_EQ(0, i);
		close(fd);
	}
	EXPECT_EQ(self->pages, ta_free_pages(self->fd));
}

TA_TEST_MAIN
