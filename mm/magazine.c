// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUs' magazines: where objects are taken from and put to without a lock.
 *
 * Model (Bonwick and Adams 2001): each CPU has two magazines, and takes from
 * and puts to the loaded one. Where that is empty (or full) and the previous
 * one is not, the two change places; else one of them is exchanged with the
 * depot. Only if the depot has none either, the slabs are asked.
 *
 *	CPU 0  loaded [ooo...]		CPU 1  loaded [o.....]
 *	       prev   [......]		       prev   [oooooo]
 *		   |      ^  a magazine at a time, both ways
 *		   v      |
 *			     depot
 *
 * In front of the loaded one each CPU has a single free object, the hot one. Most
 * objects are freed soon after they were allocated, on the same CPU; then that is
 * all there is to it: one instruction exchanges it. Only if there is none (or
 * one already) the loaded magazine is used.
 *
 * With two magazines a CPU that allocates and frees at the edge of one goes to
 * the depot at most once in a magazine's worth of operations.
 *
 * A CPU's two are guarded by preemption off and its busy flag alone: no
 * locked instruction, no interrupts off. While that is set no lock is taken and
 * nothing is called: what is exchanged is got before and put away after. An
 * interrupt that finds it set goes to the depot and the slabs by itself.
 *
 * Invariants, for each CPU
 *  I1  objects in a magazine are as in the depot's (depot.c, I1 and I2)
 *  I2  top and end are the loaded magazine's objs[n], 0 <= n <= cap, and
 *	objs[cap]; both are &none without one; none is NULL
 *  I3  prev_n is at most cap, and 0 without a previous magazine
 *  I4  the hot object, if there is one, is one of the set and on no freelist; if
 *	there is no store of magazines, it is TA_MAG_BLOCKED
 *
 * What a CPU had that goes is put into the depot and the slabs when it is gone
 * (cachelist.c).
 *
 * Bad frees: the hot object and the one that was put on the loaded magazine
 * last, freed again, are recognised at once; others when they come to the slabs.
 *
 * Locking: none of its own.
 * Context: get and put anywhere, hard interrupts included; drain may sleep.
 * Failure: without memory for a magazine objects go to and from the slabs
 * directly.
 */
#include "magazine.h"
#include "report.h"
#include "trace.h"

#include <linux/smp.h>
#include <linux/string.h>

/* --- a CPU's own ------------------------------------------------------- */

/* Enter this CPU's magazines; NULL if an interrupted user is inside already. */
static struct ta_mag_cpu *enter(struct ta_magset *ms)
{
	struct ta_mag_cpu *mc;

	preempt_disable();
	mc = this_cpu_ptr(ms->cpu);
	if (unlikely(mc->busy)) {
		preempt_enable();
		return NULL;
	}
	mc->busy = 1;
	barrier();
	return mc;
}

static void leave(struct ta_mag_cpu *mc)
{
	barrier();
	mc->busy = 0;
	preempt_enable();
}

/* Load @mag, which has @n objects, or NULL. The one loaded before is lost. */
static void load(struct ta_magset *ms, struct ta_mag_cpu *mc,
		 struct ta_magazine *mag, unsigned int n)
{
	void **bottom = mag ? mag->objs : &mc->none;

	WRITE_ONCE(mc->loaded, mag);
	WRITE_ONCE(mc->top, bottom + n);
	mc->end = bottom + (mag ? ms->depot.cap : 0);
}

static unsigned int nr_loaded(const struct ta_mag_cpu *mc)
{
	return mc->loaded ? mc->top - mc->loaded->objs : 0;
}

static void swap_mags(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	struct ta_magazine *prev = mc->prev;
	unsigned int prev_n = mc->prev_n;

	mc->prev = mc->loaded;
	WRITE_ONCE(mc->prev_n, nr_loaded(mc));
	load(ms, mc, prev, prev_n);
}

/* Put the hot object, if there is one and room, on the loaded magazine. */
static void load_hot(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	void *obj;

	if (mc->top == mc->end || !ta_magset_pop_hot(ms, &obj))
		return;
	WRITE_ONCE(mc->top, mc->top + 1);
	*mc->top = obj;
}

