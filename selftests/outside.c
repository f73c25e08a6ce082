// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of access from outside: pages that the kernel holds for others, other
 * processes that write to ours, and whoever watches through /proc.
 *
 * A page that is unmapped while somebody holds it must keep its bytes until it
 * is let go, and nobody else may get it before.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ta_test.h"

FIXTURE(outside) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *page;		/* one of ours, all 1 */
	int ends[2];		/* of a pipe */
};

#define outside_t FIXTURE_DATA(outside)

FIXTURE_VARIANT(outside) {
	bool heap;
};

FIXTURE_VARIANT_ADD(outside, mapping) {
	.heap = false,
};

FIXTURE_VARIANT_ADD(outside, heap) {
	.heap = true,
};

FIXTURE_SETUP(outside)
{
	if (!ta_oom_adj(-1000))
		SKIP(return, "only root can be exempt from being killed");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	ASSERT_LT(0, self->pages);
	self->page = variant->heap ? ta_sbrk(self->fd, PAGE) :
				     ta_mmap(self->fd, NULL, PAGE, RW, 0);
	ASSERT_EQ(0, (uintptr_t)self->page % PAGE);
	memset(self->page, 1, PAGE);
	ASSERT_EQ(0, pipe(self->ends));
}

FIXTURE_TEARDOWN(outside)
{
	close(self->fd);
}

static int give_back(outside_t *self, bool heap)
{
	return heap ? ta_brk(self->fd, self->page) : munmap(self->page, PAGE);
}

static bool splice_page(outside_t *self)
{
	struct iovec iov = { self->page, PAGE };

	return vmsplice(self->ends[1], &iov, 1, 0) == (ssize_t)PAGE;
}

struct keeper {
	outside_t *self;
	struct ta_turn *turn;
	bool heap;
};

/* Let somebody else write to every page that can be had. */
static void fill_pool(void *arg)
{
	long pages = *(long *)arg;
	char *p = ta_mmap(ta_open(), NULL, (pages + 1) * PAGE, RW,
			  MAP_NORESERVE);
	struct ta_hit hit = { 0 };

	for (long i = 0; i < pages + 1 && !hit.sig; i++) {
		hit = ta_write(p + i * PAGE, 0);
		if (!hit.sig)
			memset(p + i * PAGE, 0x66, PAGE);
	}
	TA_CHILD(hit.sig == SIGBUS);
}

TEST_F(outside, h50_a_page_in_a_pipe_is_not_reused)
{
	char bytes[PAGE];

	ASSERT_TRUE(splice_page(self));
	ASSERT_EQ(0, give_back(self, variant->heap));
	EXPECT_EQ(0, ta_join(ta_fork(fill_pool, &self->pages)));
	ASSERT_EQ((ssize_t)PAGE, read(self->ends[0], bytes, PAGE));
	EXPECT_TRUE(ta_all(bytes, PAGE, 1));
	/* The pipe lets a page go when it needs its place, or at its end. */
	close(self->ends[0]);
	close(self->ends[1]);
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

TEST_F(outside, h50_a_page_in_a_pipe_outlives_everything)
{
	ASSERT_TRUE(splice_page(self));
	ASSERT_EQ(0, give_back(self, variant->heap));
	close(self->fd);
	self->fd = ta_open();
	EXPECT_EQ(0, ta_validate(self->fd) && errno != EPERM);
	/* The rest is left to the end of the process. */
}

static void copy_page(void *arg)
{
	outside_t *self = arg;
	char bytes[PAGE];

	memset(self->page, 3, PAGE);
	TA_CHILD(read(self->ends[0], bytes, PAGE) == (ssize_t)PAGE);
	TA_CHILD(ta_all(bytes, PAGE, 1) || ta_all(bytes, PAGE, 2));
	TA_CHILD(ta_all(self->page, PAGE, 3));
}

TEST_F(outside, h50_a_page_in_a_pipe_is_forked)
{
	ASSERT_TRUE(splice_page(self));
	EXPECT_EQ(0, ta_join(ta_fork(copy_page, self)));
	EXPECT_TRUE(ta_all(self->page, PAGE, 1));
}

/* Keep a reference to a page that is shared, give up the page itself. */
static void keep_in_pipe(void *arg)
{
	outside_t *self = arg;

	TA_CHILD(splice_page(self));
}

static void keep_in_pipe_and_wait(void *arg)
{
	struct keeper *k = arg;
	char *page = k->self->page;

	TA_CHILD(splice_page(k->self));
	TA_CHILD(!give_back(k->self, k->heap));
	ta_turn_set(k->turn, 1);
	ta_turn_wait(k->turn, 2);
	TA_CHILD(ta_read(page).sig == SIGSEGV);
}

TEST_F(outside, h50_who_kept_a_shared_page_does_not_see_it_change)
{
	char bytes[PAGE];

	ASSERT_EQ(0, ta_join(ta_fork(keep_in_pipe, self)));
	memset(self->page, 0x5e, PAGE);
	ASSERT_EQ((ssize_t)PAGE, read(self->ends[0], bytes, PAGE));
	EXPECT_TRUE(ta_all(bytes, PAGE, 1));
	EXPECT_TRUE(ta_all(self->page, PAGE, 0x5e));
	close(self->ends[0]);
	close(self->ends[1]);
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 1));
}

