// SPDX-License-Identifier: GPL-2.0
/*
 * Sizes as people write them: 4096, 0x1000, 64K, 4M, 1GiB.
 *
 * A suffix is a power of 1024. Nothing is rounded, and what does not fit into 64
 * bits is no size.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ctype.h>

#include "size.h"

static const char suffixes[] = "KMGTPE";

/* Read a suffix, if there is one; -1 for anything else. */
static int take_suffix(const char *text)
{
	const char *found = *text ? strchr(suffixes, toupper(*text)) : NULL;
	int shift = 0;

	if (found) {
		shift = 10 * (1 + found - suffixes);
		text++;
		if (*text == 'i' && text[1] == 'B')
			text++;
	}
	if (*text == 'B')
		text++;
	return *text ? -1 : shift;
}

/**
 * size_parse() - read a size
 * @text: a number, and maybe a suffix
 * @bytes: set to it
 *
 * Return: whether it is one.
 */
bool size_parse(const char *text, uint64_t *bytes)
{
	int shift;
	char *end;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	*bytes = strtoull(text, &end, 0);
	if (errno)
		return false;
	shift = take_suffix(end);
	if (shift < 0 || (*bytes << shift) >> shift != *bytes)
		return false;
	*bytes <<= shift;
	return true;
}

/**
 * size_parse_range() - read a part of something: FROM, FROM..TO, FROM.. or ..TO
 * @text: two sizes; FROM alone is one byte
 * @end: where TO is if it is left out, and at most
 * @range: set to FROM and TO, the first byte that is not in it
 *
 * Return: whether it is one, with something in it.
 */
bool size_parse_range(const char *text, uint64_t end, uint64_t range[2])
{
	const char *dots = strstr(text, "..");
	char from[SIZE_WORDS] = "0";

	range[1] = end;
	if (dots) {
		if (dots - text >= SIZE_WORDS)
			return false;
		if (dots != text)
			snprintf(from, sizeof(from), "%.*s", (int)(dots - text),
				 text);
		if (dots[2] && !size_parse(dots + 2, &range[1]))
			return false;
		text = from;
	}
	if (!size_parse(text, &range[0]))
		return false;
	if (!dots)
		range[1] = range[0] + 1;
	return range[0] < range[1] && range[1] <= end;
}

/**
 * size_words() - write a size for people, exactly
 * @bytes: any
 * @words: where to
 *
 * Return: @words.
 */
const char *size_words(uint64_t bytes, char words[SIZE_WORDS])
{
	int unit = -1;

	while (bytes && bytes % 1024 == 0 && unit < 5) {
		bytes /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(words, SIZE_WORDS, "%llu B", (unsigned long long)bytes);
	else
		snprintf(words, SIZE_WORDS, "%llu %ciB",
			 (unsigned long long)bytes, suffixes[unit]);
	return words;
}
