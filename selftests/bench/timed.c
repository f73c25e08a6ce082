// SPDX-License-Identifier: GPL-2.0
/*
 * timed FILE ROUNDS PROGRAM [ARGUMENT...]: run a program some times and write to FILE
 * how long the median of its runs took, in microseconds.
 *
 * In a VM that counts a nanosecond an instruction, these are thousands of
 * instructions: of the program, of all that it starts and waits for, and of the
 * kernel for them.
 *
 * Failure: a run that fails ends this with status 1.
 */
#include <errno.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#define MAX_ROUNDS	32

static uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

static uint64_t run(char **argv)
{
	uint64_t start = now();
	pid_t pid;
	int status;

	errno = posix_spawnp(&pid, argv[0], NULL, NULL, argv, environ);
	if (errno || waitpid(pid, &status, 0) != pid) {
		fprintf(stderr, "timed: %s: %s\n", argv[0], strerror(errno));
		exit(1);
	}
	if (status) {
		fprintf(stderr, "timed: %s ended with %#x\n", argv[0], status);
		exit(1);
	}
	return now() - start;
}

static int compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static int write_median(const char *path, const uint64_t *took, int rounds)
{
	FILE *file = fopen(path, "we");

	if (!file)
		return 1;
	fprintf(file, "%llu\n", (unsigned long long)took[rounds / 2] / 1000);
	return fclose(file) != 0;
}

int main(int argc, char **argv)
{
	uint64_t took[MAX_ROUNDS];
	int rounds = argc > 3 ? atoi(argv[2]) : 0;

	if (rounds < 1 || rounds > MAX_ROUNDS) {
		fprintf(stderr, "usage: timed FILE ROUNDS PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	for (int i = 0; i < rounds; i++)
		took[i] = run(argv + 3);
	qsort(took, rounds, sizeof(took[0]), compare);
	return write_median(argv[1], took, rounds);
}
