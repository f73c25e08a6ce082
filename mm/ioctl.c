// SPDX-License-Identifier: GPL-2.0
/*
 * The commands of /dev/teachalloc: from the user's bytes to a call, and back.
 *
 * Model: a table row for each command. Its struct is copied in whole, checked,
 * acted upon, and copied back; in between no user memory is touched, and no
 * lock is held while it is. The struct may well lie in memory of ours.
 *
 *	copy in -> decode -> probe -> act -> answer
 *
 * A command that changes something first writes some of the struct back as it
 * is: if the answer cannot be written, nothing is done. Should the memory go away
 * just then, a mapping and an allocation are undone; the break, and what was freed,
 * forgotten or configured, are not.
 *
 * Failure: unknown number or direction ENOTTY, unreadable or unwritable
 * argument EFAULT, unknown flag or reserved member EINVAL, unknown bytes at
 * the end E2BIG; in all cases nothing has changed.
 *
 * Context: process, may sleep, no lock held. The only file that knows __user.
 */
#include "ioctl.h"
#include "advise.h"
#include "brk.h"
#include "handle.h"
#include "mmap.h"
#include "trace.h"

#include <linux/capability.h>
#include <linux/mman.h>
#include <linux/nospec.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

union args {
	struct {
		u32 size;
		u32 flags;
	};
	struct ta_ioc_info info;
	struct ta_ioc_brk brk;
	struct ta_ioc_mmap mmap;
	struct ta_ioc_pages pages;
	struct ta_ioc_validate validate;
	struct ta_ioc_alloc alloc;
	struct ta_ioc_free free;
	struct ta_ioc_config config;
	struct ta_ioc_advise advise;
};

static_assert(sizeof(struct ta_ioc_info) == 104 + 8 * TA_NR_ORDERS);
static_assert(sizeof(struct ta_ioc_brk) == 24);
static_assert(sizeof(struct ta_ioc_mmap) == 32);
static_assert(sizeof(struct ta_ioc_pages) == 32);
static_assert(sizeof(struct ta_ioc_validate) == 8);
static_assert(sizeof(struct ta_ioc_alloc) == 40);
static_assert(sizeof(struct ta_ioc_free) == 16);
static_assert(sizeof(struct ta_ioc_config) == 24);
static_assert(sizeof(struct ta_ioc_advise) == 32);
static_assert(sizeof(struct ta_page_info) == 16);
static_assert(TA_NR_ORDERS == TA_NR_PAGE_ORDERS);

/* Commands */

static int act_info(struct ta_client *client, union args *args)
{
	struct ta_pages *pages = &client->users->stack->pages;
	struct ta_ioc_info *info = &args->info;
	unsigned long blocks[TA_NR_PAGE_ORDERS];
	unsigned int order;

	ta_client_sweep(client);
	info->page_size = PAGE_SIZE;
	info->pool_pages = pages->pool.nr_pages;
	info->free_pages = ta_pages_nr_free(pages);
	ta_pages_free_blocks(pages, blocks);
	for (order = 0; order < TA_NR_ORDERS; order++)
		info->free_blocks[order] = blocks[order];
	info->mapped_pages = ta_client_mapped(client, NULL);
	info->resident_pages = ta_usage_resident(&client->usage);
	info->faults = ta_usage_faults(&client->usage);
	info->cow_copies = atomic_long_read(&client->usage.cow_copies);
	info->available_pages = ta_pages_nr_available(pages);
	info->zero_faults = atomic_long_read(&client->usage.zero_faults);
	info->zero_pages = ta_count_zero(client);
	info->committed_pages = ta_client_committed(client);
	info->held_pages = atomic_long_read(&client->usage.held);
	return 0;
}

static int act_brk(struct ta_client *client, union args *args)
{
	unsigned long brk = 0, start = 0;
	int err;

	err = ta_brk(client, args->brk.addr, &brk, &start);
	args->brk.addr = brk;
	args->brk.start = start;
	return err;
}

#define MAP_FLAGS	(MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE | \
			 MAP_NORESERVE | MAP_LOCKED)

static int act_mmap(struct ta_client *client, union args *args)
{
	struct ta_ioc_mmap *mmap = &args->mmap;
	unsigned long addr = mmap->addr;
	int err;

	if ((mmap->prot & ~(PROT_READ | PROT_WRITE | PROT_EXEC)) ||
	    (mmap->map_flags & ~MAP_FLAGS))
		return -EINVAL;
	err = ta_mmap(client, &addr, mmap->len, mmap->prot, mmap->map_flags);
	if (!err)
		mmap->addr = addr;
	return err;
}

static void undo_mmap(struct ta_client *client, union args *args)
{
	vm_munmap(args->mmap.addr, PAGE_ALIGN(args->mmap.len));
}

