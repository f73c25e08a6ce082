// SPDX-License-Identifier: GPL-2.0
/*
 * What an operation costs: ours beside the host's, in the same boot.
 *
 * Model: each work is a pair of loops that differ only in whose function they
 * call. A loop is timed as a whole, several times, and the median of the
 * rounds is divided by the operations in it. The time of an empty loop is
 * subtracted. Under QEMU's -icount a nanosecond is an instruction; elsewhere
 * the figures are time.
 *
 * Output: a line "WORK<TAB>OURS<TAB>HOST" each, tenths of a nanosecond an
 * operation rounded to nanoseconds. Measures while it is loaded; no pass or
 * fail. An allocation that fails ends the loading with -ENOMEM.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>
#include <linux/teachalloc.h>
#include <linux/vmalloc.h>

#define NR_SAMPLES	5
#define NR_SLOTS	4096

static char *only = "";
module_param(only, charp, 0444);
MODULE_PARM_DESC(only, "Names of what to measure, with blanks (all)");

static void *slots[NR_SLOTS];
static struct ta_kmem_cache *ta_cache;
static struct kmem_cache *host_cache;
static bool failed;

/* What a loop got must be there; a fast failure is no result. */
static __always_inline void *got(void *p)
{
	if (unlikely(!p))
		failed = true;
	return p;
}

/*
 * Two functions that repeat a statement, for ours and for the host's. A macro
 * because a call through a pointer would cost more than what is measured.
 */
#define LOOP(name, statement)						\
static u64 name(unsigned int rounds)					\
{									\
	u64 start = ktime_get_raw_ns();					\
									\
	while (rounds--) {						\
		statement;						\
		barrier();						\
	}								\
	return ktime_get_raw_ns() - start;				\
}

#define BENCH(name, ours, host) \
	LOOP(ours_##name, ours) \
	LOOP(host_##name, host)

/* Fill the first @nr slots, then empty them, first in first out. */
#define FILL(nr, alloc, release) do {					\
	unsigned int i;							\
									\
	for (i = 0; i < (nr); i++)					\
		slots[i] = got(alloc);					\
	for (i = 0; i < (nr); i++)					\
		release;						\
} while (0)

LOOP(empty, (void)0)

BENCH(kmem_cache_64,
      ta_kmem_cache_free(ta_cache, got(ta_kmem_cache_alloc(ta_cache,
							   GFP_KERNEL))),
      kmem_cache_free(host_cache, got(kmem_cache_alloc(host_cache,
						       GFP_KERNEL))))
BENCH(kmalloc_64,
      ta_kfree(got(ta_kmalloc(64, GFP_KERNEL))),
      kfree(got(kmalloc(64, GFP_KERNEL))))

/* A size of which the compiler knows nothing, as that of a string. */
static __always_inline size_t unknown(size_t size)
{
	OPTIMIZER_HIDE_VAR(size);
	return size;
}

BENCH(kmalloc_unknown,
      ta_kfree(got(ta_kmalloc(unknown(64), GFP_KERNEL))),
      kfree(got(kmalloc(unknown(64), GFP_KERNEL))))
BENCH(kmalloc_8192,
      ta_kfree(got(ta_kmalloc(8192, GFP_KERNEL))),
      kfree(got(kmalloc(8192, GFP_KERNEL))))
BENCH(kmem_cache_64_x4096,
      FILL(4096, ta_kmem_cache_alloc(ta_cache, GFP_KERNEL),
	   ta_kmem_cache_free(ta_cache, slots[i])),
      FILL(4096, kmem_cache_alloc(host_cache, GFP_KERNEL),
	   kmem_cache_free(host_cache, slots[i])))

static void ours_bulk(void)
{
	if (ta_kmem_cache_alloc_bulk(ta_cache, GFP_KERNEL, 256, slots) != 256)
		failed = true;
	else
		ta_kmem_cache_free_bulk(ta_cache, 256, slots);
}

static void host_bulk(void)
{
	if (kmem_cache_alloc_bulk(host_cache, GFP_KERNEL, 256, slots) != 256)
		failed = true;
	else
		kmem_cache_free_bulk(host_cache, 256, slots);
}

BENCH(kmem_cache_bulk_256, ours_bulk(), host_bulk())

#define PAGES(order)							\
BENCH(page_order##order,						\
      ta_free_pages(got(ta_alloc_pages(GFP_KERNEL, order)), order),	\
      __free_pages(got(alloc_pages(GFP_KERNEL, order)), order))
PAGES(0)
PAGES(1)
PAGES(3)
PAGES(5)
PAGES(9)
PAGES(10)

BENCH(page_order0_x4096,
      FILL(4096, ta_alloc_pages(GFP_KERNEL, 0), ta_free_pages(slots[i], 0)),
      FILL(4096, alloc_pages(GFP_KERNEL, 0), __free_pages(slots[i], 0)))
BENCH(page_order3_x512,
      FILL(512, ta_alloc_pages(GFP_KERNEL, 3), ta_free_pages(slots[i], 3)),
      FILL(512, alloc_pages(GFP_KERNEL, 3), __free_pages(slots[i], 3)))

#define VMALLOC(name, size) \
	BENCH(vmalloc_##name, ta_vfree(got(ta_vmalloc(size))), \
	      vfree(got(vmalloc(size))))
VMALLOC(4K, SZ_4K)
VMALLOC(64K, SZ_64K)
VMALLOC(1M, SZ_1M)

BENCH(vmalloc_4K_x1024,
      FILL(1024, ta_vmalloc(SZ_4K), ta_vfree(slots[i])),
      FILL(1024, vmalloc(SZ_4K), vfree(slots[i])))

/**
 * struct work - a line of the table
 * @name: as scripts/bench-goals.tsv has it
 * @ours: the loop on ours
 * @host: the loop on the host's
 * @rounds: of the loop, for one sample
 * @ops: operations in a round
 */
struct work {
	const char *name;
	u64 (*ours)(unsigned int rounds);
	u64 (*host)(unsigned int rounds);
	unsigned int rounds;
	unsigned int ops;
};

#define WORK(work, nr_rounds, nr_ops) {			\
	.name = #work, .ours = ours_##work, .host = host_##work, \
	.rounds = nr_rounds, .ops = nr_ops }

