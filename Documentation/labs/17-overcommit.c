// SPDX-License-Identifier: GPL-2.0
/*
 * 17: Promises, and what becomes of them
 *
 * A mapping costs nothing until it is touched, so a kernel can promise more memory than
 * there is, and mostly gets away with it. `vm.overcommit_memory` says how far it goes:
 * 0 refuses only what could never be kept, 1 refuses nothing, 2 adds all promises up
 * and keeps them below a limit.
 *
 * When promises are called in and there is nothing left, somebody must die. Who?
 * The one with the most pages, plus a thousandth of all memory for each point of
 * its `oom_score_adj`. The service does the same with its pool, among the processes that
 * have pages of it.
 *
 * Claim: Memory is overcommitted: malloc of 1 GB succeeds with 100 MB free; the
 * killing comes at use.
 * Verdict: right, but
 * So: Mode 0 looks at each call alone: three quarters of all memory twice over is
 * granted, twice of all at once is not. In mode 2 nothing is granted that cannot be kept.
 */
#include <signal.h>
#include <sys/klog.h>
#include <sys/wait.h>

#include "lab.h"

enum { LOG_READ_ALL = 3, LOG_CLEAR = 5 };

/* Whether a mapping of so many bytes, counted as promised, is granted. */
static bool granted(struct side *s, size_t len, int times)
{
	char *p[4];
	int nr = 0;

	while (nr < times) {
		p[nr] = s->fd >= 0 ? ta_mmap(s->fd, NULL, len, RW, 0) :
			mmap(NULL, len, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p[nr] == MAP_FAILED)
			break;
		nr++;
	}
	for (int i = 0; i < nr; i++)
		munmap(p[i], len);
	return nr == times;
}

static void modes(struct side *s, const char *knob, size_t all)
{
	side_begin(s);
	lab_tell("Memory", "%zu MiB in all; the mode is set by %s", all / MIB, knob);

	lab_step("Mode 0: refuse what nobody can mean",
		 "Three quarters of all memory, twice: granted. Twice of all at once: not.");
	DO(file_put(knob, "0"));
	expect_yes("three quarters are granted twice", granted(s, all / 4 * 3, 2), true);
	expect_yes("twice of all is granted", granted(s, all * 2, 1), false);

	lab_step("Mode 1: refuse nothing", "Twice of all is granted, too.");
	DO(file_put(knob, "1"));
	expect_yes("twice of all is granted", granted(s, all * 2, 1), true);

	lab_step("Mode 2: promise what can be kept",
		 "The limit is half of all memory, as the ratio says.");
	DO(file_put(knob, "2"));
	expect_yes("a quarter is granted", granted(s, all / 4, 1), true);
	expect_yes("three quarters are granted", granted(s, all / 4 * 3, 1), false);
	file_put(knob, "0");
}

/* A process that writes to so many pages, tells when it has, and waits. */
static pid_t eater(size_t nr_pages, const char *adj, const int go[2], const int told[2])
{
	pid_t pid = fork();
	char byte = 0;
	char *p;

	if (pid)
		return pid;
	close(go[1]);
	file_put("/proc/self/oom_score_adj", adj);
	service.fd = ta_open();
	p = ta_mmap(service.fd, NULL, nr_pages * PAGE, RW, MAP_NORESERVE);
	touch(p, nr_pages);
	if (write(told[1], &byte, 1) != 1)
		_exit(1);
	close(told[1]);
	/* Until the other end is closed. */
	_exit(read(go[0], &byte, 1) != 0);
}

static void tell_report(void)
{
	static char text[1 << 17];
	int len = klogctl(LOG_READ_ALL, text, sizeof(text) - 1);
	char *at = text, *line, *ours;

	text[len > 0 ? len : 0] = '\0';
	lab_tell("Log", "");
	while ((line = strsep(&at, "\n"))) {
		ours = strstr(line, "] teachalloc: ");
		if (ours && (strchr(ours + 2, '[') || strstr(ours, "Killed")))
			printf("  %.120s\n", ours + strlen("] teachalloc: "));
	}
}

static bool killed(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

/* A small one sits still while a large one takes all the rest, and more. */
static void shortage(const char *adj, bool small_dies)
{
	int told[2], go[2];
	struct ta_ioc_info info;
	pid_t small, large;
	char byte;

	if (pipe(told) || pipe(go))
		lab_die("pipe");
	klogctl(LOG_CLEAR, NULL, 0);
	small = eater(1000, adj, go, told);
	if (read(told[0], &byte, 1) != 1)
		lab_die("waiting");
	ta_info(service.fd, &info);
	large = eater(info.available_pages + 500, "0", go, told);
	close(told[1]);
	/* The large one tells that it is done, or it dies and nothing is told. */
	expect_yes("the large one got all it wanted",
		   read(told[0], &byte, 1) == 1, small_dies);
	close(go[1]);
	expect_yes("the small one was killed", killed(small), small_dies);
	expect_yes("the large one was killed", killed(large), !small_dies);
	tell_report();
	close(told[0]);
	close(go[0]);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Promises, and what becomes of them");
	modes(&service, "/sys/module/teachalloc/parameters/overcommit_memory",
	      service.start.pool.pool_pages * PAGE);
	modes(&kernel, "/proc/sys/vm/overcommit_memory",
	      sysconf(_SC_PHYS_PAGES) * PAGE);

	lab_step("Promises called in",
		 "One process has 1000 pages, another one writes to 500 more than are left. The larger one is killed, at a touch.");
	DO(shortage("0", false));
	lab_step("The same, but the small one is marked",
		 "oom_score_adj of 1000 counts like all of the memory: the small one goes, and its pages are enough for the other.");
	DO(shortage("1000", true));
	return lab_end();
}
