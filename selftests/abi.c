// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the ABI itself: the sizes that structs may have, what is refused,
 * what is written back, and that nothing comes out that should not.
 *
 * Raw ioctls on purpose; what the calls do is tested elsewhere.
 */
#include "kselftest_harness.h"

/* H71: no struct has a hole, which would have to be zeroed. */
#pragma GCC diagnostic push
#pragma GCC diagnostic error "-Wpadded"
#include <linux/teachalloc.h>
#pragma GCC diagnostic pop

#include <fcntl.h>
#include <linux/ioctl.h>

#include "ta_test.h"

FIXTURE(abi) {
	int fd;
	char *page;		/* of the kernel's own memory */
};

#define abi_t FIXTURE_DATA(abi)

FIXTURE_SETUP(abi)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->page = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	ASSERT_NE(MAP_FAILED, self->page);
}

FIXTURE_TEARDOWN(abi)
{
	close(self->fd);
}

/* The commands, each with an argument that it accepts. */
static const struct command {
	const char *name;
	unsigned long nr;
	size_t size;
	union {
		struct ta_ioc_info info;
		struct ta_ioc_brk brk;
		struct ta_ioc_mmap mmap;
		struct ta_ioc_pages pages;
		struct ta_ioc_validate validate;
		char bytes[256];
	} good;
	size_t answer;	/* from here on to its end it is an answer only; 0: nowhere */
	bool root;
	int err;	/* what it comes to all the same */
} commands[] = {
	{ .name = "info", .nr = TA_IOC_INFO,
	  .size = sizeof(struct ta_ioc_info),
	  .answer = offsetof(struct ta_ioc_info, page_size) },
	{ .name = "brk", .nr = TA_IOC_BRK,
	  .size = sizeof(struct ta_ioc_brk),
	  .answer = offsetof(struct ta_ioc_brk, start) },
	{ .name = "mmap", .nr = TA_IOC_MMAP,
	  .size = sizeof(struct ta_ioc_mmap),
	  .good.mmap = { .len = 4096, .prot = RW } },
	{ .name = "pages", .nr = TA_IOC_PAGES,
	  .size = sizeof(struct ta_ioc_pages),
	  .good.pages = { .addr = 4096 } },
	{ .name = "validate", .nr = TA_IOC_VALIDATE,
	  .size = sizeof(struct ta_ioc_validate), .root = true },
	{ .name = "alloc", .nr = TA_IOC_ALLOC,
	  .size = sizeof(struct ta_ioc_alloc),
	  .answer = offsetof(struct ta_ioc_alloc, frame) },
	{ .name = "free", .nr = TA_IOC_FREE,
	  .size = sizeof(struct ta_ioc_free), .err = ENOENT },
	{ .name = "config", .nr = TA_IOC_CONFIG,
	  .size = sizeof(struct ta_ioc_config),
	  .answer = offsetof(struct ta_ioc_config, fault_order) },
	/* Without advice, as a short struct has none */
	{ .name = "advise", .nr = TA_IOC_ADVISE,
	  .size = sizeof(struct ta_ioc_advise), .err = EINVAL },
};

/* The command after @c that this user may issue; the first after NULL. */
static const struct command *next(const struct command *c)
{
	for (c = c ? c + 1 : commands; c < commands + ARRAY_SIZE(commands); c++)
		if (!c->root || !geteuid())
			return c;
	return NULL;
}

/* Issue @c with its argument at @at, saying that it is @size long. */
static int issue(abi_t *self, const struct command *c, char *at,
		 uint32_t size)
{
	memcpy(at, c->good.bytes, c->size);
	memcpy(at, &size, sizeof(size));
	errno = 0;
	return ioctl(self->fd, c->nr, at) ? errno : 0;
}

/* The argument as @c wants it, to spoil. */
static void prepare(const struct command *c, char *arg)
{
	uint32_t size = c->size;

	memcpy(arg, c->good.bytes, c->size);
	memcpy(arg, &size, sizeof(size));
}

static int unchanged(abi_t *self)
{
	struct ta_ioc_info info;

	return !ta_info(self->fd, &info) && !info.mapped_pages &&
	       info.free_pages == info.pool_pages && ta_lines(NULL, 0) == 0;
}

