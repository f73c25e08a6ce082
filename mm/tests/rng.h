/* SPDX-License-Identifier: GPL-2.0 */
/* Chance that can be had again. */
#ifndef _TA_TESTS_RNG_H
#define _TA_TESTS_RNG_H

#include <linux/types.h>

/**
 * struct ta_rng - a repeatable stream of random numbers
 * @state: the next one's source; never 0
 */
struct ta_rng {
	u64 state;
};

/**
 * ta_rng_next() - the next number
 * @rng: the stream
 *
 * xorshift64* of Vigna, "An experimental exploration of Marsaglia's xorshift
 * generators, scrambled" (2016).
 *
 * Return: 32 random bits.
 */
static inline u32 ta_rng_next(struct ta_rng *rng)
{
	rng->state ^= rng->state >> 12;
	rng->state ^= rng->state << 25;
	rng->state ^= rng->state >> 27;
	return (rng->state * 0x2545f4914f6cdd1dULL) >> 32;
}

/**
 * ta_rng_below() - a number less than a limit
 * @rng: the stream
 * @limit: more than 0
 *
 * Return: 0 to @limit - 1.
 */
static inline u32 ta_rng_below(struct ta_rng *rng, u32 limit)
{
	return ((u64)ta_rng_next(rng) * limit) >> 32;
}

/**
 * ta_rng_seed() - start a stream
 * @rng: the stream
 * @seed: the same gives the same numbers
 * @nr: one of the streams of that seed
 */
static inline void ta_rng_seed(struct ta_rng *rng, u32 seed, u32 nr)
{
	unsigned int i;

	rng->state = ((u64)seed << 32 | nr) * 0x9e3779b97f4a7c15ULL | 1;
	/* Seeds that are close begin alike. */
	for (i = 0; i < 8; i++)
		ta_rng_next(rng);
}

#endif /* _TA_TESTS_RNG_H */
