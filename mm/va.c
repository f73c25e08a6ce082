// SPDX-License-Identifier: GPL-2.0
/*
 * Ranges of numbers: a tree that knows its largest gap.
 *
 * Model: disjoint ranges stand in a red-black tree in the order of their
 * addresses. Each knows the free gap in front of it, and the largest such gap
 * of its whole subtree. A search for room looks at that number and never
 * enters a subtree in vain, so it goes down once:
 *
 *	start                                                 end
 *	  |...[ A )....[ B )[ C )...............[ D )...........|
 *	   3       4        0         15             11      (top)
 *
 *	             B 4/15			gap / largest gap below
 *	            /      \
 *	         A 3/3    D 15/15
 *	                  /     \
 *	               C 0/0   top 11/11
 *
 * The numbers may be bytes, pages or anything else. The ranges are embedded
 * in what they describe: the tree allocates nothing.
 *
 * First fit takes the lowest gap that is large enough. Best fit, for who wants
 * to compare, takes the smallest: it looks at every gap that is large enough,
 * as the tree is in the order of addresses, not of sizes.
 *
 * Invariants
 *  I1  tree.start <= each range's start < its end <= top.start; no two overlap
 *  I2  gap is start minus the end of the range before, or minus tree.start
 *  I3  max_gap is the largest gap in the subtree
 *  I4  top is in the tree, empty, and the last one
 *
 * Locking: none; the owner of the tree has it.
 * Context: any. Time: the logarithm of the number of ranges; only a search for
 * alignment in gaps that are large enough but perhaps not aligned can look at
 * each of these, and is done only if no gap is large enough for sure. So does
 * best fit, always.
 * Failure: insertion of what is not a free range is refused.
 */
#include "va.h"
#include "report.h"

#include <linux/errno.h>
#include <linux/rbtree_augmented.h>

static inline unsigned long own_gap(struct ta_va *va)
{
	return va->gap;
}

RB_DECLARE_CALLBACKS_MAX(static, gap_callbacks, struct ta_va, rb,
			 unsigned long, max_gap, own_gap)

static struct ta_va *to_va(struct rb_node *rb)
{
	return rb_entry_safe(rb, struct ta_va, rb);
}

static struct ta_va *root_of(const struct ta_va_tree *tree)
{
	return to_va(tree->root.rb_node);
}

static bool has_gap(struct rb_node *rb, unsigned long size)
{
	return rb && to_va(rb)->max_gap >= size;
}

static void set_gap(struct ta_va *va, unsigned long gap)
{
	va->gap = gap;
	gap_callbacks_propagate(&va->rb, NULL);
}

/*
 * Hang @va in as a leaf. The sums above it are put right before the tree is
 * balanced: the rotations only recompute the nodes that they turn.
 */
static void link_va(struct ta_va_tree *tree, struct ta_va *va)
{
	struct rb_node **link = &tree->root.rb_node, *parent = NULL;

	while (*link) {
		parent = *link;
		link = va->start < to_va(parent)->start ? &parent->rb_left :
							  &parent->rb_right;
	}
	rb_link_node(&va->rb, parent, link);
	va->max_gap = 0;
	gap_callbacks_propagate(&va->rb, NULL);
	rb_insert_augmented(&va->rb, &tree->root, &gap_callbacks);
}

/**
 * ta_va_init() - make a tree with nothing in it
 * @tree: what to set up
 * @start: lower limit of all ranges
 * @end: upper limit, exclusive; not below @start
 *
 * The tree contains a node of itself: it cannot be copied or moved.
 */
void ta_va_init(struct ta_va_tree *tree, unsigned long start,
		unsigned long end)
{
	tree->root = RB_ROOT;
	tree->start = start;
	tree->phase = 0;
	tree->best_fit = false;
	tree->top.start = end;
	tree->top.end = end;
	tree->top.gap = end - start;
	link_va(tree, &tree->top);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_init);

