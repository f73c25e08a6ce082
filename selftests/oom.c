// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what happens when there is no page for an access: who is killed, who
 * is not, and that it always goes on.
 *
 * The test itself is exempt (oom_score_adj -1000), its children begin at 0.
 */
#include <pthread.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define KNOB(name)	"/sys/module/teachalloc/parameters/" name
#define VMSTAT		"/sys/kernel/debug/teachalloc/vmstat"

FIXTURE(oom) {
	int fd;
	size_t free;		/* pages in the pool at the start */
	size_t pages;		/* of these can be had */
	struct ta_turn *turn;	/* how many are ready */
	long killed;		/* by us */
	long killed_by_kernel;
};

static long read_count(const char *path, const char *field)
{
	FILE *f = fopen(path, "re");
	size_t len = strlen(field);
	char line[128];
	long nr = -1;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, field, len) && line[len] == ' ')
			nr = strtol(line + len, NULL, 10);
	if (f)
		fclose(f);
	return nr;
}

static void reset_knobs(void)
{
	ta_put(KNOB("overcommit_memory"), "0");
	ta_put(KNOB("oom_kill_allocating_task"), "N");
}

FIXTURE_SETUP(oom)
{
	if (geteuid())
		SKIP(return, "only root can be exempt");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	reset_knobs();
	ASSERT_TRUE(ta_oom_adj(-1000));
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->free = ta_free_pages(self->fd);
	self->pages = ta_available_pages(self->fd);
	self->turn = ta_turn_new();
	self->killed = read_count(VMSTAT, "oom_kill");
	self->killed_by_kernel = read_count("/proc/vmstat", "oom_kill");
	ASSERT_LE(0, self->killed);
}

FIXTURE_TEARDOWN(oom)
{
	EXPECT_EQ(self->killed_by_kernel,
		  read_count("/proc/vmstat", "oom_kill"));
	reset_knobs();
}

#define oom_t FIXTURE_DATA(oom)

static long nr_killed(const oom_t *self)
{
	return read_count(VMSTAT, "oom_kill") - self->killed;
}

/* A process with memory */
struct user {
	const oom_t *self;
	size_t nr;	/* pages */
	int adj;
	bool stays;	/* until it is killed, or told to go */
};

static char *map(size_t nr, int flags)
{
	char *p = ta_mmap(ta_open(), NULL, nr * PAGE, RW, flags);

	TA_CHILD(p != MAP_FAILED);
	return p;
}

static char *map_and_fill(size_t nr)
{
	char *p = map(nr, MAP_NORESERVE);

	for (size_t i = 0; i < nr; i++)
		p[i * PAGE] = 1 + i % 100;
	return p;
}

static void use(void *arg)
{
	struct user *user = arg;
	char *p;

	TA_CHILD(ta_oom_adj(user->adj));
	/* Who has nothing at least has a client. */
	p = user->nr ? map_and_fill(user->nr) : map(1, 0);
	ta_turn_add(user->self->turn);
	if (user->stays)
		ta_turn_wait(user->self->turn, 1000);
	for (size_t i = 0; i < user->nr; i++)
		TA_CHILD(p[i * PAGE] == 1 + (char)(i % 100));
}

/* Start one that stays, and wait until it has its memory. */
static pid_t start(const oom_t *self, int nr, size_t pages, int adj)
{
	struct user user = { self, pages, adj, true };
	pid_t pid = ta_fork(use, &user);

	ta_turn_wait(self->turn, nr);
	return pid;
}

/* One that wants so many pages and is done. */
static pid_t ask(const oom_t *self, size_t pages, int adj)
{
	struct user user = { self, pages, adj, false };

	return ta_fork(use, &user);
}

static void let_go(const oom_t *self)
{
	ta_turn_set(self->turn, 1000);
}

static void expect_killed(struct __test_metadata *_metadata, const oom_t *self,
			  long nr)
{
	EXPECT_EQ(nr, nr_killed(self));
	EXPECT_TRUE(ta_settles(self->fd, self->free));
}

static void touch_past_pool(void *arg)
{
	const oom_t *self = arg;
	size_t nr = self->pages * 2;
	char *p;

	TA_CHILD(ta_oom_adj(0));
	p = map(nr, 0);
	for (size_t i = 0; i < nr; i++)
		p[i * PAGE] = 1;
}