#define PAGES_BATCH	32
static_assert(PAGES_BATCH <= TA_DESCRIBE_MAX);

/* The answer is an array, written piece by piece with no lock held. */
static int act_pages(struct ta_client *client, union args *args)
{
	struct ta_page_info __user *to = u64_to_user_ptr(args->pages.pages);
	u64 addr = args->pages.addr, left = args->pages.nr_pages, len, end;
	struct ta_page_info info[PAGES_BATCH];
	unsigned int nr;

	if (!PAGE_ALIGNED(addr) ||
	    check_mul_overflow(left, (u64)PAGE_SIZE, &len) ||
	    check_add_overflow(addr, len, &end) || end > TASK_SIZE)
		return -EINVAL;
	for (; left; left -= nr) {
		nr = min_t(u64, left, PAGES_BATCH);
		ta_describe(client, addr, nr, info);
		if (copy_to_user(to, info, nr * sizeof(*info)))
			return -EFAULT;
		to += nr;
		addr += (u64)nr << PAGE_SHIFT;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

static int act_validate(struct ta_client *client, union args *args)
{
	struct ta_users *users = client->users;
	bool ok;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	ok = ta_users_validate(users);
	ok &= ta_pages_validate(&users->stack->pages);
	return ok ? 0 : -EUCLEAN;
}

static int act_alloc(struct ta_client *client, union args *args)
{
	struct ta_ioc_alloc *alloc = &args->alloc;
	struct ta_handle_request request = {
		.layer	= alloc->layer,
		.amount	= alloc->amount,
		.gfp	= (alloc->mode & TA_ALLOC_NOWAIT ? GFP_NOWAIT :
							   GFP_KERNEL) |
			  __GFP_NOWARN,
	};

	if ((alloc->mode & ~TA_ALLOC_NOWAIT) || alloc->handle || alloc->reserved)
		return -EINVAL;
	return ta_handle_alloc(client, &request, &alloc->handle, &alloc->frame);
}

static void undo_alloc(struct ta_client *client, union args *args)
{
	ta_handle_free(client, args->alloc.handle);
}

static int act_free(struct ta_client *client, union args *args)
{
	return args->free.reserved ? -EINVAL :
	       ta_handle_free(client, args->free.handle);
}

/* Whether what is to be set can be. */
static int check_config(struct ta_client *client,
			const struct ta_ioc_config *config)
{
	if (config->set & ~(TA_CONFIG_FAULT_ORDER | TA_CONFIG_QUOTA))
		return -EINVAL;
	if ((config->set & TA_CONFIG_FAULT_ORDER) &&
	    config->fault_order > TA_MAX_FAULT_ORDER)
		return -EINVAL;
	if ((config->set & TA_CONFIG_QUOTA) &&
	    config->quota_pages > READ_ONCE(client->usage.quota) &&
	    !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	return 0;
}

static int act_config(struct ta_client *client, union args *args)
{
	struct ta_ioc_config *config = &args->config;
	struct ta_usage *usage = &client->usage;
	int err = check_config(client, config);

	if (err)
		return err;
	if (config->set & TA_CONFIG_FAULT_ORDER)
		WRITE_ONCE(usage->fault_order, config->fault_order);
	if (config->set & TA_CONFIG_QUOTA)
		ta_usage_set_quota(usage, config->quota_pages);
	config->fault_order = READ_ONCE(usage->fault_order);
	config->quota_pages = READ_ONCE(usage->quota);
	return 0;
}

static int act_advise(struct ta_client *client, union args *args)
{
	struct ta_ioc_advise *advise = &args->advise;

	if (advise->reserved)
		return -EINVAL;
	return ta_advise(&advise->addr, &advise->len, advise->advice);
}

/**
 * struct command - a row of the table
 * @cmd: its number
 * @size: of its struct as we know it
 * @act: does it; may change the struct, which is the answer
 * @undo: makes up for @act when the answer cannot be written
 * @changes: the file must be open for writing, and the answer is probed
 * @answers_failure: the struct is an answer even if @act fails
 */
struct command {
	unsigned int cmd;
	unsigned int size;
	int (*act)(struct ta_client *client, union args *args);
	void (*undo)(struct ta_client *client, union args *args);
	bool changes;
	bool answers_failure;
};

static const struct command commands[] = {
	[_IOC_NR(TA_IOC_INFO)] = {
		.cmd = TA_IOC_INFO,
		.size = sizeof(struct ta_ioc_info),
		.act = act_info,
	},
	[_IOC_NR(TA_IOC_BRK)] = {
		.cmd = TA_IOC_BRK,
		.size = sizeof(struct ta_ioc_brk),
		.act = act_brk,
		.changes = true,
		.answers_failure = true,
	},
	[_IOC_NR(TA_IOC_MMAP)] = {
		.cmd = TA_IOC_MMAP,
		.size = sizeof(struct ta_ioc_mmap),
		.act = act_mmap,
		.undo = undo_mmap,
		.changes = true,
	},
	[_IOC_NR(TA_IOC_PAGES)] = {
		.cmd = TA_IOC_PAGES,
		.size = sizeof(struct ta_ioc_pages),
		.act = act_pages,
	},
	[_IOC_NR(TA_IOC_VALIDATE)] = {
		.cmd = TA_IOC_VALIDATE,
		.size = sizeof(struct ta_ioc_validate),
		.act = act_validate,
	},
	[_IOC_NR(TA_IOC_ALLOC)] = {
		.cmd = TA_IOC_ALLOC,
		.size = sizeof(struct ta_ioc_alloc),
		.act = act_alloc,
		.undo = undo_alloc,
		.changes = true,
	},
	[_IOC_NR(TA_IOC_FREE)] = {
		.cmd = TA_IOC_FREE,
		.size = sizeof(struct ta_ioc_free),
		.act = act_free,
		.changes = true,
	},
	[_IOC_NR(TA_IOC_CONFIG)] = {
		.cmd = TA_IOC_CONFIG,
		.size = sizeof(struct ta_ioc_config),
		.act = act_config,
		.changes = true,
	},
	[_IOC_NR(TA_IOC_ADVISE)] = {
		.cmd = TA_IOC_ADVISE,
		.size = sizeof(struct ta_ioc_advise),
		.act = act_advise,
		.changes = true,
		.answers_failure = true,
	},
};

/* Dispatch */

static const struct command *find_command(unsigned int cmd)
{
	unsigned int nr = _IOC_NR(cmd);
	const struct command *command;

	if (nr >= ARRAY_SIZE(commands))
		return NULL;
	command = &commands[array_index_nospec(nr, ARRAY_SIZE(commands))];
	return command->cmd == cmd ? command : NULL;
}

static int copy_in(union args *args, const struct command *command,
		   void __user *arg)
{
	u32 size;
	int err;

	if (get_user(size, (u32 __user *)arg))
		return -EFAULT;
	/* The head must be there; nothing sensible is larger than a page. */
	if (size < offsetofend(union args, flags))
		return -EINVAL;
	if (size > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(args, command->size, arg, size);
	if (err)
		return err;
	/* Not what another thread may have written there meanwhile */
	args->size = size;
	return args->flags ? -EINVAL : 0;
}

static size_t answer_size(const union args *args, const struct command *command)
{
	return min_t(size_t, args->size, command->size);
}

/*
 * Write back what is there already: a struct lies in two pages at the most, and
 * so its first and last byte tell whether all of it can be written.
 */
static int probe(const union args *args, const struct command *command,
		 void __user *arg)
{
	size_t last = answer_size(args, command) - 1;
	const u8 *bytes = (const u8 *)args;
	u8 __user *to = arg;

	return put_user(bytes[0], to) || put_user(bytes[last], to + last) ?
		       -EFAULT : 0;
}

static int copy_out(const union args *args, const struct command *command,
		    void __user *arg)
{
	return copy_to_user(arg, args, answer_size(args, command)) ? -EFAULT : 0;
}

static long dispatch(struct file *file, unsigned int cmd, unsigned long arg)
{
	const struct command *command = find_command(cmd);
	void __user *user = (void __user *)arg;
	/* copy_in() fills as much as the command has. */
	union args args __uninitialized;
	int err;

	if (!command)
		return -ENOTTY;
	if (command->changes && !(file->f_mode & FMODE_WRITE))
		return -EBADF;
	err = copy_in(&args, command, user);
	if (err)
		return err;
	if (command->changes && probe(&args, command, user))
		return -EFAULT;

	err = command->act(file->private_data, &args);
	if (err && !command->answers_failure)
		return err;
	if (copy_out(&args, command, user)) {
		if (!err && command->undo)
			command->undo(file->private_data, &args);
		return -EFAULT;
	}
	return err;
}

/* Have all events of a call say that they belong to it. */
static noinline long trace_call(struct file *file, unsigned int cmd,
				unsigned long arg)
{
	struct ta_client *client = file->private_data;
	u64 before;
	long err;

	ta_op_begin(&before);
	trace_ta_ioctl(client->id, _IOC_NR(cmd));
	err = dispatch(file, cmd, arg);
	ta_op_end(before);
	return err;
}

/**
 * ta_ioctl() - file_operations.unlocked_ioctl of the device
 * @file: an open file of it
 * @cmd: which of the commands
 * @arg: address of its struct
 *
 * Context: process, may sleep.
 * Return: 0 or an error, see the ABI's header.
 */
long ta_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (trace_ta_ioctl_enabled())
		return trace_call(file, cmd, arg);
	return dispatch(file, cmd, arg);
}
