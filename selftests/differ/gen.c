// SPDX-License-Identifier: GPL-2.0
/*
 * Operations drawn by chance, with a love for edges.
 *
 * Model: a seed makes the same row of operations everywhere. Most are about a few
 * pages in a small arena or in the heap, so that they meet: at what is mapped,
 * across its ends, over holes. One in some has an argument that is zero, not
 * aligned, at the end of the address space, or beyond.
 */
#include "gen.h"

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* Of 1000 */
static const struct {
	enum op_kind kind;
	unsigned int weight;
} weights[] = {
	{ OP_WRITE, 180 },
	{ OP_FILL, 55 },
	{ OP_READ, 134 },
	{ OP_MAP, 120 },
	{ OP_UNMAP, 60 },
	{ OP_PROTECT, 70 },
	{ OP_REMAP, 90 },
	{ OP_ADVISE, 90 },
	{ OP_BRK, 70 },
	{ OP_GET, 20 },
	{ OP_PUT, 25 },
	{ OP_LOCK, 12 },
	{ OP_UNLOCK, 8 },
	{ OP_FORK, 12 },
	{ OP_SWITCH, 20 },
	{ OP_EXIT, 8 },
	{ OP_LOOK, 14 },
	{ OP_CHECK, 12 },
};

static const uint32_t prots[] = {
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_WRITE,
	PROT_READ | PROT_WRITE,
	PROT_READ,
	PROT_NONE,
	PROT_WRITE,
	PROT_READ | PROT_EXEC,
	PROT_READ | PROT_WRITE | PROT_EXEC,
};

static const uint32_t map_flags[] = {
	0,
	MAP_FIXED,
	MAP_FIXED,
	MAP_FIXED,
	MAP_FIXED_NOREPLACE,
	MAP_FIXED | MAP_POPULATE,
	MAP_FIXED | MAP_NORESERVE,
	MAP_POPULATE,
};

static const uint32_t remap_flags[] = {
	0,
	MREMAP_MAYMOVE,
	MREMAP_MAYMOVE,
	MREMAP_MAYMOVE | MREMAP_FIXED,
	MREMAP_MAYMOVE | MREMAP_FIXED,
	MREMAP_MAYMOVE | MREMAP_FIXED,
	MREMAP_MAYMOVE | MREMAP_DONTUNMAP,
	MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP,
	MREMAP_FIXED,
	MREMAP_MAYMOVE | 8,
};

static const uint32_t advices[] = {
	MADV_DONTNEED,
	MADV_DONTNEED,
	MADV_DONTNEED,
	MADV_FREE,
	MADV_FREE,
	MADV_DONTNEED_LOCKED,
	MADV_POPULATE_READ,
	MADV_POPULATE_WRITE,
	MADV_WILLNEED,
	MADV_NORMAL,
	MADV_RANDOM,
	MADV_SEQUENTIAL,
	MADV_DONTFORK,
	MADV_DOFORK,
	MADV_DOFORK,
	MADV_DONTDUMP,
	MADV_DODUMP,
	MADV_WIPEONFORK,
	MADV_KEEPONFORK,
	MADV_REMOVE,
	MADV_COLD,
	MADV_PAGEOUT,
	9999,
};

static const uint64_t odd_lengths[] = {
	0,
	1,
	PAGE_BYTES - 1,
	PAGE_BYTES + 1,
	4 * DATA_LIMIT,
	(1ULL << 47) - PAGE_BYTES,
	(1ULL << 56) - PAGE_BYTES,
	(1ULL << 56) - PAGE_BYTES + 1,
	1ULL << 63,
	-PAGE_BYTES,
	-PAGE_BYTES + 1,
	-1ULL,
};

static const uint64_t odd_places[] = {
	(1ULL << 47) - PAGE_BYTES,
	1ULL << 47,
	(1ULL << 56) - PAGE_BYTES,
	1ULL << 63,
	-PAGE_BYTES,
	-1ULL,
};

static bool one_in(struct ta_rand *rand, unsigned int nr)
{
	return !ta_random(rand, nr);
}

/* A page, one that is mapped if some tries find one. */
static uint64_t draw_page(struct ta_rand *rand, struct model *m, int tries)
{
	struct proc *p = &m->procs[m->cur];
	int nr = one_in(rand, 4) ? ARENA_PAGES + ta_random(rand, HEAP_PAGES) :
				   ta_random(rand, ARENA_PAGES);

	for (int i = 0; i < tries && !p->slots[nr].mapped; i++)
		nr = nr >= ARENA_PAGES ?
		     ARENA_PAGES + (int)ta_random(rand, HEAP_PAGES) :
		     (int)ta_random(rand, ARENA_PAGES);
	return slot_addr(nr);
}

