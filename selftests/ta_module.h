/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_MODULE_H
#define TA_MODULE_H

#include "ta_test.h"

const char *ta_module_file(void);
bool ta_module_can_insert(void);
int ta_module_insert(const char *params);
int ta_module_drop(void);
bool ta_module_returned(int log);
int ta_module_begin(void);
void ta_module_end(int log);

#endif
