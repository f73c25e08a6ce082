// SPDX-License-Identifier: GPL-2.0
/*
 * The tests' common part: processes, turns and faults; ta_look.c has the eyes.
 *
 * Model: the harness forks a process for each test; ta_begin() splits it once
 * more. The child runs the test. The parent becomes the reaper of all that the
 * child leaves, waits until nothing is left, looks at the pool, and ends as
 * the child did, or with POOL_LOST if the pool is not as it was. So each test
 * also tests that its exit gave everything back. (Compared with what was free
 * before it, that is all of the pool unless an earlier test lost some: a loss is
 * one test's.)
 *
 * Failure: the harness kills the whole process group at its time limit.
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <setjmp.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>

#include "files.h"
#include "ta_test.h"

#define POOL_LOST	254
#define SKIPPED		4

static void pause_ms(long ms)
{
	struct timespec ts = { .tv_nsec = ms * 1000000L };

	nanosleep(&ts, NULL);
}

/**
 * ta_child_failed() - end a test's child that found something wrong
 * @file: where
 * @line: where
 * @what: the condition that does not hold
 */
void ta_child_failed(const char *file, int line, const char *what)
{
	fprintf(stderr, "# %s:%d: in a child: not so: %s (errno %d)\n",
		file, line, what, errno);
	_exit(1);
}

/**
 * ta_skip_all() - end a program before any of its tests
 * @why: for who reads the results
 */
void ta_skip_all(const char *why)
{
	printf("TAP version 13\n1..0 # SKIP %s\n", why);
	exit(SKIPPED);
}

/**
 * ta_require_device() - skip the whole program if the module is not there
 */
void ta_require_device(void)
{
	if (access(TA_DEVICE, F_OK))
		ta_skip_all("no " TA_DEVICE);
}

/**
 * ta_patience() - how many times as long things may take here
 *
 * Return: what TA_PATIENCE says, or 1. A kernel that looks for mistakes is slow.
 */
int ta_patience(void)
{
	const char *patience = getenv("TA_PATIENCE");

	return patience ? atoi(patience) : 1;
}

static int reap_all(pid_t body)
{
	int status, result = 0;
	pid_t pid;

	while ((pid = wait(&status)) > 0 || errno == EINTR)
		if (pid == body)
			result = status;
	return result;
}

/* As root, else it does nothing. */
static void compact_kernel(void)
{
	int fd = open("/proc/sys/vm/compact_memory", O_WRONLY);

	if (fd < 0)
		return;
	if (write(fd, "1", 1) != 1)
		perror("# compact_memory");
	close(fd);
}

/**
 * ta_settles() - wait until the pool has so many free pages
 * @fd: a client
 * @pages: the number
 *
 * For pages that somebody else gives back, who is not waited for, or that go
 * back behind a grace period or from a work item. Pages that were locked in memory
 * the kernel keeps in its CPUs' lists for a while, until it has to compact its own.
 *
 * Return: whether it came to that within three seconds.
 */
bool ta_settles(int fd, long pages)
{
	for (int i = 0; i < 300; i++) {
		if (ta_free_pages(fd) == pages)
			return true;
		if (i == 10)
			compact_kernel();
		pause_ms(10);
	}
	return false;
}

/* How many pages are free, or -1 if there is no module. */
static long look_at_pool(void)
{
	int fd = ta_open();
	long pages = fd < 0 ? -1 : ta_free_pages(fd);

	close(fd);
	return pages;
}

static bool pool_is_good(long had)
{
	int fd = ta_open();
	bool good;

	/* A test that removes the module may end without it. */
	if (fd < 0 && errno == ENOENT)
		return true;
	good = had < 0 || ta_settles(fd, had);
	if (!good)
		fprintf(stderr, "# of %ld free pages the test left %ld\n",
			had, ta_free_pages(fd));
	if (ta_validate(fd) && errno != EPERM) {
		fprintf(stderr, "# the pool is not valid (errno %d)\n", errno);
		good = false;
	}
	close(fd);
	return good;
}

static void end_as(int status, long had)
{
	if (!pool_is_good(had))
		_exit(POOL_LOST);
	if (!WIFSIGNALED(status))
		_exit(WEXITSTATUS(status));
	signal(WTERMSIG(status), SIG_DFL);
	raise(WTERMSIG(status));
	_exit(1);
}

/**
 * ta_begin() - give the test a process whose end is watched
 *
 * Belongs first into a fixture's setup.
 */
void ta_begin(void)
{
	long had = look_at_pool();
	pid_t body;

	prctl(PR_SET_CHILD_SUBREAPER, 1);
	fflush(NULL);
	body = fork();
	if (body < 0)
		_exit(1);
	if (body)
		end_as(reap_all(body), had);
}

static sigjmp_buf after_fault;
static struct ta_hit hit;

static void on_fault(int sig, siginfo_t *info, void *context)
{
	(void)context;
	hit = (struct ta_hit){ sig, info->si_code, info->si_addr };
	siglongjmp(after_fault, 1);
}

static void catch_faults(struct sigaction old[2])
{
	struct sigaction act = {
		.sa_sigaction = on_fault,
		.sa_flags = SA_SIGINFO,
	};

	hit = (struct ta_hit){ 0 };
	sigaction(SIGSEGV, &act, &old[0]);
	sigaction(SIGBUS, &act, &old[1]);
}

static void drop_faults(const struct sigaction old[2])
{
	sigaction(SIGSEGV, &old[0], NULL);
	sigaction(SIGBUS, &old[1], NULL);
}

/**
 * ta_try() - do something that may fault, and survive it
 * @fn: it; what it does is not undone
 * @arg: its argument
 *
 * Not for threads: what catches the signal is the process's.
 *
 * Return: the signal that came, if any.
 */
