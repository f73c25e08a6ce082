/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_SHIM_COUNT_H
#define TA_SHIM_COUNT_H

#include <stdbool.h>

#include "redirect.h"

void ta_count_redirected(enum ta_redirect_kind kind, unsigned long bytes);
void ta_count_passed(enum ta_redirect_kind kind);
void ta_count_fallback(enum ta_redirect_kind kind);
bool ta_count_is_mine(void);

#endif /* TA_SHIM_COUNT_H */
