/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_SCENE_H
#define TA_SCENE_H

#include "ta_test.h"

#define SCENE_HEAP	4	/* pages, all written to */
#define SCENE_MAP	8	/* pages: four written to, one read, three not touched */
#define SCENE_WRITTEN	4

/* An address with no page table anywhere near */
#define SCENE_FAR	((char *)0x600000000000)

struct ta_scene {
	int fd;
	char *heap;
	char *map;
	char *place;		/* as large as @map, nothing there */
	char *other;		/* what a case has besides */
	int fd2;
	int handle;
	pid_t child;
};

/* What must be the same after a failure */
struct ta_scene_look {
	struct ta_ioc_info info;
	void *brk;
	struct ta_line lines[16];
	int nr_lines;
	struct ta_page_info heap[SCENE_HEAP], map[SCENE_MAP];
};

char ta_scene_byte(size_t page);
void ta_scene_fill(char *p, size_t pages);
bool ta_scene_filled(const char *p, size_t pages);
void ta_scene_make(struct ta_scene *s);
bool ta_scene_whole(const struct ta_scene *s);
int ta_scene_map(struct ta_scene *s, char *at, size_t pages, int flags);
void ta_scene_have_far(struct ta_scene *s);
int ta_scene_write(char *p);
void ta_scene_look(const struct ta_scene *s, struct ta_scene_look *look);
void ta_scene_expect_same(const struct ta_scene *s,
			  const struct ta_scene_look *before);

#endif
