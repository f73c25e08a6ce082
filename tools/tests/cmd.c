// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of what the command works out by itself: they need no device.
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "explain.h"
#include "json.h"
#include "mallocway.h"
#include "narrate.h"
#include "poolmap.h"
#include "script.h"
#include "size.h"
#include "teachalloc.h"
#include "follow.h"

#define PROBE	"TA_PROBE_MALLOC"

/* --- sizes ------------------------------------------------------------- */

TEST(sizes_are_read)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 }, { "1", 1 }, { "4096", 4096 }, { "0x1000", 4096 },
		{ "64K", 65536 }, { "64k", 65536 }, { "4M", 4 << 20 },
		{ "4MiB", 4 << 20 }, { "1KB", 1024 }, { "7B", 7 },
		{ "15E", 15ULL << 60 }, { "18446744073709551615", UINT64_MAX },
	};
	static const char * const bad[] = {
		"", "K", "-1", "+1", " 1", "1 ", "1KK", "1Ki", "1X", "0x", "1.5K",
		"16E", "18446744073709551616", "99999999999999999999",
	};
	uint64_t bytes;

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_TRUE(size_parse(good[i].text, &bytes)) {
			TH_LOG("%s", good[i].text);
		}
		EXPECT_EQ(good[i].bytes, bytes);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(size_parse(bad[i], &bytes)) {
			TH_LOG("'%s'", bad[i]);
		}
	}
}

TEST(ranges_are_read)
{
	static const struct {
		const char *text;
		uint64_t from;
		uint64_t to;
	} good[] = {
		{ "0", 0, 1 }, { "4K", 4096, 4097 }, { "1..3", 1, 3 },
		{ "..4K", 0, 4096 }, { "4K..", 4096, 8192 },
		{ "0..8K", 0, 8192 }, { "..", 0, 8192 },
	};
	static const char * const bad[] = {
		"8K", "1..1", "2..1", "0..8193", "x..1", "1..x", "1...2", "",
	};
	uint64_t range[2];

	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_TRUE(size_parse_range(good[i].text, 8192, range)) {
			TH_LOG("%s", good[i].text);
		}
		EXPECT_EQ(good[i].from, range[0]);
		EXPECT_EQ(good[i].to, range[1]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(size_parse_range(bad[i], 8192, range)) {
			TH_LOG("'%s'", bad[i]);
		}
	}
}

TEST(sizes_are_written_exactly)
{
	char words[SIZE_WORDS];

	EXPECT_STREQ("0 B", size_words(0, words));
	EXPECT_STREQ("1023 B", size_words(1023, words));
	EXPECT_STREQ("1 KiB", size_words(1024, words));
	EXPECT_STREQ("1025 B", size_words(1025, words));
	EXPECT_STREQ("132 KiB", size_words(132 << 10, words));
	EXPECT_STREQ("16383 PiB", size_words(16383ULL << 50, words));
	EXPECT_STREQ("15 EiB", size_words(15ULL << 60, words));
}

/* --- JSON -------------------------------------------------------------- */

FIXTURE(json) {
	char text[256];
	FILE *file;
	struct json j;
};

FIXTURE_SETUP(json)
{
	self->file = fmemopen(self->text, sizeof(self->text), "w");
	ASSERT_NE(NULL, self->file);
	json_begin(&self->j, self->file);
}

FIXTURE_TEARDOWN(json)
{
	fclose(self->file);
}

TEST_F(json, nests)
{
	json_array(&self->j, "empty");
	json_end(&self->j);
	json_array(&self->j, "list");
	json_bool(&self->j, NULL, true);
	json_object(&self->j, NULL);
	json_bool(&self->j, "b", false);
	json_end(&self->j);
	json_end(&self->j);
	json_number(&self->j, "n", 1);
	json_finish(&self->j);
	fflush(self->file);
	EXPECT_STREQ("{\"empty\": [], \"list\": [true, {\"b\": false}], \"n\": 1}\n",
		     self->text);
}

