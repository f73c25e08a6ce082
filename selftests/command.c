// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the teachalloc command: each verb, its JSON, and what it says and ends
 * with when something is in the way. It is run as people run it.
 */
#include "kselftest_harness.h"

#include <ctype.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "kcore.h"
#include "ta_test.h"

#define NOBODY	65534
#define PAGES	8
/* Seconds for a test that runs it often, on a machine that has much to do */
#define SLOW	150
#define INSTANCES "/sys/kernel/debug/tracing/instances"

/* How the command ends; tools/cmd/cmd.h */
enum { OK, NO, USAGE, NO_DEVICE, NO_RIGHT };

static char said[4 << 20], complained[1 << 16];

/* What is in the command's way */
enum obstacle { NOTHING, ANOTHER_USER, WITHOUT_DEVICE, WITHOUT_DEBUGFS };

static void put_in_the_way(enum obstacle obstacle)
{
	int err = 0;

	switch (obstacle) {
	case ANOTHER_USER:
		err = setgid(NOBODY) || setuid(NOBODY);
		break;
	case WITHOUT_DEVICE:
		err = unshare(CLONE_NEWNS) ||
		      mount("none", "/dev", "tmpfs", 0, NULL);
		break;
	case WITHOUT_DEBUGFS:
		err = unshare(CLONE_NEWNS) ||
		      umount2("/sys/kernel/debug", MNT_DETACH);
		break;
	default:
		break;
	}
	if (err)
		_exit(126);
}

static void slurp(FILE *file, char *text, size_t size)
{
	rewind(file);
	text[fread(text, 1, size - 1, file)] = '\0';
	fclose(file);
}

/*
 * Run it, with its words at blanks; what it prints is in said and complained. A
 * fork takes the mappings of our pages away for a while, so it is none where that
 * can be.
 */
