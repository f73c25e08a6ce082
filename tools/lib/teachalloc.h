/* SPDX-License-Identifier: GPL-2.0 */
/*
 * libteachalloc: memory from the teachalloc pool, by calls that look like
 * those of the C library.
 *
 * Every function takes the descriptor that ta_open() gave, which is a client:
 * its memory goes when the last process that maps or holds it is gone. They
 * fail as the system calls do, with -1, MAP_FAILED or (void *)-1 and errno.
 */
#ifndef TEACHALLOC_H
#define TEACHALLOC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <linux/teachalloc.h>

#define TA_DEVICE	"/dev/teachalloc"

/* Some C libraries are older than these flags. */
#ifndef MAP_FIXED_NOREPLACE
#define MAP_FIXED_NOREPLACE	0x100000
#endif

#ifdef __cplusplus
extern "C" {
#endif

int ta_open(void);
int ta_info(int fd, struct ta_ioc_info *info);
int ta_validate(int fd);
int ta_set_fault_order(int fd, unsigned int order);
int ta_set_quota(int fd, size_t nr_pages);

int ta_brk_range(int fd, void **start, void **end);
int ta_brk(int fd, void *addr);
void *ta_sbrk(int fd, intptr_t increment);

void *ta_mmap(int fd, void *addr, size_t len, int prot, int flags);
int ta_pages(int fd, const void *addr, size_t nr, struct ta_page_info *pages);

int ta_madvise(int fd, void *addr, size_t len, int advice);

int ta_alloc(int fd, enum ta_layer layer, uint64_t amount, int mode,
	     uint64_t *frame);
int ta_free(int fd, int handle);

#ifdef __cplusplus
}
#endif

#endif /* TEACHALLOC_H */
