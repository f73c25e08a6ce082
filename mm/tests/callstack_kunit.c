// SPDX-License-Identifier: GPL-2.0
/* Tests of the call stacks: each has one number, and a number its stack. */
#include "callstack.h"
#include "helpers.h"

static noinline u32 save_here(void)
{
	return ta_callstack_save(_RET_IP_, GFP_KERNEL);
}

static noinline u32 save_there(void)
{
	u32 stack = ta_callstack_save(_RET_IP_, GFP_KERNEL);

	/* Not as the last thing: then this frame would not be on the stack. */
	barrier();
	return stack;
}

static int callstack_test_init(struct kunit *test)
{
	return ta_callstack_init();
}

/* The next suite finds room. */
static void callstack_test_exit(struct kunit *test)
{
	ta_callstack_forget();
}

static void callstack_same_place_same_number(struct kunit *test)
{
	u32 stacks[3];
	unsigned int i, nr = ARRAY_SIZE(stacks);

	/* One call, in a loop that the compiler neither unrolls nor peels. */
	for (i = 0; i < READ_ONCE(nr); i++)
		stacks[i] = save_here();
	KUNIT_EXPECT_NE(test, 0U, stacks[0]);
	KUNIT_EXPECT_EQ(test, stacks[0], stacks[1]);
	KUNIT_EXPECT_EQ(test, stacks[0], stacks[2]);
	KUNIT_EXPECT_NE(test, stacks[0], save_there());
}

static void callstack_fetch_tells_frames(struct kunit *test)
{
	unsigned long *entries;
	unsigned int nr = ta_callstack_fetch(save_here(), &entries);

	KUNIT_ASSERT_LE(test, 1U, nr);
	KUNIT_EXPECT_LE(test, nr, (unsigned int)TA_CALLSTACK_FRAMES);
	KUNIT_EXPECT_NE(test, 0UL, entries[0]);
}

static void callstack_none_has_no_frames(struct kunit *test)
{
	unsigned long dummy, *entries = &dummy;

	KUNIT_EXPECT_EQ(test, 0U, ta_callstack_fetch(0, &entries));
	KUNIT_EXPECT_NULL(test, entries);
}

/* A way down for each @path: bit by bit, by one of two calls. */
static noinline u32 save_on(unsigned int path, unsigned int depth)
{
	u32 stack;

	if (!depth)
		return save_there();
	if (path & 1) {
		stack = save_on(path >> 1, depth - 1);
		barrier();
	} else {
		stack = save_on(path >> 1, depth - 1);
	}
	return stack;
}

static void callstack_deep_is_cut(struct kunit *test)
{
	unsigned long *entries;
	u32 stack = save_on(0, 2 * TA_CALLSTACK_FRAMES);

	KUNIT_EXPECT_LE(test, ta_callstack_fetch(stack, &entries),
			(unsigned int)TA_CALLSTACK_FRAMES);
}

/* A table that is full refuses, and knows what it knew. */
static void callstack_many_bounded(struct kunit *test)
{
	u32 known = save_here(), stack;
	unsigned long *entries;
	unsigned int path, nr_kept = 0;

	for (path = 0; path < 1024; path++) {
		stack = save_on(path, 10);
		nr_kept += !!stack;
		KUNIT_EXPECT_EQ(test, !!stack,
				!!ta_callstack_fetch(stack, &entries));
	}
	kunit_info(test, "%u of 1024 kept", nr_kept);
	KUNIT_EXPECT_LE(test, 1U, nr_kept);
	KUNIT_EXPECT_LE(test, 1U, ta_callstack_fetch(known, &entries));
}

static void save_some(void *data, struct ta_rng *rng)
{
	unsigned int depth = ta_rng_below(rng, 6);
	unsigned long *entries;
	u32 stack = save_on(ta_rng_next(rng), depth);

	WARN_ON(stack && !ta_callstack_fetch(stack, &entries));
}

static void callstack_stress_all_cpus(struct kunit *test)
{
	struct ta_stress stress = { .work = save_some, .nr_rounds = 500 };

	ta_stress_run(test, &stress);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(callstack_same_place_same_number),
	KUNIT_CASE(callstack_fetch_tells_frames),
	KUNIT_CASE(callstack_none_has_no_frames),
	KUNIT_CASE(callstack_deep_is_cut),
	KUNIT_CASE(callstack_many_bounded),
	KUNIT_CASE(callstack_stress_all_cpus),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_callstack",
	.init = callstack_test_init,
	.exit = callstack_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
