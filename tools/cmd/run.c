// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc run: start a program whose memory comes from the pool.
 *
 * Model: the program is started with a library of ours in LD_PRELOAD, which all
 * programs that it starts inherit: the dispatcher, which catches every system call
 * and so reaches the C library's own malloc, or the shim, behind an allocator that
 * calls the C library's functions. At its end each process writes what was
 * redirected into a file, which is added up here.
 *
 * The command stays the program's parent: it passes signals on, and ends as the
 * program did.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cmd.h"
#include "run.h"

#define DISPATCHER	"libteachalloc-dispatch.so"
#define SHIM		"libteachalloc-preload.so"

const char cmd_run_options[] =
	"  --dispatch            catch every system call (the default): reaches glibc's malloc\n"
	"  --preload[=ALLOCATOR] put functions in the C library's place, behind jemalloc,\n"
	"                        mimalloc, tcmalloc or another library\n"
	"  --strict              what the pool has no room for fails; else the kernel serves it\n"
	"  --summary=FILE        say there at the end what was redirected, not on stderr\n"
	"  --quiet               do not say it\n"
	"Options come before PROGRAM; programs that it starts are treated likewise.\n";

/* The allocators that Debian has, by their names. */
static const char *const allocators[][2] = {
	{ "jemalloc", "libjemalloc.so.2" },
	{ "mimalloc", "libmimalloc.so.2" },
	{ "tcmalloc", "libtcmalloc_minimal.so.4" },
};

static const char *allocator_file(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(allocators); i++)
		if (!strcmp(allocators[i][0], name))
			return allocators[i][1];
	return name;
}

/* The value of option @name in "--name=value", or NULL. */
static const char *value_of(const char *arg, const char *name)
{
	size_t len = strlen(name);

	return !strncmp(arg, name, len) && arg[len] == '=' ? arg + len + 1
							   : NULL;
}

static bool take_option(struct run *run, const char *arg)
{
	const char *value = value_of(arg, "--preload");
	const char *summary = value_of(arg, "--summary");

	if (value || !strcmp(arg, "--preload")) {
		run->library = SHIM;
		run->allocator = value ? allocator_file(value) : "";
	} else if (!strcmp(arg, "--dispatch")) {
		run->library = DISPATCHER;
		run->allocator = "";
	} else if (!strcmp(arg, "--strict")) {
		run->strict = true;
	} else if (!strcmp(arg, "--quiet")) {
		run->quiet = true;
	} else if (!strcmp(arg, "--json")) {
		run->json = true;
	} else if (summary) {
		run->summary = summary;
	} else {
		return false;
	}
	return true;
}

static int take_options(struct run *run, char **argv)
{
	char **arg = argv + 1;

	*run = (struct run){ .library = DISPATCHER, .allocator = "" };
	for (; *arg && **arg == '-'; arg++) {
		if (!strcmp(*arg, "--")) {
			arg++;
			break;
		}
		if (!take_option(run, *arg))
			return cmd_fail(CMD_USAGE,
					"no option %s; see teachalloc run --help",
					*arg);
	}
	run->program = arg;
	return *arg ? CMD_OK
		    : cmd_fail(CMD_USAGE,
			       "which program? see teachalloc run --help");
}

/*
 * Where our libraries are: beside the command, as it is built, or in TA_LIBDIR, where
 * they are installed (which the Makefile knows).
 */
static void own_folder(char *path, size_t size)
{
	ssize_t len = readlink("/proc/self/exe", path, size - 1);

	path[len < 0 ? 0 : len] = 0;
	*(strrchr(path, '/') ? strrchr(path, '/') + 1 : path) = 0;
}

static bool find_library(const char *name, char *path, size_t size)
{
	char own[512];

	own_folder(own, sizeof(own));
	snprintf(path, size, "%s%s", own, name);
	if (access(path, R_OK))
		snprintf(path, size, TA_LIBDIR "/%s", name);
	return !access(path, R_OK);
}

