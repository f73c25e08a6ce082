/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel that the stand-ins here are like */
#ifndef _HOST_LINUX_VERSION_H
#define _HOST_LINUX_VERSION_H

#define LINUX_VERSION_CODE	KERNEL_VERSION(6, 1, 0)
#define KERNEL_VERSION(a, b, c)	(((a) << 16) + ((b) << 8) + (c))

#endif /* _HOST_LINUX_VERSION_H */
