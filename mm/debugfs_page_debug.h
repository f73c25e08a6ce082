/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_PAGE_DEBUG_H
#define _TA_DEBUGFS_PAGE_DEBUG_H

#include "stack.h"

struct dentry;

void ta_debugfs_page_debug_init(struct dentry *dir, struct ta_stack *stack);

#endif /* _TA_DEBUGFS_PAGE_DEBUG_H */
