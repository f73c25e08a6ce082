// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc map: a picture of the pool, a character for so many pages, and who
 * has how much of it.
 *
 * The counts add up to the pool: every page is in exactly one of them.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "cmd.h"
#include "poolmap.h"
#include "size.h"

#define MARGIN		9	/* columns: a frame's number and a blank */
#define MAX_COLUMNS	1024
#define LEGEND_LINES	14
#define MAX_OWNERS	12

static const enum tone tones[NR_POOL_STATES] = {
	[POOL_FREE_MOVABLE]	= LABEL,
	[POOL_FREE_UNMOVABLE]	= LABEL,
	[POOL_FREE_RECLAIMABLE]	= LABEL,
	[POOL_FREE_ISOLATE]	= BAD,
	[POOL_PCP]		= CYAN,
	[POOL_PINNED]		= BAD,
	[POOL_PAGES]		= BLUE,
	[POOL_SLAB]		= YELLOW,
	[POOL_KMALLOC]		= NEWS,
	[POOL_EXACT]		= BLUE,
	[POOL_CONTIG]		= BLUE,
	[POOL_VMALLOC]		= MAGENTA,
	[POOL_USER]		= GOOD,
	[POOL_GUARD]		= BAD,
};

static const char * const meanings[NR_POOL_STATES] = {
	[POOL_FREE_MOVABLE]	= "free, where movable pages are",
	[POOL_FREE_UNMOVABLE]	= "free, where unmovable pages are",
	[POOL_FREE_RECLAIMABLE]	= "free, where reclaimable pages are",
	[POOL_FREE_ISOLATE]	= "free, kept from everybody for a while",
	[POOL_PCP]		= "free, on a list of a CPU",
	[POOL_PINNED]		= "freed, but somebody still holds it",
	[POOL_PAGES]		= "blocks of pages",
	[POOL_SLAB]		= "slabs",
	[POOL_KMALLOC]		= "kmalloc, too large for a slab",
	[POOL_EXACT]		= "pages by size",
	[POOL_CONTIG]		= "contiguous ranges",
	[POOL_VMALLOC]		= "vmalloc",
	[POOL_USER]		= "users' memory, movable",
	[POOL_GUARD]		= "guards behind blocks",
	[POOL_CHANGING]		= "changing hands during the look",
};

/* Who has pages in one state */
struct owner {
	enum pool_state state;
	const char *name;
	unsigned long nr;
};

static unsigned int size_of_screen(const char *variable, unsigned int otherwise,
				   bool columns)
{
	const char *given = getenv(variable);
	struct winsize size;

	if (given && atoi(given) > 0)
		return atoi(given);
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return otherwise;
	if (columns)
		return size.ws_col ? size.ws_col : otherwise;
	return size.ws_row ? size.ws_row : otherwise;
}

static struct pool_picture fit(const struct pool_map *map)
{
	unsigned int columns = size_of_screen("COLUMNS", 80, true);
	unsigned int lines = size_of_screen("LINES", 40, false);

	if (columns > MAX_COLUMNS)
		columns = MAX_COLUMNS;
	columns = columns > MARGIN + 16 ? columns - MARGIN : 16;
	lines = lines > LEGEND_LINES + 8 ? lines - LEGEND_LINES : 8;
	return pool_picture_fit(pool_map_end(map), columns, lines);
}

/* The characters of a line, and what each shows; false if it is all hole. */
static bool draw_line(const struct pool_map *map, const struct pool_picture *p,
		      unsigned long frame, char *letters,
		      enum pool_state *cells)
{
	unsigned long nr[NR_POOL_STATES];
	bool any = false;

	for (unsigned long i = 0; i < p->line_cells; i++) {
		unsigned long first = frame + i * p->cell_pages;

		pool_map_count(map, first, first + p->cell_pages, nr);
		cells[i] = pool_cell_state(nr, &letters[i]);
		any |= cells[i] != POOL_HOLE;
	}
	letters[p->line_cells] = '\0';
	return any;
}

/* Cells of one tone at a time */
static void print_line(const struct pool_picture *p, unsigned long frame,
		       const char *letters, const enum pool_state *cells)
{
	unsigned long i, nr;

	say(LABEL, "%*lu ", MARGIN - 1, frame);
	for (i = 0; i < p->line_cells; i += nr) {
		for (nr = 1; i + nr < p->line_cells &&
		     tones[cells[i + nr]] == tones[cells[i]]; nr++)
			;
		say(tones[cells[i]], "%.*s", (int)nr, letters + i);
	}
	printf("\n");
}

static void picture(const struct pool_map *map, const struct pool_picture *p,
		    struct json *j)
{
	unsigned long step = p->cell_pages * p->line_cells;
	enum pool_state cells[p->line_cells];
	char letters[p->line_cells + 1];

	for (unsigned long f = 0; f < pool_map_end(map); f += step) {
		if (!draw_line(map, p, f, letters, cells))
			continue;
		if (!j) {
			print_line(p, f, letters, cells);
			continue;
		}
		json_object(j, NULL);
		json_number(j, "frame", f);
		json_string(j, "cells", letters);
		json_end(j);
	}
}

