// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the dispatcher: a program under it sees of signals what it would see
 * without, though every call of its is one. Whether they are caught at all is the
 * matter of dispatch_children.
 */
#include "kselftest_harness.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>

#include "ta_run.h"

FIXTURE(signals) {
	int pipe[2];
};

static volatile sig_atomic_t nr_signals;
static int pipe_in;

FIXTURE_SETUP(signals)
{
	ta_begin();
	ASSERT_EQ(0, pipe(self->pipe));
	nr_signals = 0;
	pipe_in = self->pipe[1];
}

FIXTURE_TEARDOWN(signals)
{
}

static void on_signal(int sig, void (*handler)(int sig), int flags)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = flags };

	sigfillset(&action.sa_mask);
	sigaction(sig, &action, NULL);
}

/* A handler that makes calls, with every signal blocked. */
static void count(int sig)
{
	char *p = mmap(NULL, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)sig;
	p[0] = 1;
	munmap(p, PAGE);
	nr_signals++;
}

static void count_and_write(int sig)
{
	count(sig);
	if (write(pipe_in, "x", 1) != 1)
		_exit(1);
}

static void after_ms(long ms)
{
	struct itimerval timer = { .it_value = { .tv_usec = ms * 1000 } };

	setitimer(ITIMER_REAL, &timer, NULL);
}

TEST_F(signals, registers_and_red_zone_survive_a_call)
{
	long pid, rbx = 0x1111, r12 = 0x2222, r15 = 0x3333, zone, vector;

	__asm__ volatile("movq	$0x5555, -128(%%rsp)\n"
			 "	movq	%%rbx, %%xmm15\n"
			 "	mov	$39, %%eax\n"		/* getpid */
			 "	syscall\n"
			 "	movq	-128(%%rsp), %1\n"
			 "	movq	%%xmm15, %2\n"
			 : "=a" (pid), "=r" (zone), "=r" (vector),
			   "+b" (rbx)
			 : "r" (r12), "r" (r15)
			 : "rcx", "r11", "xmm15", "memory");
	EXPECT_EQ(getpid(), pid);
	EXPECT_EQ(0x5555, zone);
	EXPECT_EQ(0x1111, vector);
	EXPECT_EQ(0x1111, rbx);
	EXPECT_EQ(0x2222, r12);
	EXPECT_EQ(0x3333, r15);
}

static long raw_mask(int how, const uint64_t *set, uint64_t *old)
{
	return syscall(SYS_rt_sigprocmask, how, set, old, sizeof(*set));
}

TEST_F(signals, all_may_be_blocked)
{
	uint64_t all = ~0ULL, old, now;

	ASSERT_EQ(0, raw_mask(SIG_SETMASK, &all, &old));
	EXPECT_EQ(0, raw_mask(SIG_BLOCK, NULL, &now));
	/* These two never can be; SIGSYS cannot here. */
	EXPECT_EQ(all & ~(1ULL << (SIGKILL - 1)) & ~(1ULL << (SIGSTOP - 1)) &
		  ~(1ULL << (SIGSYS - 1)), now);
	on_signal(SIGALRM, count, 0);
	raise(SIGALRM);
	EXPECT_EQ(0, nr_signals);
	ASSERT_EQ(0, raw_mask(SIG_UNBLOCK, &all, NULL));
	EXPECT_EQ(1, nr_signals);
	EXPECT_EQ(0, raw_mask(SIG_BLOCK, NULL, &now));
	EXPECT_EQ(0, now);
	EXPECT_EQ(0, raw_mask(SIG_SETMASK, &old, NULL));
}

