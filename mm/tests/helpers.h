/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of every layer share. */
#ifndef _TA_TESTS_HELPERS_H
#define _TA_TESTS_HELPERS_H

#include "stack.h"

#include <kunit/test.h>

struct ta_stack *ta_test_stack(struct kunit *test, unsigned long nr_pages);
void ta_test_stack_end(struct kunit *test, struct ta_stack *stack);

/**
 * struct ta_rng - a repeatable stream of random numbers
 * @state: the next one's source; never 0
 */
struct ta_rng {
	u64 state;
};

void ta_rng_init(struct kunit *test, struct ta_rng *rng);
u32 ta_rng_next(struct ta_rng *rng);
u32 ta_rng_below(struct ta_rng *rng, u32 limit);

/**
 * struct ta_stress - one thread on every CPU
 * @work: what a thread does, @nr_rounds times
 * @data: its argument
 * @nr_rounds: how often
 */
struct ta_stress {
	void (*work)(void *data, struct ta_rng *rng);
	void *data;
	unsigned int nr_rounds;
};

void ta_stress_run(struct kunit *test, const struct ta_stress *stress);

void ta_fill(void *p, size_t bytes, u64 seed);
bool ta_filled(const void *p, size_t bytes, u64 seed);

#endif /* _TA_TESTS_HELPERS_H */
