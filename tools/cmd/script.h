/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define SCRIPT_NAME	32
#define SCRIPT_LINE	256

enum script_op_kind {
	OP_BRK,
	OP_MAP,
	OP_UNMAP,
	OP_TOUCH,
	OP_PROTECT,
	OP_ADVISE,
	OP_ALLOC,
	OP_FREE,
	OP_FAULT_ORDER,
	OP_QUOTA,
	OP_FORK,
	OP_END,
	OP_SHOW,
	OP_EXPECT,
	OP_SLEEP,
	OP_SAY,
	NR_OPS
};

/* What can be shown, and what can be expected */
enum script_figure {
	FIGURE_ALL,
	FIGURE_MAPS,
	FIGURE_BUDDY,
	FIGURE_RSS,
	FIGURE_POOL,
	FIGURE_LINES,
	FIGURE_MAPPED,
	FIGURE_USED,
	FIGURE_FREE,
	FIGURE_RESIDENT,
	FIGURE_HELD,
	FIGURE_FAULTS,
	FIGURE_ZERO,
	FIGURE_COW,
	NR_FIGURES
};

enum script_relation { IS, IS_NOT, LESS, AT_MOST, MORE, AT_LEAST, NR_RELATIONS };

/**
 * struct script_op - a line of a script
 * @kind: what to do
 * @line: its number in the file
 * @source: as it is written, without what is around it
 * @fails: it is expected not to work
 * @name: of what, or ""
 * @amount: bytes, an order, pages, milliseconds; what the kind says
 * @down: of BRK: towards the start
 * @range: of a part: bytes from its start
 * @whole: there is none
 * @prot: of MAP, PROTECT
 * @flags: of MAP: MAP_...; of ALLOC: TA_ALLOC_...; of ADVISE: MADV_...; of
 *	TOUCH: 1 to write
 * @layer: of ALLOC, an enum ta_layer
 * @figure: of SHOW and EXPECT
 * @relation: of EXPECT
 * @end: of FORK: the index of its END
 */
struct script_op {
	enum script_op_kind kind;
	unsigned int line;
	char source[SCRIPT_LINE];
	bool fails;
	char name[SCRIPT_NAME];
	uint64_t amount;
	bool down;
	uint64_t range[2];
	bool whole;
	int prot;
	int flags;
	int layer;
	enum script_figure figure;
	enum script_relation relation;
	size_t end;
};

/**
 * struct script - what is to be done
 * @ops: in order
 * @nr: how many
 * @line: where @error is
 * @error: what makes no sense, or ""
 */
struct script {
	struct script_op *ops;
	size_t nr;
	unsigned int line;
	char error[128];
};

struct view;

/**
 * struct script_outcome - what came of an operation
 * @error: why it failed, or NULL
 * @addr: what it was about, or NULL
 * @bytes: of that
 * @frame: where it begins in the pool
 * @has_frame: it does
 * @taken: pages that the pool has less of since
 */
struct script_outcome {
	const char *error;
	char *addr;
	uint64_t bytes;
	uint64_t frame;
	bool has_frame;
	long long taken;
};

const char *script_word(enum script_op_kind kind);
const char *script_figure_name(enum script_figure figure);
const char *script_relation_sign(enum script_relation relation);
bool script_read(struct script *script, FILE *file);
void script_free(struct script *script);

void script_show(const struct script_op *op, const struct view *now,
		 const struct view *old);
void script_tell(const struct script_op *op, const struct script_outcome *out);
void script_tell_json(const struct script_op *op, const struct script_outcome *out,
		      const struct view *seen);

#endif /* SCRIPT_H */
