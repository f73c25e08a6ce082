// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of debugged objects: each mistake is reported once, in SLUB's words,
 * counted exactly, and does no harm to the rest. The mistakes are those of the
 * kernel's lib/slub_kunit.c, and those that a cache must survive besides.
 */
#include "helpers.h"
#include "report.h"

#include <linux/poison.h>
#include <linux/string.h>

#define NR_PAGES	64UL
#define ALL		(SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE | SLAB_POISON | \
			 SLAB_STORE_USER)
#define MAX_TEXT	8192
#define MAX_OBJS	64U

struct fixture {
	struct ta_stack *stack;
	struct ta_slabset set;
	bool made;
	unsigned long errors;
	unsigned long faults[TA_NR_FAULTS];
};

/* What was said; one test at a time. */
static char text[MAX_TEXT];
static size_t text_len;

static void keep_line(const char *line)
{
	text_len += scnprintf(text + text_len, sizeof(text) - text_len, "%s\n",
			      line);
}

static int debug_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);

	text_len = 0;
	ta_report_set_sink(keep_line);
	return 0;
}

/* Start to count; nothing has been said yet. */
static void begin(struct fixture *f)
{
	unsigned int i;

	f->errors = ta_slabset_nr_errors(&f->set);
	for (i = 0; i < TA_NR_FAULTS; i++)
		f->faults[i] = ta_report_count(i);
	text_len = 0;
	text[0] = '\0';
}

static void make_set(struct kunit *test, size_t size, slab_flags_t flags)
{
	struct fixture *f = test->priv;

	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&f->set, &f->stack->pages,
						 "victim", size, 1, flags,
						 NULL));
	f->made = true;
	begin(f);
}

static void debug_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (f->made) {
		ta_slabset_validate(&f->set);
		KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
		ta_slabset_fini(&f->set);
	}
	ta_report_set_sink(NULL);
	ta_test_stack_end(test, f->stack);
}

static u8 *get(struct fixture *f)
{
	void *obj = NULL;

	ta_slabset_get(&f->set, GFP_KERNEL, 1, &obj, _RET_IP_);
	return obj;
}

static void put(struct fixture *f, void *obj)
{
	ta_slabset_put(&f->set, 1, &obj, _RET_IP_);
}

static bool said(const char *what)
{
	return strstr(text, what);
}

static unsigned long nr_errors(struct fixture *f)
{
	return ta_slabset_nr_errors(&f->set) - f->errors;
}

static unsigned long nr_faults(struct fixture *f, enum ta_fault fault)
{
	return ta_report_count(fault) - f->faults[fault];
}

/* --- the cases of lib/slub_kunit.c ------------------------------------- */

static void clobber_zone(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p;

	make_set(test, 64, SLAB_RED_ZONE);
	p = get(f);
	p[64] = 0x12;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_OVERRUN));
	KUNIT_EXPECT_TRUE(test, said("BUG victim (teachalloc): Right Redzone overwritten\n"));
	KUNIT_EXPECT_TRUE(test, said("First byte 0x12 instead of 0xcc\n"));
	KUNIT_EXPECT_TRUE(test, said("FIX victim: Restoring Right Redzone 0x"));
	put(f, p);
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
}

/* SLUB loses the rest of the list and counts 3; then 2 when it is back. */
static void clobber_link(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long *link, old;
	u8 *p;

	make_set(test, 64, SLAB_POISON);
	p = get(f);
	put(f, p);
	link = ta_slab_link(&f->set.layout, p);
	old = *link;
	*(u8 *)link = ~*(u8 *)link;
	*((u8 *)link + 7) ^= 0xff;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_CORRUPT));
	KUNIT_EXPECT_TRUE(test, said("BUG victim (teachalloc): Freechain corrupt\n"));
	KUNIT_EXPECT_TRUE(test, said("FIX victim: Freelist made anew: "));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));

	/* What was set aside stays so, whatever its link says now. */
	begin(f);
	*link = old;
	ta_slab_wipe_link(&f->set.layout, p);
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 0UL, nr_errors(f));
}

static void after_free(struct kunit *test, unsigned int at, u8 value)
{
	struct fixture *f = test->priv;
	u8 *p;

	make_set(test, 64, SLAB_POISON);
	p = get(f);
	put(f, p);
	p[at] = value;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_AFTER_FREE));
	KUNIT_EXPECT_TRUE(test, said(at == 63 ? "End Poison overwritten\n" :
						"Poison overwritten\n"));
	KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
}