TEST_F(outside, h50_who_gave_a_shared_page_up_does_not_see_it_change)
{
	struct keeper k = { self, ta_turn_new(), variant->heap };
	char bytes[PAGE];
	pid_t pid = ta_fork(keep_in_pipe_and_wait, &k);

	ta_turn_wait(k.turn, 1);
	/* Mapped for reading first: the write then has to ask again. */
	EXPECT_EQ(1, *(volatile char *)self->page);
	memset(self->page, 0x5e, PAGE);
	ASSERT_EQ((ssize_t)PAGE, read(self->ends[0], bytes, PAGE));
	EXPECT_TRUE(ta_all(bytes, PAGE, 1));
	EXPECT_TRUE(ta_all(self->page, PAGE, 0x5e));
	ta_turn_set(k.turn, 2);
	EXPECT_EQ(0, ta_join(pid));
}

static void wait_unchanged(void *arg)
{
	outside_t *self = arg;
	char byte;

	/* Told through the pipe that the other has written. */
	TA_CHILD(read(self->ends[0], &byte, 1) == 1);
	TA_CHILD(ta_all(self->page, PAGE, byte));
}

TEST_F(outside, h53_writing_to_a_childs_shared_page)
{
	char twos[100];
	struct iovec from = { twos, sizeof(twos) };
	struct iovec to = { self->page, sizeof(twos) };
	pid_t pid = ta_fork(wait_unchanged, self);

	memset(twos, 2, sizeof(twos));
	ASSERT_EQ((ssize_t)sizeof(twos),
		  process_vm_writev(pid, &from, 1, &to, 1, 0));
	EXPECT_TRUE(ta_all(self->page, PAGE, 1));
	memset(twos, 1, sizeof(twos));
	ASSERT_EQ((ssize_t)sizeof(twos),
		  process_vm_writev(pid, &from, 1, &to, 1, 0));
	ASSERT_EQ(1, write(self->ends[1], twos, 1));
	EXPECT_EQ(0, ta_join(pid));
}

TEST_F(outside, h53_writing_through_proc_to_an_own_shared_page)
{
	pid_t pid = ta_fork(wait_unchanged, self);
	int mem = open("/proc/self/mem", O_RDWR);
	char one = 1;

	ASSERT_LE(0, mem);
	ASSERT_EQ(5, pwrite(mem, "hello", 5, (uintptr_t)self->page));
	EXPECT_EQ(0, memcmp(self->page, "hello", 5));
	ASSERT_EQ(1, write(self->ends[1], &one, 1));
	EXPECT_EQ(0, ta_join(pid));
	close(mem);
}

TEST_F(outside, h54_a_debugger_pokes_a_read_only_page)
{
	long word = 0x0202020202020202;
	char one = 1;
	pid_t pid;
	long ret;

	ASSERT_EQ(0, mprotect(self->page, PAGE, PROT_READ));
	pid = ta_fork(wait_unchanged, self);
	ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, 0, 0));
	ASSERT_EQ(pid, waitpid(pid, NULL, 0));
	ret = ptrace(PTRACE_POKEDATA, pid, self->page, word);
	EXPECT_TRUE(!ret || errno == EIO);
	EXPECT_TRUE(ta_all(self->page, PAGE, 1));
	if (!ret)
		ptrace(PTRACE_POKEDATA, pid, self->page, 0x0101010101010101);
	ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	ASSERT_EQ(1, write(self->ends[1], &one, 1));
	EXPECT_EQ(0, ta_join(pid));
}

/* H82: what could show another process's pages of the same client. */

struct stranger {
	outside_t *self;
	struct ta_turn *turn;
	long offset;		/* of the other's page in the client's file */
};

