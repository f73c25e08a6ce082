// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc: look into the module, and try things out on it.
 *
 * Model: a table of verbs. Each is a function in a file of its own that gets the
 * command line from its name on; help comes from the table alone. A verb collects
 * what there is to know, then prints it, for people or as JSON.
 */
#include <string.h>

#include "cmd.h"

/**
 * struct verb - what the command can do
 * @name: as it is typed
 * @args: what may follow
 * @help: in one line
 * @run: does it
 */
struct verb {
	const char *name;
	const char *args;
	const char *help;
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{ "info", "", "the pool in a dozen numbers", cmd_info },
	{ "run", "-- PROGRAM...", "a program with its memory in the pool", cmd_run },
};

static const struct verb *find_verb(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (!strcmp(verbs[i].name, name))
			return &verbs[i];
	return NULL;
}

static void print_help(FILE *file)
{
	fprintf(file,
		"usage: teachalloc VERB [--json] [--color] [argument...]\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		fprintf(file, "  %-9s %-17s %s\n", verbs[i].name,
			verbs[i].args, verbs[i].help);
	fprintf(file,
		"\nSizes are in bytes, or like 64K, 4M. See teachalloc(1).\n");
}

static int print_verb_help(const struct verb *verb)
{
	printf("usage: teachalloc %s%s%s [--json] [--color]\n\n%s: %s\n", verb->name,
	       *verb->args ? " " : "", verb->args, verb->name, verb->help);
	if (verb->run == cmd_run)
		printf("\n%s", cmd_run_options);
	return CMD_OK;
}

int main(int argc, char **argv)
{
	const struct verb *verb;

	if (argc < 2) {
		print_help(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "help")) {
		print_help(stdout);
		return CMD_OK;
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return cmd_fail(CMD_USAGE, "no verb %s; see teachalloc --help",
				argv[1]);
	if (argc > 2 && !strcmp(argv[2], "--help"))
		return print_verb_help(verb);
	return verb->run(argc - 1, argv + 1);
}