static void clobber_first_word(struct kunit *test)
{
	after_free(test, 0, 0x78);
}

static void clobber_50th_byte(struct kunit *test)
{
	after_free(test, 50, 0x9a);
}

static void clobber_last_byte(struct kunit *test)
{
	after_free(test, 63, 0x6b);
}

static void clobber_zone_of_free(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p;

	make_set(test, 64, SLAB_RED_ZONE);
	p = get(f);
	put(f, p);
	p[64] = 0xab;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_TRUE(test, said("First byte 0xab instead of 0xbb\n"));
}

/* A size that is no multiple of a word: the very next byte is red. */
static void clobber_first_byte_behind_odd_size(struct kunit *test)
{
	struct fixture *f = test->priv;
	size_t size;
	u8 *p;

	for (size = 1; size <= 24; size++) {
		if (f->made)
			ta_slabset_fini(&f->set);
		make_set(test, size, SLAB_RED_ZONE | SLAB_CONSISTENCY_CHECKS);
		p = get(f);
		memset(p, 0xcd, size);
		KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
		p[size] = 0xcd;
		put(f, p);
		KUNIT_EXPECT_EQ_MSG(test, 2UL, nr_errors(f), "size %zu", size);
	}
}

/* --- at a free and at an allocation ------------------------------------ */

static void underrun_seen_at_free(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p;

	make_set(test, 64, ALL);
	p = get(f);
	p[-1] = 0;
	put(f, p);
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_OVERRUN));
	KUNIT_EXPECT_TRUE(test, said("Left Redzone overwritten\n"));
	/* Restored; the free went on. */
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
}

static void report_has_slub_layout(struct kunit *test)
{
	static const char * const parts[] = {
		"=============================================================================\nBUG victim (teachalloc): Right Redzone overwritten\n-----",
		"\n\n0x", "@offset=", ". First byte 0x41 instead of 0xcc\n",
		"Allocated in ", " age=", " cpu=", " pid=", "\nSlab 0x",
		" objects=", " used=1 fp=0x", "\nObject 0x", "\n\nRedzone  ",
		": cc cc cc cc cc cc cc cc", "\nObject   ",
		": 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b 6b  kkkkkkkkkkkkkkkk\n",
		"\nRedzone  ", ": 41 cc", "\nPadding  ", ": 5a 5a 5a 5a 5a 5a 5a 5a",
		"\nFIX victim: Restoring Right Redzone 0x", "=0xcc\n",
	};
	struct fixture *f = test->priv;
	const char *at = text;
	unsigned int i;
	u8 *p;

	make_set(test, 64, ALL);
	p = get(f);
	p[64] = 'A';
	put(f, p);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		const char *found = strstr(at, parts[i]);

		KUNIT_ASSERT_NOT_NULL_MSG(test, found, "%s in\n%s", parts[i],
					  text);
		at = found + strlen(parts[i]);
	}
}

static void double_free_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p, *q;

	make_set(test, 64, ALL);
	p = get(f);
	q = get(f);
	put(f, p);
	put(f, q);
	begin(f);
	put(f, p);
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_DOUBLE_FREE));
	KUNIT_EXPECT_TRUE(test, said("Object already free\n"));
	KUNIT_EXPECT_TRUE(test, said("Freed in "));
	KUNIT_EXPECT_TRUE(test, said("not freed\n"));
	KUNIT_EXPECT_PTR_NE(test, get(f), get(f));
}

static void write_after_free_seen_at_alloc(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;
	u8 *p, *q[MAX_OBJS];

	make_set(test, 64, ALL);
	p = get(f);
	put(f, p);
	p[20] = 1;
	for (i = 0; i < f->set.layout.nr - 1; i++) {
		q[i] = get(f);
		/* Somebody has a pointer to it: nobody else gets it. */
		KUNIT_EXPECT_PTR_NE(test, p, q[i]);
	}
	KUNIT_EXPECT_EQ(test, 3UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_AFTER_FREE));
	KUNIT_EXPECT_TRUE(test, said(" set aside\n"));
	while (i--)
		put(f, q[i]);
	KUNIT_EXPECT_EQ(test, 3UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabset_nr_inuse(&f->set));
}