TEST_F(oom, h91_touching_past_the_pool_kills_one_and_nobody_else)
{
	pid_t bystander = start(self, 1, 64, 0);

	ASSERT_EQ(0, ta_put(KNOB("overcommit_memory"), "1"));
	EXPECT_EQ(-SIGKILL, ta_join(ta_fork(touch_past_pool, self)));
	let_go(self);
	EXPECT_EQ(0, ta_join(bystander));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, who_has_most_is_killed_not_who_asks)
{
	pid_t large = start(self, 1, self->pages * 6 / 10, 0);
	pid_t small = start(self, 2, self->pages * 2 / 10, 0);

	EXPECT_EQ(0, ta_join(ask(self, self->pages * 4 / 10, 0)));
	EXPECT_EQ(-SIGKILL, ta_join(large));
	let_go(self);
	EXPECT_EQ(0, ta_join(small));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, oom_score_adj_counts_in_thousandths_of_the_pool)
{
	pid_t large = start(self, 1, self->pages * 6 / 10, 0);
	pid_t small = start(self, 2, self->pages * 2 / 10, 500);

	EXPECT_EQ(0, ta_join(ask(self, self->pages * 3 / 10, 0)));
	EXPECT_EQ(-SIGKILL, ta_join(small));
	let_go(self);
	EXPECT_EQ(0, ta_join(large));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, who_has_no_page_is_no_victim)
{
	pid_t none = start(self, 1, 0, 1000);
	pid_t some = start(self, 2, self->pages * 5 / 10, 0);

	EXPECT_EQ(0, ta_join(ask(self, self->pages * 7 / 10, -500)));
	EXPECT_EQ(-SIGKILL, ta_join(some));
	let_go(self);
	EXPECT_EQ(0, ta_join(none));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, who_asks_is_killed_if_all_others_are_exempt)
{
	pid_t exempt = start(self, 1, self->pages * 9 / 10, -1000);

	EXPECT_EQ(-SIGKILL, ta_join(ask(self, self->pages * 2 / 10, 0)));
	let_go(self);
	EXPECT_EQ(0, ta_join(exempt));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, nobody_is_killed_if_all_are_exempt)
{
	pid_t exempt = start(self, 1, self->pages * 9 / 10, -1000);

	EXPECT_EQ(-SIGBUS, ta_join(ask(self, self->pages * 2 / 10, -1000)));
	let_go(self);
	EXPECT_EQ(0, ta_join(exempt));
	expect_killed(_metadata, self, 0);
}

TEST_F(oom, oom_kill_allocating_task_kills_who_asks)
{
	pid_t large = start(self, 1, self->pages * 6 / 10, 0);

	ASSERT_EQ(0, ta_put(KNOB("oom_kill_allocating_task"), "Y"));
	EXPECT_EQ(-SIGKILL, ta_join(ask(self, self->pages * 5 / 10, 0)));
	let_go(self);
	EXPECT_EQ(0, ta_join(large));
	expect_killed(_metadata, self, 1);
}

static void populate_past_pool(void *arg)
{
	const oom_t *self = arg;

	TA_CHILD(ta_oom_adj(0));
	map(self->pages + 64, MAP_NORESERVE | MAP_POPULATE);
}

TEST_F(oom, populate_past_the_pool_kills_as_a_touch_does)
{
	EXPECT_EQ(-SIGKILL, ta_join(ta_fork(populate_past_pool, self)));
	expect_killed(_metadata, self, 1);
}

static void hold_by_handle(void *arg)
{
	const oom_t *self = arg;
	int fd = ta_open();

	TA_CHILD(ta_oom_adj(0));
	for (size_t had = 0; had < self->pages * 7 / 10; had += 64)
		TA_CHILD(ta_alloc(fd, TA_LAYER_PAGES, 6, 0, NULL) > 0);
	ta_turn_add(self->turn);
	pause();
}

TEST_F(oom, what_is_held_by_handle_counts)
{
	pid_t holder = ta_fork(hold_by_handle, self);

	ta_turn_wait(self->turn, 1);
	EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
	EXPECT_EQ(-SIGKILL, ta_join(holder));
	expect_killed(_metadata, self, 1);
}

TEST_F(oom, a_handle_is_refused_and_nobody_killed)
{
	pid_t large = start(self, 1, self->pages * 9 / 10, 0);
	int fd = ta_open(), nr = 0;

	while (ta_alloc(fd, TA_LAYER_PAGES, 0, 0, NULL) > 0)
		nr++;
	EXPECT_EQ(ENOMEM, errno);
	EXPECT_LT(0, nr);
	close(fd);
	let_go(self);
	EXPECT_EQ(0, ta_join(large));
	expect_killed(_metadata, self, 0);
}