TEST_F(signals, bad_arguments_are_errors)
{
	uint64_t set = 0;

	EXPECT_EQ(-1, raw_mask(SIG_BLOCK, (void *)8, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, raw_mask(SIG_BLOCK, NULL, (void *)8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, raw_mask(77, &set, NULL));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigprocmask, SIG_BLOCK, &set, NULL, 4));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigaction, SIGUSR1, 8, NULL, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigaction, SIGUSR1, NULL, 8, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigaction, SIGSYS, NULL, 8, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigaction, 99, NULL, NULL, 8));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, syscall(SYS_rt_sigsuspend, 8, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_ppoll, NULL, 0, NULL, 8, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_pselect6, 0, NULL, NULL, NULL, NULL, 8));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, syscall(SYS_sigaltstack, 8, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, prctl(PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0));
	EXPECT_EQ(EINVAL, errno);
}

/* All but SIGALRM; SIGSYS would be fatal in the handler. */
static sigset_t all_but_alarm(void)
{
	sigset_t set;

	sigfillset(&set);
	sigdelset(&set, SIGALRM);
	return set;
}

TEST_F(signals, waiting_with_all_others_blocked)
{
	struct pollfd fds = { .fd = self->pipe[0], .events = POLLIN };
	struct epoll_event event = { .events = EPOLLIN };
	int epoll = epoll_create1(0);
	sigset_t set = all_but_alarm();
	fd_set reads;

	on_signal(SIGALRM, count, 0);
	FD_ZERO(&reads);
	FD_SET(self->pipe[0], &reads);
	ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, self->pipe[0], &event));

	after_ms(20);
	EXPECT_EQ(-1, sigsuspend(&set));
	EXPECT_EQ(EINTR, errno);
	after_ms(20);
	EXPECT_EQ(-1, ppoll(&fds, 1, NULL, &set));
	EXPECT_EQ(EINTR, errno);
	after_ms(20);
	EXPECT_EQ(-1, pselect(self->pipe[0] + 1, &reads, NULL, NULL, NULL, &set));
	EXPECT_EQ(EINTR, errno);
	after_ms(20);
	EXPECT_EQ(-1, epoll_pwait(epoll, &event, 1, -1, &set));
	EXPECT_EQ(EINTR, errno);
	EXPECT_EQ(4, nr_signals);
}

TEST_F(signals, a_read_is_interrupted_or_goes_on)
{
	char byte;

	on_signal(SIGALRM, count, 0);
	after_ms(20);
	EXPECT_EQ(-1, read(self->pipe[0], &byte, 1));
	EXPECT_EQ(EINTR, errno);
	on_signal(SIGALRM, count_and_write, SA_RESTART);
	after_ms(20);
	EXPECT_EQ(1, read(self->pipe[0], &byte, 1));
	EXPECT_EQ(2, nr_signals);
}

static void block_all_afterwards(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)info;
	count(sig);
	sigfillset(&uc->uc_sigmask);
}

TEST_F(signals, a_handler_may_change_the_mask_that_it_returns_to)
{
	struct sigaction action = { .sa_sigaction = block_all_afterwards,
				    .sa_flags = SA_SIGINFO };
	sigset_t now;

	sigaction(SIGUSR1, &action, NULL);
	on_signal(SIGALRM, count, 0);
	raise(SIGUSR1);
	raise(SIGALRM);
	EXPECT_EQ(1, nr_signals);
	ASSERT_EQ(0, sigprocmask(SIG_BLOCK, NULL, &now));
	EXPECT_EQ(1, sigismember(&now, SIGALRM));
	EXPECT_EQ(0, sigismember(&now, SIGSYS));
}

static sigjmp_buf out;

static void jump_out(int sig)
{
	count(sig);
	siglongjmp(out, 1);
}

TEST_F(signals, a_handler_may_jump_out_of_a_call)
{
	volatile int nr = 0;
	char byte;

	on_signal(SIGALRM, jump_out, 0);
	while (nr < 20)
		if (!sigsetjmp(out, 1)) {
			after_ms(5);
			read(self->pipe[0], &byte, 1);
		} else {
			nr++;
		}
	EXPECT_EQ(20, nr_signals);
}

