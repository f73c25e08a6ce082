// SPDX-License-Identifier: GPL-2.0
/*
 * Running a row of operations on the model, the kernel and the service.
 *
 * Model: the operations go by batches, which both groups of workers do at the same
 * time; then each answer is compared with what the model says. The kernel's answer
 * is compared as well, so whichever side is alone is wrong, the model included. What
 * LOOK and CHECK saw is compared when they end a batch, as does all after which
 * somebody else has the turn.
 *
 * After a row all workers end, and the pool must have all its pages again.
 *
 * Failure: a worker that dies or hangs is a finding like any other.
 */
#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"
#include "ta_test.h"
#include "worker.h"

#define PATIENCE_MS	60000
#define TICK_MS		500

struct group {
	const char *name;
	bool ours;
	struct post *post;
};

struct batch {
	int nr;
	int first;		/* number of the first operation */
	struct op ops[BATCH];
	struct expected expected[BATCH];
	int numbers[BATCH];	/* of the operations, skipped ones counted */
	bool barrier;		/* the last one is */
};

struct run {
	struct model model;
	struct group groups[2];
	int nr_groups;
	struct batch batch;
	struct finding *finding;
	struct tally *tally;
	int count;		/* operations taken from the source */
};

/* Findings */

static void say(struct finding *finding, const char *format, ...)
{
	size_t len = strlen(finding->text);
	va_list args;

	va_start(args, format);
	vsnprintf(finding->text + len, sizeof(finding->text) - len, format,
		  args);
	va_end(args);
}

static bool found(struct run *run, int nr)
{
	char text[OP_TEXT];

	run->finding->at = run->batch.numbers[nr];
	run->finding->text[0] = '\0';
	op_print(&run->batch.ops[nr], text);
	say(run->finding, "operation %d: %s\n", run->finding->at, text);
	return false;
}

static void say_answer(struct finding *finding, const char *who,
		       const struct answer *a)
{
	char place[32];

	say(finding, "  %s: ", who);
	if (a->sig) {
		place_print(a->sig_at, place);
		say(finding, "signal %d, code %d, at %s\n", a->sig, a->code,
		    place);
	} else if (a->err) {
		say(finding, "%s\n", strerror(a->err));
	} else {
		place_print(a->ret, place);
		say(finding, "%s, value %#llx\n",
		    a->ret == ELSEWHERE ? "elsewhere" : place,
		    (unsigned long long)a->value);
	}
}

/* Comparing */

static bool same_answer(const struct answer *a, const struct answer *b,
			int other_err)
{
	return (a->err == b->err || (a->err && a->err == other_err)) &&
	       a->ret == b->ret && a->value == b->value && a->sig == b->sig &&
	       a->code == b->code && a->sig_at == b->sig_at;
}

static bool compare_answer(struct run *run, int nr)
{
	const struct expected *x = &run->batch.expected[nr];
	bool same = true;

	for (int i = 0; i < run->nr_groups; i++) {
		const struct group *g = &run->groups[i];

		same &= same_answer(&g->post->answers[nr],
				    g->ours ? &x->ours : &x->host,
				    g->ours ? x->ours_err : 0);
	}
	if (same)
		return true;
	found(run, nr);
	for (int i = 0; i < run->nr_groups; i++)
		say_answer(run->finding, run->groups[i].name,
			   &run->groups[i].post->answers[nr]);
	say_answer(run->finding, "the model", &x->host);
	if (x->difference)
		say_answer(run->finding, "the model, of the service", &x->ours);
	return false;
}

static unsigned char layout_of(const struct slot *s, bool ours)
{
	return s->mapped ? LAYOUT_MAPPED | s->prot | (ours ? LAYOUT_SHARED : 0)
			 : 0;
}

