// SPDX-License-Identifier: GPL-2.0
/*
 * What teachalloc run has to say at the end: the lines of all processes, added up.
 *
 * A line is what tools/shim/summary.c writes, "teachalloc[PID]: KIND: ...". Processes
 * that were killed, or became another program by exec, have written none. Processes
 * that were forked share a client, so clients are not added up: the one with the most
 * faults is told of.
 */
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "run.h"

static const char *const run_kinds[RUN_KINDS] = {
	"mmap", "brk", "madvise", "mremap",
};

static void add_kind(struct run_kind *sum, const char *text)
{
	struct run_kind kind;

	if (sscanf(text, "%lu redirected (%lu KiB), %lu passed on, %lu fell back",
		   &kind.redirected, &kind.kib, &kind.passed,
		   &kind.fell_back) != 4)
		return;
	sum->redirected += kind.redirected;
	sum->kib += kind.kib;
	sum->passed += kind.passed;
	sum->fell_back += kind.fell_back;
}

static void add_client(struct run_sums *sums, const char *text)
{
	unsigned long mapped, resident, faults;

	sums->processes++;
	if (sscanf(text, "%lu pages mapped, %lu resident, %lu faults", &mapped,
		   &resident, &faults) != 3 || faults < sums->faults)
		return;
	sums->mapped = mapped;
	sums->resident = resident;
	sums->faults = faults;
}

static void add_line(struct run_sums *sums, const char *line)
{
	char name[16];
	int at = 0;

	if (!strstr(line, "]: "))
		return;
	line = strstr(line, "]: ") + 3;
	if (!strcmp(line, "no client\n"))
		sums->processes++;
	if (sscanf(line, "%15[a-z]: %n", name, &at) != 1 || !at)
		return;
	if (!strcmp(name, "client"))
		add_client(sums, line + at);
	for (int i = 0; i < RUN_KINDS; i++)
		if (!strcmp(name, run_kinds[i]))
			add_kind(&sums->kind[i], line + at);
}

/**
 * run_add_up() - read the lines
 * @fd: the file that they were written to
 * @sums: what they add up to
 */
void run_add_up(int fd, struct run_sums *sums)
{
	FILE *file = fdopen(fd, "r");
	char line[256];

	memset(sums, 0, sizeof(*sums));
	if (!file)
		return;
	rewind(file);
	while (fgets(line, sizeof(line), file))
		add_line(sums, line);
	fclose(file);
}

/**
 * run_print_text() - tell people
 * @sums: what
 * @file: where
 */
void run_print_text(const struct run_sums *sums, FILE *file)
{
	fprintf(file, "teachalloc run: %u process%s\n"
		"           redirected       KiB  passed on  fell back\n",
		sums->processes, sums->processes == 1 ? "" : "es");
	for (int i = 0; i < RUN_KINDS; i++) {
		const struct run_kind *kind = &sums->kind[i];

		fprintf(file, "  %-8s %10lu %9lu %10lu %10lu\n", run_kinds[i],
			kind->redirected, kind->kib, kind->passed,
			kind->fell_back);
	}
	fprintf(file,
		"  The largest client had %lu faults, and at its end %lu pages, %lu of them touched.\n",
		sums->faults, sums->mapped, sums->resident);
}

/**
 * run_print_json() - tell programs
 * @sums: what
 * @file: where
 */
void run_print_json(const struct run_sums *sums, FILE *file)
{
	struct json j;

	json_begin(&j, file);
	json_number(&j, "processes", sums->processes);
	for (int i = 0; i < RUN_KINDS; i++) {
		const struct run_kind *kind = &sums->kind[i];

		json_object(&j, run_kinds[i]);
		json_number(&j, "redirected", kind->redirected);
		json_number(&j, "kib", kind->kib);
		json_number(&j, "passed_on", kind->passed);
		json_number(&j, "fell_back", kind->fell_back);
		json_end(&j);
	}
	json_object(&j, "largest_client");
	json_number(&j, "faults", sums->faults);
	json_number(&j, "mapped_pages", sums->mapped);
	json_number(&j, "resident_pages", sums->resident);
	json_end(&j);
	json_finish(&j);
}
