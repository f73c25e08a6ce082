/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Making a row of operations that fails short.
 */
#ifndef DIFFER_SHRINK_H
#define DIFFER_SHRINK_H

#include "op.h"

/**
 * struct judge - who knows whether a row fails
 * @fails: runs @nr operations; whether what is wrong shows
 * @trials: how often it may be asked; counts down
 */
struct judge {
	bool (*fails)(struct judge *judge, const struct op *ops, int nr);
	int trials;
};

int shrink(struct judge *judge, struct op *ops, int nr);

#endif /* DIFFER_SHRINK_H */
