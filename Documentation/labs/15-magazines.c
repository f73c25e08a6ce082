// SPDX-License-Identifier: GPL-2.0
/*
 * 15: Why a freed object is the next one allocated
 *
 * An object that was just freed is in this CPU's cache of memory, and nobody else's. So it
 * is kept near: each CPU has magazines, small stacks of free objects. To allocate and
 * to free is to take from the top and to put there, without a lock, and without a look at
 * a slab. Whole magazines go to a depot that all CPUs share, and come from there.
 *
 * A cache for one kind of object saves the question which cache it is. How much is
 * that? And how much do the magazines save?
 *
 * Claim: A cache of one's own avoids the size dispatch of kmalloc, and keeps hot
 * objects per CPU.
 * Verdict: right, but
 * So: kmalloc's classes are caches with magazines, too. What one's own cache saves is
 * the dispatch, some instructions; the stack per CPU is what makes both fast.
 */
#include "bench.h"
#include "lab.h"

#define CACHE	OURS "slab/kmalloc-1k/"
#define NR	40

static int handles[NR];

static void take(void)
{
	for (int i = 0; i < NR; i++) {
		handles[i] = ta_alloc(service.fd, TA_LAYER_KMALLOC, 1000, 0, NULL);
		if (handles[i] < 0)
			lab_die("allocating");
	}
}

static void give(void)
{
	for (int i = 0; i < NR; i++)
		ta_free(service.fd, handles[i]);
}

static int nr_events(char *trace, const char *event, const char *word)
{
	char *at = trace;
	int nr = 0;

	while ((at = trace_find(at, event, word))) {
		at = strchr(at, '\n');
		nr++;
	}
	return nr;
}

static void give_and_take(void)
{
	long before;
	char *trace;

	lab_step("Forty objects of 1000 bytes", "They come out of slabs, in batches.");
	DO(take());
	lab_file(CACHE "map", NULL);
	before = file_number(CACHE "objects_cached");

	lab_step("They are freed",
		 "Not a slab is touched: they lie in this CPU's magazines (a digit), or in the depot (*). To the slabs they look as if they were in use.");
	trace_start();
	DO(give());
	trace = trace_stop();
	lab_file(CACHE "map", NULL);
	expect("objects in magazines now",
	       file_number(CACHE "objects_cached") - before, NR);
	expect("slabs given back", nr_events(trace, "ta_slab_discard", "kmalloc-1"), 0);
	free(trace);

	lab_step("Forty again", "From the magazines: no slab is needed.");
	trace_start();
	DO(take());
	trace = trace_stop();
	expect("allocations", nr_events(trace, "ta_kmalloc", "bytes_req=1000 "), NR);
	expect("slabs made", nr_events(trace, "ta_slab_new", "kmalloc-1"), 0);
	expect_within("magazines exchanged with the depot",
		      nr_events(trace, "ta_magazine_exchange", "kmalloc-1"), 0, 3);
	free(trace);
	give();
}

static void last_in_first_out(void)
{
	char *trace, *freed, *taken;
	int same, len;

	lab_step("One is freed, one is allocated", "It is the same.");
	take();
	trace_start();
	DO(ta_free(service.fd, handles[7]));
	DO(handles[7] = ta_alloc(service.fd, TA_LAYER_KMALLOC, 1000, 0, NULL));
	trace = trace_stop();
	freed = strstr(trace_find(trace, "ta_kfree", "kmalloc-1") ?: "", "ptr=");
	taken = strstr(trace_find(trace, "ta_kmalloc", "bytes_req=1000 ") ?: "", "ptr=");
	len = freed ? strcspn(freed, " ") : 0;
	same = freed && taken && !strncmp(freed, taken, len + 1);
	expect_yes("it is the same object", same, true);
	free(trace);
	give();
}

static void cost(void)
{
	struct bench own, constant, unknown, many;

	lab_step("What it costs",
		 "An allocation and its free. A cache of one's own is the cheapest; without the magazines' help (4096 objects at once are more than they hold) it is dearer than a detour through kmalloc.");
	bench_run("kmem_cache_64 kmalloc_64 kmalloc_unknown kmem_cache_64_x4096");
	bench_get("kmem_cache_64", &own);
	bench_get("kmalloc_64", &constant);
	bench_get("kmalloc_unknown", &unknown);
	bench_get("kmem_cache_64_x4096", &many);
	bench_tell("a cache of 64 bytes", &own);
	bench_tell("kmalloc(64)", &constant);
	bench_tell("kmalloc(n), n only known at run time", &unknown);
	bench_tell("the cache, 4096 at once", &many);
	if (!bench_exact())
		return;
	expect_yes("a cache is cheaper than kmalloc", own.ours < constant.ours, true);
	expect_yes("the kernel's, too", own.host < constant.host, true);
	expect_yes("4096 at once are dearer", many.ours > constant.ours, true);
	expect_yes("the kernel's, too", many.host > constant.host, true);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Why a freed object is the next one allocated");
	give_and_take();
	last_in_first_out();
	cost();
	return lab_end();
}