TEST_F(abi, info_is_sane)
{
	struct ta_ioc_info info;

	ASSERT_EQ(0, ta_info(self->fd, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ((size_t)sysconf(_SC_PAGESIZE), info.page_size);
	EXPECT_LT(0, info.pool_pages);
	EXPECT_EQ(info.pool_pages, info.free_pages);
	EXPECT_GT(info.free_pages, info.available_pages);
	EXPECT_LT(info.free_pages / 2, info.available_pages);
	EXPECT_EQ(0, info.mapped_pages);
	EXPECT_EQ(0, info.resident_pages);
	EXPECT_EQ(0, info.faults);
	EXPECT_EQ(0, info.cow_copies);
}

TEST_F(abi, the_documented_example_works)
{
	FILE *f;
	char line[80] = "";

	if (access("./abi_example", X_OK))
		SKIP(return, "no ./abi_example: run where the programs are");
	f = popen("./abi_example", "r");
	ASSERT_NE(NULL, f);
	EXPECT_NE(NULL, fgets(line, sizeof(line), f));
	EXPECT_STREQ("hello from the pool\n", line);
	EXPECT_EQ(0, pclose(f));
}

TEST_F(abi, every_size_up_to_the_struct_is_understood)
{
	const struct command *c;

	for (c = next(NULL); c; c = next(c)) {
		int want = c->nr == TA_IOC_MMAP ? EINVAL : c->err;

		EXPECT_EQ(c->err, issue(self, c, self->page, c->size)) {
			TH_LOG("%s", c->name);
		}
		/* Just @size and @flags: all else counts as zero. */
		EXPECT_EQ(want, issue(self, c, self->page, 8)) {
			TH_LOG("%s", c->name);
		}
	}
}

TEST_F(abi, a_size_too_small_is_refused)
{
	const struct command *c;

	for (c = next(NULL); c; c = next(c))
		for (uint32_t size = 0; size < 8; size++) {
			EXPECT_EQ(EINVAL, issue(self, c, self->page, size)) {
				TH_LOG("%s of %u", c->name, size);
			}
		}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, a_longer_struct_is_accepted_if_its_tail_is_zero)
{
	const struct command *c;

	for (c = next(NULL); c; c = next(c)) {
		memset(self->page, 0, PAGE);
		EXPECT_EQ(c->err, issue(self, c, self->page, c->size + 64));
		EXPECT_EQ(c->err, issue(self, c, self->page, PAGE));
		for (size_t at = c->size; at < c->size + 64; at++) {
			self->page[at] = 1;
			EXPECT_EQ(E2BIG, issue(self, c, self->page,
					       c->size + 64)) {
				TH_LOG("%s, byte %zu", c->name, at);
			}
			self->page[at] = 0;
		}
	}
}

TEST_F(abi, a_size_beyond_all_reason_is_refused)
{
	static const uint32_t sizes[] = {
		0x7fffffff, 0x80000000, 0xfffff000, 0xffffffff,
	};
	const struct command *c;

	for (c = next(NULL); c; c = next(c))
		for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
			int err = issue(self, c, self->page, sizes[i]);

			EXPECT_TRUE(err == E2BIG || err == EFAULT) {
				TH_LOG("%s of %#x: %d", c->name, sizes[i], err);
			}
		}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, h71_a_short_struct_is_not_overrun)
{
	const struct command *c;

	for (c = next(NULL); c; c = next(c))
		for (uint32_t size = 8; size <= c->size; size++) {
			memset(self->page, 0x5a, PAGE);
			issue(self, c, self->page, size);
			EXPECT_TRUE(ta_all(self->page + c->size, 64, 0x5a));
			/* issue() itself fills in up to the full size. */
			EXPECT_EQ(0, memcmp(self->page + size,
					    c->good.bytes + size,
					    c->size - size)) {
				TH_LOG("%s of %u", c->name, size);
			}
		}
}

/* What is asked twice over other bytes: which of the answer's were left as they were? */
static const int fillings[2] = { 0x5a, 0xa5 };

static bool is_written(const void *first, const void *second, size_t len)
{
	const unsigned char *a = first, *b = second;

	for (size_t i = 0; i < len; i++)
		if (a[i] == fillings[0] && b[i] == fillings[1])
			return false;
	return true;
}

TEST_F(abi, h71_every_byte_of_the_answer_is_written)
{
	char answers[2][sizeof(commands->good)];
	const struct command *c;

	for (c = next(NULL); c; c = next(c)) {
		size_t asked = c->answer ? c->answer : c->size;

		for (int i = 0; i < 2; i++) {
			uint32_t size = c->size;

			memset(self->page, fillings[i], PAGE);
			memcpy(self->page, c->good.bytes, asked);
			memcpy(self->page, &size, sizeof(size));
			EXPECT_EQ(c->err, ioctl(self->fd, c->nr, self->page) ?
				  errno : 0);
			memcpy(answers[i], self->page, c->size);
			EXPECT_TRUE(ta_all(self->page + c->size, PAGE - c->size,
					   fillings[i]));
		}
		EXPECT_TRUE(is_written(answers[0], answers[1], c->size)) {
			TH_LOG("%s", c->name);
		}
	}
}

TEST_F(abi, h71_every_byte_about_a_page_is_written)
{
	char *p = ta_mmap(self->fd, NULL, 4 * PAGE, RW, 0);
	struct ta_page_info pages[2][4];

	/* One of the kernel's, one untouched, one read, one written to */
	ASSERT_EQ(p, mmap(p, PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
			  -1, 0));
	EXPECT_EQ(0, *(volatile char *)(p + 2 * PAGE));
	p[3 * PAGE] = 1;
	for (int i = 0; i < 2; i++) {
		memset(pages[i], fillings[i], sizeof(pages[i]));
		ASSERT_EQ(0, ta_pages(self->fd, p, 4, pages[i]));
	}
	EXPECT_EQ(0, memcmp(pages[0], pages[1], sizeof(pages[0])));
	EXPECT_EQ(TA_PAGE_FOREIGN, pages[0][0].state);
	EXPECT_EQ(TA_PAGE_NONE, pages[0][1].state);
	EXPECT_EQ(TA_PAGE_ZERO, pages[0][2].state);
	EXPECT_EQ(TA_PAGE_PRESENT, pages[0][3].state);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(0, pages[0][i].reserved);
}

TEST_F(abi, h25_unknown_flags_are_refused)
{
	const struct command *c;

	for (c = next(NULL); c; c = next(c))
		for (int bit = 0; bit < 32; bit++) {
			uint32_t flags = 1U << bit;

			prepare(c, self->page);
			memcpy(self->page + 4, &flags, sizeof(flags));
			EXPECT_EQ(-1, ioctl(self->fd, c->nr, self->page));
			EXPECT_EQ(EINVAL, errno) {
				TH_LOG("%s, bit %d", c->name, bit);
			}
		}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, h25_unknown_map_flags_are_refused)
{
	uint32_t known = MAP_FIXED | MAP_FIXED_NOREPLACE | MAP_POPULATE |
			 MAP_NORESERVE | MAP_LOCKED;

	for (int bit = 0; bit < 32; bit++) {
		int flag = 1U << bit;

		if (known & flag)
			continue;
		errno = 0;
		EXPECT_EQ(MAP_FAILED, ta_mmap(self->fd, NULL, PAGE, RW, flag));
		EXPECT_EQ(EINVAL, errno) {
			TH_LOG("map flag %#x", flag);
		}
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, h25_unknown_protections_are_refused)
{
	uint32_t known = PROT_READ | PROT_WRITE | PROT_EXEC;

	for (int bit = 0; bit < 32; bit++) {
		if (known & (1U << bit))
			continue;
		errno = 0;
		EXPECT_EQ(MAP_FAILED,
			  ta_mmap(self->fd, NULL, PAGE, 1U << bit, 0));
		EXPECT_EQ(EINVAL, errno) {
			TH_LOG("protection %#x", 1U << bit);
		}
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, h22_counts_that_wrap_are_refused)
{
	static const uint64_t counts[] = {
		1ULL << 52, (1ULL << 52) - 1, (1ULL << 60) - 1, 1ULL << 60,
		1ULL << 61, 1ULL << 63, -1ULL, -(1ULL << 52),
	};

	for (size_t i = 0; i < ARRAY_SIZE(counts); i++) {
		struct ta_ioc_pages arg = {
			.size = sizeof(arg),
			.addr = (uintptr_t)self->page,
			.nr_pages = counts[i],
			.pages = (uintptr_t)self->page,
		};

		memset(self->page, 0x5a, PAGE);
		errno = 0;
		EXPECT_EQ(-1, ioctl(self->fd, TA_IOC_PAGES, &arg));
		EXPECT_EQ(EINVAL, errno) {
			TH_LOG("%#llx pages", (unsigned long long)counts[i]);
		}
		EXPECT_TRUE(ta_all(self->page, PAGE, 0x5a));
	}
}

TEST_F(abi, pages_wants_an_aligned_address)
{
	struct ta_page_info page;

	for (size_t off = 1; off < PAGE; off = off * 2 + 1) {
		errno = 0;
		EXPECT_EQ(-1, ta_pages(self->fd, self->page + off, 1, &page));
		EXPECT_EQ(EINVAL, errno);
	}
}

TEST_F(abi, pages_of_none_writes_none)
{
	struct ta_page_info page;

	memset(&page, 0x5a, sizeof(page));
	EXPECT_EQ(0, ta_pages(self->fd, self->page, 0, &page));
	EXPECT_TRUE(ta_all(&page, sizeof(page), 0x5a));
}

TEST_F(abi, pages_in_many_chunks)
{
	size_t nr = 5000;
	struct ta_page_info *pages = calloc(nr, sizeof(*pages));
	char *p = ta_mmap(self->fd, NULL, nr * PAGE, RW, 0);

	for (size_t i = 0; i < nr; i += 7)
		p[i * PAGE] = 1;
	ASSERT_EQ(0, ta_pages(self->fd, p, nr, pages));
	for (size_t i = 0; i < nr; i++) {
		EXPECT_EQ(i % 7 ? TA_PAGE_NONE : TA_PAGE_PRESENT,
			  pages[i].state);
	}
	free(pages);
}

TEST_F(abi, bad_pointers_are_an_efault)
{
	char *none = mmap(NULL, PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);
	const uintptr_t bad[] = {
		0, 1, PAGE, (uintptr_t)none, 1UL << 47, 0x7ffffffff000 + PAGE,
		0xffff888000000000, 0xffffffff81000000, 0xdead000000000000,
		-1UL, -8UL,
	};
	const struct command *c;

	for (c = next(NULL); c; c = next(c))
		for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
			errno = 0;
			EXPECT_EQ(-1, ioctl(self->fd, c->nr, bad[i]));
			EXPECT_EQ(EFAULT, errno) {
				TH_LOG("%s at %#lx", c->name, bad[i]);
			}
		}
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		errno = 0;
		EXPECT_EQ(-1, ta_pages(self->fd, self->page, 2,
				       (void *)bad[i]));
		EXPECT_EQ(EFAULT, errno);
	}
	EXPECT_TRUE(unchanged(self));
}

static void without_privilege(void *arg)
{
	abi_t *self = arg;
	struct ta_ioc_info info;
	int fd;

	TA_CHILD(!setgid(65534) && !setuid(65534));
	TA_CHILD(ta_validate(self->fd) == -1 && errno == EPERM);
	fd = ta_open();
	TA_CHILD(fd >= 0);
	TA_CHILD(ta_validate(fd) == -1 && errno == EPERM);
	TA_CHILD(!ta_info(fd, &info));
	TA_CHILD(ta_sbrk(fd, PAGE) != (void *)-1);
	TA_CHILD(ta_mmap(fd, NULL, PAGE, RW, 0) != MAP_FAILED);
}

TEST_F(abi, validate_is_for_root)
{
	if (geteuid())
		SKIP(return, "needs root to compare");
	EXPECT_EQ(0, ta_validate(self->fd));
	EXPECT_EQ(0, ta_join(ta_fork(without_privilege, self)));
}

static bool looks_like_kernel_address(uint64_t value)
{
	return value >> 47 == 0x1ffff;
}

static void expect_no_address(struct __test_metadata *_metadata,
			      const void *data, size_t len)
{
	const char *p = data;
	uint64_t value;

	for (size_t at = 0; at + sizeof(value) <= len; at += 4) {
		memcpy(&value, p + at, sizeof(value));
		EXPECT_FALSE(looks_like_kernel_address(value)) {
			TH_LOG("%#llx", (unsigned long long)value);
		}
	}
}

TEST_F(abi, h72_no_kernel_address_comes_out)
{
	struct ta_ioc_brk brk = { .size = sizeof(brk) };
	struct ta_page_info pages[64];
	struct ta_ioc_info info;
	char *p = ta_mmap(self->fd, NULL, 64 * PAGE, RW, 0);

	memset(p, 0, 32 * PAGE);
	ASSERT_EQ(0, ta_info(self->fd, &info));
	ASSERT_EQ(0, ta_pages(self->fd, p, 64, pages));
	ASSERT_EQ(0, ioctl(self->fd, TA_IOC_BRK, &brk));
	expect_no_address(_metadata, &info, sizeof(info));
	expect_no_address(_metadata, pages, sizeof(pages));
	expect_no_address(_metadata, &brk, sizeof(brk));
	for (size_t i = 0; i < 64; i++) {
		EXPECT_GT(info.pool_pages, pages[i].frame);
	}
}

static bool is_command(unsigned long nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (commands[i].nr == nr)
			return true;
	return false;
}

/* Edges, and the sizes of all structs: a command that says its struct's is another. */
static unsigned int command_size(size_t i)
{
	static const unsigned int sizes[] = { 0, 4, 8, 256, 4096, 8191, 8192, 16383 };

	return i < ARRAY_SIZE(sizes) ? sizes[i] :
	       commands[i - ARRAY_SIZE(sizes)].size;
}

#define NR_SIZES	(8 + ARRAY_SIZE(commands))

static void expect_enotty(struct __test_metadata *_metadata, int fd,
			  unsigned long cmd, char *arg)
{
	errno = 0;
	EXPECT_EQ(-1, ioctl(fd, cmd, arg));
	EXPECT_EQ(ENOTTY, errno) {
		TH_LOG("%#lx", cmd);
	}
}

/* Whatever the descriptor is good for: who cannot write is told the same. */
TEST_F(abi, h80_unknown_commands_are_an_enotty)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY };

	memset(self->page, 0, 2 * PAGE);
	for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
		int fd = open(TA_DEVICE, modes[m]);

		for (unsigned int at = 0; at < 4 * 256 * NR_SIZES; at++) {
			unsigned long cmd = _IOC(at % 4, TA_IOC_TYPE, at / 4 % 256,
						 command_size(at / 1024));

			if (!is_command(cmd))
				expect_enotty(_metadata, fd, cmd, self->page);
		}
		close(fd);
	}
	EXPECT_TRUE(unchanged(self));
}

TEST_F(abi, h80_other_types_are_an_enotty)
{
	/* Types of which the kernel answers some for every file, and ours */
	static const unsigned char not[] = { 0, 'T', 'X', 'f', 0x94, TA_IOC_TYPE };

	for (unsigned int at = 0; at < 256 * 4 * 16; at++) {
		unsigned int type = at / 64;

		if (!memchr(not, type, sizeof(not)))
			expect_enotty(_metadata, self->fd,
				      _IOC(at % 4, type, at / 4 % 16, 0), self->page);
	}
	EXPECT_TRUE(unchanged(self));
}

static void run_compat32(void *arg)
{
	(void)arg;
	execl("./compat32", "compat32", NULL);
	_exit(errno == ENOEXEC ? 100 : 101);
}

TEST_F(abi, h80_a_32_bit_caller_gets_the_same)
{
	int status;

	if (access("./compat32", X_OK))
		SKIP(return, "no ./compat32: run where the programs are");
	status = ta_join(ta_fork(run_compat32, NULL));
	if (status == 100)
		SKIP(return, "the kernel runs no 32-bit programs");
	EXPECT_EQ(0, status);
}

TA_TEST_MAIN
