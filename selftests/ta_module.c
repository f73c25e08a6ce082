// SPDX-License-Identifier: GPL-2.0
/*
 * The module's coming and going, for tests that insert and remove it themselves.
 *
 * Model: the kernel's log is read from where it stood before; the module says at its
 * removal what came back. The module's file is that of the environment's TA_MODULE,
 * or teachalloc.ko in this folder or in the root.
 *
 * Failure: a test that ends early leaves the module as it is at that point; the next
 * one's ta_module_begin() removes it.
 */
#include <fcntl.h>
#include <sys/syscall.h>

#include "ta_module.h"

/**
 * ta_module_file() - tell where the module is
 */
const char *ta_module_file(void)
{
	const char *given = getenv("TA_MODULE");

	if (given)
		return given;
	return access("teachalloc.ko", R_OK) ? "/teachalloc.ko"
					     : "teachalloc.ko";
}

/**
 * ta_module_can_insert() - tell if this process may, and there is what to insert
 */
bool ta_module_can_insert(void)
{
	return !geteuid() && !access(ta_module_file(), R_OK);
}

/**
 * ta_module_insert() - insert it
 * @params: as insmod(8) has them
 *
 * Return: 0, or -1 and errno.
 */
int ta_module_insert(const char *params)
{
	int fd = open(ta_module_file(), O_RDONLY | O_CLOEXEC);
	int ret = syscall(SYS_finit_module, fd, params, 0);
	int err = errno;

	close(fd);
	errno = err;
	return ret;
}

/**
 * ta_module_drop() - remove it
 *
 * Return: 0, or -1 and errno.
 */
int ta_module_drop(void)
{
	return syscall(SYS_delete_module, "teachalloc", O_NONBLOCK);
}

/**
 * ta_module_returned() - tell if a removal since the last question left nothing behind
 * @log: of ta_module_begin()
 */
bool ta_module_returned(int log)
{
	char record[8192];
	bool said = false;
	ssize_t len;

	while ((len = read(log, record, sizeof(record) - 1)) != -1 ||
	       errno == EPIPE) {
		if (len < 0)
			continue;
		record[len] = '\0';
		said |= !!strstr(record, "teachalloc: pool returned, 0 pages missing");
	}
	return said;
}

/**
 * ta_module_begin() - see to it that the module is not there
 *
 * Return: the kernel's log, or -1.
 */
int ta_module_begin(void)
{
	int log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);

	lseek(log, 0, SEEK_END);
	if (!ta_module_can_insert() || !ta_module_drop() || errno == ENOENT)
		return log;
	close(log);
	return -1;
}

/**
 * ta_module_end() - have whoever comes next find it inserted, as before
 * @log: of ta_module_begin()
 */
void ta_module_end(int log)
{
	close(log);
	if (ta_module_can_insert() && access(TA_DEVICE, F_OK))
		ta_module_insert("pool_mb=64");
}
