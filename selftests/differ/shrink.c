// SPDX-License-Identifier: GPL-2.0
/*
 * Making a row of operations that fails short.
 *
 * Model: leave out a half, a quarter, and so on down to single operations, and keep
 * every row that still fails (Zeller's delta debugging); then make the arguments of
 * what is left simpler, one at a time. Any subset of a row can be run, as operations
 * that make no sense without others are skipped.
 */
#include <stdlib.h>
#include <string.h>

#include "shrink.h"

static bool still_fails(struct judge *judge, const struct op *ops, int nr)
{
	return judge->trials > 0 && judge->trials-- &&
	       judge->fails(judge, ops, nr);
}

/* Leave out pieces of one size; returns the new length. */
static int leave_out(struct judge *judge, struct op *ops, int nr, int piece)
{
	struct op *fewer = malloc(nr * sizeof(*ops));
	int at = 0;

	if (!fewer)
		abort();
	while (at < nr) {
		int end = at + piece < nr ? at + piece : nr, left;

		left = nr - (end - at);
		memcpy(fewer, ops, at * sizeof(*ops));
		memcpy(fewer + at, ops + end, (nr - end) * sizeof(*ops));
		if (left && still_fails(judge, fewer, left)) {
			memcpy(ops, fewer, left * sizeof(*ops));
			nr = left;
		} else {
			at = end;
		}
	}
	free(fewer);
	return nr;
}

static int leave_out_all(struct judge *judge, struct op *ops, int nr)
{
	int before;

	for (int piece = nr / 2; piece > 1; piece /= 2)
		nr = leave_out(judge, ops, nr, piece);
	do {
		before = nr;
		nr = leave_out(judge, ops, nr, 1);
	} while (nr < before);
	return nr;
}

/* Simpler versions of an operation, from the simplest on; false: no more. */
static bool simpler(const struct op *op, int which, struct op *out)
{
	uint32_t lowest = op->flags & -op->flags;

	*out = *op;
	switch (which) {
	case 0:
		out->len = PAGE_BYTES;
		break;
	case 1:
		out->new_len = PAGE_BYTES;
		break;
	case 2:
		out->len &= ~(PAGE_BYTES - 1);
		break;
	case 3:
		out->flags = 0;
		break;
	case 4:
		out->flags &= ~lowest;
		break;
	case 5:
		out->flags = lowest;
		break;
	case 6:
		out->at &= ~(PAGE_BYTES - 1);
		break;
	case 7:
		out->to = 0;
		break;
	default:
		return false;
	}
	return true;
}

static void simplify(struct judge *judge, struct op *ops, int nr)
{
	for (int i = 0; i < nr; i++) {
		struct op old = ops[i], tried;

		for (int which = 0; simpler(&old, which, &tried); which++) {
			if (!memcmp(&tried, &old, sizeof(old)))
				continue;
			ops[i] = tried;
			if (still_fails(judge, ops, nr))
				old = tried;
			ops[i] = old;
		}
	}
}

/**
 * shrink() - make a row that fails shorter
 * @judge: who says whether it fails
 * @ops: the row; changed
 * @nr: its length
 *
 * Return: the new length.
 */
int shrink(struct judge *judge, struct op *ops, int nr)
{
	nr = leave_out_all(judge, ops, nr);
	simplify(judge, ops, nr);
	return leave_out_all(judge, ops, nr);
}
