// SPDX-License-Identifier: GPL-2.0
/*
 * The module's own benchmark, as a lab's measuring instrument: it measures in the
 * kernel while it is inserted, and tells its figures in the log.
 *
 * They are nanoseconds, and in the VM of "make labs", which counts a nanosecond an
 * instruction, instructions.
 *
 * Context: root, with the file of the module at hand. Failure: ends the lab.
 */
#include <fcntl.h>
#include <sys/klog.h>
#include <sys/syscall.h>

#include "bench.h"
#include "lab.h"

#define MODULE	"/teachalloc_bench.ko"

enum { LOG_READ_ALL = 3, LOG_CLEAR = 5 };

static char log_text[1 << 18];

/**
 * bench_exact() - ask whether figures are instructions
 *
 * Return: whether; else they are times, and small differences mean nothing.
 */
bool bench_exact(void)
{
	return getenv("LAB_UNIT");
}

/**
 * bench_run() - measure
 * @works: the names of what to measure, with blanks
 */
void bench_run(const char *works)
{
	int fd = open(MODULE, O_RDONLY | O_CLOEXEC);
	char parameters[128];
	int len;

	snprintf(parameters, sizeof(parameters), "only=\"%s\"", works);
	klogctl(LOG_CLEAR, NULL, 0);
	if (fd < 0 || syscall(SYS_finit_module, fd, parameters, 0) ||
	    syscall(SYS_delete_module, "teachalloc_bench", 0))
		lab_die(MODULE);
	close(fd);
	len = klogctl(LOG_READ_ALL, log_text, sizeof(log_text) - 1);
	log_text[len > 0 ? len : 0] = '\0';
}

/**
 * bench_get() - look a figure up
 * @work: one of those that were measured
 * @cost: filled in
 */
void bench_get(const char *work, struct bench *cost)
{
	char want[64];
	const char *at;

	snprintf(want, sizeof(want), "teachalloc_bench: %s\t", work);
	at = strstr(log_text, want);
	if (!at || sscanf(at + strlen(want), "%ld\t%ld", &cost->ours,
			  &cost->host) != 2 || !cost->ours || !cost->host)
		lab_die(work);
}

/**
 * bench_tell() - print a figure
 * @what: was measured
 * @cost: the figures
 */
void bench_tell(const char *what, const struct bench *cost)
{
	const char *unit = getenv("LAB_UNIT");

	printf("  %-36s %6ld %s, the kernel's own %6ld\n", what, cost->ours,
	       unit ? unit : "ns", cost->host);
}