static void remap_to_other(void *arg)
{
	struct stranger *s = arg;
	char *p;

	TA_CHILD(!munmap(s->self->page, PAGE));
	p = ta_mmap(s->self->fd, NULL, 2 * PAGE, RW, 0);
	TA_CHILD(p != MAP_FAILED);
	memset(p, 5, 2 * PAGE);
	ta_turn_wait(s->turn, 1);
	/* Deprecated, but it maps any offset of a file that is mapped. */
	if (!syscall(SYS_remap_file_pages, p, PAGE, 0, s->offset / PAGE, 0)) {
		struct ta_hit hit = ta_read(p);

		TA_CHILD(hit.sig || *p == 0 || *p == 5);
	}
	TA_CHILD(ta_all(p + PAGE, PAGE, 5));
}

TEST_F(outside, h82_no_way_to_another_processs_offsets)
{
	struct stranger s = { self, ta_turn_new() };
	char *p;
	pid_t pid;

	/* Two areas: the next is the child's, or the other way round. */
	p = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	memset(p, 0x77, PAGE);
	s.offset = ta_offset(p);
	ASSERT_EQ(0, madvise(p, PAGE, MADV_DONTFORK));
	pid = ta_fork(remap_to_other, &s);
	ta_turn_set(s.turn, 1);
	EXPECT_EQ(0, ta_join(pid));
	EXPECT_TRUE(ta_all(p, PAGE, 0x77));
	EXPECT_TRUE(ta_all(self->page, PAGE, 1));
}

TEST_F(outside, remapping_own_offsets_stays_in_order)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	long first;

	for (int i = 0; i < 4; i++)
		memset(p + i * PAGE, i + 1, PAGE);
	first = ta_offset(p) / PAGE;
	if (syscall(SYS_remap_file_pages, p, PAGE, 0, first + 3, 0)) {
		EXPECT_TRUE(errno == EINVAL || errno == ENOMEM);
	} else {
		volatile char *v = p;

		/* The last page twice, the first nowhere. */
		EXPECT_EQ(4, v[0]);
		v[0] = 9;
		EXPECT_EQ(9, v[3 * PAGE]);
	}
	EXPECT_TRUE(ta_all(p + PAGE, PAGE, 2));
	ASSERT_EQ(0, munmap(p, 4 * PAGE));
	EXPECT_EQ(self->pages - 1, ta_free_pages(self->fd));
}

/* H100: whoever looks is not to be noticed. */

static atomic_bool stop;

static void read_file(const char *path)
{
	char buf[4096];
	int fd = open(path, O_RDONLY);

	while (fd >= 0 && read(fd, buf, sizeof(buf)) > 0)
		;
	close(fd);
}

static void *watch(void *arg)
{
	int clear = open("/proc/self/clear_refs", O_WRONLY);

	(void)arg;
	while (!atomic_load(&stop)) {
		read_file("/proc/self/maps");
		read_file("/proc/self/smaps");
		read_file("/proc/self/smaps_rollup");
		read_file("/proc/self/numa_maps");
		/* Referenced bits, soft-dirty bits, peak RSS. */
		if (write(clear, "1", 1) + write(clear, "4", 1) +
		    write(clear, "5", 1) < 0)
			continue;
	}
	close(clear);
	return NULL;
}

static void rewrite(void *arg)
{
	char *p = arg;

	TA_CHILD(ta_all(p, 64 * PAGE, 7));
	memset(p, 8, 64 * PAGE);
	TA_CHILD(ta_all(p, 64 * PAGE, 8));
}

TEST_F_TIMEOUT(outside, h100_being_watched, 120)
{
	pthread_t thread;

	ASSERT_EQ(0, pthread_create(&thread, NULL, watch, NULL));
	for (int i = 0; i < 50; i++) {
		char *p = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);

		memset(p, 7, 64 * PAGE);
		EXPECT_EQ(0, ta_join(ta_fork(rewrite, p)));
		EXPECT_TRUE(ta_all(p, 64 * PAGE, 7));
		memset(p, 9, 64 * PAGE);
		ASSERT_EQ(0, munmap(p, 64 * PAGE));
		ASSERT_EQ(self->page, memset(self->page, 1, PAGE));
	}
	atomic_store(&stop, true);
	pthread_join(thread, NULL);
	EXPECT_EQ(self->pages - 1, ta_free_pages(self->fd));
}

/* H101: debuggers and core dumps, while threads fault. */

#define LEN	(64 * PAGE)
#define KEPT	0x9d	/* what a page is full of that is to be in a dump */
#define LEFT_OUT 0xb6	/* that is not */

struct busy {
	outside_t *self;
	char *kept;
};

