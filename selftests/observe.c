// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what a person looks at: the files in debugfs have the text of their
 * models in /proc, their figures agree with the service's own, and the
 * tracepoints tell what happened.
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

static char text[1 << 20], model[1 << 16];

/*
 * A module that holds something of each layer: the sample. Its file is that of
 * the environment's TA_SAMPLE, or in the root.
 */
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

FIXTURE(observe) {
	int fd;
	struct ta_ioc_info info;
};

FIXTURE_SETUP(observe)
{
	cpu_set_t cpu0;

	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	if (geteuid())
		SKIP(return, "debugfs is root's");
	/* Mounted already is as good. */
	mount("debugfs", DEBUGFS, "debugfs", 0, NULL);
	mount("tracefs", TRACEFS, "tracefs", 0, NULL);
	if (access(DEBUGFS "/teachalloc", F_OK))
		SKIP(return, "a kernel without debugfs");
	/* What its caches keep for this CPU is no page that the test lost. */
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	insert_sample();
	remove_sample();
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, ta_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(observe)
{
	close(self->fd);
}

/* A whole file, or what fits, as a string. */
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

/* The widths of the columns are the kernel's as well: tools cut by them. */
TEST_F(observe, buddyinfo_is_as_in_proc)
{
	unsigned long nr[TA_NR_ORDERS];
	char zone[32], extra;
	size_t same;
	int node, i, got, at = 0, len;

	ASSERT_NE(NULL, slurp(OURS "buddyinfo", text, sizeof(text)));
	ASSERT_NE(NULL, slurp("/proc/buddyinfo", model, sizeof(model)));
	same = strlen("Node 0, zone ") + 8;
	ASSERT_LT(same, strlen(text));
	EXPECT_EQ(0, strncmp(model, text, strlen("Node 0, zone ")));
	EXPECT_EQ(' ', text[same]);
	got = sscanf(text, "Node %d, zone %31s%n", &node, zone, &at);
	ASSERT_EQ(2, got);
	EXPECT_EQ(0, node);
	for (i = 0; i < TA_NR_ORDERS; i++) {
		got = sscanf(text + at, "%lu%n", &nr[i], &len);
		ASSERT_EQ(1, got);
		at += len;
		EXPECT_EQ(self->info.free_blocks[i], nr[i]);
	}
	got = sscanf(text + at, " %c", &extra);
	EXPECT_GE(0, got);
}

#define SLABINFO	"%31s %lu %lu %lu %lu %lu : tunables %lu %lu %lu" \
			" : slabdata %lu %lu %lu"

TEST_F(observe, slabinfo_is_version_2_1)
{
	char *line, *rest, name[32];
	bool seen = false;
	int got;

	ASSERT_NE(NULL, slurp(OURS "slabinfo", text, sizeof(text)));
	ASSERT_NE(NULL, slurp("/proc/slabinfo", model, sizeof(model)));
	rest = strchr(strchr(model, '\n') + 1, '\n') + 1;
	EXPECT_EQ(0, strncmp(model, text, rest - model));

	for (line = strtok_r(text + (rest - model), "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest)) {
		unsigned long used, all, slabs_used, slabs, v[8];

		got = sscanf(line, SLABINFO, name, &used, &all, v, v + 1, v + 2,
			     v + 3, v + 4, v + 5, &slabs_used, &slabs, v + 6);
		ASSERT_EQ(12, got) {
			TH_LOG("%s", line);
		}
		EXPECT_LE(used, all);
		EXPECT_LE(slabs_used, slabs);
		EXPECT_EQ(all, slabs * v[1]);
		seen |= !strcmp(name, "kmalloc-64");
	}
	EXPECT_TRUE(seen);
}

static long meminfo(const char *name)
{
	char *at = strstr(text, name);

	return at ? atol(at + strlen(name)) : -1;
}

TEST_F(observe, meminfo_agrees_with_the_service)
{
	char *at;

	ASSERT_NE(NULL, slurp(OURS "meminfo", text, sizeof(text)));
	EXPECT_EQ((long)self->info.pool_pages * 4, meminfo("MemTotal:"));
	EXPECT_EQ((long)self->info.free_pages * 4, meminfo("MemFree:"));
	EXPECT_EQ((long)self->info.available_pages * 4, meminfo("MemAvailable:"));
	EXPECT_LE(0, meminfo("Slab:"));
	EXPECT_LT(0, meminfo("VmallocTotal:"));
	EXPECT_LE(0, meminfo("VmallocUsed:"));
	/* As in /proc: a name, a number that ends in column 24, the unit. */
	for (at = text; *at; at = strchr(at, '\n') + 1) {
		EXPECT_EQ(0, strncmp(at + 24, " kB\n", 4)) {
			TH_LOG("%.40s", at);
		}
	}
}

/* Addresses are root's to see, if the administrator says so. */
TEST_F(observe, vmallocinfo_is_as_in_proc)
{
	unsigned long from, to, size;
	char *line;
	int got;

	if (!insert_sample())
		SKIP(return, "no sample module");
	ta_put("/proc/sys/kernel/kptr_restrict", "1");
	slurp(OURS "vmallocinfo", text, sizeof(text));
	ta_put("/proc/sys/kernel/kptr_restrict", "2");
	slurp(OURS "vmallocinfo", model, sizeof(model));
	ta_put("/proc/sys/kernel/kptr_restrict", "0");
	remove_sample();

	EXPECT_EQ(0, strncmp(model, "0x0000000000000000-0x0", 22));
	line = strstr(text, " pages=256 vmalloc");
	ASSERT_NE(NULL, line);
	while (line > text && line[-1] != '\n')
		line--;
	got = sscanf(line, "0x%lx-0x%lx %lu", &from, &to, &size);
	ASSERT_EQ(3, got);
	/* 1 MiB, and its guard page. */
	EXPECT_EQ((1 << 20) + PAGE, size);
	EXPECT_EQ(size, to - from);
}

/* All free addresses, in order, and the tree's root knows the largest. */
TEST_F(observe, vmalloc_gaps_are_in_order)
{
	unsigned long start, pages, largest, end = 0, max = 0, root = 0;
	unsigned int depth;
	char *line;

	slurp(OURS "vmalloc_gaps", text, sizeof(text));
	line = strchr(text, '\n');
	ASSERT_NE(NULL, line);
	while (sscanf(line, "%lu %lu %lu %u", &start, &pages, &largest,
		      &depth) == 4) {
		EXPECT_GE(start, end);
		EXPECT_GE(largest, pages);
		end = start + pages;
		max = pages > max ? pages : max;
		root = largest > root ? largest : root;
		line = strchr(line + 1, '\n');
	}
	EXPECT_NE(0, max);
	EXPECT_EQ(max, root);
}

/* An area of 1 MiB has 256 frames; the file is root's. */
TEST_F(observe, vmalloc_pages_lists_frames)
{
	unsigned long from, to, frames = 0;
	char *line, *at;
	struct stat st;

	ASSERT_EQ(0, stat(OURS "vmalloc_pages", &st));
	EXPECT_EQ(0400, st.st_mode & 07777);
	if (!insert_sample())
		SKIP(return, "no sample module");
	slurp(OURS "vmalloc_pages", text, sizeof(text));
	slurp(OURS "vmalloc_stat", model, sizeof(model));
	remove_sample();
	line = strstr(text, " 1048576 bytes pid ");
	ASSERT_NE(NULL, line);
	*strchr(line, '\n') = '\0';
	at = strstr(line, " frames ");
	ASSERT_NE(NULL, at);
	at += strlen(" frames");
	while (sscanf(at, "%lu-%lu", &from, &to) >= 1) {
		at += strspn(at, " ");
		frames += memchr(at, '-', strcspn(at, " ")) ? to - from + 1 : 1;
		at += strcspn(at, " ");
	}
	EXPECT_EQ(256, frames);
	EXPECT_NE(NULL, strstr(model, "\npages_used: "));
	EXPECT_NE(NULL, strstr(model, "\npurges: "));
}

#define CACHES		OURS "slab/"
#define CPU1	"/sys/devices/system/cpu/cpu1/online"

static unsigned long slab_number(const char *cache, const char *file)
{
	char path[128], value[64];

	snprintf(path, sizeof(path), CACHES "%s/%s", cache, file);
	return slurp(path, value, sizeof(value)) ? strtoul(value, NULL, 0) : ~0UL;
}

/* The names are SLUB's, so what reads /sys/kernel/slab reads these. */
TEST_F(observe, each_cache_has_a_folder)
{
	static const char * const names[] = {
		"object_size", "slab_size", "objs_per_slab", "order", "align",
		"min_partial", "cpu_partial", "ctor", "objects",
		"objects_partial", "total_objects", "slabs", "partial",
		"cpu_slabs", "hwcache_align", "reclaim_account",
		"destroy_by_rcu", "red_zone", "poison", "store_user",
		"sanity_checks", "trace", "alloc_calls", "free_calls",
		"alloc_traces", "free_traces", "map", "waste", "errors",
	};
	char path[128];
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), CACHES "kmalloc-64/%s", names[i]);
		EXPECT_NE(NULL, slurp(path, text, sizeof(text))) {
			TH_LOG("%s", path);
		}
		/* Addresses may be in there: root's, and nobody else's. */
		ASSERT_EQ(0, stat(path, &st));
		EXPECT_EQ(0, st.st_mode & 0077);
	}
	EXPECT_EQ(64, slab_number("kmalloc-64", "object_size"));
	EXPECT_EQ(64, slab_number("kmalloc-64", "slab_size"));
	EXPECT_EQ(PAGE << slab_number("kmalloc-64", "order"),
		  64 * slab_number("kmalloc-64", "objs_per_slab"));
	EXPECT_EQ(0, slab_number("kmalloc-64", "red_zone"));
	EXPECT_EQ(0, slab_number("kmalloc-64", "errors"));
}

