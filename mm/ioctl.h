/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_IOCTL_H
#define _TA_IOCTL_H

#include <linux/fs.h>

long ta_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

#endif /* _TA_IOCTL_H */
