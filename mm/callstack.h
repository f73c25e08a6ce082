/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_CALLSTACK_H
#define _TA_CALLSTACK_H

#include "internal.h"

/* Return addresses kept of one stack: as many as the kernel's page_owner has */
#define TA_CALLSTACK_FRAMES	16

int ta_callstack_init(void);
void ta_callstack_forget(void);
u32 ta_callstack_save(unsigned long caller, gfp_t gfp);
unsigned int ta_callstack_fetch(u32 stack, unsigned long **entries);

#endif /* _TA_CALLSTACK_H */
