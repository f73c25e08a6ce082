// SPDX-License-Identifier: GPL-2.0
/*
 * In what the service may differ from the kernel.
 *
 * Model: each name is a row's of "Where it differs from anonymous memory" in
 * Documentation/abi.md (scripts/lint.sh looks). The model says when one applies, what
 * the service answers then, and how both sides become the same again (enum even).
 * These rows the test allows for in other ways:
 *
 *	/proc/PID/maps		what is ours must be shared there, the kernel's private
 *	neighbours		stay separate VMAs: lines are compared page by page, and
 *				an mremap over a place where a VMA may begin is left out
 *	munmap in the heap	the model keeps the pages as ghosts
 *	fork of an empty heap	each side's addresses count from its own heap's start
 */
#include "differences.h"

const char *const difference_names[NR_DIFFERENCES] = {
	[DIFF_DOUBLED] = "`mremap` with an old length of 0",
	[DIFF_DONTUNMAP] = "`mremap` with `MREMAP_DONTUNMAP`",
	[DIFF_GROWN] = "`mremap` that makes a part of a mapping grow",
	[DIFF_FREE] = "`madvise(MADV_FREE)`",
	[DIFF_WIPEONFORK] = "`MADV_WIPEONFORK`",
	[DIFF_REMOVE] = "`MADV_REMOVE`",
};