/* A pop that also looks into the previous magazine. */
static void *pop_either(struct ta_magset *ms)
{
	struct ta_mag_cpu *mc = enter(ms);
	void *obj;

	if (!mc)
		return NULL;
	if (!*mc->top && mc->prev_n)
		swap_mags(ms, mc);
	obj = *mc->top;
	if (obj)
		WRITE_ONCE(mc->top, mc->top - 1);
	leave(mc);
	return obj;
}

/* A push that also looks into the previous magazine. */
static bool push_either(struct ta_magset *ms, void *obj)
{
	struct ta_mag_cpu *mc = enter(ms);
	bool room;

	if (!mc)
		return false;
	if (mc->top == mc->end && mc->prev && mc->prev_n < ms->depot.cap)
		swap_mags(ms, mc);
	room = mc->top != mc->end;
	if (room) {
		WRITE_ONCE(mc->top, mc->top + 1);
		*mc->top = obj;
	}
	leave(mc);
	return room;
}

/*
 * Load @mag on this CPU; what was loaded becomes the previous one. Returns the
 * one that was that: the caller found it of no use, or is on another CPU by
 * now and then takes what it gets. Returns @mag if it cannot be loaded now.
 */
static struct ta_magazine *exchange(struct ta_magset *ms,
				    struct ta_magazine *mag)
{
	struct ta_mag_cpu *mc = enter(ms);
	struct ta_magazine *out;
	unsigned int n = mag->n;

	if (!mc)
		return mag;
	out = mc->prev;
	if (out)
		out->n = mc->prev_n;
	mc->prev = mc->loaded;
	WRITE_ONCE(mc->prev_n, nr_loaded(mc));
	load(ms, mc, mag, mag->n);
	leave(mc);
	trace_ta_magazine_exchange(ms->depot.set->layout.name, n,
				   out ? out->n : 0);
	return out;
}

/* --- get and put ------------------------------------------------------- */

static void *get_one(struct ta_magset *ms, gfp_t gfp, unsigned long caller)
{
	void *obj;

	return ta_slabset_get(ms->depot.set, gfp, 1, &obj, caller) ? obj : NULL;
}

/**
 * ta_magset_get_slow() - get an object when ta_magset_pop() had none
 * @ms: whose
 * @gfp: for a new slab, if it comes to that
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: an object, or NULL.
 */
noinline void *ta_magset_get_slow(struct ta_magset *ms, gfp_t gfp,
				  unsigned long caller)
{
	struct ta_magazine *mag;
	void *obj = pop_either(ms);

	if (obj)
		return obj;
	mag = ta_depot_get(&ms->depot);
	if (!mag)
		return get_one(ms, gfp, caller);
	if (!mag->n)
		mag->n = ta_slabset_get(ms->depot.set, gfp, ms->depot.batch,
					mag->objs + 1, caller);
	if (mag->n) {
		obj = mag->objs[mag->n--];
		mag = exchange(ms, mag);
	}
	ta_depot_put(&ms->depot, mag, caller);
	return obj;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_get_slow);

/* Is @obj what was put here last? */
static bool is_last(struct ta_magset *ms, void *obj)
{
	struct ta_mag_cpu *mc = enter(ms);
	bool last;

	if (!mc)
		return false;
	last = *mc->top == obj || READ_ONCE(mc->hot) == obj;
	leave(mc);
	return last;
}

/**
 * ta_magset_put_slow() - put an object that ta_magset_push() did not take
 * @ms: whose
 * @obj: an object, ta_slabset_owns()
 * @caller: return address of who frees, for reports
 *
 * Context: any.
 */