/* What cannot be is refused; what can be is done. */
TEST_F(observe, slab_files_take_what_they_should)
{
	ASSERT_TRUE(insert_sample());
	remove_sample();
	EXPECT_NE(0, slab_number("kmalloc-128", "slabs"));
	EXPECT_EQ(0, ta_put(CACHES "kmalloc-128/shrink", "1"));
	EXPECT_EQ(0, slab_number("kmalloc-128", "slabs"));
	EXPECT_NE(0, ta_put(CACHES "kmalloc-128/shrink", "maybe"));
	EXPECT_NE(0, ta_put(CACHES "kmalloc-128/trace", "1"));
	EXPECT_NE(0, ta_put(CACHES "kmalloc-128/validate", "1"));
	EXPECT_NE(0, ta_put(CACHES "kmalloc-128/object_size", "1"));
	EXPECT_NE(0, ta_put(OURS "who", "nowhere"));
	/* What was shrunk away was there when the test began. */
	insert_sample();
	remove_sample();
}

/* Of the sample's object only its letter is a U. */
TEST_F(observe, map_shows_who_has_what)
{
	char *at;
	int used = 0;

	if (!insert_sample())
		SKIP(return, "no sample module");
	slurp(CACHES "kmalloc-128/map", text, sizeof(text));
	remove_sample();
	at = strchr(text, '\n');
	ASSERT_NE(NULL, at);
	for (; *at; at++)
		used += *at == 'U';
	EXPECT_EQ(1, used);
}

