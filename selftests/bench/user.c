// SPDX-License-Identifier: GPL-2.0
/*
 * What the user service costs, beside the kernel's own anonymous memory.
 *
 * Model: each work is done on both sides by the same code, some rounds each;
 * the median of the rounds is printed, in nanoseconds an operation, as
 *
 *	bench: WORK<TAB>OURS<TAB>HOST
 *
 * In a VM that counts a nanosecond an instruction, these are instructions. No
 * verdict here.
 *
 * Context: one thread; nothing else should run.
 *
 * Failure: a call that fails ends the program with status 1, after the works
 * that were measured.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "teachalloc.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PAGE	4096UL
#define RW	(PROT_READ | PROT_WRITE)
#define REGION	(16UL << 20)
#define NR	(REGION / PAGE)
#define ROUNDS	7
#define CALLS	500
#define COPIED	1024UL

/* One side of the comparison. */
struct side {
	int fd;			/* of ours, or -1 for the host's */
	char *brk;		/* where its break stood */
};

static void die(const char *what)
{
	fprintf(stderr, "bench_user: %s: %s\n", what, strerror(errno));
	exit(1);
}

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static char *map(const struct side *side, size_t len)
{
	char *p;

	if (side->fd >= 0)
		p = ta_mmap(side->fd, NULL, len, RW, 0);
	else
		p = mmap(NULL, len, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED)
		die("mapping");
	return p;
}

static void set_brk(const struct side *side, char *addr)
{
	if (side->fd >= 0 ? ta_brk(side->fd, addr)
			  : syscall(SYS_brk, addr) != (long)addr)
		die("the break");
}

static void write_pages(char *p, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		((volatile char *)p)[i * PAGE] = 1;
}

static void read_pages(char *p, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		(void)((volatile char *)p)[i * PAGE];
}

static void unmap(char *p, size_t len)
{
	if (munmap(p, len))
		die("munmap");
}

static uint64_t first_write(const struct side *side)
{
	char *p = map(side, REGION);
	uint64_t start = now(), end;

	write_pages(p, NR);
	end = now();
	unmap(p, REGION);
	return (end - start) / NR;
}

static uint64_t first_write_batched(const struct side *side)
{
	uint64_t ns;

	if (side->fd >= 0 && ta_set_fault_order(side->fd, 4))
		die("fault_order");
	ns = first_write(side);
	if (side->fd >= 0 && ta_set_fault_order(side->fd, 0))
		die("fault_order");
	return ns;
}

static uint64_t munmap_page(const struct side *side)
{
	char *p = map(side, REGION);
	uint64_t start;

	write_pages(p, NR);
	start = now();
	unmap(p, REGION);
	return (now() - start) / NR;
}

static uint64_t read_touch(const struct side *side)
{
	char *p = map(side, REGION);
	uint64_t start = now(), end;

	read_pages(p, NR);
	end = now();
	unmap(p, REGION);
	return (end - start) / NR;
}

/*
 * The parent writes, so that no other process is in between; the child only
 * holds the other half of the sharing until it is told to go.
 */
static uint64_t cow_write(const struct side *side)
{
	char *p = map(side, COPIED * PAGE);
	uint64_t start, end;
	int ends[2];
	pid_t pid;
	char byte;

	write_pages(p, COPIED);
	if (pipe(ends))
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1));
	}
	start = now();
	write_pages(p, COPIED);
	end = now();
	close(ends[1]);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	unmap(p, COPIED * PAGE);
	return (end - start) / COPIED;
}

static uint64_t map_unmap(const struct side *side)
{
	uint64_t start = now();

	for (int i = 0; i < CALLS; i++)
		unmap(map(side, PAGE), PAGE);
	return (now() - start) / CALLS;
}

static uint64_t brk_page(const struct side *side)
{
	uint64_t start = now();

	for (int i = 0; i < CALLS; i++) {
		set_brk(side, side->brk + PAGE);
		set_brk(side, side->brk);
	}
	return (now() - start) / CALLS;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t median(uint64_t (*work)(const struct side *side),
		       const struct side *side)
{
	uint64_t ns[ROUNDS];

	/* Once for the page tables and caches that stay. */
	work(side);
	for (int i = 0; i < ROUNDS; i++)
		ns[i] = work(side);
	qsort(ns, ROUNDS, sizeof(ns[0]), compare);
	return ns[ROUNDS / 2];
}

static const struct {
	const char *name;
	uint64_t (*work)(const struct side *side);
} works[] = {
	{ "first_write_fo0", first_write },
	{ "first_write_fo4", first_write_batched },
	{ "munmap_page", munmap_page },
	{ "read_touch", read_touch },
	{ "cow_write", cow_write },
	{ "map_unmap_4K", map_unmap },
	{ "brk_page", brk_page },
};

static char *aligned(char *p)
{
	return (char *)(((uintptr_t)p + PAGE - 1) & ~(PAGE - 1));
}

int main(void)
{
	struct side ours = { ta_open(), NULL };
	struct side host = { -1, NULL };

	if (ours.fd < 0)
		die(TA_DEVICE);
	/* Huge pages would make it another work. */
	prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
	setvbuf(stdout, NULL, _IONBF, 0);
	if (ta_brk_range(ours.fd, (void **)&ours.brk, NULL))
		die("asking for the break");
	for (size_t i = 0; i < ARRAY_SIZE(works); i++) {
		/* Again each time: whoever prints may have moved it. */
		host.brk = aligned((char *)syscall(SYS_brk, 0));
		set_brk(&host, host.brk);
		printf("bench: %s\t%llu\t%llu\n", works[i].name,
		       (unsigned long long)median(works[i].work, &ours),
		       (unsigned long long)median(works[i].work, &host));
	}
	return 0;
}
