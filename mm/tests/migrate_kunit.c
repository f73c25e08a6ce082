// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of migrate.c: pages that move under regions which share, copy and drop
 * them. The client and its views are made by hand, without processes.
 */
#include "cow.h"
#include "helpers.h"
#include "migrate.h"

#include <linux/mm.h>
#include <linux/pagemap.h>

#define NR_PAGES	256UL
#define NR_IDX		32UL
#define NR_VIEWS	3U
#define SLOT		5UL

/**
 * struct fixture - a client with a heap and a mapping in some address spaces
 * @stack: where its pages come from
 * @users: all clients: @client
 * @client: the one
 * @area: its mapping
 * @view: the mapping in each address space
 * @heap: its heap, in one
 * @nr_added: increments by count_and_move()
 */
struct fixture {
	struct ta_stack *stack;
	struct ta_users users;
	struct ta_client client;
	struct ta_area area;
	struct ta_view view[NR_VIEWS];
	struct ta_view heap;
	atomic_long_t nr_added;
};

static void make_area(struct ta_area *area, struct ta_client *client,
		      struct address_space *mapping, unsigned long base)
{
	address_space_init_once(mapping);
	area->client = client;
	area->mapping = mapping;
	area->base = base;
	INIT_LIST_HEAD(&area->views);
}

static void make_view(struct ta_view *view, struct ta_area *area)
{
	ta_region_init(&view->region, &area->client->usage, area->mapping,
		       area->base, NR_IDX, (struct mm_struct *)view);
	view->area = area;
	list_add(&view->list, &area->views);
}

static int migrate_test_init(struct kunit *test)
{
	struct fixture *f = ta_test_fixture(test, sizeof(*f), NR_PAGES);
	struct ta_client *client;
	unsigned int i;

	f->users.stack = f->stack;
	mutex_init(&f->users.lock);
	INIT_LIST_HEAD(&f->users.clients);
	client = &f->client;
	client->users = &f->users;
	ta_usage_init(&client->usage, &f->stack->pages);
	mutex_init(&client->lock);
	xa_init(&client->areas);
	list_add(&client->list, &f->users.clients);
	make_area(&f->area, client, &client->map_mapping,
		  SLOT << TA_AREA_SHIFT);
	make_area(&client->heap, client, &client->heap_mapping, 0);
	KUNIT_ASSERT_FALSE(test, xa_is_err(xa_store(&client->areas, SLOT,
						    &f->area, GFP_KERNEL)));
	for (i = 0; i < NR_VIEWS; i++)
		make_view(&f->view[i], &f->area);
	make_view(&f->heap, &client->heap);
	return 0;
}

static void migrate_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned int i;

	for (i = 0; i < NR_VIEWS; i++)
		ta_region_erase(&f->view[i].region, 0, ULONG_MAX);
	ta_region_erase(&f->heap.region, 0, ULONG_MAX);
	xa_destroy(&f->client.areas);
	KUNIT_EXPECT_EQ(test, 0UL, ta_usage_resident(&f->client.usage));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(&f->stack->pages));
	ta_test_stack_end(test, f->stack);
}

static struct ta_region *region(struct fixture *f, unsigned int i)
{
	return &f->view[i].region;
}

static struct ta_page *page_at(struct ta_region *region, unsigned long idx)
{
	return xa_load(&region->pages, idx);
}

static void drop(struct page *page)
{
	unlock_page(page);
	put_page(page);
}

/* What a write fault does, with the page at hand as long as it is locked. */
static struct page *lock_for_write(struct ta_region *region, unsigned long idx)
{
	struct ta_usage *usage = region->usage;
	struct page *page, *old;
	bool was_mapped;

	do {
		page = ta_region_lock_page(region, idx);
		if (!page) {
			page = ta_region_make(region, idx,
					      GFP_KERNEL | __GFP_ZERO);
			if (page == ERR_PTR(-EBUSY))
				page = ERR_PTR(-EAGAIN);
		} else if (ta_cow_must_copy(ta_usage_page(usage, page))) {
			old = page;
			unlock_page(old);
			page = ta_cow_break(region, idx, old, &was_mapped);
			put_page(old);
			if (!IS_ERR(page))
				ta_usage_put(usage, ta_usage_page(usage, old));
		}
	} while (page == ERR_PTR(-EAGAIN));
	return page;
}

