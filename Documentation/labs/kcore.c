// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's memory, as root may read it: /proc/kcore is a core dump of the
 * running kernel, whose program headers say which addresses there are and, of
 * RAM, at which physical address each part lies.
 *
 * Context: root; a kernel that is not locked down. Failure: no answer (0, false).
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kcore.h"

#define MAX_HEADERS	64

/* What matters of an ELF file's first 64 bytes, and its program headers. */
struct elf {
	char ident[16];
	uint16_t type, machine;
	uint32_t version;
	uint64_t entry, phoff, shoff;
	uint32_t flags;
	uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct part {
	uint32_t type, flags;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

#define TYPE_LOAD	1

static struct part headers[MAX_HEADERS];
static int nr_headers;
static int fd = -1;

static bool open_kcore(void)
{
	struct elf head;
	ssize_t len;

	if (fd >= 0)
		return true;
	fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, &head, sizeof(head)) != sizeof(head) ||
	    head.phnum > MAX_HEADERS)
		return false;
	nr_headers = head.phnum;
	len = nr_headers * sizeof(*headers);
	return pread(fd, headers, len, head.phoff) == len;
}

/**
 * kcore_read() - read the kernel's memory
 * @addr: an address of the kernel's
 * @buf: filled in
 * @len: bytes
 *
 * Return: whether there is such memory.
 */
bool kcore_read(uint64_t addr, void *buf, size_t len)
{
	if (!open_kcore())
		return false;
	for (int i = 0; i < nr_headers; i++) {
		const struct part *h = &headers[i];
		off_t at = h->offset + (addr - h->vaddr);

		if (h->type == TYPE_LOAD && addr >= h->vaddr &&
		    addr - h->vaddr < h->memsz)
			return pread(fd, buf, len, at) == (ssize_t)len;
	}
	return false;
}

/**
 * kcore_linear() - find the address of RAM in the kernel's linear map
 * @phys: its physical address
 *
 * Return: the address, what __va() gives, or 0.
 */
uint64_t kcore_linear(uint64_t phys)
{
	if (!open_kcore())
		return 0;
	for (int i = 0; i < nr_headers; i++) {
		const struct part *h = &headers[i];

		/* Other parts than RAM have 0 there, or lie in another map. */
		if (h->type == TYPE_LOAD && h->paddr && phys >= h->paddr &&
		    phys - h->paddr < h->memsz &&
		    h->vaddr < 0xffffffff80000000UL)
			return h->vaddr + (phys - h->paddr);
	}
	return 0;
}

/**
 * kernel_symbol() - find a function or a variable of the kernel
 * @name: its name
 *
 * Return: its address, or 0.
 */
uint64_t kernel_symbol(const char *name)
{
	FILE *f = fopen("/proc/kallsyms", "re");
	unsigned long addr, found = 0;
	char line[256], symbol[128];

	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx %*c %127s", &addr, symbol) == 2 &&
		    !strcmp(symbol, name))
			found = addr;
	if (f)
		fclose(f);
	return found;
}

/**
 * pfn_of() - ask which page of physical memory stands behind an address
 * @addr: of this process
 *
 * Return: its number, or 0 if there is none.
 */
uint64_t pfn_of(const void *addr)
{
	int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	off_t at = (uintptr_t)addr / 4096 * sizeof(uint64_t);
	uint64_t entry = 0;

	if (map < 0 || pread(map, &entry, sizeof(entry), at) != sizeof(entry))
		entry = 0;
	close(map);
	/* Bit 63: there is a page. The number has 55 bits. */
	return entry >> 63 ? entry & ((1UL << 55) - 1) : 0;
}
