/* SPDX-License-Identifier: GPL-2.0 */
#ifndef SIZE_H
#define SIZE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any size in words */
#define SIZE_WORDS	24

bool size_parse(const char *text, uint64_t *bytes);
bool size_parse_range(const char *text, uint64_t end, uint64_t range[2]);
const char *size_words(uint64_t bytes, char words[SIZE_WORDS]);

#endif /* SIZE_H */
