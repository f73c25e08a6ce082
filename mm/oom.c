// SPDX-License-Identifier: GPL-2.0
/*
 * Out of memory: which process has to go, so that the others can go on.
 *
 * Model: an access cannot be told "no", as a call can. So when a fault finds no
 * page, and reclaim has found none either, a process is killed that has pages
 * of the pool, and the fault tries again when they are back. Nobody else is
 * ever killed: not who has no page here, not init, no kernel thread, nobody whose
 * oom_score_adj is -1000. If that leaves nobody, the access fails (SIGBUS).
 *
 *	last look	somebody may have freed pages since
 *	who has what	pages in the regions of each address space, and what the
 *			process that opened a client holds through it by handle
 *	who is dying	wait for him; after REAP_DELAY take his pages away
 *	who is worst	pages + oom_score_adj thousandths of the pool; of equals the
 *			youngest. With all who share his address space he gets
 *			SIGKILL, and then is the one who is dying
 *
 * A victim may be unable to die: he waits for a lock that is held over the very
 * fault that waits for him (both use one pipe), is frozen, or another holds his
 * address space. So his pages are taken while he still exists (as the kernel's
 * reaper does): his regions are marked as lost, so that what is left of him gets
 * SIGBUS and finds no page of the next owner's; then the pages go with their
 * mappings (forget.c), but for those that somebody refers to (they come when he lets
 * go), and those that relatives share. That needs his mmap_lock for writing: he may
 * be in the middle of a fork. A page that a fault of his is about to map goes the
 * next time.
 *
 * Progress: each time round ends in a page, a kill, or a moment of waiting for
 * one who is dying; he is waited for GIVE_UP at most and then passed over. Killed
 * processes do not come back, so there is an end. A fault of one who is dying does
 * not wait at all; it drops his locks, for which others may wait.
 *
 * Left out: what can fail does so and nobody is killed: a handle is ENOMEM; fork
 * cannot wait under its locks, its child loses the pages (cow.c); a quota is the
 * client's own limit, so going beyond is SIGBUS.
 *
 * Locking: the fault's mmap_lock or VMA is locked for reading. oom->lock is tried
 * only, and so are the victim's mmap_lock and, under users->lock > client->lock, his
 * pages' locks.
 * Context: process, may sleep; in a fault, with no page locked.
 */
#include "oom.h"
#include "forget.h"
#include "trace.h"

#include <linux/cred.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/ratelimit.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/sched/task.h>
#include <linux/slab.h>

/*
 * Who dies undisturbed is done sooner. It is rude to be quicker: at his exit the
 * kernel looks at his locks (robust futexes), which may lie in our memory.
 */
#define REAP_DELAY	HZ
#define GIVE_UP		(10 * HZ)
#define PATIENCE	(HZ / 10)

#define OOM_GFP		(GFP_HIGHUSER_MOVABLE | __GFP_NOWARN)

/**
 * struct space - an address space that has pages
 * @mm: which; with a reference to the struct
 * @nr_pages: how many it would bring to be rid of it
 * @dying: since when, in jiffies, or 0
 * @pid: of a process that used it and is dying, or 0
 * @alive: a process that is not dying uses it
 * @hopeless: it is no use to wait for its end any longer
 */
struct space {
	struct mm_struct *mm;
	unsigned long nr_pages;
	unsigned long dying;
	pid_t pid;
	bool alive;
	bool hopeless;
};

/* What came of a search for memory */
enum outcome {
	TRY_AGAIN,	/* there may be a page now */
	WAIT,		/* there will be one */
	FAIL,		/* nobody is left who could give one */
};

/* The victim-to-be */
struct choice {
	struct ta_users *users;
	struct task_struct *task;	/* the leader; with a reference */
	long badness;
};

/* Who has what */

static struct space *find_space(struct ta_oom *oom, struct mm_struct *mm)
{
	return xa_load(&oom->spaces, (unsigned long)mm);
}

/* Without memory for it the space is overlooked this time. */
static struct space *get_space(struct ta_oom *oom, struct mm_struct *mm)
{
	struct space *space = find_space(oom, mm);

