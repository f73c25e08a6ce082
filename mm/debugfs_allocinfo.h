/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_ALLOCINFO_H
#define _TA_DEBUGFS_ALLOCINFO_H

#include "stack.h"

struct dentry;

void ta_debugfs_allocinfo_init(struct dentry *dir, struct ta_stack *stack);
void ta_debugfs_allocinfo_fini(void);

#endif /* _TA_DEBUGFS_ALLOCINFO_H */