/* The lowest range in the subtree that has a gap of @size in front of it. */
static struct ta_va *first_gap(struct ta_va *va, unsigned long size)
{
	while (has_gap(va->rb.rb_left, size) || va->gap < size)
		va = to_va(has_gap(va->rb.rb_left, size) ? va->rb.rb_left :
							   va->rb.rb_right);
	return va;
}

/* The next one above @va in the whole tree, or NULL. */
static struct ta_va *next_gap(struct ta_va *va, unsigned long size)
{
	if (has_gap(va->rb.rb_right, size))
		return first_gap(to_va(va->rb.rb_right), size);
	for (;;) {
		struct rb_node *child = &va->rb, *parent = rb_parent(child);

		if (!parent)
			return NULL;
		va = to_va(parent);
		if (child == parent->rb_right)
			continue;
		if (va->gap >= size)
			return va;
		if (has_gap(parent->rb_right, size))
			return first_gap(to_va(parent->rb_right), size);
	}
}

static bool fits(const struct ta_va_tree *tree, const struct ta_va *va,
		 unsigned long size, unsigned long align, unsigned long *start)
{
	unsigned long low = va->start - va->gap;
	unsigned long pad = -(low + tree->phase) & (align - 1);

	if (pad > va->gap || va->gap - pad < size)
		return false;
	*start = low + pad;
	return true;
}

static bool find_best(const struct ta_va_tree *tree, unsigned long size,
		      unsigned long align, unsigned long *start)
{
	unsigned long smallest = ULONG_MAX, at;
	struct ta_va *va;

	for (va = first_gap(root_of(tree), size); va && smallest > size;
	     va = next_gap(va, size))
		if (va->gap < smallest && fits(tree, va, size, align, &at)) {
			smallest = va->gap;
			*start = at;
		}
	return smallest != ULONG_MAX;
}

/**
 * ta_va_find_gap() - look for room
 * @tree: where
 * @size: how much; 0 is never found
 * @align: a power of two that the start has to be a multiple of, 1 for none
 * @start: set to the lowest free place (with an alignment: to the lowest in
 *	the first gap that is large enough wherever it starts, if there is one);
 *	with best fit to the start of the smallest gap, of equals the lowest
 *
 * Return: whether there is room.
 */
bool ta_va_find_gap(const struct ta_va_tree *tree, unsigned long size,
		    unsigned long align, unsigned long *start)
{
	struct ta_va *root = root_of(tree), *va;
	unsigned long sure = size + align - 1;

	if (!size || root->max_gap < size)
		return false;
	if (tree->best_fit)
		return find_best(tree, size, align, start);
	if (sure >= size && root->max_gap >= sure)
		return fits(tree, first_gap(root, sure), size, align, start);
	for (va = first_gap(root, size); va; va = next_gap(va, size))
		if (fits(tree, va, size, align, start))
			return true;
	return false;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_find_gap);

/* The first range that ends above @addr; top for every addr below the limit. */
static struct ta_va *ends_above(const struct ta_va_tree *tree,
				unsigned long addr)
{
	struct ta_va *va = root_of(tree), *found = NULL;

	while (va) {
		if (va->end > addr) {
			found = va;
			va = to_va(va->rb.rb_left);
		} else {
			va = to_va(va->rb.rb_right);
		}
	}
	return found;
}

/**
 * ta_va_insert() - occupy a range
 * @tree: where
 * @va: the range; its start and end are set
 *
 * Return: 0; -EINVAL if the range is empty or outside the tree's limits;
 * -EEXIST if some of it is occupied.
 */
int ta_va_insert(struct ta_va_tree *tree, struct ta_va *va)
{
	struct ta_va *next;

	if (va->start >= va->end || va->start < tree->start ||
	    va->end > tree->top.start)
		return -EINVAL;
	next = ends_above(tree, va->start);
	if (next->start < va->end)
		return -EEXIST;
	va->gap = va->start - (next->start - next->gap);
	set_gap(next, next->start - va->end);
	link_va(tree, va);
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_insert);

/**
 * ta_va_remove() - free a range
 * @tree: where it is
 * @va: the range
 */