static int command(enum obstacle obstacle, const char *fmt, ...)
{
	FILE *out = tmpfile(), *err = tmpfile();
	char line[256], *words[16] = { "./teachalloc" }, *rest, *word;
	va_list args;
	int status, nr = 1;
	pid_t pid;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	for (word = strtok_r(line, " ", &rest); word && nr < 15;
	     word = strtok_r(NULL, " ", &rest))
		words[nr++] = word;
	pid = obstacle == NOTHING ? vfork() : fork();
	if (!pid) {
		dup2(fileno(out), STDOUT_FILENO);
		dup2(fileno(err), STDERR_FILENO);
		put_in_the_way(obstacle);
		execv(words[0], words);
		_exit(127);
	}
	waitpid(pid, &status, 0);
	slurp(out, said, sizeof(said));
	slurp(err, complained, sizeof(complained));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* A checker of JSON: each function returns what is behind the value, or NULL. */

static const char *skip(const char *p)
{
	while (p && isspace((unsigned char)*p))
		p++;
	return p;
}

static const char *json_string(const char *p)
{
	if (*p++ != '"')
		return NULL;
	for (; *p != '"'; p++) {
		if ((unsigned char)*p < 0x20)
			return NULL;
		if (*p == '\\' && !*++p)
			return NULL;
	}
	return p + 1;
}

static const char *json_value(const char *p);

/* Values with commas between, and names before them in an object */
static const char *json_list(const char *p, char end)
{
	p = skip(p + 1);
	if (*p == end)
		return p + 1;
	for (;; p = skip(p + 1)) {
		if (end == '}') {
			p = skip(json_string(p));
			if (!p || *p++ != ':')
				return NULL;
		}
		p = skip(json_value(p));
		if (!p || *p == end)
			return p ? p + 1 : NULL;
		if (*p != ',')
			return NULL;
	}
}

static const char *json_value(const char *p)
{
	static const char * const words[] = { "true", "false", "null" };
	char *end;

	p = skip(p);
	if (*p == '{' || *p == '[')
		return json_list(p, *p == '{' ? '}' : ']');
	if (*p == '"')
		return json_string(p);
	for (int i = 0; i < 3; i++)
		if (!strncmp(p, words[i], strlen(words[i])))
			return p + strlen(words[i]);
	strtod(p, &end);
	return end == p ? NULL : end;
}

/* An object a line */
static bool is_json(const char *text)
{
	bool any = false;

	for (text = skip(text); text && *text; text = skip(text)) {
		if (*text != '{')
			return false;
		text = json_value(text);
		any = true;
	}
	return text && any;
}

/* The number behind a name, at its first place from @from on, or -1 */
static long number(const char *from, const char *name)
{
	char want[64];
	const char *at;

	snprintf(want, sizeof(want), "\"%s\": ", name);
	at = from ? strstr(from, want) : NULL;
	return at ? strtol(at + strlen(want), NULL, 10) : -1;
}

FIXTURE(command) {
	int fd;
	char *mem;
	int handle;
	uint64_t frame;
	struct ta_ioc_info info;
};

FIXTURE_SETUP(command)
{
	cpu_set_t cpu0;

	if (geteuid())
		SKIP(return, "the command is tried as root and as another");
	if (access("./teachalloc", X_OK))
		SKIP(return, "no ./teachalloc: run where the programs are");
	mount("debugfs", "/sys/kernel/debug", "debugfs", 0, NULL);
	if (access("/sys/kernel/debug/teachalloc", F_OK))
		SKIP(return, "a kernel without debugfs");
	/* What caches keep for this CPU is not what a test leaves. */
	CPU_ZERO(&cpu0);
	CPU_SET(0, &cpu0);
	sched_setaffinity(0, sizeof(cpu0), &cpu0);
	command(NOTHING, "explain 100");
	command(NOTHING, "explain 1M");
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->mem = ta_mmap(self->fd, NULL, PAGES * PAGE, RW, 0);
	ASSERT_NE(MAP_FAILED, (void *)self->mem);
	memset(self->mem, 1, PAGES * PAGE);
	self->handle = ta_alloc(self->fd, TA_LAYER_PAGES, 4, 0, &self->frame);
	ASSERT_LT(0, self->handle);
	ASSERT_EQ(0, ta_info(self->fd, &self->info));
}

FIXTURE_TEARDOWN(command)
{
	close(self->fd);
}

TEST_F_TIMEOUT(command, json_is_json, SLOW)
{
	static const char * const verbs[] = {
		"info", "map", "buddy", "slabs", "slabs kmalloc-64", "vmalloc",
		"explain 100", "explain 1M", "explain 9M", "who frame:0",
	};

	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_VMALLOC, 5 * PAGE, 0, NULL));
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++) {
		EXPECT_EQ(OK, command(NOTHING, "%s --json", verbs[i])) {
			TH_LOG("%s: %s", verbs[i], complained);
		}
		EXPECT_TRUE(is_json(said)) {
			TH_LOG("%s: %.300s", verbs[i], said);
		}
		EXPECT_STREQ("", complained);
		EXPECT_EQ(OK, command(NOTHING, "%s", verbs[i]));
		EXPECT_FALSE(is_json(said));
	}
	EXPECT_EQ(OK, command(NOTHING, "maps %d --json", getpid()));
	EXPECT_TRUE(is_json(said));
	/* More than the pool can keep */
	EXPECT_EQ(NO, command(NOTHING, "explain 1G --json"));
	EXPECT_TRUE(is_json(said));
	EXPECT_NE(NULL, strstr(said, "\"error\": \"Cannot allocate memory\""));
	/* And the checker is one. */
	EXPECT_FALSE(is_json("{\"a\": [1, 2}"));
	EXPECT_FALSE(is_json("{\"a\" 1}"));
	EXPECT_FALSE(is_json("{\"a\": 1,}"));
	EXPECT_FALSE(is_json("{\"a\": \"b}"));
	EXPECT_FALSE(is_json("{} x"));
}