/* The objects in a cache's map that have this letter. */
static int in_map(const char *path, char letter)
{
	char *line, *at;
	int nr = 0;

	if (!slurp(path, text, sizeof(text)))
		return -1;
	/* The last column of each line but the first. */
	for (line = strchr(text, '\n'); line && line[1]; line = at) {
		at = strchr(line + 1, '\n');
		if (at)
			*at = '\0';
		for (line = strrchr(line + 1, ' '); line && *line; line++)
			nr += *line == letter;
	}
	return nr;
}

static bool run_on(int nr)
{
	cpu_set_t cpu;

	CPU_ZERO(&cpu);
	CPU_SET(nr, &cpu);
	return !sched_setaffinity(0, sizeof(cpu), &cpu);
}

/* What it has in its magazines is for the others then. */
TEST_F(observe, cpu_that_goes_leaves_its_objects)
{
	int handle[20], i;

	if (!run_on(1) || access(CPU1, W_OK))
		SKIP(return, "needs a second CPU that can be put off");
	for (i = 0; i < 20; i++)
		handle[i] = ta_alloc(self->fd, TA_LAYER_KMALLOC, 3000, 0, NULL);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(0, ta_free(self->fd, handle[i]));
	ASSERT_TRUE(run_on(0));
	EXPECT_LT(0, in_map(CACHES "kmalloc-4k/map", '1'));

	ASSERT_EQ(0, ta_put(CPU1, "0"));
	EXPECT_EQ(0, in_map(CACHES "kmalloc-4k/map", '1'));
	EXPECT_LT(0, in_map(CACHES "kmalloc-4k/map", '*'));
	EXPECT_EQ(0, ta_validate(self->fd));
	ASSERT_EQ(0, ta_put(CPU1, "1"));
	EXPECT_EQ(0, ta_put(CACHES "kmalloc-4k/shrink", "1"));
	EXPECT_EQ(0, slab_number("kmalloc-4k", "slabs"));
	/* Nor is what its magazines were in a page that the test lost. */
	EXPECT_EQ(0, ta_put(CACHES "magazine-128/shrink", "1"));
}

