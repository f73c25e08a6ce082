/* SPDX-License-Identifier: GPL-2.0 */
/* In place of tools/include's, whose gfp_t is an enum of four. */
#ifndef _TOOLS_LINUX_TYPES_H_
#define _TOOLS_LINUX_TYPES_H_

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <asm/types.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef unsigned int gfp_t;
typedef unsigned int slab_flags_t;

#define __bitwise
#define __force
#define __must_check
#define __cold
#define __user

typedef struct { int counter; } atomic_t;
typedef struct { long counter; } atomic_long_t;
typedef atomic_long_t atomic64_t;

struct list_head {
	struct list_head *next, *prev;
};

struct hlist_head {
	struct hlist_node *first;
};

struct hlist_node {
	struct hlist_node *next, **pprev;
};

#endif
