// SPDX-License-Identifier: GPL-2.0
/*
 * Processes that do operations, on memory of the service or of the kernel.
 *
 * Model: a group of workers shares a post with the main program. One of them has
 * the turn; it does a batch of operations and gives the turn back. A fork makes one
 * worker more, which waits for its turn; all are children of the main program, which
 * so hears of their ends. Nothing but the operations changes a worker's mappings:
 * neither malloc nor stdio is used.
 *
 *	main ──commands──> post ──> worker 0 (has the turn)
 *	     <──answers───      ··> worker 1 (waits)
 *
 * Addresses are translated on the way in and out: the heap is where each worker's is.
 * What lands where nobody chose (ELSEWHERE) is summed up and unmapped at once.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "teachalloc.h"
#include "worker.h"

/* The worker that this process is */
static struct {
	struct post *post;
	int nr;
	int fd;			/* of the service, or -1: the kernel's memory */
	int pipe[2];
	uint64_t heap;		/* where it begins */
} me;

/* Turns */

/**
 * turn_give() - say whose turn it is
 * @post: shared
 * @who: a worker's number, or MAIN_TURN
 */
void turn_give(struct post *post, int who)
{
	atomic_store(&post->turn, who);
	syscall(SYS_futex, &post->turn, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/**
 * turn_wait() - wait for a turn
 * @post: shared
 * @who: a worker's number, or MAIN_TURN
 * @ms: how long; 0: for ever
 *
 * Return: whether it came.
 */
bool turn_wait(struct post *post, int who, int ms)
{
	struct timespec limit = { ms / 1000, ms % 1000 * 1000000L };
	int turn;

	while ((turn = atomic_load(&post->turn)) != who)
		if (syscall(SYS_futex, &post->turn, FUTEX_WAIT, turn,
			    ms ? &limit : NULL, NULL, 0) && errno == ETIMEDOUT)
			return false;
	return true;
}

/* Addresses */

static void *real(uint64_t at)
{
	/* Also a little below the heap. */
	if (at + (1ULL << 31) - HEAP < HEAP_REACH)
		at += me.heap - HEAP;
	return (void *)(uintptr_t)at;
}

static uint64_t nominal(const void *addr)
{
	uint64_t at = (uintptr_t)addr;

	if (at - ARENA < 2 * ARENA_PAGES * PAGE_BYTES)
		return at;
	return at - me.heap < 64 * DATA_LIMIT ? at - me.heap + HEAP : ELSEWHERE;
}

/* Accesses */

static sigjmp_buf after_signal;
static siginfo_t signal_info;

static void on_signal(int sig, siginfo_t *info, void *context)
{
	(void)sig;
	(void)context;
	signal_info = *info;
	siglongjmp(after_signal, 1);
}

static void catch_signals(void)
{
	struct sigaction act = {
		.sa_sigaction = on_signal,
		.sa_flags = SA_SIGINFO | SA_NODEFER,
	};

	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
}

static void access_byte(const struct op *op, struct answer *a)
{
	volatile unsigned char *p = real(op->at);

	if (sigsetjmp(after_signal, 0)) {
		a->sig = signal_info.si_signo;
		a->code = signal_info.si_code;
		a->sig_at = nominal(signal_info.si_addr);
	} else if (op->kind == OP_READ) {
		a->value = *p;
	} else {
		*p = op->arg;
	}
}

static void fill_pages(const struct op *op, struct answer *a)
{
	struct op each = { .kind = OP_WRITE, .arg = op->arg, .at = op->at };

	for (; each.at < op->at + op->len && !a->sig; each.at += PAGE_BYTES)
		access_byte(&each, a);
}

/* The kernel reads from memory, and a byte comes out of the pipe. */
static void get_byte(const struct op *op, struct answer *a)
{
	unsigned char byte = 0;

	if (write(me.pipe[1], real(op->at), 1) != 1)
		a->err = errno;
	else if (read(me.pipe[0], &byte, 1) == 1)
		a->value = byte;
}

static void put_byte(const struct op *op, struct answer *a)
{
	unsigned char byte = op->arg;

	if (write(me.pipe[1], &byte, 1) != 1 ||
	    read(me.pipe[0], real(op->at), 1) == 1)
		return;
	a->err = errno;
	/* What could not be delivered is still in there. */
	if (read(me.pipe[0], &byte, 1) != 1)
		a->err = EIO;
}

static bool sum_page(const void *page, uint64_t *sum)
{
	const volatile uint64_t *word = page;

	if (sigsetjmp(after_signal, 0))
		return false;
	*sum = 0;
	for (unsigned int i = 0; i < PAGE_BYTES / sizeof(*word); i++)
		*sum += word[i];
	return true;
}

/* Calls */

static void set_brk(const struct op *op, struct answer *a)
{
	void *wanted = real(op->at), *is;

	if (me.fd < 0) {
		is = (void *)syscall(SYS_brk, wanted);
		a->err = is == wanted ? 0 : ENOMEM;
	} else {
		a->err = ta_brk(me.fd, wanted) ? errno : 0;
		if (ta_brk_range(me.fd, NULL, &is))
			a->err = errno;
	}
	a->ret = nominal(is);
}

static void map(const struct op *op, struct answer *a)
{
	void *p = me.fd < 0 ?
		  mmap(real(op->at), op->len, op->arg,
		       MAP_PRIVATE | MAP_ANONYMOUS | op->flags, -1, 0) :
		  ta_mmap(me.fd, real(op->at), op->len, op->arg, op->flags);

	if (p == MAP_FAILED) {
		a->err = errno;
		return;
	}
	a->ret = nominal(p);
	if (a->ret == ELSEWHERE)
		munmap(p, op->len);
}

static void map_anew(uint64_t at, uint64_t len, int prot, struct answer *a)
{
	if (ta_mmap(me.fd, real(at), len, prot, MAP_FIXED) == MAP_FAILED)
		a->err = errno;
}

/* What mremap moved to where nobody wanted it */
static void look_and_unmap(void *p, const struct command *cmd, struct answer *a)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < cmd->sum_len; i += PAGE_BYTES)
		if (sum_page(p + i, &sum))
			a->value = fold_sum(a->value, sum);
	munmap(p, page_align(cmd->op.new_len));
}

