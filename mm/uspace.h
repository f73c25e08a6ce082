/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_USPACE_H
#define _TA_USPACE_H

#include "region.h"
#include "stack.h"

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/miscdevice.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

/* As of vm.overcommit_memory */
enum ta_overcommit_mode {
	TA_OVERCOMMIT_GUESS	= 0,	/* not more than there is, in one call */
	TA_OVERCOMMIT_ALWAYS	= 1,
	TA_OVERCOMMIT_NEVER	= 2,	/* not more than CommitLimit in all */
};

/**
 * struct ta_overcommit - how much memory may be promised
 * @mode: an enum ta_overcommit_mode
 * @ratio: CommitLimit in percent of the pool
 * @kbytes: if not 0, CommitLimit itself
 * @admin_reserve_kbytes: of CommitLimit, what only root may have
 * @user_reserve_kbytes: what one process leaves, or a 32nd of its own size
 * @lock: from the check to the mapping, in mode 2
 *
 * All but the lock may be written at any time.
 */
struct ta_overcommit {
	unsigned int mode;
	unsigned int ratio;
	unsigned long kbytes;
	unsigned long admin_reserve_kbytes;
	unsigned long user_reserve_kbytes;
	struct mutex lock;	/* held over a promise that is counted */
};

/**
 * struct ta_oom - who is to give memory back when there is none
 * @lock: one victim at a time; only ever tried
 * @spaces: a struct space of oom.c for each mm_struct with pages, by address;
 *	@lock
 * @exiting: since when pages have been on their way back that no address space
 *	has any more, or that an exiting process holds by handle; in jiffies, or
 *	0; @lock
 * @kill_allocating_task: as vm.oom_kill_allocating_task
 * @dump_tasks: as vm.oom_dump_tasks
 */
struct ta_oom {
	struct mutex lock;	/* one victim at a time */
	struct xarray spaces;
	unsigned long exiting;
	bool kill_allocating_task;
	bool dump_tasks;
};

/**
 * struct ta_pressure - events of one kind, for poll(2)
 * @wait: who waits for the next one
 * @nr_events: how many there were
 * @next: before this, in jiffies, there is not to be another
 */
struct ta_pressure {
	wait_queue_head_t wait;
	atomic_t nr_events;
	unsigned long next;
};

/**
 * struct ta_users - all clients of a pool
 * @stack: the pool, and what else feeds from it (constant)
 * @misc: /dev/teachalloc
 * @lock: protects @clients
 * @clients: all of them
 * @next_id: for the next client
 * @reclaimer: frees what dead processes left when the pool runs short
 * @sweep: does the same once a second while there are forked heaps
 * @mover: moves pages of clients, so that free ones come together
 * @overcommit: how much may be promised
 * @oom: what is done when the pool is empty all the same
 * @pressure: that the pool has few free pages
 * @quota_mb: of the pool, what a client may have; 0: all of it
 */
struct ta_users {
	struct ta_stack *stack;
	struct miscdevice misc;
	struct mutex lock;	/* protects clients */
	struct list_head clients;
	atomic_t next_id;
	struct ta_reclaimer reclaimer;
	struct delayed_work sweep;
	struct ta_mover mover;
	struct ta_overcommit overcommit;
	struct ta_oom oom;
	struct ta_pressure pressure;
	unsigned long quota_mb;
};

/**
 * struct ta_area - a heap or a mapping: a range of offsets of a client's file
 * @client: whose (constant)
 * @mapping: of the file (constant)
 * @base: its first page offset (constant)
 * @views: one for each address space that has it; the client's lock
 */
struct ta_area {
	struct ta_client *client;
	struct address_space *mapping;
	unsigned long base;
	struct list_head views;
};

/**
 * struct ta_view - an area as one address space sees it
 * @region: its pages; what vm_private_data of its VMAs points to
 * @area: of which (constant)
 * @list: of @area->views; the client's lock
 * @nr_holds: a mapping's VMAs, and one while it is being made; the client's
 *	lock. Of a heap 1, for its VMAs are not counted.
 * @mapped: there was a VMA
 */
