/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the verbs of the teachalloc command share: their exit statuses, their
 * options, the ways to the module, and words for what is in the way.
 */
#ifndef CMD_H
#define CMD_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "json.h"
#include "teachalloc.h"
#include "screen.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

#define CMD_DEBUGFS	"/sys/kernel/debug"
#define CMD_OURS	CMD_DEBUGFS "/teachalloc/"

/**
 * enum cmd_status - how the command ends
 * @CMD_OK: as asked
 * @CMD_NO: it was tried, and the answer is no
 * @CMD_USAGE: what was asked for makes no sense
 * @CMD_NO_DEVICE: the module is not there
 * @CMD_NO_RIGHT: it takes root, or a file system that is not mounted
 */
enum cmd_status {
	CMD_OK		= 0,
	CMD_NO		= 1,
	CMD_USAGE	= 2,
	CMD_NO_DEVICE	= 3,
	CMD_NO_RIGHT	= 4,
};

/**
 * struct cmd - a verb at work
 * @json: print JSON
 * @argc: arguments that are left, without the verb and the options
 * @argv: these
 */
struct cmd {
	bool json;
	int argc;
	char **argv;
};

/* The verbs: argv[0] is the verb itself; they return an enum cmd_status. */
int cmd_buddy(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_map(int argc, char **argv);
int cmd_maps(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_script(int argc, char **argv);
int cmd_slabs(int argc, char **argv);
int cmd_vmalloc(int argc, char **argv);
int cmd_who(int argc, char **argv);

/* The options of one that has many, for --help */
extern const char cmd_run_options[];

int cmd_begin(struct cmd *cmd, int argc, char **argv, int min, int max);
int cmd_fail(enum cmd_status status, const char *fmt, ...);
int cmd_open(int *fd);
int cmd_ask(int fd, struct ta_ioc_info *info);
int cmd_open_file(const char *name, const char *mode, FILE **file);

#endif /* CMD_H */
