// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the device as a file: it is there for its commands only, and every
 * other operation is refused cleanly.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ta_test.h"

FIXTURE(files) {
	int fd;
};

FIXTURE_SETUP(files)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(files)
{
	close(self->fd);
}

#define EXPECT_ERRNO(err, call) do {					\
	errno = 0;							\
	EXPECT_EQ(-1, (long)(call));					\
	EXPECT_EQ(err, errno) {						\
		TH_LOG("%s", #call);					\
	}								\
} while (0)

TEST_F(files, the_node_is_for_everybody)
{
	struct stat st;

	ASSERT_EQ(0, fstat(self->fd, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0666, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_size);
}

TEST_F(files, h85_reading_and_writing)
{
	struct iovec iov = { &(char){ 0 }, 1 };
	char byte = 0;

	EXPECT_ERRNO(EINVAL, read(self->fd, &byte, 1));
	EXPECT_ERRNO(EINVAL, write(self->fd, &byte, 1));
	EXPECT_ERRNO(EINVAL, readv(self->fd, &iov, 1));
	EXPECT_ERRNO(EINVAL, writev(self->fd, &iov, 1));
	EXPECT_ERRNO(ESPIPE, lseek(self->fd, 0, SEEK_SET));
	EXPECT_ERRNO(ESPIPE, lseek(self->fd, 0, SEEK_END));
	/* Without a position pread says EINVAL or ESPIPE, by the version. */
	EXPECT_EQ(-1, pread(self->fd, &byte, 1, 0));
	EXPECT_EQ(-1, pwrite(self->fd, &byte, 1, 0));
	EXPECT_TRUE(ta_is_whole(self->fd));
}

TEST_F(files, h85_size_and_sync)
{
	EXPECT_ERRNO(EINVAL, fsync(self->fd));
	EXPECT_ERRNO(EINVAL, fdatasync(self->fd));
	EXPECT_ERRNO(EINVAL, ftruncate(self->fd, 4096));
	EXPECT_ERRNO(ENODEV, fallocate(self->fd, 0, 0, 4096));
	EXPECT_ERRNO(ENODEV, fallocate(self->fd, FALLOC_FL_PUNCH_HOLE |
				       FALLOC_FL_KEEP_SIZE, 0, 4096));
	EXPECT_TRUE(ta_is_whole(self->fd));
}

TEST_F(files, h85_splicing)
{
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	ASSERT_EQ(1, write(ends[1], "x", 1));
	EXPECT_ERRNO(EINVAL, splice(self->fd, NULL, ends[1], NULL, 1, 0));
	EXPECT_ERRNO(EINVAL, splice(ends[0], NULL, self->fd, NULL, 1, 0));
	EXPECT_EQ(-1, sendfile(ends[1], self->fd, NULL, 1));
	EXPECT_EQ(-1, copy_file_range(self->fd, NULL, ends[1], NULL, 1, 0));
}

TEST_F(files, h85_polling_does_not_hang)
{
	struct pollfd pfd = { self->fd, POLLIN | POLLOUT | POLLPRI, 0 };

	EXPECT_LE(0, poll(&pfd, 1, 100));
	EXPECT_EQ(0, pfd.revents & POLLNVAL);
}

/* H10: each way to open, each kind of mapping, each protection, each flag */

static const int modes[] = { O_RDWR, O_RDONLY, O_WRONLY };

/* What mmap(2) of the device says, in the order in which the kernel looks */
static int refusal(int fd, int mode, int prot, int flags)
{
	struct statvfs fs;

	if (flags & MAP_HUGETLB)
		return -EINVAL;
	if (mode == O_WRONLY || (mode == O_RDONLY && (prot & PROT_WRITE) &&
				 (flags & MAP_TYPE) != MAP_PRIVATE))
		return -EACCES;
	if ((prot & PROT_EXEC) && !fstatvfs(fd, &fs) && (fs.f_flag & ST_NOEXEC))
		return -EPERM;
	return -ENODEV;
}

TEST_F(files, h10_mmap_of_the_device_is_refused)
{
	static const int types[] = { MAP_SHARED, MAP_PRIVATE,
				     MAP_SHARED_VALIDATE };
	static const int more[] = { 0, MAP_LOCKED, MAP_POPULATE, MAP_GROWSDOWN,
				    MAP_HUGETLB, MAP_32BIT, MAP_NORESERVE };

	for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
		int fd = open(TA_DEVICE, modes[m]);

		for (size_t i = 0; i < 3 * 7 * 8; i++) {
			int flags = types[i % 3] | more[i / 3 % 7], prot = i / 21;

			errno = 0;
			EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, prot, flags, fd, 0));
			EXPECT_EQ(refusal(fd, modes[m], prot, flags), -errno) {
				TH_LOG("mode %d flags %#x prot %d", modes[m],
				       flags, prot);
			}
		}
		close(fd);
	}
	EXPECT_EQ(0, ta_lines(NULL, 0));
}

