/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EXPLAIN_H
#define EXPLAIN_H

/**
 * struct explain_cost - what the benchmark says of a step
 * @work: what was measured, in the benchmark's words
 * @instructions: on Debian's kernel 6.1, as the README has them
 */
struct explain_cost {
	const char *work;
	unsigned int instructions;
};

enum explain_work {
	COST_FIRST_WRITE,
	COST_KMALLOC,
	COST_VMALLOC_4K,
	COST_VMALLOC_1M,
	NR_COSTS
};

extern const struct explain_cost explain_costs[NR_COSTS];

#endif /* EXPLAIN_H */
