// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of clients/ in debugfs: a folder for each client, which tells the truth
 * and goes with it; and nobody but root sees it.
 */
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define CLIENTS	"/sys/kernel/debug/teachalloc/clients/"
#define NOBODY	65534

static char text[1 << 16];

FIXTURE(clients) {
	int fd;
	char dir[300];	/* of this client */
};

/* The folders of clients that a process opened; the last one's name. */
static int folders_of(pid_t pid, char *dir, size_t size)
{
	DIR *all = opendir(CLIENTS);
	struct dirent *entry;
	char prefix[16];
	int nr = 0;

	snprintf(prefix, sizeof(prefix), "%d-", pid);
	while (all && (entry = readdir(all)))
		if (!strncmp(entry->d_name, prefix, strlen(prefix))) {
			snprintf(dir, size, CLIENTS "%s/", entry->d_name);
			nr++;
		}
	if (all)
		closedir(all);
	return nr;
}

FIXTURE_SETUP(clients)
{
	if (geteuid())
		SKIP(return, "debugfs is root's");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (access(CLIENTS, F_OK))
		SKIP(return, "a kernel without debugfs");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(1, folders_of(getpid(), self->dir, sizeof(self->dir)));
}

FIXTURE_TEARDOWN(clients)
{
}

static const char *slurp(const char *dir, const char *file)
{
	char path[320];
	size_t len = 0;
	ssize_t got;
	int fd;

	snprintf(path, sizeof(path), "%s%s", dir, file);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	while (fd >= 0 &&
	       (got = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += got;
	text[len] = 0;
	if (fd >= 0)
		close(fd);
	return fd < 0 ? NULL : text;
}

/* The number behind a word at the start of a line; of several the sum. */
static long number(const char *dir, const char *file, const char *name)
{
	const char *line = slurp(dir, file);
	size_t len = strlen(name);
	long sum = -1;

	for (; line && *line; line = strchr(line, '\n'), line += !!line)
		if (!strncmp(line, name, len) && line[len] == ':')
			sum = (sum < 0 ? 0 : sum) +
			      strtol(line + len + 1, NULL, 10);
	return sum;
}

/* In pages */
static long smaps(const char *dir, const char *name)
{
	long kb = number(dir, "smaps", name);

	return kb < 0 ? kb : kb * 1024 / (long)PAGE;
}

TEST_F(clients, two_of_one_process_are_two)
{
	char dir[300];
	int fd = ta_open();

	EXPECT_EQ(2, folders_of(getpid(), dir, sizeof(dir)));
	close(fd);
	EXPECT_EQ(1, folders_of(getpid(), dir, sizeof(dir)));
	EXPECT_EQ(0, strcmp(dir, self->dir));
}

TEST_F(clients, status_tells_what_info_tells)
{
	char *p = ta_mmap(self->fd, NULL, 10 * PAGE, RW, 0);
	void *start, *end;
	char want[128];

	ta_mmap(self->fd, NULL, 5 * PAGE, PROT_READ, 0);
	memset(p, 1, 4 * PAGE);
	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 1, 0, NULL));
	ASSERT_EQ(0, ta_set_quota(self->fd, 100));
	ASSERT_NE((void *)-1, ta_sbrk(self->fd, 3 * PAGE - 5));
	ASSERT_EQ(0, ta_brk_range(self->fd, &start, &end));
	EXPECT_EQ(getpid(), number(self->dir, "status", "Pid"));
	EXPECT_EQ(0, number(self->dir, "status", "Uid"));
	EXPECT_EQ(18 * 4, number(self->dir, "status", "total_vm"));
	EXPECT_EQ(13 * 4, number(self->dir, "status", "Committed_AS"));
	EXPECT_EQ(4 * 4, number(self->dir, "status", "Resident"));
	EXPECT_EQ(2 * 4, number(self->dir, "status", "Held"));
	EXPECT_EQ(100 * 4, number(self->dir, "status", "Quota"));
	EXPECT_EQ(4, number(self->dir, "status", "Faults"));
	snprintf(want, sizeof(want), " %d start_brk %08lx brk %08lx\n",
		 getpid(), (unsigned long)start, (unsigned long)end);
	ASSERT_NE(NULL, slurp(self->dir, "status"));
	EXPECT_NE(NULL, strstr(text, want)) {
		TH_LOG("%s in %s", want, text);
	}
}

TEST_F(clients, maps_are_those_of_proc)
{
	char *p = ta_mmap(self->fd, NULL, 10 * PAGE, RW, 0), *line;
	struct ta_line lines[16];
	int nr, seen = 0;
	char want[128];

	ASSERT_EQ(0, mprotect(p + 2 * PAGE, PAGE, PROT_READ));
	ASSERT_NE((void *)-1, ta_sbrk(self->fd, 3 * PAGE));
	nr = ta_lines(lines, 16);
	ASSERT_EQ(4, nr);
	ASSERT_NE(NULL, slurp(self->dir, "maps"));
	for (int i = 0; i < nr; i++) {
		snprintf(want, sizeof(want), "%d %08lx-%08lx %.3sp ", getpid(),
			 lines[i].start, lines[i].end, lines[i].perms);
		EXPECT_NE(NULL, strstr(text, want)) {
			TH_LOG("%s in %s", want, text);
		}
	}
	for (line = text; (line = strchr(line, '\n')); line++)
		seen++;
	EXPECT_EQ(nr, seen);
}

static void write_two(void *arg)
{
	memset(arg, 2, 2 * PAGE);
	for (;;)
		pause();
}

