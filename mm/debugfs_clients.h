/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_DEBUGFS_CLIENTS_H
#define _TA_DEBUGFS_CLIENTS_H

#include "uspace.h"

struct dentry;

void ta_debugfs_clients_init(struct dentry *dir);
void ta_debugfs_clients_fini(void);
void ta_debugfs_client_add(struct ta_client *client);

#endif /* _TA_DEBUGFS_CLIENTS_H */