static void write_after_free_seen_when_slab_goes(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p;

	make_set(test, 64, SLAB_POISON);
	p = get(f);
	put(f, p);
	p[0] = 0;
	ta_slabset_shrink(&f->set);
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_AFTER_FREE));
}

/* With right hashes, as nobody could by accident. */
static void cyclic_freelist_made_anew(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slab_layout *layout = &f->set.layout;
	u8 *p, *q, *objs[MAX_OBJS];
	unsigned int i, j;

	make_set(test, 64, ALL);
	p = get(f);
	q = get(f);
	put(f, p);
	put(f, q);
	ta_slab_set_link(layout, p, ta_slab_number(layout, q));
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, nr_faults(f, TA_FAULT_CORRUPT));
	KUNIT_EXPECT_TRUE(test, said("Freechain corrupt\n"));
	/* Nothing is lost, and nothing there twice. */
	for (i = 0; i < layout->nr; i++) {
		objs[i] = get(f);
		for (j = 0; j < i; j++)
			KUNIT_EXPECT_PTR_NE(test, objs[i], objs[j]);
	}
	KUNIT_EXPECT_EQ(test, 1UL, ta_slabset_nr_slabs(&f->set));
	while (i--)
		put(f, objs[i]);
}

/* Without any checks asked for, a broken link still leads nowhere. */
static void broken_link_contained_without_checks(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slab_layout *layout = &f->set.layout;
	u8 *p, *objs[MAX_OBJS];
	unsigned int i;

	make_set(test, 64, SLAB_STORE_USER);
	p = get(f);
	put(f, p);
	*ta_slab_link(layout, p) = 0x4141414141414141UL;
	for (i = 0; i < layout->nr - 1; i++) {
		objs[i] = get(f);
		KUNIT_EXPECT_PTR_NE(test, p, objs[i]);
	}
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_EQ(test, 1UL, ta_slabset_nr_slabs(&f->set));
	while (i--)
		put(f, objs[i]);
}

static void padding_is_looked_at(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_slab_layout *layout = &f->set.layout;
	u8 *p, *start;

	make_set(test, 100, ALL);
	p = get(f);
	p[layout->end] = 0;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_TRUE(test, said("Object padding overwritten\n"));

	begin(f);
	start = ta_slab_start(layout, p);
	if (layout->nr * layout->stride == layout->mask + 1)
		return;
	start[layout->nr * layout->stride] = 0;
	KUNIT_EXPECT_FALSE(test, ta_slabset_validate(&f->set));
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
	KUNIT_EXPECT_TRUE(test, said("BUG victim (teachalloc): Padding overwritten\n"));
	put(f, p);
}

static unsigned char constructed[64];

static void construct(void *obj)
{
	memset(obj, 0x33, 64);
}

/* What a constructor made is not poisoned; its surroundings are looked at. */
static void constructed_object_stays(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 *p;

	memset(constructed, 0x33, sizeof(constructed));
	KUNIT_ASSERT_EQ(test, 0, ta_slabset_init(&f->set, &f->stack->pages,
						 "victim", 64, 1, ALL,
						 construct));
	f->made = true;
	begin(f);
	p = get(f);
	KUNIT_EXPECT_EQ(test, 0, memcmp(p, constructed, 64));
	put(f, p);
	p = get(f);
	KUNIT_EXPECT_EQ(test, 0, memcmp(p, constructed, 64));
	KUNIT_EXPECT_EQ(test, 0UL, nr_errors(f));
	p[64] = 0;
	put(f, p);
	KUNIT_EXPECT_EQ(test, 2UL, nr_errors(f));
}

static void trace_tells_both(struct kunit *test)
{
	struct fixture *f = test->priv;

	make_set(test, 64, SLAB_TRACE);
	put(f, get(f));
	KUNIT_EXPECT_TRUE(test, said("TRACE victim alloc 0x"));
	KUNIT_EXPECT_TRUE(test, said("TRACE victim free 0x"));
	KUNIT_EXPECT_EQ(test, 0UL, nr_errors(f));
}

/* --- every combination of flags and sizes ------------------------------ */

