/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_VA_H
#define _TA_VA_H

#include "internal.h"
#include <linux/rbtree.h>

/**
 * struct ta_va - a range [start, end) of a tree; embedded by its owner
 * @rb: in ta_va_tree.root, by address
 * @start: first number of the range (set by the owner before insertion)
 * @end: first number behind it (likewise)
 * @gap: how much is free between the range before and this one
 * @max_gap: the largest @gap in the subtree below and including this one
 *
 * From insertion to removal all fields are the tree's: read only.
 */
struct ta_va {
	struct rb_node rb;
	unsigned long start;
	unsigned long end;
	unsigned long gap;
	unsigned long max_gap;
};

/**
 * struct ta_va_tree - disjoint ranges within [start, top.start)
 * @root: the ranges, @top included
 * @start: lower limit
 * @phase: added to a number before it is looked at for alignment: what the
 *	number 0 stands for (the owner's, set while the tree is empty)
 * @best_fit: take the smallest gap that is large enough instead of the first
 *	(the owner's)
 * @top: an empty range at the upper limit: always the last one, so that every
 *	gap is the gap before some range
 */
struct ta_va_tree {
	struct rb_root root;
	unsigned long start;
	unsigned long phase;
	bool best_fit;
	struct ta_va top;
};

/**
 * struct ta_va_gap - what is free between two ranges, for people to read
 * @start: its first number
 * @size: how many there are
 * @max_gap: the largest gap in the subtree of the range behind it
 * @depth: how far below the root that range stands
 */
struct ta_va_gap {
	unsigned long start;
	unsigned long size;
	unsigned long max_gap;
	unsigned int depth;
};

void ta_va_init(struct ta_va_tree *tree, unsigned long start,
		unsigned long end);
bool ta_va_find_gap(const struct ta_va_tree *tree, unsigned long size,
		    unsigned long align, unsigned long *start);
int ta_va_insert(struct ta_va_tree *tree, struct ta_va *va);
void ta_va_remove(struct ta_va_tree *tree, struct ta_va *va);
struct ta_va *ta_va_from(const struct ta_va_tree *tree, unsigned long addr);
struct ta_va *ta_va_find(const struct ta_va_tree *tree, unsigned long addr);
struct ta_va *ta_va_next(const struct ta_va_tree *tree,
			 const struct ta_va *va);
bool ta_va_gap_from(const struct ta_va_tree *tree, unsigned long addr,
		    struct ta_va_gap *gap);
unsigned long ta_va_largest_gap(const struct ta_va_tree *tree);
bool ta_va_validate(const struct ta_va_tree *tree);

#endif /* _TA_VA_H */
