// SPDX-License-Identifier: GPL-2.0
/*
 * Calls about a range of memory that mean something else on the service's, which is
 * shared mappings for the kernel, than on anonymous memory.
 *
 * Model: the service is asked first. It knows what is its own, and says what of the
 * range is not; that is for the kernel, whose errors are then the ones to give.
 *
 *	madvise DONTNEED, FREE	by the service, part by part
 *	madvise WIPEONFORK	the range becomes the kernel's
 *	mremap of length 0, and MREMAP_DONTUNMAP: refused, they would make a second view
 *	mincore			by the service
 *
 * Context: any, see redirect.h.
 */
#include <errno.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include <linux/teachalloc.h>

#include "client.h"
#include "count.h"
#include "raw.h"
#include "redirect.h"
#include "translate.h"

#define PAGE_SIZE	4096UL
#define BATCH		64	/* pages that are asked about at a time */

#ifndef MADV_DONTNEED_LOCKED
#define MADV_DONTNEED_LOCKED	24
#endif

static unsigned long nr_pages(unsigned long len)
{
	return (len + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* What is at some pages; all are foreign if there is no client. */
static void describe(unsigned long addr, unsigned long nr,
		     struct ta_page_info *info)
{
	struct ta_ioc_pages arg = {
		.size = sizeof(arg),
		.addr = addr,
		.nr_pages = nr,
		.pages = (unsigned long)info,
	};
	unsigned long i;

	if (ta_client_ioctl(TA_IOC_PAGES, &arg))
		for (i = 0; i < nr; i++)
			info[i].state = TA_PAGE_FOREIGN;
}

static bool is_ours(unsigned long addr)
{
	struct ta_page_info info;

	describe(addr, 1, &info);
	return info.state != TA_PAGE_FOREIGN;
}

static bool is_all_ours(unsigned long addr, unsigned long nr)
{
	struct ta_page_info info[BATCH];
	unsigned long i, some;

	for (; nr; nr -= some, addr += some * PAGE_SIZE) {
		some = nr < BATCH ? nr : BATCH;
		describe(addr, some, info);
		for (i = 0; i < some; i++)
			if (info[i].state == TA_PAGE_FOREIGN)
				return false;
	}
	return true;
}

/* madvise */

static bool gives_back(long advice)
{
	return advice == MADV_DONTNEED || advice == MADV_DONTNEED_LOCKED ||
	       advice == MADV_FREE;
}

static long kernel_madvise(unsigned long addr, unsigned long len, long advice)
{
	ta_count_passed(TA_REDIRECT_MADVISE);
	return ta_raw3(SYS_madvise, addr, len, advice);
}

/*
 * There was a client, and none can be opened: nobody tells whose a page is. But only
 * anonymous memory can be freed when the kernel likes to, so what can be is the
 * kernel's. Of what cannot, zeroes were promised: better nothing forgotten than half.
 */
static long forget_the_kernels(unsigned long addr, unsigned long len, long advice)
{
	long ret = ta_raw3(SYS_madvise, addr, len, MADV_FREE);

	return ret && ret != -ENOMEM ? -EAGAIN : kernel_madvise(addr, len, advice);
}

/*
 * The service does what is its own up to the first part that is not, and says
 * which that is. The kernel does that part, and says what is wrong with the
 * range if the part is all of it.
 */
static long forget(unsigned long addr, unsigned long len, long advice)
{
	unsigned long end = addr + nr_pages(len) * PAGE_SIZE;
	long ret, hole = 0;

	do {
		struct ta_ioc_advise arg = {
			.size = sizeof(arg),
			.addr = addr,
			.len = end - addr,
			.advice = advice,
		};

		ret = ta_client_ioctl(TA_IOC_ADVISE, &arg);
		if (ret == -ENODEV && ta_client_generation())
			return forget_the_kernels(addr, end - addr, advice);
		if (ret != -EINVAL && ret != -ENODEV) {
			ta_count_redirected(TA_REDIRECT_MADVISE, end - addr);
			return ret ? ret : hole;
		}
		if (arg.addr > addr)
			ta_count_redirected(TA_REDIRECT_MADVISE, arg.addr - addr);
		ret = kernel_madvise(arg.addr, arg.len, advice);
		if (ret && ret != -ENOMEM)
			return ret;
		if (ret)
			hole = ret;
		addr = arg.addr + arg.len;
	} while (addr < end);
	return hole;
}

/* Put a copy, in the kernel's own memory, in the place of a range. */
static long make_the_kernels(unsigned long addr, unsigned long len)
{
	struct iovec from = { (void *)addr, len }, to = { NULL, len };
	long copy = ta_raw6(SYS_mmap, 0, len, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long pid = ta_raw1(SYS_getpid, 0), ret = -EINVAL;

	if (copy < 0 && copy >= -4095)
		return copy;
	to.iov_base = (void *)copy;
	/* Not memcpy: what cannot be read is an error here and not a signal. */
	if (ta_raw6(SYS_process_vm_readv, pid, (long)&to, 1, (long)&from, 1,
		    0) == (long)len)
		ret = ta_raw6(SYS_mremap, copy, len, len,
			      MREMAP_MAYMOVE | MREMAP_FIXED, addr, 0);
	if (ret < 0)
		ta_raw3(SYS_munmap, copy, len, 0);
	return ret < 0 ? ret : 0;
}

/*
 * Only the kernel's own memory can be wiped for a child, and whoever asks for it
 * keeps secrets there. What other threads write meanwhile may be lost; it is a page
 * that was just mapped, as a rule.
 */
static long wipe_on_fork(unsigned long addr, unsigned long len)
{
	unsigned long nr = nr_pages(len);
	long ret;

	if (!is_all_ours(addr, nr))
		return kernel_madvise(addr, len, MADV_WIPEONFORK);
	ret = make_the_kernels(addr, nr * PAGE_SIZE);
	if (ret)
		return ret;
	ta_count_fallback(TA_REDIRECT_MADVISE);
	return ta_raw3(SYS_madvise, addr, len, MADV_WIPEONFORK);
}

/**
 * ta_translate_madvise() - madvise(2) on memory of either kind
 * @addr: where the range begins
 * @len: bytes
 * @advice: any
 *
 * Return: 0 or an error, negated.
 */
long ta_translate_madvise(unsigned long addr, unsigned long len, int advice)
{
	/* A crooked address, or a length that wraps, is for the kernel to name. */
	if (addr % PAGE_SIZE || !nr_pages(len))
		return kernel_madvise(addr, len, advice);
	if (gives_back(advice))
		return forget(addr, len, advice);
	if (advice == MADV_WIPEONFORK)
		return wipe_on_fork(addr, len);
	return kernel_madvise(addr, len, advice);
}

/**
 * ta_translate_mremap() - mremap(2) on memory of either kind
 * @old: as mremap(2)
 * @old_len: likewise
 * @len: likewise
 * @flags: likewise
 * @to: likewise
 *
 * Return: the new address or an error, negated.
 */
long ta_translate_mremap(unsigned long old, unsigned long old_len,
			 unsigned long len, long flags, unsigned long to)
{
	if ((!old_len || (flags & MREMAP_DONTUNMAP)) && is_ours(old)) {
		ta_count_redirected(TA_REDIRECT_MREMAP, 0);
		return -EINVAL;
	}
	ta_count_passed(TA_REDIRECT_MREMAP);
	return ta_raw6(SYS_mremap, old, old_len, len, flags, to, 0);
}

/**
 * ta_translate_mincore() - mincore(2) on memory of either kind
 * @addr: where the range begins
 * @len: bytes
 * @vec: a byte for each page
 *
 * The kernel says of our pages what it says of a file's.
 *
 * Return: 0 or an error, negated.
 */
long ta_translate_mincore(unsigned long addr, unsigned long len,
			  unsigned char *vec)
{
	long ret = ta_raw3(SYS_mincore, addr, len, (long)vec);
	unsigned long i, some, nr = ret ? 0 : nr_pages(len);
	struct ta_page_info info[BATCH];

	for (; nr; nr -= some, addr += some * PAGE_SIZE, vec += some) {
		some = nr < BATCH ? nr : BATCH;
		describe(addr, some, info);
		for (i = 0; i < some; i++)
			if (info[i].state != TA_PAGE_FOREIGN)
				vec[i] = info[i].state != TA_PAGE_NONE;
	}
	return ret;
}