static const struct work works[] = {
	WORK(kmem_cache_64, 2000, 1),
	WORK(kmalloc_64, 2000, 1),
	WORK(kmalloc_unknown, 2000, 1),
	WORK(kmalloc_8192, 2000, 1),
	WORK(kmem_cache_64_x4096, 4, 4096),
	WORK(kmem_cache_bulk_256, 16, 256),
	WORK(page_order0, 2000, 1),
	WORK(page_order1, 2000, 1),
	WORK(page_order3, 2000, 1),
	WORK(page_order5, 1000, 1),
	WORK(page_order9, 200, 1),
	WORK(page_order10, 100, 1),
	WORK(page_order0_x4096, 2, 4096),
	WORK(page_order3_x512, 4, 512),
	WORK(vmalloc_4K, 500, 1),
	WORK(vmalloc_64K, 200, 1),
	WORK(vmalloc_1M, 50, 1),
	WORK(vmalloc_4K_x1024, 2, 1024),
};

static int compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The median of the samples; the loop has run once before, to warm up. */
static u64 median(u64 (*loop)(unsigned int rounds), unsigned int rounds)
{
	u64 sample[NR_SAMPLES];
	unsigned int i;

	loop(rounds);
	for (i = 0; i < NR_SAMPLES; i++)
		sample[i] = loop(rounds);
	sort(sample, NR_SAMPLES, sizeof(sample[0]), compare, NULL);
	return sample[NR_SAMPLES / 2];
}

static u64 cost(u64 (*loop)(unsigned int rounds), const struct work *work)
{
	u64 total = median(loop, work->rounds) - median(empty, work->rounds);

	return DIV_ROUND_CLOSEST_ULL(total, work->rounds * work->ops);
}

static void measure(const struct work *work)
{
	u64 ours, host;

	failed = false;
	ours = cost(work->ours, work);
	host = cost(work->host, work);
	if (failed)
		pr_info("%s\t-\t-\n", work->name);
	else
		pr_info("%s\t%llu\t%llu\n", work->name, ours, host);
}

static bool __init wanted(const struct work *work)
{
	size_t len = strlen(work->name);
	const char *at = only;

	while ((at = strstr(at, work->name))) {
		if ((at == only || at[-1] == ' ') && (!at[len] || at[len] == ' '))
			return true;
		at += len;
	}
	return !*only;
}

static int __init bench_init(void)
{
	unsigned int i;

	ta_cache = ta_kmem_cache_create("ta_bench", 64, 0, 0, NULL);
	host_cache = kmem_cache_create("ta_bench_host", 64, 0, 0, NULL);
	if (ta_cache && host_cache)
		for (i = 0; i < ARRAY_SIZE(works); i++)
			if (wanted(&works[i]))
				measure(&works[i]);
	ta_kmem_cache_destroy(ta_cache);
	kmem_cache_destroy(host_cache);
	return ta_cache && host_cache ? 0 : -ENOMEM;
}

static void __exit bench_exit(void)
{
}

module_init(bench_init);
module_exit(bench_exit);
MODULE_DESCRIPTION("Benchmark of teachalloc beside the kernel's own allocators");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