static void no_false_alarm(struct kunit *test)
{
	static const slab_flags_t flags[] = {
		SLAB_CONSISTENCY_CHECKS, SLAB_RED_ZONE, SLAB_POISON,
		SLAB_STORE_USER, ALL, SLAB_RED_ZONE | SLAB_POISON,
		ALL | SLAB_TYPESAFE_BY_RCU,
	};
	static const size_t sizes[] = { 1, 7, 8, 60, 64, 700, 4096, 8192 };
	struct fixture *f = test->priv;
	void *objs[MAX_OBJS];
	unsigned int i, j, n;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		for (j = 0; j < ARRAY_SIZE(sizes); j++) {
			if (f->made)
				ta_slabset_fini(&f->set);
			make_set(test, sizes[j], flags[i]);
			n = ta_slabset_get(&f->set, GFP_KERNEL, 16, objs, 0);
			KUNIT_EXPECT_LT(test, 0U, n);
			memset(objs[0], 0xff, sizes[j]);
			KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
			ta_slabset_put(&f->set, n, objs, 0);
			KUNIT_EXPECT_TRUE(test, ta_slabset_validate(&f->set));
			KUNIT_EXPECT_EQ(test, 0UL, nr_errors(f));
		}
}

/* --- who is debugged --------------------------------------------------- */

static void letters_and_globs(struct kunit *test)
{
	const slab_flags_t usual = ALL;
	const struct {
		const char *spec;
		const char *name;
		slab_flags_t flags;
	} cases[] = {
		{ NULL, "a", 0 },
		{ "", "a", 0 },
		{ "-", "a", 0 },
		{ "F", "a", SLAB_CONSISTENCY_CHECKS },
		{ "fz", "a", SLAB_CONSISTENCY_CHECKS | SLAB_RED_ZONE },
		{ "PUT", "a", SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE },
		{ "FZPU,kmalloc-64", "kmalloc-64", usual },
		{ "FZPU,kmalloc-64", "kmalloc-641", 0 },
		{ "FZPU,kmalloc-64", "kmalloc-6", 0 },
		{ ",kmalloc-*", "kmalloc-64", usual },
		{ ",kmalloc-*", "magazine-64", 0 },
		{ "Z,dentry*,kmalloc-64", "dentry", SLAB_RED_ZONE },
		{ "Z,dentry*,kmalloc-64", "kmalloc-64", SLAB_RED_ZONE },
		{ "Z,*-64", "kmalloc-64", SLAB_RED_ZONE },
		{ "Z,k*c-*4", "kmalloc-64", SLAB_RED_ZONE },
		{ "Z,k*c-*5", "kmalloc-64", 0 },
		{ "Z,a;P,b", "b", SLAB_POISON },
		{ "Z,a;P", "b", SLAB_POISON },
		{ "Z,a;P", "a", SLAB_RED_ZONE },
		{ "-,a;P", "a", 0 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].flags,
				    ta_slab_debug_flags(cases[i].spec,
							cases[i].name),
				    "%s for %s", cases[i].spec, cases[i].name);
}

static struct kunit_case debug_cases[] = {
	KUNIT_CASE(clobber_zone),
	KUNIT_CASE(clobber_link),
	KUNIT_CASE(clobber_first_word),
	KUNIT_CASE(clobber_50th_byte),
	KUNIT_CASE(clobber_last_byte),
	KUNIT_CASE(clobber_zone_of_free),
	KUNIT_CASE(clobber_first_byte_behind_odd_size),
	KUNIT_CASE(underrun_seen_at_free),
	KUNIT_CASE(report_has_slub_layout),
	KUNIT_CASE(double_free_refused),
	KUNIT_CASE(write_after_free_seen_at_alloc),
	KUNIT_CASE(write_after_free_seen_when_slab_goes),
	KUNIT_CASE(cyclic_freelist_made_anew),
	KUNIT_CASE(broken_link_contained_without_checks),
	KUNIT_CASE(padding_is_looked_at),
	KUNIT_CASE(constructed_object_stays),
	KUNIT_CASE(trace_tells_both),
	KUNIT_CASE(no_false_alarm),
	KUNIT_CASE(letters_and_globs),
	{}
};

static struct kunit_suite debug_suite = {
	.name = "teachalloc_slab_debug",
	.init = debug_test_init,
	.exit = debug_test_exit,
	.test_cases = debug_cases,
};

kunit_test_suite(debug_suite);
