/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_WHO_H
#define _TA_DEBUGFS_WHO_H

#include "uspace.h"

struct dentry;

void ta_debugfs_who_init(struct dentry *dir, struct ta_users *users);

#endif /* _TA_DEBUGFS_WHO_H */