/* Calls of every kind that is redirected, while a signal comes all the time. */
static bool use_memory(int round)
{
	size_t len = (1 + round % 50) * PAGE;
	char *p = mmap(NULL, len, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *h = sbrk(0), *m = malloc(len);
	bool good;

	memset(p, round, len);
	memset(m, round + 1, len);
	good = ta_all(p, len, round) && ta_all(m, len, round + 1) &&
	       !madvise(p, PAGE, MADV_DONTNEED) && ta_all(p, PAGE, 0) &&
	       sbrk(0) >= (void *)h;
	free(m);
	return good && !munmap(p, len);
}

TEST_F(signals, storm_in_the_middle_of_everything)
{
	struct itimerval storm = { { 0, 300 }, { 0, 300 } }, calm = { 0 };
	int rounds = 0;

	on_signal(SIGALRM, count, SA_RESTART);
	setitimer(ITIMER_REAL, &storm, NULL);
	while (nr_signals < 500 && use_memory(rounds))
		rounds++;
	setitimer(ITIMER_REAL, &calm, NULL);
	EXPECT_LE(500, nr_signals);
	EXPECT_LT(0, rounds);
}

static void use_memory_and_exit(void *arg)
{
	(void)arg;
	for (int i = 0; i < 20; i++)
		TA_CHILD(use_memory(i));
}

TEST_F(signals, storm_in_the_middle_of_forks)
{
	struct itimerval storm = { { 0, 500 }, { 0, 500 } }, calm = { 0 };

	on_signal(SIGALRM, count, SA_RESTART);
	setitimer(ITIMER_REAL, &storm, NULL);
	for (int i = 0; i < 20; i++) {
		/* The child has no timer, but its parent's handler. */
		pid_t pid = ta_fork(use_memory_and_exit, NULL);

		kill(pid, SIGALRM);
		EXPECT_EQ(0, ta_join(pid));
	}
	setitimer(ITIMER_REAL, &calm, NULL);
	EXPECT_LT(0, nr_signals);
}

TEST_F(signals, the_programs_own_sigsys)
{
	struct sigaction old;

	EXPECT_EQ(SIG_DFL, signal(SIGSYS, count));
	EXPECT_EQ(0, sigaction(SIGSYS, NULL, &old));
	EXPECT_EQ((void *)count, (void *)old.sa_handler);
	raise(SIGSYS);
	EXPECT_EQ(1, nr_signals);
	EXPECT_EQ((void *)count, (void *)signal(SIGSYS, SIG_IGN));
	raise(SIGSYS);
	EXPECT_EQ(1, nr_signals);
}

static void die_of_sigsys(void *arg)
{
	(void)arg;
	signal(SIGSYS, SIG_DFL);
	raise(SIGSYS);
}

TEST_F(signals, sigsys_kills_who_does_not_expect_it)
{
	EXPECT_EQ(-SIGSYS, ta_join(ta_fork(die_of_sigsys, NULL)));
}

static void answer_77(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;

	(void)sig;
	nr_signals += info->si_syscall == SYS_getppid;
	uc->uc_mcontext.gregs[REG_RAX] = 77;
}

/* A filter that turns one call into a signal, as sandboxes do */
static int trap_getppid(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = { .len = 4, .filter = filter };

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ?:
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

TEST_F(signals, a_filter_of_seccomp_traps)
{
	struct sigaction action = { .sa_sigaction = answer_77,
				    .sa_flags = SA_SIGINFO };

	ASSERT_EQ(0, sigaction(SIGSYS, &action, NULL));
	ASSERT_EQ(0, trap_getppid());
	EXPECT_EQ(77, syscall(SYS_getppid));
	EXPECT_EQ(1, nr_signals);
	EXPECT_TRUE(use_memory(1));
}

static stack_t seen;

static void look_at_altstack(int sig)
{
	count(sig);
	sigaltstack(NULL, &seen);
}

TEST_F(signals, an_alternate_stack_stays)
{
	static char bytes[64 << 10];
	stack_t stack = { .ss_sp = bytes, .ss_size = sizeof(bytes) }, old;

	ASSERT_EQ(0, sigaltstack(&stack, NULL));
	ASSERT_EQ(0, sigaltstack(NULL, &old));
	EXPECT_EQ((void *)bytes, old.ss_sp);
	EXPECT_EQ(sizeof(bytes), old.ss_size);
	EXPECT_EQ(0, old.ss_flags);
	on_signal(SIGUSR1, look_at_altstack, SA_ONSTACK);
	raise(SIGUSR1);
	EXPECT_EQ(SS_ONSTACK, seen.ss_flags);
	stack.ss_flags = 1U << 31;		/* SS_AUTODISARM */
	ASSERT_EQ(0, sigaltstack(&stack, NULL));
	raise(SIGUSR1);
	EXPECT_EQ(SS_DISABLE, seen.ss_flags);
	ASSERT_EQ(0, sigaltstack(NULL, &old));
	EXPECT_EQ((int)(1U << 31), old.ss_flags);
	stack.ss_flags = SS_DISABLE;
	ASSERT_EQ(0, sigaltstack(&stack, NULL));
	ASSERT_EQ(0, sigaltstack(NULL, &old));
	EXPECT_EQ(SS_DISABLE, old.ss_flags);
	EXPECT_EQ(2, nr_signals);
}

static void note_end(void *arg)
{
	*(int *)arg = 1;
}

static void *read_for_ever(void *arg)
{
	int *ended = arg;
	char byte;
	int fds[2];

	pthread_cleanup_push(note_end, ended);
	if (!pipe(fds))
		read(fds[0], &byte, 1);
	pthread_cleanup_pop(0);
	return NULL;
}

TEST_F(signals, a_thread_in_a_call_can_be_cancelled)
{
	pthread_t thread;
	int ended = 0;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_for_ever, &ended));
	usleep(50000);
	ASSERT_EQ(0, pthread_cancel(thread));
	ASSERT_EQ(0, pthread_join(thread, &result));
	EXPECT_EQ(PTHREAD_CANCELED, result);
	EXPECT_EQ(1, ended);
}