/* The report */

static bool log_has(const char *what)
{
	static char log[1 << 20];
	int len = klogctl(3, log, sizeof(log) - 1);	/* READ_ALL */

	log[len > 0 ? len : 0] = 0;
	return strstr(log, what);
}

TEST_F(oom, the_report_names_who_asked_and_who_died)
{
	pid_t pid = ask(self, self->pages + 1, 7);
	char line[128];

	EXPECT_EQ(-SIGKILL, ta_join(pid));
	EXPECT_TRUE(log_has("oom invoked teachalloc oom-killer: gfp_mask="));
	EXPECT_TRUE(log_has("order=0, oom_score_adj=7"));
	EXPECT_TRUE(log_has("total_vm      rss oom_score_adj name"));
	snprintf(line, sizeof(line),
		 "teachalloc: Out of memory: Killed process %d (oom) ", pid);
	EXPECT_TRUE(log_has(line));
}

/* H41: the victim is busy, or cannot die */

static void *fault_and_call(void *arg)
{
	struct ta_ioc_info info;
	int fd = *(int *)arg;
	char *p;

	for (;;) {
		p = ta_mmap(fd, NULL, 16 * PAGE, RW, MAP_NORESERVE);
		if (p == MAP_FAILED)
			continue;
		for (int i = 0; i < 16; i++)
			p[i * PAGE] = 1;
		ta_info(fd, &info);
		munmap(p, 16 * PAGE);
	}
	return NULL;
}

static void be_busy(void *arg)
{
	const oom_t *self = arg;
	int fd = ta_open();
	pthread_t thread;

	TA_CHILD(ta_oom_adj(0));
	map_and_fill(self->pages * 6 / 10);
	for (int i = 0; i < 3; i++)
		pthread_create(&thread, NULL, fault_and_call, &fd);
	ta_turn_add(self->turn);
	fault_and_call(&fd);
}

TEST_F(oom, h41_a_victim_in_faults_and_ioctls)
{
	for (int i = 1; i <= 5; i++) {
		pid_t busy = ta_fork(be_busy, self);

		ta_turn_wait(self->turn, 2 * i - 1);
		EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
		EXPECT_EQ(-SIGKILL, ta_join(busy));
	}
	expect_killed(_metadata, self, 5);
}

static void sleep_in_vfork(void *arg)
{
	const oom_t *self = arg;

	TA_CHILD(ta_oom_adj(0));
	map_and_fill(self->pages * 6 / 10);
	if (!vfork()) {
		ta_turn_add(self->turn);
		for (;;)
			pause();
	}
}

TEST_F(oom, h41_a_victim_that_waits_for_its_vfork)
{
	pid_t parent = ta_fork(sleep_in_vfork, self);

	ta_turn_wait(self->turn, 1);
	EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
	EXPECT_EQ(-SIGKILL, ta_join(parent));
	expect_killed(_metadata, self, 1);
}

static void be_traced(void *arg)
{
	const oom_t *self = arg;

	TA_CHILD(ta_oom_adj(0));
	map_and_fill(self->pages * 6 / 10);
	TA_CHILD(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	pause();
}

/* A process that is killed and stopped on its way out, with all its memory */
static pid_t start_dying(struct __test_metadata *_metadata, const oom_t *self)
{
	pid_t pid = ta_fork(be_traced, (void *)self);
	int status;

	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, pid, NULL,
			    PTRACE_O_TRACEEXIT));
	ASSERT_EQ(0, kill(pid, SIGKILL));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(PTRACE_EVENT_EXIT, status >> 16);
	return pid;
}

TEST_F(oom, h41_who_is_dying_gives_his_pages_and_nobody_is_killed)
{
	pid_t bystander = start(self, 1, self->pages * 3 / 10, 0);
	pid_t dying = start_dying(_metadata, self);

	EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
	EXPECT_EQ(0, nr_killed(self));
	ptrace(PTRACE_CONT, dying, NULL, NULL);
	EXPECT_EQ(-SIGKILL, ta_join(dying));
	let_go(self);
	EXPECT_EQ(0, ta_join(bystander));
	expect_killed(_metadata, self, 0);
}

