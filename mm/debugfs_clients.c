// SPDX-License-Identifier: GPL-2.0
/*
 * The folder clients/ of debugfs: what each open file of the device has.
 *
 *	clients/PID-ID/status	its counters, and the break of each process
 *	clients/PID-ID/maps	its address space, as /proc/PID/maps
 *	clients/PID-ID/smaps	the same, with what is behind it
 *
 * PID is the process that opened it, ID the client's own number: so two clients
 * of one process, or of two that had the same PID one after the other, are kept
 * apart. A client can be in several processes; a line of maps begins with whose
 * it is. All of this is root's alone.
 *
 * A folder goes with its client, as the last thing before that is freed, and that
 * waits for those who are reading. So a reader needs no reference. A reader may be
 * the last who holds an address space, and tear it down; what that closes is only
 * let go when he is on his way back to user space, where nobody waits for him.
 *
 * Locking: the client's to find its processes, then mmap_lock of each, never
 * both.
 * Context: process, may sleep. Failure: without debugfs, or memory for it, a
 * client has no folder.
 */
#include "debugfs_clients.h"
#include "brk.h"
#include "mmap.h"
#include "zero.h"

#include <linux/cred.h>
#include <linux/debugfs.h>
#include <linux/mm.h>
#include <linux/pid.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>

static struct dentry *clients_dir;

/* Whose */

/* The processes of a client: mm_structs with a reference, by their address */
struct users_of {
	struct xarray mms;
	bool complete;
};

static void add_mm(struct ta_view *view, void *data)
{
	struct mm_struct *mm = view->region.mm;
	struct users_of *of = data;

	if (xa_load(&of->mms, (unsigned long)mm) || !mmget_not_zero(mm))
		return;
	if (!xa_err(xa_store(&of->mms, (unsigned long)mm, mm, GFP_KERNEL)))
		return;
	/* Not here, under the client's lock */
	mmput_async(mm);
	of->complete = false;
}

static void get_users(struct users_of *of, struct ta_client *client)
{
	xa_init(&of->mms);
	of->complete = true;
	ta_client_walk(client, add_mm, of);
}

static void put_users(struct users_of *of)
{
	struct mm_struct *mm;
	unsigned long i;

	xa_for_each(&of->mms, i, mm)
		mmput(mm);
	xa_destroy(&of->mms);
}

/* A process that uses an address space, or 0. */
static pid_t pid_of(struct mm_struct *mm)
{
	struct task_struct *p;
	pid_t pid = 0;

	rcu_read_lock();
	for_each_process(p)
		if (READ_ONCE(p->mm) == mm && !(p->flags & PF_KTHREAD)) {
			pid = task_pid_nr(p);
			break;
		}
	rcu_read_unlock();
	return pid;
}

/* What is behind a VMA */

struct content {
	unsigned long present;
	unsigned long shared;
	unsigned long lost;
	unsigned long zero;
};

static void look_at(struct vm_area_struct *vma, struct content *content)
{
	struct ta_region *region = vma->vm_private_data;
	unsigned long first = vma->vm_pgoff - region->base;
	unsigned long last = first + vma_pages(vma) - 1, idx;
	void *entry;

	memset(content, 0, sizeof(*content));
	xa_for_each_range(&region->pages, idx, entry, first, last) {
		if (xa_is_value(entry)) {
			content->lost++;
		} else {
			content->present++;
			/* It may go meanwhile; what is known of it stays. */
			content->shared += ta_page_is_shared(entry);
		}
		cond_resched();
	}
	content->zero = ta_zero_count(vma->vm_mm, vma->vm_start, vma->vm_end);
}

static void show_kb(struct seq_file *m, const char *name, unsigned long pages)
{
	seq_printf(m, "%-16s %8lu kB\n", name, pages << (PAGE_SHIFT - 10));
}

static void show_content(struct seq_file *m, struct vm_area_struct *vma)
{
	struct content content;

	look_at(vma, &content);
	show_kb(m, "Size:", vma_pages(vma));
	show_kb(m, "Rss:", content.present);
	show_kb(m, "Shared:", content.shared);
	show_kb(m, "Private:", content.present - content.shared);
	show_kb(m, "Zero:", content.zero);
	show_kb(m, "Lost:", content.lost);
}

static void show_vma(struct seq_file *m, struct vm_area_struct *vma, pid_t pid)
{
	unsigned long flags = vma->vm_flags;

	seq_printf(m, "%d %08lx-%08lx %c%c%cp %08lx %s\n", pid, vma->vm_start,
		   vma->vm_end, flags & VM_READ ? 'r' : '-',
		   flags & VM_WRITE ? 'w' : '-', flags & VM_EXEC ? 'x' : '-',
		   vma->vm_pgoff << PAGE_SHIFT,
		   vma->vm_file->f_path.dentry->d_name.name);
}