TEST_F_TIMEOUT(command, mistakes_are_told, SLOW)
{
	static const char * const lines[] = {
		"", "nope", "info x", "info --nope", "maps", "maps x", "maps 0",
		"maps 1 2", "who nope", "explain 0", "explain 5X", "explain 5 hot",
		"explain 18446744073709551615", "script", "script /no/such/file",
		"slabs a b",
	};

	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		EXPECT_EQ(USAGE, command(NOTHING, "%s", lines[i])) {
			TH_LOG("'%s'", lines[i]);
		}
		EXPECT_STREQ("", said);
		EXPECT_STRNE("", complained);
	}
	EXPECT_EQ(NO, command(NOTHING, "maps 4194303"));
	EXPECT_NE(NULL, strstr(complained, "there is no process 4194303"));
	EXPECT_EQ(NO, command(NOTHING, "maps 1"));
	EXPECT_EQ(NO, command(NOTHING, "slabs nope"));
	EXPECT_EQ(NO, command(NOTHING, "who frame:99999999"));
	EXPECT_EQ(NO, command(NOTHING, "who 0x1000"));
	EXPECT_EQ(OK, command(NOTHING, "--help"));
	EXPECT_NE(NULL, strstr(said, "explain"));
	EXPECT_EQ(OK, command(NOTHING, "explain --help"));
	EXPECT_NE(NULL, strstr(said, "usage: teachalloc explain SIZE [cold]"));
	EXPECT_EQ(OK, command(NOTHING, "map --json --help"));
	EXPECT_NE(NULL, strstr(said, "usage: teachalloc map"));
	/* The line buffer's way, and the one at the end */
	EXPECT_EQ(NO << 8, system("./teachalloc info --json 2>/dev/null >/dev/full"));
	EXPECT_EQ(NO << 8, system("./teachalloc --help 2>/dev/null >/dev/full"));
}

TEST_F_TIMEOUT(command, what_is_in_the_way_is_told, SLOW)
{
	static const char * const roots[] = {
		"map", "slabs", "vmalloc", "who 0x1", "who frame:0",
	};

	for (size_t i = 0; i < ARRAY_SIZE(roots); i++) {
		EXPECT_EQ(NO_RIGHT, command(ANOTHER_USER, "%s", roots[i]));
		EXPECT_NE(NULL, strstr(complained, "is for root"));
		EXPECT_EQ(NO_RIGHT, command(WITHOUT_DEBUGFS, "%s", roots[i]));
		EXPECT_NE(NULL, strstr(complained, "mount -t debugfs"));
	}
	EXPECT_EQ(NO_DEVICE, command(WITHOUT_DEVICE, "info"));
	EXPECT_NE(NULL, strstr(complained, "insert the module first"));
	EXPECT_EQ(NO_RIGHT, command(ANOTHER_USER, "maps %d", getpid()));
	EXPECT_EQ(NO_RIGHT, command(ANOTHER_USER, "explain 100 cold"));
}

/* What everybody may know */
TEST_F(command, others_see_what_is_theirs)
{
	EXPECT_EQ(OK, command(ANOTHER_USER, "info --json"));
	EXPECT_EQ((long)self->info.pool_pages, number(said, "pool_pages"));
	EXPECT_EQ((long)self->info.free_pages, number(said, "free_pages"));
	EXPECT_EQ(OK, command(ANOTHER_USER, "buddy"));
	EXPECT_EQ(OK, command(ANOTHER_USER, "explain 100"));
	EXPECT_NE(NULL, strstr(said, "tracing is for root"));
	EXPECT_EQ(OK, command(ANOTHER_USER, "explain 100 --json"));
	EXPECT_NE(NULL, strstr(said, "\"traced\": false"));
}

TEST_F_TIMEOUT(command, the_map_adds_up, SLOW)
{
	long sum = 0, held = -1, mine = -1;
	char want[64];
	const char *at;

	snprintf(want, sizeof(want), "{\"owner\": \"%d-", getpid());
	ASSERT_EQ(OK, command(NOTHING, "map --json"));
	EXPECT_EQ((long)self->info.pool_pages,
		  number(strstr(said, "}], \"pages\""), "pages"));
	for (at = strstr(said, "\"runs\""); at && (at = strstr(at, "{\"frame\""));
	     at++)
		sum += number(at, "pages");
	EXPECT_EQ((long)self->info.pool_pages, sum);
	at = strstr(said, want);
	ASSERT_NE(NULL, at);
	mine = number(at, "pages");
	EXPECT_EQ(PAGES, mine);
	at = strstr(said, "{\"owner\": \"by handle\", \"state\": \"pages\"");
	ASSERT_NE(NULL, at);
	held = number(at, "pages");
	EXPECT_EQ(16, held);
	snprintf(want, sizeof(want), "%llu pages in all",
		 (unsigned long long)self->info.pool_pages);
	ASSERT_EQ(OK, command(NOTHING, "map"));
	EXPECT_NE(NULL, strstr(said, want));
	/* Whatever the terminal says of itself */
	setenv("COLUMNS", "2000000000", 1);
	EXPECT_EQ(OK, command(NOTHING, "map"));
	EXPECT_NE(NULL, strstr(said, want));
	setenv("COLUMNS", "1", 1);
	EXPECT_EQ(OK, command(NOTHING, "map"));
	EXPECT_NE(NULL, strstr(said, want));
}

