// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the number that all events of an operation carry: from the touch or
 * the call down to the buddy allocator.
 */
#include <sys/mount.h>

#include "kselftest_harness.h"
#include "files.h"
#include "ta_test.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENTS	TRACEFS "/events/teachalloc/"
#define OURS	"/sys/kernel/debug/teachalloc/"

FIXTURE(trace) {
	int fd;
	char *text;
};

FIXTURE_SETUP(trace)
{
	if (geteuid())
		SKIP(return, "tracefs is root's");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(EVENTS, F_OK))
		SKIP(return, "a kernel without tracing");
	file_put(EVENTS "enable", "0");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	/* So that each page comes straight from the buddy allocator */
	file_put(OURS "pcp_enabled", "0");
}

FIXTURE_TEARDOWN(trace)
{
	file_put(EVENTS "enable", "0");
	file_put(OURS "pcp_enabled", "1");
}

static bool stop(char **text)
{
	free(*text);
	*text = trace_stop();
	return *text && **text;
}

TEST_F(trace, from_a_touch_to_its_split)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0), addr[32], op[32];
	char *touch, *split, *alloc, *fault;

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_TRUE(trace_start());
	p[PAGE] = 1;
	p[2 * PAGE] = 1;
	ASSERT_TRUE(stop(&self->text));

	snprintf(addr, sizeof(addr), "addr=%p write", p + PAGE);
	touch = trace_find(self->text, "ta_touch", addr);
	ASSERT_NE(NULL, touch);
	ASSERT_LT(0, trace_value(touch, "op"));
	snprintf(op, sizeof(op), " op=%ld\n", trace_value(touch, "op"));
	split = trace_find(touch, "ta_mm_page_split", op);
	ASSERT_NE(NULL, split);
	alloc = trace_find(split, "ta_mm_page_alloc", op);
	ASSERT_NE(NULL, alloc);
	fault = trace_find(alloc, "ta_fault", op);
	ASSERT_NE(NULL, fault);
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), trace_value(fault, "frame"));
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), trace_value(alloc, "frame"));
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), trace_value(split, "frame"));

	/* The next one is another. */
	snprintf(addr, sizeof(addr), "addr=%p write", p + 2 * PAGE);
	touch = trace_find(fault, "ta_touch", addr);
	ASSERT_NE(NULL, touch);
	EXPECT_EQ(NULL, strstr(touch, op));
	EXPECT_LT(0, trace_value(touch, "op"));
}

TEST_F(trace, from_a_call_to_its_slab_and_split)
{
	char op[32], *call, *slab;
	int handle;

	/* So that there is no object yet */
	ASSERT_TRUE(file_put(OURS "slab/kmalloc-4k/shrink", "1"));
	ASSERT_TRUE(trace_start());
	handle = ta_alloc(self->fd, TA_LAYER_KMALLOC, 3000, 0, NULL);
	ASSERT_TRUE(stop(&self->text));
	ta_free(self->fd, handle);
	ASSERT_TRUE(file_put(OURS "slab/kmalloc-4k/shrink", "1"));
	ASSERT_TRUE(file_put(OURS "slab/magazine-128/shrink", "1"));

	slab = trace_find(self->text, "ta_slab_new", "name=kmalloc-4");
	ASSERT_NE(NULL, slab);
	ASSERT_LT(0, trace_value(slab, "op"));
	snprintf(op, sizeof(op), " op=%ld\n", trace_value(slab, "op"));
	call = trace_find(self->text, "ta_ioctl", op);
	ASSERT_NE(NULL, call);
	EXPECT_EQ(0x05, trace_value(call, "nr"));
	EXPECT_NE(NULL, trace_find(call, "ta_mm_page_split", op));
	EXPECT_NE(NULL, trace_find(call, "ta_mm_page_alloc", op));
	EXPECT_NE(NULL, trace_find(call, "ta_kmalloc", op));
}

/* The argument lies in memory that comes only when it is looked at. */
TEST_F(trace, an_operation_within_another)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0), op[32];
	struct ta_ioc_alloc *arg = (void *)(p + PAGE - sizeof(*arg));
	char *call, *touch, *alloc;

	ASSERT_TRUE(trace_start());
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_ALLOC, arg));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_TRUE(stop(&self->text));
	call = trace_find(self->text, "ta_ioctl", "");
	touch = trace_find(call, "ta_touch", "");
	ASSERT_NE(NULL, touch);
	EXPECT_LT(trace_value(call, "op"), trace_value(touch, "op"));

	arg->size = sizeof(*arg);
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(p, PAGE, RW));
	arg->layer = TA_LAYER_PAGES;
	ASSERT_TRUE(trace_start());
	EXPECT_EQ(0, ioctl(self->fd, TA_IOC_ALLOC, arg));
	ASSERT_TRUE(stop(&self->text));
	call = trace_find(self->text, "ta_ioctl", "");
	ASSERT_NE(NULL, call);
	snprintf(op, sizeof(op), " op=%ld\n", trace_value(call, "op"));
	alloc = trace_find(call, "ta_mm_page_alloc", op);
	EXPECT_NE(NULL, alloc);
}

TEST_F(trace, what_no_call_of_ours_causes_has_no_operation)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	p[0] = 1;
	ASSERT_TRUE(trace_start());
	munmap(p, PAGE);
	ASSERT_TRUE(stop(&self->text));
	EXPECT_NE(NULL, trace_find(self->text, "ta_mm_page_free", " op=0\n"));
	EXPECT_EQ(NULL, trace_find(self->text, "ta_touch", ""));
}

TA_TEST_MAIN
