// SPDX-License-Identifier: GPL-2.0
/*
 * teachalloc buddy: the free blocks by order and, for root, by migrate type.
 *
 * Everybody may know how many blocks there are; what types they are of is in
 * debugfs.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd.h"
#include "size.h"

#define MAX_TYPES	8

/* Free blocks of a migrate type, and the pageblocks that are of it. */
struct type {
	char name[16];
	unsigned long blocks[TA_NR_ORDERS];
	unsigned long pageblocks;
};

struct buddy {
	struct ta_ioc_info info;
	struct type types[MAX_TYPES];
	unsigned int nr_types;
};

static void read_type(struct buddy *b, const char *line)
{
	struct type *type = &b->types[b->nr_types];
	char *at;
	int len;

	if (b->nr_types == MAX_TYPES ||
	    sscanf(line, "Node %*d, zone %*s type %15s%n", type->name, &len) != 1)
		return;
	at = (char *)line + len;
	for (int order = 0; order < TA_NR_ORDERS; order++)
		type->blocks[order] = strtoul(at, &at, 10);
	b->nr_types++;
}

/* In the order of the types above */
static void read_pageblocks(struct buddy *b, const char *line)
{
	char *at = strstr(line, "Pool");

	at += at ? strlen("Pool") : 0;
	for (unsigned int i = 0; at && i < b->nr_types; i++)
		b->types[i].pageblocks = strtoul(at, &at, 10);
}

static int read_types(struct buddy *b)
{
	char line[512];
	FILE *file;
	int status = cmd_open_file("pagetypeinfo", "re", &file);

	if (status)
		return status;
	while (fgets(line, sizeof(line), file)) {
		if (strstr(line, ", type "))
			read_type(b, line);
		else if (!strncmp(line, "Node ", 5))
			read_pageblocks(b, line);
	}
	fclose(file);
	return CMD_OK;
}

static void print_row(const char *name, const unsigned long *nr)
{
	printf("%-14s", name);
	for (int order = 0; order < TA_NR_ORDERS; order++)
		say(nr[order] ? PLAIN : LABEL, " %5lu", nr[order]);
}

static void print_head(const struct buddy *b)
{
	char words[SIZE_WORDS];

	printf("%-14s", "order");
	for (int order = 0; order < TA_NR_ORDERS; order++)
		printf(" %5d", order);
	printf("%s\n%-14s", b->nr_types ? "  pageblocks" : "", "a block has");
	for (int order = 0; order < TA_NR_ORDERS; order++) {
		size_words(b->info.page_size << order, words);
		*strchr(words, ' ') = words[strlen(words) - 3];
		words[strcspn(words, "KMG") + 1] = '\0';
		printf(" %5s", words);
	}
	printf("\n");
}

static void print_text(const struct buddy *b)
{
	unsigned long all[TA_NR_ORDERS], pages = 0;

	for (int order = 0; order < TA_NR_ORDERS; order++) {
		all[order] = b->info.free_blocks[order];
		pages += all[order] << order;
	}
	print_head(b);
	for (unsigned int i = 0; i < b->nr_types; i++) {
		print_row(b->types[i].name, b->types[i].blocks);
		printf(" %11lu\n", b->types[i].pageblocks);
	}
	print_row("all", all);
	printf("\n%lu pages in these blocks, %llu in the lists of the CPUs, %llu in the pool\n",
	       pages, b->info.free_pages - pages, b->info.pool_pages);
}

static void print_json(const struct buddy *b)
{
	struct json j;

	json_begin(&j, stdout);
	json_array(&j, "free_blocks");
	for (int order = 0; order < TA_NR_ORDERS; order++)
		json_number(&j, NULL, b->info.free_blocks[order]);
	json_end(&j);
	json_array(&j, "types");
	for (unsigned int i = 0; i < b->nr_types; i++) {
		json_object(&j, NULL);
		json_string(&j, "type", b->types[i].name);
		json_number(&j, "pageblocks", b->types[i].pageblocks);
		json_array(&j, "free_blocks");
		for (int order = 0; order < TA_NR_ORDERS; order++)
			json_number(&j, NULL, b->types[i].blocks[order]);
		json_end(&j);
		json_end(&j);
	}
	json_finish(&j);
}

/**
 * cmd_buddy() - print the free blocks
 * @argc: from the verb on
 * @argv: likewise
 *
 * Return: an enum cmd_status.
 */
int cmd_buddy(int argc, char **argv)
{
	struct buddy b = { .nr_types = 0 };
	struct cmd cmd;
	int fd, status = cmd_begin(&cmd, argc, argv, 0, 0);

	if (!status)
		status = cmd_open(&fd);
	if (!status)
		status = cmd_ask(fd, &b.info);
	if (status)
		return status;
	if (!geteuid())
		status = read_types(&b);
	if (status)
		return status;
	if (cmd.json)
		print_json(&b);
	else
		print_text(&b);
	close(fd);
	return CMD_OK;
}
