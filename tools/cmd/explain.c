// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc explain SIZE: from malloc(SIZE) to a page of the pool, step by step.
 *
 * Model: what glibc's malloc would ask its kernel for is known from the size; here
 * the service is asked for the same. Then the memory is written to, as malloc does
 * with its chunk's head, and given back as free() would. The same size is asked
 * for as a kernel caller does. Each step is done for real, on this CPU, while the
 * module's tracepoints are followed: all that a step caused has one number.
 *
 * Tracing is for root; without it each step is still done and explained.
 *
 * Instruction counts are those of "make bench" on Debian's kernel 6.1, as the
 * README has them; ticks are of the CPU's clock in this run, with the tracing.
 */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "explain.h"
#include "files.h"
#include "mallocway.h"
#include "narrate.h"
#include "size.h"
#include "follow.h"

const struct explain_cost explain_costs[NR_COSTS] = {
	[COST_FIRST_WRITE] = { "first write to a page, fault_order 0", 2647 },
	[COST_KMALLOC]	= { "kmalloc(64) + kfree", 56 },
	[COST_VMALLOC_4K] = { "vmalloc + vfree, 4 KiB", 552 },
	[COST_VMALLOC_1M] = { "vmalloc + vfree, 1 MiB", 7690 },
};

/**
 * struct explain - what is being explained
 * @fd: the client
 * @page: bytes of one
 * @size: that malloc gets
 * @way: what it does
 * @kway: what kmalloc does
 * @trace: of this process
 * @json: where to, or NULL
 * @cold: the lists of the CPUs are to be empty at the first touch
 * @brk: where the break is
 * @addr: the memory
 * @after: how the process looked after the last step
 */
struct explain {
	int fd;
	size_t page;
	uint64_t size;
	struct malloc_way way;
	struct kmalloc_way kway;
	struct follow trace;
	struct json *json;
	bool cold;
	void *brk;
	char *addr;
	struct view after;
};

/**
 * struct step - a part of the way
 * @name: in JSON
 * @title: for people
 * @run: does it; sets errno
 * @maps: the process's own memory is worth a look afterwards
 */
struct step {
	const char *name;
	const char *title;
	int (*run)(struct explain *e);
	bool maps;
};

/* Steps */

static int run_call(struct explain *e)
{
	e->addr = e->brk;
	if (!e->way.mapped)
		return ta_brk(e->fd, e->addr + e->way.bytes);
	e->addr = ta_mmap(e->fd, NULL, e->way.bytes, PROT_READ | PROT_WRITE, 0);
	return e->addr == MAP_FAILED ? -1 : 0;
}

static int run_touch(struct explain *e)
{
	*(volatile char *)e->addr = 1;
	return 0;
}

static int run_free(struct explain *e)
{
	return e->way.mapped ? munmap(e->addr, e->way.bytes) : 0;
}

static int run_layer(struct explain *e, enum ta_layer layer)
{
	int handle = ta_alloc(e->fd, layer, e->size, TA_ALLOC_NOWAIT, NULL);

	/* Stopped here, so that the free is not in the story */
	follow_stop(&e->trace);
	if (handle > 0)
		ta_free(e->fd, handle);
	return handle;
}

static int run_kmalloc(struct explain *e)
{
	return run_layer(e, TA_LAYER_KMALLOC);
}

static int run_vmalloc(struct explain *e)
{
	return run_layer(e, TA_LAYER_VMALLOC);
}

static const struct step steps[] = {
	{ "call", "malloc asks for memory", run_call, true },
	{ "touch", "The first byte is written", run_touch, true },
	{ "free", "free", run_free, true },
	{ "kmalloc", "The same for a kernel caller: kmalloc", run_kmalloc, false },
	{ "vmalloc", "And vmalloc", run_vmalloc, false },
};

/* Others should not suffer. Returns 0, or what errno would be, negative. */
static int is_impossible(const struct explain *e, const struct step *step)
{
	struct ta_ioc_info info;

	if (step->maps)
		return 0;
	if (step->run == run_kmalloc && !e->kway.bytes)
		return -EINVAL;
	if (ta_info(e->fd, &info))
		return -errno;
	return e->size / e->page >= info.available_pages / 2 ? -ENOMEM : 0;
}

/* What is known of a step of this size */
static const struct explain_cost *cost_of(const struct explain *e,
					  const struct step *step)
{
	if (step->run == run_touch)
		return &explain_costs[COST_FIRST_WRITE];
	if (step->run == run_kmalloc && e->kway.cache[0])
		return &explain_costs[COST_KMALLOC];
	if (step->run == run_vmalloc && e->size <= e->page)
		return &explain_costs[COST_VMALLOC_4K];
	if (step->run == run_vmalloc && e->size == 1 << 20)
		return &explain_costs[COST_VMALLOC_1M];
	return NULL;
}

/* Words */

