/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Processes that do operations, on memory of the service or of the kernel.
 */
#ifndef DIFFER_WORKER_H
#define DIFFER_WORKER_H

#include <stdatomic.h>
#include <sys/types.h>

#include "model.h"

#define BATCH	64

/* Whose turn it is when it is no worker's */
#define MAIN_TURN	MAX_PROCS

/* Of a slot in a layout, beside its protection; both 0 if it is not mapped */
#define LAYOUT_MAPPED	0x10
#define LAYOUT_SHARED	0x20

/**
 * struct command - an operation for a worker
 * @op: it
 * @even: what to do after it
 * @prot: for @even
 * @sum_len: bytes to be summed up, of what went elsewhere
 */
struct command {
	struct op op;
	enum even even;
	int prot;
	uint64_t sum_len;
};

/**
 * struct post - what the main program shares with a group of workers
 * @turn: the worker that is to go on, or MAIN_TURN
 * @done: operations of the batch that are done
 * @nr: length of @commands
 * @pids: of the workers
 * @commands: the batch
 * @answers: to them
 * @layout: what the last LOOK or CHECK saw in /proc/self/maps, a slot each
 * @sums: what the last CHECK read, of pages that can be read
 * @resident: pages of the pool that the client held at that time
 */
struct post {
	atomic_int turn;
	atomic_int done;
	int nr;
	pid_t pids[MAX_PROCS];
	struct command commands[BATCH];
	struct answer answers[BATCH];
	unsigned char layout[NR_SLOTS];
	uint64_t sums[NR_SLOTS];
	long resident;
};

void worker_run(struct post *post, bool ours);
void turn_give(struct post *post, int who);
bool turn_wait(struct post *post, int who, int ms);

#endif /* DIFFER_WORKER_H */
