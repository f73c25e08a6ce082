// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc slabs [CACHE]: the caches that have slabs, or one of them, object by
 * object.
 */
#include <string.h>

#include "cmd.h"

/* A line of slabinfo */
struct cache {
	char name[48];
	unsigned long active;	/* objects */
	unsigned long total;	/* likewise */
	unsigned long size;
	unsigned long per_slab;
	unsigned long slab_pages;
	unsigned long slabs;
};

static bool parse(const char *line, struct cache *c)
{
	return sscanf(line,
		      "%47s %lu %lu %lu %lu %lu : tunables %*u %*u %*u : slabdata %*u %lu",
		      c->name, &c->active, &c->total, &c->size, &c->per_slab,
		      &c->slab_pages, &c->slabs) == 7;
}

static void print_json(struct json *j, const struct cache *c)
{
	json_object(j, NULL);
	json_string(j, "cache", c->name);
	json_number(j, "object_size", c->size);
	json_number(j, "objects_active", c->active);
	json_number(j, "objects", c->total);
	json_number(j, "objects_per_slab", c->per_slab);
	json_number(j, "pages_per_slab", c->slab_pages);
	json_number(j, "slabs", c->slabs);
	json_end(j);
}

static void print_text(const struct cache *c)
{
	unsigned long use = c->total ? c->active * 100 / c->total : 0;

	printf("%-20s %6lu %9lu %9lu %4lu%% %8lu %8lu\n", c->name, c->size,
	       c->active, c->total, use, c->slabs, c->slabs * c->slab_pages);
}

/* All caches; those without a slab are only counted, but for JSON. */
static void print_all(FILE *file, bool as_json)
{
	unsigned int nr_empty = 0;
	struct json j;
	struct cache c;
	char line[512];

	if (as_json) {
		json_begin(&j, stdout);
		json_array(&j, "caches");
	} else {
		say(LABEL, "%-20s %6s %9s %9s %5s %8s %8s\n", "cache", "bytes",
		    "in use", "objects", "use", "slabs", "pages");
	}
	while (fgets(line, sizeof(line), file)) {
		if (!parse(line, &c))
			continue;
		if (as_json)
			print_json(&j, &c);
		else if (c.slabs)
			print_text(&c);
		else
			nr_empty++;
	}
	if (as_json)
		json_finish(&j);
	else
		printf("%u caches without a slab\n", nr_empty);
}

static bool find(FILE *file, const char *name, struct cache *c)
{
	char line[512];

	while (fgets(line, sizeof(line), file))
		if (parse(line, c) && !strcmp(c->name, name))
			return true;
	return false;
}

/* The module draws the objects itself. */
static int print_one(const struct cache *c, bool as_json)
{
	char name[80], line[4096];
	struct json j;
	FILE *file;
	int status;

	snprintf(name, sizeof(name), "slab/%s/map", c->name);
	status = cmd_open_file(name, "re", &file);
	if (status)
		return status;
	if (as_json) {
		json_begin(&j, stdout);
		json_array(&j, "caches");
		print_json(&j, c);
		json_end(&j);
		json_array(&j, "map");
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (as_json)
			json_string(&j, NULL, line);
		else
			puts(line);
	}
	if (as_json)
		json_finish(&j);
	fclose(file);
	return CMD_OK;
}

/**
 * cmd_slabs() - print the caches
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_slabs(int argc, char **argv)
{
	struct cache c;
	struct cmd cmd;
	FILE *file;
	int status = cmd_begin(&cmd, argc, argv, 0, 1);

	if (!status)
		status = cmd_open_file("slabinfo", "re", &file);
	if (status)
		return status;
	if (!cmd.argc)
		print_all(file, cmd.json);
	else if (find(file, cmd.argv[0], &c))
		status = print_one(&c, cmd.json);
	else
		status = cmd_fail(CMD_NO, "no cache %s", cmd.argv[0]);
	fclose(file);
	return status;
}
