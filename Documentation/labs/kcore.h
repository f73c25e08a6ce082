/* SPDX-License-Identifier: GPL-2.0 */
#ifndef KCORE_H
#define KCORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool kcore_read(uint64_t addr, void *buf, size_t len);
uint64_t kcore_linear(uint64_t phys);
uint64_t kernel_symbol(const char *name);
uint64_t pfn_of(const void *addr);

#endif /* KCORE_H */
