// SPDX-License-Identifier: GPL-2.0
/*
 * Scripts of the command: from lines to operations.
 *
 * Model: a line is an operation: its word, then what that needs, in a fixed order,
 * then words that may stand in any order. "#" begins a comment, "fails" before an
 * operation says that it must not work. A whole script is read, and each mistake
 * in it found, before anything is done.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <linux/teachalloc.h>

#include "script.h"
#include "size.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define MAX_WORDS	16
/* A part of what is not known yet may end anywhere. */
#define ANYWHERE	UINT64_MAX

/* A line that is being read: the words that are left of it. */
struct reader {
	struct script *script;
	struct script_op *op;
	char *words[MAX_WORDS];
	unsigned int nr;
	unsigned int at;
};

static bool mistake(struct script *script, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(script->error, sizeof(script->error), fmt, args);
	va_end(args);
	return false;
}

static const char *next(struct reader *r)
{
	return r->at < r->nr ? r->words[r->at++] : NULL;
}

/* A word with a meaning */
struct option {
	const char *word;
	int value;
};

static const struct option *find(const struct option *options, const char *word)
{
	for (; options->word; options++)
		if (!strcmp(options->word, word))
			return options;
	return NULL;
}

static bool take_name(struct reader *r)
{
	const char *word = next(r);

	if (!word)
		return mistake(r->script, "a name is missing");
	if (strlen(word) >= SCRIPT_NAME)
		return mistake(r->script, "the name %.40s is too long", word);
	strcpy(r->op->name, word);
	return true;
}

static bool take_size(struct reader *r, const char *what)
{
	const char *word = next(r);

	if (!word)
		return mistake(r->script, "%s is missing", what);
	if (!size_parse(word, &r->op->amount))
		return mistake(r->script, "%s is no %s", word, what);
	return true;
}

static bool take_option(struct reader *r, const struct option *options,
			const char *what, int *value)
{
	const char *word = next(r);
	const struct option *option = word ? find(options, word) : NULL;

	if (!word)
		return mistake(r->script, "%s is missing", what);
	if (!option)
		return mistake(r->script, "%s is no %s", word, what);
	*value = option->value;
	return true;
}

/* Words that may follow in any order, or-ed together, and a range if allowed */
static bool take_rest(struct reader *r, const struct option *options, int *value)
{
	const struct option *option;
	const char *word;

	for (word = next(r); word; word = next(r)) {
		option = find(options, word);
		if (option)
			*value |= option->value;
		else if (r->op->whole &&
			 size_parse_range(word, ANYWHERE, r->op->range))
			r->op->whole = false;
		else
			return mistake(r->script, "what is %s?", word);
	}
	return true;
}

static const struct option nothing[] = { { NULL, 0 } };

static const struct option prots[] = {
	{ "none", PROT_NONE },
	{ "ro", PROT_READ },
	{ "rw", PROT_READ | PROT_WRITE },
	{ NULL, 0 }
};

static const struct option map_flags[] = {
	{ "populate", MAP_POPULATE },
	{ "noreserve", MAP_NORESERVE },
	{ "locked", MAP_LOCKED },
	{ NULL, 0 }
};

static const struct option accesses[] = {
	{ "write", 1 }, { "read", 2 }, { NULL, 0 }
};

static const struct option advices[] = {
	{ "dontneed", MADV_DONTNEED }, { "free", MADV_FREE }, { NULL, 0 }
};

static const struct option layers[] = {
	{ "pages", TA_LAYER_PAGES },
	{ "contig", TA_LAYER_CONTIG },
	{ "kmalloc", TA_LAYER_KMALLOC },
	{ "vmalloc", TA_LAYER_VMALLOC },
	{ NULL, 0 }
};

static const struct option modes[] = {
	{ "nowait", TA_ALLOC_NOWAIT }, { NULL, 0 }
};

static const struct option shown[] = {
	{ "all", FIGURE_ALL }, { "maps", FIGURE_MAPS },
	{ "buddy", FIGURE_BUDDY }, { "rss", FIGURE_RSS },
	{ "pool", FIGURE_POOL }, { NULL, 0 }
};

static const struct option expected[] = {
	{ "rss", FIGURE_RSS }, { "lines", FIGURE_LINES },
	{ "mapped", FIGURE_MAPPED }, { "used", FIGURE_USED },
	{ "free", FIGURE_FREE }, { "resident", FIGURE_RESIDENT },
	{ "held", FIGURE_HELD }, { "faults", FIGURE_FAULTS },
	{ "zero", FIGURE_ZERO }, { "cow", FIGURE_COW }, { NULL, 0 }
};

