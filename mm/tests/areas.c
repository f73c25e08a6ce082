// SPDX-License-Identifier: GPL-2.0
/*
 * What an area costs among so many others: ours beside the host's.
 *
 * Model: more and more areas of a page are mapped, each with its guard page,
 * and every tenth is unmapped again, which leaves holes. At each power of ten a
 * loop of allocation and free is timed, of a page (which comes from a CPU's own
 * spans) and of 256 KiB (which is looked for among all gaps, and is in none of
 * the holes). All areas show one page, so that it takes addresses only.
 *
 * Output: a line "SIZE<TAB>AREAS<TAB>OURS<TAB>HOST" each, nanoseconds a pair;
 * under QEMU's -icount that is instructions. Measures while it is loaded;
 * without room for so many areas loading ends with -ENOMEM.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sizes.h>
#include <linux/sort.h>
#include <linux/teachalloc.h>
#include <linux/vmalloc.h>

#define MAX_AREAS	100000U
#define NR_SAMPLES	5
#define NR_ROUNDS	1100	/* one flush of the host's and ours at the least */
#define HOLES		10	/* one area of so many is unmapped */

/**
 * struct side - ours, or the host's
 * @map: a page at an address of its own
 * @unmap: its opposite
 * @alloc: what is timed
 * @release: its opposite
 * @areas: those mapped
 * @nr: how many of them
 */
struct side {
	void *(*map)(struct page **pages, unsigned int count,
		     unsigned long flags, pgprot_t prot);
	void (*unmap)(const void *addr);
	void *(*alloc)(unsigned long size);
	void (*release)(const void *addr);
	void **areas;
	unsigned int nr;
};

static struct side ours = {
	.map = ta_vmap,
	.unmap = ta_vunmap,
	.alloc = ta_vmalloc,
	.release = ta_vfree,
};

/* The host's may be a macro. */
static void *host_vmalloc(unsigned long size)
{
	return vmalloc(size);
}

static struct side host = {
	.map = vmap,
	.unmap = vunmap,
	.alloc = host_vmalloc,
	.release = vfree,
};

static bool add_area(struct side *side, struct page *page)
{
	void *addr = side->map(&page, 1, VM_MAP, PAGE_KERNEL);

	if (addr)
		side->areas[side->nr++] = addr;
	return addr;
}

/* Map up to @nr areas, with holes among them. */
static bool fill(struct side *side, struct page *page, unsigned int nr)
{
	unsigned int n = side->nr, i;

	while (side->nr < nr + nr / HOLES)
		if (!add_area(side, page))
			return false;
	for (i = ALIGN(n, HOLES); i < side->nr; i += HOLES) {
		side->unmap(side->areas[i]);
		side->areas[i] = NULL;
	}
	return true;
}

static void empty(struct side *side)
{
	while (side->nr)
		side->unmap(side->areas[--side->nr]);
}

static u64 sample(const struct side *side, unsigned long size)
{
	u64 start = ktime_get_raw_ns();
	unsigned int i;

	for (i = 0; i < NR_ROUNDS; i++)
		side->release(side->alloc(size));
	return ktime_get_raw_ns() - start;
}

static int compare(const void *a, const void *b)
{
	const u64 *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* The median of the samples; one more goes before, to warm up. */
static u64 cost(const struct side *side, unsigned long size)
{
	u64 samples[NR_SAMPLES];
	unsigned int i;

	sample(side, size);
	for (i = 0; i < NR_SAMPLES; i++)
		samples[i] = sample(side, size);
	sort(samples, NR_SAMPLES, sizeof(samples[0]), compare, NULL);
	return div_u64(samples[NR_SAMPLES / 2], NR_ROUNDS);
}

static bool measure(struct page *page)
{
	unsigned int nr;

	for (nr = 10; nr <= MAX_AREAS; nr *= 10) {
		if (!fill(&ours, page, nr) || !fill(&host, page, nr))
			return false;
		pr_info("4K\t%u\t%llu\t%llu\n", nr, cost(&ours, SZ_4K),
			cost(&host, SZ_4K));
		pr_info("256K\t%u\t%llu\t%llu\n", nr, cost(&ours, SZ_256K),
			cost(&host, SZ_256K));
	}
	return true;
}

static int __init areas_init(void)
{
	unsigned int max = MAX_AREAS + MAX_AREAS / HOLES;
	struct page *page = alloc_page(GFP_KERNEL);
	bool ok = false;

	ours.areas = kvcalloc(max, sizeof(*ours.areas), GFP_KERNEL);
	host.areas = kvcalloc(max, sizeof(*host.areas), GFP_KERNEL);
	if (page && ours.areas && host.areas)
		ok = measure(page);
	empty(&ours);
	empty(&host);
	kvfree(host.areas);
	kvfree(ours.areas);
	if (page)
		__free_page(page);
	return ok ? 0 : -ENOMEM;
}

static void __exit areas_exit(void)
{
}

module_init(areas_init);
module_exit(areas_exit);
MODULE_DESCRIPTION("What an area of teachalloc's vmalloc costs among many");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