static void *fault_for_ever(void *arg)
{
	struct busy *busy = arg;

	for (;;) {
		char *p = ta_mmap(busy->self->fd, NULL, LEN, RW, 0);

		for (size_t i = 0; i < LEN; i += PAGE)
			p[i] = 1;
		ta_madvise(busy->self->fd, p, LEN, MADV_DONTNEED);
		memset(p, 2, PAGE);
		munmap(p, LEN);
	}
	return NULL;
}

static void start_threads(struct busy *busy)
{
	pthread_t thread;

	for (int i = 0; i < 4; i++)
		TA_CHILD(!pthread_create(&thread, NULL, fault_for_ever, busy));
	usleep(50000);
}

/* How many pages of a core file are full of a byte, or -1 */
static long count_full(const char *path, unsigned char byte)
{
	FILE *f = fopen(path, "re");
	char page[PAGE];
	long nr = 0;

	if (!f)
		return -1;
	while (fread(page, PAGE, 1, f) == 1)
		nr += ta_all(page, PAGE, byte);
	fclose(f);
	return nr;
}

static void dump_core(void *arg)
{
	struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	struct busy *busy = arg;
	char *out, *sparse;

	TA_CHILD(!chdir("/tmp/teachalloc_core"));
	TA_CHILD(!setrlimit(RLIMIT_CORE, &unlimited));
	out = ta_mmap(busy->self->fd, NULL, LEN, RW, 0);
	memset(out, LEFT_OUT, LEN);
	TA_CHILD(!madvise(out, LEN, MADV_DONTDUMP));
	/* H94: so large that looking at each page would take for ever */
	sparse = ta_mmap(busy->self->fd, NULL, 1UL << 44, RW, MAP_NORESERVE);
	for (size_t i = 0; i < 64; i++)
		memset(sparse + (i << 21), LEFT_OUT, PAGE);
	memset(busy->kept, KEPT, LEN);
	start_threads(busy);
	abort();
}

static bool set_core_pattern(const char *text)
{
	int fd = open("/proc/sys/kernel/core_pattern", O_WRONLY);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return ok;
}

TEST_F_TIMEOUT(outside, h94_h101_a_core_dump_has_our_memory, 120)
{
	static const char path[] = "/tmp/teachalloc_core/core";
	struct busy busy = { self };

	if (geteuid() || !set_core_pattern("core"))
		SKIP(return, "where core dumps go is root's to say");
	mkdir("/tmp/teachalloc_core", 0700);
	unlink(path);
	busy.kept = variant->heap ? ta_sbrk(self->fd, LEN) :
				    ta_mmap(self->fd, NULL, LEN, RW, 0);
	EXPECT_EQ(-SIGABRT, ta_join(ta_fork(dump_core, &busy)));
	EXPECT_EQ((long)(LEN / PAGE), count_full(path, KEPT));
	EXPECT_EQ(0, count_full(path, LEFT_OUT));
	unlink(path);
	rmdir("/tmp/teachalloc_core");
	EXPECT_EQ(self->pages - 1, ta_free_pages(self->fd));
}

static void be_debugged(void *arg)
{
	start_threads(arg);
	for (;;)
		pause();
}

/* As gdb and gcore: stop it, read all that it maps, go on, and again. */
static void read_mappings(pid_t pid)
{
	char path[32], line[512];
	unsigned long start, end;
	int mem;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDONLY);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	f = fopen(path, "re");
	while (f && fgets(line, sizeof(line), f)) {
		char bytes[PAGE];

		if (!strstr(line, "[teachalloc") ||
		    sscanf(line, "%lx-%lx", &start, &end) != 2)
			continue;
		for (; start < end; start += PAGE)
			if (pread(mem, bytes, PAGE, start) < 0 && errno != EIO)
				perror("# reading a process's memory");
	}
	if (f)
		fclose(f);
	close(mem);
}

TEST_F_TIMEOUT(outside, h101_a_debugger_reads_while_threads_fault, 120)
{
	struct busy busy = { self };
	pid_t pid = ta_fork(be_debugged, &busy);

	for (int i = 0; i < 20; i++) {
		ASSERT_EQ(0, ptrace(PTRACE_ATTACH, pid, 0, 0));
		ASSERT_EQ(pid, waitpid(pid, NULL, __WALL));
		read_mappings(pid);
		EXPECT_EQ(0x0101010101010101,
			  ptrace(PTRACE_PEEKDATA, pid, self->page, 0));
		ASSERT_EQ(0, ptrace(PTRACE_DETACH, pid, 0, 0));
	}
	kill(pid, SIGKILL);
	EXPECT_EQ(-SIGKILL, ta_join(pid));
	EXPECT_EQ(self->pages - 1, ta_free_pages(self->fd));
}

TA_TEST_MAIN