/* LD_PRELOAD is ours, then the allocator, then what it was. */
static int set_preload(const struct run *run)
{
	const char *old = getenv("LD_PRELOAD");
	char path[1024], *all;

	if (!find_library(run->library, path, sizeof(path)))
		return cmd_fail(CMD_NO, "no %s beside the command or in " TA_LIBDIR,
				run->library);
	if (asprintf(&all, "%s%s%s%s%s", path, *run->allocator ? ":" : "",
		     run->allocator, old ? ":" : "", old ? old : "") < 0)
		return cmd_fail(CMD_NO, "%s", strerror(errno));
	setenv("LD_PRELOAD", all, 1);
	free(all);
	return CMD_OK;
}

/*
 * A file that every process below can open by its name: in a folder, since those that
 * drop their rights may not look into our /proc.
 */
static int set_summary(int *fd)
{
	char path[] = "/tmp/teachalloc-run.XXXXXX";

	*fd = mkostemp(path, O_CLOEXEC);
	if (*fd < 0)
		return cmd_fail(CMD_NO, "%s: %s", path, strerror(errno));
	return setenv("TEACHALLOC_SUMMARY", path, 1);
}

static pid_t child;

static void pass_on(int sig)
{
	kill(child, sig);
}

/* What a terminal sends, the program has got as well. */
static void set_signals(void)
{
	static const int signals[] = { SIGTERM, SIGHUP, SIGUSR1, SIGUSR2 };
	struct sigaction action = { .sa_handler = pass_on,
				    .sa_flags = SA_RESTART };

	for (size_t i = 0; i < ARRAY_SIZE(signals); i++)
		sigaction(signals[i], &action, NULL);
	action.sa_handler = SIG_IGN;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGQUIT, &action, NULL);
}

/* Its exit status, as a shell would tell it. */
static int wait_for_child(void)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return CMD_NO;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status)
				   : WEXITSTATUS(status);
}

static int start(const struct run *run)
{
	sigset_t all, old;

	/* A signal that comes before the child is known must wait. */
	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &old);
	child = fork();
	if (child < 0)
		return cmd_fail(CMD_NO, "%s", strerror(errno));
	if (child)
		set_signals();
	sigprocmask(SIG_SETMASK, &old, NULL);
	if (child)
		return CMD_OK;
	execvp(run->program[0], run->program);
	cmd_fail(CMD_NO, "%s: %s", run->program[0], strerror(errno));
	_exit(errno == ENOENT ? 127 : 126);
}

/* The summary, wherever it is wanted. */
static int report(const struct run *run, int fd)
{
	FILE *file = run->summary ? fopen(run->summary, "we") : stderr;
	struct run_sums sums;

	if (!file)
		return cmd_fail(CMD_NO, "%s: %s", run->summary, strerror(errno));
	run_add_up(fd, &sums);
	if (run->json)
		run_print_json(&sums, file);
	else
		run_print_text(&sums, file);
	if (run->summary)
		fclose(file);
	return CMD_OK;
}

/**
 * cmd_run() - run a program with its memory in the pool
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: the program's exit status, 128 and the signal that killed it, 126 or 127
 * if it could not be started; or an enum cmd_status.
 */
int cmd_run(int argc, char **argv)
{
	struct run run;
	struct cmd cmd;
	int fd, status;

	(void)argc;
	status = cmd_begin(&cmd, 1, argv, 0, 0);
	if (!status)
		status = take_options(&run, argv);
	if (!status)
		status = cmd_open(&fd);
	if (status)
		return status;
	close(fd);
	status = set_preload(&run);
	if (!status && !run.quiet)
		status = set_summary(&fd);
	if (!status && run.strict)
		setenv("TEACHALLOC_STRICT", "1", 1);
	if (!status)
		status = start(&run);
	if (status)
		return status;
	status = wait_for_child();
	if (run.quiet)
		return status;
	unlink(getenv("TEACHALLOC_SUMMARY"));
	return report(&run, fd) ? CMD_NO : status;
}
