/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MIGRATE_H
#define _TA_MIGRATE_H

#include "uspace.h"

int ta_migrate_page(struct ta_users *users, struct ta_page *from,
		    struct ta_page *to);

#endif /* _TA_MIGRATE_H */