static void add_owner(struct owner *owners, size_t *nr,
		      const struct pool_run *run)
{
	for (size_t i = 0; i < *nr; i++)
		if (owners[i].state == run->state &&
		    !strcmp(owners[i].name, run->owner)) {
			owners[i].nr += run->nr;
			return;
		}
	owners[(*nr)++] = (struct owner){ run->state, run->owner, run->nr };
}

static int more_pages(const void *a, const void *b)
{
	const struct owner *x = a, *y = b;

	return x->nr > y->nr ? -1 : x->nr < y->nr;
}

/* Everybody who has pages, the most first; there are at most as many as runs. */
static struct owner *owners_of(const struct pool_map *map, size_t *nr)
{
	struct owner *owners = calloc(map->nr + 1, sizeof(*owners));

	*nr = 0;
	for (size_t i = 0; owners && i < map->nr; i++)
		if (map->runs[i].owner[0])
			add_owner(owners, nr, &map->runs[i]);
	if (owners)
		qsort(owners, *nr, sizeof(*owners), more_pages);
	return owners;
}

static void print_legend(const unsigned long nr[NR_POOL_STATES])
{
	unsigned long sum = 0;

	for (int i = POOL_FREE_MOVABLE; i < NR_POOL_STATES; i++) {
		if (!nr[i])
			continue;
		sum += nr[i];
		say(tones[i], "  %c", pool_state_letter(i));
		printf(" %9lu pages  %s\n", nr[i], meanings[i]);
	}
	printf("    %9lu pages in all\n", sum);
}

static void print_owners(const struct owner *owners, size_t nr)
{
	if (nr)
		printf("Who has most:\n");
	for (size_t i = 0; i < nr && i < MAX_OWNERS; i++) {
		say(tones[owners[i].state], "  %c",
		    pool_state_letter(owners[i].state));
		printf(" %9lu pages  %s\n", owners[i].nr, owners[i].name);
	}
}

static void print_text(const struct pool_map *map, const struct owner *owners,
		       size_t nr_owners)
{
	struct pool_picture p = fit(map);
	unsigned long nr[NR_POOL_STATES];
	char words[SIZE_WORDS];

	printf("A character is %lu pages, %s; a line begins with its first frame.\n",
	       p.cell_pages,
	       size_words(p.cell_pages * sysconf(_SC_PAGESIZE), words));
	picture(map, &p, NULL);
	printf("A capital letter has all pages of its place, a small one most of those in use.\n");
	pool_map_count(map, 0, pool_map_end(map), nr);
	print_legend(nr);
	print_owners(owners, nr_owners);
}

static void json_states(struct json *j, const struct pool_map *map)
{
	unsigned long nr[NR_POOL_STATES], sum = 0;

	pool_map_count(map, 0, pool_map_end(map), nr);
	json_array(j, "states");
	for (int i = POOL_FREE_MOVABLE; i < NR_POOL_STATES; i++) {
		char letter[2] = { pool_state_letter(i) };

		sum += nr[i];
		json_object(j, NULL);
		json_string(j, "state", pool_state_name(i));
		json_string(j, "letter", letter);
		json_number(j, "pages", nr[i]);
		json_end(j);
	}
	json_end(j);
	json_number(j, "pages", sum);
}

static void json_runs(struct json *j, const struct pool_map *map)
{
	json_array(j, "runs");
	for (size_t i = 0; i < map->nr; i++) {
		const struct pool_run *run = &map->runs[i];

		json_object(j, NULL);
		json_number(j, "frame", run->frame);
		json_number(j, "pages", run->nr);
		json_number(j, "order", run->order);
		json_string(j, "type", run->type);
		json_string(j, "state", pool_state_name(run->state));
		json_string(j, "owner", run->owner);
		json_end(j);
	}
	json_end(j);
}

static void print_json(const struct pool_map *map, const struct owner *owners,
		       size_t nr)
{
	struct pool_picture p = fit(map);
	struct json j;

	json_begin(&j, stdout);
	json_states(&j, map);
	json_array(&j, "owners");
	for (size_t i = 0; i < nr; i++) {
		json_object(&j, NULL);
		json_string(&j, "owner", owners[i].name);
		json_string(&j, "state", pool_state_name(owners[i].state));
		json_number(&j, "pages", owners[i].nr);
		json_end(&j);
	}
	json_end(&j);
	json_number(&j, "cell_pages", p.cell_pages);
	json_array(&j, "picture");
	picture(map, &p, &j);
	json_end(&j);
	json_runs(&j, map);
	json_finish(&j);
}

/**
 * cmd_map() - draw the pool
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_map(int argc, char **argv)
{
	struct owner *owners;
	struct pool_map map;
	struct cmd cmd;
	size_t nr;
	FILE *file;
	int status = cmd_begin(&cmd, argc, argv, 0, 0);

	if (!status)
		status = cmd_open_file("pool_map", "re", &file);
	if (status)
		return status;
	status = pool_map_read(file, &map);
	fclose(file);
	owners = status ? NULL : owners_of(&map, &nr);
	if (!owners)
		return cmd_fail(CMD_NO, "no memory for the map");
	if (cmd.json)
		print_json(&map, owners, nr);
	else
		print_text(&map, owners, nr);
	free(owners);
	pool_map_free(&map);
	return CMD_OK;
}
