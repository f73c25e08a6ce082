// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc maps PID: the memory that a process has from the pool.
 *
 * For root: of each client that the process opened or has lines of, its counters
 * and those lines, with what is behind them. Others may ask about their own
 * processes; they see the lines as /proc/PID/smaps has them.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"

#define CLIENTS	CMD_OURS "clients"

/* A line of maps, which goes on with figures of it; and how it is printed. */
struct printer {
	struct json *j;
	bool in_line;
	unsigned int nr_lines;
};

static void end_line(struct printer *p)
{
	if (p->in_line) {
		if (p->j)
			json_end(p->j);
		else
			printf("\n");
	}
	p->in_line = false;
}

static void begin_line(struct printer *p, const char *client, const char *line)
{
	unsigned long start, end, offset;
	char perms[8], name[64] = "";
	const char *found = strchr(line, '[');

	if (sscanf(line, "%lx-%lx %7s %lx", &start, &end, perms, &offset) != 4)
		return;
	if (found)
		snprintf(name, sizeof(name), "%.*s", (int)strcspn(found, "\n"),
			 found);
	end_line(p);
	p->in_line = true;
	p->nr_lines++;
	if (!p->j) {
		say(TITLE, "  %lx-%lx %s %s", start, end, perms, name);
		return;
	}
	json_object(p->j, NULL);
	json_string(p->j, "client", client);
	json_address(p->j, "start", start);
	json_address(p->j, "end", end);
	json_string(p->j, "perms", perms);
	json_number(p->j, "offset", offset);
	json_string(p->j, "name", name);
}

/* Of the kernel's figures only those that ours have, too. */
static void add_figure(struct printer *p, const char *line)
{
	static const char * const wanted[][2] = {
		{ "Size:", "size_kib" }, { "Rss:", "rss_kib" },
		{ "Shared:", "shared_kib" }, { "Private:", "private_kib" },
		{ "Zero:", "zero_kib" }, { "Lost:", "lost_kib" },
	};
	unsigned long kib;
	char name[32];

	if (!p->in_line || sscanf(line, "%31s %lu kB", name, &kib) != 2)
		return;
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		if (strcmp(name, wanted[i][0]))
			continue;
		if (p->j)
			json_number(p->j, wanted[i][1], kib);
		else if (kib)
			printf("  %s %lu KiB", name, kib);
	}
}

/* Lines of a client's smaps begin with whose they are. */
static void print_client_lines(struct printer *p, const char *client, int pid)
{
	char path[320], line[512];
	int at, whose;
	FILE *file;

	snprintf(path, sizeof(path), CLIENTS "/%s/smaps", client);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%d %*x-%*x %n", &whose, &at) == 1) {
			end_line(p);
			if (whose == pid)
				begin_line(p, client, strchr(line, ' ') + 1);
		} else {
			add_figure(p, line);
		}
	}
	end_line(p);
	if (file)
		fclose(file);
}

static bool has_lines(const char *client, int pid)
{
	char path[320], line[512];
	bool found = false;
	FILE *file;

	snprintf(path, sizeof(path), CLIENTS "/%s/maps", client);
	file = fopen(path, "re");
	while (file && !found && fgets(line, sizeof(line), file))
		found = atoi(line) == pid;
	if (file)
		fclose(file);
	return found;
}

/* "Name:  value unit" becomes name and value. */
static void print_status(struct json *j, const char *client)
{
	char path[320], line[256], name[64], value[128], rest;
	unsigned long nr;
	FILE *file;

	snprintf(path, sizeof(path), CLIENTS "/%s/status", client);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "%63[^:]: %127[^\n]", name, value) != 2)
			continue;
		if (!j)
			printf("  %-14s %s\n", name, value);
		else if (sscanf(value, "%lu%c", &nr, &rest) == 1 ||
			 strstr(value, " kB"))
			json_number(j, name, strtoul(value, NULL, 10));
		else
			json_string(j, name, value);
	}
	if (file)
		fclose(file);
}

