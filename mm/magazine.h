/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_MAGAZINE_H
#define _TA_MAGAZINE_H

#include "depot.h"

#include <linux/percpu.h>
#include <linux/preempt.h>

/* In the place of the hot object: nothing here without a look at it first. */
#define TA_MAG_BLOCKED	((void *)1)

/**
 * struct ta_mag_cpu - what one CPU has
 * @hot: an object that is in no magazine; NULL; or TA_MAG_BLOCKED
 * @busy: somebody on this CPU is inside
 * @top: the object put on @loaded last; its objs[0] if there is none
 * @end: where @top is when @loaded is full
 * @loaded: where objects are taken from and put to, or NULL
 * @prev: what was loaded before, or NULL
 * @prev_n: objects in @prev
 * @drained: an object that was hot, until who drains has fetched it
 * @none: NULL; @top and @end without @loaded, which so is empty and full
 *
 * Belongs to its CPU, and there to whoever has set @busy; but @hot to nobody:
 * it changes by a single instruction.
 */
struct ta_mag_cpu {
	void *hot;
	int busy;
	unsigned int prev_n;
	void **top;
	void **end;
	struct ta_magazine *loaded;
	struct ta_magazine *prev;
	void *drained;
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
unsigned int ta_magset_get_bulk(struct ta_magset *ms, gfp_t gfp,
				unsigned int nr, void **objs,
				unsigned long caller);
unsigned int ta_magset_put_bulk(struct ta_magset *ms, unsigned int nr,
				void **objs, unsigned long caller);
void ta_magset_drain(struct ta_magset *ms, bool wait);
void ta_magset_cpu_dead(struct ta_magset *ms, unsigned int cpu);
unsigned long ta_magset_nr_cached(struct ta_magset *ms);
/* Called with a CPU's number, or -1 for the depot, as an interrupt or locked. */
typedef void (*ta_mag_visitor)(int cpu, void *obj, void *arg);

void ta_magset_walk(struct ta_magset *ms, ta_mag_visitor fn, void *arg);
bool ta_magset_validate(struct ta_magset *ms);

/* What @hot holds that is no object is less than any. */
static __always_inline bool ta_mag_is_hot(const void *hot)
{
	return (unsigned long)hot >= PAGE_SIZE;
}

/*
 * The faster paths: the hot object. A compare and exchange of this CPU's copy,
 * whichever CPU this is by then, is all there is, so neither preemption nor an
 * interrupt can come in between. That the object read before is there again
 * does not matter: it is free again then, and whoever exchanges it has it.
 *
 * The fast paths: the loaded magazine. Preemption is off, so only an interrupt
 * can come between. One that comes before @busy is set leaves it as it was, and
 * is over when @top is read; one that comes later goes elsewhere.
 */

static __always_inline bool ta_magset_pop_hot(struct ta_magset *ms, void **obj)
{
	*obj = this_cpu_read(ms->cpu->hot);
	return likely(ta_mag_is_hot(*obj)) &&
	       likely(ta_this_cpu_try_cmpxchg(ms->cpu->hot, obj, NULL));
}

static __always_inline void *ta_magset_pop_loaded(struct ta_magset *ms)
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
 * ta_magset_pop() - take an object that this CPU has
 * @ms: whose
 *
 * Context: any.
 * Return: an object, or NULL: then ta_magset_get_slow() is to be asked.
 */
static __always_inline void *ta_magset_pop(struct ta_magset *ms)
{
	void *obj;

	return ta_magset_pop_hot(ms, &obj) ? obj : ta_magset_pop_loaded(ms);
}

static __always_inline bool ta_magset_push_hot(struct ta_magset *ms, void *obj)
{
	void *none = NULL;

	return ta_this_cpu_try_cmpxchg(ms->cpu->hot, &none, obj);
}

static __always_inline bool ta_magset_push_loaded(struct ta_magset *ms,
						  void *obj)
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
	if (unlikely(top == mc->end) || unlikely(*top == obj) ||
	    unlikely(READ_ONCE(mc->hot) == obj))
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

/**
 * ta_magset_push() - let this CPU have an object
 * @ms: whose
 * @obj: an object, ta_slabset_owns()
 *
 * Context: any.
 * Return: whether it has it; if not, because there was no room or because it is
 * the very one that was put there last, ta_magset_put_slow() is to be asked.
 */
static __always_inline bool ta_magset_push(struct ta_magset *ms, void *obj)
{
	return likely(ta_magset_push_hot(ms, obj)) ||
	       ta_magset_push_loaded(ms, obj);
}

#endif /* _TA_MAGAZINE_H */