TEST_F(json, has_numbers_to_the_limit)
{
	json_number(&self->j, "n", UINT64_MAX);
	json_signed(&self->j, "s", INT64_MIN);
	json_address(&self->j, "a", 0xffffffffff600000);
	json_finish(&self->j);
	fflush(self->file);
	EXPECT_NE(NULL, strstr(self->text, "\"n\": 18446744073709551615,"));
	EXPECT_NE(NULL, strstr(self->text, "\"s\": -9223372036854775808,"));
	EXPECT_NE(NULL, strstr(self->text, "\"a\": \"0xffffffffff600000\"}"));
}

TEST_F(json, takes_any_bytes)
{
	json_string(&self->j, "a\"", "b\\c\n\x7f\xc3");
	json_finish(&self->j);
	fflush(self->file);
	EXPECT_STREQ("{\"a\\\"\": \"b\\\\c\\u000a\\u007f\\u00c3\"}\n",
		     self->text);
}

/* --- the map ----------------------------------------------------------- */

static const char runs[] =
	"frame 1024 pfn 9216 pages 1000 order 0 type Movable is user 12-3\n"
	"frame 0 pfn 10240 pages 512 order 9 type Movable is free\n"
	"frame 512 pfn 10752 pages 8 order 3 type Unmovable is slab kmalloc-64\n"
	"frame 520 pfn 10760 pages 504 order 3 type Unmovable is free\n"
	"frame 2024 pfn 10216 pages 24 order 0 type Movable is something_new x y\n"
	"nonsense\n";

FIXTURE(map) {
	struct pool_map map;
	unsigned long nr[NR_POOL_STATES];
};

FIXTURE_SETUP(map)
{
	FILE *file = fmemopen((char *)runs, strlen(runs), "r");

	ASSERT_NE(NULL, file);
	ASSERT_EQ(0, pool_map_read(file, &self->map));
	fclose(file);
}

FIXTURE_TEARDOWN(map)
{
	pool_map_free(&self->map);
}

TEST_F(map, is_read_in_order)
{
	const struct pool_run *run = self->map.runs;

	ASSERT_EQ(5, self->map.nr);
	EXPECT_EQ(0, run[0].frame);
	EXPECT_EQ(POOL_FREE_MOVABLE, run[0].state);
	EXPECT_STREQ("", run[0].owner);
	EXPECT_EQ(POOL_SLAB, run[1].state);
	EXPECT_STREQ("kmalloc-64", run[1].owner);
	EXPECT_EQ(3, run[1].order);
	EXPECT_STREQ("Unmovable", run[1].type);
	EXPECT_EQ(POOL_FREE_UNMOVABLE, run[2].state);
	EXPECT_EQ(POOL_USER, run[3].state);
	EXPECT_STREQ("12-3", run[3].owner);
	EXPECT_EQ(POOL_CHANGING, run[4].state);
	EXPECT_STREQ("x y", run[4].owner);
	EXPECT_EQ(2048, pool_map_end(&self->map));
	EXPECT_EQ(&run[1], pool_map_pfn(&self->map, 10759));
	EXPECT_EQ(NULL, pool_map_pfn(&self->map, 11264));
}

TEST_F(map, counts_add_up)
{
	unsigned long sum = 0;

	pool_map_count(&self->map, 0, 4096, self->nr);
	for (int i = 0; i < NR_POOL_STATES; i++)
		sum += self->nr[i];
	EXPECT_EQ(4096, sum);
	EXPECT_EQ(2048, self->nr[POOL_HOLE]);
	EXPECT_EQ(1000, self->nr[POOL_USER]);
	EXPECT_EQ(512, self->nr[POOL_FREE_MOVABLE]);
	pool_map_count(&self->map, 511, 521, self->nr);
	EXPECT_EQ(1, self->nr[POOL_FREE_MOVABLE]);
	EXPECT_EQ(8, self->nr[POOL_SLAB]);
	EXPECT_EQ(1, self->nr[POOL_FREE_UNMOVABLE]);
	EXPECT_EQ(0, self->nr[POOL_HOLE]);
}

