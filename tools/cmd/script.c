// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc script FILE: do what the lines of a file say, one after the other.
 *
 * Model: the command itself is the process that everything happens to. Each line
 * is shown, done, and what came of it is said, with the pages that the pool gave
 * or got back meanwhile. The lines between "fork" and "end" are a child's, and its
 * parent waits for it. The first line that does not do what it should ends the
 * script.
 *
 * Failure: an operation that fails, or does not although it should, and a figure
 * that is not as expected, end the command with CMD_NO; a script that makes no
 * sense does with CMD_USAGE, before anything is done.
 */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd.h"
#include "script.h"
#include "size.h"

#define MAX_THINGS	256

/* What a script gave a name to: memory, or what it has by handle */
struct thing {
	char name[SCRIPT_NAME];
	char *addr;
	uint64_t len;
	int handle;
};

/**
 * struct run - a script at work
 * @file: its name
 * @script: what is to be done
 * @json: an object a line
 * @fd: the client
 * @page: bytes of one
 * @start: how it was before the first line
 * @seen: what was shown last
 * @things: what has a name
 * @nr_things: how many
 */
struct run {
	const char *file;
	const struct script *script;
	bool json;
	int fd;
	size_t page;
	struct view start;
	struct view seen;
	struct thing things[MAX_THINGS];
	unsigned int nr_things;
};

/* Things */

static struct thing *find_thing(struct run *run, const char *name)
{
	for (unsigned int i = 0; i < run->nr_things; i++)
		if (!strcmp(run->things[i].name, name))
			return &run->things[i];
	return NULL;
}

/* A name that is there already is given to the new thing. */
static struct thing *add_thing(struct run *run, const char *name)
{
	struct thing *thing = find_thing(run, name);

	if (!thing) {
		if (run->nr_things == MAX_THINGS)
			return NULL;
		thing = &run->things[run->nr_things++];
	}
	*thing = (struct thing){ .addr = NULL };
	strcpy(thing->name, name);
	return thing;
}

/* The part of a thing that a line is about; the heap is always there. */
static const char *part(struct run *run, const struct script_op *op,
			struct script_outcome *out)
{
	struct thing heap = { .addr = NULL }, *thing = find_thing(run, op->name);
	void *start, *end;

	if (!strcmp(op->name, "heap")) {
		if (ta_brk_range(run->fd, &start, &end))
			return strerror(errno);
		heap.addr = start;
		heap.len = (char *)end - (char *)start;
		thing = &heap;
	}
	if (!thing || thing->handle)
		return "no memory of this name";
	out->addr = thing->addr;
	out->bytes = thing->len;
	if (op->whole)
		return NULL;
	if (op->range[0] >= thing->len ||
	    (op->range[1] > thing->len && op->range[1] != UINT64_MAX))
		return "it does not reach that far";
	out->addr += op->range[0];
	out->bytes = (op->range[1] < thing->len ? op->range[1] : thing->len) -
		     op->range[0];
	return NULL;
}

static const char *result(int returned)
{
	return returned < 0 ? strerror(errno) : NULL;
}

/* Operations */

static const char *run_brk(struct run *run, const struct script_op *op,
			   struct script_outcome *out)
{
	void *old;

	if (op->amount > INTPTR_MAX)
		return strerror(ENOMEM);
	old = ta_sbrk(run->fd, op->down ? -(intptr_t)op->amount :
					  (intptr_t)op->amount);
	if (old == (void *)-1)
		return strerror(errno);
	out->addr = old;
	out->bytes = op->amount;
	return NULL;
}

static const char *run_map(struct run *run, const struct script_op *op,
			   struct script_outcome *out)
{
	struct thing *thing;

	out->addr = ta_mmap(run->fd, NULL, op->amount, op->prot, op->flags);
	if (out->addr == MAP_FAILED) {
		out->addr = NULL;
		return strerror(errno);
	}
	thing = add_thing(run, op->name);
	if (!thing)
		return "too many names";
	thing->addr = out->addr;
	thing->len = op->amount;
	out->bytes = op->amount;
	return NULL;
}

static const char *run_unmap(struct run *run, const struct script_op *op,
			     struct script_outcome *out)
{
	const char *error = part(run, op, out);

	return error ? error : result(munmap(out->addr, out->bytes));
}

static sigjmp_buf missed;

static void on_signal(int sig)
{
	siglongjmp(missed, sig);
}

static const char *run_touch(struct run *run, const struct script_op *op,
			     struct script_outcome *out)
{
	const char *error = part(run, op, out);
	int sig;

