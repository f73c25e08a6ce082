/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>

/* What an operation costs, ours and the kernel's own. */
struct bench {
	long ours;
	long host;
};

bool bench_exact(void);
void bench_run(const char *works);
void bench_get(const char *work, struct bench *cost);
void bench_tell(const char *what, const struct bench *cost);

#endif /* BENCH_H */
