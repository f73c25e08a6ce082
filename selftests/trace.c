// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the number that all events of an operation carry: from the touch or
 * the call down to the buddy allocator.
 */
#include <sys/mount.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define TRACEFS	"/sys/kernel/tracing"
#define EVENTS	TRACEFS "/events/teachalloc/"
#define OURS	"/sys/kernel/debug/teachalloc/"

static char text[1 << 20];

FIXTURE(trace) {
	int fd;
};

static bool put(const char *path, const char *value)
{
	FILE *f = fopen(path, "we");
	bool ok = f && fputs(value, f) >= 0;

	return f && !fclose(f) && ok;
}

FIXTURE_SETUP(trace)
{
	if (geteuid())
		SKIP(return, "tracefs is root's");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(EVENTS, F_OK))
		SKIP(return, "a kernel without tracing");
	put(EVENTS "enable", "0");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	/* So that each page comes straight from the buddy allocator */
	put(OURS "pcp_enabled", "0");
}

FIXTURE_TEARDOWN(trace)
{
	put(EVENTS "enable", "0");
	put(OURS "pcp_enabled", "1");
}

static bool start(void)
{
	return put(TRACEFS "/trace", "") && put(EVENTS "enable", "1");
}

static bool stop(void)
{
	FILE *f;
	size_t len;

	if (!put(EVENTS "enable", "0"))
		return false;
	f = fopen(TRACEFS "/trace", "re");
	len = f ? fread(text, 1, sizeof(text) - 1, f) : 0;
	text[len] = 0;
	if (f)
		fclose(f);
	return len;
}

/* The next line of an event that has a word in it, or NULL. */
static char *find(char *from, const char *event, const char *word)
{
	char want[64], *line, *end;
	size_t len;

	snprintf(want, sizeof(want), " %s: ", event);
	for (line = from; line && *line; line = end + 1) {
		end = strchr(line, '\n');
		if (!end)
			break;
		len = strlen(word);
		if (memmem(line, end - line, want, strlen(want)) &&
		    memmem(line, end - line + 1, word, len))
			return line;
	}
	return NULL;
}

static long value(const char *line, const char *name)
{
	char want[32];
	const char *at, *end = line ? strchr(line, '\n') : NULL;

	snprintf(want, sizeof(want), " %s=", name);
	at = end ? memmem(line, end - line, want, strlen(want)) : NULL;
	return at ? strtol(at + strlen(want), NULL, 0) : -1;
}

TEST_F(trace, from_a_touch_to_its_split)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0), addr[32], op[32];
	char *touch, *split, *alloc, *fault;

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_TRUE(start());
	p[PAGE] = 1;
	p[2 * PAGE] = 1;
	ASSERT_TRUE(stop());

	snprintf(addr, sizeof(addr), "addr=%p write", p + PAGE);
	touch = find(text, "ta_touch", addr);
	ASSERT_NE(NULL, touch);
	ASSERT_LT(0, value(touch, "op"));
	snprintf(op, sizeof(op), " op=%ld\n", value(touch, "op"));
	split = find(touch, "ta_mm_page_split", op);
	ASSERT_NE(NULL, split);
	alloc = find(split, "ta_mm_page_alloc", op);
	ASSERT_NE(NULL, alloc);
	fault = find(alloc, "ta_fault", op);
	ASSERT_NE(NULL, fault);
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), value(fault, "frame"));
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), value(alloc, "frame"));
	EXPECT_EQ(ta_frame(self->fd, p + PAGE), value(split, "frame"));

	/* The next one is another. */
	snprintf(addr, sizeof(addr), "addr=%p write", p + 2 * PAGE);
	touch = find(fault, "ta_touch", addr);
	ASSERT_NE(NULL, touch);
	EXPECT_EQ(NULL, strstr(touch, op));
	EXPECT_LT(0, value(touch, "op"));
}

TEST_F(trace, from_a_call_to_its_slab_and_split)
{
	char op[32], *call, *slab;
	int handle;

	/* So that there is no object yet */
	ASSERT_TRUE(put(OURS "slab/kmalloc-4k/shrink", "1"));
	ASSERT_TRUE(start());
	handle = ta_alloc(self->fd, TA_LAYER_KMALLOC, 3000, 0, NULL);
	ASSERT_TRUE(stop());
	ta_free(self->fd, handle);
	ASSERT_TRUE(put(OURS "slab/kmalloc-4k/shrink", "1"));
	ASSERT_TRUE(put(OURS "slab/magazine-128/shrink", "1"));

	slab = find(text, "ta_slab_new", "name=kmalloc-4");
	ASSERT_NE(NULL, slab);
	ASSERT_LT(0, value(slab, "op"));
	snprintf(op, sizeof(op), " op=%ld\n", value(slab, "op"));
	call = find(text, "ta_ioctl", op);
	ASSERT_NE(NULL, call);
	EXPECT_EQ(0x05, value(call, "nr"));
	EXPECT_NE(NULL, find(call, "ta_mm_page_split", op));
	EXPECT_NE(NULL, find(call, "ta_mm_page_alloc", op));
	EXPECT_NE(NULL, find(call, "ta_kmalloc", op));
}

/* The argument lies in memory that comes only when it is looked at. */
TEST_F(trace, an_operation_within_another)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0), op[32];
	struct ta_ioc_alloc *arg = (void *)(p + PAGE - sizeof(*arg));
	char *call, *touch, *alloc;

	ASSERT_TRUE(start());
	EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_ALLOC, arg));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_TRUE(stop());
	call = find(text, "ta_ioctl", "");
	touch = find(call, "ta_touch", "");
	ASSERT_NE(NULL, touch);
	EXPECT_LT(value(call, "op"), value(touch, "op"));

	arg->size = sizeof(*arg);
	ASSERT_EQ(0, mprotect(p, PAGE, PROT_READ));
	ASSERT_EQ(0, mprotect(p, PAGE, RW));
	arg->layer = TA_LAYER_PAGES;
	ASSERT_TRUE(start());
	EXPECT_EQ(0, ioctl(self->fd, TA_IOC_ALLOC, arg));
	ASSERT_TRUE(stop());
	call = find(text, "ta_ioctl", "");
	ASSERT_NE(NULL, call);
	snprintf(op, sizeof(op), " op=%ld\n", value(call, "op"));
	alloc = find(call, "ta_mm_page_alloc", op);
	EXPECT_NE(NULL, alloc);
}

TEST_F(trace, what_no_call_of_ours_causes_has_no_operation)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);

	p[0] = 1;
	ASSERT_TRUE(start());
	munmap(p, PAGE);
	ASSERT_TRUE(stop());
	EXPECT_NE(NULL, find(text, "ta_mm_page_free", " op=0\n"));
	EXPECT_EQ(NULL, find(text, "ta_touch", ""));
}

TA_TEST_MAIN