noinline void ta_magset_put_slow(struct ta_magset *ms, void *obj,
				 unsigned long caller)
{
	struct ta_magazine *mag;

	if (unlikely(is_last(ms, obj))) {
		ta_report(TA_FAULT_DOUBLE_FREE, obj, caller,
			  "%s: freed last of all", ms->depot.set->layout.name);
		return;
	}
	if (push_either(ms, obj))
		return;
	mag = ta_depot_get_empty(&ms->depot);
	if (!mag) {
		ta_slabset_put(ms->depot.set, 1, &obj, caller);
		return;
	}
	mag->objs[++mag->n] = obj;
	ta_depot_put(&ms->depot, exchange(ms, mag), caller);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_put_slow);

/* --- many at once ------------------------------------------------------ */

/*
 * The object that was put last comes first. So those that come and go together
 * stay in one order, or in its reverse, and neighbours in a slab stay neighbours,
 * which push_run() lives on; copied as they lie, by and by they would mix.
 */
static void copy_down(unsigned long nr, void **objs, void **top)
{
	for (; nr >= 4; nr -= 4, objs += 4, top -= 4) {
		objs[0] = top[0];
		objs[1] = top[-1];
		objs[2] = top[-2];
		objs[3] = top[-3];
	}
	while (nr--)
		*objs++ = *top--;
}

static unsigned int pop_objs(struct ta_mag_cpu *mc, unsigned int nr,
			     void **objs)
{
	nr = min(nr, nr_loaded(mc));
	copy_down(nr, objs, mc->top);
	WRITE_ONCE(mc->top, mc->top - nr);
	return nr;
}

/**
 * ta_magset_pop_bulk() - take objects off this CPU's magazines
 * @ms: whose
 * @nr: how many are wanted
 * @objs: filled from its start
 *
 * Context: any.
 * Return: how many there were.
 */
unsigned int ta_magset_pop_bulk(struct ta_magset *ms, unsigned int nr,
				void **objs)
{
	struct ta_mag_cpu *mc = enter(ms);
	unsigned int got;

	if (!mc)
		return 0;
	got = pop_objs(mc, nr, objs);
	if (got < nr && mc->prev_n) {
		swap_mags(ms, mc);
		got += pop_objs(mc, nr - got, objs + got);
	}
	leave(mc);
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_pop_bulk);

/* Straight from a magazine of the depot; if some are left it is loaded. */
static unsigned int get_from_depot(struct ta_magset *ms, unsigned int nr,
				   void **objs, unsigned long caller)
{
	struct ta_magazine *mag = ta_depot_get_filled(&ms->depot);

	if (!mag)
		return 0;
	nr = min_t(unsigned long, nr, mag->n);
	copy_down(nr, objs, mag->objs + mag->n);
	mag->n -= nr;
	if (mag->n)
		mag = exchange(ms, mag);
	ta_depot_put(&ms->depot, mag, caller);
	return nr;
}

/**
 * ta_magset_get_bulk() - get many objects
 * @ms: whose
 * @gfp: for new slabs, if it comes to that
 * @nr: how many are wanted
 * @objs: filled from its start
 * @caller: return address of who asks, for reports
 *
 * Context: any; sleeps only with __GFP_DIRECT_RECLAIM.
 * Return: how many there were.
 */
unsigned int ta_magset_get_bulk(struct ta_magset *ms, gfp_t gfp,
				unsigned int nr, void **objs,
				unsigned long caller)
{
	unsigned int got = ta_magset_pop_bulk(ms, nr, objs), some;

	while (got < nr) {
		some = get_from_depot(ms, nr - got, objs + got, caller);
		if (!some)
			some = ta_slabset_get(ms->depot.set, gfp, nr - got,
					      objs + got, caller);
		if (!some)
			break;
		got += some;
	}
	return got;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_get_bulk);

/* An object in the slab of @slab, and not the one before, goes to @to. */
static __always_inline bool push_one(unsigned long slab, unsigned long bytes,
				     u64 scale, u64 limit, void *obj, void **to)
{
	unsigned long offset = (unsigned long)obj - slab;

	if (unlikely(offset >= bytes) || unlikely(offset * scale >= limit) ||
	    unlikely(obj == to[-1]))
		return false;
	*to = obj;
	return true;
}