	if (error)
		return error;
	sig = sigsetjmp(missed, 1);
	if (sig)
		return strsignal(sig);
	for (uint64_t at = 0; at < out->bytes;
	     at += run->page - (uintptr_t)(out->addr + at) % run->page) {
		volatile char *p = out->addr + at;

		if (op->flags)
			*p = 1;
		else
			(void)*p;
	}
	return NULL;
}

static const char *run_protect(struct run *run, const struct script_op *op,
			       struct script_outcome *out)
{
	const char *error = part(run, op, out);

	return error ? error : result(mprotect(out->addr, out->bytes, op->prot));
}

static const char *run_advise(struct run *run, const struct script_op *op,
			      struct script_outcome *out)
{
	const char *error = part(run, op, out);

	return error ? error : result(ta_madvise(run->fd, out->addr, out->bytes,
						 op->flags));
}

static const char *run_alloc(struct run *run, const struct script_op *op,
			     struct script_outcome *out)
{
	struct thing *thing;
	int handle = ta_alloc(run->fd, op->layer, op->amount, op->flags,
			      &out->frame);

	if (handle < 0)
		return strerror(errno);
	out->has_frame = true;
	thing = add_thing(run, op->name);
	if (!thing)
		return "too many names";
	thing->handle = handle;
	return NULL;
}

static const char *run_free(struct run *run, const struct script_op *op,
			    struct script_outcome *out)
{
	struct thing *thing = find_thing(run, op->name);

	(void)out;
	if (!thing || !thing->handle)
		return "nothing was allocated under this name";
	return result(ta_free(run->fd, thing->handle));
}

static const char *run_fault_order(struct run *run, const struct script_op *op,
				   struct script_outcome *out)
{
	(void)out;
	return result(ta_set_fault_order(run->fd, op->amount));
}

static const char *run_quota(struct run *run, const struct script_op *op,
			     struct script_outcome *out)
{
	out->bytes = op->amount;
	return result(ta_set_quota(run->fd, op->amount / run->page));
}

static const char *run_sleep(struct run *run, const struct script_op *op,
			     struct script_outcome *out)
{
	struct timespec time = { .tv_sec = op->amount / 1000,
				 .tv_nsec = op->amount % 1000 * 1000000 };

	(void)run;
	(void)out;
	while (nanosleep(&time, &time) && errno == EINTR)
		;
	return NULL;
}

static const char *run_say(struct run *run, const struct script_op *op,
			   struct script_outcome *out)
{
	(void)run;
	(void)op;
	(void)out;
	return NULL;
}

static uint64_t figure_of(const struct run *run, const struct view *now,
			  enum script_figure figure)
{
	switch (figure) {
	case FIGURE_RSS:
		return now->rss_kib * 1024;
	case FIGURE_MAPPED:
		return now->mapped_kib * 1024;
	case FIGURE_LINES:
		return now->nr_lines;
	case FIGURE_USED:
		return pages_used(now, &run->start);
	case FIGURE_FREE:
		return now->pool.free_pages;
	case FIGURE_RESIDENT:
		return now->pool.resident_pages;
	case FIGURE_HELD:
		return now->pool.held_pages;
	case FIGURE_FAULTS:
		return now->pool.faults;
	case FIGURE_ZERO:
		return now->pool.zero_pages;
	default:
		return now->pool.cow_copies;
	}
}

static bool holds(uint64_t found, enum script_relation relation, uint64_t wanted)
{
	switch (relation) {
	case IS:
		return found == wanted;
	case IS_NOT:
		return found != wanted;
	case LESS:
		return found < wanted;
	case AT_MOST:
		return found <= wanted;
	case MORE:
		return found > wanted;
	default:
		return found >= wanted;
	}
}

static const char *run_expect(struct run *run, const struct script_op *op,
			      struct script_outcome *out)
{
	static char text[128];
	struct view now;
	uint64_t found;

	(void)out;
	if (watch(run->fd, &now))
		return strerror(errno);
	found = figure_of(run, &now, op->figure);
	if (holds(found, op->relation, op->amount))
		return NULL;
	snprintf(text, sizeof(text), "%s is %llu, not %s %llu",
		 script_figure_name(op->figure), (unsigned long long)found,
		 script_relation_sign(op->relation),
		 (unsigned long long)op->amount);
	return text;
}

/* What a line shows it shows itself; see tell(). */
static const char *run_show(struct run *run, const struct script_op *op,
			    struct script_outcome *out)
{
	(void)op;
	(void)out;
	return result(watch(run->fd, &run->seen));
}