TEST_F(command, colours_are_for_who_wants_them)
{
	EXPECT_EQ(OK, command(NOTHING, "map"));
	EXPECT_EQ(NULL, strchr(said, '\033'));
	EXPECT_EQ(OK, command(NOTHING, "map --color"));
	EXPECT_NE(NULL, strchr(said, '\033'));
	EXPECT_EQ(OK, command(NOTHING, "map --color --json"));
	EXPECT_EQ(NULL, strchr(said, '\033'));
}

TEST_F(command, who_finds_the_owner)
{
	long frame = ta_frame(self->fd, self->mem);
	char owner[32];

	snprintf(owner, sizeof(owner), "\"owner\": \"%d-", getpid());
	ASSERT_EQ(OK, command(NOTHING, "who %d:%p --json", getpid(), self->mem));
	EXPECT_EQ(frame, number(said, "frame"));
	EXPECT_NE(NULL, strstr(said, "\"state\": \"user\""));
	EXPECT_NE(NULL, strstr(said, owner));
	ASSERT_EQ(OK, command(NOTHING, "who frame:%ld --json", frame));
	EXPECT_NE(NULL, strstr(said, owner));
	/* In the middle of a block */
	ASSERT_EQ(OK, command(NOTHING, "who frame:%lu", self->frame + 5));
	EXPECT_NE(NULL, strstr(said, "pages, by handle, in a block of order 4"));
	EXPECT_EQ(NO, command(NOTHING, "who 1:0x1000"));
	EXPECT_EQ(NO, command(NOTHING, "who 4194303:0x1000"));
}

/* Where the kernel has a page of the pool, or 0 */
static uint64_t linear(uint64_t frame)
{
	FILE *file = fopen("/sys/kernel/debug/teachalloc/pool_map", "r");
	unsigned long first, pfn, nr;
	uint64_t addr = 0;
	char line[256];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "frame %lu pfn %lu pages %lu", &first, &pfn,
			   &nr) == 3 && frame - first < nr)
			addr = kcore_linear((pfn + frame - first) * PAGE);
	if (file)
		fclose(file);
	return addr;
}

TEST_F_TIMEOUT(command, who_knows_the_kernels_addresses, SLOW)
{
	uint64_t addr = linear(self->frame), frame;
	char want[64];

	if (!addr)
		SKIP(return, "a kernel without /proc/kcore");
	ASSERT_EQ(OK, command(NOTHING, "who %#lx", addr + 5 * PAGE + 7));
	EXPECT_NE(NULL, strstr(said, " order 4 "));
	EXPECT_NE(NULL, strstr(said, " is pages act_alloc"));
	EXPECT_NE(NULL, strstr(said, "page 5 of it, offset 7"));

	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_KMALLOC, 100, 0, &frame));
	snprintf(want, sizeof(want), "cache kmalloc-128, slab at frame %llu, object 3, offset 9: ",
		 (unsigned long long)frame);
	ASSERT_EQ(OK, command(NOTHING, "who %#lx --json", linear(frame) + 3 * 128 + 9));
	EXPECT_NE(NULL, strstr(said, want));

	snprintf(want, sizeof(want), " is user %d-", getpid());
	frame = ta_frame(self->fd, self->mem);
	ASSERT_EQ(OK, command(NOTHING, "who %#lx", linear(frame)));
	EXPECT_NE(NULL, strstr(said, want));
}

/* Only then addresses are what they are; the test is alone on the machine. */
static bool show_addresses(bool on)
{
	FILE *file = fopen("/proc/sys/kernel/kptr_restrict", "w");
	bool ok = file && fputs(on ? "1" : "0", file) >= 0;

	return file && !fclose(file) && ok;
}