/*
 * Put as many of @objs on @top as are objects of the slab that its own is in,
 * none the one before. That slab stays, as the magazine has an object of it; so
 * it need not be looked up. Everything is in locals, so that no store makes the
 * compiler read it again; and four at a time, as the counting would cost a
 * quarter. When one of the four is refused they are looked at again, singly.
 */
static unsigned int push_run(const struct ta_slab_layout *layout,
			     unsigned long nr, void **objs, void **top)
{
	const unsigned long slab = (unsigned long)ta_slab_start(layout, *top);
	const unsigned long bytes = layout->mask + 1UL;
	const u64 scale = layout->scale, limit = layout->limit;
	unsigned long i = 1;

#define PUSH(i) push_one(slab, bytes, scale, limit, objs[i], &top[(i) + 1])
	/* Without an object there is no slab; small numbers would be in it. */
	if (!nr || !*top || !PUSH(0))
		return 0;
	while (i + 4 <= nr && PUSH(i) && PUSH(i + 1) && PUSH(i + 2) &&
	       PUSH(i + 3))
		i += 4;
	while (i < nr && PUSH(i))
		i++;
#undef PUSH
	return i;
}

/* As many of @objs on @top as are objects of the set, none the one before. */
static unsigned int push_objs(const struct ta_slabset *set, unsigned int nr,
			      void **objs, void **top)
{
	unsigned int i = 0;

	for (;;) {
		i += push_run(&set->layout, nr - i, objs + i, top + i);
		if (i == nr || objs[i] == top[i] ||
		    !ta_slabset_owns(set, objs[i]))
			return i;
		top[i + 1] = objs[i];
		i++;
	}
}

static unsigned int push_loaded(struct ta_magset *ms, struct ta_mag_cpu *mc,
				unsigned int nr, void **objs)
{
	load_hot(ms, mc);
	nr = min(nr, (unsigned int)(mc->end - mc->top));
	nr = push_objs(ms->depot.set, nr, objs, mc->top);
	WRITE_ONCE(mc->top, mc->top + nr);
	return nr;
}

/**
 * ta_magset_push_bulk() - put objects on this CPU's magazines
 * @ms: whose
 * @nr: length of @objs
 * @objs: anything
 *
 * Stops at the first that ta_magset_push() would not take or that is no object
 * of this set.
 *
 * Context: any.
 * Return: how many were put there.
 */
unsigned int ta_magset_push_bulk(struct ta_magset *ms, unsigned int nr,
				 void **objs)
{
	struct ta_mag_cpu *mc = enter(ms);
	unsigned int done;

	if (!mc)
		return 0;
	done = push_loaded(ms, mc, nr, objs);
	if (done < nr && mc->top == mc->end && *mc->top != objs[done] &&
	    mc->prev && mc->prev_n < ms->depot.cap) {
		swap_mags(ms, mc);
		done += push_loaded(ms, mc, nr - done, objs + done);
	}
	leave(mc);
	return done;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_push_bulk);

/* Into a magazine of their own, which is loaded. */
static unsigned int put_in_magazine(struct ta_magset *ms, unsigned int nr,
				    void **objs, unsigned long caller)
{
	struct ta_magazine *mag = ta_depot_get_empty(&ms->depot);

	if (!mag)
		return 0;
	nr = push_objs(ms->depot.set, min(nr, ms->depot.cap), objs, mag->objs);
	mag->n = nr;
	if (nr)
		mag = exchange(ms, mag);
	ta_depot_put(&ms->depot, mag, caller);
	return nr;
}

/**
 * ta_magset_put_bulk() - put many objects
 * @ms: whose
 * @nr: length of @objs
 * @objs: anything
 * @caller: return address of who frees, for reports
 *
 * Stops as ta_magset_push_bulk() does, and where there is no magazine: what is
 * left is to be freed one by one.
 *
 * Context: any.
 * Return: how many were put.
 */