	if (space)
		return space;
	space = kzalloc(sizeof(*space), GFP_KERNEL);
	if (!space)
		return NULL;
	space->mm = mm;
	if (xa_err(xa_store(&oom->spaces, (unsigned long)mm, space,
			    GFP_KERNEL))) {
		kfree(space);
		return NULL;
	}
	mmgrab(mm);
	return space;
}

static void drop_space(struct ta_oom *oom, struct space *space)
{
	xa_erase(&oom->spaces, (unsigned long)space->mm);
	mmdrop(space->mm);
	kfree(space);
}

static void charge_space(struct ta_oom *oom, struct mm_struct *mm,
			 unsigned long nr_pages)
{
	struct space *space = nr_pages ? get_space(oom, mm) : NULL;

	if (space)
		space->nr_pages += nr_pages;
}

/* What the regions of a client have together */
struct tally {
	struct ta_oom *oom;
	long nr_pages;
};

static void count_view(struct ta_view *view, void *data)
{
	unsigned long nr_pages = ta_region_nr_pages(&view->region);
	struct tally *tally = data;

	tally->nr_pages += nr_pages;
	charge_space(tally->oom, view->region.mm, nr_pages);
}

/*
 * A thread of a process that has not left its address space yet, or NULL. *@mm
 * is only to be looked up: it may go, but is no other's than a space's of ours.
 */
static struct task_struct *thread_with_mm(struct task_struct *p,
					  struct mm_struct **mm)
{
	struct task_struct *t;

	for_each_thread(p, t) {
		task_lock(t);
		*mm = t->mm;
		task_unlock(t);
		if (*mm)
			return t;
	}
	return NULL;
}

/* Whether a thread has not got as far as closing its files. */
static bool is_exiting(struct task_struct *p)
{
	struct task_struct *t;

	for_each_thread(p, t)
		if (!t->exit_state)
			return true;
	return false;
}

/*
 * The address space of who opened a client; the caller puts it. It goes before
 * his files do: then NULL, and *@exiting.
 */
static struct mm_struct *opener_mm(struct ta_client *client, bool *exiting)
{
	struct task_struct *p, *t = NULL;
	struct mm_struct *mm = NULL;

	rcu_read_lock();
	p = pid_task(client->opener, PIDTYPE_TGID);
	if (p)
		t = thread_with_mm(p, &mm);
	mm = t ? get_task_mm(t) : NULL;
	if (p && !mm)
		*exiting |= is_exiting(p);
	rcu_read_unlock();
	return mm;
}

static bool count_held(struct ta_oom *oom, struct ta_client *client)
{
	unsigned long held = atomic_long_read(&client->usage.held);
	bool exiting = false;
	struct mm_struct *mm;

	if (!held)
		return false;
	mm = opener_mm(client, &exiting);
	if (!mm)
		return exiting;
	charge_space(oom, mm, held);
	/* It may be the last; its end takes locks that stand above ours. */
	mmput_async(mm);
	return false;
}

/*
 * Whether pages are on their way back: who unmaps, or exits, first takes his
 * region off the list and then its pages out of that.
 */
static bool count_client(struct ta_oom *oom, struct ta_client *client)
{
	struct tally tally = { .oom = oom };

	ta_client_walk(client, count_view, &tally);
	return count_held(oom, client) ||
	       ta_usage_entries(&client->usage) > tally.nr_pages;
}

static void count_pages(struct ta_users *users)
{
	struct ta_oom *oom = &users->oom;
	struct ta_client *client;
	struct space *space;
	bool exiting = false;
	unsigned long i;

	xa_for_each(&oom->spaces, i, space) {
		space->nr_pages = 0;
		space->alive = false;
	}
	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		exiting |= count_client(oom, client);
	mutex_unlock(&users->lock);
	if (!exiting)
		oom->exiting = 0;
	else if (!oom->exiting)
		oom->exiting = jiffies | 1;
}