static void write_byte(struct kunit *test, struct ta_region *region,
		       unsigned long idx, u8 byte)
{
	struct page *page = lock_for_write(region, idx);

	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(page));
	memset(page_address(page), byte, PAGE_SIZE);
	drop(page);
}

/* The byte that a page is full of, -1 of none, -2 of one that is torn. */
static int read_byte(struct ta_region *region, unsigned long idx)
{
	struct page *page = ta_region_lock_page(region, idx);
	int byte;

	if (!page)
		return -1;
	byte = *(u8 *)page_address(page);
	if (memchr_inv(page_address(page), byte, PAGE_SIZE))
		byte = -2;
	drop(page);
	return byte;
}

static void fork_region(struct kunit *test, struct ta_region *child,
			struct ta_region *parent)
{
	KUNIT_ASSERT_EQ(test, 0, ta_cow_share(child, parent, 0, NR_IDX - 1));
	ta_cow_copy_pinned(child, 0, NR_IDX - 1);
}

/* Move a page to one that is allocated for it; gives that back if it stays. */
static int move(struct fixture *f, struct ta_page *from)
{
	struct ta_pages *pages = &f->stack->pages;
	struct page *to = ta_pages_alloc(pages, GFP_KERNEL, 0, _RET_IP_);
	int err;

	if (!to)
		return -ENOMEM;
	err = ta_migrate_page(&f->users, from, ta_pool_page(&pages->pool, to));
	if (err)
		ta_pages_free(pages, to, 0, _RET_IP_);
	return err;
}

static bool all_valid(struct fixture *f)
{
	struct ta_usage *usage = &f->client.usage;
	unsigned long nr = 0;
	bool ok = true;
	unsigned int i;

	for (i = 0; i < NR_VIEWS; i++)
		ok &= ta_region_validate(region(f, i), &nr);
	ok &= ta_region_validate(&f->heap.region, &nr);
	return ok && nr == atomic_long_read(&usage->added) -
			   atomic_long_read(&usage->removed);
}

