// SPDX-License-Identifier: GPL-2.0
/*
 * The C library over /dev/teachalloc.
 *
 * Model: each function fills in one struct of the ABI and passes it on; the
 * library keeps no state, so forks, threads and passed descriptors are the
 * module's business alone.
 *
 * Context: safe in signal handlers and between fork and exec: nothing is
 * allocated and no lock taken.
 *
 * Failure: errno is what the module gave; nothing is retried or translated.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>

#include "teachalloc.h"

static void *to_ptr(uint64_t addr)
{
	return (void *)(uintptr_t)addr;
}

static uint64_t to_addr(const void *ptr)
{
	return (uintptr_t)ptr;
}

/**
 * ta_open() - become a client of the pool
 *
 * Return: a descriptor, closed at exec, or -1.
 */
int ta_open(void)
{
	return open(TA_DEVICE, O_RDWR | O_CLOEXEC);
}

/**
 * ta_info() - ask for the pool's figures and this client's
 * @fd: the client
 * @info: filled in
 *
 * Return: 0 or -1.
 */
int ta_info(int fd, struct ta_ioc_info *info)
{
	*info = (struct ta_ioc_info){ .size = sizeof(*info) };
	return ioctl(fd, TA_IOC_INFO, info);
}

/**
 * ta_validate() - have the module check every invariant it states
 * @fd: any client
 *
 * Return: 0, or -1 with EUCLEAN if one does not hold, EPERM for all but root.
 */
int ta_validate(int fd)
{
	struct ta_ioc_validate arg = { .size = sizeof(arg) };

	return ioctl(fd, TA_IOC_VALIDATE, &arg);
}

/**
 * ta_set_fault_order() - choose how many pages a first write brings
 * @fd: the client
 * @order: 2^this pages at most, 0 to TA_MAX_FAULT_ORDER
 *
 * Return: 0 or -1.
 */
int ta_set_fault_order(int fd, unsigned int order)
{
	struct ta_ioc_config arg = {
		.size = sizeof(arg),
		.set = TA_CONFIG_FAULT_ORDER,
		.fault_order = order,
	};

	return ioctl(fd, TA_IOC_CONFIG, &arg);
}

/**
 * ta_set_quota() - choose how much of the pool a client may have
 * @fd: the client
 * @nr_pages: the most, touched and by handle; to raise it takes root
 *
 * Return: 0 or -1.
 */
int ta_set_quota(int fd, size_t nr_pages)
{
	struct ta_ioc_config arg = {
		.size = sizeof(arg),
		.set = TA_CONFIG_QUOTA,
		.quota_pages = nr_pages,
	};

	return ioctl(fd, TA_IOC_CONFIG, &arg);
}

/**
 * ta_brk_range() - ask for the heap's two ends
 * @fd: the client
 * @start: where it begins, or NULL
 * @end: the break, or NULL
 *
 * Return: 0 or -1.
 */
int ta_brk_range(int fd, void **start, void **end)
{
	struct ta_ioc_brk arg = { .size = sizeof(arg) };

	if (ioctl(fd, TA_IOC_BRK, &arg))
		return -1;
	if (start)
		*start = to_ptr(arg.start);
	if (end)
		*end = to_ptr(arg.addr);
	return 0;
}

/**
 * ta_brk() - set the break, as brk(2)
 * @fd: the client
 * @addr: where to
 *
 * Return: 0, or -1 with ENOMEM and the break where it was.
 */
int ta_brk(int fd, void *addr)
{
	struct ta_ioc_brk arg = {
		.size = sizeof(arg),
		.addr = to_addr(addr),
	};

	/* To the ABI 0 is the question; to brk(2) it is an address too low. */
	if (!addr) {
		errno = ENOMEM;
		return -1;
	}
	return ioctl(fd, TA_IOC_BRK, &arg);
}

/**
 * ta_sbrk() - move the break, as sbrk(2)
 * @fd: the client
 * @increment: bytes up, or down if negative
 *
 * Two calls of the ABI: threads that share a client take turns by themselves.
 *
 * Return: the break as it was before, or (void *)-1.
 */
void *ta_sbrk(int fd, intptr_t increment)
{
	void *old;

	if (ta_brk_range(fd, NULL, &old))
		return (void *)-1;
	if (increment && ta_brk(fd, (char *)old + increment))
		return (void *)-1;
	return old;
}

/**
 * ta_mmap() - map private anonymous memory of the pool
 * @fd: the client
 * @addr: a hint, or the place with MAP_FIXED and MAP_FIXED_NOREPLACE
 * @len: bytes
 * @prot: as for mmap(2)
 * @flags: MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_POPULATE, MAP_NORESERVE, MAP_LOCKED
 *	or 0
 *
 * munmap(2), mprotect(2) and mremap(2) work on what it returns.
 *
 * Return: the address, or MAP_FAILED.
 */
void *ta_mmap(int fd, void *addr, size_t len, int prot, int flags)
{
	struct ta_ioc_mmap arg = {
		.size = sizeof(arg),
		.addr = to_addr(addr),
		.len = len,
		.prot = prot,
		.map_flags = flags,
	};

	if (ioctl(fd, TA_IOC_MMAP, &arg))
		return MAP_FAILED;
	return to_ptr(arg.addr);
}

/**
 * ta_pages() - ask what stands behind a range of addresses
 * @fd: the client
 * @addr: page-aligned
 * @nr: how many pages
 * @pages: filled in, one a page
 *
 * Return: 0 or -1.
 */
int ta_pages(int fd, const void *addr, size_t nr, struct ta_page_info *pages)
{
	struct ta_ioc_pages arg = {
		.size = sizeof(arg),
		.addr = to_addr(addr),
		.nr_pages = nr,
		.pages = to_addr(pages),
	};

	return ioctl(fd, TA_IOC_PAGES, &arg);
}

/**
 * ta_madvise() - forget what is in a range, as madvise(2) on anonymous memory
 * @fd: the client
 * @addr: page-aligned
 * @len: bytes
 * @advice: MADV_DONTNEED, MADV_DONTNEED_LOCKED or MADV_FREE; all others
 *	madvise(2) itself does
 *
 * Return: 0 or -1.
 */
int ta_madvise(int fd, void *addr, size_t len, int advice)
{
	struct ta_ioc_advise arg = {
		.size = sizeof(arg),
		.addr = to_addr(addr),
		.len = len,
		.advice = advice,
	};

	return ioctl(fd, TA_IOC_ADVISE, &arg);
}

/**
 * ta_alloc() - allocate as a kernel caller does, for an experiment
 * @fd: the client
 * @layer: where
 * @amount: an order, pages or bytes; see the layer
 * @mode: TA_ALLOC_NOWAIT or 0
 * @frame: set to the pool's page that it begins with, or NULL
 *
 * Return: its handle, more than 0, or -1.
 */
int ta_alloc(int fd, enum ta_layer layer, uint64_t amount, int mode,
	     uint64_t *frame)
{
	struct ta_ioc_alloc arg = {
		.size = sizeof(arg),
		.layer = layer,
		.mode = mode,
		.amount = amount,
	};

	if (ioctl(fd, TA_IOC_ALLOC, &arg))
		return -1;
	if (frame)
		*frame = arg.frame;
	return arg.handle;
}

/**
 * ta_free() - free what ta_alloc() allocated
 * @fd: the client
 * @handle: what it returned
 *
 * Return: 0 or -1.
 */
int ta_free(int fd, int handle)
{
	struct ta_ioc_free arg = { .size = sizeof(arg), .handle = handle };

	return ioctl(fd, TA_IOC_FREE, &arg);
}
