/* SPDX-License-Identifier: GPL-2.0 */
#ifndef FILES_H
#define FILES_H

#include <stdbool.h>

bool file_put(const char *path, const char *text);
char *file_get(const char *path);
long file_number(const char *path);

bool trace_start(void);
char *trace_stop(void);
char *trace_find(char *from, const char *event, const char *word);
long trace_value(const char *line, const char *name);

#endif /* FILES_H */
