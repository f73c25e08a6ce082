/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SCREEN_H
#define SCREEN_H

#include "watch.h"

/* How a piece of text is meant; screen.c knows the colours. */
enum tone {
	PLAIN, TITLE, LABEL, NEWS, GOOD, BAD,
	BLUE, MAGENTA, CYAN, YELLOW,	/* of pictures, where they mean an owner */
	NR_TONES
};

void screen_init(bool colour);
bool screen_wanted(int argc, char **argv);
void say(enum tone tone, const char *fmt, ...);
void heading(const char *text);
void labelled(const char *label, const char *text);
void show_blocks(const struct view *view, const struct view *old);
void show(const char *label, const struct view *view, const struct view *old);

#endif /* SCREEN_H */
