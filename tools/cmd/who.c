// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc who ADDRESS: what owns an address of any layer.
 *
 *	0xffff...	an address of the kernel's: a slab's object, a block, a
 *			page of a vmalloc area
 *	PID:0x...	an address of a process: its page, and where in the pool
 *	frame:N		a page of the pool, by its number
 *
 * The first is the module's answer; the others are found in its map of the pool,
 * by way of the page table's own account, /proc/PID/pagemap.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "poolmap.h"

/* Of an entry of pagemap: the page's number, and whether there is a page */
#define PAGEMAP_PFN	0x007fffffffffffffULL
#define PAGEMAP_PRESENT	0x8000000000000000ULL

static void answer(const struct cmd *cmd, const char *text)
{
	struct json j;

	if (!cmd->json) {
		puts(text);
		return;
	}
	json_begin(&j, stdout);
	json_string(&j, "address", cmd->argv[0]);
	json_string(&j, "answer", text);
	json_finish(&j);
}

/* The module's answer is some lines: all of it, up to the last one's end. */
static int who_kernel(const struct cmd *cmd, uint64_t addr)
{
	char text[4096];
	size_t len;
	FILE *file;
	int status = cmd_open_file("who", "r+e", &file);

	if (status)
		return status;
	fprintf(file, "%#llx\n", (unsigned long long)addr);
	fflush(file);
	len = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	while (len && text[len - 1] == '\n')
		len--;
	text[len] = '\0';
	answer(cmd, text);
	return strcmp(text, "not in the pool") ? CMD_OK : CMD_NO;
}

static int read_map(struct pool_map *map)
{
	FILE *file;
	int status = cmd_open_file("pool_map", "re", &file);

	if (status)
		return status;
	status = pool_map_read(file, map);
	fclose(file);
	return status ? cmd_fail(CMD_NO, "no memory for the map") : CMD_OK;
}

static void answer_run(const struct cmd *cmd, const struct pool_run *run,
		       unsigned long at)
{
	struct json j;

	if (!cmd->json) {
		printf("frame %lu: %s%s%s, in a block of order %u of pageblock type %s\n",
		       run->frame + at, pool_state_name(run->state),
		       *run->owner ? ", " : "", run->owner, run->order,
		       run->type);
		return;
	}
	json_begin(&j, stdout);
	json_string(&j, "address", cmd->argv[0]);
	json_number(&j, "frame", run->frame + at);
	json_string(&j, "state", pool_state_name(run->state));
	json_string(&j, "owner", run->owner);
	json_number(&j, "order", run->order);
	json_string(&j, "type", run->type);
	json_finish(&j);
}

static int who_frame(const struct cmd *cmd, unsigned long frame)
{
	struct pool_map map;
	int status = read_map(&map);

	if (status)
		return status;
	status = CMD_NO;
	for (size_t i = 0; i < map.nr && status; i++) {
		const struct pool_run *run = &map.runs[i];

		if (frame - run->frame >= run->nr)
			continue;
		answer_run(cmd, run, frame - run->frame);
		status = CMD_OK;
	}
	pool_map_free(&map);
	return status ? cmd_fail(CMD_NO, "the pool has no frame %lu", frame) :
			CMD_OK;
}

/* Which page of the machine stands behind an address of a process, or 0. */
static int pfn_of(int pid, uint64_t addr, unsigned long *pfn)
{
	uint64_t entry = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cmd_fail(errno == ENOENT ? CMD_NO : CMD_NO_RIGHT,
				errno == ENOENT ? "there is no process %d" :
				"process %d: its pages are for root", pid);
	if (pread(fd, &entry, sizeof(entry),
		  addr / sysconf(_SC_PAGESIZE) * sizeof(entry)) != sizeof(entry))
		entry = 0;
	close(fd);
	*pfn = entry & PAGEMAP_PRESENT ? entry & PAGEMAP_PFN : 0;
	return CMD_OK;
}

static int who_process(const struct cmd *cmd, int pid, uint64_t addr)
{
	const struct pool_run *run;
	struct pool_map map;
	unsigned long pfn = 0;
	int status = read_map(&map);

	if (status)
		return status;
	status = pfn_of(pid, addr, &pfn);
	if (status)
		return status;
	run = pfn ? pool_map_pfn(&map, pfn) : NULL;
	if (run)
		answer_run(cmd, run, pfn - run->pfn);
	else
		answer(cmd, pfn ? "a page, but not of the pool" :
				  "no page is mapped there now");
	pool_map_free(&map);
	return run ? CMD_OK : CMD_NO;
}

/**
 * cmd_who() - tell what owns an address
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_who(int argc, char **argv)
{
	unsigned long long addr;
	unsigned long frame;
	struct cmd cmd;
	char rest;
	int pid, status = cmd_begin(&cmd, argc, argv, 1, 1);

	if (status)
		return status;
	if (sscanf(cmd.argv[0], "frame:%lu%c", &frame, &rest) == 1)
		return who_frame(&cmd, frame);
	if (sscanf(cmd.argv[0], "%d:%llx%c", &pid, &addr, &rest) == 2)
		return who_process(&cmd, pid, addr);
	if (!strncmp(cmd.argv[0], "0x", 2) &&
	    sscanf(cmd.argv[0], "%llx%c", &addr, &rest) == 1)
		return who_kernel(&cmd, addr);
	return cmd_fail(CMD_USAGE, "%s is no address: 0x..., PID:0x... or frame:N",
			cmd.argv[0]);
}