static bool compare_slot(struct run *run, const struct group *g, int i,
			 bool contents)
{
	struct slot *s = &run->model.procs[run->model.cur].slots[i];
	unsigned char layout = layout_of(s, g->ours);
	uint64_t sum = page_sum(s->page);
	char place[32];

	contents = contents && s->mapped && s->prot;
	if (g->post->layout[i] == layout &&
	    (!contents || g->post->sums[i] == sum))
		return true;
	found(run, run->batch.nr - 1);
	place_print(slot_addr(i), place);
	say(run->finding, "  at %s, %s: layout %#x, contents %#llx\n", place,
	    g->name, g->post->layout[i],
	    contents ? (unsigned long long)g->post->sums[i] : 0);
	say(run->finding, "  at %s, the model: layout %#x, contents %#llx\n",
	    place, layout, contents ? (unsigned long long)sum : 0);
	return false;
}

static bool compare_pages(struct run *run, const struct group *g)
{
	long least, most;

	model_pages(&run->model, &least, &most);
	if (g->post->resident >= least && g->post->resident <= most)
		return true;
	found(run, run->batch.nr - 1);
	say(run->finding,
	    "  the service holds %ld pages; the model: at least %ld, at most %ld\n",
	    g->post->resident, least, most);
	return false;
}

static bool compare_views(struct run *run, bool contents)
{
	for (int i = 0; i < run->nr_groups; i++) {
		const struct group *g = &run->groups[i];

		for (int j = 0; j < NR_SLOTS; j++)
			if (!compare_slot(run, g, j, contents))
				return false;
		if (g->ours && !compare_pages(run, g))
			return false;
	}
	return true;
}

static bool compare(struct run *run)
{
	const struct batch *b = &run->batch;

	for (int i = 0; i < b->nr; i++)
		if (!compare_answer(run, i))
			return false;
	switch (b->nr ? b->ops[b->nr - 1].kind : OP_SWITCH) {
	case OP_LOOK:
		return compare_views(run, false);
	case OP_CHECK:
		return compare_views(run, true);
	default:
		return true;
	}
}

/* Workers */

