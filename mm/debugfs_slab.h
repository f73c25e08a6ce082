/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_SLAB_H
#define _TA_DEBUGFS_SLAB_H

#include "stack.h"

struct dentry;

void ta_debugfs_slab_init(struct dentry *dir, struct ta_stack *stack);
void ta_debugfs_slab_fini(struct ta_stack *stack);

#endif /* _TA_DEBUGFS_SLAB_H */