TEST_F(oom, h41_a_victim_that_is_stopped)
{
	pid_t stopped = start(self, 1, self->pages * 6 / 10, 0);
	int status;

	ASSERT_EQ(0, kill(stopped, SIGSTOP));
	ASSERT_EQ(stopped, waitpid(stopped, &status, WUNTRACED));
	EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
	EXPECT_EQ(-SIGKILL, ta_join(stopped));
	expect_killed(_metadata, self, 1);
}

#define FREEZER	"/tmp/freezer"
#define FROZEN	FREEZER "/teachalloc_test"

/* In the first version of control groups not even SIGKILL thaws him. */
static bool freeze(pid_t pid)
{
	char text[16];

	mkdir(FREEZER, 0755);
	if (mount("cgroup", FREEZER, "cgroup", 0, "freezer"))
		return false;
	mkdir(FROZEN, 0755);
	snprintf(text, sizeof(text), "%d\n", pid);
	if (ta_put(FROZEN "/cgroup.procs", text))
		return false;
	return !ta_put(FROZEN "/freezer.state", "FROZEN");
}

static void thaw(void)
{
	ta_put(FROZEN "/freezer.state", "THAWED");
}

static void remove_freezer(void)
{
	rmdir(FROZEN);
	umount(FREEZER);
}

TEST_F(oom, h41_a_victim_that_is_frozen_gives_its_pages)
{
	pid_t frozen = start(self, 1, self->pages * 6 / 10, 0);

	if (!freeze(frozen)) {
		let_go(self);
		ta_join(frozen);
		remove_freezer();
		SKIP(return, "the kernel has no freezer of control groups");
	}
	EXPECT_EQ(0, ta_join(ask(self, self->pages * 5 / 10, 0)));
	EXPECT_EQ(1, nr_killed(self));
	EXPECT_EQ(0, waitpid(frozen, NULL, WNOHANG));
	thaw();
	EXPECT_EQ(-SIGKILL, ta_join(frozen));
	remove_freezer();
	expect_killed(_metadata, self, 1);
}

static void ask_in_one_client(void *arg)
{
	const oom_t *self = arg;
	size_t nr = self->pages * 5 / 10;
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, MAP_NORESERVE);

	TA_CHILD(p != MAP_FAILED);
	memset(p, 3, nr * PAGE);
	TA_CHILD(ta_all(p, nr * PAGE, 3));
}

static void family_be_traced(void *arg)
{
	const oom_t *self = arg;
	size_t nr = self->pages * 6 / 10;
	char *p = ta_sbrk(self->fd, nr * PAGE);

	TA_CHILD(p != (void *)-1);
	TA_CHILD(ta_oom_adj(0));
	memset(p, 2, nr * PAGE);
	TA_CHILD(!ptrace(PTRACE_TRACEME, 0, NULL, NULL));
	raise(SIGSTOP);
	pause();
}

/* One client in three processes: what is taken is the dying one's alone. */
TEST_F(oom, h41_relatives_of_who_is_dying_keep_their_pages)
{
	char *p = ta_sbrk(self->fd, 64 * PAGE);
	pid_t dying;
	int status;

	memset(p, 1, 64 * PAGE);
	dying = ta_fork(family_be_traced, self);
	ASSERT_EQ(dying, waitpid(dying, &status, 0));
	ASSERT_EQ(0, ptrace(PTRACE_SETOPTIONS, dying, NULL,
			    PTRACE_O_TRACEEXIT));
	ASSERT_EQ(0, kill(dying, SIGKILL));
	ASSERT_EQ(dying, waitpid(dying, &status, 0));
	EXPECT_EQ(0, ta_join(ta_fork(ask_in_one_client, self)));
	EXPECT_TRUE(ta_all(p, 64 * PAGE, 1));
	EXPECT_EQ(0, ta_write(p, 4).sig);
	ptrace(PTRACE_CONT, dying, NULL, NULL);
	EXPECT_EQ(-SIGKILL, ta_join(dying));
	EXPECT_EQ(0, nr_killed(self));
	ASSERT_EQ(0, ta_brk(self->fd, p));
}

/* Two who use one pipe */
struct pair {
	const oom_t *self;
	int ends[2];
};

static void *write_and_write(void *arg)
{
	struct pair *pair = arg;

	for (;;)
		if (write(pair->ends[1], pair, 1) < 0)
			continue;
	return NULL;
}

static void write_from_threads(void *arg)
{
	struct pair *pair = arg;
	pthread_t thread;

	TA_CHILD(ta_oom_adj(0));
	map_and_fill(pair->self->pages * 9 / 10);
	for (int i = 0; i < 4; i++)
		pthread_create(&thread, NULL, write_and_write, pair);
	ta_turn_add(pair->self->turn);
	pause();
}

