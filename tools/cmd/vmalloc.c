// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc vmalloc: the areas, each with the frames behind it, and how the room
 * for addresses is used.
 */
#include <string.h>

#include "cmd.h"

/* A line of vmalloc_pages */
struct area {
	unsigned long addr;
	unsigned long bytes;
	int pid;
	char *caller;
	char *frames;
};

static bool parse(char *line, struct area *a)
{
	char *frames = strstr(line, " frames");
	int at;

	line[strcspn(line, "\n")] = '\0';
	if (!frames || sscanf(line, "%lx %lu bytes pid %d %n", &a->addr,
			      &a->bytes, &a->pid, &at) != 3)
		return false;
	*frames = '\0';
	a->caller = line + at;
	a->frames = frames + strlen(" frames");
	a->frames += *a->frames == ' ';
	return true;
}

static void print_area(struct json *j, const struct area *a)
{
	if (!j) {
		printf("%#lx %9lu bytes  pid %-6d %s\n", a->addr, a->bytes,
		       a->pid, a->caller);
		labelled("frames", a->frames);
		return;
	}
	json_object(j, NULL);
	json_address(j, "addr", a->addr);
	json_number(j, "bytes", a->bytes);
	json_signed(j, "pid", a->pid);
	json_string(j, "caller", a->caller);
	json_string(j, "frames", a->frames);
	json_end(j);
}

static void print_areas(FILE *file, struct json *j)
{
	static char line[1 << 20];
	unsigned int nr = 0;
	struct area a;

	while (fgets(line, sizeof(line), file))
		if (parse(line, &a)) {
			print_area(j, &a);
			nr++;
		}
	if (!j)
		printf("%u areas\n", nr);
}

/* A line "name: value" each; most values are numbers. */
static void print_stat(FILE *file, struct json *j)
{
	char line[128], name[64], value[32], rest;
	unsigned long nr;

	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^:]: %31s", name, value) != 2)
			continue;
		if (!j)
			printf("%-16s %s\n", name, value);
		else if (sscanf(value, "%lu%c", &nr, &rest) == 1)
			json_number(j, name, nr);
		else
			json_string(j, name, value);
	}
}

static void print_json(FILE *areas, FILE *stat)
{
	struct json j;

	json_begin(&j, stdout);
	json_array(&j, "areas");
	print_areas(areas, &j);
	json_end(&j);
	json_object(&j, "stat");
	print_stat(stat, &j);
	json_finish(&j);
}

/**
 * cmd_vmalloc() - print the areas
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_vmalloc(int argc, char **argv)
{
	FILE *areas, *stat;
	struct cmd cmd;
	int status = cmd_begin(&cmd, argc, argv, 0, 0);

	if (!status)
		status = cmd_open_file("vmalloc_pages", "re", &areas);
	if (status)
		return status;
	status = cmd_open_file("vmalloc_stat", "re", &stat);
	if (status)
		return status;
	if (cmd.json) {
		print_json(areas, stat);
	} else {
		print_areas(areas, NULL);
		print_stat(stat, NULL);
	}
	fclose(areas);
	fclose(stat);
	return CMD_OK;
}
