// SPDX-License-Identifier: GPL-2.0
/*
 * What the labs share: steps, checks, and the two sides of an experiment.
 *
 * Model: a lab is a list of steps. Each says what to expect, does it, shows what
 * was seen before and after, and compares figures. Steps on a *side* are done
 * on the service and then by the same code on the kernel's own memory.
 *
 * Context: root, on a module that nobody else uses.
 *
 * Failure: a figure that is not as expected is shown, the lab goes on, and ends
 * with exit status 1; a call that fails ends it with status 2.
 */
#include <sched.h>
#include <stdarg.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "lab.h"

struct side service = {
	.name = "the service", .fd = -1, .watched = { .name = "[teachalloc" },
};

struct side kernel = { .name = "the kernel", .fd = -1 };

static unsigned int nr_steps, nr_checks, nr_wrong;

/**
 * lab_die() - end the lab since a call failed
 * @what: which
 */
void lab_die(const char *what)
{
	say(BAD, "%s: %s\n", what, strerror(errno));
	exit(2);
}

/**
 * lab_begin() - open the device, and say what this is about
 * @argc: main's
 * @argv: main's
 * @title: the lab's
 */
void lab_begin(int argc, char **argv, const char *title)
{
	cpu_set_t first;

	/* What a CPU keeps to itself should be one CPU's. */
	CPU_ZERO(&first);
	CPU_SET(0, &first);
	sched_setaffinity(0, sizeof(first), &first);
	screen_init(screen_wanted(argc, argv));
	service.fd = ta_open();
	if (service.fd < 0)
		lab_die(TA_DEVICE " (is the module inserted?)");
	heading(title);
	if (watch(service.fd, &service.start))
		lab_die("looking around");
}

/**
 * lab_end() - say how it went
 *
 * Return: the exit status.
 */
int lab_end(void)
{
	close(service.fd);
	if (nr_wrong || !nr_checks)
		say(BAD, "\n%u checks, %u NOT as expected\n", nr_checks, nr_wrong);
	else
		say(GOOD, "\n%u checks, all as expected\n", nr_checks);
	return nr_wrong || !nr_checks;
}

/**
 * lab_step() - begin a step
 * @title: what happens
 * @expected: and what should be seen
 */
void lab_step(const char *title, const char *expected)
{
	say(TITLE, "\n%3u %s\n", ++nr_steps, title);
	labelled("Expect", expected);
}

/**
 * lab_did() - say what is done now
 * @source: in the words of the source
 */
void lab_did(const char *source)
{
	labelled("Do", source);
}

static void look(struct side *side)
{
	if (side->fd < 0 ? watch_lines(&side->watched, &side->now)
			 : watch(side->fd, &side->now))
		lab_die("looking at the result");
}

/**
 * lab_look() - look at a side, and show what is seen
 * @side: which
 * @label: "Before" or "After"; what is new since the last look is marked
 */
void lab_look(struct side *side, const char *label)
{
	struct view old = side->now;
	bool known = side->now.process_kib;

	look(side);
	show(label, &side->now, known ? &old : NULL);
}

/**
 * lab_pool() - look at the pool, and show its free blocks
 * @label: in the left column
 */
void lab_pool(const char *label)
{
	struct view old = service.now;

	look(&service);
	lab_tell(label, "%llu of %llu pages free", service.now.pool.free_pages,
		 service.now.pool.pool_pages);
	show_blocks(&service.now, old.process_kib ? &old : NULL);
}

/**
 * lab_tell() - print a line beside a label
 * @label: in the left column
 * @fmt: as for printf; broken into lines where it is too long
 */
void lab_tell(const char *label, const char *fmt, ...)
{
	char text[1024];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	labelled(label, text);
}

/**
 * lab_file() - print a file, or those of its lines that matter
 * @path: its name
 * @word: what a line must have, or NULL
 */
void lab_file(const char *path, const char *word)
{
	char *text = file_get(path), *at = text, *line;

	if (!text)
		lab_die(path);
	lab_tell("File", "%s", path);
	while ((line = strsep(&at, "\n")) && at)
		if (!word || strstr(line, word))
			printf("  %s\n", line);
	free(text);
}

/**
 * side_begin() - say that a side's turn has come
 * @side: which
 */
void side_begin(struct side *side)
{
	say(TITLE, "\n    On %s:\n", side->name);
}

/**
 * lab_next_block() - read a line of free_blocks
 * @at: where to read from, moved on
 * @block: filled in
 *
 * Return: false at the end.
 */
bool lab_next_block(char **at, struct block *block)
{
	char *line = strsep(at, "\n");

	return line && sscanf(line, "frame %lu pfn %lu order %lu", &block->frame,
			      &block->pfn, &block->order) == 3;
}

/**
 * lab_operation() - print the events of an operation
 * @trace: what was recorded
 * @op: its number
 *
 * Return: how many there are.
 */
int lab_operation(const char *trace, long op)
{
	const char *line = trace, *end, *event;
	char mark[32];
	int nr = 0;

	snprintf(mark, sizeof(mark), " op=%ld\n", op);
	for (; line && (end = strchr(line, '\n')); line = end + 1) {
		if (!memmem(line, end - line + 1, mark, strlen(mark)))
			continue;
		event = strstr(line, ": ta_");
		if (event && event < end && ++nr)
			printf("  %.*s\n", (int)(end - event - 2), event + 2);
	}
	return nr;
}

static bool check(bool ok, const char *what, const char *is, const char *wanted)
{
	nr_checks++;
	nr_wrong += !ok;
	say(ok ? GOOD : BAD, ok ? "    as expected: %s: %s\n" :
				  "    NOT as expected: %s: %s, not %s\n",
	    what, is, wanted);
	return ok;
}

