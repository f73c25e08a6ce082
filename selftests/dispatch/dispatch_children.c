// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the dispatcher: threads and processes, however they are made, have their
 * memory in the pool too, and find their registers and stacks as they should.
 */
#include "kselftest_harness.h"

#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <xmmintrin.h>

#include "ta_run.h"

FIXTURE(children) {
	char stack[64 << 10];
};

FIXTURE_SETUP(children)
{
	ta_begin();
}

FIXTURE_TEARDOWN(children)
{
}

/* Is what the C library's malloc gives in a line of ours? */
static bool is_ours(const void *p)
{
	struct ta_line lines[64];
	int nr = ta_lines(lines, 64);

	for (int i = 0; i < nr && i < 64; i++)
		if ((uintptr_t)p - lines[i].start < lines[i].end - lines[i].start)
			return true;
	return false;
}

static bool malloc_is_ours(void)
{
	char *small = malloc(100), *large = malloc(1 << 20);
	bool ours = is_ours(small) && is_ours(large);

	memset(small, 1, 100);
	memset(large, 2, 1 << 20);
	free(small);
	free(large);
	return ours;
}

TEST_F(children, malloc_is_in_the_pool)
{
	EXPECT_TRUE(malloc_is_ours());
}

static void *in_thread(void *arg)
{
	static __thread int mine;
	bool *ours = arg;

	for (int i = 0; i < 20; i++)
		mine += malloc_is_ours();
	*ours = mine == 20;
	return &mine;
}

TEST_F(children, threads_are_caught)
{
	pthread_t threads[8];
	bool ours[8] = { false };

	for (int i = 0; i < 8; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, in_thread, &ours[i]));
	for (int i = 0; i < 8; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_TRUE(ours[i]);
	}
}

static void *rounding_of_thread(void *arg)
{
	*(int *)arg = _mm_getcsr() & _MM_ROUND_MASK;
	return NULL;
}

TEST_F(children, a_thread_inherits_how_numbers_are_rounded)
{
	pthread_t thread;
	int rounding = -1;

	_MM_SET_ROUNDING_MODE(_MM_ROUND_TOWARD_ZERO);
	ASSERT_EQ(0, pthread_create(&thread, NULL, rounding_of_thread, &rounding));
	pthread_join(thread, NULL);
	EXPECT_EQ(_MM_ROUND_TOWARD_ZERO, rounding);
	EXPECT_EQ(_MM_ROUND_TOWARD_ZERO, _MM_GET_ROUNDING_MODE());
}

static void use_malloc(void *arg)
{
	(void)arg;
	TA_CHILD(malloc_is_ours());
}

TEST_F(children, a_fork_is_caught)
{
	char *p = malloc(1 << 20);

	memset(p, 1, 1 << 20);
	EXPECT_EQ(0, ta_join(ta_fork(use_malloc, NULL)));
	EXPECT_TRUE(ta_all(p, 1 << 20, 1));
	free(p);
}

static void *fork_in_thread(void *arg)
{
	*(int *)arg = ta_join(ta_fork(use_malloc, NULL));
	return NULL;
}

TEST_F(children, a_fork_in_a_thread_is_caught)
{
	pthread_t thread;
	int status = -1;

	ASSERT_EQ(0, pthread_create(&thread, NULL, fork_in_thread, &status));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, status);
}

/* What a child of vfork does to the stack below its parent's frame */
static int scribble(int depth)
{
	volatile char bytes[4096];

	memset((char *)bytes, 0x55, sizeof(bytes));
	return depth ? scribble(depth - 1) + bytes[depth] : getppid();
}

static int (*volatile scribble_below)(int depth) = scribble;

TEST_F(children, a_vfork_shares_memory_and_spares_the_stack)
{
	volatile long kept = 0x1234567887654321;
	volatile int seen = 0;

	for (int i = 1; i <= 20; i++) {
		pid_t pid = vfork();

		if (!pid) {
			seen += i;
			scribble_below(4);
			_exit(i);
		}
		ASSERT_LT(0, pid);
		EXPECT_EQ(i, ta_join(pid));
	}
	EXPECT_EQ(210, seen);
	EXPECT_EQ(0x1234567887654321, kept);
	EXPECT_TRUE(malloc_is_ours());
}

TEST_F(children, a_vfork_within_a_vfork)
{
	volatile int order = 0;
	pid_t pid = vfork();

	if (!pid) {
		pid_t inner = vfork();

		if (!inner) {
			order = 1;
			scribble_below(2);
			_exit(0);
		}
		order = order == 1 ? 2 : -1;
		scribble_below(2);
		_exit(0);
	}
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_EQ(2, order);
}

