// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc: look into the module, and try things out on it.
 *
 * Model: a table of verbs. Each is a function in a file of its own that gets the
 * command line from its name on; help comes from the table alone. A verb collects
 * what there is to know, then prints it, for people or as JSON.
 */
#include <errno.h>
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
	{ "map", "", "a picture of the pool: what each page is, and whose", cmd_map },
	{ "buddy", "", "the free blocks by order and migrate type", cmd_buddy },
	{ "slabs", "[CACHE]", "the caches, or one of them object by object", cmd_slabs },
	{ "vmalloc", "", "the vmalloc areas, and the frames behind them", cmd_vmalloc },
	{ "maps", "PID", "the memory that a process has of the pool", cmd_maps },
	{ "who", "ADDRESS", "who has 0xADDRESS, PID:0xADDRESS or frame:N", cmd_who },
	{ "explain", "SIZE [cold]", "from malloc(SIZE) to the page, step by step", cmd_explain },
	{ "script", "FILE", "an operation a line: map, touch, alloc, fork ...", cmd_script },
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

/* Among the options that come before any argument */
static bool wants_help(char **argv)
{
	for (; *argv && **argv == '-'; argv++) {
		if (!strcmp(*argv, "--help"))
			return true;
		if (!strcmp(*argv, "--"))
			break;
	}
	return false;
}

/* What could not be written was not done. */
static int finish(int status)
{
	if ((fflush(stdout) || ferror(stdout)) && !status)
		return cmd_fail(CMD_NO, "writing: %s", strerror(errno));
	return status;
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
		return finish(CMD_OK);
	}
	verb = find_verb(argv[1]);
	if (!verb)
		return cmd_fail(CMD_USAGE, "no verb %s; see teachalloc --help",
				argv[1]);
	if (wants_help(argv + 2))
		return finish(print_verb_help(verb));
	return finish(verb->run(argc - 1, argv + 1));
}
