// SPDX-License-Identifier: GPL-2.0
/*
 * Why an allocation failed.
 *
 * Model: what there was is counted at one moment after the failure, and the
 * first reason that holds is named:
 *
 *	fewer pages are free than it takes		a larger pool would help
 *	enough, but in smaller blocks			compaction would
 *	large enough, but in isolated pageblocks	waiting would
 *	large enough, but kept for who may dig deeper	another gfp would
 *
 * The numbers follow: free blocks of each type and order as in show_mem(), and
 * what is free and in no block.
 *
 * Locking: the buddy allocator's, for the count. Context: any.
 */
#include "page_report.h"
#include "report.h"

#include <linux/ratelimit.h>
#include <linux/sched.h>

static const char * const type_names[] = {
	[TA_MIGRATE_UNMOVABLE]		= "Unmovable",
	[TA_MIGRATE_MOVABLE]		= "Movable",
	[TA_MIGRATE_RECLAIMABLE]	= "Reclaimable",
	[TA_MIGRATE_ISOLATE]		= "Isolate",
};

static_assert(ARRAY_SIZE(type_names) == TA_NR_MIGRATE_TYPES);

static const char * const why_names[] = {
	[TA_SHORT_OF_PAGES]	= "too few free pages",
	[TA_SHORT_FRAGMENTED]	= "fragmented",
	[TA_SHORT_ISOLATED]	= "only isolated blocks are large enough",
	[TA_SHORT_RESERVED]	= "what is left is kept below the watermark",
};

static_assert(ARRAY_SIZE(why_names) == TA_NR_SHORTAGES);

/**
 * ta_migratetype_name() - what the kernel calls a migrate type
 * @type: any
 *
 * Context: any.
 * Return: its name.
 */
const char *ta_migratetype_name(enum ta_migratetype type)
{
	return type < TA_NR_MIGRATE_TYPES ? type_names[type] : "?";
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_migratetype_name);

static unsigned long
sum_type(unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES],
	 unsigned int type, unsigned int from)
{
	unsigned long nr_pages = 0;
	unsigned int order;

	for (order = from; order < TA_NR_PAGE_ORDERS; order++)
		nr_pages += nr[order][type] << order;
	return nr_pages;
}

/* Pages in blocks of at least an order that may be handed out. */
static unsigned long
sum_usable(unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES],
	   unsigned int from)
{
	unsigned long nr_pages = 0;
	unsigned int type;

	for (type = 0; type < TA_NR_PCP_TYPES; type++)
		nr_pages += sum_type(nr, type, from);
	return nr_pages;
}

/**
 * ta_page_report_why() - find the reason
 * @order: of what could not be had
 * @nr: free blocks by order and type
 *
 * Context: any.
 * Return: the first reason that holds.
 */
enum ta_shortage
ta_page_report_why(unsigned int order,
		   unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES])
{
	if (sum_usable(nr, order))
		return TA_SHORT_RESERVED;
	if (sum_type(nr, TA_MIGRATE_ISOLATE, order))
		return TA_SHORT_ISOLATED;
	if (sum_usable(nr, 0) >= 1UL << order)
		return TA_SHORT_FRAGMENTED;
	return TA_SHORT_OF_PAGES;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_report_why);

/* The order of the largest block that may be handed out; -1: none. */
static int
largest(unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES])
{
	int order = TA_MAX_ORDER;

	while (order >= 0 && !sum_usable(nr, order))
		order--;
	return order;
}

static void
show_reason(struct ta_buddy *buddy, gfp_t gfp, unsigned int order,
	    unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES])
{
	enum ta_migratetype type = ta_gfp_type(gfp);
	int top = largest(nr);

	ta_report_line("order %u wanted: %s: %lu free pages, largest block %s%d; %lu of them %s",
		       order, why_names[ta_page_report_why(order, nr)],
		       sum_usable(nr, 0), top < 0 ? "none " : "order ", top,
		       type < TA_NR_MIGRATE_TYPES ? sum_type(nr, type, 0) : 0,
		       ta_migratetype_name(type));
}

static void
show_type(unsigned int type,
	  unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES])
{
	char line[160];
	unsigned int order;
	int len = 0;

	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		len += scnprintf(line + len, sizeof(line) - len, "%lu*%lukB ",
				 nr[order][type],
				 PAGE_SIZE << order >> 10);
	ta_report_line("%s: %s= %lukB", ta_migratetype_name(type), line,
		       sum_type(nr, type, 0) << (PAGE_SHIFT - 10));
}

/**
 * ta_page_report_failure() - say why an allocation failed
 * @pcp: the lists before the allocator that had no block
 * @pinned: pages that wait to be let go
 * @gfp: as it was asked for; with __GFP_NOWARN nothing is said
 * @order: of what was asked for
 * @caller: return address of who asked
 *
 * Context: any.
 */
void ta_page_report_failure(struct ta_pcplists *pcp, struct ta_pinned *pinned,
			    gfp_t gfp, unsigned int order, unsigned long caller)
{
	static DEFINE_RATELIMIT_STATE(limit, 10 * HZ, 2);
	unsigned long nr[TA_NR_PAGE_ORDERS][TA_NR_MIGRATE_TYPES];
	struct ta_buddy *buddy = pcp->buddy;
	unsigned int type;

	if ((gfp & __GFP_NOWARN) || !ta_report_may_say(&limit))
		return;
	ta_buddy_count(buddy, nr);
	ta_report_line("teachalloc: %s: allocation failure: order:%u, mode:%#x(%pGg) (by %pS)",
		       current->comm, order, (__force unsigned int)gfp, &gfp,
		       (void *)caller);
	show_reason(buddy, gfp, order, nr);
	for (type = 0; type < TA_NR_MIGRATE_TYPES; type++)
		if (sum_type(nr, type, 0) || type == ta_gfp_type(gfp))
			show_type(type, nr);
	ta_report_line("free_pcp:%lu pinned:%lu min:%lu low:%lu high:%lu total:%lu",
		       ta_pcplists_nr_pages(pcp),
		       READ_ONCE(pinned->nr_pages), READ_ONCE(buddy->marks.min),
		       READ_ONCE(buddy->marks.low),
		       READ_ONCE(buddy->marks.high), buddy->pool->nr_pages);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_page_report_failure);
