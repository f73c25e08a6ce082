// SPDX-License-Identifier: GPL-2.0
/*
 * The device /dev/teachalloc: open, ioctl, close; the service's start and end.
 *
 * Everybody may open it: whoever can use memory of the host's can use some of
 * the pool's. mmap(2) of the device is refused (ENODEV), since the kernel
 * would take what it maps for a file; memory is made by ioctl.
 *
 * The open file, and each VMA through the client's own files, holds the
 * module: rmmod is refused (EBUSY) until they are gone.
 */
#include "chardev.h"
#include "brk.h"
#include "debugfs_clients.h"
#include "handle.h"
#include "ioctl.h"
#include "migrate.h"
#include "mmap.h"
#include "oom.h"
#include "overcommit.h"
#include "pressure.h"

#include <linux/module.h>

static struct ta_client *file_client(struct file *file)
{
	return file->private_data;
}

static int open(struct inode *inode, struct file *file)
{
	struct ta_users *users = container_of(file->private_data,
					      struct ta_users, misc);
	struct ta_client *client;

	client = ta_client_create(users, &ta_heap_fops, &ta_map_fops);
	if (IS_ERR(client))
		return PTR_ERR(client);
	ta_pressure_open(client);
	ta_debugfs_client_add(client);
	file->private_data = client;
	return nonseekable_open(inode, file);
}

/*
 * A process that exits drops its memory before its files. So this is when the
 * heap of a child that still has the descriptor can be found dead, and its
 * parent sees the pages free as soon as it sees the child gone.
 */
static int flush(struct file *file, fl_owner_t id)
{
	ta_client_sweep(file_client(file));
	return 0;
}

static int release(struct inode *inode, struct file *file)
{
	ta_handle_free_all(file_client(file));
	ta_client_close(file_client(file));
	return 0;
}

static __poll_t poll(struct file *file, struct poll_table_struct *table)
{
	return ta_pressure_poll(file_client(file), file, table);
}

static const struct file_operations fops = {
	.owner		= THIS_MODULE,
	.open		= open,
	.flush		= flush,
	.release	= release,
	.poll		= poll,
	.unlocked_ioctl	= ta_ioctl,
	.compat_ioctl	= compat_ptr_ioctl,
};

static void reclaim(struct ta_reclaimer *r)
{
	ta_users_sweep(container_of(r, struct ta_users, reclaimer));
}

static int move(struct ta_mover *mover, struct ta_page *from,
		struct ta_page *to)
{
	return ta_migrate_page(container_of(mover, struct ta_users, mover),
			       from, to);
}

static void sweep(struct work_struct *work)
{
	struct ta_users *users = container_of(to_delayed_work(work),
					      struct ta_users, sweep);

	if (ta_users_sweep(users))
		schedule_delayed_work(&users->sweep, HZ);
}

/* The page layer asks for nothing any more. */
static void stop_serving(struct ta_users *users)
{
	ta_compaction_set_mover(&users->stack->pages.compaction, NULL);
	ta_reclaim_del(&users->stack->pages.reclaim, &users->reclaimer);
}

/**
 * ta_users_init() - open the service to user space
 * @users: what to set up
 * @stack: where clients get their pages from, and more by handle
 *
 * Context: process, may sleep.
 * Return: 0 or the error of misc_register().
 */
int ta_users_init(struct ta_users *users, struct ta_stack *stack)
{
	struct ta_pages *pages = &stack->pages;
	int err;

	users->stack = stack;
	mutex_init(&users->lock);
	INIT_LIST_HEAD(&users->clients);
	atomic_set(&users->next_id, 0);
	INIT_DELAYED_WORK(&users->sweep, sweep);
	ta_overcommit_init(&users->overcommit);
	ta_oom_init(&users->oom);
	ta_pressure_init(&users->pressure);
	users->reclaimer.reclaim = reclaim;
	users->reclaimer.low = ta_pressure_pool;
	ta_reclaim_add(&pages->reclaim, &users->reclaimer);
	users->misc = (struct miscdevice) {
		.minor	= MISC_DYNAMIC_MINOR,
		.name	= "teachalloc",
		.fops	= &fops,
		.mode	= 0666,
	};
	users->mover.move = move;
	ta_compaction_set_mover(&pages->compaction, &users->mover);
	err = misc_register(&users->misc);
	if (err)
		stop_serving(users);
	return err;
}

/**
 * ta_users_fini() - close it; there are no clients any more
 * @users: what ta_users_init() set up
 *
 * Context: process, may sleep.
 */
void ta_users_fini(struct ta_users *users)
{
	misc_deregister(&users->misc);
	cancel_delayed_work_sync(&users->sweep);
	ta_oom_fini(&users->oom);
	stop_serving(users);
}