/**
 * expect() - compare a figure
 * @what: its name
 * @is: what was seen
 * @wanted: what was expected
 *
 * Return: whether they are the same.
 */
bool expect(const char *what, long is, long wanted)
{
	char a[32], b[32];

	snprintf(a, sizeof(a), "%ld", is);
	snprintf(b, sizeof(b), "%ld", wanted);
	return check(is == wanted, what, a, b);
}

/**
 * expect_yes() - compare an answer
 * @what: is said
 * @is: whether it is so
 * @wanted: whether it was expected
 *
 * Return: whether they are the same.
 */
bool expect_yes(const char *what, bool is, bool wanted)
{
	return check(is == wanted, what, is ? "yes" : "no", wanted ? "yes" : "no");
}

/**
 * expect_within() - compare a figure that is not known to the last digit
 * @what: its name
 * @is: what was seen
 * @low: the least that was expected
 * @high: the most
 *
 * Return: whether it is between them.
 */
bool expect_within(const char *what, long is, long low, long high)
{
	char a[32], b[64];

	snprintf(a, sizeof(a), "%ld", is);
	snprintf(b, sizeof(b), "between %ld and %ld", low, high);
	return check(is >= low && is <= high, what, a, b);
}

/**
 * used_pages() - pages of the pool in use beyond those when the lab began
 * @side: the service, after a look
 *
 * Return: how many.
 */
long used_pages(const struct side *side)
{
	return pages_used(&side->now, &service.start);
}

static bool same_view(const struct side *side, unsigned int nr_lines,
		      unsigned long mapped_kib, unsigned long rss_kib)
{
	const struct view *now = &side->now;

	return now->nr_lines == nr_lines && now->mapped_kib == mapped_kib &&
	       now->rss_kib == rss_kib;
}

/**
 * expect_view() - compare what was seen last
 * @side: of whom
 * @nr_lines: of maps
 * @nr_mapped: pages that they span
 * @nr_resident: of these, with memory behind them; of the service so many pages
 *	must be missing in the pool
 */
void expect_view(const struct side *side, unsigned int nr_lines,
		 unsigned long nr_mapped, unsigned long nr_resident)
{
	unsigned long mapped_kib = nr_mapped * PAGE / KIB;
	unsigned long rss_kib = nr_resident * PAGE / KIB;

	if (same_view(side, nr_lines, mapped_kib, rss_kib)) {
		nr_checks++;
		say(GOOD, "    as expected: %u line%s, %lu KiB mapped, %lu KiB resident\n",
		    nr_lines, nr_lines == 1 ? "" : "s", mapped_kib, rss_kib);
	} else {
		expect("lines of maps", side->now.nr_lines, nr_lines);
		expect("KiB mapped", side->now.mapped_kib, mapped_kib);
		expect("KiB resident", side->now.rss_kib, rss_kib);
	}
	if (side->fd >= 0)
		expect("pages of the pool in use", used_pages(side), nr_resident);
}

/*
 * The process's own heap is in use, by its C library. Let a second one begin
 * far above it, empty, as if nobody had ever moved the break.
 */
static void kernel_heap(void)
{
	unsigned long end = syscall(SYS_brk, 0);
	unsigned long start = (end + 64 * MIB) & ~(PAGE - 1);

	if (prctl(PR_SET_MM, PR_SET_MM_BRK, start, 0, 0) ||
	    prctl(PR_SET_MM, PR_SET_MM_START_BRK, start, 0, 0))
		lab_die("a second heap");
	kernel.heap = (char *)start;
	kernel.watched = (struct watched){ .name = "[heap]" };
}

/**
 * side_heap() - find out where the break of a side begins
 * @side: which; its heap is set, and empty
 */
void side_heap(struct side *side)
{
	if (side->fd < 0)
		kernel_heap();
	else if (ta_brk_range(side->fd, (void **)&side->heap, NULL))
		lab_die("asking for the break");
}

/**
 * side_brk() - set the break of a side
 * @side: which
 * @addr: where to
 *
 * Return: 0, or -1 with errno.
 */
int side_brk(struct side *side, char *addr)
{
	if (side->fd >= 0)
		return ta_brk(side->fd, addr);
	if (syscall(SYS_brk, addr) == (long)addr)
		return 0;
	errno = ENOMEM;
	return -1;
}

/**
 * side_map() - get a private anonymous mapping, and watch it
 * @side: of whom
 * @len: bytes
 *
 * In pages of 4 KiB: the kernel would else use one of 2 MiB where it has one.
 *
 * Return: its address.
 */
char *side_map(struct side *side, size_t len)
{
	char *p;

	if (side->fd >= 0)
		p = ta_mmap(side->fd, NULL, len, RW, MAP_NORESERVE);
	else
		p = mmap(NULL, len, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		lab_die("mapping");
	if (side->fd < 0) {
		madvise(p, len, MADV_NOHUGEPAGE);
		side->watched = (struct watched){
			.start = (uintptr_t)p, .end = (uintptr_t)p + len,
		};
	}
	return p;
}

/**
 * side_forget() - give pages back, but keep their addresses
 * @side: whose
 * @addr: from where
 * @len: bytes
 */
void side_forget(struct side *side, char *addr, size_t len)
{
	if (side->fd >= 0 ? ta_madvise(side->fd, addr, len, MADV_DONTNEED)
			  : madvise(addr, len, MADV_DONTNEED))
		lab_die("MADV_DONTNEED");
}

/**
 * touch() - write a byte to each page
 * @addr: of the first
 * @nr_pages: how many
 */
void touch(char *addr, size_t nr_pages)
{
	for (size_t i = 0; i < nr_pages; i++)
		((volatile char *)addr)[i * PAGE] = 1;
}
