/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CHARDEV_H
#define _TA_CHARDEV_H

#include "uspace.h"

int ta_users_init(struct ta_users *users, struct ta_stack *stack);
void ta_users_fini(struct ta_users *users);

#endif /* _TA_CHARDEV_H */
