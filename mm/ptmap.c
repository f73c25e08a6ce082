// SPDX-License-Identifier: GPL-2.0
/*
 * Making pages appear in a row: what all back ends have in common.
 *
 * Model: a ptmap is room for so many pages, counted from 0. The layer above
 * decides which page goes where; a back end makes it visible there:
 *
 *	window	an address range of the kernel's whose page table entries are
 *		written by the module itself; see ptmap_host.c
 *	vmap	the host's vmap() for each span, on any architecture; likewise
 *	soft	a table that no hardware reads, for tests; see ptmap_soft.c
 *
 * The life of a span, and which calls may sleep (*):
 *
 *	map ... map, publish*, (in use), withdraw*, unmap ... unmap, flush*
 *
 * Between unmap and flush a CPU can still find the old pages there, in its TLB.
 * So the addresses must not be used again before the flush, but the pages may:
 * only a caller that uses what he has freed would notice.
 *
 * Locking: none. Context: as marked. Failure: outside the room: refused.
 */
#include "ptmap.h"

#include <linux/kernel.h>
#include <linux/string.h>

/**
 * ta_ptmap_init() - reserve room
 * @map: what to set up
 * @ops: how pages are to be mapped
 * @nr_pages: for how many
 *
 * Context: process, may sleep.
 * Return: 0; -EINVAL for no room or more than can be counted; -EOPNOTSUPP if
 * this machine cannot do it that way; -ENOMEM.
 */
int ta_ptmap_init(struct ta_ptmap *map, const struct ta_ptmap_ops *ops,
		  unsigned long nr_pages)
{
	memset(map, 0, sizeof(*map));
	if (!nr_pages || nr_pages > INT_MAX)
		return -EINVAL;
	map->ops = ops;
	map->nr_pages = nr_pages;
	return ops->init(map);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_init);

/**
 * ta_ptmap_fini() - give the room back
 * @map: with nothing mapped in it
 *
 * Context: process, may sleep.
 */
void ta_ptmap_fini(struct ta_ptmap *map)
{
	map->ops->fini(map);
	memset(map, 0, sizeof(*map));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_fini);

/**
 * ta_ptmap_flush() - wait until nobody can see what was unmapped
 * @map: where
 *
 * Context: process with interrupts on, may sleep.
 */
void ta_ptmap_flush(struct ta_ptmap *map)
{
	map->ops->flush(map);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_flush);