static void say_call(const struct explain *e, char *text, size_t size)
{
	char bytes[SIZE_WORDS], chunk[SIZE_WORDS];

	size_words(e->way.bytes, bytes);
	size_words(e->way.chunk, chunk);
	if (e->way.mapped)
		snprintf(text, size,
			 "With its head the chunk has %s. The heap that a process begins with has no room for it, and it has M_MMAP_THRESHOLD (128 KiB at first) or more: glibc calls mmap for it alone, whole pages: %s. The service is asked for the same.",
			 chunk, bytes);
	else
		snprintf(text, size,
			 "With its head the chunk has %s. It is cut from the heap: in a process that has none yet glibc moves the break by %s, most of it for later (M_TOP_PAD). The service is asked for the same.%s",
			 chunk, bytes,
			 e->way.chunk < MALLOC_MMAP_THRESHOLD ? "" :
			 " M_MMAP_THRESHOLD (128 KiB) is not asked about: it is for what has no room there.");
}

static void say_free(const struct explain *e, char *text, size_t size)
{
	if (!e->way.mapped)
		snprintf(text, size,
			 "free puts the chunk into a list of malloc's own, for the next one of its size. No call is made, and no page goes back; the break goes down only when more than M_TRIM_THRESHOLD (128 KiB at first) is free at the top.");
	else if (e->way.bytes > MALLOC_THRESHOLD_MAX)
		snprintf(text, size,
			 "free unmaps it: the page goes back to the pool at once.");
	else
		snprintf(text, size,
			 "free unmaps it: the page goes back to the pool at once. And glibc raises M_MMAP_THRESHOLD to the size of this chunk: the next one as large comes from the heap, unless the threshold was set by mallopt or the environment.");
}

static void say_kmalloc(const struct explain *e, char *text, size_t size)
{
	char bytes[SIZE_WORDS], waste[SIZE_WORDS];
	const struct kmalloc_way *k = &e->kway;

	if (!k->bytes) {
		snprintf(text, size,
			 "kmalloc has nothing of this size: its largest block is of order 10.");
		return;
	}
	size_words(k->bytes, bytes);
	size_words(k->bytes - e->size, waste);
	if (k->cache[0])
		snprintf(text, size,
			 "An object of %s: %s are used up, %s of them wasted.",
			 k->cache, bytes, waste);
	else
		snprintf(text, size,
			 "Larger than any class: a block of order %u, contiguous: %s are used up, %s of them wasted.",
			 k->order, bytes, waste);
}

static void say_step(const struct explain *e, const struct step *step,
		     char *text, size_t size)
{
	char words[SIZE_WORDS];

	if (step->run == run_call)
		say_call(e, text, size);
	else if (step->run == run_free)
		say_free(e, text, size);
	else if (step->run == run_kmalloc)
		say_kmalloc(e, text, size);
	else if (step->run == run_touch)
		snprintf(text, size,
			 "malloc writes the chunk's head. Until now there is an address and no memory behind it; the access faults, and one page comes. Each further page comes with its own first touch.");
	else
		snprintf(text, size,
			 "Pages in whatever blocks are free, %llu in all, under addresses in a row: %s more than was asked for, and a guard page of addresses.",
			 (unsigned long long)((e->size + e->page - 1) / e->page),
			 size_words((e->page - e->size % e->page) % e->page,
				    words));
}

static size_t nr_alike(const struct follow *trace, size_t from)
{
	size_t nr = 1;

	while (from + nr < trace->nr &&
	       trace->events[from + nr].op == trace->events[from].op &&
	       !strcmp(trace->events[from + nr].name, trace->events[from].name))
		nr++;
	return nr;
}

static void print_events(const struct follow *trace)
{
	char text[NARRATE_TEXT];

	for (size_t i = 0; i < trace->nr; i += nr_alike(trace, i)) {
		const struct event *event = &trace->events[i];

		narrate(event, nr_alike(trace, i), text);
		say(NEWS, "  op %-6llu", (unsigned long long)event->op);
		say(LABEL, " %10llu  ", (unsigned long long)
		    (event->ticks - trace->events[0].ticks));
		say(PLAIN, "%s\n", text);
	}
}

static void print_step(const struct explain *e, const struct step *step,
		       const char *error, const struct view *before)
{
	const struct explain_cost *cost = cost_of(e, step);
	char text[512];

	heading(step->title);
	say_step(e, step, text, sizeof(text));
	labelled("", text);
	if (error)
		say(BAD, "  refused: %s\n", error);
	print_events(&e->trace);
	if (cost && !error)
		say(LABEL, "  %u instructions: %s (make bench, Debian's 6.1)\n",
		    cost->instructions, cost->work);
	if (step->maps)
		show("After", &e->after, before);
}