/* The folders of clients that concern a process: names, or NULL in all places. */
static int find_clients(int pid, struct dirent ***names)
{
	int nr = scandir(CLIENTS, names, NULL, alphasort), found = 0;

	for (int i = 0; i < nr; i++) {
		struct dirent *entry = (*names)[i];

		if (entry->d_name[0] == '.' ||
		    (atoi(entry->d_name) != pid &&
		     !has_lines(entry->d_name, pid))) {
			free(entry);
			continue;
		}
		(*names)[found++] = entry;
	}
	return nr < 0 ? nr : found;
}

static void print_clients(struct dirent **names, int nr, int pid, struct json *j)
{
	struct printer p = { .j = j };

	if (j)
		json_array(j, "clients");
	for (int i = 0; i < nr; i++) {
		if (j)
			json_object(j, NULL);
		else
			heading(names[i]->d_name);
		if (j)
			json_string(j, "client", names[i]->d_name);
		print_status(j, names[i]->d_name);
		if (j)
			json_end(j);
		else
			print_client_lines(&p, names[i]->d_name, pid);
	}
	if (!j)
		return;
	json_end(j);
	json_array(j, "maps");
	for (int i = 0; i < nr; i++)
		print_client_lines(&p, names[i]->d_name, pid);
	json_end(j);
}

static int maps_of_client(int pid, struct json *j)
{
	struct dirent **names;
	int nr = find_clients(pid, &names);

	if (nr < 0)
		return cmd_fail(CMD_NO, CLIENTS ": %s", strerror(errno));
	if (!nr) {
		free(names);
		return cmd_fail(CMD_NO, "process %d has nothing of the pool", pid);
	}
	print_clients(names, nr, pid, j);
	for (int i = 0; i < nr; i++)
		free(names[i]);
	free(names);
	return CMD_OK;
}

static int maps_of_proc(int pid, struct json *j)
{
	struct printer p = { .j = j };
	char path[64], line[512];
	bool ours = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps", pid);
	file = fopen(path, "re");
	if (!file)
		return cmd_fail(errno == EACCES ? CMD_NO_RIGHT : CMD_NO,
				errno == EACCES ?
				"process %d is another user's: for root" :
				"there is no process %d", pid);
	if (j)
		json_array(j, "maps");
	while (fgets(line, sizeof(line), file)) {
		unsigned long start;

		if (sscanf(line, "%lx-%*x ", &start) == 1) {
			ours = strstr(line, "[teachalloc");
			end_line(&p);
			if (ours)
				begin_line(&p, "", line);
		} else if (ours) {
			add_figure(&p, line);
		}
	}
	end_line(&p);
	fclose(file);
	if (p.nr_lines)
		return CMD_OK;
	return cmd_fail(CMD_NO, "process %d has nothing of the pool", pid);
}

/* What is printed only counts if there was something. */
static int print_json(int pid, bool as_root)
{
	struct json j;
	size_t len;
	char *text;
	FILE *memory = open_memstream(&text, &len);
	int status;

	if (!memory)
		return cmd_fail(CMD_NO, "no memory");
	json_begin(&j, memory);
	json_signed(&j, "pid", pid);
	status = as_root ? maps_of_client(pid, &j) : maps_of_proc(pid, &j);
	json_finish(&j);
	fclose(memory);
	if (!status)
		fputs(text, stdout);
	free(text);
	return status;
}

/**
 * cmd_maps() - print what a process has
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_maps(int argc, char **argv)
{
	char path[64], rest;
	bool as_root = !geteuid();
	FILE *file;
	struct cmd cmd;
	int pid, status = cmd_begin(&cmd, argc, argv, 1, 1);

	if (status)
		return status;
	if (sscanf(cmd.argv[0], "%d%c", &pid, &rest) != 1 || pid <= 0)
		return cmd_fail(CMD_USAGE, "%s is no process", cmd.argv[0]);
	if (as_root) {
		status = cmd_open_file("meminfo", "re", &file);
		if (status)
			return status;
		fclose(file);
	}
	snprintf(path, sizeof(path), "/proc/%d", pid);
	if (access(path, F_OK))
		return cmd_fail(CMD_NO, "there is no process %d", pid);
	if (cmd.json)
		return print_json(pid, as_root);
	return as_root ? maps_of_client(pid, NULL) : maps_of_proc(pid, NULL);
}
