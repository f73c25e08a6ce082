/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/**
 * DOC: The user ABI
 *
 * What a program can ask of /dev/teachalloc.
 *
 * An open file is a client. Every command takes a pointer to a struct whose
 * first member, @size, is the number of bytes the caller knows. A longer
 * struct than the module's is accepted if the bytes that the module does not
 * know are zero (else E2BIG); of a shorter one, the missing tail counts as
 * zero and is not written back. It must be 8 (else EINVAL) to a page's bytes
 * (else E2BIG). @flags and all reserved members must be zero unless a value is
 * defined for them (else EINVAL). Addresses and lengths are in bytes, counts in
 * pages of INFO's page_size.
 *
 * The struct must be readable and writable, or nothing is done (EFAULT). It is
 * written back if the command succeeds; BRK's and ADVISE's also if it fails. BRK,
 * MMAP, ADVISE, ALLOC, FREE and CONFIG need the device open for writing (else
 * EBADF); an unknown command is ENOTTY.
 *
 * Memory belongs to the process that asked for it, and to what it forks, which
 * gets private copies. A process that is handed the open file by another finds
 * a heap and mappings of its own. mmap(2) of the device itself is ENODEV.
 *
 * poll(2) says POLLPRI, once an event, when the pool has few free pages left, or
 * the client has nearly used its quota.
 */
#ifndef _UAPI_LINUX_TEACHALLOC_H
#define _UAPI_LINUX_TEACHALLOC_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define TA_IOC_TYPE	0xBE
#define TA_NR_ORDERS	11

/**
 * struct ta_ioc_info - TA_IOC_INFO: the pool and this client's share of it
 * @size: bytes of this struct
 * @flags: 0
 * @page_size: bytes of a page
 * @pool_pages: pages that the pool holds
 * @free_pages: of these free, in the buddy allocator or beside it
 * @free_blocks: free blocks of each order, as in /proc/buddyinfo
 * @mapped_pages: address space handed out
 * @resident_pages: pages of the pool that the client holds
 * @faults: faults that found or made a page
 * @cow_copies: pages copied after a fork
 * @available_pages: free pages that may be had; the others are kept for who
 *	cannot wait
 * @zero_faults: of @faults, those that showed the zero page
 * @zero_pages: pages of the calling process that show the zero page now
 * @committed_pages: address space that can be written to and is to count
 * @held_pages: what it has by handle
 *
 * The pool's figures are the same for every client; the rest is the caller's
 * own and counts all address spaces that the client serves, but for
 * @zero_pages.
 */
struct ta_ioc_info {
	__u32 size;
	__u32 flags;
	__u64 page_size;
	__u64 pool_pages;
	__u64 free_pages;
	__u64 free_blocks[TA_NR_ORDERS];
	__u64 mapped_pages;
	__u64 resident_pages;
	__u64 faults;
	__u64 cow_copies;
	__u64 available_pages;
	__u64 zero_faults;
	__u64 zero_pages;
	__u64 committed_pages;
	__u64 held_pages;
};

/**
 * struct ta_ioc_brk - TA_IOC_BRK: the break of the calling process, as brk(2)
 * @size: bytes of this struct
 * @flags: 0
 * @addr: in: the break wanted, or 0 to ask; out, also when it fails: the break
 *	in force
 * @start: out: where the heap begins; the break cannot go below
 *
 * The heap's line in /proc/PID/maps is [@start, page-aligned @addr).
 *
 * ENOMEM: below @start, beyond RLIMIT_DATA or RLIMIT_AS, or less than a page
 * below another mapping.
 */
struct ta_ioc_brk {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u64 start;
};

/**
 * struct ta_ioc_mmap - TA_IOC_MMAP: private anonymous memory from the pool
 * @size: bytes of this struct
 * @flags: 0
 * @addr: in: where, as for mmap(2); out: where it lies
 * @len: bytes
 * @prot: PROT_READ, PROT_WRITE and PROT_EXEC (else EINVAL)
 * @map_flags: MAP_FIXED, MAP_FIXED_NOREPLACE, MAP_POPULATE, MAP_NORESERVE and
 *	MAP_LOCKED (else EINVAL)
 *
 * As mmap(addr, len, prot, MAP_PRIVATE | MAP_ANONYMOUS | map_flags, -1, 0).
 * munmap(2), mprotect(2) and mremap(2) work on it. For an access for which the
 * pool has no page, a process that has some is killed; if none may be, it is
 * SIGBUS.
 */
