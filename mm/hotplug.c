// SPDX-License-Identifier: GPL-2.0
/*
 * CPUs that go: who keeps something for each CPU is told, and takes it back.
 *
 * Model: the module has one state of the host's hotplug machine, each layer of
 * each stack an instance of it. The state is below the one in which a CPU
 * starts to run, so the callback runs on another CPU, when the one that is gone
 * runs nothing any more: what it kept can be taken without a flag or lock of
 * its own. Nothing is done when a CPU comes: its lists are empty.
 *
 * Locking: the host calls with CPUs held for writing. So a callback may take no
 * lock under which somebody waits for cpus_read_lock().
 * Context: all of it in process context, may sleep.
 * Failure: init and add may run out of memory.
 */
#include "hotplug.h"

#include <linux/cpuhotplug.h>

static enum cpuhp_state state;

static int cpu_dead(unsigned int cpu, struct hlist_node *node)
{
	struct ta_hotplug *hp = hlist_entry(node, struct ta_hotplug, node);

	hp->dead(hp, cpu);
	return 0;
}

/**
 * ta_hotplug_init() - register the module's state
 *
 * Once, before the first ta_hotplug_add().
 *
 * Context: process, may sleep.
 * Return: 0 or the host's error.
 */
int ta_hotplug_init(void)
{
	int ret = cpuhp_setup_state_multi(CPUHP_BP_PREPARE_DYN,
					  "mm/teachalloc:dead", NULL, cpu_dead);

	if (ret < 0)
		return ret;
	state = ret;
	return 0;
}

/**
 * ta_hotplug_fini() - take the state off; nobody may be added any more
 *
 * Context: process, may sleep.
 */
void ta_hotplug_fini(void)
{
	cpuhp_remove_multi_state(state);
}

/**
 * ta_hotplug_add() - be told of CPUs that go from now on
 * @hp: its callback
 *
 * Context: process, may sleep; not where CPUs are held.
 * Return: 0 or the host's error.
 */
int ta_hotplug_add(struct ta_hotplug *hp)
{
	return cpuhp_state_add_instance_nocalls(state, &hp->node);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_hotplug_add);

/**
 * ta_hotplug_del() - be told no more
 * @hp: what ta_hotplug_add() was given; it is not called any more
 *
 * Context: process, may sleep; not where CPUs are held.
 */
void ta_hotplug_del(struct ta_hotplug *hp)
{
	cpuhp_state_remove_instance_nocalls(state, &hp->node);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_hotplug_del);
