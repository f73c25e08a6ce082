// SPDX-License-Identifier: GPL-2.0
/*
 * Pressure: telling programs that memory runs short, while they can still give
 * some back.
 *
 * Model: poll(2) of the device says EPOLLPRI once for each event, as that of
 * /proc/pressure/memory does. An event is one of
 *
 *	the pool	a request found fewer pages free than the low mark says, so
 *			that the background reclaimer was woken: for all clients
 *	the quota	a client has all but an eighth of its quota, and takes more:
 *			for that one
 *
 * As long as it goes on, there is an event a second. Each open file has seen all
 * events up to a certain one, and poll compares: so an event is told to each
 * client once, whoever else asks, and none is lost between two calls. Of events
 * before the open nothing is told.
 *
 * Locking: none. Context: raising works in process context, and does not sleep.
 */
#include "pressure.h"

#include <linux/jiffies.h>
#include <linux/wait.h>

#define WINDOW	HZ

/**
 * ta_pressure_init() - set up, with no event yet
 * @pressure: what to set up
 *
 * Context: any.
 */
void ta_pressure_init(struct ta_pressure *pressure)
{
	init_waitqueue_head(&pressure->wait);
	atomic_set(&pressure->nr_events, 0);
	pressure->next = jiffies;
}

/* Tell whoever polls, unless that was just done. */
static void raise(struct ta_pressure *pressure)
{
	/* Two at once may both do it: then there are two events. */
	if (time_before(jiffies, READ_ONCE(pressure->next)))
		return;
	WRITE_ONCE(pressure->next, jiffies + WINDOW);
	atomic_inc(&pressure->nr_events);
	wake_up_poll(&pressure->wait, EPOLLPRI);
}

/**
 * ta_pressure_pool() - ta_reclaimer.low of the service
 * @r: whose
 *
 * Context: process.
 */
void ta_pressure_pool(struct ta_reclaimer *r)
{
	raise(&container_of(r, struct ta_users, reclaimer)->pressure);
}

/* ta_usage.near_quota of a client */
static void raise_quota(struct ta_usage *usage)
{
	raise(&container_of(usage, struct ta_client, usage)->pressure);
}

/**
 * ta_pressure_open() - have a new client told of all events from now on
 * @client: whose
 *
 * Context: process.
 */
void ta_pressure_open(struct ta_client *client)
{
	ta_pressure_init(&client->pressure);
	client->usage.near_quota = raise_quota;
	atomic_set(&client->seen_pool,
		   atomic_read(&client->users->pressure.nr_events));
	atomic_set(&client->seen_quota, 0);
}

/* Whether there was an event since the last time; only one poll finds that. */
static bool has_news(struct ta_pressure *pressure, atomic_t *seen)
{
	int now = atomic_read(&pressure->nr_events);

	return atomic_xchg(seen, now) != now;
}

/**
 * ta_pressure_poll() - file_operations.poll of the device
 * @client: whose file
 * @file: the file
 * @table: where to be woken
 *
 * Context: process.
 * Return: EPOLLPRI if there was an event since the last call, else 0.
 */
__poll_t ta_pressure_poll(struct ta_client *client, struct file *file,
			  struct poll_table_struct *table)
{
	struct ta_pressure *pool = &client->users->pressure;
	bool news;

	poll_wait(file, &pool->wait, table);
	poll_wait(file, &client->pressure.wait, table);
	news = has_news(pool, &client->seen_pool);
	news |= has_news(&client->pressure, &client->seen_quota);
	return news ? EPOLLPRI : 0;
}
