/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_PRESSURE_H
#define _TA_PRESSURE_H

#include "uspace.h"

#include <linux/poll.h>

void ta_pressure_init(struct ta_pressure *pressure);
void ta_pressure_open(struct ta_client *client);
void ta_pressure_pool(struct ta_reclaimer *r);
__poll_t ta_pressure_poll(struct ta_client *client, struct file *file,
			  struct poll_table_struct *table);

#endif /* _TA_PRESSURE_H */