TEST_F(observe, who_answers)
{
	struct stat st;
	int fd = open(OURS "who", O_RDWR);
	char answer[256];
	ssize_t len;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	ASSERT_EQ(6, write(fd, "0x1000", 6));
	len = read(fd, answer, sizeof(answer) - 1);
	ASSERT_LT(0, len);
	answer[len] = '\0';
	EXPECT_STREQ("not in the pool\n", answer);
	close(fd);
}

/* Off it knows nothing; on it knows the sample's hundred bytes. */
TEST_F(observe, allocinfo_by_call_site)
{
	struct stat st;

	ASSERT_EQ(0, stat(OURS "allocinfo", &st));
	EXPECT_EQ(0600, st.st_mode & 07777);
	slurp(OURS "allocinfo", text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, "allocinfo - version: 1.0\n"));
	EXPECT_NE(NULL, strstr(text, "# off"));
	if (ta_put(OURS "allocinfo", "1"))
		SKIP(return, "a kernel without tracepoints");
	EXPECT_EQ(0, ta_put(OURS "allocinfo", "1"));
	if (insert_sample()) {
		slurp(OURS "allocinfo", text, sizeof(text));
		EXPECT_NE(NULL, strstr(text, "         100        1 "));
		EXPECT_NE(NULL, strstr(text, "kind:kmalloc-128 calls:1 sizes:100-100\n"));
		slurp(OURS "kmalloc_waste", text, sizeof(text));
		EXPECT_NE(NULL, strstr(text, "  1        1          100           28  21.8\n"));
		EXPECT_NE(NULL, strstr(text, "\nkmalloc-rcl-96 "));
		remove_sample();
		slurp(OURS "allocinfo", text, sizeof(text));
		EXPECT_NE(NULL, strstr(text, "           0        0 "));
	}
	EXPECT_EQ(0, ta_put(OURS "allocinfo", "0"));
	slurp(OURS "allocinfo", text, sizeof(text));
	EXPECT_NE(NULL, strstr(text, "# off"));
}