/* Let the kernel write to page after page, and hold the pipe meanwhile. */
static void read_to_memory(void *arg)
{
	struct pair *pair = arg;
	size_t nr = pair->self->pages * 3 / 10;
	char *p;

	TA_CHILD(ta_oom_adj(0));
	p = map(nr, MAP_NORESERVE);
	for (size_t i = 0; i < nr; i++)
		while (read(pair->ends[0], p + i * PAGE, 1) != 1)
			TA_CHILD(errno == EAGAIN);
}

TEST_F(oom, h41_a_victim_waits_for_a_lock_held_over_the_fault)
{
	struct pair pair = { .self = self };
	pid_t victim, reader;

	ASSERT_EQ(0, pipe2(pair.ends, O_NONBLOCK));
	victim = ta_fork(write_from_threads, &pair);
	ta_turn_wait(self->turn, 1);
	/* So that there is something to read when nobody writes any more */
	reader = ta_fork(read_to_memory, &pair);
	EXPECT_EQ(-SIGKILL, ta_join(victim));
	while (waitpid(reader, NULL, WNOHANG) == 0)
		if (write(pair.ends[1], "", 1) < 0 && errno != EAGAIN)
			break;
	expect_killed(_metadata, self, 1);
}

static void be_written_to(void *arg)
{
	const oom_t *self = arg;
	char *p;

	TA_CHILD(ta_oom_adj(0));
	map_and_fill(self->pages);
	p = ta_mmap(self->fd, (void *)0x7000000000, 64 * PAGE, RW,
		    MAP_NORESERVE | MAP_FIXED_NOREPLACE);
	TA_CHILD(p != MAP_FAILED);
	ta_turn_add(self->turn);
	pause();
}

/* The fault is in the address space of the victim, but not by it. */
TEST_F(oom, h41_a_victim_that_another_writes_to)
{
	struct iovec from = { "x", 1 };
	struct iovec to = { (void *)0x7000000000, 1 };
	pid_t pid = ta_fork(be_written_to, self);

	ta_turn_wait(self->turn, 1);
	EXPECT_EQ(-1, process_vm_writev(pid, &from, 1, &to, 1, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-SIGKILL, ta_join(pid));
	expect_killed(_metadata, self, 1);
}

/* H93 */

struct family {
	const oom_t *self;
	char *p;
	size_t nr;
};

static void write_all(void *arg)
{
	struct family *family = arg;

	TA_CHILD(ta_oom_adj(0));
	ta_turn_wait(family->self->turn, 1);
	memset(family->p, 2, family->nr * PAGE);
}

/* There is never room for a second copy: each of them has to go. */
TEST_F_TIMEOUT(oom, h93_64_children_write_to_what_they_share, 150)
{
	size_t rest = self->pages / 4, taken = self->pages - rest;
	struct family family = { self, NULL, rest * 100 / 128 };
	pid_t pids[64];

	/* It is about how many they are, not about how much they have. */
	map_and_fill(taken);
	family.p = ta_mmap(self->fd, NULL, family.nr * PAGE, RW, MAP_NORESERVE);
	ASSERT_NE(MAP_FAILED, family.p);
	memset(family.p, 1, family.nr * PAGE);
	for (int i = 0; i < 64; i++)
		pids[i] = ta_fork(write_all, &family);
	ta_turn_set(self->turn, 1);
	for (int i = 0; i < 64; i++) {
		EXPECT_EQ(-SIGKILL, ta_join(pids[i]));
	}
	EXPECT_EQ(64, nr_killed(self));
	EXPECT_TRUE(ta_all(family.p, family.nr * PAGE, 1));
	EXPECT_EQ(0, ta_write(family.p, 3).sig);
	EXPECT_TRUE(ta_settles(self->fd, self->free - taken - family.nr));
}

TEST_F(oom, eight_who_want_half_the_pool_each)
{
	pid_t pids[8];
	int done = 0;

	for (int i = 0; i < 8; i++)
		pids[i] = ask(self, self->pages / 2, 0);
	for (int i = 0; i < 8; i++) {
		int status = ta_join(pids[i]);

		EXPECT_TRUE(!status || status == -SIGKILL);
		done += !status;
	}
	EXPECT_LT(0, done);
	expect_killed(_metadata, self, 8 - done);
}

TA_TEST_MAIN