struct ta_ioc_mmap {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u64 len;
	__u32 prot;
	__u32 map_flags;
};

/**
 * enum ta_page_state - what an address has behind it
 * @TA_PAGE_FOREIGN: not this client's memory
 * @TA_PAGE_NONE: ours, never touched
 * @TA_PAGE_PRESENT: ours, a page of the pool
 * @TA_PAGE_SHARED: the same, copied at the next write
 * @TA_PAGE_LOST: ours, but a fork had no memory to copy its place: SIGBUS
 * @TA_PAGE_ZERO: ours, read but never written: the zero page, no page of the
 *	pool
 */
enum ta_page_state {
	TA_PAGE_FOREIGN	= 0,
	TA_PAGE_NONE	= 1,
	TA_PAGE_PRESENT	= 2,
	TA_PAGE_SHARED	= 3,
	TA_PAGE_LOST	= 4,
	TA_PAGE_ZERO	= 5,
};

/**
 * struct ta_page_info - one page of a TA_IOC_PAGES answer
 * @state: an enum ta_page_state
 * @reserved: 0
 * @frame: page of the pool, counted from its start; 0 unless PRESENT or SHARED
 */
struct ta_page_info {
	__u32 state;
	__u32 reserved;
	__u64 frame;
};

/**
 * struct ta_ioc_pages - TA_IOC_PAGES: describe pages of the calling process
 * @size: bytes of this struct
 * @flags: 0
 * @addr: the first page's address
 * @nr_pages: how many
 * @pages: address of an array of @nr_pages struct ta_page_info to fill in
 *
 * EINVAL: @addr is not page-aligned, or the range is beyond the address space
 * of a process; EFAULT: the array cannot be written to its end.
 */
struct ta_ioc_pages {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u64 nr_pages;
	__u64 pages;
};

/**
 * struct ta_ioc_validate - TA_IOC_VALIDATE: check every invariant
 * @size: bytes of this struct
 * @flags: 0
 *
 * EUCLEAN: one does not hold; the kernel's log says which. EPERM: not root.
 */
struct ta_ioc_validate {
	__u32 size;
	__u32 flags;
};

/**
 * enum ta_layer - where an experiment allocates
 * @TA_LAYER_PAGES: the buddy allocator; the amount is an order, 0 to 10
 * @TA_LAYER_CONTIG: a contiguous range; the amount is a number of pages
 * @TA_LAYER_KMALLOC: kmalloc; the amount is bytes, 1 to 4 MiB
 * @TA_LAYER_VMALLOC: vmalloc; the amount is bytes, at least 1
 * @TA_LAYER_CACHE: a cache, without an object of the client yet; the amount is an
 *	object's bytes, 1 to 4 MiB. Only root (else EPERM)
 * @TA_LAYER_OBJECT: an object; the amount is the handle of its cache (else ENOENT)
 */
enum ta_layer {
	TA_LAYER_PAGES	= 0,
	TA_LAYER_CONTIG	= 1,
	TA_LAYER_KMALLOC = 2,
	TA_LAYER_VMALLOC = 3,
	TA_LAYER_CACHE	= 4,
	TA_LAYER_OBJECT	= 5,
};

/* Take what is there: no reclaim, no compaction. Not for CONTIG. */
#define TA_ALLOC_NOWAIT	0x1