static void migrate_page_keeps_contents(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *from, *to;

	write_byte(test, region(f, 0), 7, 1);
	write_byte(test, &f->heap.region, 7, 2);
	from = page_at(region(f, 0), 7);
	SetPageDirty(ta_page_host(from));
	KUNIT_EXPECT_EQ(test, 0, move(f, from));
	to = page_at(region(f, 0), 7);
	KUNIT_EXPECT_PTR_NE(test, from, to);
	KUNIT_EXPECT_TRUE(test, PageDirty(ta_page_host(to)));
	KUNIT_EXPECT_FALSE(test, PageLocked(ta_page_host(from)));
	KUNIT_EXPECT_LT(test, from->kind, (u8)TA_KIND_ALLOC);
	KUNIT_EXPECT_EQ(test, 1, read_byte(region(f, 0), 7));
	/* the heap has the same offsets, and pages of its own */
	KUNIT_EXPECT_EQ(test, 0, move(f, page_at(&f->heap.region, 7)));
	KUNIT_EXPECT_EQ(test, 2, read_byte(&f->heap.region, 7));
	KUNIT_EXPECT_EQ(test, 1, read_byte(region(f, 0), 7));
	KUNIT_EXPECT_EQ(test, 2UL, ta_usage_resident(&f->client.usage));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static void migrate_page_stays_shared(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *to;
	unsigned int i;

	write_byte(test, region(f, 0), 3, 1);
	fork_region(test, region(f, 1), region(f, 0));
	fork_region(test, region(f, 2), region(f, 1));
	KUNIT_EXPECT_EQ(test, 0, move(f, page_at(region(f, 0), 3)));
	to = page_at(region(f, 0), 3);
	KUNIT_EXPECT_EQ(test, 3, atomic_read(&to->share));
	KUNIT_EXPECT_TRUE(test, to->was_shared);
	for (i = 1; i < NR_VIEWS; i++)
		KUNIT_EXPECT_PTR_EQ(test, to, page_at(region(f, i), 3));
	KUNIT_EXPECT_EQ(test, 1UL, ta_usage_resident(&f->client.usage));
	write_byte(test, region(f, 1), 3, 2);
	KUNIT_EXPECT_EQ(test, 1, read_byte(region(f, 0), 3));
	KUNIT_EXPECT_EQ(test, 2, read_byte(region(f, 1), 3));
	KUNIT_EXPECT_EQ(test, 1, read_byte(region(f, 2), 3));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* A page that a device, a pipe or a fault refers to stays (H50, H51). */
static void migrate_page_pinned_stays(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_page *tp;

	write_byte(test, region(f, 0), 0, 1);
	tp = page_at(region(f, 0), 0);
	get_page(ta_page_host(tp));
	KUNIT_EXPECT_EQ(test, -EBUSY, move(f, tp));
	KUNIT_EXPECT_PTR_EQ(test, tp, page_at(region(f, 0), 0));
	KUNIT_EXPECT_FALSE(test, PageLocked(ta_page_host(tp)));
	put_page(ta_page_host(tp));

	lock_page(ta_page_host(tp));
	KUNIT_EXPECT_EQ(test, -EAGAIN, move(f, tp));
	unlock_page(ta_page_host(tp));
	KUNIT_EXPECT_EQ(test, 1, atomic_read(&tp->share));
	KUNIT_EXPECT_EQ(test, 0, move(f, tp));
	KUNIT_EXPECT_EQ(test, 1, read_byte(region(f, 0), 0));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

/* What is on its way into a table or out of one: nothing would be freed. */
static void migrate_page_in_somebodys_hands_stays(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_usage *usage = &f->client.usage;
	unsigned long idx = 0;
	struct ta_page *tp;

	write_byte(test, region(f, 0), 0, 1);
	tp = ta_region_hold(region(f, 0), &idx, NR_IDX - 1);
	KUNIT_EXPECT_EQ(test, -EBUSY, move(f, tp));
	KUNIT_EXPECT_PTR_EQ(test, tp, page_at(region(f, 0), 0));
	ta_usage_put(usage, tp);
	/* a view that is no longer on the list */
	fork_region(test, region(f, 1), region(f, 0));
	list_del(&f->view[1].list);
	KUNIT_EXPECT_EQ(test, -EBUSY, move(f, tp));
	ta_region_erase(region(f, 1), 0, NR_IDX);
	list_add(&f->view[1].list, &f->area.views);
	KUNIT_EXPECT_EQ(test, 0, move(f, tp));
	KUNIT_EXPECT_TRUE(test, all_valid(f));
}

static void migrate_page_no_clients_stays(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_pages *pages = &f->stack->pages;
	struct page *page = ta_pages_alloc(pages, GFP_KERNEL, 0, _RET_IP_);
	struct ta_page *tp = ta_pool_page(&pages->pool, page);

	KUNIT_ASSERT_NOT_NULL(test, page);
	KUNIT_EXPECT_EQ(test, -EAGAIN, move(f, tp));
	/* says that it is a client's, but no table has it */
	write_byte(test, region(f, 0), 0, 1);
	tp->owner = &f->client.usage;
	tp->offset = f->area.base;
	ta_page_set_kind(tp, TA_KIND_USER);
	KUNIT_EXPECT_EQ(test, -EAGAIN, move(f, tp));
	tp->owner = f;
	KUNIT_EXPECT_EQ(test, -EAGAIN, move(f, tp));
	ta_page_set_kind(tp, TA_KIND_ALLOC);
	ta_pages_free(pages, page, 0, _RET_IP_);
}

static void migrate_random_step(struct kunit *test, struct ta_rng *rng,
				u8 (*model)[NR_IDX])
{
	struct fixture *f = test->priv;
	unsigned int v = ta_rng_below(rng, NR_VIEWS);
	unsigned int c = ta_rng_below(rng, NR_VIEWS);
	unsigned long idx = ta_rng_below(rng, NR_IDX);
	struct ta_page *tp = page_at(region(f, v), idx);
	u8 byte = ta_rng_next(rng);
	bool pin;

	switch (ta_rng_below(rng, 16)) {
	case 0:
		if (c == v)
			return;
		ta_region_erase(region(f, c), 0, NR_IDX);
		fork_region(test, region(f, c), region(f, v));
		memcpy(model[c], model[v], NR_IDX);
		return;
	case 1 ... 6:
		write_byte(test, region(f, v), idx, byte);
		model[v][idx] = byte;
		return;
	default:
		if (!tp)
			return;
		pin = !ta_rng_below(rng, 4);
		if (pin)
			get_page(ta_page_host(tp));
		KUNIT_EXPECT_EQ(test, pin ? -EBUSY : 0, move(f, tp));
		KUNIT_EXPECT_EQ(test, pin, page_at(region(f, v), idx) == tp);
		if (pin)
			put_page(ta_page_host(tp));
	}
}

static void migrate_random(struct kunit *test)
{
	u8 (*model)[NR_IDX] = kunit_kcalloc(test, NR_VIEWS, NR_IDX, GFP_KERNEL);
	struct fixture *f = test->priv;
	unsigned int round, v;
	unsigned long idx;
	struct ta_rng rng;

	KUNIT_ASSERT_NOT_NULL(test, model);
	ta_rng_init(test, &rng);
	for (round = 0; round < 3000; round++) {
		migrate_random_step(test, &rng, model);
		KUNIT_ASSERT_TRUE(test, all_valid(f));
		ta_pages_nr_free(&f->stack->pages);
	}
	for (v = 0; v < NR_VIEWS; v++)
		for (idx = 0; idx < NR_IDX; idx++)
			KUNIT_EXPECT_EQ(test, model[v][idx],
					max(read_byte(region(f, v), idx), 0));
}

/* Each CPU counts up in a view of its own; all of them move everything. */
static void count_and_move(void *data, struct ta_rng *rng)
{
	struct fixture *f = data;
	unsigned int v = raw_smp_processor_id() % NR_VIEWS;
	unsigned long idx = ta_rng_below(rng, NR_IDX);
	struct ta_page *tp;
	struct page *page;

	if (ta_rng_below(rng, 2)) {
		page = lock_for_write(region(f, v), idx);
		if (IS_ERR_OR_NULL(page))
			return;
		++*((u64 *)page_address(page) + v);
		atomic_long_inc(&f->nr_added);
		drop(page);
		return;
	}
	rcu_read_lock();
	tp = page_at(region(f, ta_rng_below(rng, NR_VIEWS)), idx);
	rcu_read_unlock();
	if (tp)
		move(f, tp);
}

static u64 sum_of(struct fixture *f, unsigned int v)
{
	unsigned long idx;
	u64 sum = 0;

	for (idx = 0; idx < NR_IDX; idx++) {
		struct ta_page *tp = page_at(region(f, v), idx);

		sum += tp ? *((u64 *)ta_page_addr(tp) + v) : 0;
	}
	return sum;
}

static u64 sum_of_all(struct fixture *f)
{
	unsigned int v;
	u64 sum = 0;

	for (v = 0; v < NR_VIEWS; v++)
		sum += sum_of(f, v);
	return sum;
}

/* No increment is lost, whatever moves, is shared or copied meanwhile. */
static void migrate_stress_loses_no_write(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_stress stress = {
		.work = count_and_move,
		.data = f,
		.nr_rounds = 500,
	};
	unsigned int round;
	u64 before;

	for (round = 0; round < 8; round++) {
		before = sum_of_all(f);
		atomic_long_set(&f->nr_added, 0);
		ta_stress_run(test, &stress);
		KUNIT_EXPECT_EQ(test, sum_of_all(f) - before,
				(u64)atomic_long_read(&f->nr_added));
		KUNIT_EXPECT_TRUE(test, all_valid(f));
		ta_region_erase(region(f, 2), 0, NR_IDX);
		fork_region(test, region(f, 2), region(f, 0));
	}
}

static struct kunit_case migrate_cases[] = {
	KUNIT_CASE(migrate_page_keeps_contents),
	KUNIT_CASE(migrate_page_stays_shared),
	KUNIT_CASE(migrate_page_pinned_stays),
	KUNIT_CASE(migrate_page_in_somebodys_hands_stays),
	KUNIT_CASE(migrate_page_no_clients_stays),
	KUNIT_CASE(migrate_random),
	KUNIT_CASE(migrate_stress_loses_no_write),
	{}
};

static struct kunit_suite migrate_suite = {
	.name = "teachalloc_migrate",
	.init = migrate_test_init,
	.exit = migrate_test_exit,
	.test_cases = migrate_cases,
};

kunit_test_suites(&migrate_suite);