TEST_F(clients, smaps_count_what_is_behind)
{
	char *p = ta_mmap(self->fd, NULL, 20 * PAGE, RW, 0);
	pid_t pid;

	memset(p, 1, 5 * PAGE);
	for (int i = 5; i < 8; i++)
		ta_read(p + i * PAGE);
	EXPECT_EQ(20, smaps(self->dir, "Size"));
	EXPECT_EQ(5, smaps(self->dir, "Rss"));
	EXPECT_EQ(0, smaps(self->dir, "Shared"));
	EXPECT_EQ(5, smaps(self->dir, "Private"));
	EXPECT_EQ(3, smaps(self->dir, "Zero"));
	EXPECT_EQ(0, smaps(self->dir, "Lost"));

	/* Both processes are in it: 5 pages each, of which 3 are shared. */
	pid = ta_fork(write_two, p);
	for (int i = 0; i < 300 && smaps(self->dir, "Private") != 4; i++)
		usleep(10000);
	EXPECT_EQ(40, smaps(self->dir, "Size"));
	EXPECT_EQ(10, smaps(self->dir, "Rss"));
	EXPECT_EQ(6, smaps(self->dir, "Shared"));
	EXPECT_EQ(4, smaps(self->dir, "Private"));
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, ta_join(pid));
	EXPECT_EQ(5, smaps(self->dir, "Rss"));
	EXPECT_EQ(0, smaps(self->dir, "Shared"));
}

TEST_F(clients, a_folder_stays_as_long_as_memory_does)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	char dir[300];

	close(self->fd);
	EXPECT_EQ(1, folders_of(getpid(), dir, sizeof(dir)));
	EXPECT_EQ(1, smaps(dir, "Size"));
	ASSERT_EQ(0, munmap(p, PAGE));
	EXPECT_EQ(0, folders_of(getpid(), dir, sizeof(dir)));
}

TEST_F(clients, a_file_that_is_open_outlives_the_client)
{
	char path[320], byte;
	int fd;

	snprintf(path, sizeof(path), "%sstatus", self->dir);
	fd = open(path, O_RDONLY);
	ASSERT_LE(0, fd);
	close(self->fd);
	EXPECT_NE(0, access(path, F_OK));
	EXPECT_EQ(-1, read(fd, &byte, 1));
	EXPECT_EQ(EIO, errno);
}

static void look_as_nobody(void *arg)
{
	char path[320];

	for (int i = 0; i < 3; i++) {
		static const char * const files[] = { "status", "maps", "smaps" };

		snprintf(path, sizeof(path), "%s%s", (char *)arg, files[i]);
		TA_CHILD(!access(path, R_OK));
	}
	TA_CHILD(!setgid(NOBODY) && !setuid(NOBODY));
	for (int i = 0; i < 3; i++) {
		static const char * const files[] = { "status", "maps", "smaps" };

		snprintf(path, sizeof(path), "%s%s", (char *)arg, files[i]);
		TA_CHILD(open(path, O_RDONLY) < 0 && errno == EACCES);
	}
}

/* Also where somebody has made the folder of debugfs itself open to all */
TEST_F(clients, others_see_nothing)
{
	EXPECT_EQ(0, ta_join(ta_fork(look_as_nobody, self->dir)));
	ASSERT_EQ(0, chmod("/sys/kernel/debug", 0755));
	EXPECT_EQ(0, ta_join(ta_fork(look_as_nobody, self->dir)));
	chmod("/sys/kernel/debug", 0700);
}

static void *read_all(void *arg)
{
	static const char * const files[] = { "status", "maps", "smaps" };
	struct dirent *entry;
	char path[320], buf[4096];
	DIR *all;
	int fd;

	(void)arg;
	for (;;) {
		all = opendir(CLIENTS);
		while (all && (entry = readdir(all)))
			for (int i = 0; i < 3; i++) {
				snprintf(path, sizeof(path), CLIENTS "%s/%s",
					 entry->d_name, files[i]);
				fd = open(path, O_RDONLY);
				while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
					;
				if (fd >= 0)
					close(fd);
			}
		if (all)
			closedir(all);
	}
	return NULL;
}

static void touch_some(void *arg)
{
	memset(arg, 3, 8 * PAGE);
}

static void come_and_go(void *arg)
{
	for (int i = 0; i < 100; i++) {
		int fd = ta_open();
		char *p = ta_mmap(fd, NULL, 16 * PAGE, RW, 0);
		pid_t pid;

		TA_CHILD(p != MAP_FAILED);
		ta_sbrk(fd, 2 * PAGE);
		memset(p, 1, 16 * PAGE);
		pid = ta_fork(touch_some, p);
		munmap(p + 4 * PAGE, 4 * PAGE);
		close(fd);
		munmap(p, 16 * PAGE);
		TA_CHILD(!ta_join(pid));
	}
	ta_turn_add(arg);
}

TEST_F(clients, h100_reading_while_clients_come_and_go)
{
	struct ta_turn *turn = ta_turn_new();
	pthread_t thread;
	pid_t pids[3];

	for (int i = 0; i < 3; i++)
		pids[i] = ta_fork(come_and_go, turn);
	for (int i = 0; i < 2; i++)
		ASSERT_EQ(0, pthread_create(&thread, NULL, read_all, NULL));
	for (int i = 0; i < 3; i++) {
		EXPECT_EQ(0, ta_join(pids[i]));
	}
}

TA_TEST_MAIN
