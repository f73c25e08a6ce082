// SPDX-License-Identifier: GPL-2.0
/*
 * The long random runs as a user-space program. Prints KTAP.
 *
 *	torture-asan [LAYER [OPS [SEED]]]	"" stands for all layers
 *
 * Two threads, as there are two CPUs in the VMs; nobody interrupts them.
 */
#include "torture.h"

#include <linux/random.h>

#define NR_THREADS	2

static const struct ta_torture_layer * const layers[] = {
	&ta_torture_pages,
	&ta_torture_slab,
	&ta_torture_vmalloc,
};

void ta_torture_interrupts(struct ta_torture *run, bool on)
{
}

/* What the host misses afterwards is lost, too. */
static bool torture(const struct ta_torture_layer *layer, u64 nr_steps, u32 seed)
{
	struct ta_torture run = {
		.layer = layer,
		.seed = seed,
		.nr_threads = NR_THREADS,
		.nr_steps = nr_steps,
	};
	bool ok = !ta_torture_run(&run) && !host_warnings();

	if (host_leaked_pages() || host_leaked_objects()) {
		printf("# the host misses %lu pages, %ld objects\n",
		       host_leaked_pages(), host_leaked_objects());
		ok = false;
	}
	return ok;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	u64 nr_steps = argc > 2 ? strtoull(argv[2], NULL, 0) : 200000;
	u32 seed = argc > 3 ? strtoul(argv[3], NULL, 0) : get_random_u32();
	bool all_ok = true;
	unsigned int i, nr = 0;

	/* A sanitizer that ends the program writes nothing out. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < ARRAY_SIZE(layers); i++) {
		bool ok;

		if (*what && strcmp(what, layers[i]->name))
			continue;
		ok = torture(layers[i], nr_steps, seed);
		printf("%sok %u torture_%s\n", ok ? "" : "not ", ++nr,
		       layers[i]->name);
		all_ok &= ok;
	}
	return all_ok && nr ? 0 : 1;
}
