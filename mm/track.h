/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_TRACK_H
#define _TA_TRACK_H

#include "internal.h"

/* Which of an object's tracks. */
enum ta_track_item {
	TA_TRACK_ALLOC,		/* its last allocation */
	TA_TRACK_FREE,		/* its last free */
	TA_NR_TRACKS
};

/**
 * struct ta_track - who did something, and when
 * @addr: return address of the caller, 0 if nobody did
 * @stack: his call trace, or 0
 * @cpu: on which CPU
 * @pid: of the task that it was, or that it interrupted
 * @when: in jiffies
 */
struct ta_track {
	unsigned long addr;
	u32 stack;
	u16 cpu;
	int pid;
	unsigned long when;
};

void ta_track_init(void);
u32 ta_track_stack(gfp_t gfp);
void ta_track_set(struct ta_track *track, unsigned long addr, u32 stack);
unsigned int ta_track_fetch(u32 stack, unsigned long **entries);

#endif /* _TA_TRACK_H */