/* Forget all but those whose end is being waited for. */
static void forget(struct ta_oom *oom, bool all)
{
	struct space *space;
	unsigned long i;

	xa_for_each(&oom->spaces, i, space)
		if (all || !space->nr_pages || !space->dying)
			drop_space(oom, space);
}

/* Who is worst */

/* As the kernel sees it: one that dumps core will take its time. */
static bool is_dying(struct task_struct *p)
{
	if (p->signal->core_state)
		return false;
	return (p->signal->flags & SIGNAL_GROUP_EXIT) ||
	       (thread_group_empty(p) && (p->flags & PF_EXITING));
}

/* @t: a thread of @p that has not left its address space yet. */
static long badness(struct choice *choice, struct task_struct *p,
		    struct task_struct *t, struct space *space)
{
	long points;

	if (is_global_init(p) || in_vfork(t))
		return TA_OOM_NEVER;
	points = ta_oom_badness(space->nr_pages, p->signal->oom_score_adj,
				choice->users->stack->pages.pool.nr_pages);
	if (points != TA_OOM_NEVER && same_thread_group(p, current) &&
	    READ_ONCE(choice->users->oom.kill_allocating_task))
		points = LONG_MAX;
	return points;
}

static void consider(struct choice *choice, struct task_struct *p,
		     struct task_struct *t, struct space *space)
{
	long points;

	if (is_dying(p)) {
		space->pid = task_pid_nr(p);
		return;
	}
	space->alive = true;
	points = badness(choice, p, t, space);
	if (points == TA_OOM_NEVER || points < choice->badness)
		return;
	if (choice->task)
		put_task_struct(choice->task);
	get_task_struct(p);
	choice->task = p;
	choice->badness = points;
}

static uid_t uid_of(struct task_struct *task)
{
	return from_kuid(&init_user_ns, task_uid(task));
}

static void report_task(struct task_struct *t, struct space *space)
{
	pr_info("[%7d] %5d %5d %8lu %8lu         %5d %s\n", t->pid, uid_of(t),
		t->tgid, space->mm->total_vm, space->nr_pages,
		t->signal->oom_score_adj, t->comm);
}

/* Look at each process that has pages: list it, or choose the worst. */
static void look_at_users(struct choice *choice, bool list)
{
	struct task_struct *p, *t;
	struct mm_struct *mm;
	struct space *space;

	rcu_read_lock();
	for_each_process(p) {
		/* A kernel thread may borrow an address space. */
		if (p->flags & PF_KTHREAD)
			continue;
		t = thread_with_mm(p, &mm);
		space = t ? find_space(&choice->users->oom, mm) : NULL;
		if (space && list)
			report_task(t, space);
		else if (space)
			consider(choice, p, t, space);
	}
	rcu_read_unlock();
}

/* Who is dying */

struct stripped {
	struct mm_struct *mm;
	bool all;
};

static void strip_view(struct ta_view *view, void *data)
{
	struct ta_region *region = &view->region;
	struct stripped *stripped = data;

	if (region->mm != stripped->mm)
		return;
	WRITE_ONCE(region->lost, true);
	if (!ta_tryforget(region, 0, region->nr_idx - 1))
		stripped->all = false;
}

/* Take the pages of an address space that nobody alive uses. */
static bool strip(struct ta_users *users, struct mm_struct *mm)
{
	struct stripped stripped = { .mm = mm, .all = true };
	struct ta_client *client;

	/* The VMAs stay as they are: the lock itself is enough. */
	if (!down_write_trylock(&mm->mmap_lock))
		return false;
	mutex_lock(&users->lock);
	list_for_each_entry(client, &users->clients, list)
		ta_client_walk(client, strip_view, &stripped);
	mutex_unlock(&users->lock);
	up_write(&mm->mmap_lock);
	return stripped.all;
}

/*
 * One that no process uses can be that of a process that is not born yet, unless
 * it has had one, or is being torn down.
 */
static bool goes(const struct space *space)
{
	return space->nr_pages && !space->alive &&
	       (space->pid || !atomic_read(&space->mm->mm_users));
}

