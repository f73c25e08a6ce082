// SPDX-License-Identifier: GPL-2.0
/*
 * Catching the C library's own system calls, in the process that makes them.
 *
 * Model: Syscall User Dispatch (6.1: Documentation/admin-guide/syscall-user-dispatch.rst).
 * While a byte of this thread says so, every system call is a SIGSYS instead. The
 * handler makes the call, or has the service answer it, and writes it down. The only
 * call that cannot be caught is the handler's own return, so the place where
 * that one is made is excepted.
 *
 * A story begins with a malloc() that was never called: it runs in a process that
 * was just executed. What it wrote down lies in memory that it shares with the lab.
 *
 * Context: a story calls nothing that allocates, but what it wants to be seen.
 */
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>

#include "../../tools/shim/raw.h"
#include "../../tools/shim/redirect.h"
#include "calls.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59
#define PR_SYS_DISPATCH_OFF		0
#define PR_SYS_DISPATCH_ON		1
#define SYSCALL_DISPATCH_FILTER_ALLOW	0
#define SYSCALL_DISPATCH_FILTER_BLOCK	1
#endif

#define CHILD	"--story"

static struct calls *book;
static __thread volatile char selector;

/* As the kernel has it. */
struct kernel_action {
	void *handler;
	unsigned long flags;
	char *restorer;
	unsigned long mask;
};

static bool is_memory_call(long nr)
{
	return nr == SYS_brk || nr == SYS_mmap || nr == SYS_munmap ||
	       nr == SYS_mremap || nr == SYS_mprotect || nr == SYS_madvise;
}

static struct call *new_line(void)
{
	if (book->nr_calls < MAX_CALLS)
		book->nr_calls++;
	return &book->call[book->nr_calls - 1];
}

static void catch_call(int sig, siginfo_t *info, void *context)
{
	greg_t *reg = ((ucontext_t *)context)->uc_mcontext.gregs;
	struct call call = {
		.nr = reg[REG_RAX],
		.arg = { reg[REG_RDI], reg[REG_RSI], reg[REG_RDX],
			 reg[REG_R10], reg[REG_R8], reg[REG_R9] },
	};
	const long *a = call.arg;

	(void)sig;
	(void)info;
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (book->on_service && ta_redirect_wants(call.nr))
		call.ret = ta_redirect(call.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	else
		call.ret = ta_raw6(call.nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (is_memory_call(call.nr))
		*new_line() = call;
	reg[REG_RAX] = call.ret;
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
}

/**
 * calls_begin() - catch this thread's calls from now on
 * @calls: where to write them down
 */
void calls_begin(struct calls *calls)
{
	struct sigaction action = { .sa_sigaction = catch_call, .sa_flags = SA_SIGINFO };
	struct kernel_action known = { };

	book = calls;
	sigaction(SIGSYS, &action, NULL);
	ta_raw6(SYS_rt_sigaction, SIGSYS, 0, (long)&known, 8, 0, 0);
	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON,
		  known.restorer, 32, &selector))
		_exit(2);
	selector = SYSCALL_DISPATCH_FILTER_BLOCK;
	/* The service's break is elsewhere: the C library must ask for it. */
	if (calls->on_service)
		brk(NULL);
	calls->first_break = (long)sbrk(0);
	calls->nr_calls = 0;
}

/**
 * calls_end() - let this thread's calls be
 */
void calls_end(void)
{
	struct ta_ioc_info info;

	selector = SYSCALL_DISPATCH_FILTER_ALLOW;
	if (book->on_service && !ta_info(calls_client(), &info))
		book->nr_mapped = info.mapped_pages;
	prctl(PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_OFF, 0, 0, 0);
}

/**
 * calls_note() - write a line between the calls
 * @fmt: as for printf
 */
void calls_note(const char *fmt, ...)
{
	struct call *line = new_line();
	va_list args;

	va_start(args, fmt);
	vsnprintf(line->note, sizeof(line->note), fmt, args);
	va_end(args);
	line->nr = -1;
}

/**
 * calls_client() - find the client that the story's memory belongs to
 *
 * Return: its descriptor.
 */
int calls_client(void)
{
	return ta_redirect_client();
}

/**
 * calls_rss() - ask what this process has resident
 *
 * Return: KiB, without what lies in files of its own.
 */
long calls_rss(void)
{
	char text[8192], *at;
	int fd = open("/proc/self/smaps_rollup", O_RDONLY);
	ssize_t len = read(fd, text, sizeof(text) - 1);

	close(fd);
	text[len > 0 ? len : 0] = '\0';
	at = strstr(text, "Rss:");
	return at ? strtol(at + strlen("Rss:"), NULL, 10) : -1;
}

