/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_TUNING_H
#define _TA_DEBUGFS_TUNING_H

struct dentry;
struct ta_stack;

void ta_debugfs_tuning_init(struct dentry *dir, struct ta_stack *stack);

#endif /* _TA_DEBUGFS_TUNING_H */
