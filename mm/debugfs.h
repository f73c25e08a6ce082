/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_H
#define _TA_DEBUGFS_H

struct ta_stack;
struct ta_users;

void ta_debugfs_init(struct ta_stack *stack, struct ta_users *users);
void ta_debugfs_fini(struct ta_stack *stack);

#endif /* _TA_DEBUGFS_H */