/**
 * struct ta_ioc_alloc - TA_IOC_ALLOC: allocate as a kernel caller does
 * @size: bytes of this struct
 * @flags: 0
 * @layer: an enum ta_layer (else EINVAL)
 * @mode: TA_ALLOC_NOWAIT or 0 (else EINVAL)
 * @amount: of what, see the layer
 * @handle: out: names it from now on, never 0; in: 0
 * @reserved: 0
 * @frame: out: page of the pool that it begins with; of a cache 0
 *
 * What it is can be seen; its bytes cannot. It belongs to the client, and is
 * freed when the device is closed. ENOMEM: there is no such block, or it would
 * exceed the client's quota; ENOSPC: the client has too many.
 */
struct ta_ioc_alloc {
	__u32 size;
	__u32 flags;
	__u32 layer;
	__u32 mode;
	__u64 amount;
	__u32 handle;
	__u32 reserved;
	__u64 frame;
};

/**
 * struct ta_ioc_free - TA_IOC_FREE: free what ALLOC allocated
 * @size: bytes of this struct
 * @flags: 0
 * @handle: what ALLOC answered
 * @reserved: 0
 *
 * ENOENT: the client has nothing of that name; EBUSY: a cache that has objects.
 */
struct ta_ioc_free {
	__u32 size;
	__u32 flags;
	__u32 handle;
	__u32 reserved;
};

/* Members of struct ta_ioc_config */
#define TA_CONFIG_FAULT_ORDER	0x1
#define TA_CONFIG_QUOTA		0x2

#define TA_MAX_FAULT_ORDER	4

/**
 * struct ta_ioc_config - TA_IOC_CONFIG: what a client can choose
 * @size: bytes of this struct
 * @flags: 0
 * @set: which of the members below to set (else EINVAL); 0: ask only
 * @fault_order: the first write to a page brings up to 2^this pages at once, 0
 *	to TA_MAX_FAULT_ORDER (else EINVAL)
 * @quota_pages: the most pages of the pool that the client may have, touched and
 *	by handle; to raise it takes CAP_SYS_RESOURCE (else EPERM). An access
 *	that would need more is SIGBUS.
 *
 * Out: what is in force.
 */
struct ta_ioc_config {
	__u32 size;
	__u32 flags;
	__u32 set;
	__u32 fault_order;
	__u64 quota_pages;
};

/**
 * struct ta_ioc_advise - TA_IOC_ADVISE: what madvise(2) does not do here
 * @size: bytes of this struct
 * @flags: 0
 * @addr: where the range begins, page-aligned (else EINVAL); out: see below
 * @len: bytes, rounded up to pages; out: see below
 * @advice: MADV_DONTNEED, MADV_DONTNEED_LOCKED or MADV_FREE (else EINVAL)
 * @reserved: 0
 *
 * As madvise(addr, len, advice) on private anonymous memory: the pages go back
 * to the pool, the next access finds zeroes. MADV_FREE does so at once, too.
 * Of a range that is the memory of several clients, each does its part.
 *
 * EINVAL: a part is locked, but for MADV_DONTNEED_LOCKED, or not the service's:
 * @addr and @len are now that part, what comes before it is done, and what comes
 * behind is not. (They begin at the first hole, if there is one.) ENOMEM: a part
 * is not mapped, and the rest is done.
 */
struct ta_ioc_advise {
	__u32 size;
	__u32 flags;
	__u64 addr;
	__u64 len;
	__u32 advice;
	__u32 reserved;
};

#define TA_IOC_INFO	_IO(TA_IOC_TYPE, 0x00)
#define TA_IOC_BRK	_IO(TA_IOC_TYPE, 0x01)
#define TA_IOC_MMAP	_IO(TA_IOC_TYPE, 0x02)
#define TA_IOC_PAGES	_IO(TA_IOC_TYPE, 0x03)
#define TA_IOC_VALIDATE	_IO(TA_IOC_TYPE, 0x04)
#define TA_IOC_ALLOC	_IO(TA_IOC_TYPE, 0x05)
#define TA_IOC_FREE	_IO(TA_IOC_TYPE, 0x06)
#define TA_IOC_CONFIG	_IO(TA_IOC_TYPE, 0x07)
#define TA_IOC_ADVISE	_IO(TA_IOC_TYPE, 0x08)

#endif /* _UAPI_LINUX_TEACHALLOC_H */