TEST_F(map, a_cell_shows_who_has_something)
{
	char letter;

	pool_map_count(&self->map, 0, 16, self->nr);
	EXPECT_EQ(POOL_FREE_MOVABLE, pool_cell_state(self->nr, &letter));
	EXPECT_EQ('.', letter);
	pool_map_count(&self->map, 512, 520, self->nr);
	EXPECT_EQ(POOL_SLAB, pool_cell_state(self->nr, &letter));
	EXPECT_EQ('S', letter);
	pool_map_count(&self->map, 512, 1024, self->nr);
	EXPECT_EQ(POOL_SLAB, pool_cell_state(self->nr, &letter));
	EXPECT_EQ('s', letter);
	pool_map_count(&self->map, 3000, 3008, self->nr);
	EXPECT_EQ(POOL_HOLE, pool_cell_state(self->nr, &letter));
	EXPECT_EQ(' ', letter);
}

TEST(a_picture_has_room)
{
	struct pool_picture p = pool_picture_fit(16384, 71, 26);

	EXPECT_EQ(64, p.line_cells);
	EXPECT_EQ(16, p.cell_pages);
	p = pool_picture_fit(64 * 26 * 8, 71, 26);
	EXPECT_EQ(8, p.cell_pages);
	p = pool_picture_fit(64 * 26 * 8 + 1, 71, 26);
	EXPECT_EQ(16, p.cell_pages);
	p = pool_picture_fit(1024, 200, 50);
	EXPECT_EQ(128, p.line_cells);
	EXPECT_EQ(1, p.cell_pages);
	p = pool_picture_fit(1UL << 30, 80, 10);
	EXPECT_EQ(1024, p.cell_pages);
}

/* --- what malloc does -------------------------------------------------- */

/* In a process that has allocated nothing: before main. */
static void __attribute__((constructor(101))) probe(void)
{
	const char *size = getenv(PROBE);
	char *before = sbrk(0), *p;

	if (!size)
		return;
	p = malloc(strtoul(size, NULL, 10));
	dprintf(STDOUT_FILENO, "%zu %zu %zu\n", (char *)sbrk(0) - before,
		mallinfo2().hblkhd, malloc_usable_size(p));
	_exit(0);
}

static bool ask_glibc(uint64_t size, size_t *moved, size_t *mapped, size_t *usable)
{
	char command[64];
	bool ok = false;
	FILE *file;

	snprintf(command, sizeof(command), PROBE "=%llu exec /proc/%d/exe",
		 (unsigned long long)size, getpid());
	file = popen(command, "r");
	if (file) {
		ok = fscanf(file, "%zu %zu %zu", moved, mapped, usable) == 3;
		pclose(file);
	}
	return ok;
}

TEST(malloc_does_what_is_said_of_it)
{
	static const uint64_t sizes[] = {
		1, 24, 25, 100, 4096, 100000, 131047, 131048, 131049, 131064,
		131072, 134472, 134473, 132 << 10, 1 << 20, (1 << 20) - 24, 40 << 20,
	};
	size_t moved, mapped, usable;
	struct malloc_way way;

	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		ASSERT_TRUE(malloc_way(sizes[i], 4096, &way));
		ASSERT_TRUE(ask_glibc(sizes[i], &moved, &mapped, &usable));
		EXPECT_EQ(way.mapped, mapped != 0) {
			TH_LOG("%lu bytes", sizes[i]);
		}
		EXPECT_EQ(way.bytes, way.mapped ? mapped : moved) {
			TH_LOG("%lu bytes", sizes[i]);
		}
		/* Of a mapping all but the head, which has two words there */
		EXPECT_EQ(way.mapped ? way.bytes - 16 : way.chunk - 8, usable);
	}
	EXPECT_FALSE(malloc_way(UINT64_MAX, 4096, &way));
}