static uint64_t draw_place(struct ta_rand *rand, struct model *m)
{
	if (one_in(rand, 60))
		return odd_places[ta_random(rand, NR(odd_places))];
	return draw_page(rand, m, 4) + (one_in(rand, 40) ? 1 : 0);
}

/* How many pages are mapped from an address on */
static unsigned int extent(struct model *m, uint64_t at)
{
	unsigned int nr = 0;

	while (mapped_at(&m->procs[m->cur], at + nr * PAGE_BYTES))
		nr++;
	return nr;
}

/* Half of the ranges are mapped all through, if they can be. */
static uint64_t draw_len(struct ta_rand *rand, struct model *m, uint64_t at)
{
	unsigned int nr = extent(m, at);

	if (nr && one_in(rand, 2))
		return (1 + ta_random(rand, nr)) * PAGE_BYTES;
	if (one_in(rand, 25))
		return odd_lengths[ta_random(rand, NR(odd_lengths))];
	if (one_in(rand, 12))
		return (1 + ta_random(rand, 40)) * PAGE_BYTES;
	return (1 + ta_random(rand, 6)) * PAGE_BYTES -
	       (one_in(rand, 20) ? ta_random(rand, PAGE_BYTES) : 0);
}

static void draw_map(struct ta_rand *rand, struct op *op)
{
	op->arg = prots[ta_random(rand, NR(prots))];
	op->flags = map_flags[ta_random(rand, NR(map_flags))];
	if (one_in(rand, 40))
		op->flags |= MAP_LOCKED;
	/* Some are large, so that there is something to take parts of. */
	if (op->len < DATA_LIMIT && one_in(rand, 3))
		op->len = (8 + ta_random(rand, 24)) * PAGE_BYTES;
}

static void draw_remap(struct ta_rand *rand, struct model *m, struct op *op)
{
	op->flags = remap_flags[ta_random(rand, NR(remap_flags))];
	op->to = one_in(rand, 10) ? 0 : draw_place(rand, m);
	if (one_in(rand, 20))
		op->len = 0;
	op->new_len = one_in(rand, 3) ? op->len : draw_len(rand, m, 0);
	if (op->flags & MREMAP_DONTUNMAP)
		op->new_len = op->len;
}

static uint64_t draw_brk(struct ta_rand *rand, struct model *m)
{
	uint64_t brk = m->procs[m->cur].brk;

	switch (ta_random(rand, 8)) {
	case 0:
		return HEAP + ta_random(rand, HEAP_PAGES * PAGE_BYTES);
	case 1:
		return HEAP + ta_random(rand, brk + 1);
	case 2:
		return HEAP;
	case 3:
		return one_in(rand, 2) ? HEAP - (1ULL << 30) :
		       HEAP + (2 * DATA_LIMIT << ta_random(rand, 16));
	case 4:
		return draw_place(rand, m);
	default:
		return HEAP + page_align(brk) +
		       ta_random(rand, 4) * PAGE_BYTES;
	}
}

static enum op_kind draw_kind(struct ta_rand *rand)
{
	unsigned int nr = ta_random(rand, 1000);

	for (unsigned int i = 0; i < NR(weights); i++) {
		if (nr < weights[i].weight)
			return weights[i].kind;
		nr -= weights[i].weight;
	}
	return OP_CHECK;
}

static uint64_t draw_byte_at(struct ta_rand *rand, struct model *m)
{
	return draw_page(rand, m, 12) + cell_at[ta_random(rand, NR_CELLS)];
}

/**
 * gen_op() - draw an operation
 * @rand: where from
 * @m: what is mapped just now
 * @op: filled in
 */
void gen_op(struct ta_rand *rand, struct model *m, struct op *op)
{
	*op = (struct op){ .kind = draw_kind(rand) };
	switch (op->kind) {
	case OP_READ:
	case OP_GET:
	case OP_WRITE:
	case OP_PUT:
		op->at = draw_byte_at(rand, m);
		if (op_uses(op->kind, 'b'))
			op->arg = 1 + ta_random(rand, 255);
		return;
	case OP_BRK:
		op->at = draw_brk(rand, m);
		return;
	case OP_SWITCH:
		op->arg = ta_random(rand, MAX_PROCS);
		return;
	case OP_FORK:
	case OP_EXIT:
	case OP_LOOK:
	case OP_CHECK:
		return;
	default:
		op->at = draw_place(rand, m);
		op->len = draw_len(rand, m, op->at);
	}
	if (op->kind == OP_MAP)
		draw_map(rand, op);
	else if (op->kind == OP_REMAP)
		draw_remap(rand, m, op);
	else if (op->kind == OP_ADVISE)
		op->arg = advices[ta_random(rand, NR(advices))];
	else if (op->kind == OP_PROTECT)
		op->arg = prots[ta_random(rand, NR(prots))];
	else if (op->kind == OP_FILL)
		op->arg = 1 + ta_random(rand, 255);
}
