// SPDX-License-Identifier: GPL-2.0
/*
 * A 32-bit program that uses the service, with no C library.
 *
 * Model: raw system calls by the 32-bit gate, so that every ioctl takes the
 * compatibility entry. The steps are numbered; the exit status is the first
 * that went wrong, or 0.
 */
#include <linux/fcntl.h>
#include <linux/errno.h>
#include <linux/mman.h>
#include <linux/teachalloc.h>

#define PAGE	4096u

enum { NR_EXIT = 1, NR_OPEN = 5, NR_IOCTL = 54, NR_MUNMAP = 91 };

/* The one call that the compiler may make by itself. */
void *memset(void *to, int byte, __SIZE_TYPE__ len)
{
	char *p = to;

	while (len--)
		*p++ = byte;
	return to;
}

static long call(long nr, long a, long b, long c)
{
	long ret;

	asm volatile("int $0x80" : "=a"(ret)
		     : "0"(nr), "b"(a), "c"(b), "d"(c) : "memory");
	return ret;
}

static void check(int ok, int step)
{
	if (!ok)
		call(NR_EXIT, step, 0, 0);
}

static char *ptr(__u64 addr)
{
	return (char *)(unsigned long)addr;
}

static void use_info(int fd)
{
	struct ta_ioc_info info = { .size = sizeof(info) };
	struct ta_ioc_info bad = { .size = sizeof(bad), .flags = 1 };

	check(call(NR_IOCTL, fd, TA_IOC_INFO, (long)&info) == 0, 10);
	check(info.page_size == PAGE, 11);
	check(info.pool_pages && info.free_pages <= info.pool_pages, 12);
	check(call(NR_IOCTL, fd, TA_IOC_INFO, (long)&bad) == -EINVAL, 13);
	check(call(NR_IOCTL, fd, TA_IOC_INFO, 0) == -EFAULT, 14);
	check(call(NR_IOCTL, fd, _IO(TA_IOC_TYPE, 99), 0) == -ENOTTY, 15);
}

static void use_brk(int fd)
{
	struct ta_ioc_brk brk = { .size = sizeof(brk) };
	__u64 start;

	check(call(NR_IOCTL, fd, TA_IOC_BRK, (long)&brk) == 0, 20);
	start = brk.start;
	check(start && !(start >> 32) && start == brk.addr, 21);
	brk.addr = start + PAGE + 1;
	check(call(NR_IOCTL, fd, TA_IOC_BRK, (long)&brk) == 0, 22);
	check(brk.start == start && brk.addr == start + PAGE + 1, 23);
	check(*ptr(start) == 0, 24);
	memset(ptr(start), 1, 2 * PAGE);
	/* An address that 32 bits cannot hold is refused, not cut off. */
	brk.addr = start + (1ULL << 32);
	check(call(NR_IOCTL, fd, TA_IOC_BRK, (long)&brk) == -ENOMEM, 25);
	check(brk.addr == start + PAGE + 1, 26);
}

static void use_mmap(int fd)
{
	struct ta_ioc_mmap map = {
		.size = sizeof(map), .len = 3 * PAGE,
		.prot = PROT_READ | PROT_WRITE,
	};
	struct ta_page_info info[3];
	struct ta_ioc_pages pages = {
		.size = sizeof(pages), .nr_pages = 3,
		.pages = (unsigned long)info,
	};

	check(call(NR_IOCTL, fd, TA_IOC_MMAP, (long)&map) == 0, 30);
	check(map.addr && !(map.addr >> 32), 31);
	ptr(map.addr)[PAGE] = 1;
	pages.addr = map.addr;
	check(call(NR_IOCTL, fd, TA_IOC_PAGES, (long)&pages) == 0, 32);
	check(info[0].state == TA_PAGE_NONE, 33);
	check(info[1].state == TA_PAGE_PRESENT, 34);
	check(call(NR_MUNMAP, (long)map.addr, 3 * PAGE, 0) == 0, 35);
	map.len = 1ULL << 32;
	check(call(NR_IOCTL, fd, TA_IOC_MMAP, (long)&map) == -ENOMEM, 36);
}

void _start(void)
{
	int fd = call(NR_OPEN, (long)"/dev/teachalloc", O_RDWR, 0);

	check(fd >= 0, 1);
	use_info(fd);
	use_brk(fd);
	use_mmap(fd);
	for (;;)
		call(NR_EXIT, 0, 0, 0);
}
