/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_H
#define _TA_DEBUGFS_H

struct ta_stack;

void ta_debugfs_init(struct ta_stack *stack);
void ta_debugfs_fini(struct ta_stack *stack);

#endif /* _TA_DEBUGFS_H */