static bool start(struct group *g)
{
	pid_t pid;

	g->post = mmap(NULL, sizeof(*g->post), RW, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	if (g->post == MAP_FAILED)
		return false;
	atomic_store(&g->post->turn, MAIN_TURN);
	fflush(NULL);
	pid = fork();
	if (!pid)
		worker_run(g->post, g->ours);
	g->post->pids[0] = pid;
	return pid > 0;
}

/* Whether a worker is gone that was not told to. */
static bool is_dead(struct group *g, int nr, int *status)
{
	pid_t pid = g->post->pids[nr];

	if (!pid || waitpid(pid, status, WNOHANG) != pid)
		return false;
	g->post->pids[nr] = 0;
	return true;
}

static bool collect(struct run *run, struct group *g, int who)
{
	int status = 0;

	for (int ms = 0; ms < PATIENCE_MS; ms += TICK_MS) {
		if (turn_wait(g->post, MAIN_TURN, TICK_MS))
			return true;
		if (is_dead(g, who, &status))
			break;
	}
	found(run, atomic_load(&g->post->done));
	say(run->finding, "  %s: the process %s (status %#x)\n", g->name,
	    g->post->pids[who] ? "hangs" : "died", status);
	return false;
}

/* The end of one that was told to end */
static bool reap(struct run *run, struct group *g, int who)
{
	int status;

	if (waitpid(g->post->pids[who], &status, 0) == g->post->pids[who] &&
	    !status) {
		g->post->pids[who] = 0;
		return true;
	}
	found(run, run->batch.nr - 1);
	say(run->finding, "  %s: ended with status %#x\n", g->name, status);
	return false;
}

static void kill_all(struct group *g)
{
	for (int i = 0; i < MAX_PROCS; i++) {
		if (!g->post->pids[i])
			continue;
		kill(g->post->pids[i], SIGKILL);
		waitpid(g->post->pids[i], NULL, 0);
	}
	munmap(g->post, sizeof(*g->post));
}

/* Batches */

static void post_batch(struct run *run, struct group *g, int who)
{
	const struct batch *b = &run->batch;

	for (int i = 0; i < b->nr; i++) {
		const struct expected *x = &b->expected[i];

		g->post->commands[i] = (struct command){
			.op = b->ops[i],
			.even = x->even,
			.prot = b->ops[i].kind == OP_FORK ? (int)x->host.ret :
							    x->prot,
			.sum_len = x->sum_len,
		};
	}
	g->post->nr = b->nr;
	atomic_store(&g->post->done, 0);
	turn_give(g->post, who);
}

static bool do_batch(struct run *run, int who)
{
	const struct batch *b = &run->batch;
	bool exits = b->nr && b->ops[b->nr - 1].kind == OP_EXIT;
	bool ok = true;

	for (int i = 0; i < run->nr_groups; i++)
		post_batch(run, &run->groups[i], who);
	for (int i = 0; i < run->nr_groups && ok; i++)
		ok = exits ? reap(run, &run->groups[i], who) :
			     collect(run, &run->groups[i], who);
	return ok && compare(run);
}

static bool ends_batch(enum op_kind kind)
{
	return kind == OP_LOOK || kind == OP_CHECK || kind == OP_SWITCH ||
	       kind == OP_EXIT;
}

static void count_op(struct tally *tally, const struct op *op,
		     const struct expected *x)
{
	tally->done++;
	tally->by_kind[op->kind]++;
	tally->failed[op->kind] += x->host.err || x->host.sig;
	tally->differ[x->difference]++;
}

/* Returns whether there is more. */
static bool fill_batch(struct run *run, struct source *source)
{
	struct batch *b = &run->batch;
	bool more = true;

	b->nr = 0;
	while (b->nr < BATCH &&
	       (!b->nr || !ends_batch(b->ops[b->nr - 1].kind))) {
		struct op *op = &b->ops[b->nr];

		more = source->next(source, &run->model, op);
		if (!more)
			break;
		b->numbers[b->nr] = run->count++;
		model_apply(&run->model, op, &b->expected[b->nr]);
		if (b->expected[b->nr].skip) {
			run->tally->skipped++;
			continue;
		}
		count_op(run->tally, op, &b->expected[b->nr]);
		b->nr++;
	}
	return more;
}

static bool run_all(struct run *run, struct source *source)
{
	bool more = true, ok = true;
	int who;

	while (more && ok) {
		who = run->model.cur;
		more = fill_batch(run, source);
		ok = do_batch(run, who);
	}
	return ok;
}

/* Whether the pool has all its pages again, now that nobody is left. */
static bool pool_is_whole(struct run *run, int fd, long had)
{
	bool whole = ta_settles(fd, had);
	bool valid = !ta_validate(fd) || errno == EPERM;

	if (whole && valid)
		return true;
	run->finding->at = run->count;
	run->finding->text[0] = '\0';
	say(run->finding, "  of %ld free pages %ld are left; %svalid\n", had,
	    ta_free_pages(fd), valid ? "" : "not ");
	return false;
}

/**
 * run_ops() - do operations, and compare
 * @source: where they come from
 * @with_ours: also on the service; or only on the kernel and the model
 * @tally: added to
 * @finding: filled in if there is one
 *
 * Return: whether all agree.
 */
bool run_ops(struct source *source, bool with_ours, struct tally *tally,
	     struct finding *finding)
{
	static struct run run;
	int fd = with_ours ? ta_open() : -1;
	long had = with_ours ? ta_free_pages(fd) : 0;
	bool ok = true;

	run = (struct run){
		.groups = { { "the kernel", false }, { "the service", true } },
		.nr_groups = with_ours ? 2 : 1,
		.finding = finding,
		.tally = tally,
	};
	model_init(&run.model);
	for (int i = 0; i < run.nr_groups; i++)
		ok = start(&run.groups[i]) && ok;
	ok = ok && run_all(&run, source);
	for (int i = 0; i < run.nr_groups; i++)
		kill_all(&run.groups[i]);
	model_free(&run.model);
	if (with_ours) {
		ok = ok && pool_is_whole(&run, fd, had);
		close(fd);
	}
	return ok;
}