void ta_va_remove(struct ta_va_tree *tree, struct ta_va *va)
{
	struct ta_va *next = to_va(rb_next(&va->rb));

	rb_erase_augmented(&va->rb, &tree->root, &gap_callbacks);
	set_gap(next, next->gap + va->gap + (va->end - va->start));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_remove);

static struct ta_va *not_top(const struct ta_va_tree *tree, struct ta_va *va)
{
	return va == &tree->top ? NULL : va;
}

/**
 * ta_va_from() - look for the first range at or above an address
 * @tree: where
 * @addr: the address
 *
 * Return: the range that contains @addr, or else the next one, or NULL.
 */
struct ta_va *ta_va_from(const struct ta_va_tree *tree, unsigned long addr)
{
	return not_top(tree, ends_above(tree, addr));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_from);

/**
 * ta_va_find() - look up an address
 * @tree: where
 * @addr: the address
 *
 * Return: the range that contains it, or NULL.
 */
struct ta_va *ta_va_find(const struct ta_va_tree *tree, unsigned long addr)
{
	struct ta_va *va = ta_va_from(tree, addr);

	return va && va->start <= addr ? va : NULL;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_find);

/**
 * ta_va_next() - go to the next range
 * @tree: where
 * @va: a range in it
 *
 * Return: the one above, or NULL.
 */
struct ta_va *ta_va_next(const struct ta_va_tree *tree, const struct ta_va *va)
{
	return not_top(tree, to_va(rb_next(&va->rb)));
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_next);

/**
 * ta_va_largest_gap() - how much could be had in one piece
 * @tree: where
 *
 * Return: the size of the largest gap.
 */
unsigned long ta_va_largest_gap(const struct ta_va_tree *tree)
{
	return root_of(tree)->max_gap;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_largest_gap);

static unsigned int depth_of(struct ta_va *va)
{
	struct rb_node *rb = &va->rb;
	unsigned int depth = 0;

	while ((rb = rb_parent(rb)))
		depth++;
	return depth;
}

/**
 * ta_va_gap_from() - look for the first gap that ends above an address
 * @tree: where
 * @addr: the address
 * @gap: filled in
 *
 * Context: any.
 * Return: whether there is one.
 */
bool ta_va_gap_from(const struct ta_va_tree *tree, unsigned long addr,
		    struct ta_va_gap *gap)
{
	struct ta_va *va = addr < tree->top.start ? ends_above(tree, addr) :
						    NULL;

	while (va && (!va->gap || va->start <= addr))
		va = to_va(rb_next(&va->rb));
	if (!va)
		return false;
	gap->start = va->start - va->gap;
	gap->size = va->gap;
	gap->max_gap = va->max_gap;
	gap->depth = depth_of(va);
	return true;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_gap_from);

static unsigned long max_below(const struct ta_va *va)
{
	unsigned long max = va->gap;

	if (va->rb.rb_left)
		max = max(max, to_va(va->rb.rb_left)->max_gap);
	if (va->rb.rb_right)
		max = max(max, to_va(va->rb.rb_right)->max_gap);
	return max;
}

static bool validate_va(const struct ta_va_tree *tree, const struct ta_va *va,
			unsigned long low)
{
	bool is_top = va == &tree->top;
	bool ok = ta_check(va->start >= low && va->end <= tree->top.start &&
			   (is_top || va->start < va->end), "va I1", va);

	ok &= ta_check(va->gap == va->start - low, "va I2", va);
	ok &= ta_check(va->max_gap == max_below(va), "va I3", va);
	return ok & ta_check(is_top == !rb_next(&va->rb), "va I4", va);
}

/**
 * ta_va_validate() - check I1 to I4
 * @tree: a tree that does not change meanwhile
 *
 * Return: whether they hold. What does not is reported.
 */
bool ta_va_validate(const struct ta_va_tree *tree)
{
	unsigned long low = tree->start;
	struct rb_node *rb;
	bool ok = true;

	for (rb = rb_first(&tree->root); rb; rb = rb_next(rb)) {
		ok &= validate_va(tree, to_va(rb), low);
		low = to_va(rb)->end;
	}
	return ok & ta_check(tree->top.start == tree->top.end, "va I4", tree);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_va_validate);
