/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_HOTPLUG_H
#define _TA_HOTPLUG_H

#include "internal.h"

/**
 * struct ta_hotplug - somebody who keeps something for each CPU
 * @node: of the host's list
 * @dead: a CPU is gone: take what it had. Runs on another one, may sleep; CPUs
 *	neither come nor go meanwhile, so it must not wait for that
 */
struct ta_hotplug {
	struct hlist_node node;
	void (*dead)(struct ta_hotplug *hp, unsigned int cpu);
};

int ta_hotplug_init(void);
void ta_hotplug_fini(void);
int ta_hotplug_add(struct ta_hotplug *hp);
void ta_hotplug_del(struct ta_hotplug *hp);

#endif /* _TA_HOTPLUG_H */
