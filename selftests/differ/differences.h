/* SPDX-License-Identifier: GPL-2.0 */
/*
 * In what the service may differ from the kernel: nothing else is let through.
 */
#ifndef DIFFER_DIFFERENCES_H
#define DIFFER_DIFFERENCES_H

enum difference {
	DIFF_NONE,
	DIFF_DOUBLED,
	DIFF_DONTUNMAP,
	DIFF_GROWN,
	DIFF_FREE,
	DIFF_WIPEONFORK,
	DIFF_REMOVE,
	NR_DIFFERENCES,
};

extern const char *const difference_names[NR_DIFFERENCES];

#endif /* DIFFER_DIFFERENCES_H */
