// SPDX-License-Identifier: GPL-2.0
/*
 * The same operations on memory of the service and on the kernel's own.
 *
 *	differ [--ops N] [--seed S] [--model-only]
 *	differ --replay FILE
 *
 *	--ops N		operations in all (50000)
 *	--seed S	where they come from, as TA_SEED in the environment; else half
 *			of them are the same every time, and the others are not
 *	--model-only	the kernel and the model, without the service
 *	--replay FILE	operations as a failure prints them, "-" for the input
 *
 * Model: rounds of a thousand operations, each by a new set of processes and from a
 * seed of its own. When the sides differ, the round's operations are made few
 * (shrink.c) and printed, as lines that --replay takes.
 *
 * The harness of the other programs knows tests and no options, so the lines of KTAP
 * are made here.
 */
#include <getopt.h>
#include <stdlib.h>
#include <time.h>

#include "gen.h"
#include "kselftest.h"
#include "run.h"
#include "shrink.h"

#define ROUND_OPS	1000
#define PROGRESS_OPS	100000
#define TRIALS		400

/* As many bring everything about that there is. */
#define ENOUGH_OPS	20000

/* Operations that are kept as they are drawn, or drawn from where they are kept */
struct row {
	struct source source;
	struct ta_rand rand;
	int nr;
	int next;
	int max;
	struct op *ops;
};

static struct row *row_of(struct source *source)
{
	return (struct row *)source;	/* its first member */
}

static bool draw(struct source *source, struct model *m, struct op *op)
{
	struct row *row = row_of(source);

	if (row->nr == row->max)
		return false;
	/* The last one looks at everything. */
	if (row->nr == row->max - 1)
		*op = (struct op){ .kind = OP_CHECK };
	else
		gen_op(&row->rand, m, op);
	row->ops[row->nr++] = *op;
	return true;
}

static bool take(struct source *source, struct model *m, struct op *op)
{
	struct row *row = row_of(source);

	(void)m;
	if (row->next == row->nr)
		return false;
	*op = row->ops[row->next++];
	return true;
}

/* Shrinking */

struct rerun {
	struct judge judge;
	bool with_ours;
	struct finding finding;
};

static bool fails_again(struct judge *judge, const struct op *ops, int nr)
{
	struct rerun *rerun = (struct rerun *)judge;
	struct row row = { { take }, .nr = nr, .ops = (struct op *)ops };
	struct finding finding = { 0 };
	struct tally tally = { 0 };

	if (run_ops(&row.source, rerun->with_ours, &tally, &finding))
		return false;
	rerun->finding = finding;
	return true;
}

static void print_lines(const char *text)
{
	while (*text) {
		int len = strcspn(text, "\n");

		printf("# %.*s\n", len, text);
		text += len + !!text[len];
	}
}

static void print_ops(const struct op *ops, int nr)
{
	char text[OP_TEXT];

	for (int i = 0; i < nr; i++) {
		op_print(&ops[i], text);
		printf("#   %s\n", text);
	}
	fflush(stdout);
}

static void report(struct row *row, bool with_ours, uint64_t seed,
		   const struct finding *finding)
{
	struct rerun rerun = {
		.judge = { fails_again, TRIALS },
		.with_ours = with_ours,
		.finding = *finding,
	};
	/* What comes after it is not needed, as a rule. */
	int nr = finding->at < row->nr ? finding->at + 1 : row->nr;

	printf("# they differ, with --seed %llu --ops %d\n",
	       (unsigned long long)seed, ROUND_OPS);
	print_lines(finding->text);
	fflush(stdout);
	if (!fails_again(&rerun.judge, row->ops, nr))
		nr = row->nr;
	if (fails_again(&rerun.judge, row->ops, nr)) {
		nr = shrink(&rerun.judge, row->ops, nr);
		printf("# the shortest row that was found, for --replay:\n");
	} else {
		printf("# not so when they were done again; all of them:\n");
	}
	print_ops(row->ops, nr);
	print_lines(rerun.finding.text);
}

/* Rounds */

static bool run_round(uint64_t seed, bool with_ours, struct tally *tally)
{
	static struct op ops[ROUND_OPS];
	struct row row = { { draw }, { seed }, .max = ROUND_OPS, .ops = ops };
	struct finding finding = { 0 };

	if (run_ops(&row.source, with_ours, tally, &finding))
		return true;
	report(&row, with_ours, seed, &finding);
	return false;
}

static void print_tally(const struct tally *tally)
{
	printf("# %ld operations, %ld more were not determined\n", tally->done,
	       tally->skipped);
	for (int i = 0; i < NR_OPS; i++)
		printf("#   %-8s %8ld, of which %ld had to fail\n", op_name(i),
		       tally->by_kind[i], tally->failed[i]);
	for (int i = DIFF_NONE + 1; i < NR_DIFFERENCES; i++)
		printf("#   %8ld times: %s\n", tally->differ[i],
		       difference_names[i]);
}

/* A run that leaves something out shows nothing about it. */
static bool had_everything(const struct tally *tally)
{
	bool all = true;

	for (int i = 0; i < NR_OPS; i++)
		all &= tally->by_kind[i] > 0;
	for (int i = DIFF_NONE + 1; i < NR_DIFFERENCES; i++)
		all &= tally->differ[i] > 0;
	return all;
}

