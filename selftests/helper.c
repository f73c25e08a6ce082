// SPDX-License-Identifier: GPL-2.0
/*
 * What a test executes to be another program with the same descriptors.
 *
 *	helper fresh FD		FD's break starts anew here, and works
 *	helper sleep		do nothing until killed
 *
 * Exit status 0: it is so.
 */
#include "ta_test.h"

static int fresh(int fd)
{
	struct ta_line lines[2];
	char *start, *end;

	TA_CHILD(ta_lines(lines, 2) == 0);
	TA_CHILD(!ta_brk_range(fd, (void **)&start, (void **)&end));
	TA_CHILD(start == end);
	TA_CHILD(!ta_brk(fd, start + 2 * PAGE));
	TA_CHILD(ta_all(start, 2 * PAGE, 0));
	memset(start, 3, 2 * PAGE);
	TA_CHILD(ta_heap_lines(lines, 2) == 1);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "fresh"))
		return fresh(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "sleep"))
		return pause();
	return 2;
}
