// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc info: the pool in a dozen numbers, for everybody.
 */
#include <unistd.h>

#include "cmd.h"

static unsigned long long mib(const struct ta_ioc_info *info)
{
	return info->pool_pages * info->page_size >> 20;
}

/* Free pages that are in no block: they wait on the lists of the CPUs. */
static uint64_t beside_blocks(const struct ta_ioc_info *info)
{
	uint64_t nr = info->free_pages;

	for (int order = 0; order < TA_NR_ORDERS; order++)
		nr -= info->free_blocks[order] << order;
	return nr;
}

static int largest_order(const struct ta_ioc_info *info)
{
	int order = TA_NR_ORDERS - 1;

	while (order >= 0 && !info->free_blocks[order])
		order--;
	return order;
}

static void print_text(const struct ta_ioc_info *info)
{
	struct view view = { .pool = *info };
	int largest = largest_order(info);

	printf("Pool       %llu MiB, %llu pages of %llu bytes\n", mib(info),
	       info->pool_pages, info->page_size);
	printf("In use     %llu pages\n", info->pool_pages - info->free_pages);
	printf("Free       %llu pages, %llu of them in the lists of the CPUs\n",
	       info->free_pages, (unsigned long long)beside_blocks(info));
	printf("Available  %llu pages; the others are kept for who cannot wait\n",
	       info->available_pages);
	if (largest < 0)
		printf("Largest    no free block\n");
	else
		printf("Largest    a free block of order %d, %llu KiB\n", largest,
		       info->page_size << largest >> 10);
	printf("Blocks     of 1, 2, 4 ... 1024 pages:\n");
	show_blocks(&view, NULL);
}

static void print_json(const struct ta_ioc_info *info)
{
	struct json j;

	json_begin(&j, stdout);
	json_number(&j, "page_size", info->page_size);
	json_number(&j, "pool_pages", info->pool_pages);
	json_number(&j, "free_pages", info->free_pages);
	json_number(&j, "available_pages", info->available_pages);
	json_number(&j, "pcp_pages", beside_blocks(info));
	json_array(&j, "free_blocks");
	for (int order = 0; order < TA_NR_ORDERS; order++)
		json_number(&j, NULL, info->free_blocks[order]);
	json_finish(&j);
}

/**
 * cmd_info() - print the pool's figures
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_info(int argc, char **argv)
{
	struct ta_ioc_info info;
	struct cmd cmd;
	int fd, status = cmd_begin(&cmd, argc, argv, 0, 0);

	if (!status)
		status = cmd_open(&fd);
	if (!status)
		status = cmd_ask(fd, &info);
	if (status)
		return status;
	if (cmd.json)
		print_json(&info);
	else
		print_text(&info);
	close(fd);
	return CMD_OK;
}