static const char *(*const runners[NR_OPS])(struct run *run,
					     const struct script_op *op,
					     struct script_outcome *out) = {
	[OP_BRK]	= run_brk,
	[OP_MAP]	= run_map,
	[OP_UNMAP]	= run_unmap,
	[OP_TOUCH]	= run_touch,
	[OP_PROTECT]	= run_protect,
	[OP_ADVISE]	= run_advise,
	[OP_ALLOC]	= run_alloc,
	[OP_FREE]	= run_free,
	[OP_FAULT_ORDER] = run_fault_order,
	[OP_QUOTA]	= run_quota,
	[OP_SHOW]	= run_show,
	[OP_EXPECT]	= run_expect,
	[OP_SLEEP]	= run_sleep,
	[OP_SAY]	= run_say,
};

/* Whether what came of a line is right */
static int judge(const struct run *run, const struct script_op *op,
		 const struct script_outcome *out)
{
	if (!out->error == !op->fails)
		return CMD_OK;
	return cmd_fail(CMD_NO, "%s:%u: %s: %s", run->file, op->line, op->source,
			out->error ? out->error :
				     "it worked, and was not expected to");
}

static void tell(const struct run *run, const struct script_op *op,
		 const struct script_outcome *out, const struct view *old)
{
	if (run->json) {
		script_tell_json(op, out, &run->seen);
	} else {
		script_tell(op, out);
		if (op->kind == OP_SHOW && !out->error)
			script_show(op, &run->seen, old);
	}
}

static int run_op(struct run *run, const struct script_op *op)
{
	struct ta_ioc_info before, after;
	struct script_outcome out = { .error = NULL };
	struct view old = run->seen;

	if (cmd_ask(run->fd, &before))
		return CMD_NO;
	out.error = runners[op->kind](run, op, &out);
	if (!ta_info(run->fd, &after))
		out.taken = before.free_pages - after.free_pages;
	tell(run, op, &out, &old);
	return judge(run, op, &out);
}

static int run_ops(struct run *run, size_t from, size_t to);

/*
 * The child does the lines up to the end; the parent waits. For people the line
 * comes before those, in JSON after them: there it says how they went.
 */
static int run_fork(struct run *run, size_t at)
{
	const struct script_op *op = &run->script->ops[at];
	struct script_outcome out = { .error = NULL };
	int status = 0;
	pid_t child;

	if (!run->json)
		script_tell(op, &out);
	fflush(stdout);
	child = fork();
	if (!child) {
		status = run_ops(run, at + 1, op->end);
		fflush(stdout);
		_exit(status);
	}
	if (child < 0)
		out.error = strerror(errno);
	else if (waitpid(child, &status, 0) < 0 || !WIFEXITED(status))
		out.error = "the child was killed";
	else if (WEXITSTATUS(status))
		out.error = "the child failed";
	if (run->json)
		script_tell_json(op, &out, &run->seen);
	return judge(run, op, &out);
}

static int run_ops(struct run *run, size_t from, size_t to)
{
	int status = CMD_OK;

	for (size_t i = from; i < to && !status; i++) {
		const struct script_op *op = &run->script->ops[i];

		if (op->kind == OP_FORK) {
			status = run_fork(run, i);
			i = op->end;
		} else {
			status = run_op(run, op);
		}
	}
	return status;
}

static int run_script(const struct cmd *cmd, const struct script *script,
		      const char *name)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct run *run = calloc(1, sizeof(*run));
	int status;

	if (!run)
		return cmd_fail(CMD_NO, "no memory");
	run->file = name;
	run->script = script;
	run->json = cmd->json;
	run->page = sysconf(_SC_PAGESIZE);
	status = cmd_open(&run->fd);
	if (!status && watch(run->fd, &run->start))
		status = cmd_fail(CMD_NO, "looking around: %s", strerror(errno));
	if (!status) {
		run->seen = run->start;
		sigaction(SIGBUS, &action, NULL);
		sigaction(SIGSEGV, &action, NULL);
		status = run_ops(run, 0, script->nr);
		close(run->fd);
	}
	free(run);
	return status;
}

/**
 * cmd_script() - do what a file says
 * @argc: from the verb on
 * @argv: likewise; "-" is what comes in
 *
 * Return: an enum cmd_status.
 */
int cmd_script(int argc, char **argv)
{
	struct script script;
	const char *name;
	struct cmd cmd;
	FILE *file;
	int status = cmd_begin(&cmd, argc, argv, 1, 1);

	if (status)
		return status;
	name = cmd.argv[0];
	file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	if (!file)
		return cmd_fail(CMD_USAGE, "%s: %s", name, strerror(errno));
	if (script_read(&script, file))
		status = run_script(&cmd, &script, name);
	else
		status = cmd_fail(CMD_USAGE, "%s:%u: %s", name, script.line,
				  script.error);
	script_free(&script);
	if (file != stdin)
		fclose(file);
	return status;
}
