// SPDX-License-Identifier: GPL-2.0
/*
 * 19: Where the ranges of a process are kept
 *
 * A process has hundreds of ranges of addresses, some have tens of thousands. At each
 * fault the kernel must find the one that an address lies in. Texts of many years show a
 * list for that: `mm_struct` has a field `mmap`, which points to the first range, which
 * points to the next.
 *
 * The running kernel tells what its structures look like: /sys/kernel/btf/vmlinux has the
 * types, with all members, in a format that is made for programs (BTF). The lab reads it.
 * Then it measures how long a look-up takes among few ranges and among very many.
 *
 * Claim: The ranges (VMAs) hang in a list from mm_struct, by its field mmap.
 * Verdict: dated
 * So: Since 6.1 there is a maple tree, mm_mt, and neither that field nor the list; before,
 * a red-black tree stood beside the list. Among 32768 ranges one is found nearly as
 * fast as among 16.
 */
#include <stdint.h>
#include <time.h>

#include "lab.h"

/* The format: a header, an array of types of various lengths, and names. */
struct btf_header {
	uint16_t magic;
	uint8_t version, flags;
	uint32_t hdr_len, type_off, type_len, str_off, str_len;
};

struct btf_type {
	uint32_t name, info, size;
};

struct btf_member {
	uint32_t name, type, offset;
};

enum { BTF_INT = 1, BTF_PTR, BTF_ARRAY, BTF_STRUCT, BTF_UNION, BTF_ENUM,
	BTF_FUNC_PROTO = 13, BTF_VAR, BTF_DATASEC, BTF_DECL_TAG = 17, BTF_ENUM64 = 19 };

static char *btf;			/* the file */
static const struct btf_type **types;	/* by number */
static unsigned int nr_types;

static unsigned int kind_of(const struct btf_type *t)
{
	return t->info >> 24 & 31;
}

static const char *name_of(uint32_t offset)
{
	const struct btf_header *head = (void *)btf;

	return btf + head->hdr_len + head->str_off + offset;
}

/* Behind some types there is more. */
static size_t length_of(const struct btf_type *t)
{
	unsigned int nr = t->info & 0xffff;

	switch (kind_of(t)) {
	case BTF_INT:
	case BTF_VAR:
	case BTF_DECL_TAG:
		return sizeof(*t) + 4;
	case BTF_ARRAY:
		return sizeof(*t) + 12;
	case BTF_ENUM:
	case BTF_FUNC_PROTO:
		return sizeof(*t) + nr * 8;
	case BTF_STRUCT:
	case BTF_UNION:
	case BTF_DATASEC:
	case BTF_ENUM64:
		return sizeof(*t) + nr * 12;
	default:
		return sizeof(*t);
	}
}

static void read_types(void)
{
	FILE *f = fopen("/sys/kernel/btf/vmlinux", "re");
	const struct btf_header *head;
	size_t room = 16 * MIB, len;
	const char *at, *end;

	btf = malloc(room);
	len = f && btf ? fread(btf, 1, room, f) : 0;
	head = (void *)btf;
	if (len < sizeof(*head) || head->magic != 0xeb9f)
		lab_die("reading the kernel's types");
	fclose(f);
	types = malloc(head->type_len / sizeof(struct btf_type) * sizeof(*types));
	at = btf + head->hdr_len + head->type_off;
	end = at + head->type_len;
	/* Number 0 is void. */
	for (nr_types = 1; at < end; at += length_of((void *)at))
		types[nr_types++] = (void *)at;
}

static const struct btf_type *find_struct(const char *name)
{
	for (unsigned int i = 1; i < nr_types; i++)
		if (kind_of(types[i]) == BTF_STRUCT &&
		    !strcmp(name_of(types[i]->name), name))
			return types[i];
	lab_die(name);
	return NULL;
}

/* The member of a structure, or of one without a name within it, or NULL. */
static const struct btf_member *find_member(const struct btf_type *t,
					    const char *name)
{
	const struct btf_member *m = (void *)(t + 1), *found = NULL;

	for (unsigned int i = 0; !found && i < (t->info & 0xffff); i++, m++) {
		if (!strcmp(name_of(m->name), name))
			found = m;
		else if (!*name_of(m->name) && (kind_of(types[m->type]) & ~1) == 4)
			found = find_member(types[m->type], name);
	}
	return found;
}

static bool has(const char *type, const char *member)
{
	const struct btf_member *m = find_member(find_struct(type), member);
	const char *what = m ? name_of(types[m->type]->name) : "none";

	printf("  %-16s %-10s %s\n", type, member, *what ? what : "a pointer");
	return m;
}

static void structures(void)
{
	lab_step("What mm_struct has",
		 "A maple tree, and no field mmap; a range has no pointer to the next one.");
	read_types();
	expect_yes("mm_struct has mmap", has("mm_struct", "mmap"), false);
	expect_yes("vm_area_struct has vm_next", has("vm_area_struct", "vm_next"), false);
	expect_yes("mm_struct has mm_mt", has("mm_struct", "mm_mt"), true);
	expect_yes("maple_tree has ma_root", has("maple_tree", "ma_root"), true);
}

/* What a call takes that looks up the range of an address, among @nr. */
static long lookup_cost(unsigned int nr)
{
	char *p = side_map(&kernel, nr * PAGE);
	struct timespec from, to;
	unsigned char state;

	/* Every other page has other rights, so that none are merged. */
	for (unsigned int i = 0; i < nr; i += 2)
		if (mprotect(p + i * PAGE, PAGE, PROT_READ))
			lab_die("mprotect");
	clock_gettime(CLOCK_MONOTONIC, &from);
	for (unsigned int i = 0; i < 4096; i++)
		mincore(p + i * 8191UL % nr * PAGE, PAGE, &state);
	clock_gettime(CLOCK_MONOTONIC, &to);
	munmap(p, nr * PAGE);
	return ((to.tv_sec - from.tv_sec) * 1000000000 + to.tv_nsec - from.tv_nsec) / 4096;
}

int main(int argc, char **argv)
{
	static const unsigned int numbers[] = { 16, 256, 4096, 32768 };
	const char *unit = getenv("LAB_UNIT") ?: "ns";
	long cost[ARRAY_SIZE(numbers)];

	lab_begin(argc, argv, "Where the ranges of a process are kept");
	structures();
	lab_step("A look-up among few and among many",
		 "mincore() of a page finds the page's range first. In a list, one in the middle of 32768 would be 2000 times as far as one of 16.");
	lab_did("mincore(p + random * 4096, 4096, &state)");
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		cost[i] = lookup_cost(numbers[i]);
		printf("  among %5u ranges %6ld %s a call\n", numbers[i], cost[i], unit);
	}
	expect_within("the last beside the first, in percent",
		      cost[3] * 100 / cost[0], 50, 300);
	return lab_end();
}
