// SPDX-License-Identifier: GPL-2.0
/* Tests of the page layer in a hard interrupt, on every order. Kernel only. */
#include "helpers.h"
#include "report.h"

#include <linux/irq_work.h>
#include <linux/mm.h>
#include <linux/preempt.h>

/* A block of each order, and something for the bulk. */
#define NR_PAGES	(3 * TA_SECTION_PAGES)
#define NR_BULK		32

/* What an interrupt does, and what it got. */
struct visit {
	struct irq_work work;
	struct ta_pages *pages;
	struct page *page[TA_NR_PAGE_ORDERS];
	struct page *bulk[NR_BULK];
	unsigned long nr_bulk;
	bool in_interrupt;
	bool done;
};

static int interrupt_test_init(struct kunit *test)
{
	test->priv = ta_test_stack(test, NR_PAGES);
	return 0;
}

static void interrupt_test_exit(struct kunit *test)
{
	struct ta_stack *stack = test->priv;

	ta_pages_drain(&stack->pages);
	KUNIT_EXPECT_EQ(test, 3UL, ta_buddy_nr_free(&stack->pages.buddy, TA_MAX_ORDER));
	ta_test_stack_end(test, stack);
}

static void allocate(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, work);
	unsigned int order;

	visit->in_interrupt = in_hardirq();
	for (order = 0; order <= TA_MAX_ORDER; order++)
		visit->page[order] = ta_pages_alloc(visit->pages, GFP_ATOMIC,
						    order, _RET_IP_);
	visit->nr_bulk = ta_pages_alloc_bulk(visit->pages, GFP_ATOMIC, NR_BULK,
					     visit->bulk, _RET_IP_);
	WRITE_ONCE(visit->done, true);
}

static void release(struct irq_work *work)
{
	struct visit *visit = container_of(work, struct visit, work);
	unsigned int order;

	visit->in_interrupt = in_hardirq();
	for (order = 0; order <= TA_MAX_ORDER; order++)
		if (visit->page[order])
			ta_pages_free(visit->pages, visit->page[order], order,
				      _RET_IP_);
	ta_pages_free_bulk(visit->pages, visit->nr_bulk, visit->bulk,
			   _RET_IP_);
	WRITE_ONCE(visit->done, true);
}

/* On this CPU, now; without an interrupt of its own it comes with a tick. */
static void interrupt(struct visit *visit, void (*fn)(struct irq_work *work))
{
	visit->done = false;
	visit->work = IRQ_WORK_INIT_HARD(fn);
	irq_work_queue(&visit->work);
	while (!READ_ONCE(visit->done))
		cpu_relax();
}

static struct visit *make_visit(struct kunit *test)
{
	struct ta_stack *stack = test->priv;
	struct visit *visit = kunit_kzalloc(test, sizeof(*visit), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, visit);
	visit->pages = &stack->pages;
	return visit;
}

static void expect_all(struct kunit *test, struct visit *visit)
{
	unsigned int order;

	KUNIT_EXPECT_TRUE(test, visit->in_interrupt);
	for (order = 0; order <= TA_MAX_ORDER; order++)
		KUNIT_EXPECT_NOT_NULL(test, visit->page[order]);
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_BULK, visit->nr_bulk);
}

static void expect_nothing_missing(struct kunit *test, struct visit *visit)
{
	KUNIT_EXPECT_TRUE(test, visit->in_interrupt);
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(visit->pages));
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(visit->pages));
}

static void interrupt_allocates_and_frees(struct kunit *test)
{
	struct visit *visit = make_visit(test);

	interrupt(visit, allocate);
	expect_all(test, visit);
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(visit->pages));
	interrupt(visit, release);
	expect_nothing_missing(test, visit);
}

static void interrupt_frees_what_a_thread_allocated(struct kunit *test)
{
	struct visit *visit = make_visit(test);

	allocate(&visit->work);
	KUNIT_EXPECT_FALSE(test, visit->in_interrupt);
	interrupt(visit, release);
	expect_nothing_missing(test, visit);
}

static void interrupt_allocates_for_a_thread(struct kunit *test)
{
	struct visit *visit = make_visit(test);

	interrupt(visit, allocate);
	expect_all(test, visit);
	release(&visit->work);
	KUNIT_EXPECT_FALSE(test, visit->in_interrupt);
	KUNIT_EXPECT_EQ(test, NR_PAGES, ta_pages_nr_free(visit->pages));
}

/* In the middle of the thread's own use of the lists it leaves them alone. */
static void interrupt_of_a_busy_cpu_goes_round(struct kunit *test)
{
	struct visit *visit = make_visit(test);
	unsigned long nr_listed;

	allocate(&visit->work);
	release(&visit->work);
	KUNIT_ASSERT_TRUE(test, ta_pcp_enter(visit->pages->pcp.cpu));
	nr_listed = ta_pcplists_nr_pages(&visit->pages->pcp);
	interrupt(visit, allocate);
	KUNIT_EXPECT_EQ(test, nr_listed,
			ta_pcplists_nr_pages(&visit->pages->pcp));
	expect_all(test, visit);
	interrupt(visit, release);
	KUNIT_EXPECT_EQ(test, nr_listed,
			ta_pcplists_nr_pages(&visit->pages->pcp));
	ta_pcp_leave(visit->pages->pcp.cpu);
	expect_nothing_missing(test, visit);
}

static struct kunit_case cases[] = {
	KUNIT_CASE(interrupt_allocates_and_frees),
	KUNIT_CASE(interrupt_frees_what_a_thread_allocated),
	KUNIT_CASE(interrupt_allocates_for_a_thread),
	KUNIT_CASE(interrupt_of_a_busy_cpu_goes_round),
	{}
};

static struct kunit_suite suite = {
	.name = "teachalloc_interrupt",
	.init = interrupt_test_init,
	.exit = interrupt_test_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
