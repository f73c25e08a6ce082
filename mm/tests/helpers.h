/* SPDX-License-Identifier: GPL-2.0 */
/* What the tests of every layer share. */
#ifndef _TA_TESTS_HELPERS_H
#define _TA_TESTS_HELPERS_H

#include "rng.h"
#include "stack.h"

#include <kunit/test.h>

void ta_test_pages(struct kunit *test, struct ta_pages *pages,
		   unsigned long nr_pages);
struct ta_stack *ta_test_stack(struct kunit *test, unsigned long nr_pages);
void *ta_test_fixture(struct kunit *test, size_t bytes,
		      unsigned long nr_pages);
void ta_test_stack_end(struct kunit *test, struct ta_stack *stack);

void ta_rng_init(struct kunit *test, struct ta_rng *rng);

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

/*
 * Let the host refuse memory after so many allocations, -1: never. False where
 * a test cannot have that.
 */
static inline bool ta_host_refuses_after(long nr)
{
#ifdef __KERNEL__
	return false;
#else
	__atomic_store_n(&host_fail_after, nr, __ATOMIC_RELAXED);
	return true;
#endif
}

void ta_test_fail_nth(unsigned int nth);
unsigned int ta_test_fail_nth_left(void);
void ta_test_each_failure(struct kunit *test, int (*fn)(void *data), void *data);
void ta_test_run_on(struct kunit *test, unsigned int cpu,
		    void (*fn)(void *arg), void *arg);
bool ta_test_cpu_down(struct ta_hotplug *hp, unsigned int cpu);
void ta_test_cpu_up(unsigned int cpu);

void ta_fill(void *p, size_t bytes, u64 seed);
bool ta_filled(const void *p, size_t bytes, u64 seed);

#endif /* _TA_TESTS_HELPERS_H */