unsigned int ta_magset_put_bulk(struct ta_magset *ms, unsigned int nr,
				void **objs, unsigned long caller)
{
	unsigned int done = ta_magset_push_bulk(ms, nr, objs), some;

	if (!done && is_last(ms, objs[0]))
		return 0;
	while (done < nr && (!done || objs[done] != objs[done - 1])) {
		some = put_in_magazine(ms, nr - done, objs + done, caller);
		if (!some)
			break;
		done += some;
	}
	return done;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_put_bulk);

/* --- drain ------------------------------------------------------------- */

struct drain {
	struct ta_magset *ms;
	struct llist_head mags;
	atomic_t missed;
};

static void detach_mag(struct drain *drain, struct ta_magazine *mag,
		       unsigned int n)
{
	if (!mag)
		return;
	mag->n = n;
	llist_add(&mag->node, &drain->mags);
}

/*
 * Into a place where who drains fetches it: a list through the objects would not
 * stand one that was freed twice.
 */
static void detach_hot(struct drain *drain, struct ta_mag_cpu *mc)
{
	void *obj = READ_ONCE(mc->hot);

	if (!ta_mag_is_hot(obj))
		return;
	if (READ_ONCE(mc->drained)) {
		atomic_inc(&drain->missed);
		return;
	}
	WRITE_ONCE(mc->hot, NULL);
	/* Pairs with the xchg() in free_drained(). */
	smp_store_release(&mc->drained, obj);
}

/* Interrupts are off, or the CPU is. */
static void detach(struct drain *drain, struct ta_mag_cpu *mc)
{
	detach_hot(drain, mc);
	detach_mag(drain, mc->loaded, nr_loaded(mc));
	detach_mag(drain, mc->prev, mc->prev_n);
	load(drain->ms, mc, NULL, 0);
	mc->prev = NULL;
	WRITE_ONCE(mc->prev_n, 0);
}

/* On each CPU, as an interrupt. */
static void detach_this_cpu(void *arg)
{
	struct drain *drain = arg;
	struct ta_mag_cpu *mc = enter(drain->ms);

	if (!mc) {
		atomic_inc(&drain->missed);
		return;
	}
	detach(drain, mc);
	leave(mc);
}

/*
 * Whether it makes sense to interrupt a CPU: most have nothing of most caches, and
 * reclaim asks all caches again and again. It goes on meanwhile: what it moves between
 * two of these looks may be missed.
 */
static bool __no_kcsan has_something(int cpu, void *arg)
{
	struct drain *drain = arg;
	struct ta_mag_cpu *mc = per_cpu_ptr(drain->ms->cpu, cpu);

	return READ_ONCE(mc->busy) || READ_ONCE(mc->hot) ||
	       READ_ONCE(mc->loaded) || READ_ONCE(mc->prev);
}

/* A CPU that is off has no user who could be inside. */
static void detach_offline_cpus(struct drain *drain)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (!cpu_online(cpu))
			detach(drain, per_cpu_ptr(drain->ms->cpu, cpu));
}

/* What the interrupts linked by @node is a list by @next: they are one word. */
static struct ta_magazine *cut_llist(struct llist_head *mags)
{
	return (struct ta_magazine *)llist_del_all(mags);
}

static void free_drained(struct ta_magset *ms)
{
	int cpu;

	for_each_possible_cpu(cpu) {
		struct ta_mag_cpu *mc = per_cpu_ptr(ms->cpu, cpu);
		void *obj;

		if (!READ_ONCE(mc->drained))
			continue;
		obj = xchg(&mc->drained, NULL);
		if (obj)
			ta_slabset_put(ms->depot.set, 1, &obj, _RET_IP_);
	}
}

static_assert(offsetof(struct ta_magazine, next) == 0 &&
	      offsetof(struct ta_magazine, node.next) == 0);

/**
 * ta_magset_cpu_dead() - put what a CPU had into the depot and the slabs
 * @ms: whose
 * @cpu: one that is off; CPUs neither come nor go meanwhile
 *
 * The magazines are as good for any other CPU: they stay whole.
 *
 * Context: process, may sleep.
 */
