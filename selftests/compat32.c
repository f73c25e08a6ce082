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

static void use_handles(int fd)
{
	struct ta_ioc_alloc alloc = {
		.size = sizeof(alloc), .layer = TA_LAYER_PAGES, .amount = 1,
	};
	struct ta_ioc_free free = { .size = sizeof(free) };

	check(call(NR_IOCTL, fd, TA_IOC_ALLOC, (long)&alloc) == 0, 40);
	check(alloc.handle && !(alloc.frame % 2), 41);
	free.handle = alloc.handle;
	check(call(NR_IOCTL, fd, TA_IOC_FREE, (long)&free) == 0, 42);
	check(call(NR_IOCTL, fd, TA_IOC_FREE, (long)&free) == -ENOENT, 43);
	/* More than 32 bits of bytes are too many, not few. */
	alloc = (struct ta_ioc_alloc){
		.size = sizeof(alloc), .layer = TA_LAYER_VMALLOC,
		.amount = (1ULL << 40) + 1,
	};
	check(call(NR_IOCTL, fd, TA_IOC_ALLOC, (long)&alloc) == -ENOMEM, 44);
}

static void use_config(int fd)
{
	struct ta_ioc_config config = {
		.size = sizeof(config), .set = TA_CONFIG_QUOTA,
		.quota_pages = 1000,
	};

	check(call(NR_IOCTL, fd, TA_IOC_CONFIG, (long)&config) == 0, 50);
	config.quota_pages = 0;
	config.set = 0;
	check(call(NR_IOCTL, fd, TA_IOC_CONFIG, (long)&config) == 0, 51);
	check(config.quota_pages == 1000, 52);
}

static void use_advise(int fd)
{
	struct ta_ioc_mmap map = {
		.size = sizeof(map), .len = 2 * PAGE,
		.prot = PROT_READ | PROT_WRITE,
	};
	struct ta_ioc_advise advise = {
		.size = sizeof(advise), .len = PAGE, .advice = MADV_DONTNEED,
	};

	check(call(NR_IOCTL, fd, TA_IOC_MMAP, (long)&map) == 0, 60);
	memset(ptr(map.addr), 1, 2 * PAGE);
	advise.addr = map.addr;
	check(call(NR_IOCTL, fd, TA_IOC_ADVISE, (long)&advise) == 0, 61);
	check(*ptr(map.addr) == 0 && ptr(map.addr)[PAGE] == 1, 62);
	advise.len = (1ULL << 32) + PAGE;
	check(call(NR_IOCTL, fd, TA_IOC_ADVISE, (long)&advise) != 0, 63);
	check(call(NR_MUNMAP, (long)map.addr, 2 * PAGE, 0) == 0, 64);
}

static void use_validate(int fd)
{
	struct ta_ioc_validate validate = { .size = sizeof(validate) };
	long ret = call(NR_IOCTL, fd, TA_IOC_VALIDATE, (long)&validate);

	check(ret == 0 || ret == -EPERM, 70);
}

#define NR_COMMANDS	9
#define HEAD		8u	/* size and flags, which each struct has */

/* Commands that are none, as for 64 bits */
static void use_unknown(int fd)
{
	static const unsigned int sizes[] = {
		0, 4, 8, 16, 24, 32, 40, 256, 4096, 8191, 8192, 16383,
	};
	static char arg[2 * PAGE];

	for (unsigned int at = 0; at < 4 * 256 * 12; at++) {
		unsigned int nr = at / 4 % 256, size = sizes[at / 1024];

		if (nr >= NR_COMMANDS || at % 4 || size)
			check(call(NR_IOCTL, fd, _IOC(at % 4, TA_IOC_TYPE, nr, size),
				   (long)arg) == -ENOTTY, 80);
	}
}

/* What is wrong with a struct is told before it is looked at, to all alike. */
static void use_sizes(int fd)
{
	static struct {
		__u32 size;
		__u32 flags;
		char rest[PAGE];
	} arg;

	for (unsigned int nr = 0; nr < NR_COMMANDS; nr++) {
		long cmd = _IO(TA_IOC_TYPE, nr);

		for (arg.size = 0; arg.size < HEAD; arg.size++)
			check(call(NR_IOCTL, fd, cmd, (long)&arg) == -EINVAL, 90);
		arg.flags = 1;
		check(call(NR_IOCTL, fd, cmd, (long)&arg) == -EINVAL, 91);
		arg.flags = 0;
		arg.size = PAGE + 1;
		check(call(NR_IOCTL, fd, cmd, (long)&arg) == -E2BIG, 92);
		arg.size = PAGE;
		arg.rest[PAGE - HEAD - 1] = 1;
		check(call(NR_IOCTL, fd, cmd, (long)&arg) == -E2BIG, 93);
		arg.rest[PAGE - HEAD - 1] = 0;
		check(call(NR_IOCTL, fd, cmd, 0) == -EFAULT, 94);
		check(call(NR_IOCTL, fd, cmd, -4096) == -EFAULT, 95);
	}
}

void _start(void)
{
	int fd = call(NR_OPEN, (long)"/dev/teachalloc", O_RDWR, 0);

	check(fd >= 0, 1);
	use_info(fd);
	use_brk(fd);
	use_mmap(fd);
	use_handles(fd);
	use_config(fd);
	use_advise(fd);
	use_validate(fd);
	use_unknown(fd);
	use_sizes(fd);
	for (;;)
		call(NR_EXIT, 0, 0, 0);
}
