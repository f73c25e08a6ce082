// SPDX-License-Identifier: GPL-2.0
/*
 * What is said of an operation of a script, for people and as JSON.
 */
#include <stdlib.h>
#include <unistd.h>

#include "cmd.h"
#include "script.h"
#include "size.h"

/**
 * script_show() - print what an operation is to show
 * @op: which
 * @now: what was seen
 * @old: what was shown before, or NULL
 */
void script_show(const struct script_op *op, const struct view *now,
		 const struct view *old)
{
	switch (op->figure) {
	case FIGURE_BUDDY:
		show_blocks(now, old);
		break;
	case FIGURE_MAPS:
		for (unsigned int i = 0; i < now->nr_lines && i < MAX_LINES; i++)
			printf("  %s\n", now->line[i]);
		break;
	case FIGURE_RSS:
		printf("  RSS %lu KiB of %lu KiB mapped\n", now->rss_kib,
		       now->mapped_kib);
		break;
	case FIGURE_POOL:
		printf("  %llu of %llu pages free\n", now->pool.free_pages,
		       now->pool.pool_pages);
		break;
	default:
		show("", now, old);
	}
}

/**
 * script_tell() - print an operation and what came of it
 * @op: which
 * @out: what came of it
 */
void script_tell(const struct script_op *op, const struct script_outcome *out)
{
	char words[SIZE_WORDS];

	say(op->kind == OP_SAY ? TITLE : PLAIN, "%4u  %s", op->line, op->source);
	if (out->addr)
		printf("   at %p", (void *)out->addr);
	if (out->bytes)
		printf(", %s", size_words(out->bytes, words));
	if (out->has_frame)
		printf("   frame %llu", (unsigned long long)out->frame);
	if (out->taken)
		say(NEWS, "   %lld pages %s", llabs(out->taken),
		    out->taken < 0 ? "given back" : "taken");
	if (out->error)
		say(op->fails ? GOOD : BAD, "   %s", out->error);
	if (op->kind == OP_EXPECT && !out->error)
		say(GOOD, "   as expected");
	printf("\n");
}

static void json_view(struct json *j, const struct view *v)
{
	json_array(j, "maps");
	for (unsigned int i = 0; i < v->nr_lines && i < MAX_LINES; i++)
		json_string(j, NULL, v->line[i]);
	json_end(j);
	json_number(j, "lines", v->nr_lines);
	json_number(j, "mapped_kib", v->mapped_kib);
	json_number(j, "rss_kib", v->rss_kib);
	json_number(j, "free_pages", v->pool.free_pages);
	json_number(j, "pool_pages", v->pool.pool_pages);
	json_array(j, "free_blocks");
	for (int order = 0; order < TA_NR_ORDERS; order++)
		json_number(j, NULL, v->pool.free_blocks[order]);
	json_end(j);
}

/**
 * script_tell_json() - the same, as an object
 * @op: which
 * @out: what came of it
 * @seen: what it is to show
 */
void script_tell_json(const struct script_op *op, const struct script_outcome *out,
		      const struct view *seen)
{
	struct json j;

	json_begin(&j, stdout);
	json_number(&j, "line", op->line);
	json_signed(&j, "pid", getpid());
	json_string(&j, "op", script_word(op->kind));
	json_string(&j, "source", op->source);
	json_bool(&j, "ok", !out->error == !op->fails);
	if (out->error)
		json_string(&j, "error", out->error);
	if (out->addr)
		json_address(&j, "addr", (uintptr_t)out->addr);
	if (out->bytes)
		json_number(&j, "bytes", out->bytes);
	if (out->has_frame)
		json_number(&j, "frame", out->frame);
	json_signed(&j, "pages_taken", out->taken);
	if (op->kind == OP_SHOW)
		json_view(&j, seen);
	json_finish(&j);
}