/* Every layer tells of an allocation and of a free. */
TEST_F(observe, tracepoints_exist)
{
	static const char * const names[] = {
		"ta_mm_page_alloc", "ta_mm_page_free", "ta_mm_page_split",
		"ta_mm_page_merge", "ta_mm_page_pcpu_refill",
		"ta_mm_page_pcpu_drain", "ta_kmem_cache_alloc",
		"ta_kmem_cache_free", "ta_kmalloc", "ta_kfree", "ta_vmalloc",
		"ta_slab_new", "ta_slab_discard", "ta_magazine_exchange",
		"ta_vfree", "ta_vmap", "ta_vunmap", "ta_alloc_vmap_area",
		"ta_purge_vmap_area_lazy", "ta_free_vmap_area_noflush",
		"ta_brk", "ta_mmap", "ta_fault",
	};
	char path[128];
	unsigned int i;

	if (access(EVENTS, F_OK))
		SKIP(return, "a kernel without tracing");
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		snprintf(path, sizeof(path), EVENTS "%s/format", names[i]);
		EXPECT_NE(NULL, slurp(path, text, sizeof(text))) {
			TH_LOG("%s", path);
		}
	}
	ASSERT_NE(NULL, slurp(EVENTS "ta_kmem_cache_free/format", text,
			      sizeof(text)));
	EXPECT_NE(NULL, strstr(text, "name;"));
}

TEST_F(observe, tracepoints_tell_of_kernel_users)
{
	static const char * const names[] = {
		"ta_mm_page_alloc: ", "ta_mm_page_free: ", "ta_kmalloc: ",
		"ta_kfree: ", "ta_vmalloc: ", "ta_vfree: ",
	};
	unsigned int i;
	bool used;

	if (access(EVENTS, F_OK))
		SKIP(return, "a kernel without tracing");
	ASSERT_EQ(0, ta_put(TRACEFS "/trace", ""));
	ASSERT_EQ(0, ta_put(EVENTS "enable", "1"));
	used = insert_sample();
	remove_sample();
	ASSERT_EQ(0, ta_put(EVENTS "enable", "0"));
	if (!used)
		SKIP(return, "no sample module");
	ASSERT_NE(NULL, slurp(TRACEFS "/trace", text, sizeof(text)));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		EXPECT_NE(NULL, strstr(text, names[i])) {
			TH_LOG("%s", names[i]);
		}
	}
	EXPECT_NE(NULL, strstr(text, "name=kmalloc-128 bytes_req=100 bytes_alloc=128"));
}

TEST_F(observe, tracepoints_tell_what_happened)
{
	char want[64];
	char *p;

	if (access(EVENTS, F_OK))
		SKIP(return, "a kernel without tracing");
	ASSERT_EQ(0, ta_put(TRACEFS "/trace", ""));
	ASSERT_EQ(0, ta_put(EVENTS "enable", "1"));
	p = ta_mmap(self->fd, NULL, 3 * PAGE, RW, 0);
	ASSERT_NE(MAP_FAILED, (void *)p);
	p[PAGE] = 1;
	munmap(p, 3 * PAGE);
	ta_sbrk(self->fd, PAGE);
	ta_sbrk(self->fd, -(intptr_t)PAGE);
	ASSERT_EQ(0, ta_put(EVENTS "enable", "0"));
	ASSERT_NE(NULL, slurp(TRACEFS "/trace", text, sizeof(text)));

	snprintf(want, sizeof(want), "addr=%p len=%zu", p, 3 * PAGE);
	EXPECT_NE(NULL, strstr(text, want));
	snprintf(want, sizeof(want), "addr=%p ", p + PAGE);
	EXPECT_NE(NULL, strstr(text, want));
	EXPECT_NE(NULL, strstr(text, "ta_mm_page_alloc: "));
	EXPECT_NE(NULL, strstr(text, "ta_mm_page_free: "));
	EXPECT_NE(NULL, strstr(text, "ta_brk: "));
}

TA_TEST_MAIN
