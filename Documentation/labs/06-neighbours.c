// SPDX-License-Identifier: GPL-2.0
/*
 * 6: Why the line of a mapping is longer than what was asked for
 *
 * Somebody maps 132 KiB, looks into `/proc/PID/maps`, and finds a line of 136.
 * "Rounded up for alignment" is a tempting thought, and wrong: 132 KiB is 33 pages,
 * and nothing about a mapping is aligned to more than a page. The fourth KiB too many
 * belongs to somebody else.
 *
 * Two ranges of anonymous memory that lie side by side with the same rights are no
 * different from one. The kernel keeps one note for both, and shows one line. So a new
 * mapping below an old one seems to be as long as the two.
 *
 * Claim: mmap of 132 KB shows a region of 136 KB, rounded up for alignment.
 * Verdict: wrong
 * So: 132 KiB are mapped, exactly. The other 4 KiB are a neighbour, with which the
 * kernel merged it; where there is no neighbour, or it has other rights, the line has
 * 132. On the service neighbours stay apart.
 */
#include "lab.h"

/* A line of maps that begins or ends where no other one is near. */
static char *empty_place(void)
{
	char *p = mmap(NULL, 64 * MIB, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED || munmap(p, 64 * MIB))
		lab_die("looking for room");
	return p + 32 * MIB;
}

static char *map_at(struct side *s, char *at, size_t len)
{
	char *p;

	if (s->fd >= 0)
		p = ta_mmap(s->fd, at, len, RW, MAP_FIXED_NOREPLACE);
	else
		p = mmap(at, len, RW, MAP_PRIVATE | MAP_ANONYMOUS |
			 MAP_FIXED_NOREPLACE, -1, 0);
	if (p != at)
		lab_die("mapping");
	return p;
}

static void walk(struct side *s)
{
	char *p = empty_place();
	bool merges = s == &kernel;

	side_begin(s);
	if (merges)
		s->watched = (struct watched){
			.start = (uintptr_t)p - MIB, .end = (uintptr_t)p + MIB,
		};

	lab_step("132 KiB, with nobody near", "A line of 132 KiB: no rounding.");
	SHOW(s, map_at(s, p, 132 * 1024));
	expect_view(s, 1, 33, 0);

	lab_step("4 KiB right above them",
		 merges ? "Not a second line: the first one has 136 KiB now." :
			  "A second line. Each mapping of the service has offsets of its own in a file, and what is not one piece of a file cannot be one line.");
	SHOW(s, map_at(s, p + 132 * 1024, 4096));
	expect_view(s, merges ? 1 : 2, 34, 0);

	lab_step("The 4 KiB may only be read from now on",
		 "Other rights, another line.");
	SHOW(s, mprotect(p + 132 * 1024, 4096, PROT_READ));
	expect_view(s, 2, 34, 0);

	lab_step("The 132 KiB are unmapped",
		 "The neighbour is left: that is the remnant one sees after munmap.");
	SHOW(s, munmap(p, 132 * 1024));
	expect_view(s, 1, 1, 0);
	munmap(p + 132 * KIB, PAGE);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "Why the line of a mapping is longer than what was asked for");
	walk(&kernel);
	walk(&service);
	return lab_end();
}
