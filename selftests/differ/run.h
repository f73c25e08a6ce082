/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Running a row of operations on the model, the kernel and the service.
 */
#ifndef DIFFER_RUN_H
#define DIFFER_RUN_H

#include "model.h"

/**
 * struct source - where operations come from
 * @next: fills in the next one, given the model's state; false: no more
 */
struct source {
	bool (*next)(struct source *source, struct model *m, struct op *op);
};

/**
 * struct finding - how the sides differ
 * @at: number of the operation
 * @text: who said what, in lines
 */
struct finding {
	int at;
	char text[1024];
};

/**
 * struct tally - what was done
 * @done: operations issued
 * @skipped: operations not issued
 * @by_kind: @done, for each kind
 * @failed: of these, those that were to be refused, or to end in a signal
 * @differ: how often each of the differences was met
 */
struct tally {
	long done;
	long skipped;
	long by_kind[NR_OPS];
	long failed[NR_OPS];
	long differ[NR_DIFFERENCES];
};

bool run_ops(struct source *source, bool with_ours, struct tally *tally,
	     struct finding *finding);

#endif /* DIFFER_RUN_H */
