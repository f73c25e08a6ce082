// SPDX-License-Identifier: GPL-2.0
/*
 * A page table in software: what a table is, without hardware to read it.
 *
 * Model: a radix tree like the processor's. Each table has 512 slots, and each
 * level looks at nine more bits of the page's number; tables appear when the
 * first page below them does and stay until the end:
 *
 *	idx	[ 8..0 of level 1 ][ 8..0 of level 0 ]
 *	root -->  table  ------------>  table  ------> page
 *
 * It also plays the TLB: unmapping leaves a mark in the slot that says in which
 * epoch it happened, a flush begins a new epoch, and a page that is mapped over
 * a mark of the current epoch is an error of the layer above.
 *
 * Invariants
 *  I1  a slot of the lowest level is 0, a page, or a mark (bit 0 set)
 *  I2  no page is mapped over a mark of the current epoch
 *
 * Locking: none for the pages, which have one user each. Tables are hung in
 * with cmpxchg: of two users that miss the same one, one wins.
 * Context: any; mapping sleeps if its gfp flags allow it.
 * Failure: no memory for a table: nothing is mapped.
 */
#include "ptmap.h"
#include "report.h"

#include <linux/atomic.h>
#include <linux/slab.h>

#define SLOT_BITS	9	/* ilog2(NR_SLOTS) */
#define NR_SLOTS	512U

/* An address that nothing of the kernel's has: it must not be dereferenced. */
#define SOFT_START	0x10000000UL

struct table {
	unsigned long slot[NR_SLOTS];
};

struct soft {
	struct table *root;
	unsigned int levels;
	atomic_long_t epoch;
};

static unsigned int slot_of(unsigned long idx, unsigned int level)
{
	return (idx >> (level * SLOT_BITS)) & (NR_SLOTS - 1);
}

static unsigned long make_mark(struct soft *soft)
{
	return (unsigned long)atomic_long_read(&soft->epoch) << 1 | 1;
}

/* The table that hangs in a slot, if any. */
static struct table *child(unsigned long *slot)
{
	/* Pairs with cmpxchg() in make_table(). */
	return (void *)smp_load_acquire(slot);
}

/* The slot for a page, NULL if its table is missing. */
static unsigned long *find_slot(struct soft *soft, unsigned long idx)
{
	struct table *table = soft->root;
	unsigned int level;

	for (level = soft->levels - 1; level; level--) {
		table = child(&table->slot[slot_of(idx, level)]);
		if (!table)
			return NULL;
	}
	return &table->slot[slot_of(idx, 0)];
}

static struct table *make_table(unsigned long *slot, gfp_t gfp)
{
	struct table *table = kzalloc(sizeof(*table), gfp);
	unsigned long old;

	if (!table)
		return NULL;
	old = cmpxchg(slot, 0, (unsigned long)table);
	if (!old)
		return table;
	kfree(table);
	return (void *)old;
}

static unsigned long *make_slot(struct soft *soft, unsigned long idx, gfp_t gfp)
{
	struct table *table = soft->root;
	unsigned int level;

	for (level = soft->levels - 1; level; level--) {
		unsigned long *slot = &table->slot[slot_of(idx, level)];

		table = child(slot);
		if (!table)
			table = make_table(slot, gfp);
		if (!table)
			return NULL;
	}
	return &table->slot[slot_of(idx, 0)];
}

static int soft_init(struct ta_ptmap *map)
{
	struct soft *soft = kzalloc(sizeof(*soft), GFP_KERNEL);

	if (!soft)
		return -ENOMEM;
	soft->root = kzalloc(sizeof(*soft->root), GFP_KERNEL);
	if (!soft->root) {
		kfree(soft);
		return -ENOMEM;
	}
	soft->levels = DIV_ROUND_UP(fls_long(map->nr_pages), SLOT_BITS);
	atomic_long_set(&soft->epoch, 1);
	map->start = SOFT_START;
	map->priv = soft;
	return 0;
}

/* As deep as there are levels, four at the most for INT_MAX pages. */
static void free_table(struct table *table, unsigned int level)
{
	unsigned int i;

	for (i = 0; level && i < NR_SLOTS; i++)
		if (table->slot[i])
			free_table((void *)table->slot[i], level - 1);
	kfree(table);
}

static void soft_fini(struct ta_ptmap *map)
{
	struct soft *soft = map->priv;

	free_table(soft->root, soft->levels - 1);
	kfree(soft);
}

/* Tables first, so that a failure leaves nothing mapped. */
static int make_slots(struct soft *soft, unsigned long first, unsigned int nr,
		      gfp_t gfp)
{
	unsigned long idx;

	for (idx = first; idx - first < nr; idx = (idx | (NR_SLOTS - 1)) + 1)
		if (!make_slot(soft, idx, gfp))
			return -ENOMEM;
	return 0;
}

static void soft_set(struct soft *soft, unsigned long idx, struct page *page)
{
	unsigned long *slot = find_slot(soft, idx);

	ta_check(!*slot || (*slot & 1), "ptmap_soft I1", page);
	ta_check(*slot != make_mark(soft), "ptmap_soft I2", page);
	WRITE_ONCE(*slot, (unsigned long)page);
}

static int soft_map(struct ta_ptmap *map, unsigned long first, unsigned int nr,
		    struct page **pages, pgprot_t prot, gfp_t gfp)
{
	int err = make_slots(map->priv, first, nr, gfp);
	unsigned int i;

	for (i = 0; !err && i < nr; i++)
		soft_set(map->priv, first + i, pages[i]);
	return err;
}

static int soft_map_run(struct ta_ptmap *map, unsigned long first,
			unsigned int nr, struct page *page, pgprot_t prot,
			gfp_t gfp)
{
	int err = make_slots(map->priv, first, nr, gfp);
	unsigned int i;

	for (i = 0; !err && i < nr; i++)
		soft_set(map->priv, first + i, page + i);
	return err;
}

static struct page *soft_lookup(struct ta_ptmap *map, unsigned long idx)
{
	unsigned long *slot = find_slot(map->priv, idx);
	unsigned long value = slot ? READ_ONCE(*slot) : 0;

	return value & 1 ? NULL : (struct page *)value;
}

static void soft_unmap(struct ta_ptmap *map, unsigned long first,
		       unsigned int nr)
{
	unsigned long idx, mark = make_mark(map->priv);

	for (idx = first; idx - first < nr; idx++)
		if (soft_lookup(map, idx))
			WRITE_ONCE(*find_slot(map->priv, idx), mark);
}

static void soft_flush(struct ta_ptmap *map)
{
	struct soft *soft = map->priv;

	atomic_long_inc(&soft->epoch);
}

const struct ta_ptmap_ops ta_ptmap_soft = {
	.name	= "soft",
	.init	= soft_init,
	.fini	= soft_fini,
	.map	= soft_map,
	.map_run = soft_map_run,
	.unmap	= soft_unmap,
	.lookup	= soft_lookup,
	.flush	= soft_flush,
};
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_soft);
