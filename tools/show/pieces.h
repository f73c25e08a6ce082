/* SPDX-License-Identifier: GPL-2.0 */
#ifndef PIECES_H
#define PIECES_H

#include <stddef.h>

#include "teachalloc.h"

struct pieces {
	int fd;				/* a client */
	size_t page;			/* bytes of a page */
	size_t nr;			/* pages from @mem on */
	char *mem;
	struct ta_page_info *info;	/* where they stood */
};

int pieces_fill(struct pieces *p);
int pieces_thin_out(struct pieces *p);
size_t pieces_nr_wrong(struct pieces *p);
long pieces_nr_moved(struct pieces *p);
void pieces_give_back(struct pieces *p);

#endif /* PIECES_H */
