// SPDX-License-Identifier: GPL-2.0
/*
 * The tour's end: python3, as Debian has it, and its heap in the pool.
 *
 * Model: python runs under `teachalloc run`, makes a list, says so, and waits for a
 * line. Meanwhile its lines in /proc/PID/maps are looked at, and the pool is drawn.
 * Then it adds up what is in its list, and ends.
 *
 * Context: root, for the picture. In the VM there is not much more of python than
 * its interpreter.
 *
 * Failure: as the tour's: 1 for what is not as expected, 2 for a call that fails.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "screen.h"

#define NUMBERS		"200000"
#define SUM		"2666646666700000"

static const char program[] =
	"import posix, sys\n"
	"squares = [i * i for i in range(" NUMBERS ")]\n"
	"print(posix.getpid(), flush=True)\n"
	"sys.stdin.readline()\n"
	"print(sum(squares))\n";

/* The program at work. */
struct python {
	pid_t runner;		/* teachalloc run, its parent */
	int pid;
	FILE *in;		/* what it reads */
	FILE *out;		/* what it says */
};

static void fail(const char *what)
{
	say(BAD, "python: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void execute(int in, int out)
{
	if (dup2(in, 0) < 0 || dup2(out, 1) < 0)
		_exit(2);
	execlp("teachalloc", "teachalloc", "run", "--dispatch", "--",
	       "/usr/bin/python3", "-I", "-S", "-c", program, NULL);
	_exit(2);
}

static struct python start(void)
{
	struct python python;
	int to[2], from[2];

	if (pipe(to) || pipe(from))
		fail("a pipe");
	python.runner = fork();
	if (python.runner < 0)
		fail("fork");
	if (!python.runner) {
		close(to[1]);
		close(from[0]);
		execute(to[0], from[1]);
	}
	close(to[0]);
	close(from[1]);
	python.in = fdopen(to[1], "w");
	python.out = fdopen(from[0], "r");
	if (!python.in || !python.out || fscanf(python.out, "%d", &python.pid) != 1)
		fail("python says nothing");
	return python;
}

/* Its lines that are ours: that of its heap, and how many others; tell if it has one. */
static bool show_lines(const struct python *python)
{
	char path[32], line[256], range[64];
	int heaps = 0, others = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", python->pid);
	file = fopen(path, "re");
	if (!file)
		fail(path);
	labelled("Now", path);
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, "[teachalloc-heap]") &&
		    sscanf(line, "%63s", range) == 1) {
			say(NEWS, "  %s rw-s [teachalloc-heap]\n", range);
			heaps++;
		} else if (strstr(line, "[teachalloc]")) {
			others++;
		}
	}
	fclose(file);
	say(NEWS, "  and %d mappings of the pool\n", others);
	return heaps > 0;
}

static void draw(void)
{
	fflush(stdout);
	if (system("teachalloc map"))
		fail("teachalloc map");
}

/* Let it go on to its end; tell whether that is as expected. */
static bool finish(struct python *python)
{
	char sum[64] = "";
	int status;

	fputs("\n", python->in);
	fclose(python->in);
	if (fscanf(python->out, "%63s", sum) != 1)
		fail("python says nothing more");
	fclose(python->out);
	if (waitpid(python->runner, &status, 0) != python->runner)
		fail("waiting for it");
	labelled("It says", sum);
	return !status && !strcmp(sum, SUM);
}

static unsigned long long pages_free(int fd)
{
	struct ta_ioc_info info;

	if (ta_info(fd, &info))
		fail("asking for the pool's figures");
	return info.free_pages;
}

static bool show_python(int fd)
{
	unsigned long long before = pages_free(fd), with, after;
	struct python python;
	bool ok;

	heading("A program that knows nothing of it");
	labelled("Expect",
		 "python3 is as Debian made it, and its malloc glibc's. The system calls of such a program can be caught; those for memory are answered by the service.");
	labelled("Do", "teachalloc run -- python3 (a list of " NUMBERS " squares)");
	python = start();
	ok = show_lines(&python);
	with = pages_free(fd);
	labelled("Do", "teachalloc map");
	draw();
	ok = finish(&python) && ok;
	after = pages_free(fd);
	ok = ok && before - with > 1000 && after == before;
	say(ok ? GOOD : BAD, "    %llu pages were its, %llu are still%s\n",
	    before - with, before - after,
	    ok ? ", as expected" : ", NOT as expected");
	return ok;
}

int main(int argc, char **argv)
{
	int fd;

	screen_init(screen_wanted(argc, argv));
	signal(SIGPIPE, SIG_IGN);
	fd = ta_open();
	if (fd < 0)
		fail(TA_DEVICE " (is the module inserted?)");
	return show_python(fd) ? 0 : 1;
}
