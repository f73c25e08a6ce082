// SPDX-License-Identifier: GPL-2.0
/*
 * The common part of the shim's tests: getting the library in front, and telling
 * whose memory something is.
 *
 * Model: /proc/self says whose a mapping or a descriptor is, whatever the shim
 * believes itself.
 */
#include <dirent.h>
#include <limits.h>

#include "shim.h"

#define LIBRARY	"/../tools/libteachalloc-preload.so"

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

/**
 * is_ours() - tell the pool's memory from the kernel's
 * @addr: mapped or not
 *
 * Return: whether the service handed it out, by the line in /proc/self/maps.
 */
bool is_ours(const void *addr)
{
	FILE *f = fopen("/proc/self/maps", "re");
	unsigned long start, end;
	bool ours = false;
	char line[512];

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%lx-%lx", &start, &end) == 2 &&
		    (uintptr_t)addr >= start && (uintptr_t)addr < end)
			ours = strstr(line, "[teachalloc");
	if (f)
		fclose(f);
	return ours;
}

/* Calls @fn for each open descriptor of the device; it returns how many. */
static int each_client(void (*fn)(int fd, void *arg), void *arg)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *entry;
	char target[64];
	int nr = 0;

	while (dir && (entry = readdir(dir))) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, target,
					 sizeof(target) - 1);

		if (len < 0)
			continue;
		target[len] = 0;
		if (strcmp(target, TA_DEVICE))
			continue;
		fn(atoi(entry->d_name), arg);
		nr++;
	}
	if (dir)
		closedir(dir);
	return nr;
}

static void take_highest(int fd, void *arg)
{
	int *highest = arg;

	if (fd > *highest)
		*highest = fd;
}

/**
 * count_clients() - count the process's descriptors of the device
 *
 * Return: how many; also those that the test opened itself.
 */
int count_clients(void)
{
	int highest;

	return each_client(take_highest, &highest);
}

/**
 * client_fd() - find the shim's descriptor
 *
 * Return: the highest descriptor of the device, or -1.
 */
int client_fd(void)
{
	int highest = -1;

	each_client(take_highest, &highest);
	return highest;
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
