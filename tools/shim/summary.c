// SPDX-License-Identifier: GPL-2.0
/*
 * What a process has to say at its end: a line for each kind of call, and one
 * about the client.
 *
 * Without stdio, for the same reasons as everything here; in one write, so that
 * the lines of processes that end at the same time are not mixed.
 *
 * Context: any, see redirect.h.
 */
#include <fcntl.h>
#include <stddef.h>

#include <linux/teachalloc.h>

#include "client.h"
#include "count.h"
#include "raw.h"
#include "redirect.h"
#include "settings.h"

struct text {
	char bytes[1024];
	size_t len;
};

static void put(struct text *text, const char *word)
{
	while (*word && text->len < sizeof(text->bytes))
		text->bytes[text->len++] = *word++;
}

static void put_number(struct text *text, unsigned long nr)
{
	char digits[21];
	size_t i = sizeof(digits);

	digits[--i] = 0;
	do {
		digits[--i] = '0' + nr % 10;
		nr /= 10;
	} while (nr);
	put(text, digits + i);
}

static void begin_line(struct text *text)
{
	put(text, "teachalloc[");
	put_number(text, ta_raw1(SYS_getpid, 0));
	put(text, "]: ");
}

static void put_kind(struct text *text, const char *name,
		     enum ta_redirect_kind kind)
{
	struct ta_redirect_count count = ta_redirect_counted(kind);

	if (!count.redirected && !count.passed && !count.fell_back)
		return;
	begin_line(text);
	put(text, name);
	put(text, ": ");
	put_number(text, count.redirected);
	put(text, " redirected (");
	put_number(text, count.bytes >> 10);
	put(text, " KiB), ");
	put_number(text, count.passed);
	put(text, " passed on, ");
	put_number(text, count.fell_back);
	put(text, " fell back\n");
}

static void put_client(struct text *text)
{
	struct ta_ioc_info info = { .size = sizeof(info) };

	begin_line(text);
	if (ta_client_number() < 0 || ta_client_ioctl(TA_IOC_INFO, &info)) {
		put(text, "no client\n");
		return;
	}
	put(text, "client: ");
	put_number(text, info.mapped_pages);
	put(text, " pages mapped, ");
	put_number(text, info.resident_pages);
	put(text, " resident, ");
	put_number(text, info.faults);
	put(text, " faults, ");
	put_number(text, info.cow_copies);
	put(text, " copied after a fork\n");
}

/* A number is a descriptor that is open, all else a file that grows. */
static int open_output(const char *name, bool *opened)
{
	const char *c;
	int fd = 0;

	for (c = name; *c >= '0' && *c <= '9' && c - name < 7; c++)
		fd = 10 * fd + *c - '0';
	*opened = *c;
	return !*c ? fd : ta_raw6(SYS_openat, AT_FDCWD, (long)name,
				  O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC,
				  0666, 0, 0);
}

/**
 * ta_redirect_summary() - write the summary that TEACHALLOC_SUMMARY asks for
 *
 * Without the setting, and in the child of a vfork, nothing is done. What cannot be
 * written is not.
 *
 * Context: any, see redirect.h.
 */
void ta_redirect_summary(void)
{
	const char *name = ta_settings()->summary;
	struct text text;
	bool opened;
	int fd;

	if (!*name || !ta_count_is_mine())
		return;
	text.len = 0;
	put_kind(&text, "mmap", TA_REDIRECT_MMAP);
	put_kind(&text, "brk", TA_REDIRECT_BRK);
	put_kind(&text, "madvise", TA_REDIRECT_MADVISE);
	put_kind(&text, "mremap", TA_REDIRECT_MREMAP);
	put_client(&text);
	fd = open_output(name, &opened);
	ta_raw3(SYS_write, fd, (long)text.bytes, text.len);
	if (opened && fd >= 0)
		ta_raw1(SYS_close, fd);
}