TEST(kmalloc_has_classes)
{
	static const struct {
		uint64_t size;
		const char *cache;
		uint64_t bytes;
	} ways[] = {
		{ 0, "", 0 }, { 1, "kmalloc-8", 8 }, { 8, "kmalloc-8", 8 },
		{ 64, "kmalloc-64", 64 }, { 65, "kmalloc-96", 96 },
		{ 96, "kmalloc-96", 96 }, { 97, "kmalloc-128", 128 },
		{ 129, "kmalloc-192", 192 }, { 192, "kmalloc-192", 192 },
		{ 193, "kmalloc-256", 256 }, { 1000, "kmalloc-1k", 1024 },
		{ 8192, "kmalloc-8k", 8192 }, { 8193, "", 16384 },
		{ 4 << 20, "", 4 << 20 }, { (4 << 20) + 1, "", 0 },
	};
	struct kmalloc_way way;

	for (size_t i = 0; i < ARRAY_SIZE(ways); i++) {
		kmalloc_way(ways[i].size, 4096, &way);
		EXPECT_STREQ(ways[i].cache, way.cache);
		EXPECT_EQ(ways[i].bytes, way.bytes);
	}
}

static bool has_line_with(const char *text, const char *a, const char *b)
{
	for (; (text = strstr(text, a)); text++)
		if (memmem(text, strcspn(text, "\n"), b, strlen(b)))
			return true;
	return false;
}

/* Figures that are told without being measured are those of the README. */
TEST(costs_are_those_of_the_readme)
{
	static char text[1 << 16];
	char figure[32];
	FILE *file = fopen(TA_TOP "/README.md", "r");

	ASSERT_NE(NULL, file);
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (int i = 0; i < NR_COSTS; i++) {
		unsigned int n = explain_costs[i].instructions;

		if (n < 1000)
			snprintf(figure, sizeof(figure), " %u ", n);
		else
			snprintf(figure, sizeof(figure), " %u %03u ", n / 1000,
				 n % 1000);
		EXPECT_TRUE(has_line_with(text, explain_costs[i].work, figure)) {
			TH_LOG("%s is not %u", explain_costs[i].work, n);
		}
	}
}

/* --- the trace --------------------------------------------------------- */

static const char split[] =
	"x-1 [0] d.. 123456789: ta_mm_page_split: pfn=0x58 order=10 new_order=0 frame=24 op=17\n";

TEST(events_are_read)
{
	struct event event;
	char word[16], text[NARRATE_TEXT];
	uint64_t value;

	ASSERT_TRUE(event_parse(split, &event));
	EXPECT_STREQ("ta_mm_page_split", event.name);
	EXPECT_EQ(123456789, event.ticks);
	EXPECT_EQ(17, event.op);
	EXPECT_TRUE(event_number(&event, "pfn", &value));
	EXPECT_EQ(0x58, value);
	/* Not the end of new_order */
	EXPECT_TRUE(event_number(&event, "order", &value));
	EXPECT_EQ(10, value);
	EXPECT_FALSE(event_number(&event, "rder", &value));
	EXPECT_FALSE(event_number(&event, "orde", &value));
	EXPECT_TRUE(event_word(&event, "frame", word, sizeof(word)));
	EXPECT_STREQ("24", word);
	narrate(&event, 3, text);
	EXPECT_EQ(0, strncmp(text, "a block of order 10 at frame 24 is split", 40));
	EXPECT_NE(NULL, strstr(text, " down to order 0; and 2 more"));
	EXPECT_TRUE(event_parse("x: y-1 [000] d..2 12.000345: ta_other: a=1 op=0", &event));
	EXPECT_EQ(12000345000, event.ticks);
	narrate(&event, 1, text);
	EXPECT_STREQ("a=1 op=0", text);
	EXPECT_TRUE(event_parse("x-1 [000] 1.0: ta_ioctl: client=1 nr=0x2 op=3", &event));
	narrate(&event, 1, text);
	EXPECT_STREQ("the call comes to the module: TA_IOC_MMAP", text);
	EXPECT_FALSE(event_parse("# tracer: nop", &event));
	EXPECT_FALSE(event_parse("x-1 [000] 1.0: kmalloc: a=1", &event));
}

/* --- scripts ----------------------------------------------------------- */

