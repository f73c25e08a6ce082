// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what there is to see of pages: the files have the text of the
 * kernel's own, their numbers agree with one another and with the service's,
 * the kernel's tool reads page_owner, and the switches do what they say.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "ta_test.h"

#define DEBUGFS		"/sys/kernel/debug"
#define TRACEFS		"/sys/kernel/tracing"
#define OURS		DEBUGFS "/teachalloc/"
#define EVENTS		TRACEFS "/events/teachalloc/"
#define SWITCHES	OURS "page_debug/"

static char text[8 << 20], model[1 << 20];

static bool insert_sample(void)
{
	const char *given = getenv("TA_SAMPLE");
	int fd = open(given ? given : "/teachalloc_hello.ko", O_RDONLY);
	bool ok = fd >= 0 && !syscall(SYS_finit_module, fd, "", 0);

	if (fd >= 0)
		close(fd);
	return ok;
}

static void remove_sample(void)
{
	syscall(SYS_delete_module, "teachalloc_hello", O_NONBLOCK);
}

static char *slurp(const char *path, char *buf, size_t size)
{
	size_t len = 0;
	ssize_t n = 1;
	int fd = open(path, O_RDONLY);

	if (fd < 0)
		return NULL;
	while (len < size - 1 && n > 0) {
		n = read(fd, buf + len, size - 1 - len);
		if (n > 0)
			len += n;
	}
	close(fd);
	buf[len] = '\0';
	return buf;
}

/* The number at *@at, which is moved behind it; -1: there is none. */
static long next_number(char **at)
{
	char *end;
	long nr = strtol(*at, &end, 10);

	if (end == *at)
		return -1;
	*at = end;
	return nr;
}

static bool has(const char *what)
{
	return strstr(text, what);
}

/* The number behind a name that begins a line, or -1. */
static long number(const char *name)
{
	size_t len = strlen(name);
	char *at = text;

	for (; at && *at; at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL)
		if (!strncmp(at, name, len) && at[len] == ' ')
			return atol(at + len);
	return -1;
}

FIXTURE(observe_pages) {
	int fd;
	struct ta_ioc_info info;
};

FIXTURE_SETUP(observe_pages)
{
	cpu_set_t cpu0;

	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	if (geteuid())
		SKIP(return, "debugfs is root's");
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(DEBUGFS "/teachalloc", F_OK))
		SKIP(return, "a kernel without debugfs");
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	insert_sample();
	remove_sample();
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(observe_pages)
{
	ta_put(SWITCHES "poison", "0");
	ta_put(SWITCHES "owner", "0");
	ta_put(SWITCHES "guard", "0");
	close(self->fd);
}

TEST_F(observe_pages, vmstat_is_names_and_numbers)
{
	char *line, *rest, name[64], extra;
	unsigned long nr;
	int got;

	ASSERT_NE(NULL, slurp(OURS "vmstat", text, sizeof(text)));
	EXPECT_EQ((long)self->info.free_pages,
		  number("nr_free_pages") + number("nr_free_pcp"));
	EXPECT_LT(0, number("pcp_refill"));
	EXPECT_LE(0, number("compact_stall"));
	EXPECT_EQ(-1, number("compact"));
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		got = sscanf(line, "%63[a-z_] %lu%c", name, &nr, &extra);
		EXPECT_EQ(2, got) {
			TH_LOG("%s", line);
		}
	}
}

static const char *head_of(unsigned int pageblock_order)
{
	static char head[160];

	snprintf(head, sizeof(head), "Page block order: %u\nPages per block:  %u\n\n"
		 "Free pages count per migrate type at order       0      1 ",
		 pageblock_order, 1U << pageblock_order);
	return head;
}

/*
 * As in /proc: the same heads, the same columns; the sums are those of orders. The
 * kernel's pageblocks are larger than ours if it has no hugetlb.
 */