static void json_step(struct explain *e, const struct step *step,
		      const char *error)
{
	const struct explain_cost *cost = cost_of(e, step);
	struct json *j = e->json;
	struct follow *t = &e->trace;

	json_object(j, NULL);
	json_string(j, "step", step->name);
	if (error)
		json_string(j, "error", error);
	json_number(j, "op", t->nr ? t->events[0].op : 0);
	if (cost && !error) {
		json_number(j, "instructions", cost->instructions);
		json_string(j, "instructions_of", cost->work);
	}
	json_array(j, "events");
	for (size_t i = 0; i < t->nr; i++) {
		json_object(j, NULL);
		json_string(j, "event", t->events[i].name);
		json_number(j, "op", t->events[i].op);
		json_number(j, "ticks",
			    t->events[i].ticks - t->events[0].ticks);
		json_string(j, "fields", t->events[i].fields);
		json_end(j);
	}
	json_end(j);
	json_number(j, "rss_kib", e->after.rss_kib);
	json_number(j, "free_pages", e->after.pool.free_pages);
	json_end(j);
}

/* Whose pages are in the lists has them again when the next one is wanted. */
static void empty_lists(void)
{
	/* Off they are empty already, and stay so. */
	if (file_number(CMD_OURS "pcp_enabled") != 1)
		return;
	file_put(CMD_OURS "pcp_enabled", "0");
	file_put(CMD_OURS "pcp_enabled", "1");
}

static int do_step(struct explain *e, const struct step *step)
{
	struct view before = e->after;
	const char *error = NULL;
	int impossible = is_impossible(e, step);

	e->trace.nr = 0;
	if (impossible) {
		error = strerror(-impossible);
	} else {
		if (e->cold && step->run == run_touch)
			empty_lists();
		follow_start(&e->trace);
		if (step->run(e) < 0)
			error = strerror(errno);
		if (!e->trace.nr)
			follow_stop(&e->trace);
	}
	if (watch(e->fd, &e->after))
		return cmd_fail(CMD_NO, "looking around: %s", strerror(errno));
	if (e->json)
		json_step(e, step, error);
	else
		print_step(e, step, error, &before);
	/* Without the memory there is nothing to touch and to free. */
	return error && step->run == run_call ? CMD_NO : CMD_OK;
}

static void json_head(const struct explain *e)
{
	struct json *j = e->json;

	json_number(j, "size", e->size);
	json_bool(j, "traced", e->trace.dir[0]);
	if (e->trace.why)
		json_string(j, "not_traced_because", e->trace.why);
	json_object(j, "malloc");
	json_string(j, "call", e->way.mapped ? "mmap" : "brk");
	json_number(j, "chunk_bytes", e->way.chunk);
	json_number(j, "call_bytes", e->way.bytes);
	json_end(j);
	json_object(j, "kmalloc");
	json_string(j, "cache", e->kway.cache);
	json_number(j, "bytes", e->kway.bytes);
	json_number(j, "wasted_bytes", e->kway.bytes ?
			e->kway.bytes - e->size : 0);
	json_end(j);
}

static void print_head(const struct explain *e)
{
	say(TITLE, "malloc(%llu), step by step\n", (unsigned long long)e->size);
	if (e->trace.why)
		labelled("", e->trace.why);
	else
		labelled("",
			 "op: the number that all events of an operation have. Beside it the ticks of the CPU's clock since the step's first event, the tracing among them.");
}

static int explain(struct explain *e)
{
	struct json j;
	int status = CMD_OK;

	if (e->json) {
		e->json = &j;
		json_begin(&j, stdout);
		json_head(e);
		json_array(&j, "steps");
	} else {
		print_head(e);
	}
	for (size_t i = 0; i < ARRAY_SIZE(steps) && !status; i++)
		status = do_step(e, &steps[i]);
	if (e->json)
		json_finish(&j);
	return status;
}

/* The events of a CPU are in order; those of two need not be. */
static void stay_here(void)
{
	cpu_set_t here;

	CPU_ZERO(&here);
	CPU_SET(sched_getcpu(), &here);
	sched_setaffinity(0, sizeof(here), &here);
}

/**
 * cmd_explain() - follow a malloc down to its page
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_explain(int argc, char **argv)
{
	struct explain e = { .page = sysconf(_SC_PAGESIZE) };
	struct json want;
	struct cmd cmd;
	int status = cmd_begin(&cmd, argc, argv, 1, 2);

	if (status)
		return status;
	if (!size_parse(cmd.argv[0], &e.size) || !e.size ||
	    !malloc_way(e.size, e.page, &e.way))
		return cmd_fail(CMD_USAGE, "%s is no size that malloc takes",
				cmd.argv[0]);
	e.cold = cmd.argc == 2;
	if (e.cold && strcmp(cmd.argv[1], "cold"))
		return cmd_fail(CMD_USAGE, "what is %s?", cmd.argv[1]);
	if (e.cold && geteuid())
		return cmd_fail(CMD_NO_RIGHT, "to empty the lists of the CPUs is for root");
	kmalloc_way(e.size, e.page, &e.kway);
	status = cmd_open(&e.fd);
	if (status)
		return status;
	e.json = cmd.json ? &want : NULL;
	stay_here();
	if (watch(e.fd, &e.after) || ta_brk_range(e.fd, NULL, &e.brk))
		status = cmd_fail(CMD_NO, "looking around: %s", strerror(errno));
	follow_open(&e.trace);
	if (!status)
		status = explain(&e);
	follow_close(&e.trace);
	close(e.fd);
	return status;
}
