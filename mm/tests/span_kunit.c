// SPDX-License-Identifier: GPL-2.0
/* Tests of spans and of what each CPU has of them; see vmalloc_kunit.c, too. */
#include "helpers.h"
#include "span.h"

#include <linux/cpumask.h>

#define NR_POOL		512UL
#define NR_WINDOW	1000UL
#define CALLER		_THIS_IP_

struct fixture {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_ptmap map;
	struct ta_spans spans;
};

static int span_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	ta_test_pages(test, &f->pages, NR_POOL);
	KUNIT_ASSERT_EQ(test, 0, ta_slabs_init(&f->slabs, &f->pages,
					       &(struct ta_slab_options){}));
	KUNIT_ASSERT_EQ(test, 0, ta_ptmap_init(&f->map, &ta_ptmap_soft,
					       NR_WINDOW));
	KUNIT_ASSERT_EQ(test, 0, ta_spans_init(&f->spans, &f->map, &f->slabs,
					       false));
	test->priv = f;
	return 0;
}

static const char *hold(struct ta_span *span, u8 state, void *arg)
{
	return NULL;
}

static void span_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	KUNIT_EXPECT_TRUE(test, ta_spans_validate(&f->spans, hold, NULL));
	ta_spans_fini(&f->spans);
	ta_ptmap_fini(&f->map);
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
}

/* What a CPU is to have when it goes, in pages. */
#define NR_READY	15U
#define NR_LAZY		13U

static struct ta_span *make(struct ta_spans *spans, unsigned int nr_pages)
{
	struct ta_span *span = ta_spans_take(spans, nr_pages, 1, GFP_KERNEL);

	if (span)
		ta_spans_publish(spans, span, TA_SPAN_VMALLOC, PAGE_SIZE,
				 CALLER);
	return span;
}

static void drop(struct ta_spans *spans, struct ta_span *span)
{
	void *addr;

	if (!span)
		return;
	addr = ta_ptmap_addr(spans->map, span->va.start);
	ta_spans_retire(spans, ta_spans_claim(spans, addr, TA_SPAN_VMALLOC,
					      CALLER));
}

/* Leave single pages ready on this CPU, and some spans freed. */
static void use(void *arg)
{
	struct ta_span *span[NR_READY + 1];
	struct ta_spans *spans = arg;
	unsigned int i;

	for (i = 0; i <= NR_READY; i++)
		span[i] = make(spans, 1);
	for (i = 0; i <= NR_READY; i++)
		drop(spans, span[i]);
	ta_spans_purge(spans, true);
	/* The first takes the others along. */
	drop(spans, make(spans, 1));
	for (i = 0; i < 3; i++)
		drop(spans, make(spans, 4));
}

/* Somebody waits for addresses; the CPU that has them goes, and they are his. */
static void span_dead_cpu_gives_back(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct ta_spans *spans = &f->spans;
	unsigned int cpu = num_online_cpus() - 1;
	struct ta_span_cpu *pcpu = per_cpu_ptr(spans->cpus.cpu, cpu);

	ta_test_run_on(test, cpu, use, spans);
	KUNIT_EXPECT_EQ(test, NR_READY, pcpu->nr_ready);
	KUNIT_EXPECT_EQ(test, NR_LAZY, pcpu->nr_lazy);
	KUNIT_EXPECT_EQ(test, 0UL, ta_spans_purge(spans, false));

	KUNIT_EXPECT_TRUE(test, ta_test_cpu_down(&spans->hotplug, cpu));
	KUNIT_EXPECT_EQ(test, 0U, pcpu->nr_ready);
	KUNIT_EXPECT_EQ(test, 0U, pcpu->nr_lazy);
	KUNIT_EXPECT_TRUE(test, ta_spans_validate(spans, hold, NULL));
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_READY, spans->nr_cached);
	/* A purge that asks no CPU is enough. */
	KUNIT_EXPECT_EQ(test, (unsigned long)NR_LAZY,
			ta_spans_purge(spans, false));
	ta_spans_drain(spans);
	KUNIT_EXPECT_EQ(test, 0UL, spans->nr_spans);
	KUNIT_EXPECT_EQ(test, NR_WINDOW + 1, ta_va_largest_gap(&spans->tree));

	ta_test_cpu_up(cpu);
	ta_test_run_on(test, cpu, use, spans);
	KUNIT_EXPECT_EQ(test, NR_READY, pcpu->nr_ready);
	KUNIT_EXPECT_EQ(test, NR_LAZY, pcpu->nr_lazy);
}

static struct kunit_case span_test_cases[] = {
	KUNIT_CASE(span_dead_cpu_gives_back),
	{}
};

static struct kunit_suite span_test_suite = {
	.name = "teachalloc_span",
	.init = span_test_init,
	.exit = span_test_exit,
	.test_cases = span_test_cases,
};

kunit_test_suite(span_test_suite);