/**
 * calls_child() - tell the story, if this process was made for that
 * @argc: main's
 * @argv: main's
 * @story: the story
 *
 * Return: whether it was; then main is done.
 */
bool calls_child(int argc, char **argv, calls_story story)
{
	struct calls *calls;

	if (argc != 4 || strcmp(argv[1], CHILD))
		return false;
	calls = mmap(NULL, sizeof(*calls), RW, MAP_SHARED, atoi(argv[2]), 0);
	if (calls == MAP_FAILED)
		_exit(2);
	story(calls, atoi(argv[3]));
	return true;
}

static void run_child(int fd, int which)
{
	char fd_text[16], which_text[16];

	snprintf(fd_text, sizeof(fd_text), "%d", fd);
	snprintf(which_text, sizeof(which_text), "%d", which);
	execl("/proc/self/exe", "story", CHILD, fd_text, which_text, NULL);
	_exit(2);
}

/**
 * calls_of() - have a story told
 * @side: who answers its calls
 * @which: which one, a number for the story to look at
 *
 * Return: what was written down.
 */
struct calls *calls_of(struct side *side, int which)
{
	int fd = memfd_create("calls", 0), status;
	static bool told;
	struct calls *calls;
	pid_t pid;

	if (!told)
		lab_tell("Library", "version %s", gnu_get_libc_version());
	told = true;
	if (fd < 0 || ftruncate(fd, sizeof(*calls)))
		lab_die("memory to share");
	calls = mmap(NULL, sizeof(*calls), RW, MAP_SHARED, fd, 0);
	if (calls == MAP_FAILED)
		lab_die("memory to share");
	calls->on_service = side == &service;
	pid = fork();
	if (!pid)
		run_child(fd, which);
	close(fd);
	if (waitpid(pid, &status, 0) != pid || status) {
		errno = EIO;
		lab_die("the story");
	}
	return calls;
}

static void tell_call(const struct call *call, long *old_break)
{
	long up;

	switch (call->nr) {
	case SYS_brk:
		up = call->arg[0] - *old_break;
		if (!call->arg[0])
			printf("    brk(0): it is at %#lx\n", call->ret);
		else if (call->ret != call->arg[0])
			printf("    brk to %#lx: refused, it stays at %#lx\n",
			       call->arg[0], call->ret);
		else
			printf("    brk to %#lx: %ld KiB %s\n", call->ret,
			       labs(up) / (long)KIB, up < 0 ? "down" : "up");
		*old_break = call->ret;
		break;
	case SYS_mmap:
		printf("    mmap of %ld KiB%s: at %#lx\n", call->arg[1] / (long)KIB,
		       call->arg[2] ? "" : ", not to be touched", call->ret);
		break;
	case SYS_munmap:
		printf("    munmap of %ld KiB at %#lx\n", call->arg[1] / (long)KIB,
		       call->arg[0]);
		break;
	case SYS_mprotect:
		printf("    mprotect of %ld KiB at %#lx: may be written to\n",
		       call->arg[1] / (long)KIB, call->arg[0]);
		break;
	case SYS_madvise:
		printf("    madvise of %ld KiB at %#lx: forget it\n",
		       call->arg[1] / (long)KIB, call->arg[0]);
		break;
	case SYS_mremap:
		printf("    mremap of %ld KiB to %ld KiB\n",
		       call->arg[1] / (long)KIB, call->arg[2] / (long)KIB);
		break;
	}
}

/**
 * calls_tell() - print what was written down, and check who answered
 * @calls: it
 */
void calls_tell(const struct calls *calls)
{
	long old_break = calls->first_break;

	for (int i = 0; i < calls->nr_calls; i++) {
		const struct call *call = &calls->call[i];

		if (call->note[0])
			printf("  %s\n", call->note);
		else
			tell_call(call, &old_break);
	}
	if (calls->on_service)
		expect_within("KiB of addresses that the service gave",
			      calls->nr_mapped * (PAGE / KIB), 132, GIB / KIB);
}

/**
 * calls_count() - count calls
 * @calls: what was written down
 * @nr: the call's number
 *
 * Return: how many; of brk only those that want to move it.
 */
int calls_count(const struct calls *calls, long nr)
{
	int found = 0;

	for (int i = 0; i < calls->nr_calls; i++)
		found += calls->call[i].nr == nr &&
			 (nr != SYS_brk || calls->call[i].arg[0]);
	return found;
}

/**
 * calls_bytes() - add up what calls were about
 * @calls: what was written down
 * @nr: the call's number; not brk's
 *
 * Return: bytes.
 */
long calls_bytes(const struct calls *calls, long nr)
{
	long bytes = 0;

	for (int i = 0; i < calls->nr_calls; i++)
		if (calls->call[i].nr == nr)
			bytes += calls->call[i].arg[1];
	return bytes;
}