static enum outcome wait_for_space(struct ta_users *users, struct space *space)
{
	if (!goes(space)) {
		space->dying = 0;
		return FAIL;
	}
	if (!space->dying)
		space->dying = jiffies | 1;
	if (space->hopeless)
		return FAIL;
	if (time_before(jiffies, space->dying + REAP_DELAY))
		return WAIT;
	if (strip(users, space->mm)) {
		pr_info("oom_reaper: reaped process %d of %lu pages\n",
			space->pid, space->nr_pages);
		/* What it has by handle is not to be had this way. */
		space->hopeless = true;
		return TRY_AGAIN;
	}
	space->hopeless = time_after(jiffies, space->dying + GIVE_UP);
	return WAIT;
}

static enum outcome wait_for_dying(struct ta_users *users)
{
	struct ta_oom *oom = &users->oom;
	enum outcome outcome = FAIL;
	struct space *space;
	unsigned long i;

	xa_for_each(&oom->spaces, i, space)
		outcome = min(outcome, wait_for_space(users, space));
	if (oom->exiting && time_before(jiffies, oom->exiting + GIVE_UP))
		outcome = min(outcome, WAIT);
	return outcome;
}

/* The report, in the kernel's words */

static void report_pool(struct ta_stack *stack)
{
	unsigned long blocks[TA_NR_PAGE_ORDERS];
	struct ta_pages *pages = &stack->pages;
	const struct ta_watermarks *marks = &pages->buddy.marks;
	unsigned int order;
	char line[256];
	int len = 0;

	pr_warn("Mem-Info: total:%lu free:%lu min:%lu low:%lu high:%lu slab:%lu pinned:%lu\n",
		pages->pool.nr_pages, ta_pages_nr_free(pages),
		READ_ONCE(marks->min), READ_ONCE(marks->low),
		READ_ONCE(marks->high), ta_slabs_nr_pages(&stack->slabs),
		READ_ONCE(pages->pinned.nr_pages));
	ta_pages_free_blocks(pages, blocks);
	for (order = 0; order < TA_NR_PAGE_ORDERS; order++)
		len += scnprintf(line + len, sizeof(line) - len, " %lu*%lukB",
				 blocks[order], (PAGE_SIZE >> 10) << order);
	pr_warn("Free:%s\n", line);
}

static void report(struct choice *choice)
{
	static DEFINE_RATELIMIT_STATE(rs, DEFAULT_RATELIMIT_INTERVAL,
				      DEFAULT_RATELIMIT_BURST);
	gfp_t gfp = OOM_GFP;

	if (!__ratelimit(&rs))
		return;
	pr_warn("%s invoked teachalloc oom-killer: gfp_mask=%#x(%pGg), order=0, oom_score_adj=%d\n",
		current->comm, gfp, &gfp, current->signal->oom_score_adj);
	report_pool(choice->users->stack);
	if (!READ_ONCE(choice->users->oom.dump_tasks))
		return;
	pr_info("Tasks state (memory values in pages):\n");
	pr_info("[  pid  ]   uid  tgid total_vm      rss oom_score_adj name\n");
	look_at_users(choice, true);
}

/* The end */

/* Everybody who uses an address space; that is more than one after vfork(2). */
static void kill_space(struct mm_struct *victim)
{
	struct task_struct *p;
	struct mm_struct *mm;

	rcu_read_lock();
	for_each_process(p)
		if (!is_global_init(p) && !(p->flags & PF_KTHREAD) &&
		    thread_with_mm(p, &mm) && mm == victim)
			kill_pid(task_tgid(p), SIGKILL, 1);
	rcu_read_unlock();
}

/* What a process has; by another exec it may be another's by now, or none. */
static struct space *space_of(struct ta_oom *oom, struct task_struct *p)
{
	struct space *space = NULL;
	struct mm_struct *mm;

	rcu_read_lock();
	if (thread_with_mm(p, &mm))
		space = find_space(oom, mm);
	rcu_read_unlock();
	return space;
}