static const struct option relations[] = {
	{ "=", IS }, { "!=", IS_NOT }, { "<", LESS }, { "<=", AT_MOST },
	{ ">", MORE }, { ">=", AT_LEAST }, { NULL, 0 }
};

static bool parse_brk(struct reader *r)
{
	if (r->at == r->nr || (*r->words[r->at] != '+' && *r->words[r->at] != '-'))
		return mistake(r->script, "brk wants +SIZE or -SIZE");
	r->op->down = *r->words[r->at]++ == '-';
	return take_size(r, "size");
}

/* rw unless another protection follows */
static bool parse_map(struct reader *r)
{
	const struct option *prot;

	if (!take_name(r) || !take_size(r, "size"))
		return false;
	prot = r->at < r->nr ? find(prots, r->words[r->at]) : NULL;
	r->at += !!prot;
	r->op->prot = prot ? prot->value : PROT_READ | PROT_WRITE;
	r->op->whole = false;
	return take_rest(r, map_flags, &r->op->flags);
}

static bool parse_unmap(struct reader *r)
{
	return take_name(r) && take_rest(r, nothing, &r->op->flags);
}

static bool parse_touch(struct reader *r)
{
	int access = 0;

	if (!take_name(r) || !take_rest(r, accesses, &access))
		return false;
	r->op->flags = access != 2;
	return access != 3 || mistake(r->script, "read or write, not both");
}

static bool parse_protect(struct reader *r)
{
	return take_name(r) && take_option(r, prots, "protection", &r->op->prot) &&
	       take_rest(r, nothing, &r->op->flags);
}

static bool parse_advise(struct reader *r)
{
	return take_name(r) && take_option(r, advices, "advice", &r->op->flags) &&
	       take_rest(r, nothing, &r->op->flags);
}

static bool parse_alloc(struct reader *r)
{
	r->op->whole = false;
	return take_name(r) && take_option(r, layers, "layer", &r->op->layer) &&
	       take_size(r, "amount") && take_rest(r, modes, &r->op->flags);
}

static bool parse_show(struct reader *r)
{
	int figure = FIGURE_ALL;

	if (r->at < r->nr && !take_option(r, shown, "thing to show", &figure))
		return false;
	r->op->figure = figure;
	return true;
}

static bool parse_expect(struct reader *r)
{
	int figure, relation;

	if (!take_option(r, expected, "figure", &figure) ||
	    !take_option(r, relations, "relation", &relation) ||
	    !take_size(r, "number"))
		return false;
	r->op->figure = figure;
	r->op->relation = relation;
	return true;
}

/* Seconds, with up to three digits behind the point */
static bool parse_sleep(struct reader *r)
{
	const char *word = next(r);
	double seconds;
	char *end;

	if (!word)
		return mistake(r->script, "seconds are missing");
	seconds = strtod(word, &end);
	if (*end || !(seconds >= 0 && seconds <= 86400))
		return mistake(r->script, "%s is no number of seconds", word);
	r->op->amount = seconds * 1000 + 0.5;
	return true;
}

static bool parse_number(struct reader *r)
{
	return take_size(r, "number");
}

static bool parse_words(struct reader *r)
{
	r->at = r->nr;
	return true;
}

static bool parse_nothing(struct reader *r)
{
	(void)r;
	return true;
}

static const struct {
	const char *word;
	bool (*parse)(struct reader *r);
} ops[NR_OPS] = {
	[OP_BRK]	= { "brk", parse_brk },
	[OP_MAP]	= { "map", parse_map },
	[OP_UNMAP]	= { "unmap", parse_unmap },
	[OP_TOUCH]	= { "touch", parse_touch },
	[OP_PROTECT]	= { "protect", parse_protect },
	[OP_ADVISE]	= { "advise", parse_advise },
	[OP_ALLOC]	= { "alloc", parse_alloc },
	[OP_FREE]	= { "free", take_name },
	[OP_FAULT_ORDER] = { "fault_order", parse_number },
	[OP_QUOTA]	= { "quota", parse_number },
	[OP_FORK]	= { "fork", parse_nothing },
	[OP_END]	= { "end", parse_nothing },
	[OP_SHOW]	= { "show", parse_show },
	[OP_EXPECT]	= { "expect", parse_expect },
	[OP_SLEEP]	= { "sleep", parse_sleep },
	[OP_SAY]	= { "say", parse_words },
};

