// SPDX-License-Identifier: GPL-2.0
/*
 * 12: What kmalloc adds to what you ask for
 *
 * kmalloc has a cache for each of thirteen sizes and hands out an object of the
 * smallest that will do. So it wastes what the object has too much; and a slab, the block
 * of pages that objects are cut from, may have something left over at its end. A cache
 * made for one kind of object has only the second kind of waste.
 *
 * The events of the module say of each call what was asked for and what was given. The
 * map of a cache shows each object of its slabs: U is in use, a digit is free in the
 * magazine of that CPU, a dot is free in the slab.
 *
 * Claim: kmalloc rounds up to a size class (20 bytes get an object of 64); a cache of
 * the object's own size wastes nothing.
 * Verdict: right, but
 * So: There are classes of 8, 16, 32, 64, 96, 128, 192, 256, 512 and so on up to 8 KiB:
 * 20 bytes get 32. A cache of its own wastes no more than the end of its slabs.
 */
#include "lab.h"

static const struct {
	unsigned int asked;
	unsigned int given;
} sizes[] = {
	{ 1, 8 }, { 8, 8 }, { 9, 16 }, { 20, 32 }, { 33, 64 }, { 65, 96 },
	{ 97, 128 }, { 129, 192 }, { 193, 256 }, { 257, 512 }, { 700, 1024 },
	{ 1025, 2048 }, { 3000, 4096 }, { 4097, 8192 }, { 8193, 16384 },
};

static int take(unsigned int bytes)
{
	int handle = ta_alloc(service.fd, TA_LAYER_KMALLOC, bytes, 0, NULL);

	if (handle < 0)
		lab_die("allocating");
	return handle;
}

static void take_each(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++)
		take(sizes[i].asked);
}

static void rounding(void)
{
	char *trace, *line;

	lab_step("One object of each of many sizes",
		 "Each gets the smallest class that is large enough; above 8 KiB whole pages, a power of two of them.");
	trace_start();
	DO(take_each());
	trace = trace_stop();
	line = trace;
	printf("  asked for    given   waste\n");
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		char asked[32];
		long given;

		snprintf(asked, sizeof(asked), "bytes_req=%u ", sizes[i].asked);
		line = trace_find(line, "ta_kmalloc", asked);
		given = trace_value(line, "bytes_alloc");
		printf("  %9u %8ld %5ld %%\n", sizes[i].asked, given,
		       (given - sizes[i].asked) * 100 / given);
		if (given != sizes[i].given)
			expect("bytes given", given, sizes[i].given);
	}
	expect("bytes given for the last", trace_value(line, "bytes_alloc"),
	       sizes[ARRAY_SIZE(sizes) - 1].given);
	free(trace);
}

static long nr_marked(const char *path, char mark)
{
	char *text = file_get(path), *at = text, *line, *objects;
	long nr = 0;

	while ((line = strsep(&at, "\n"))) {
		objects = line[0] == '#' ? NULL : strrchr(line, ' ');
		for (; objects && *objects; objects++)
			nr += *objects == mark;
	}
	free(text);
	return nr;
}

static void map_of_a_slab(void)
{
	const char *map = OURS "slab/kmalloc-1k/map";
	int handles[6];
	long before;

	before = nr_marked(map, 'U');
	lab_step("Six objects of 1000 bytes",
		 "They lie in slabs of four and more; what a slab has besides is in this CPU's magazine, or free in the slab.");
	lab_did("six times: ta_alloc(fd, TA_LAYER_KMALLOC, 1000, 0, NULL)");
	for (int i = 0; i < 6; i++)
		handles[i] = take(1000);
	lab_file(map, NULL);
	expect("objects in use", nr_marked(map, 'U') - before, 6);

	lab_step("Two of them are freed", "They stay near the CPU that freed them.");
	DO(ta_free(service.fd, handles[1]); ta_free(service.fd, handles[4]));
	lab_file(map, NULL);
	expect("objects in use", nr_marked(map, 'U') - before, 4);
}

static void own_cache(void)
{
	long size = file_number(OURS "slab/vmap_span/object_size");
	long in_slab = file_number(OURS "slab/vmap_span/slab_size");
	long nr = file_number(OURS "slab/vmap_span/objs_per_slab");
	long bytes = PAGE << file_number(OURS "slab/vmap_span/order");
	long class = 8;

	for (size_t i = 0; i < ARRAY_SIZE(sizes) && class < size; i++)
		class = sizes[i].given;
	lab_step("A cache of its own",
		 "The module's vmalloc layer has a struct for each area, and a cache for those: no object has a byte too many.");
	lab_file(OURS "slab/vmap_span/waste", NULL);
	lab_tell("Beside",
		 "a slab of %ld bytes has %ld objects of %ld bytes; kmalloc would take %ld for each",
		 bytes, nr, size, class);
	expect("bytes too many, an object", in_slab - size, 0);
	expect_within("bytes left over at the end of a slab", bytes - nr * in_slab,
		      0, bytes / 16);
}

int main(int argc, char **argv)
{
	lab_begin(argc, argv, "What kmalloc adds to what you ask for");
	rounding();
	map_of_a_slab();
	own_cache();
	return lab_end();
}
