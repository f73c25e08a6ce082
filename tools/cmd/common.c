// SPDX-License-Identifier: GPL-2.0
/*
 * What every verb begins with: its options, and the way to the module.
 *
 * Failure: what is in the way is said once, on stderr, with what to do about it;
 * the status that the command is to end with is returned.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <linux/magic.h>

#include "cmd.h"

static const char *verb = "";

/**
 * cmd_fail() - say what is wrong
 * @status: what to end with
 * @fmt: as for printf, without a newline
 *
 * Return: @status.
 */
int cmd_fail(enum cmd_status status, const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fprintf(stderr, "teachalloc%s%s: ", *verb ? " " : "", verb);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

/* Take an option, if it is one. */
static bool take_option(struct cmd *cmd, const char *arg, bool *colour)
{
	if (!strcmp(arg, "--json"))
		cmd->json = true;
	else if (!strcmp(arg, "--color"))
		*colour = true;
	else
		return false;
	return true;
}

/**
 * cmd_begin() - read a verb's options, and make the screen ready
 * @cmd: filled in; its arguments stay in @argv, moved together
 * @argc: as of main, from the verb on
 * @argv: likewise
 * @min: arguments that it needs
 * @max: arguments that it can have
 *
 * What follows "--" is no option.
 *
 * Return: CMD_OK, or CMD_USAGE after a word about it.
 */
int cmd_begin(struct cmd *cmd, int argc, char **argv, int min, int max)
{
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	bool options = true;

	verb = argv[0];
	*cmd = (struct cmd){ .argv = argv + 1 };
	for (int i = 1; i < argc; i++) {
		if (options && !strcmp(argv[i], "--"))
			options = false;
		else if (options && take_option(cmd, argv[i], &colour))
			continue;
		else if (options && argv[i][0] == '-' && argv[i][1])
			return cmd_fail(CMD_USAGE, "no option %s; see teachalloc %s --help",
					argv[i], verb);
		else
			cmd->argv[cmd->argc++] = argv[i];
	}
	screen_init(colour && !cmd->json);
	if (cmd->argc < min || cmd->argc > max)
		return cmd_fail(CMD_USAGE, "%s arguments; see teachalloc %s --help",
				cmd->argc < min ? "too few" : "too many", verb);
	return CMD_OK;
}

/**
 * cmd_open() - become a client
 * @fd: set to the descriptor
 *
 * Return: CMD_OK, or another after a word about it.
 */
int cmd_open(int *fd)
{
	*fd = ta_open();
	if (*fd >= 0)
		return CMD_OK;
	if (errno == ENOENT || errno == ENODEV || errno == ENXIO)
		return cmd_fail(CMD_NO_DEVICE,
				"no " TA_DEVICE ": insert the module first (insmod teachalloc.ko)");
	return cmd_fail(errno == EACCES ? CMD_NO_RIGHT : CMD_NO, TA_DEVICE ": %s",
			strerror(errno));
}

/**
 * cmd_ask() - ask for the pool's figures
 * @fd: a client
 * @info: filled in
 *
 * Return: CMD_OK, or CMD_NO after a word about it.
 */
int cmd_ask(int fd, struct ta_ioc_info *info)
{
	if (!ta_info(fd, info))
		return CMD_OK;
	return cmd_fail(CMD_NO, "asking for the pool's figures: %s",
			strerror(errno));
}

static bool is_debugfs_mounted(void)
{
	struct statfs fs;

	return !statfs(CMD_DEBUGFS, &fs) && fs.f_type == DEBUGFS_MAGIC;
}

/**
 * cmd_open_file() - open a file of the module's in debugfs
 * @name: under CMD_OURS
 * @mode: as for fopen
 * @file: set to it
 *
 * Return: CMD_OK, or another after a word about it.
 */
int cmd_open_file(const char *name, const char *mode, FILE **file)
{
	char path[256];

	snprintf(path, sizeof(path), CMD_OURS "%s", name);
	*file = fopen(path, mode);
	if (*file)
		return CMD_OK;
	if (access(TA_DEVICE, F_OK))
		return cmd_fail(CMD_NO_DEVICE,
				"no " TA_DEVICE ": insert the module first (insmod teachalloc.ko)");
	if (errno == EACCES || errno == EPERM)
		return cmd_fail(CMD_NO_RIGHT, "%s is for root", path);
	if (!is_debugfs_mounted())
		return cmd_fail(CMD_NO_RIGHT,
				"debugfs is not mounted: mount -t debugfs none " CMD_DEBUGFS);
	return cmd_fail(CMD_NO, "%s: %s", path, strerror(errno));
}