static void remap(const struct command *cmd, struct answer *a)
{
	const struct op *op = &cmd->op;
	uint64_t old_len = page_align(op->len);
	void *p = mremap(real(op->at), op->len, op->new_len, op->flags,
			 real(op->to));

	if (p == MAP_FAILED) {
		a->err = errno;
		return;
	}
	a->ret = nominal(p);
	if (a->ret == ELSEWHERE)
		look_and_unmap(p, cmd, a);
	else if (me.fd >= 0 && cmd->even == EVEN_VIEW)
		munmap(p, page_align(op->new_len));
	if (me.fd < 0)
		return;
	if (cmd->even == EVEN_OLD)
		map_anew(op->at, old_len, cmd->prot, a);
	else if (cmd->even == EVEN_TAIL)
		map_anew(a->ret + old_len, page_align(op->new_len) - old_len,
			 cmd->prot, a);
}

static void advise(const struct command *cmd, struct answer *a)
{
	const struct op *op = &cmd->op;
	int advice = op->arg;
	bool forget = advice == MADV_DONTNEED || advice == MADV_FREE ||
		      advice == MADV_DONTNEED_LOCKED;

	if (me.fd >= 0 && forget) {
		a->err = ta_madvise(me.fd, real(op->at), op->len, advice) ?
			 errno : 0;
		return;
	}
	a->err = madvise(real(op->at), op->len, advice) ? errno : 0;
	if (me.fd < 0 && cmd->even == EVEN_FREED)
		madvise(real(op->at), op->len, MADV_DONTNEED);
	else if (me.fd < 0 && cmd->even == EVEN_KEEP)
		madvise(real(op->at), op->len, MADV_KEEPONFORK);
}

/* Looking */

static void see_line(uint64_t start, uint64_t end, const char *perms)
{
	unsigned char seen = LAYOUT_MAPPED |
			     (perms[0] == 'r' ? PROT_READ : 0) |
			     (perms[1] == 'w' ? PROT_WRITE : 0) |
			     (perms[2] == 'x' ? PROT_EXEC : 0) |
			     (perms[3] == 's' ? LAYOUT_SHARED : 0);

	for (int i = 0; i < NR_SLOTS; i++) {
		uint64_t at = (uintptr_t)real(slot_addr(i));

		if (at >= start && at < end)
			me.post->layout[i] = seen;
	}
}

/* As many lines as there can be, and then some */
static char maps[1 << 16];

static size_t read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t nr;

	do {
		nr = read(fd, maps + len, sizeof(maps) - 1 - len);
		len += nr > 0 ? nr : 0;
	} while (nr > 0);
	close(fd);
	return len;
}