/* A mapping that was made: can be accessed as anonymous memory like it. */
static void expect_the_same(struct __test_metadata *_metadata, char *p, int prot,
			    int flags)
{
	char *host = mmap(NULL, PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS | flags,
			  -1, 0);

	ASSERT_NE(MAP_FAILED, host);
	EXPECT_EQ(ta_read(host).code, ta_read(p).code);
	EXPECT_EQ(ta_write(host, 7).code, ta_write(p, 7).code);
	if (!ta_read(host).sig)
		EXPECT_EQ(*host, *p);
	munmap(host, PAGE);
}

TEST_F(files, h10_the_command_takes_each_protection_and_few_flags)
{
	static const int flags[] = { 0, MAP_LOCKED, MAP_POPULATE,
				     MAP_LOCKED | MAP_POPULATE, MAP_GROWSDOWN,
				     MAP_HUGETLB, MAP_32BIT, MAP_SHARED,
				     MAP_PRIVATE, MAP_SHARED_VALIDATE,
				     MAP_POPULATE | MAP_GROWSDOWN };

	for (size_t m = 0; m < ARRAY_SIZE(modes); m++) {
		int fd = open(TA_DEVICE, modes[m]);

		for (size_t i = 0; i < 8 * ARRAY_SIZE(flags); i++) {
			int flag = flags[i / 8], prot = i % 8, want = 0;
			char *p = ta_mmap(fd, NULL, PAGE, prot, flag);

			if (flag & ~(MAP_LOCKED | MAP_POPULATE))
				want = EINVAL;
			if (modes[m] == O_RDONLY)
				want = EBADF;
			EXPECT_EQ(want, p == MAP_FAILED ? errno : 0) {
				TH_LOG("mode %d flags %#x prot %d", modes[m],
				       flag, prot);
			}
			if (p == MAP_FAILED)
				continue;
			expect_the_same(_metadata, p, prot, flag);
			EXPECT_EQ(0, munmap(p, PAGE));
		}
		close(fd);
	}
	EXPECT_EQ(0, ta_lines(NULL, 0));
}

TEST_F(files, h11_changes_need_a_descriptor_to_write_with)
{
	int ro = open(TA_DEVICE, O_RDONLY);
	struct ta_ioc_info info;
	char *p;

	ASSERT_LE(0, ro);
	EXPECT_EQ(0, ta_info(ro, &info));
	EXPECT_EQ(0, ta_state(ro, self));
	EXPECT_ERRNO(EBADF, ta_mmap(ro, NULL, PAGE, RW, 0));
	EXPECT_ERRNO(EBADF, ta_mmap(ro, NULL, PAGE, PROT_READ, 0));
	EXPECT_ERRNO(EBADF, ta_brk_range(ro, (void **)&p, NULL));
	EXPECT_ERRNO(EBADF, ta_brk(ro, self));
	EXPECT_EQ(0, ta_lines(NULL, 0));
	close(ro);
}

TEST_F(files, h11_a_descriptor_to_write_with_will_do)
{
	int wo = open(TA_DEVICE, O_WRONLY);
	char *p = ta_mmap(wo, NULL, PAGE, RW, 0), *h = ta_sbrk(wo, PAGE);

	ASSERT_NE(MAP_FAILED, p);
	ASSERT_NE((void *)-1, h);
	p[0] = 1;
	h[0] = p[0];
	EXPECT_EQ(1, h[0]);
	close(wo);
}

TEST_F(files, h13_mmap_twice_is_refused_twice)
{
	int other = ta_open();

	for (int i = 0; i < 2; i++) {
		EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_SHARED,
					   self->fd, 0));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_SHARED,
					   other, 0));
		EXPECT_EQ(ENODEV, errno);
	}
	close(other);
}