/**
 * script_word() - name an operation
 * @kind: which
 *
 * Return: its word.
 */
const char *script_word(enum script_op_kind kind)
{
	return ops[kind].word;
}

/**
 * script_figure_name() - name what is expected
 * @figure: which
 *
 * Return: its word.
 */
const char *script_figure_name(enum script_figure figure)
{
	for (const struct option *o = expected; o->word; o++)
		if (o->value == (int)figure)
			return o->word;
	return "?";
}

/**
 * script_relation_sign() - write a relation
 * @relation: which
 *
 * Return: its sign.
 */
const char *script_relation_sign(enum script_relation relation)
{
	return relations[relation].word;
}

static void split(struct reader *r, char *line)
{
	char *rest, *word;

	for (word = strtok_r(line, " \t", &rest); word && r->nr < MAX_WORDS;
	     word = strtok_r(NULL, " \t", &rest))
		r->words[r->nr++] = word;
}

static bool parse_op(struct reader *r)
{
	const char *word = next(r);
	int kind = 0;

	if (word && !strcmp(word, "fails")) {
		r->op->fails = true;
		word = next(r);
	}
	if (!word)
		return mistake(r->script, "an operation is missing");
	while (kind < NR_OPS && strcmp(ops[kind].word, word))
		kind++;
	if (kind == NR_OPS)
		return mistake(r->script, "no operation %s", word);
	r->op->kind = kind;
	if (r->op->fails && kind >= OP_FORK)
		return mistake(r->script, "%s cannot be expected to fail", word);
	if (!ops[kind].parse(r))
		return false;
	return r->at == r->nr ||
	       mistake(r->script, "what is %s?", r->words[r->at]);
}

static struct script_op *add_op(struct script *script)
{
	struct script_op *more;

	more = realloc(script->ops, (script->nr + 1) * sizeof(*more));
	if (!more)
		return NULL;
	script->ops = more;
	more[script->nr] = (struct script_op){ .line = script->line,
					       .whole = true };
	return &more[script->nr++];
}

/* Without the comment and the blanks around; "" for an empty line. */
static char *strip(char *line)
{
	char *end;

	line[strcspn(line, "#\n")] = '\0';
	line += strspn(line, " \t\r");
	end = line + strlen(line);
	while (end > line && strchr(" \t\r", end[-1]))
		*--end = '\0';
	return line;
}

static bool read_line(struct script *script, char *line)
{
	struct reader r = { .script = script };
	char *source = strip(line);

	if (!*source)
		return true;
	r.op = add_op(script);
	if (!r.op)
		return mistake(script, "no memory");
	strcpy(r.op->source, source);
	split(&r, source);
	return parse_op(&r);
}

/* Each FORK learns where its END is. */
static bool match(struct script *script)
{
	for (size_t i = script->nr; i-- > 0;) {
		size_t end = i + 1;

		if (script->ops[i].kind != OP_FORK)
			continue;
		while (end < script->nr && script->ops[end].kind != OP_END)
			end = script->ops[end].kind == OP_FORK ?
				script->ops[end].end + 1 : end + 1;
		script->line = script->ops[i].line;
		if (end >= script->nr)
			return mistake(script, "this fork has no end");
		script->ops[i].end = end;
	}
	for (size_t i = 0, depth = 0; i < script->nr; i++) {
		script->line = script->ops[i].line;
		if (script->ops[i].kind == OP_END && !depth)
			return mistake(script, "this end has no fork");
		depth += script->ops[i].kind == OP_FORK;
		depth -= script->ops[i].kind == OP_END;
	}
	return true;
}

/**
 * script_read() - read a script
 * @script: filled in; to be freed in any case
 * @file: where from
 *
 * Return: whether it makes sense; if not, @script says why.
 */
bool script_read(struct script *script, FILE *file)
{
	char line[SCRIPT_LINE];

	*script = (struct script){ .nr = 0 };
	while (fgets(line, sizeof(line), file)) {
		script->line++;
		if (!strchr(line, '\n') && !feof(file))
			return mistake(script, "the line is too long");
		if (!read_line(script, line))
			return false;
	}
	return match(script);
}

/**
 * script_free() - forget a script
 * @script: from script_read()
 */
void script_free(struct script *script)
{
	free(script->ops);
}