void ta_magset_cpu_dead(struct ta_magset *ms, unsigned int cpu)
{
	struct drain drain = { .ms = ms };
	struct ta_magazine *mag, *next;

	if (!ms->depot.store)
		return;
	/* First, so that there is room for the hot object. */
	free_drained(ms);
	detach(&drain, per_cpu_ptr(ms->cpu, cpu));
	for (mag = cut_llist(&drain.mags); mag; mag = next) {
		next = mag->next;
		ta_depot_put(&ms->depot, mag, _RET_IP_);
	}
	free_drained(ms);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_cpu_dead);

/**
 * ta_magset_drain() - put all objects in magazines back to the slabs
 * @ms: whose
 * @wait: also while a CPU is coming or going; see ta_hold_cpus()
 *
 * What is freed or moved meanwhile may stay, and without @wait what a CPU has that
 * is off.
 *
 * Context: process, may sleep.
 */
void ta_magset_drain(struct ta_magset *ms, bool wait)
{
	struct drain drain = { .ms = ms };
	bool held;

	might_sleep();
	if (!ms->depot.store)
		return;
	do {
		atomic_set(&drain.missed, 0);
		init_llist_head(&drain.mags);
		held = ta_hold_cpus(wait);
		on_each_cpu_cond(has_something, detach_this_cpu, &drain, 1);
		if (held) {
			detach_offline_cpus(&drain);
			cpus_read_unlock();
		}
		ta_depot_free(&ms->depot, cut_llist(&drain.mags));
		free_drained(ms);
	} while (atomic_read(&drain.missed));
	ta_depot_drain(&ms->depot);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_drain);

/* --- begin and end ----------------------------------------------------- */

/**
 * ta_magset_init() - set up without a magazine
 * @ms: what to set up
 * @set: where objects come from
 * @store: where magazines come from; NULL for none at all
 * @bytes: size of a magazine, that of @store's objects
 *
 * Context: process, may sleep.
 * Return: 0 or -ENOMEM.
 */
int ta_magset_init(struct ta_magset *ms, struct ta_slabset *set,
		   struct ta_slabset *store, size_t bytes)
{
	int cpu;

	ta_depot_init(&ms->depot, set, store, bytes);
	ms->cpu = alloc_percpu(struct ta_mag_cpu);
	if (!ms->cpu)
		return -ENOMEM;
	for_each_possible_cpu(cpu) {
		struct ta_mag_cpu *mc = per_cpu_ptr(ms->cpu, cpu);

		mc->hot = store ? NULL : TA_MAG_BLOCKED;
		load(ms, mc, NULL, 0);
	}
	return 0;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_init);

/**
 * ta_magset_fini() - drain and free all magazines
 * @ms: which nobody uses any more
 *
 * Context: process, may sleep.
 */
void ta_magset_fini(struct ta_magset *ms)
{
	ta_magset_drain(ms, true);
	free_percpu(ms->cpu);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_fini);

/* --- looking ----------------------------------------------------------- */

/* Of a CPU that goes on: top may already be that of another magazine. */
static unsigned long nr_cached(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	unsigned long top = (unsigned long)READ_ONCE(mc->top);
	struct ta_magazine *loaded = READ_ONCE(mc->loaded);
	unsigned long n = 0;

	if (loaded)
		n = (top - (unsigned long)loaded->objs) / sizeof(void *);
	n = min_t(unsigned long, n, ms->depot.cap);
	return n + READ_ONCE(mc->prev_n) + ta_mag_is_hot(READ_ONCE(mc->hot)) +
	       !!READ_ONCE(mc->drained);
}

/**
 * ta_magset_nr_cached() - count the objects in all magazines
 * @ms: whose
 *
 * Context: any.
 * Return: the number; approximate while others use them.
 */
unsigned long ta_magset_nr_cached(struct ta_magset *ms)
{
	unsigned long nr = READ_ONCE(ms->depot.nr_objs);
	int cpu;

	for_each_possible_cpu(cpu)
		nr += nr_cached(ms, per_cpu_ptr(ms->cpu, cpu));
	return nr;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_nr_cached);

