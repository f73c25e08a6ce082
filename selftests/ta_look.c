// SPDX-License-Identifier: GPL-2.0
/*
 * The tests' eyes: /proc/self, the pool's figures, a page's state.
 *
 * Context: nothing here allocates but what stdio needs for one open file,
 * which comes from the process's own heap and not from ours.
 */
#include <fcntl.h>

#include "ta_test.h"

static bool parse_line(const char *buf, struct ta_line *line)
{
	unsigned long start, end;
	char perms[5];

	if (sscanf(buf, "%lx-%lx %4s", &start, &end, perms) != 3)
		return false;
	*line = (struct ta_line){
		.start = start,
		.end = end,
		.heap = strstr(buf, "[teachalloc-heap]"),
	};
	memcpy(line->perms, perms, sizeof(perms));
	return true;
}

/**
 * ta_lines() - read the lines of /proc/self/maps that are ours
 * @lines: filled in, in order of addresses
 * @max: room in @lines
 *
 * Return: how many there are, or -1.
 */
int ta_lines(struct ta_line *lines, int max)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	struct ta_line line, *last = NULL;
	unsigned long kib;
	char buf[512];
	int nr = 0;

	if (!f)
		return -1;
	while (fgets(buf, sizeof(buf), f)) {
		if (parse_line(buf, &line)) {
			last = NULL;
			if (!strstr(buf, "[teachalloc"))
				continue;
			if (nr < max) {
				last = &lines[nr];
				*last = line;
			}
			nr++;
		} else if (last && sscanf(buf, "Rss: %lu kB", &kib) == 1) {
			last->rss = kib * 1024;
		}
	}
	fclose(f);
	return nr;
}

/**
 * ta_heap_lines() - read the lines of /proc/self/maps that are heaps of ours
 * @lines: filled in, in order of addresses
 * @max: room in @lines
 *
 * Return: how many there are, or -1.
 */
int ta_heap_lines(struct ta_line *lines, int max)
{
	struct ta_line all[64];
	int nr = ta_lines(all, 64), heaps = 0;

	if (nr < 0 || nr > 64)
		return -1;
	for (int i = 0; i < nr; i++)
		if (all[i].heap && heaps++ < max)
			lines[heaps - 1] = all[i];
	return heaps;
}

/**
 * ta_physical() - ask where a page is in the machine
 * @addr: its address
 *
 * Return: the address there, or 0: nothing is mapped, or this process is not root.
 */
uint64_t ta_physical(const void *addr)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (pread(fd, &entry, 8, (uintptr_t)addr / PAGE * 8) != 8)
		entry = 0;
	close(fd);
	return (entry & ((1ULL << 55) - 1)) * PAGE;
}

/**
 * ta_offset() - ask which part of its file a line of /proc/self/maps shows
 * @addr: where the line begins
 *
 * Return: the offset in bytes, or -1.
 */
long ta_offset(const void *addr)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, offset;
	long found = -1;
	char buf[512];

	while (f && fgets(buf, sizeof(buf), f))
		if (sscanf(buf, "%lx-%*x %*s %lx", &start, &offset) == 2 &&
		    start == (uintptr_t)addr)
			found = offset;
	if (f)
		fclose(f);
	return found;
}

/**
 * ta_rss() - ask what of our memory is mapped to pages in this process
 *
 * Return: bytes, exact: the kernel walks the page table.
 */
long ta_rss(void)
{
	struct ta_line lines[256];
	int nr = ta_lines(lines, 256);
	long rss = 0;

	if (nr > 256)
		return -1;
	for (int i = 0; i < nr; i++)
		rss += lines[i].rss;
	return rss;
}

/**
 * ta_status_kib() - read a figure of /proc/self/status
 * @field: its name
 *
 * Return: the figure, which may lag behind by some dozens of pages, or -1.
 */
long ta_status_kib(const char *field)
{
	FILE *f = fopen("/proc/self/status", "re");
	size_t len = strlen(field);
	long kib = -1;
	char buf[256];

	while (f && fgets(buf, sizeof(buf), f))
		if (!strncmp(buf, field, len) && buf[len] == ':')
			kib = strtol(buf + len + 1, NULL, 10);
	if (f)
		fclose(f);
	return kib;
}

/**
 * ta_free_pages() - ask how many pages of the pool are free
 * @fd: a client
 *
 * Return: the number, or -1.
 */
long ta_free_pages(int fd)
{
	struct ta_ioc_info info;

	return ta_info(fd, &info) ? -1 : (long)info.free_pages;
}

/**
 * ta_available_pages() - ask how many pages can be had
 * @fd: a client
 *
 * Return: the number, or -1.
 */
long ta_available_pages(int fd)
{
	struct ta_ioc_info info;

	return ta_info(fd, &info) ? -1 : (long)info.available_pages;
}

/**
 * ta_is_whole() - ask whether all of the pool is free
 * @fd: a client
 *
 * Return: whether.
 */
bool ta_is_whole(int fd)
{
	struct ta_ioc_info info;

	return !ta_info(fd, &info) && info.free_pages == info.pool_pages;
}

static int page_info(int fd, const void *addr, struct ta_page_info *page)
{
	uintptr_t at = (uintptr_t)addr & ~(PAGE - 1);

	return ta_pages(fd, (void *)at, 1, page);
}

/**
 * ta_state() - ask what stands behind an address
 * @fd: the client
 * @addr: anywhere in a page
 *
 * Return: an enum ta_page_state, or -1.
 */
long ta_state(int fd, const void *addr)
{
	struct ta_page_info page;

	return page_info(fd, addr, &page) ? -1 : (long)page.state;
}

/**
 * ta_frame() - ask which page of the pool stands behind an address
 * @fd: the client
 * @addr: anywhere in a page
 *
 * Return: the page's number, or -1 if there is none.
 */
long ta_frame(int fd, const void *addr)
{
	struct ta_page_info page;

	if (page_info(fd, addr, &page) || (page.state != TA_PAGE_PRESENT &&
					   page.state != TA_PAGE_SHARED))
		return -1;
	return page.frame;
}

/**
 * ta_all() - check that memory is the same byte throughout
 * @addr: where
 * @len: how much
 * @byte: which
 *
 * Return: whether.
 */
bool ta_all(const void *addr, size_t len, unsigned char byte)
{
	const unsigned char *p = addr;

	for (size_t i = 0; i < len; i++)
		if (p[i] != byte)
			return false;
	return true;
}
