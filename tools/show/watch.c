// SPDX-License-Identifier: GPL-2.0
/*
 * What a program can see of itself and of the pool: its own maps, its RSS, and
 * the pool's figures.
 *
 * Model: /proc/self/smaps has each line of /proc/self/maps followed by its
 * details, so one pass over it gives the lines and, exactly, what is resident
 * in each. VmRSS of /proc/self/status may lag behind by some dozens of pages.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watch.h"

/* The file pads the name to a column beyond 80; one blank will do here. */
static void squeeze(char *dst, size_t size, const char *src)
{
	size_t n = 0;

	for (; *src && *src != '\n' && n + 1 < size; src++)
		if (*src != ' ' || src[1] != ' ')
			dst[n++] = *src;
	dst[n] = '\0';
}

static bool is_map_line(const char *line, unsigned long *start, unsigned long *end)
{
	return sscanf(line, "%lx-%lx ", start, end) == 2;
}

static void take_line(struct view *view, const char *line, unsigned long bytes)
{
	view->mapped_kib += bytes / 1024;
	if (view->nr_lines < MAX_LINES)
		squeeze(view->line[view->nr_lines], sizeof(view->line[0]),
			line);
	view->nr_lines++;
}

static bool is_watched(const struct watched *what, const char *line,
		       unsigned long start, unsigned long end)
{
	if (what->name)
		return strstr(line, what->name);
	return start < what->end && end > what->start;
}

/**
 * watch_lines() - look at some of this process's lines of maps now
 * @what: which
 * @view: filled in, but for the pool's figures
 *
 * Return: 0 or -1 with errno.
 */
int watch_lines(const struct watched *what, struct view *view)
{
	FILE *f = fopen("/proc/self/smaps", "re");
	unsigned long start, end;
	unsigned long kib;
	bool ours = false;
	char buf[512];

	if (!f)
		return -1;
	memset(view, 0, sizeof(*view));
	while (fgets(buf, sizeof(buf), f)) {
		if (is_map_line(buf, &start, &end)) {
			ours = is_watched(what, buf, start, end);
			if (ours)
				take_line(view, buf, end - start);
		} else if (sscanf(buf, "Rss: %lu kB", &kib) == 1) {
			view->process_kib += kib;
			view->rss_kib += ours ? kib : 0;
		}
	}
	fclose(f);
	return 0;
}

/**
 * watch() - look at what this process has of the pool, and at the pool, now
 * @fd: the client
 * @view: filled in
 *
 * Return: 0 or -1 with errno.
 */
int watch(int fd, struct view *view)
{
	const struct watched ours = { .name = "[teachalloc" };

	if (watch_lines(&ours, view))
		return -1;
	return ta_info(fd, &view->pool);
}

/**
 * pages_used() - pages of the pool in use beyond those at the start
 * @view: now
 * @start: then
 *
 * Return: how many.
 */
unsigned long pages_used(const struct view *view, const struct view *start)
{
	return start->pool.free_pages - view->pool.free_pages;
}