struct ta_view {
	struct ta_region region;
	struct ta_area *area;
	struct list_head list;
	unsigned long nr_holds;
	bool mapped;
};

/**
 * struct ta_client - an open file of /dev/teachalloc
 * @ref: the open file and the two files below, which VMAs refer to
 * @users: of which (constant)
 * @id: its number, for people (constant)
 * @opener: the process that opened it (constant)
 * @dir: its folder in debugfs, or NULL
 * @usage: its pages
 * @pressure: that it has nearly used its quota
 * @seen_pool: of the pool's events, how many its file was told of
 * @seen_quota: of @pressure's
 * @list: of @users->clients
 * @lock: protects its areas and views
 * @heap_file: what heaps are mapped through, until the device is closed
 * @map_file: what mappings are mapped through, likewise
 * @heap_mapping: where the VMAs of @heap_file are found
 * @map_mapping: the same of @map_file
 * @heap: the area of its heaps
 * @areas: those of its mappings, by @base >> TA_AREA_SHIFT
 * @handles: what it allocated for experiments, by number; its own lock
 */
struct ta_client {
	struct kref ref;
	struct ta_users *users;
	unsigned int id;
	struct pid *opener;
	struct dentry *dir;
	struct ta_usage usage;
	struct ta_pressure pressure;
	atomic_t seen_pool;
	atomic_t seen_quota;
	struct list_head list;
	struct mutex lock;	/* protects areas and views */
	struct file *heap_file;
	struct file *map_file;
	struct address_space heap_mapping;
	struct address_space map_mapping;
	struct ta_area heap;
	struct xarray areas;
	struct xarray handles;
};

/*
 * Offsets an area has: mremap(2) can make a mapping grow to a whole address
 * space (2^35 pages), so that much room, and as much again for a mapping whose
 * first part was given back, stays between two. The file has 2^52.
 */
#define TA_AREA_SHIFT	36
#define TA_AREA_PAGES	BIT(TA_AREA_SHIFT)
static_assert(BITS_PER_LONG == 64);
#define TA_MAX_AREAS	BIT(BITS_PER_LONG - PAGE_SHIFT - TA_AREA_SHIFT)

static inline struct ta_client *ta_region_client(const struct ta_region *region)
{
	return container_of(region->usage, struct ta_client, usage);
}

static inline unsigned int ta_region_client_id(const struct ta_region *region)
{
	return ta_region_client(region)->id;
}

static inline struct ta_view *ta_region_view(struct ta_region *region)
{
	return container_of(region, struct ta_view, region);
}

struct ta_client *ta_client_create(struct ta_users *users,
				   const struct file_operations *heap_fops,
				   const struct file_operations *map_fops);
void ta_client_close(struct ta_client *client);
void ta_client_heap_closed(struct ta_client *client);
void ta_client_map_closed(struct ta_client *client);
bool ta_client_sweep(struct ta_client *client);
void ta_client_walk(struct ta_client *client,
		    void (*fn)(struct ta_view *view, void *data), void *data);
unsigned long ta_client_mapped(struct ta_client *client, struct mm_struct *mm);
unsigned long ta_client_committed(struct ta_client *client);
bool ta_client_may_map(struct ta_client *client, unsigned long nr_pages);

struct ta_area *ta_area_create(struct ta_client *client);
struct ta_area *ta_area_find(struct ta_client *client, unsigned long pgoff);
struct ta_view *ta_view_find(struct ta_area *area, struct mm_struct *mm);
void ta_view_init(struct ta_view *view, struct ta_area *area,
		  struct mm_struct *mm);
void ta_view_put(struct ta_view *view);

bool ta_users_sweep(struct ta_users *users);
bool ta_users_idle(struct ta_users *users);
bool ta_users_validate(struct ta_users *users);

#endif /* _TA_USPACE_H */