TEST_F_TIMEOUT(command, who_finds_a_page_of_vmalloc, SLOW)
{
	unsigned long addr;
	uint64_t first;
	char *at;

	ASSERT_LT(0, ta_alloc(self->fd, TA_LAYER_VMALLOC, 5 * PAGE, 0, &first));
	ASSERT_TRUE(show_addresses(true));
	EXPECT_EQ(OK, command(NOTHING, "vmalloc --json"));
	ASSERT_TRUE(show_addresses(false));
	at = strstr(said, "{\"addr\": \"0x");
	ASSERT_NE(NULL, at);
	addr = strtoul(at + strlen("{\"addr\": \""), NULL, 16);
	ASSERT_LT(1UL << 63, addr);
	EXPECT_EQ(OK, command(NOTHING, "who %#lx --json", addr + 4));
	EXPECT_TRUE(is_json(said));
	EXPECT_NE(NULL, strstr(said, "vmalloc area of 20480 bytes, pid"));
	EXPECT_NE(NULL, strstr(said, "page 0 of the area, offset 4"));
	at = strstr(said, "frame ");
	ASSERT_NE(NULL, at);
	EXPECT_EQ((long)first, atol(at + strlen("frame ")));
	EXPECT_EQ(OK, command(NOTHING, "who %#lx", addr + 3 * PAGE + 5));
	EXPECT_NE(NULL, strstr(said, "page 3 of the area, offset 5"));
	EXPECT_NE(NULL, strstr(said, "is vmalloc act_alloc"));
	EXPECT_EQ(OK, command(NOTHING, "who %#lx", addr + 5 * PAGE));
	EXPECT_NE(NULL, strstr(said, "the guard page behind it"));
	EXPECT_EQ(NO, command(NOTHING, "who %#lx", addr + 64 * PAGE));
	EXPECT_STREQ("not in the pool\n", said);
}

TEST_F(command, maps_has_a_process)
{
	char start[32];

	snprintf(start, sizeof(start), "\"start\": \"%p\"", self->mem);
	ASSERT_EQ(OK, command(NOTHING, "maps %d --json", getpid()));
	EXPECT_EQ(getpid(), number(said, "pid"));
	EXPECT_EQ((long)(PAGES + 16) * 4, number(said, "Resident") +
					  number(said, "Held"));
	EXPECT_NE(NULL, strstr(said, start));
	EXPECT_EQ(PAGES * 4, number(strstr(said, start), "rss_kib"));
	ASSERT_EQ(OK, command(NOTHING, "maps %d", getpid()));
	EXPECT_NE(NULL, strstr(said, "[teachalloc]"));
}

/* From the touch to the frame by one number; nothing is left in tracefs. */
TEST_F_TIMEOUT(command, explain_follows_the_touch, SLOW)
{
	const char *touch, *fault, *split;
	long op;

	ASSERT_EQ(OK, command(NOTHING, "explain 1M --json"));
	if (!strstr(said, "\"traced\": true"))
		SKIP(return, "a kernel without tracing");
	EXPECT_NE(NULL, strstr(said, "\"call\": \"mmap\""));
	EXPECT_EQ((1 << 20) + 4096, number(said, "call_bytes"));
	touch = strstr(said, "\"ta_touch\"");
	fault = strstr(said, "\"ta_fault\"");
	ASSERT_NE(NULL, touch);
	ASSERT_NE(NULL, fault);
	op = number(touch, "op");
	EXPECT_LT(0, op);
	EXPECT_EQ(op, number(fault, "op"));
	EXPECT_NE(NULL, strstr(said, "\"ta_mm_page_alloc\""));
	EXPECT_NE(NULL, strstr(said, "\"ta_vmalloc\""));
	/* Nor when nobody listens to the end */
	system("./teachalloc explain 1M | head -n 1 >/dev/null");
	EXPECT_NE(0, system("ls " INSTANCES " | grep -q teachalloc-"));
	/* With no page at hand a block is split for it. */
	ASSERT_EQ(OK, command(NOTHING, "explain 1M cold --json"));
	touch = strstr(said, "\"ta_touch\"");
	ASSERT_NE(NULL, touch);
	split = strstr(touch, "\"ta_mm_page_split\"");
	ASSERT_NE(NULL, split);
	EXPECT_EQ(number(touch, "op"), number(split, "op"));
	ASSERT_EQ(OK, command(NOTHING, "explain 100 --json"));
	EXPECT_NE(NULL, strstr(said, "\"call\": \"brk\""));
	EXPECT_EQ(132 << 10, number(said, "call_bytes"));
	EXPECT_EQ(56, number(strstr(said, "\"step\": \"kmalloc\""), "instructions"));
	EXPECT_NE(NULL, strstr(said, "name=kmalloc-128"));
}