static int shell(const char *command)
{
	pid_t pid = vfork();

	if (!pid) {
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	return ta_join(pid);
}

TEST_F(children, exec_goes_on)
{
	EXPECT_EQ(0, shell("grep -q teachalloc-heap /proc/self/maps"));
	EXPECT_EQ(0, shell("(cat /proc/self/maps; :) | grep -q teachalloc-heap"));
	EXPECT_EQ(7, shell("exit 7"));
}

TEST_F(children, a_failing_exec_is_told_by_posix_spawn)
{
	char name[8] = "true", *const args[] = { name, NULL };
	pid_t pid;

	EXPECT_EQ(ENOENT, posix_spawn(&pid, "/nothing/there", NULL, NULL, args,
				      environ));
	ASSERT_EQ(0, posix_spawnp(&pid, "true", NULL, NULL, args, environ));
	EXPECT_EQ(0, ta_join(pid));
}

static int on_a_stack_of_its_own(void *arg)
{
	int *answer = arg;

	*answer += getpid() == gettid() && malloc_is_ours();
	return 9;
}

TEST_F(children, clone_with_a_stack)
{
	static const int flags[] = { SIGCHLD, SIGCHLD | CLONE_VM,
				     SIGCHLD | CLONE_VM | CLONE_VFORK,
				     SIGCHLD | CLONE_VM | CLONE_FILES | CLONE_FS };

	for (int i = 0; i < 4; i++) {
		int answer = 40;
		pid_t pid = clone(on_a_stack_of_its_own,
				  self->stack + sizeof(self->stack), flags[i],
				  &answer);

		EXPECT_EQ(9, ta_join(pid));
		EXPECT_EQ(flags[i] & CLONE_VM ? 41 : 40, answer);
	}
}

TEST_F(children, clone_with_no_place_for_a_stack)
{
	EXPECT_EQ(-1, syscall(SYS_clone, SIGCHLD, 64, 0, 0, 0));
	EXPECT_EQ(EFAULT, errno);
}

/* Younger than some headers */
struct clone3 {
	uint64_t flags, pidfd, child_tid, parent_tid, exit_signal;
	uint64_t stack, stack_size, tls;
};

#define CLEAR_SIGHAND	0x100000000ULL

static long clone3(struct clone3 *args, size_t size)
{
	return syscall(SYS_clone3, args, size);
}

static void on_usr1(int sig)
{
	(void)sig;
}

TEST_F(children, clone3_clears_handlers_but_not_ours)
{
	struct clone3 args = { .flags = CLEAR_SIGHAND, .exit_signal = SIGCHLD };
	struct sigaction action;
	pid_t pid;

	signal(SIGUSR1, on_usr1);
	pid = clone3(&args, sizeof(args));
	if (!pid) {
		sigaction(SIGUSR1, NULL, &action);
		TA_CHILD(action.sa_handler == SIG_DFL);
		TA_CHILD(malloc_is_ours());
		_exit(0);
	}
	EXPECT_EQ(0, ta_join(pid));
}

TEST_F(children, clone3_with_bad_arguments)
{
	struct clone3 args = { .exit_signal = SIGCHLD, .stack_size = 4096 };

	EXPECT_EQ(-1, clone3(&args, sizeof(args)));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, clone3(&args, 8));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, clone3((void *)8, sizeof(args)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, clone3(&args, 1 << 20));
	EXPECT_EQ(E2BIG, errno);
	args.stack = 4096;
	EXPECT_EQ(-1, clone3(&args, sizeof(args)));
	EXPECT_EQ(EFAULT, errno);
}

/* Whose memory it is cannot be seen: /proc/self is the first thread's. */
static void *leave_main_behind(void *arg)
{
	char *p;

	pthread_join(*(pthread_t *)arg, NULL);
	p = malloc(1 << 20);
	memset(p, 1, 1 << 20);
	_exit(ta_all(p, 1 << 20, 1) ? 5 : 1);
}

static void leave_by_main(void *arg)
{
	static pthread_t first;
	pthread_t thread;

	(void)arg;
	first = pthread_self();
	pthread_create(&thread, NULL, leave_main_behind, &first);
	pthread_exit(NULL);
}

TEST_F(children, the_first_thread_may_end_first)
{
	EXPECT_EQ(5, ta_join(ta_fork(leave_by_main, NULL)));
}

static void *fork_for_ever(void *arg)
{
	for (int i = 0; i < 20; i++)
		*(int *)arg += ta_join(ta_fork(use_malloc, NULL)) == 0;
	return NULL;
}

TEST_F(children, threads_fork_and_allocate_at_once)
{
	pthread_t threads[4];
	int forked[2] = { 0 };
	bool ours[2] = { false };

	for (int i = 0; i < 2; i++) {
		pthread_create(&threads[i], NULL, fork_for_ever, &forked[i]);
		pthread_create(&threads[i + 2], NULL, in_thread, &ours[i]);
	}
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(40, forked[0] + forked[1]);
	EXPECT_TRUE(ours[0] && ours[1]);
}

TA_RUN_MAIN("--dispatch")