static void *make_calls(void *arg)
{
	while (!__atomic_load_n((int *)arg, __ATOMIC_RELAXED))
		if (!use_memory(7))
			return arg;
	return NULL;
}

/* The C library interrupts each thread for this, and waits for it. */
TEST_F(signals, a_change_of_user_reaches_all_threads)
{
	pthread_t threads[4];
	int stop = 0;
	void *result;

	for (int i = 0; i < 4; i++)
		pthread_create(&threads[i], NULL, make_calls, &stop);
	for (int i = 0; i < 20; i++)
		EXPECT_EQ(0, setreuid(getuid(), geteuid()));
	__atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &result);
		EXPECT_EQ(NULL, result);
	}
}

static void sleep_a_second(void *arg)
{
	struct timespec second = { .tv_sec = 1 };

	(void)arg;
	TA_CHILD(!nanosleep(&second, NULL));
}

TEST_F(signals, a_sleep_goes_on_after_a_stop)
{
	pid_t pid = ta_fork(sleep_a_second, NULL);
	int status;

	usleep(200000);
	kill(pid, SIGSTOP);
	ASSERT_EQ(pid, waitpid(pid, &status, WUNTRACED));
	EXPECT_TRUE(WIFSTOPPED(status));
	kill(pid, SIGCONT);
	EXPECT_EQ(0, ta_join(pid));
}

static ucontext_t here, there;

static void in_context(void)
{
	nr_signals += use_memory(3);
}

TEST_F(signals, contexts_can_be_swapped)
{
	static char stack[64 << 10];

	getcontext(&there);
	there.uc_stack.ss_sp = stack;
	there.uc_stack.ss_size = sizeof(stack);
	there.uc_link = &here;
	makecontext(&there, in_context, 0);
	ASSERT_EQ(0, swapcontext(&here, &there));
	EXPECT_EQ(1, nr_signals);
}

TA_RUN_MAIN("--dispatch")