struct ta_hit ta_try(void (*fn)(void *arg), void *arg)
{
	struct sigaction old[2];

	catch_faults(old);
	if (!sigsetjmp(after_fault, 1))
		fn(arg);
	drop_faults(old);
	return hit;
}

static void read_byte(void *arg)
{
	(void)*(const volatile char *)arg;
}

/**
 * ta_read() - read one byte and survive it
 * @addr: from where
 *
 * Return: as of ta_try().
 */
struct ta_hit ta_read(const void *addr)
{
	return ta_try(read_byte, (void *)addr);
}

struct write {
	volatile char *to;
	char byte;
};

static void write_byte(void *arg)
{
	struct write *write = arg;

	*write->to = write->byte;
}

/**
 * ta_write() - write one byte and survive it
 * @addr: where
 * @byte: what
 *
 * Return: as of ta_try().
 */
struct ta_hit ta_write(void *addr, char byte)
{
	struct write write = { addr, byte };

	return ta_try(write_byte, &write);
}

/**
 * ta_fork() - run a part of a test in a child
 * @fn: it; returning from it is success
 * @arg: its argument
 *
 * Return: the child.
 */
pid_t ta_fork(void (*fn)(void *arg), void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	fn(arg);
	_exit(0);
}

/**
 * ta_join() - wait for a child
 * @pid: of ta_fork()
 *
 * Return: its exit status, or minus the signal that killed it.
 */
int ta_join(pid_t pid)
{
	int status;

	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1000;
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

/**
 * ta_put() - write to a file that is a switch of the kernel's or the module's
 * @path: which
 * @text: what
 *
 * Return: 0, or the error.
 */
int ta_put(const char *path, const char *text)
{
	return file_put(path, text) ? 0 : errno;
}

/**
 * ta_reclaim() - have every layer give back what it keeps for the next time
 *
 * Who counts pages would miss that. It is asked of everybody by who finds no block.
 */
void ta_reclaim(void)
{
	int fd = ta_open();

	while (ta_alloc(fd, TA_LAYER_PAGES, 10, 0, NULL) > 0)
		;
	close(fd);
}

/**
 * ta_shrink_caches() - have the slab layer give back what it keeps for later
 *
 * Whoever uses kmalloc or caches leaves empty slabs, and magazines, which are objects
 * of other caches: hence twice. Root only, and where debugfs is mounted; else nothing
 * happens.
 */
void ta_shrink_caches(void)
{
	static const char folder[] = "/sys/kernel/debug/teachalloc/slab";
	struct dirent *entry;
	char path[512];

	for (int round = 0; round < 2; round++) {
		DIR *dir = opendir(folder);

		while (dir && (entry = readdir(dir))) {
			snprintf(path, sizeof(path), "%s/%s/shrink", folder,
				 entry->d_name);
			ta_put(path, "1");
		}
		if (dir)
			closedir(dir);
	}
}

/**
 * ta_oom_adj() - set the process's oom_score_adj
 * @adj: -1000: never to be killed, to 1000; root only to lower it
 *
 * Return: whether it could be set.
 */
bool ta_oom_adj(int adj)
{
	char text[8];

	snprintf(text, sizeof(text), "%d\n", adj);
	return !ta_put("/proc/self/oom_score_adj", text);
}

struct ta_turn {
	atomic_int nr;
};

/**
 * ta_turn_new() - make a number that later children share, from 0
 *
 * Return: it; lives in the kernel's own shared memory.
 */
struct ta_turn *ta_turn_new(void)
{
	return mmap(NULL, sizeof(struct ta_turn), RW,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static void turn_has_come(struct ta_turn *turn)
{
	syscall(SYS_futex, &turn->nr, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/**
 * ta_turn_set() - say whose turn it is
 * @turn: of ta_turn_new()
 * @nr: the turn
 */
void ta_turn_set(struct ta_turn *turn, int nr)
{
	atomic_store(&turn->nr, nr);
	turn_has_come(turn);
}

/**
 * ta_turn_add() - go on to the next turn
 * @turn: of ta_turn_new()
 */
void ta_turn_add(struct ta_turn *turn)
{
	atomic_fetch_add(&turn->nr, 1);
	turn_has_come(turn);
}

/**
 * ta_turn_wait() - wait until a turn has come or is over
 * @turn: of ta_turn_new()
 * @nr: the turn
 */
void ta_turn_wait(struct ta_turn *turn, int nr)
{
	int now;

	while ((now = atomic_load(&turn->nr)) < nr)
		syscall(SYS_futex, &turn->nr, FUTEX_WAIT, now, NULL, NULL, 0);
}

/**
 * ta_seed() - start a row of random numbers, and print how to repeat it
 *
 * The environment's TA_SEED is the seed, or the time if there is none.
 *
 * Return: the row.
 */
struct ta_rand ta_seed(void)
{
	const char *given = getenv("TA_SEED");
	struct timespec ts;
	struct ta_rand rand;

	clock_gettime(CLOCK_REALTIME, &ts);
	rand.state = given ? strtoull(given, NULL, 0)
			   : (uint64_t)ts.tv_sec ^ ((uint64_t)ts.tv_nsec << 20);
	fprintf(stderr, "# TA_SEED=%llu\n", (unsigned long long)rand.state);
	return rand;
}

/**
 * ta_random() - take the next random number
 * @rand: the row
 * @below: exclusive limit
 *
 * Return: the number.
 */
uint64_t ta_random(struct ta_rand *rand, uint64_t below)
{
	uint64_t x;

	rand->state += 0x9e3779b97f4a7c15ULL;
	x = rand->state;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
	return (x ^ (x >> 31)) % below;
}