static bool read_script(const char *text, struct script *script)
{
	FILE *file = fmemopen((char *)text, strlen(text), "r");
	bool ok = script_read(script, file);

	fclose(file);
	return ok;
}

TEST(scripts_are_read)
{
	struct script s;

	ASSERT_TRUE(read_script("# nothing\n"
				"\tmap a 64K ro populate locked # there\n"
				"fails brk -4K\n"
				"touch a 4K..8K read\n"
				"fork\nfork\nend\nsay x\nend\n"
				"expect used >= 3\n"
				"alloc p pages 3 nowait\n"
				"sleep 0.25", &s)) {
		TH_LOG("%u: %s", s.line, s.error);
	}
	ASSERT_EQ(11, s.nr);
	EXPECT_EQ(OP_MAP, s.ops[0].kind);
	EXPECT_EQ(2, s.ops[0].line);
	EXPECT_STREQ("map a 64K ro populate locked", s.ops[0].source);
	EXPECT_EQ(65536, s.ops[0].amount);
	EXPECT_EQ(PROT_READ, s.ops[0].prot);
	EXPECT_EQ(MAP_POPULATE | MAP_LOCKED, s.ops[0].flags);
	EXPECT_TRUE(s.ops[1].fails);
	EXPECT_TRUE(s.ops[1].down);
	EXPECT_EQ(4096, s.ops[1].amount);
	EXPECT_EQ(0, s.ops[2].flags);
	EXPECT_FALSE(s.ops[2].whole);
	EXPECT_EQ(8192, s.ops[2].range[1]);
	EXPECT_EQ(7, s.ops[3].end);
	EXPECT_EQ(5, s.ops[4].end);
	EXPECT_EQ(FIGURE_USED, s.ops[8].figure);
	EXPECT_EQ(AT_LEAST, s.ops[8].relation);
	EXPECT_EQ(TA_LAYER_PAGES, s.ops[9].layer);
	EXPECT_EQ(TA_ALLOC_NOWAIT, s.ops[9].flags);
	EXPECT_EQ(250, s.ops[10].amount);
	script_free(&s);
}

TEST(mistakes_in_scripts_are_named)
{
	static const struct {
		const char *text;
		unsigned int line;
		const char *error;
	} bad[] = {
		{ "say x\nnope", 2, "no operation nope" },
		{ "fails", 1, "an operation is missing" },
		{ "fails show", 1, "show cannot be expected to fail" },
		{ "map", 1, "a name is missing" },
		{ "map a", 1, "size is missing" },
		{ "map a 5X", 1, "5X is no size" },
		{ "map a 4K 0..1", 1, "what is 0..1?" },
		{ "brk 4K", 1, "brk wants +SIZE or -SIZE" },
		{ "touch a read write", 1, "read or write, not both" },
		{ "touch a 2..1", 1, "what is 2..1?" },
		{ "protect a x", 1, "x is no protection" },
		{ "advise a", 1, "advice is missing" },
		{ "alloc a slab 3", 1, "slab is no layer" },
		{ "free a b", 1, "what is b?" },
		{ "show me", 1, "me is no thing to show" },
		{ "expect used ~ 3", 1, "~ is no relation" },
		{ "expect luck = 3", 1, "luck is no figure" },
		{ "sleep -1", 1, "-1 is no number of seconds" },
		{ "sleep", 1, "seconds are missing" },
		{ "say x\nfork\nfork\nend\n", 2, "this fork has no end" },
		{ "fork\nend\nend", 3, "this end has no fork" },
	};
	struct script s;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_FALSE(read_script(bad[i].text, &s)) {
			TH_LOG("%s", bad[i].text);
		}
		EXPECT_STREQ(bad[i].error, s.error);
		EXPECT_EQ(bad[i].line, s.line);
		script_free(&s);
	}
}

TEST(a_line_can_be_too_long)
{
	char text[2 * SCRIPT_LINE];
	struct script s;

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	memcpy(text, "say ", 4);
	EXPECT_FALSE(read_script(text, &s));
	EXPECT_STREQ("the line is too long", s.error);
	script_free(&s);
}

TEST_HARNESS_MAIN