static bool run_rounds(long ops, uint64_t seed, bool with_ours)
{
	struct tally tally = { 0 };
	long next = PROGRESS_OPS;

	printf("# --seed %llu --ops %ld\n", (unsigned long long)seed, ops);
	fflush(stdout);
	for (; tally.done < ops; seed++) {
		if (!run_round(seed, with_ours, &tally))
			return false;
		if (tally.done >= next) {
			printf("# %ld operations\n", tally.done);
			fflush(stdout);
			next += PROGRESS_OPS;
		}
	}
	print_tally(&tally);
	return ops < ENOUGH_OPS || had_everything(&tally);
}

static uint64_t new_seed(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Replay */

static bool read_ops(FILE *file, struct row *row)
{
	char line[2 * OP_TEXT];

	while (fgets(line, sizeof(line), file)) {
		/* As it is printed: behind a # */
		const char *text = line + strspn(line, "# \t\n");

		if (!*text)
			continue;
		row->ops = realloc(row->ops, (row->nr + 1) * sizeof(*row->ops));
		if (!row->ops || !op_parse(&row->ops[row->nr++], text)) {
			fprintf(stderr, "no operation: %s", text);
			return false;
		}
	}
	return true;
}

static int replay(const char *name, bool with_ours)
{
	FILE *file = strcmp(name, "-") ? fopen(name, "re") : stdin;
	struct row row = { { take } };
	struct finding finding = { 0 };
	struct tally tally = { 0 };

	if (!file) {
		perror(name);
		return 2;
	}
	if (!read_ops(file, &row))
		return 2;
	if (run_ops(&row.source, with_ours, &tally, &finding)) {
		printf("%ld operations: no difference\n", tally.done);
		return 0;
	}
	fputs(finding.text, stdout);
	return 1;
}

/* Tests of the test */

static bool text_is_read_back(void)
{
	struct ta_rand rand = { 1 };
	struct model *m = malloc(sizeof(*m));
	struct op op, back;
	char text[OP_TEXT], again[OP_TEXT];
	bool same = m;

	if (m)
		model_init(m);
	for (int i = 0; i < 10000 && same; i++) {
		gen_op(&rand, m, &op);
		op_print(&op, text);
		same = op_parse(&back, text) && back.kind == op.kind;
		op_print(&back, again);
		same = same && !strcmp(text, again);
		if (!same)
			printf("# %s\n", text);
	}
	free(m);
	return same;
}

/*
 * A fault as a service could have it: what was written, in a page that was mapped
 * with MAP_POPULATE, is lost if a fork comes before an mprotect of several pages.
 */
static bool planted_fault(struct judge *judge, const struct op *ops, int nr)
{
	int stage = 0;

	(void)judge;
	for (int i = 0; i < nr; i++) {
		const struct op *op = &ops[i];

		if ((stage == 0 && op->kind == OP_MAP &&
		     (op->flags & MAP_POPULATE)) ||
		    (stage == 1 && op->kind == OP_WRITE) ||
		    (stage == 2 && op->kind == OP_FORK) ||
		    (stage == 3 && op->kind == OP_PROTECT &&
		     op->len > PAGE_BYTES))
			stage++;
	}
	return stage == 4;
}

static bool planted_fault_is_shrunk(void)
{
	struct judge judge = { planted_fault, 4 * TRIALS };
	struct ta_rand rand = { 7 };
	static struct op ops[ROUND_OPS];
	struct model *m = malloc(sizeof(*m));
	int nr;

	if (!m)
		return false;
	model_init(m);
	for (int i = 0; i < ROUND_OPS; i++)
		gen_op(&rand, m, &ops[i]);
	free(m);
	if (!planted_fault(&judge, ops, ROUND_OPS))
		return false;
	nr = shrink(&judge, ops, ROUND_OPS);
	print_ops(ops, nr);
	return nr == 4 && planted_fault(&judge, ops, nr) &&
	       ops[0].flags == MAP_POPULATE && ops[0].len == PAGE_BYTES;
}

static void result(bool passed, const char *name)
{
	fflush(NULL);
	if (passed)
		ksft_test_result_pass("%s\n", name);
	else
		ksft_test_result_fail("%s\n", name);
	fflush(NULL);
}

static int run_tests(long ops, const char *seed, bool with_ours)
{
	uint64_t first = seed ? strtoull(seed, NULL, 0) : 1;
	uint64_t other = seed ? first + ops : new_seed();
	const char *what = with_ours ? "the service, the kernel and the model" :
				       "the kernel and the model";
	char name[80];

	ksft_print_header();
	ksft_set_plan(4);
	result(text_is_read_back(), "an operation's text is read back");
	result(planted_fault_is_shrunk(), "a planted fault is shrunk");
	snprintf(name, sizeof(name), "%s agree", what);
	result(run_rounds(ops / 2, first, with_ours), name);
	snprintf(name, sizeof(name), "%s agree, from %s seed", what,
		 seed ? "the next" : "a new");
	result(run_rounds(ops / 2, other, with_ours), name);
	ksft_print_cnts();
	return ksft_get_fail_cnt() ? KSFT_FAIL : KSFT_PASS;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "ops", required_argument, NULL, 'o' },
		{ "seed", required_argument, NULL, 's' },
		{ "replay", required_argument, NULL, 'r' },
		{ "model-only", no_argument, NULL, 'm' },
		{ NULL },
	};
	const char *seed = getenv("TA_SEED"), *file = NULL;
	bool with_ours = true;
	long ops = 50000;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (c) {
		case 'o':
			ops = strtol(optarg, NULL, 0);
			break;
		case 's':
			seed = optarg;
			break;
		case 'r':
			file = optarg;
			break;
		case 'm':
			with_ours = false;
			break;
		default:
			return 2;
		}
	find_quirks();
	if (with_ours)
		ta_require_device();
	return file ? replay(file, with_ours) : run_tests(ops, seed, with_ours);
}
