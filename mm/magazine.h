/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MAGAZINE_H
#define _TA_MAGAZINE_H

#include "depot.h"

#include <linux/percpu.h>
#include <linux/preempt.h>

/**
 * struct ta_mag_cpu - what one CPU has
 * @busy: somebody on this CPU is inside
 * @top: the object put on @loaded last; its objs[0] if there is none
 * @end: where @top is when @loaded is full
 * @loaded: where objects are taken from and put to, or NULL
 * @prev: what was loaded before, or NULL
 * @prev_n: objects in @prev
 * @none: NULL; @top and @end without @loaded, which so is empty and full
 *
 * Belongs to its CPU, and there to whoever has set @busy.
 */
struct ta_mag_cpu {
	int busy;
	unsigned int prev_n;
	void **top;
	void **end;
	struct ta_magazine *loaded;
	struct ta_magazine *prev;
	void *none;
};

/**
 * struct ta_magset - the magazines of one slabset
 * @cpu: each CPU's
 * @depot: those that no CPU has
 */
struct ta_magset {
	struct ta_mag_cpu __percpu *cpu;
	struct ta_depot depot;
};

int ta_magset_init(struct ta_magset *ms, struct ta_slabset *set,
		   struct ta_slabset *store, size_t bytes);
void ta_magset_fini(struct ta_magset *ms);
void *ta_magset_get_slow(struct ta_magset *ms, gfp_t gfp,
			 unsigned long caller);
void ta_magset_put_slow(struct ta_magset *ms, void *obj,
			unsigned long caller);
unsigned int ta_magset_pop_bulk(struct ta_magset *ms, unsigned int nr,
				void **objs);
unsigned int ta_magset_push_bulk(struct ta_magset *ms, unsigned int nr,
				 void **objs);
void ta_magset_drain(struct ta_magset *ms, bool wait);
unsigned long ta_magset_nr_cached(struct ta_magset *ms);
/* Called with a CPU's number, or -1 for the depot, as an interrupt or locked. */
typedef void (*ta_mag_visitor)(int cpu, void *obj, void *arg);

void ta_magset_walk(struct ta_magset *ms, ta_mag_visitor fn, void *arg);
bool ta_magset_validate(struct ta_magset *ms);

/*
 * The fast paths. Preemption is off, so only an interrupt can come between. One
 * that comes before @busy is set leaves it as it was, and is over when @top is
 * read; one that comes later goes elsewhere.
 */

/**
 * ta_magset_pop() - take an object off this CPU's magazine
 * @ms: whose
 *
 * Context: any.
 * Return: an object, or NULL: then ta_magset_get_slow() is to be asked.
 */
static __always_inline void *ta_magset_pop(struct ta_magset *ms)
{
	struct ta_mag_cpu *mc;
	void *obj;

	preempt_disable();
	mc = this_cpu_ptr(ms->cpu);
	if (unlikely(mc->busy))
		goto out;
	mc->busy = 1;
	barrier();
	obj = *mc->top;
	if (unlikely(!obj))
		goto out_idle;
	WRITE_ONCE(mc->top, mc->top - 1);
	barrier();
	mc->busy = 0;
	preempt_enable();
	return obj;

out_idle:
	mc->busy = 0;
out:
	preempt_enable();
	return NULL;
}

/**
 * ta_magset_push() - put an object on this CPU's magazine
 * @ms: whose
 * @obj: an object, ta_slabset_owns()
 *
 * Context: any.
 * Return: whether it was put there; if not, because there was no room or
 * because it is the very one put there last, ta_magset_put_slow() is to be
 * asked.
 */
static __always_inline bool ta_magset_push(struct ta_magset *ms, void *obj)
{
	struct ta_mag_cpu *mc;
	void **top;

	preempt_disable();
	mc = this_cpu_ptr(ms->cpu);
	if (unlikely(mc->busy))
		goto out;
	mc->busy = 1;
	barrier();
	top = mc->top;
	if (unlikely(top == mc->end) || unlikely(*top == obj))
		goto out_idle;
	*++top = obj;
	WRITE_ONCE(mc->top, top);
	barrier();
	mc->busy = 0;
	preempt_enable();
	return true;

out_idle:
	mc->busy = 0;
out:
	preempt_enable();
	return false;
}

#endif /* _TA_MAGAZINE_H */
