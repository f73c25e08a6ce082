// SPDX-License-Identifier: GPL-2.0
/*
 * What a test executes to be another program with the same descriptors.
 *
 *	helper fresh FD		FD's break starts anew here, and works
 *	helper sleep		do nothing until killed
 *	helper hold_pages	keep pages in a pipe when their memory and the
 *				descriptor are gone; say so; when told by a line
 *				of input, look whether they have their bytes
 *
 * Exit status 0: it is so.
 */
#include <fcntl.h>
#include <sys/uio.h>

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

static int hold_pages(void)
{
	static char bytes[4 * PAGE];
	int ends[2], fd = ta_open();
	char *p = ta_mmap(fd, NULL, 4 * PAGE, RW, 0);
	struct iovec iov = { p, 4 * PAGE };

	memset(p, 0x5a, 4 * PAGE);
	TA_CHILD(!pipe(ends));
	TA_CHILD(vmsplice(ends[1], &iov, 1, 0) == 4 * (ssize_t)PAGE);
	TA_CHILD(!munmap(p, 4 * PAGE) && !close(fd));
	TA_CHILD(write(STDOUT_FILENO, "held\n", 5) == 5);
	TA_CHILD(read(STDIN_FILENO, bytes, 1) == 1);
	TA_CHILD(read(ends[0], bytes, 4 * PAGE) == 4 * (ssize_t)PAGE);
	TA_CHILD(ta_all(bytes, 4 * PAGE, 0x5a));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "fresh"))
		return fresh(atoi(argv[2]));
	if (argc == 2 && !strcmp(argv[1], "sleep"))
		return pause();
	if (argc == 2 && !strcmp(argv[1], "hold_pages"))
		return hold_pages();
	return 2;
}