TEST_F(observe_pages, pagetypeinfo_is_as_in_proc)
{
	static const char * const lines[] = {
		"Node    0, zone     Pool, type    Unmovable ",
		"Node    0, zone     Pool, type      Movable ",
		"Node    0, zone     Pool, type  Reclaimable ",
		"\nNumber of blocks type     Unmovable      Movable  Reclaimable ",
		"\nNode 0, zone     Pool ",
	};
	unsigned long sum[TA_NR_ORDERS] = {}, blocks = 0;
	unsigned int i, type, order;
	char *at;
	long nr;

	ASSERT_NE(NULL, slurp(OURS "pagetypeinfo", text, sizeof(text)));
	ASSERT_NE(NULL, slurp("/proc/pagetypeinfo", model, sizeof(model)));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_TRUE(has(lines[i])) {
			TH_LOG("line %u", i);
		}
	}
	EXPECT_EQ(0, strncmp(text, head_of(9), strlen(head_of(9))));
	order = strtoul(model + strcspn(model, "0123456789"), NULL, 10);
	EXPECT_EQ(0, strncmp(model, head_of(order), strlen(head_of(order))));
	EXPECT_NE(NULL, strstr(model, ", type    Unmovable "));
	EXPECT_NE(NULL, strstr(model, lines[3]));

	at = text;
	for (type = 0; type < 4; type++) {
		at = strstr(at, ", type ");
		ASSERT_NE(NULL, at);
		at += strlen(", type ") + 13;
		for (i = 0; i < TA_NR_ORDERS; i++) {
			nr = next_number(&at);
			ASSERT_LE(0, nr);
			sum[i] += nr;
		}
	}
	for (i = 0; i < TA_NR_ORDERS; i++)
		EXPECT_EQ(self->info.free_blocks[i], sum[i]);
	at = strstr(text, "\nNode 0, zone     Pool ") + 23;
	for (type = 0; type < 4; type++) {
		nr = next_number(&at);
		ASSERT_LE(0, nr);
		blocks += nr;
	}
	EXPECT_LE(self->info.pool_pages / 512, blocks);
}

TEST_F(observe_pages, zoneinfo_is_as_in_proc)
{
	static const char * const lines[] = {
		"Node 0, zone ", "\n  per-node stats\n      nr_",
		"\n  pages free     ", "\n        boost    ",
		"\n        min      ", "\n        low      ",
		"\n        high     ", "\n        spanned  ",
		"\n        present  ", "\n        managed  ",
		"\n        cma      ", "\n        protection: (",
		"\n      nr_free_pages ", "\n  pagesets\n    cpu: 0\n",
		"\n              count: ", "\n              high:  ",
		"\n              batch: ", "\n  node_unreclaimable:  0\n",
		"  start_pfn:           ",
	};
	long min, low, high;
	unsigned int i;

	ASSERT_NE(NULL, slurp(OURS "zoneinfo", text, sizeof(text)));
	ASSERT_NE(NULL, slurp("/proc/zoneinfo", model, sizeof(model)));
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_TRUE(has(lines[i])) {
			TH_LOG("ours: %s", lines[i]);
		}
		EXPECT_NE(NULL, strstr(model, lines[i])) {
			TH_LOG("/proc's: %s", lines[i]);
		}
	}
	EXPECT_EQ((long)self->info.pool_pages, number("        present "));
	EXPECT_EQ((long)self->info.free_pages, number("  pages free    ") +
		  number("      nr_free_pcp"));
	min = number("        min     ");
	low = number("        low     ");
	high = number("        high    ");
	EXPECT_LE(0, min);
	EXPECT_LE(min, low);
	EXPECT_LE(low, high);
}

/* Worked out again from the orders' numbers. */
TEST_F(observe_pages, indexes_follow_from_the_free_blocks)
{
	unsigned long free = 0, blocks = 0, usable, more;
	char want[512];
	int i, j, len = 0, value;

	for (i = 0; i < TA_NR_ORDERS; i++) {
		free += self->info.free_blocks[i] << i;
		blocks += self->info.free_blocks[i];
	}
	ASSERT_NE(0, free);
	ASSERT_NE(NULL, slurp(OURS "extfrag/unusable_index", text, sizeof(text)));
	len = sprintf(want, "Node 0, zone     Pool ");
	for (i = 0; i < TA_NR_ORDERS; i++) {
		for (usable = 0, j = i; j < TA_NR_ORDERS; j++)
			usable += self->info.free_blocks[j] << j;
		value = (free - usable) * 1000 / free;
		len += sprintf(want + len, "%d.%03d ", value / 1000, value % 1000);
	}
	strcpy(want + len, "\n");
	EXPECT_STREQ(want, text);

	ASSERT_NE(NULL, slurp(OURS "extfrag/extfrag_index", text, sizeof(text)));
	len = sprintf(want, "Node 0, zone     Pool ");
	for (i = 0; i < TA_NR_ORDERS; i++) {
		for (more = 0, j = i; j < TA_NR_ORDERS; j++)
			more += self->info.free_blocks[j];
		value = more ? -1000 :
			1000 - (int)((1000 + (free * 1000 >> i)) / blocks);
		len += sprintf(want + len, "%2d.%03d ", value / 1000, value % 1000);
	}
	strcpy(want + len, "\n");
	EXPECT_STREQ(want, text);
	/* The kernel's, where it has compaction, begins the same way. */
	if (slurp(DEBUGFS "/extfrag/extfrag_index", model, sizeof(model)))
		EXPECT_EQ(0, strncmp(model, text, strlen("Node 0, zone ")));
}

static unsigned int mode_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_mode & 0777;
}

