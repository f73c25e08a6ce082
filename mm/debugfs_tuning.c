// SPDX-License-Identifier: GPL-2.0
/*
 * The files of debugfs that tune the page layer, as files of /proc/sys/vm do:
 *
 *	min_free_kbytes		what ordinary requests leave free
 *	pcp_high		pages on a per-CPU list at the most, and
 *	pcp_batch		pages moved at a time; 0: what suits the pool
 *	pcp_enabled		0: no lists at all, 1: lists
 *
 * What is read is what is in force.
 *
 * Context: process, may sleep.
 */
#include "debugfs_tuning.h"
#include "stack.h"

#include <linux/debugfs.h>
#include <linux/fs.h>

static int min_free_get(void *data, u64 *kib)
{
	struct ta_stack *stack = data;

	*kib = (u64)READ_ONCE(stack->pages.buddy.marks.min) << (PAGE_SHIFT - 10);
	return 0;
}

static int min_free_set(void *data, u64 kib)
{
	struct ta_stack *stack = data;

	if (kib > LONG_MAX)
		return -EINVAL;
	return ta_pages_set_min(&stack->pages, kib >> (PAGE_SHIFT - 10));
}

DEFINE_DEBUGFS_ATTRIBUTE(min_free_fops, min_free_get, min_free_set, "%llu\n");

static struct ta_pcp_tuning in_force(struct ta_stack *stack)
{
	struct ta_pcp_tuning tuning;

	ta_pcplists_tuning(&stack->pages.pcp, &tuning, true);
	return tuning;
}

enum pcp_knob {
	PCP_HIGH,
	PCP_BATCH,
	PCP_ENABLED,
};

/* Change one of them; the pool's lock keeps the others as they are. */
static int tune_pcp(struct ta_stack *stack, enum pcp_knob knob, u64 value)
{
	struct ta_pages *pages = &stack->pages;
	struct ta_pcp_tuning tuning;
	int err = -EINVAL;

	mutex_lock(&pages->pool.lock);
	if (value <= (knob == PCP_ENABLED ? 1 : pages->pool.nr_pages)) {
		ta_pcplists_tuning(&pages->pcp, &tuning, false);
		if (knob == PCP_HIGH)
			tuning.high_pages = value;
		else if (knob == PCP_BATCH)
			tuning.batch_pages = value;
		else
			tuning.off = !value;
		ta_pcplists_tune(&pages->pcp, &tuning);
		err = 0;
	}
	mutex_unlock(&pages->pool.lock);
	return err;
}

static int pcp_high_get(void *data, u64 *nr_pages)
{
	*nr_pages = in_force(data).high_pages;
	return 0;
}

static int pcp_high_set(void *data, u64 nr_pages)
{
	return tune_pcp(data, PCP_HIGH, nr_pages);
}

DEFINE_DEBUGFS_ATTRIBUTE(pcp_high_fops, pcp_high_get, pcp_high_set, "%llu\n");

static int pcp_batch_get(void *data, u64 *nr_pages)
{
	*nr_pages = in_force(data).batch_pages;
	return 0;
}

static int pcp_batch_set(void *data, u64 nr_pages)
{
	return tune_pcp(data, PCP_BATCH, nr_pages);
}

DEFINE_DEBUGFS_ATTRIBUTE(pcp_batch_fops, pcp_batch_get, pcp_batch_set,
			 "%llu\n");

static int pcp_enabled_get(void *data, u64 *on)
{
	*on = !in_force(data).off;
	return 0;
}

static int pcp_enabled_set(void *data, u64 on)
{
	return tune_pcp(data, PCP_ENABLED, on);
}

DEFINE_DEBUGFS_ATTRIBUTE(pcp_enabled_fops, pcp_enabled_get, pcp_enabled_set,
			 "%llu\n");

/**
 * ta_debugfs_tuning_init() - make the files that tune the page layer
 * @dir: where
 * @stack: what they tune
 *
 * Context: process, may sleep.
 */
void ta_debugfs_tuning_init(struct dentry *dir, struct ta_stack *stack)
{
	debugfs_create_file("min_free_kbytes", 0644, dir, stack,
			    &min_free_fops);
	debugfs_create_file("pcp_high", 0644, dir, stack, &pcp_high_fops);
	debugfs_create_file("pcp_batch", 0644, dir, stack, &pcp_batch_fops);
	debugfs_create_file("pcp_enabled", 0644, dir, stack,
			    &pcp_enabled_fops);
}
