/* SPDX-License-Identifier: GPL-2.0 */
#ifndef CMD_RUN_H
#define CMD_RUN_H

#include <stdbool.h>
#include <stdio.h>

/**
 * struct run - what is to be run, and how
 * @library: of ours, the one to preload
 * @allocator: a library to preload behind it, or ""
 * @strict: what the service refuses is refused
 * @quiet: say nothing at the end
 * @json: say it as JSON
 * @summary: file to say it in, or NULL for stderr
 * @program: and its arguments
 */
struct run {
	const char *library;
	const char *allocator;
	bool strict;
	bool quiet;
	bool json;
	const char *summary;
	char **program;
};

#define RUN_KINDS	4

/**
 * struct run_sums - what all processes have said
 * @processes: how many
 * @kind: calls of each kind, see run_kinds
 * @mapped: pages that the client with the most faults had at its end
 * @resident: of these, pages that it had touched
 * @faults: its faults
 */
struct run_sums {
	unsigned int processes;
	struct run_kind {
		unsigned long redirected;
		unsigned long kib;
		unsigned long passed;
		unsigned long fell_back;
	} kind[RUN_KINDS];
	unsigned long mapped;
	unsigned long resident;
	unsigned long faults;
};

void run_add_up(int fd, struct run_sums *sums);
void run_print_text(const struct run_sums *sums, FILE *file);
void run_print_json(const struct run_sums *sums, FILE *file);

#endif /* CMD_RUN_H */
