/* SPDX-License-Identifier: GPL-2.0 */
#ifndef NARRATE_H
#define NARRATE_H

#include "follow.h"

#define NARRATE_TEXT	256

void narrate(const struct event *event, size_t nr,
	     char text[NARRATE_TEXT]);

#endif /* NARRATE_H */