/* Every free page is in one of the blocks, and they are where they may be. */
TEST_F(observe_pages, free_blocks_add_up)
{
	unsigned long frame, pfn, order, buddy = 0, pcp = 0;
	char *line, *rest, type[16], where[8];
	int got;

	EXPECT_EQ(0400, mode_of(OURS "free_blocks"));
	EXPECT_EQ(0400, mode_of(OURS "page_owner"));
	EXPECT_EQ(0400, mode_of(OURS "zoneinfo"));
	ASSERT_NE(NULL, slurp(OURS "free_blocks", text, sizeof(text)));
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		got = sscanf(line, "frame %lu pfn %lu order %lu type %15s on %7s",
			     &frame, &pfn, &order, type, where);
		ASSERT_EQ(5, got) {
			TH_LOG("%s", line);
		}
		EXPECT_EQ(0, pfn & ((1 << order) - 1));
		EXPECT_EQ(pfn % 1024, frame % 1024);
		*(strcmp(where, "pcp") ? &buddy : &pcp) += 1UL << order;
	}
	ASSERT_NE(NULL, slurp(OURS "vmstat", text, sizeof(text)));
	EXPECT_EQ(number("nr_free_pages"), (long)buddy);
	EXPECT_EQ(number("nr_free_pcp"), (long)pcp);
}

/* A line of pool_map */
struct run {
	unsigned long frame, pfn, nr, order;
	char kind[16], owner[64];
};

static bool parse_run(const char *line, struct run *run)
{
	int got;

	run->owner[0] = '\0';
	got = sscanf(line, "frame %lu pfn %lu pages %lu order %lu type %*s is %15s %63s",
		     &run->frame, &run->pfn, &run->nr, &run->order, run->kind,
		     run->owner);
	return got >= 5 && run->pfn % 1024 == run->frame % 1024 &&
	       run->nr % (1UL << run->order) == 0;
}

/* Every page is in one line, and what is whose is said. */
TEST_F(observe_pages, pool_map_adds_up)
{
	char *p = ta_mmap(self->fd, NULL, 5 * PAGE, RW, 0), *line, *rest, client[32];
	unsigned long sum = 0, is_free = 0, mine = 0, held = 0;
	uint64_t held_frame;
	struct run run;

	ASSERT_NE(MAP_FAILED, (void *)p);
	memset(p, 1, 5 * PAGE);
	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_PAGES, 3, 0, &held_frame));
	ASSERT_EQ(0, ta_info(self->fd, &self->info));
	snprintf(client, sizeof(client), "%d-", getpid());
	EXPECT_EQ(0400, mode_of(OURS "pool_map"));
	ASSERT_NE(NULL, slurp(OURS "pool_map", text, sizeof(text)));
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		ASSERT_TRUE(parse_run(line, &run)) {
			TH_LOG("%s", line);
		}
		sum += run.nr;
		if (!strcmp(run.kind, "free") || !strcmp(run.kind, "pcp"))
			is_free += run.nr;
		if (!strncmp(run.owner, client, strlen(client)))
			mine += strcmp(run.kind, "user") ? 0 : run.nr;
		if (run.frame == held_frame && !strcmp(run.kind, "pages"))
			held += run.nr;
	}
	EXPECT_EQ(self->info.pool_pages, sum);
	EXPECT_EQ(self->info.free_pages, is_free);
	EXPECT_EQ(5, mine);
	EXPECT_EQ(8, held);
}

/* --- page debugging ---------------------------------------------------- */

/* Nothing was lost: what kernel users keep in their caches counts as theirs. */
static bool as_before(int fd, const struct ta_ioc_info *before)
{
	struct ta_ioc_info info;

	return !ta_info(fd, &info) && info.free_pages == before->free_pages;
}

TEST_F(observe_pages, switches_are_0_or_1)
{
	static const char * const names[] = {
		SWITCHES "poison", SWITCHES "owner", SWITCHES "guard",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_EQ(0600, mode_of(names[i]));
		EXPECT_STREQ("0\n", slurp(names[i], text, sizeof(text)));
		EXPECT_EQ(0, ta_put(names[i], "1"));
		EXPECT_EQ(0, ta_put(names[i], "1"));
		EXPECT_STREQ("1\n", slurp(names[i], text, sizeof(text)));
		EXPECT_NE(0, ta_put(names[i], "2"));
		EXPECT_NE(0, ta_put(names[i], "yes, please"));
		EXPECT_STREQ("1\n", slurp(names[i], text, sizeof(text)));
	}
	EXPECT_TRUE(as_before(self->fd, &self->info));
	for (i = 0; i < ARRAY_SIZE(names); i++)
		EXPECT_EQ(0, ta_put(names[i], "0"));
	EXPECT_TRUE(as_before(self->fd, &self->info));
}

