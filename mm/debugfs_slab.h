/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_SLAB_H
#define _TA_DEBUGFS_SLAB_H

#include "stack.h"

struct dentry;
struct seq_file;

void ta_debugfs_show_stack(struct seq_file *m, u32 stack);
void ta_debugfs_slab_init(struct dentry *dir, struct ta_stack *stack);
void ta_debugfs_slab_fini(struct ta_stack *stack);

#endif /* _TA_DEBUGFS_SLAB_H */