TEST_F(files, h20_mmap_at_any_offset_is_refused)
{
	static const struct {
		uint64_t offset;
		int err;
	} cases[] = {
		{ 4096, ENODEV },
		{ (1ULL << 63) - 4096, ENODEV },
		{ 1ULL << 63, ENODEV },
		{ -4096ULL, EOVERFLOW },
		{ 1, EINVAL },
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		errno = 0;
		EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, RW, MAP_SHARED,
					   self->fd, cases[i].offset));
		EXPECT_EQ(cases[i].err, errno) {
			TH_LOG("%#llx", (unsigned long long)cases[i].offset);
		}
	}
}

TEST_F(files, h81_an_o_path_descriptor_can_do_nothing)
{
	int fd = open(TA_DEVICE, O_PATH);
	struct ta_ioc_info info;

	ASSERT_LE(0, fd);
	EXPECT_ERRNO(EBADF, ta_info(fd, &info));
	close(fd);
}

TEST_F(files, h81_a_reopened_descriptor_is_another_client)
{
	char path[32], *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	int fd;

	p[0] = 1;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", self->fd);
	fd = open(path, O_RDWR);
	ASSERT_LE(0, fd);
	EXPECT_EQ(TA_PAGE_FOREIGN, ta_state(fd, p));
	close(fd);
	ASSERT_EQ(0, munmap(p, PAGE));
}

/* From an O_PATH descriptor, or one to read with, the node's rights decide. */
TEST_F(files, h81_reopening_gives_what_the_node_gives)
{
	static const int flags[] = { O_PATH, O_RDONLY };
	char path[32];

	for (size_t i = 0; i < ARRAY_SIZE(flags); i++) {
		int from = open(TA_DEVICE, flags[i]), fd;

		snprintf(path, sizeof(path), "/proc/self/fd/%d", from);
		fd = open(path, O_RDWR);
		ASSERT_LE(0, fd);
		EXPECT_NE(MAP_FAILED, ta_mmap(fd, NULL, PAGE, RW, 0));
		if (flags[i] == O_RDONLY)
			EXPECT_ERRNO(EBADF, ta_mmap(from, NULL, PAGE, RW, 0) ==
					    MAP_FAILED ? -1 : 0);
		close(fd);
		close(from);
	}
}

static void take_descriptor(void *arg)
{
	int *fds = arg, pidfd, fd;
	char *p = *(char **)(fds + 2);

	pidfd = syscall(SYS_pidfd_open, getppid(), 0);
	TA_CHILD(pidfd >= 0);
	fd = syscall(SYS_pidfd_getfd, pidfd, fds[0], 0);
	TA_CHILD(fd >= 0);
	/* The same client, but none of the other's pages */
	TA_CHILD(ta_state(fd, p) != TA_PAGE_PRESENT);
	p = ta_mmap(fd, NULL, PAGE, RW, 0);
	TA_CHILD(p != MAP_FAILED && *p == 0);
	*p = 7;
	TA_CHILD(syscall(SYS_pidfd_getfd, pidfd, fds[1], 0) >= 0);
	TA_CHILD(!setuid(65534));
	TA_CHILD(syscall(SYS_pidfd_getfd, pidfd, fds[0], 0) < 0 &&
		 errno == EPERM);
}

TEST_F(files, h81_pidfd_getfd_shows_no_pages)
{
	char *p = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	int fds[4] = { self->fd, open(TA_DEVICE, O_PATH) };

	if (geteuid())
		SKIP(return, "compares root with others");
	memset(p, 5, PAGE);
	memcpy(fds + 2, &p, sizeof(p));
	EXPECT_EQ(0, madvise(p, PAGE, MADV_DONTFORK));
	EXPECT_EQ(0, ta_join(ta_fork(take_descriptor, fds)));
	EXPECT_TRUE(ta_all(p, PAGE, 5));
	ASSERT_EQ(0, munmap(p, PAGE));
}

TEST_F(files, a_thousand_clients_cost_no_page)
{
	int fds[900];

	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		fds[i] = ta_open();
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_TRUE(ta_is_whole(self->fd));
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++)
		close(fds[i]);
}

TA_TEST_MAIN