static void show_mm(struct seq_file *m, struct ta_client *client,
		    struct mm_struct *mm, bool content)
{
	struct vm_area_struct *vma;
	pid_t pid = pid_of(mm);
	unsigned long addr;

	mmap_read_lock(mm);
	for (addr = 0; (vma = find_vma(mm, addr)); addr = vma->vm_end) {
		if (!ta_mmap_is_ours(client, vma))
			continue;
		show_vma(m, vma, pid);
		if (content)
			show_content(m, vma);
	}
	mmap_read_unlock(mm);
}

static int show_all(struct seq_file *m, bool content)
{
	struct ta_client *client = m->private;
	struct mm_struct *mm;
	struct users_of of;
	unsigned long i;

	get_users(&of, client);
	xa_for_each(&of.mms, i, mm)
		show_mm(m, client, mm, content);
	put_users(&of);
	return of.complete ? 0 : -ENOMEM;
}

static int maps_show(struct seq_file *m, void *v)
{
	return show_all(m, false);
}
DEFINE_SHOW_ATTRIBUTE(maps);

static int smaps_show(struct seq_file *m, void *v)
{
	return show_all(m, true);
}
DEFINE_SHOW_ATTRIBUTE(smaps);

/* Counters */

static void show_opener(struct seq_file *m, struct ta_client *client)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(client->opener, PIDTYPE_TGID);
	seq_printf(m, "%-16s %u\n", "Id:", client->id);
	seq_printf(m, "%-16s %d\n", "Pid:", pid_nr(client->opener));
	if (task) {
		seq_printf(m, "%-16s %s\n", "Name:", task->comm);
		seq_printf(m, "%-16s %u\n", "Uid:",
			   from_kuid_munged(seq_user_ns(m), task_uid(task)));
	}
	rcu_read_unlock();
}

static void show_nr(struct seq_file *m, const char *name, unsigned long nr)
{
	seq_printf(m, "%-16s %lu\n", name, nr);
}

static void show_usage(struct seq_file *m, struct ta_usage *usage)
{
	unsigned long quota = READ_ONCE(usage->quota);

	show_kb(m, "Resident:", ta_usage_resident(usage));
	show_kb(m, "Held:", atomic_long_read(&usage->held));
	if (quota != ULONG_MAX)
		show_kb(m, "Quota:", quota);
	show_nr(m, "FaultOrder:", READ_ONCE(usage->fault_order));
	show_nr(m, "Faults:", atomic_long_read(&usage->faults));
	show_nr(m, "ZeroFaults:", atomic_long_read(&usage->zero_faults));
	show_nr(m, "CowCopies:", atomic_long_read(&usage->cow_copies));
}

static void show_heap(struct ta_view *view, void *data)
{
	struct seq_file *m = data;
	unsigned long start, brk;

	if (!ta_view_brk(view, &start, &brk))
		return;
	seq_printf(m, "%-16s %d start_brk %08lx brk %08lx\n", "Heap:",
		   pid_of(view->region.mm), start, brk);
}

static int status_show(struct seq_file *m, void *v)
{
	struct ta_client *client = m->private;

	show_opener(m, client);
	/* As mm_struct has them: address space, and what of it may be written */
	show_kb(m, "total_vm:", ta_client_mapped(client, NULL));
	show_kb(m, "Committed_AS:", ta_client_committed(client));
	show_usage(m, &client->usage);
	ta_client_walk(client, show_heap, m);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(status);

/**
 * ta_debugfs_client_add() - make a client's folder
 * @client: whose; it goes when the client does
 *
 * Context: process, may sleep.
 */
void ta_debugfs_client_add(struct ta_client *client)
{
	struct dentry *parent = READ_ONCE(clients_dir), *dir;
	char name[32];

	if (IS_ERR_OR_NULL(parent))
		return;
	snprintf(name, sizeof(name), "%d-%u", pid_nr(client->opener),
		 client->id);
	dir = debugfs_create_dir(name, parent);
	client->dir = dir;
	debugfs_create_file("status", 0400, dir, client, &status_fops);
	debugfs_create_file("maps", 0400, dir, client, &maps_fops);
	debugfs_create_file("smaps", 0400, dir, client, &smaps_fops);
}

/**
 * ta_debugfs_clients_init() - make the folder of all clients
 * @dir: where
 *
 * Context: process, may sleep.
 */
void ta_debugfs_clients_init(struct dentry *dir)
{
	WRITE_ONCE(clients_dir, debugfs_create_dir("clients", dir));
}

/**
 * ta_debugfs_clients_fini() - forget it; there are no clients any more
 *
 * Context: process, may sleep.
 */
void ta_debugfs_clients_fini(void)
{
	WRITE_ONCE(clients_dir, NULL);
}
