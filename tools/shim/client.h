/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_SHIM_CLIENT_H
#define TA_SHIM_CLIENT_H

#include <stdbool.h>

/* What ta_client_get() says if there is none. */
#define TA_CLIENT_NONE	(-1)	/* perhaps later */
#define TA_CLIENT_NEVER	(-2)	/* there is no device */

int ta_client_get(void);
long ta_client_ioctl(unsigned int cmd, void *arg);
long ta_client_ioctl_same(unsigned int cmd, void *arg);
unsigned int ta_client_generation(void);
int ta_client_number(void);
bool ta_client_is(long fd);

#endif /* TA_SHIM_CLIENT_H */