struct walk {
	struct ta_magset *ms;
	ta_mag_visitor fn;
	void *arg;
};

static void walk_mag(const struct walk *walk, int cpu,
		     const struct ta_magazine *mag, unsigned int n)
{
	unsigned int i;

	for (i = 1; mag && i <= n; i++)
		walk->fn(cpu, mag->objs[i], walk->arg);
}

/* On each CPU, as an interrupt, so that they hold still. */
static void walk_this_cpu(void *arg)
{
	struct walk *walk = arg;
	struct ta_mag_cpu *mc = enter(walk->ms);
	void *hot;

	if (!mc)
		return;
	hot = READ_ONCE(mc->hot);
	if (ta_mag_is_hot(hot))
		walk->fn(smp_processor_id(), hot, walk->arg);
	walk_mag(walk, smp_processor_id(), mc->loaded, nr_loaded(mc));
	walk_mag(walk, smp_processor_id(), mc->prev, mc->prev_n);
	leave(mc);
}

/**
 * ta_magset_walk() - look at every object in a magazine
 * @ms: whose
 * @fn: called for each; must not sleep, nor take a lock
 * @arg: handed to @fn
 *
 * What a CPU has whose user was interrupted in the middle is left out.
 *
 * Context: process, may sleep.
 */
void ta_magset_walk(struct ta_magset *ms, ta_mag_visitor fn, void *arg)
{
	struct walk walk = { ms, fn, arg };
	struct ta_magazine *mag;
	unsigned long flags;

	on_each_cpu(walk_this_cpu, &walk, 1);
	spin_lock_irqsave(&ms->depot.lock, flags);
	for (mag = ms->depot.filled.first; mag; mag = mag->next)
		walk_mag(&walk, -1, mag, mag->n);
	spin_unlock_irqrestore(&ms->depot.lock, flags);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_walk);

struct check {
	struct ta_magset *ms;
	atomic_t bad;
};

static bool validate_loaded(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	struct ta_magazine *mag = mc->loaded;

	if (!mag)
		return ta_check(mc->top == &mc->none && mc->end == &mc->none,
				"magazine I2", mc);
	return ta_check(mc->top >= mag->objs && mc->top <= mc->end &&
			mc->end == mag->objs + ms->depot.cap, "magazine I2",
			mc) &&
	       ta_depot_validate_mag(&ms->depot, mag, nr_loaded(mc));
}

static bool validate_hot(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	void *obj = READ_ONCE(mc->hot);

	if (!ms->depot.store)
		return ta_check(obj == TA_MAG_BLOCKED, "magazine I4", mc);
	return ta_check(!obj || ta_slabset_owns(ms->depot.set, obj),
			"magazine I4", obj);
}

static bool validate_cpu(struct ta_magset *ms, struct ta_mag_cpu *mc)
{
	bool ok = ta_check(!mc->none, "magazine I2", mc);

	ok &= validate_hot(ms, mc);

	ok &= validate_loaded(ms, mc);
	if (!mc->prev)
		return ok & ta_check(!mc->prev_n, "magazine I3", mc);
	return ok & ta_depot_validate_mag(&ms->depot, mc->prev, mc->prev_n);
}

/* On each CPU, as an interrupt, so that they hold still; takes no lock. */
static void validate_this_cpu(void *arg)
{
	struct check *check = arg;
	struct ta_mag_cpu *mc = enter(check->ms);

	if (!mc)
		return;
	if (!validate_cpu(check->ms, mc))
		atomic_inc(&check->bad);
	leave(mc);
}

/**
 * ta_magset_validate() - check I1 to I3, and the depot
 * @ms: whose magazines; they may be in use
 *
 * Context: process, may sleep.
 * Return: whether they hold. What does not is reported.
 */
bool ta_magset_validate(struct ta_magset *ms)
{
	struct check check = { .ms = ms };
	bool ok = ta_depot_validate(&ms->depot);

	on_each_cpu(validate_this_cpu, &check, 1);
	return ok && !atomic_read(&check.bad);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_magset_validate);
