/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_MAP_H
#define _TA_DEBUGFS_MAP_H

#include "uspace.h"

struct dentry;
struct seq_file;

unsigned long ta_debugfs_map_block(struct seq_file *m, struct ta_users *users,
				   const struct ta_page *tp);
void ta_debugfs_map_init(struct dentry *dir, struct ta_users *users);

#endif /* _TA_DEBUGFS_MAP_H */
