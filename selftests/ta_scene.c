// SPDX-License-Identifier: GPL-2.0
/*
 * A process in the middle of its life, for tests that let something fail in it: a
 * heap and a mapping, some pages of them written to, one read. What it looks like
 * afterwards is compared with what it looked like before.
 *
 * Context: in a process that ta_fork() made: what is wrong ends it.
 */
#include <sys/mman.h>

#include "ta_scene.h"

/**
 * ta_scene_byte() - what a page is filled with
 * @page: which, from 0
 */
char ta_scene_byte(size_t page)
{
	return 'a' + page;
}

/**
 * ta_scene_fill() - write to pages, to each its byte
 * @p: the first
 * @pages: how many
 */
void ta_scene_fill(char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		memset(p + i * PAGE, ta_scene_byte(i), PAGE);
}

/**
 * ta_scene_filled() - tell if pages have what ta_scene_fill() wrote
 * @p: the first
 * @pages: how many
 */
bool ta_scene_filled(const char *p, size_t pages)
{
	for (size_t i = 0; i < pages; i++)
		if (!ta_all(p + i * PAGE, PAGE, ta_scene_byte(i)))
			return false;
	return true;
}

/**
 * ta_scene_make() - become a client, with a heap and a mapping
 * @s: filled in
 */
void ta_scene_make(struct ta_scene *s)
{
	s->fd = ta_open();
	s->place = mmap(NULL, SCENE_MAP * PAGE, PROT_NONE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	s->heap = ta_sbrk(s->fd, SCENE_HEAP * PAGE);
	s->map = ta_mmap(s->fd, NULL, SCENE_MAP * PAGE, RW, 0);
	TA_CHILD(s->heap != (void *)-1 && s->map != MAP_FAILED);
	TA_CHILD(!munmap(s->place, SCENE_MAP * PAGE));
	ta_scene_fill(s->heap, SCENE_HEAP);
	ta_scene_fill(s->map, SCENE_WRITTEN);
	TA_CHILD(!ta_read(s->map + SCENE_WRITTEN * PAGE).sig);
}

/**
 * ta_scene_whole() - tell if all that was written is there
 * @s: of whom
 */
bool ta_scene_whole(const struct ta_scene *s)
{
	return ta_scene_filled(s->heap, SCENE_HEAP) &&
	       ta_scene_filled(s->map, SCENE_WRITTEN);
}

/**
 * ta_scene_map() - make one more mapping
 * @s: gets it as @other
 * @at: where, or NULL
 * @pages: its size
 * @flags: of ta_mmap()
 *
 * Return: 0 or the error.
 */
int ta_scene_map(struct ta_scene *s, char *at, size_t pages, int flags)
{
	char *p = ta_mmap(s->fd, at, pages * PAGE, RW, flags);

	if (p == MAP_FAILED)
		return errno;
	s->other = p;
	return 0;
}

/**
 * ta_scene_have_far() - make one where there is no page table
 * @s: gets it as @other
 */
void ta_scene_have_far(struct ta_scene *s)
{
	TA_CHILD(!ta_scene_map(s, SCENE_FAR, 2 * SCENE_MAP,
			       MAP_FIXED_NOREPLACE));
}

/**
 * ta_scene_write() - write a byte, and read it
 * @p: where
 *
 * Return: 0, or EIO if it is another.
 */
int ta_scene_write(char *p)
{
	*(volatile char *)p = 'w';
	return *(volatile char *)p == 'w' ? 0 : EIO;
}

/* A split that was for nothing stays; the kernel's own do. */
static void join_lines(struct ta_scene_look *look)
{
	struct ta_line *to = look->lines;

	for (int i = 1; i < look->nr_lines; i++) {
		struct ta_line *line = &look->lines[i];

		if (line->start == to->end && !strcmp(line->perms, to->perms))
			to->end = line->end;
		else
			*++to = *line;
	}
	if (look->nr_lines)
		look->nr_lines = to - look->lines + 1;
}

/* A zero page that goes is no loss, and any page may be moved. */
static void simplify(struct ta_page_info *pages, int nr)
{
	for (int i = 0; i < nr; i++) {
		if (pages[i].state == TA_PAGE_ZERO)
			pages[i].state = TA_PAGE_NONE;
		pages[i].frame = 0;
	}
}

/**
 * ta_scene_look() - note what must be the same after a failure
 * @s: of whom
 * @look: filled in
 */
void ta_scene_look(const struct ta_scene *s, struct ta_scene_look *look)
{
	memset(look, 0, sizeof(*look));
	TA_CHILD(!ta_info(s->fd, &look->info));
	TA_CHILD(!ta_brk_range(s->fd, NULL, &look->brk));
	look->nr_lines = ta_lines(look->lines, 16);
	TA_CHILD(look->nr_lines >= 0 && look->nr_lines <= 16);
	join_lines(look);
	TA_CHILD(!ta_pages(s->fd, s->heap, SCENE_HEAP, look->heap));
	TA_CHILD(!ta_pages(s->fd, s->map, SCENE_MAP, look->map));
	simplify(look->heap, SCENE_HEAP);
	simplify(look->map, SCENE_MAP);
}

static bool same_lines(const struct ta_scene_look *a, const struct ta_scene_look *b)
{
	if (a->nr_lines != b->nr_lines)
		return false;
	for (int i = 0; i < a->nr_lines; i++)
		if (a->lines[i].start != b->lines[i].start ||
		    a->lines[i].end != b->lines[i].end ||
		    strcmp(a->lines[i].perms, b->lines[i].perms))
			return false;
	return true;
}

/**
 * ta_scene_expect_same() - end the process unless all is as it was
 * @s: of whom
 * @before: how it was
 */
void ta_scene_expect_same(const struct ta_scene *s,
			  const struct ta_scene_look *before)
{
	struct ta_scene_look now;

	ta_scene_look(s, &now);
	TA_CHILD(now.brk == before->brk);
	TA_CHILD(same_lines(&now, before));
	TA_CHILD(now.info.mapped_pages == before->info.mapped_pages);
	TA_CHILD(now.info.resident_pages == before->info.resident_pages);
	TA_CHILD(now.info.committed_pages == before->info.committed_pages);
	TA_CHILD(now.info.held_pages == before->info.held_pages);
	TA_CHILD(!memcmp(now.heap, before->heap, sizeof(now.heap)));
	TA_CHILD(!memcmp(now.map, before->map, sizeof(now.map)));
	TA_CHILD(ta_scene_whole(s));
}
