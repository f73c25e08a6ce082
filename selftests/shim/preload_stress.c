// SPDX-License-Identifier: GPL-2.0
/*
 * A program that uses malloc hard, to be run with an allocator and the shim in front
 * of the C library.
 *
 * Model: threads allocate, grow and free blocks of all sizes; every block is full of
 * a byte that says what it is, which is checked before it goes. Some blocks are left
 * in a shared place, where another thread finds them and frees them; now and then a
 * thread forks a child that goes on for a while with the copies. At the end the program
 * holds memory, and the pool must have as much less.
 *
 *	preload_stress ROUNDS		of each thread
 *
 * Exit status: 0 if all was well; what was not is said on stderr.
 */
#include <err.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>

#include "ta_test.h"

#define THREADS		4
#define SLOTS		128
#define HELD		(12UL << 20)

struct block {
	size_t size;
	unsigned char bytes[];
};

static atomic_uintptr_t shared[16];	/* a block's address, or 0 */
static int nr_rounds;

static unsigned char mark(const struct block *block)
{
	return ((uintptr_t)block >> 4) ^ block->size;
}

/* Most are small, some are large, a few are larger than any size class. */
static size_t any_size(struct ta_rand *rand)
{
	size_t bits = 4 + ta_random(rand, 10);

	if (!ta_random(rand, 20))
		bits = 16 + ta_random(rand, 5);
	return 1 + ta_random(rand, 1UL << bits);
}

static struct block *make(struct ta_rand *rand)
{
	size_t size = any_size(rand), align = 16UL << ta_random(rand, 9);
	struct block *block = ta_random(rand, 8) ?
		malloc(sizeof(*block) + size) :
		memalign(align, sizeof(*block) + size);

	if (!block)
		errx(1, "malloc of %zu bytes", size);
	block->size = size;
	memset(block->bytes, mark(block), size);
	return block;
}

static void check(const struct block *block)
{
	if (!ta_all(block->bytes, block->size, mark(block)))
		errx(1, "a block of %zu bytes is not what it was", block->size);
}

static void drop(struct block *block)
{
	if (block)
		check(block);
	free(block);
}

static struct block *change(struct block *block, struct ta_rand *rand)
{
	size_t size = any_size(rand), kept;
	unsigned char was = mark(block);

	check(block);
	kept = size < block->size ? size : block->size;
	block = realloc(block, sizeof(*block) + size);
	if (!block)
		errx(1, "realloc to %zu bytes", size);
	if (!ta_all(block->bytes, kept, was))
		errx(1, "realloc to %zu bytes lost some", size);
	block->size = size;
	memset(block->bytes, mark(block), size);
	return block;
}

static void clear(struct ta_rand *rand)
{
	size_t size = any_size(rand);
	unsigned char *bytes = calloc(1, size);

	if (!bytes || !ta_all(bytes, size, 0))
		errx(1, "calloc of %zu bytes", size);
	memset(bytes, 255, size);
	free(bytes);
}

static void exchange(struct block **slot, size_t i)
{
	*slot = (struct block *)atomic_exchange(&shared[i], (uintptr_t)*slot);
}

static void replace(struct block **slot, struct ta_rand *rand)
{
	drop(*slot);
	*slot = make(rand);
}

static void one_round(struct block **slots, struct ta_rand *rand)
{
	struct block **slot = &slots[ta_random(rand, SLOTS)];
	int what = ta_random(rand, 8);

	if (what == 0)
		clear(rand);
	else if (what == 1)
		exchange(slot, ta_random(rand, 16));
	else if (what < 4 && *slot)
		*slot = change(*slot, rand);
	else
		replace(slot, rand);
}

static void rounds(struct block **slots, struct ta_rand *rand, int nr)
{
	for (int i = 0; i < nr; i++)
		one_round(slots, rand);
}

/* The child has this thread only, and a copy of everything. */
static void with_a_child(struct block **slots, struct ta_rand *rand)
{
	pid_t pid = fork();

	if (!pid) {
		rounds(slots, rand, nr_rounds / 12);
		_exit(0);
	}
	rounds(slots, rand, nr_rounds / 12);
	if (ta_join(pid))
		errx(1, "a child ended badly");
}

static void *work(void *arg)
{
	struct ta_rand rand = { (uintptr_t)arg };
	struct block *slots[SLOTS] = {};

	for (int i = 0; i < 3; i++) {
		rounds(slots, &rand, nr_rounds / 3);
		with_a_child(slots, &rand);
	}
	for (int i = 0; i < SLOTS; i++)
		drop(slots[i]);
	return NULL;
}

/* Whose is what is allocated? */
static void hold_some(int fd)
{
	long before = ta_free_pages(fd), took;
	static char *held[HELD >> 12];

	for (size_t i = 0; i < HELD >> 12; i++) {
		held[i] = malloc(4096);
		memset(held[i], 1, 4096);
	}
	took = before - ta_free_pages(fd);
	/* What was freed before may serve again; but not for so much. */
	if (took < (long)(HELD >> 13))
		errx(1, "%lu pages are held, and %ld of the pool's were taken",
		     HELD >> 12, took);
}

int main(int argc, char **argv)
{
	pthread_t threads[THREADS];
	int fd = ta_open();

	nr_rounds = argc > 1 ? atoi(argv[1]) : 0;
	if (nr_rounds < 12)
		errx(2, "how many rounds?");
	if (fd < 0)
		err(1, TA_DEVICE);
	hold_some(fd);
	for (uintptr_t i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, work, (void *)(i + 1));
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