static bool write_script(const char *text)
{
	FILE *file = fopen("/tmp/ta_script", "w");
	bool ok = file && fputs(text, file) >= 0;

	return file && !fclose(file) && ok;
}

TEST_F(command, scripts_do_what_they_say)
{
	ASSERT_TRUE(write_script("map a 64K\nexpect used = 0\ntouch a 0..8K\n"
				 "expect used = 2\nexpect rss = 8K\n"
				 "touch a 8K read\nexpect zero = 1\n"
				 "fork\n\ttouch a 0\n\texpect cow = 1\nend\n"
				 "fails touch a 64K\nfails alloc x pages 11\n"
				 "protect a ro\nfails touch a 0\nunmap a 4K..\n"
				 "advise a dontneed 0..4K\nexpect used = 0\n"
				 "alloc k kmalloc 100\nfree k\nfails free k\n"
				 "brk +1\ntouch heap\nexpect used >= 1\n"
				 "brk -1\nshow\nshow maps\nshow buddy\n"
				 "show rss\nshow pool\nsleep 0.01\nsay end\n"));
	EXPECT_EQ(OK, command(NOTHING, "script /tmp/ta_script")) {
		TH_LOG("%s", complained);
	}
	EXPECT_EQ(OK, command(ANOTHER_USER, "script /tmp/ta_script --json")) {
		TH_LOG("%s", complained);
	}
	EXPECT_TRUE(is_json(said));
	EXPECT_EQ(NULL, strstr(said, "\"ok\": false"));
}

/* Those that are shown to people */
TEST_F_TIMEOUT(command, samples_do_what_they_say, SLOW)
{
	glob_t files;

	ASSERT_EQ(0, glob("scripts/*", 0, NULL, &files));
	EXPECT_LT(2, files.gl_pathc);
	for (size_t i = 0; i < files.gl_pathc; i++) {
		EXPECT_EQ(OK, command(NOTHING, "script %s", files.gl_pathv[i])) {
			TH_LOG("%s", complained);
		}
	}
	globfree(&files);
}

TEST_F(command, scripts_stop_at_what_is_wrong)
{
	ASSERT_TRUE(write_script("map a 8K\n\ntouch a\nexpect used = 3\nsay on\n"));
	EXPECT_EQ(NO, command(NOTHING, "script /tmp/ta_script"));
	EXPECT_NE(NULL, strstr(complained,
			       "/tmp/ta_script:4: expect used = 3: used is 2, not = 3"));
	EXPECT_EQ(NULL, strstr(said, "say on"));
	ASSERT_TRUE(write_script("fails map a 8K\n"));
	EXPECT_EQ(NO, command(NOTHING, "script /tmp/ta_script --json"));
	EXPECT_TRUE(is_json(said));
	EXPECT_NE(NULL, strstr(said, "\"ok\": false"));
	ASSERT_TRUE(write_script("fork\nexpect used = 1\nend\nsay on\n"));
	EXPECT_EQ(NO, command(NOTHING, "script /tmp/ta_script"));
	ASSERT_TRUE(write_script("say x\nmap a 8X\n"));
	EXPECT_EQ(USAGE, command(NOTHING, "script /tmp/ta_script"));
	EXPECT_NE(NULL, strstr(complained, "/tmp/ta_script:2: 8X is no size"));
	EXPECT_STREQ("", said);
	EXPECT_EQ(NO << 8, system("echo expect used = 9 | ./teachalloc script - >/dev/null"));
}

TA_TEST_MAIN
