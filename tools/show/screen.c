// SPDX-License-Identifier: GPL-2.0
/*
 * How a program that shows something looks: labels in a column, colours where they
 * are welcome.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "screen.h"

#define WIDTH	78
#define INDENT	12

static const char * const codes[NR_TONES] = {
	[PLAIN]	= "",
	[TITLE]	= "\033[1;36m",
	[LABEL]	= "\033[2m",
	[NEWS]	= "\033[1;33m",
	[GOOD]	= "\033[32m",
	[BAD]	= "\033[1;31m",
	[BLUE]	= "\033[34m",
	[MAGENTA] = "\033[35m",
	[CYAN]	= "\033[36m",
	[YELLOW] = "\033[33m",
};

static bool coloured;

/**
 * screen_init() - decide how to print
 * @colour: with escape sequences
 */
void screen_init(bool colour)
{
	coloured = colour;
	/* A pipe's reader wants to follow, too. */
	setvbuf(stdout, NULL, _IOLBF, 0);
}

/**
 * screen_wanted() - decide whether there should be colours
 * @argc: main's
 * @argv: main's; "--color" has them where there is no terminal. Anything else
 *	ends the program, with how it is used
 *
 * Return: whether.
 */
bool screen_wanted(int argc, char **argv)
{
	bool colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--color")) {
			colour = true;
			continue;
		}
		fprintf(strcmp(argv[i], "--help") ? stderr : stdout,
			"usage: %s [--color]\n", argv[0]);
		exit(strcmp(argv[i], "--help") ? 2 : 0);
	}
	return colour;
}

/**
 * say() - print in a tone
 * @tone: which
 * @fmt: as for printf
 */
void say(enum tone tone, const char *fmt, ...)
{
	bool paint = coloured && tone != PLAIN;
	va_list args;

	if (paint)
		fputs(codes[tone], stdout);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	if (paint)
		fputs("\033[0m", stdout);
}

/**
 * heading() - print the head of a chapter
 * @text: its name
 */
void heading(const char *text)
{
	char rule[WIDTH + 1];

	memset(rule, '-', WIDTH);
	rule[WIDTH - strlen(text) - 4] = '\0';
	say(TITLE, "\n-- %s %s\n", text, rule);
}

static void print_label(const char *label)
{
	say(LABEL, "    %-*s", INDENT - 4, label);
}

/* Print up to the last blank that fits; return where the next line begins. */
static const char *print_part(const char *text, size_t room)
{
	size_t len = strlen(text), n = room;

	if (len > room) {
		while (n && text[n] != ' ')
			n--;
		len = n ? n : room;
	}
	printf("%.*s\n", (int)len, text);
	return text + len + (text[len] == ' ');
}

/**
 * labelled() - print a paragraph beside its label
 * @label: in the left column
 * @text: broken into lines
 */
void labelled(const char *label, const char *text)
{
	print_label(label);
	text = print_part(text, WIDTH - INDENT);
	while (*text) {
		printf("%*s", INDENT, "");
		text = print_part(text, WIDTH - INDENT);
	}
}

static bool has_line(const struct view *view, const char *line)
{
	for (unsigned int i = 0; i < view->nr_lines && i < MAX_LINES; i++)
		if (!strcmp(view->line[i], line))
			return true;
	return false;
}

static void show_figures(const struct view *view, const struct view *old)
{
	say(old && old->rss_kib != view->rss_kib ? NEWS : PLAIN,
	    "RSS %lu KiB", view->rss_kib);
	printf(" (of %lu in all)", view->process_kib);
	if (!view->pool.size) {
		printf("\n");
		return;
	}
	printf("; ");
	say(old && old->pool.free_pages != view->pool.free_pages ? NEWS : PLAIN,
	    "%llu of %llu pages free\n",
	    view->pool.free_pages, view->pool.pool_pages);
}

/* Hardly indented: a line of maps is nearly as wide as the screen. */
static void show_maps(const struct view *view, const struct view *old)
{
	if (!view->nr_lines)
		say(old && old->nr_lines ? NEWS : PLAIN,
		    "  (no line in /proc/self/maps)\n");
	for (unsigned int i = 0; i < view->nr_lines && i < MAX_LINES; i++)
		say(!old || has_line(old, view->line[i]) ? PLAIN : NEWS,
		    "  %s\n", view->line[i]);
}

/**
 * show_blocks() - print the free blocks of each order, and mark what is new
 * @view: what was seen
 * @old: the view before it, or NULL
 */
void show_blocks(const struct view *view, const struct view *old)
{
	printf("  Node 0, zone Pool");
	for (int order = 0; order < TA_NR_ORDERS; order++)
		say(old && old->pool.free_blocks[order] !=
			   view->pool.free_blocks[order] ? NEWS : PLAIN,
		    " %4llu", view->pool.free_blocks[order]);
	printf("\n");
}

/**
 * show() - print what was seen, and mark what is new in it
 * @label: in the left column
 * @view: what
 * @old: the view before it, or NULL
 */
void show(const char *label, const struct view *view, const struct view *old)
{
	print_label(label);
	show_figures(view, old);
	show_maps(view, old);
	if (view->pool.size)
		show_blocks(view, old);
}
