// SPDX-License-Identifier: GPL-2.0
/*
 * The common part of the shim's tests: getting the library in front, telling whose
 * memory something is, calling the kernel itself, and beginning anew.
 *
 * Model: /proc/self says whose a mapping or a descriptor is, whatever the shim
 * believes itself. All of it works with either library in front; what differs between
 * them is asked by is_dispatched().
 */
#include <dirent.h>
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>

#include "shim.h"

#define LIBRARY	"/../tools/libteachalloc-preload.so"

/**
 * is_dispatched() - tell by whom calls are caught
 *
 * Return: whether it is the dispatcher, else it is the preloaded library.
 */
bool is_dispatched(void)
{
	return strstr(getenv("LD_PRELOAD"), "dispatch");
}

/**
 * preload() - run the program once more, with the library, unless it is there
 * @argv: of this run
 *
 * The library is where the Makefiles put it, next to the folder of the tests, or
 * where TA_PRELOAD says.
 */
void preload(char **argv)
{
	const char *given = getenv("TA_PRELOAD");
	char path[PATH_MAX];
	ssize_t len;

	if (getenv("LD_PRELOAD"))
		return;
	len = readlink("/proc/self/exe", path, sizeof(path) - sizeof(LIBRARY));
	if (len < 0)
		exit(1);
	path[len] = 0;
	strcpy(strrchr(path, '/'), LIBRARY);
	setenv("LD_PRELOAD", given ? given : path, 1);
	execv("/proc/self/exe", argv);
	perror("# exec");
	exit(1);
}

/*
 * What is read goes here, and not where malloc says: caught by the dispatcher that is in
 * the pool, and looking must not change what is counted there.
 */
static char text[1 << 20];

static const char *read_maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
	ssize_t nr;
	size_t len = 0;

	while ((nr = read(fd, text + len, sizeof(text) - 1 - len)) > 0)
		len += nr;
	text[len] = 0;
	close(fd);
	return text;
}

/**
 * is_ours() - tell the pool's memory from the kernel's
 * @addr: mapped or not
 *
 * Return: whether the service handed it out, by the line in /proc/self/maps.
 */
bool is_ours(const void *addr)
{
	const char *line = read_maps(), *end, *name;
	unsigned long from, to;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		if (sscanf(line, "%lx-%lx", &from, &to) != 2 ||
		    (uintptr_t)addr < from || (uintptr_t)addr >= to)
			continue;
		name = strstr(line, "[teachalloc");
		return name && name < end;
	}
	return false;
}

/* Seen from a namespace of mounts that it is not in, a file's path is longer. */
static bool is_device(int dir, const char *name)
{
	char target[256];
	ssize_t len = readlinkat(dir, name, target, sizeof(target)) -
		      (ssize_t)strlen(TA_DEVICE);

	return len >= 0 && !memcmp(target + len, TA_DEVICE, strlen(TA_DEVICE));
}

/* Counts the descriptors of the device, and says which is the highest. */
static int look_for_clients(int *highest)
{
	int dir = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ssize_t len, at;
	int nr = 0;

	*highest = -1;
	while ((len = getdents64(dir, text, sizeof(text))) > 0) {
		for (at = 0; at < len;) {
			struct dirent64 *entry = (struct dirent64 *)(text + at);

			at += entry->d_reclen;
			if (!is_device(dir, entry->d_name))
				continue;
			nr++;
			if (atoi(entry->d_name) > *highest)
				*highest = atoi(entry->d_name);
		}
	}
	close(dir);
	return nr;
}

/**
 * count_clients() - count the process's descriptors of the device
 *
 * Return: how many; also those that the test opened itself.
 */
int count_clients(void)
{
	int highest;

	return look_for_clients(&highest);
}

/**
 * client_fd() - find the shim's descriptor
 *
 * Return: the highest descriptor of the device, or -1.
 */
int client_fd(void)
{
	int highest;

	look_for_clients(&highest);
	return highest;
}

/* Calls that nobody catches */

static int find_dispatcher(struct dl_phdr_info *info, size_t size, void *base)
{
	(void)size;
	*(char **)base = (char *)info->dlpi_addr;
	return !!strstr(info->dlpi_name, "libteachalloc-dispatch.so");
}

/*
 * The dispatcher lets through what is called from its library's text or from what lies
 * before it in the file: an ELF header, seven bytes of which mean nothing. There is
 * room for `syscall; ret`.
 */
static char *make_gate(void)
{
	static const char code[] = { 0x0f, 0x05, 0xc3 };
	char *base;

	if (!dl_iterate_phdr(find_dispatcher, &base) ||
	    mprotect(base, PAGE, RW | PROT_EXEC)) {
		perror("# no way round the dispatcher");
		exit(1);
	}
	return memcpy(base + EI_PAD, code, sizeof(code));
}

static long call_at(const char *gate, long nr, long a, long b, long c, long d,
		    long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long ret;

	/* Below the red zone, as this is a call */
	__asm__ volatile("sub $128, %%rsp\n\t"
			 "call *%[gate]\n\t"
			 "add $128, %%rsp"
			 : "=a" (ret)
			 : "a" (nr), "D" (a), "S" (b), "d" (c),
			   "r" (r10), "r" (r8), "r" (r9), [gate] "b" (gate)
			 : "rcx", "r11", "memory", "cc");
	return ret;
}

/**
 * uncaught6() - make a system call that neither library sees
 * @nr: its number
 * @a: its first argument, and so on
 *
 * Context: of a process with one thread, the first time.
 * Return: what the kernel says: -1 to -4095 is an error number, negated.
 */
long uncaught6(long nr, long a, long b, long c, long d, long e, long f)
{
	static char *gate;

	if (!is_dispatched())
		return ta_raw6(nr, a, b, c, d, e, f);
	if (!gate)
		gate = make_gate();
	return call_at(gate, nr, a, b, c, d, e, f);
}

/* Roles */

/**
 * play_role() - be what TA_ROLE says, and end, if it says something
 * @roles: which there are; the last has no name
 */
void play_role(const struct role *roles)
{
	const char *name = getenv("TA_ROLE");

	for (; name && roles->name; roles++)
		if (!strcmp(name, roles->name))
			exit(roles->play());
}

/**
 * become() - execute the program once more, in a role
 * @role: its name; for ta_fork()
 */
void become(void *role)
{
	setenv("TA_ROLE", role, 1);
	execl("/proc/self/exe", "role", NULL);
}

/**
 * run_role() - have a child play a role
 * @role: its name
 *
 * Return: its exit status.
 */
int run_role(const char *role)
{
	return ta_join(ta_fork(become, (void *)role));
}

/**
 * map() - map anonymous memory, as programs do
 * @len: bytes
 *
 * Return: the memory, or MAP_FAILED.
 */
char *map(size_t len)
{
	return mmap(NULL, len, RW, ANON, -1, 0);
}

/**
 * works() - use a page that was never used
 * @p: the page, or MAP_FAILED
 *
 * Return: whether it was zero, and is now 1.
 */
bool works(char *p)
{
	if (p == MAP_FAILED || *p)
		return false;
	*p = 1;
	return *p == 1;
}
