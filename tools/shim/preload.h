/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_SHIM_PRELOAD_H
#define TA_SHIM_PRELOAD_H

/* The C library's own, where it has them */
#pragma GCC visibility push(default)
extern void *__curbrk;
int __close(int fd);
#pragma weak __curbrk
#pragma weak __close
#pragma GCC visibility pop

/* What syscall.S goes on with */
long ta_preload_syscall(long nr, long a, long b, long c, long d, long e, long f);
long ta_preload_error(long ret);

#endif /* TA_SHIM_PRELOAD_H */