/* With everything on, what a client writes he reads; nothing is lost. */
TEST_F(observe_pages, clients_work_while_watched)
{
	size_t i, len = 512 * PAGE;
	char *p;
	int round;

	ta_put(SWITCHES "poison", "1");
	ta_put(SWITCHES "owner", "1");
	for (round = 0; round < 4; round++) {
		ta_put(SWITCHES "guard", round & 1 ? "1" : "0");
		p = ta_mmap(self->fd, NULL, len, RW, 0);
		ASSERT_NE(MAP_FAILED, (void *)p);
		EXPECT_TRUE(ta_all(p, len, 0));
		for (i = 0; i < len; i += PAGE)
			p[i] = 1 + i / PAGE % 100;
		for (i = 0; i < len; i += PAGE)
			EXPECT_EQ(1 + (int)(i / PAGE % 100), p[i]);
		munmap(p, len);
	}
	EXPECT_TRUE(as_before(self->fd, &self->info));
}

#define RECORD	"Page allocated via order %lu, mask 0x%lx(%255[^)]), " \
		"pid %ld, tgid %ld (%15[^)]), ts %lu ns, free_ts %lu ns\n" \
		"PFN %lu type %15s Block %lu type %15s Flags 0x"

/* A record each; the sample's block of order 3 is one, by who loaded it. */
TEST_F(observe_pages, page_owner_knows_the_sample)
{
	unsigned long order, mask, ts, free_ts, pfn, block, nr = 0;
	char gfp[256], comm[16], type[16], block_type[16];
	long pid, tgid;
	bool seen = false;
	char *at;
	int got;

	EXPECT_EQ(0, ta_put(SWITCHES "owner", "1"));
	if (!insert_sample())
		SKIP(return, "no sample module");
	ASSERT_NE(NULL, slurp(OURS "page_owner", text, sizeof(text)));
	remove_sample();
	for (at = text; at && *at; nr++) {
		got = sscanf(at, RECORD, &order, &mask, gfp, &pid, &tgid, comm,
			     &ts, &free_ts, &pfn, type, &block, block_type);
		ASSERT_EQ(12, got) {
			TH_LOG("%.300s", at);
		}
		EXPECT_EQ(pfn / 512, block);
		EXPECT_LT(0, ts);
		if (order == 3 && pid == getpid() && !strcmp(gfp, "GFP_KERNEL"))
			seen = !strcmp(comm, program_invocation_short_name);
		at = strstr(at, "\n\n");
		if (at)
			at += 2;
	}
	EXPECT_TRUE(seen);
	/* Its vmalloc of 256 pages besides; its own function's name is gone. */
	EXPECT_LE(2, nr);
	EXPECT_TRUE(has("\n do_one_initcall"));
	EXPECT_EQ(0, ta_put(SWITCHES "owner", "0"));
	EXPECT_STREQ("", slurp(OURS "page_owner", text, sizeof(text)));
}

static const char owners[] = "/tmp/ta_page_owner", out[] = "/tmp/ta_sorted";

static bool sorted(const char *how)
{
	char cmd[128];

	snprintf(cmd, sizeof(cmd), "./page_owner_sort %s %s %s >/dev/null", how,
		 owners, out);
	return !system(cmd);
}

/* The kernel's own tool, built from its source. */
TEST_F(observe_pages, page_owner_sort_reads_it)
{
	FILE *f;

	if (access("./page_owner_sort", X_OK))
		SKIP(return, "no ./page_owner_sort: run where the programs are");
	EXPECT_EQ(0, ta_put(SWITCHES "owner", "1"));
	if (!insert_sample())
		SKIP(return, "no sample module");
	ASSERT_NE(NULL, slurp(OURS "page_owner", text, sizeof(text)));
	remove_sample();
	f = fopen(owners, "w");
	ASSERT_NE(NULL, f);
	fputs(text, f);
	fclose(f);
	EXPECT_TRUE(sorted("-m"));
	ASSERT_NE(NULL, slurp(out, text, sizeof(text)));
	EXPECT_TRUE(has("1 times, 8 pages, allocated by "));
	/* Its vmalloc is one entry, for it is one block where there is one. */
	EXPECT_TRUE(sorted("--cull=stacktrace"));
	ASSERT_NE(NULL, slurp(out, text, sizeof(text)));
	EXPECT_TRUE(has("1 times, 256 pages:\n")) {
		TH_LOG("%.600s", text);
	}
	EXPECT_TRUE(sorted("--cull=pid,name"));
	ASSERT_NE(NULL, slurp(out, text, sizeof(text)));
	EXPECT_TRUE(has("task_comm_name: observe_pages"));
	unlink(owners);
	unlink(out);
}

TA_TEST_MAIN
