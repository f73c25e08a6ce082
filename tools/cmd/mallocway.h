/* SPDX-License-Identifier: GPL-2.0 */
#ifndef MALLOCWAY_H
#define MALLOCWAY_H

#include <stdbool.h>
#include <stdint.h>

/* glibc's, as long as mallopt(3) or the environment does not set another */
#define MALLOC_MMAP_THRESHOLD	(128 * 1024ULL)
#define MALLOC_TOP_PAD		(128 * 1024ULL)
#define MALLOC_THRESHOLD_MAX	(32 * 1024 * 1024ULL)

/**
 * struct malloc_way - what malloc(3) does in a process that had nothing yet
 * @mapped: it maps the chunk by itself; otherwise it moves the break
 * @chunk: bytes of the chunk, its head included
 * @bytes: that it asks the kernel for
 */
struct malloc_way {
	bool mapped;
	uint64_t chunk;
	uint64_t bytes;
};

/**
 * struct kmalloc_way - what kmalloc does
 * @cache: name of the size class; "" where it takes whole pages
 * @bytes: that are used up; 0 if there is nothing of that size
 * @order: of the block, without a class
 */
struct kmalloc_way {
	char cache[16];
	uint64_t bytes;
	unsigned int order;
};

bool malloc_way(uint64_t size, uint64_t page, struct malloc_way *way);
void kmalloc_way(uint64_t size, uint64_t page, struct kmalloc_way *way);

#endif /* MALLOCWAY_H */