static void kill_choice(struct choice *choice)
{
	struct ta_stack *stack = choice->users->stack;
	struct task_struct *victim = choice->task;
	struct space *space = space_of(&choice->users->oom, victim);

	if (!space)
		return;
	kill_space(space->mm);
	space->pid = task_pid_nr(victim);
	space->dying = jiffies | 1;
	ta_vmstat_inc(&stack->pages.pool.vmstat, TA_VM_OOM_KILL);
	trace_ta_mark_victim(space->pid, space->nr_pages,
			     victim->signal->oom_score_adj);
	pr_err("Out of memory: Killed process %d (%s) total-vm:%lukB, pool-rss:%lukB, UID:%u oom_score_adj:%d\n",
	       space->pid, victim->comm,
	       space->mm->total_vm << (PAGE_SHIFT - 10),
	       space->nr_pages << (PAGE_SHIFT - 10), uid_of(victim),
	       victim->signal->oom_score_adj);
}

static bool pool_has_page(struct ta_pages *pages)
{
	struct page *page = ta_pages_alloc(pages, OOM_GFP, 0, _RET_IP_);

	if (page)
		ta_pages_free(pages, page, 0, _RET_IP_);
	return page;
}

/* Whether the fault is one's who is to go; all who wait for him wait for it. */
static bool is_doomed(struct ta_oom *oom, struct mm_struct *mm)
{
	struct space *space = find_space(oom, mm);

	return space && space->dying;
}

static enum outcome find_memory(struct ta_users *users, struct mm_struct *mm)
{
	struct choice choice = { .users = users, .badness = TA_OOM_NEVER };
	struct ta_oom *oom = &users->oom;
	enum outcome outcome;

	if (pool_has_page(&users->stack->pages))
		return TRY_AGAIN;
	count_pages(users);
	look_at_users(&choice, false);
	outcome = wait_for_dying(users);
	/* What was on its way back may have come while all were counted. */
	if (outcome == FAIL && pool_has_page(&users->stack->pages))
		outcome = TRY_AGAIN;
	if (outcome == FAIL && choice.task) {
		report(&choice);
		kill_choice(&choice);
		outcome = WAIT;
	}
	if (is_doomed(oom, mm))
		outcome = FAIL;
	if (choice.task)
		put_task_struct(choice.task);
	forget(oom, false);
	return outcome;
}

/*
 * Give those who are dying the CPUs: many may wait, and each who tries again
 * asks everybody for pages. So only when there is one, or it takes long.
 */
static void wait_for_page(struct ta_pages *pages)
{
	unsigned long ticks;

	for (ticks = 0; ticks < PATIENCE; ticks++) {
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current) ||
		    ta_pages_nr_available(pages))
			return;
	}
}

/**
 * ta_oom() - find memory for a fault that found none
 * @region: what it is a fault in
 *
 * Context: process, may sleep; in a fault, with no page locked.
 * Return: whether to try again; otherwise the access fails.
 */
bool ta_oom(struct ta_region *region)
{
	struct ta_users *users = ta_region_client(region)->users;
	enum outcome outcome = WAIT;

	if (!ta_usage_allowed(region->usage) || READ_ONCE(region->lost) ||
	    fatal_signal_pending(current))
		return false;
	if (mutex_trylock(&users->oom.lock)) {
		outcome = find_memory(users, region->mm);
		mutex_unlock(&users->oom.lock);
	}
	if (outcome == WAIT)
		wait_for_page(&users->stack->pages);
	return outcome != FAIL;
}

/**
 * ta_oom_init() - set up, with nobody to be killed
 * @oom: what to set up; what is chosen already stays
 *
 * Context: any.
 */
void ta_oom_init(struct ta_oom *oom)
{
	mutex_init(&oom->lock);
	xa_init(&oom->spaces);
}

/**
 * ta_oom_fini() - forget who was killed
 * @oom: what nobody uses any more
 *
 * Context: process, may sleep.
 */
void ta_oom_fini(struct ta_oom *oom)
{
	forget(oom, true);
	xa_destroy(&oom->spaces);
}
