// SPDX-License-Identifier: GPL-2.0
/*
 * Events of the module's in words.
 *
 * Model: a table from the name of an event to a sentence, in which {FIELD} is that
 * field of it. What is not in the table is told by its fields. Several events of a
 * kind in a row are told by the first, with their number.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "narrate.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char * const sentences[][2] = {
	{ "ta_ioctl", "the call comes to the module: {nr}" },
	{ "ta_brk", "the break moves from {from} to {to}; no page is taken" },
	{ "ta_mmap", "{len} bytes are mapped at {addr}; no page is taken" },
	{ "ta_touch", "the CPU finds no page at {addr}, and faults" },
	{ "ta_mm_page_split",
	  "a block of order {order} at frame {frame} is split down to order {new_order}" },
	{ "ta_mm_page_merge",
	  "frame {frame}, order {order}, merges with its buddies to order {new_order}" },
	{ "ta_mm_page_pcpu_refill",
	  "frame {frame}, order {order}, comes to this CPU's list" },
	{ "ta_mm_page_pcpu_drain",
	  "frame {frame}, order {order}, leaves this CPU's list" },
	{ "ta_mm_page_alloc",
	  "frame {frame} (page {pfn} of the machine), order {order}, is handed out" },
	{ "ta_mm_page_free", "frame {frame}, order {order}, is given back" },
	{ "ta_mm_page_alloc_extfrag",
	  "a block of order {fallback_order} of another migrate type is taken for it" },
	{ "ta_fault", "frame {frame} is zeroed and mapped at {addr}" },
	{ "ta_slab_new",
	  "{name} has no object: a new slab of {objects} at frame {frame}, order {order}" },
	{ "ta_magazine_exchange",
	  "this CPU's magazine of {name} is exchanged: {in} objects for {out}" },
	{ "ta_kmalloc", "{name} hands out {bytes_alloc} bytes for {bytes_req}" },
	{ "ta_kmem_cache_alloc", "{name} hands out an object of {bytes_alloc} bytes" },
	{ "ta_alloc_vmap_area", "addresses for {size} bytes are found" },
	{ "ta_vmalloc", "{nr_pages} pages are mapped there, one after the other" },
};

static const char *sentence_of(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(sentences); i++)
		if (!strcmp(sentences[i][0], name))
			return sentences[i][1];
	return NULL;
}

/* The number of a command of the device is told by its name. */
static void name_command(char *word, size_t size)
{
	static const char * const commands[] = {
		"INFO", "BRK", "MMAP", "PAGES", "VALIDATE", "ALLOC", "FREE",
		"CONFIG", "ADVISE",
	};
	unsigned long nr = strtoul(word, NULL, 0);

	if (nr < ARRAY_SIZE(commands))
		snprintf(word, size, "TA_IOC_%s", commands[nr]);
}

/* Fill in what is in braces. */
static void fill_in(const struct event *event, const char *from,
		    char *text, size_t size)
{
	char field[32], word[64];
	size_t len = 0;
	int n;

	while (*from && len + 1 < size) {
		if (*from == '{' && sscanf(from, "{%31[^}]}%n", field, &n) == 1) {
			if (!event_word(event, field, word, sizeof(word)))
				strcpy(word, "?");
			if (!strcmp(field, "nr"))
				name_command(word, sizeof(word));
			len += snprintf(text + len, size - len, "%s", word);
			from += n;
		} else {
			text[len++] = *from++;
		}
	}
	text[len < size ? len : size - 1] = '\0';
}

/**
 * narrate() - tell what happened
 * @event: what
 * @nr: of that name, one after the other
 * @text: filled in
 */
void narrate(const struct event *event, size_t nr,
	     char text[NARRATE_TEXT])
{
	const char *sentence = sentence_of(event->name);
	size_t len;

	if (sentence)
		fill_in(event, sentence, text, NARRATE_TEXT);
	else
		snprintf(text, NARRATE_TEXT, "%s", event->fields);
	len = strlen(text);
	if (nr > 1)
		snprintf(text + len, NARRATE_TEXT - len, "; and %zu more",
			 nr - 1);
}