static void see_lines(void)
{
	char *line = maps, *end;
	uint64_t from, to;

	memset(me.post->layout, 0, sizeof(me.post->layout));
	maps[read_maps()] = '\0';
	while (*line) {
		from = strtoull(line, &end, 16);
		to = strtoull(end + 1, &end, 16);
		see_line(from, to, end + 1);
		line = strchr(end, '\n') + 1;
	}
}

static void count_pages(void)
{
	struct ta_ioc_info info;

	if (me.fd >= 0 && !ta_info(me.fd, &info))
		me.post->resident = info.resident_pages;
}

static void look(void)
{
	see_lines();
	count_pages();
}

static void check(void)
{
	see_lines();
	for (int i = 0; i < NR_SLOTS; i++)
		if ((me.post->layout[i] & (PROT_READ | PROT_WRITE)) &&
		    !sum_page(real(slot_addr(i)), &me.post->sums[i]))
			me.post->sums[i] = ~0ULL;
	count_pages();
}

/* Processes */

/* Where the heap begins; of an empty one the service chooses after a fork. */
static void find_heap(void)
{
	void *start;

	if (me.fd >= 0 && !ta_brk_range(me.fd, &start, NULL))
		me.heap = (uintptr_t)start;
}

/* The main program's child too. Returns whether this is it. */
static bool fork_worker(struct answer *a, int nr)
{
	long pid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);

	if (pid < 0) {
		a->err = errno;
		return false;
	}
	if (pid) {
		a->ret = nr;
		me.post->pids[nr] = pid;
		return false;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	me.nr = nr;
	find_heap();
	return true;
}

static void do_op(const struct command *cmd, struct answer *a)
{
	const struct op *op = &cmd->op;

	switch (op->kind) {
	case OP_BRK:
		set_brk(op, a);
		break;
	case OP_MAP:
		map(op, a);
		break;
	case OP_UNMAP:
		a->err = munmap(real(op->at), op->len) ? errno : 0;
		break;
	case OP_PROTECT:
		a->err = mprotect(real(op->at), op->len, op->arg) ? errno : 0;
		break;
	case OP_REMAP:
		remap(cmd, a);
		break;
	case OP_ADVISE:
		advise(cmd, a);
		break;
	case OP_LOCK:
		a->err = mlock(real(op->at), op->len) ? errno : 0;
		break;
	case OP_UNLOCK:
		a->err = munlock(real(op->at), op->len) ? errno : 0;
		break;
	case OP_READ:
	case OP_WRITE:
		access_byte(op, a);
		break;
	case OP_FILL:
		fill_pages(op, a);
		break;
	case OP_GET:
		get_byte(op, a);
		break;
	case OP_PUT:
		put_byte(op, a);
		break;
	case OP_LOOK:
		look();
		break;
	case OP_CHECK:
		check();
		break;
	default:
		break;
	}
}

static void do_batch(struct post *post)
{
	for (int i = 0; i < post->nr; i++) {
		const struct command *cmd = &post->commands[i];
		struct answer *a = &post->answers[i];

		*a = (struct answer){ 0 };
		/* Where the child goes is in the command: main knows. */
		if (cmd->op.kind != OP_FORK)
			do_op(cmd, a);
		else if (fork_worker(a, cmd->prot))
			return;
		atomic_store(&post->done, i + 1);
	}
	if (post->nr && post->commands[post->nr - 1].op.kind == OP_EXIT)
		_exit(0);
	turn_give(post, MAIN_TURN);
}

static bool set_up(bool ours)
{
	struct rlimit limit = { DATA_LIMIT, DATA_LIMIT };
	uint64_t brk = syscall(SYS_brk, 0);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	me.heap = page_align(brk);
	me.fd = ours ? ta_open() : -1;
	find_heap();
	catch_signals();
	return (!ours || me.fd >= 0) && !pipe2(me.pipe, O_CLOEXEC) &&
	       !setrlimit(RLIMIT_DATA, &limit) &&
	       (uint64_t)syscall(SYS_brk, page_align(brk)) == page_align(brk);
}

/**
 * worker_run() - be the first worker of a group
 * @post: shared with the main program
 * @ours: on the service's memory, rather than the kernel's
 *
 * Context: a child of the main program, which has but one thread.
 */
void worker_run(struct post *post, bool ours)
{
	me.post = post;
	if (!set_up(ours))
		_exit(1);
	for (;;) {
		turn_wait(post, me.nr, 0);
		do_batch(post);
	}
}
