// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of pages that a device or the network holds while their owner forks, or
 * gives them back and another client gets all there is.
 *
 * Model: a disk in memory plays the device. What is in sockets and pipes are the
 * pages themselves, too. A pin that lasts (h52) a program has on 6.1 by a socket for
 * frames (AF_XDP), whose frames lie in its own memory; what the device finds there is
 * seen at the other end of the loopback device.
 */
#include "kselftest_harness.h"

#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_xdp.h>
#include <linux/io_uring.h>
#include <net/if.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "ta_test.h"

#ifndef MSG_ZEROCOPY
#define MSG_ZEROCOPY	0x4000000
#endif
#ifndef SO_ZEROCOPY
#define SO_ZEROCOPY	60
#endif

FIXTURE(pins) {
	int fd;
	long pages;		/* free in the pool at the start */
	char *page;		/* one of ours, all 1 */
};

#define pins_t FIXTURE_DATA(pins)

FIXTURE_SETUP(pins)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = ta_free_pages(self->fd);
	self->page = ta_mmap(self->fd, NULL, PAGE, RW, 0);
	ASSERT_NE(MAP_FAILED, self->page);
	memset(self->page, 1, PAGE);
}

FIXTURE_TEARDOWN(pins)
{
	close(self->fd);
}

/* A client that takes every page that can be had, and looks after them. */

struct victim {
	struct ta_turn *turn;
};

static void own_all(void *arg)
{
	struct victim *victim = arg;
	int fd = ta_open();
	size_t nr = ta_available_pages(fd);
	char *p = ta_mmap(fd, NULL, nr * PAGE, RW, 0);

	for (size_t i = 0; i < nr; i++) {
		TA_CHILD(!ta_write(p + i * PAGE, 0).sig);
		memset(p + i * PAGE, 0x66, PAGE);
	}
	ta_turn_set(victim->turn, 1);
	ta_turn_wait(victim->turn, 2);
	TA_CHILD(ta_all(p, nr * PAGE, 0x66));
}

static pid_t start_victim(struct victim *victim)
{
	pid_t pid;

	victim->turn = ta_turn_new();
	pid = ta_fork(own_all, victim);
	ta_turn_wait(victim->turn, 1);
	return pid;
}

static int end_victim(struct victim *victim, pid_t pid)
{
	ta_turn_set(victim->turn, 2);
	return ta_join(pid);
}

/* The little of io_uring that it takes to read */

struct ring {
	int fd;
	struct io_uring_params params;
	char *sq;
	char *cq;
	struct io_uring_sqe *sqes;
};

static void *map_ring(const struct ring *ring, size_t len, off_t offset)
{
	return mmap(NULL, len, RW, MAP_SHARED | MAP_POPULATE, ring->fd, offset);
}

static bool ring_open(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;

	memset(ring, 0, sizeof(*ring));
	ring->fd = syscall(__NR_io_uring_setup, 4, p);
	if (ring->fd < 0)
		return false;
	ring->sq = map_ring(ring, p->sq_off.array + p->sq_entries * 4,
			    IORING_OFF_SQ_RING);
	ring->cq = map_ring(ring, p->cq_off.cqes + p->cq_entries *
			    sizeof(struct io_uring_cqe), IORING_OFF_CQ_RING);
	ring->sqes = map_ring(ring, p->sq_entries * sizeof(*ring->sqes),
			      IORING_OFF_SQES);
	return ring->sq != MAP_FAILED && ring->cq != MAP_FAILED &&
	       ring->sqes != MAP_FAILED;
}

/* Begin to read a page from a descriptor to an address. */
static bool ring_read(struct ring *ring, int from, void *addr)
{
	struct io_uring_params *p = &ring->params;
	atomic_uint *tail = (void *)(ring->sq + p->sq_off.tail);
	unsigned int at = atomic_load(tail) & (p->sq_entries - 1);

	ring->sqes[at] = (struct io_uring_sqe){
		.opcode = IORING_OP_READ, .fd = from, .off = -1,
		.addr = (uintptr_t)addr, .len = PAGE,
	};
	((unsigned int *)(ring->sq + p->sq_off.array))[at] = at;
	atomic_fetch_add(tail, 1);
	return syscall(__NR_io_uring_enter, ring->fd, 1, 0, 0, NULL, 0) == 1;
}

/* Wait for it; returns what read(2) would, or minus an errno. */
static int ring_wait(struct ring *ring)
{
	struct io_uring_params *p = &ring->params;
	struct io_uring_cqe *cqes = (void *)(ring->cq + p->cq_off.cqes);
	atomic_uint *head = (void *)(ring->cq + p->cq_off.head);
	int res;

	if (syscall(__NR_io_uring_enter, ring->fd, 0, 1,
		    IORING_ENTER_GETEVENTS, NULL, 0) < 0)
		return -errno;
	res = cqes[atomic_load(head) & (p->cq_entries - 1)].res;
	atomic_fetch_add(head, 1);
	return res;
}

/*
 * A registered buffer would be a device's for as long as it likes. 6.1 takes none
 * in a file's mapping; later kernels none that they must ask us about.
 */
TEST_F(pins, h51_no_buffer_can_be_registered)
{
	struct iovec iov = { self->page, PAGE };
	struct ring ring;

	if (!ring_open(&ring))
		SKIP(return, "a kernel without io_uring");
	EXPECT_EQ(-1, syscall(__NR_io_uring_register, ring.fd,
			      IORING_REGISTER_BUFFERS, &iov, 1));
	EXPECT_TRUE(errno == EOPNOTSUPP || errno == EFAULT);
	close(ring.fd);
}

TEST_F_TIMEOUT(pins, h51_a_read_ends_after_its_buffer_is_gone, 120)
{
	struct victim victim;
	char bytes[PAGE];
	struct ring ring;
	int ends[2];
	pid_t pid;

	if (!ring_open(&ring))
		SKIP(return, "a kernel without io_uring");
	ASSERT_EQ(0, pipe(ends));
	ASSERT_TRUE(ring_read(&ring, ends[0], self->page));
	/* Nothing else of ours is to come to lie there. */
	ASSERT_EQ((void *)self->page,
		  mmap(self->page, PAGE, PROT_NONE,
		       MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
	pid = start_victim(&victim);
	memset(bytes, 0x77, PAGE);
	ASSERT_EQ((ssize_t)PAGE, write(ends[1], bytes, PAGE));
	EXPECT_EQ(-EFAULT, ring_wait(&ring));
	EXPECT_EQ(0, end_victim(&victim, pid));
	close(ring.fd);
}

/* H55: a disk writes to pages (O_DIRECT) while their owner forks. */

#define DISK	"/dev/ram0"
#define PIECE	(16 * PAGE)

struct reader {
	char *mem;
	int disk;
	atomic_bool stop;
	atomic_long rounds;
	atomic_long wrong;
};

static void *read_disk(void *arg)
{
	struct reader *r = arg;

	while (!atomic_load(&r->stop)) {
		memset(r->mem, 1, PIECE);
		if (pread(r->disk, r->mem, PIECE, 0) != (ssize_t)PIECE ||
		    !ta_all(r->mem, PIECE, 0x77))
			atomic_fetch_add(&r->wrong, 1);
		atomic_fetch_add(&r->rounds, 1);
	}
	return NULL;
}

static void is_consistent(void *arg)
{
	char *mem = arg;

	/* Whatever moment it is of, it does not change any more. */
	for (size_t i = 0; i < PIECE; i++)
		TA_CHILD(mem[i] == 1 || mem[i] == 0x77);
	memset(mem, 2, PIECE);
	TA_CHILD(ta_all(mem, PIECE, 2));
}

TEST_F_TIMEOUT(pins, h55_a_disk_writes_while_another_thread_forks, 120)
{
	struct reader r = { .disk = open(DISK, O_RDWR | O_DIRECT) };
	pthread_t thread;

	if (r.disk < 0)
		SKIP(return, "a kernel without " DISK);
	r.mem = ta_mmap(self->fd, NULL, PIECE, RW, 0);
	memset(r.mem, 0x77, PIECE);
	ASSERT_EQ((ssize_t)PIECE, pwrite(r.disk, r.mem, PIECE, 0));
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_disk, &r));
	for (int i = 0; i < 80; i++) {
		EXPECT_EQ(0, ta_join(ta_fork(is_consistent, r.mem)));
	}
	atomic_store(&r.stop, true);
	pthread_join(thread, NULL);
	EXPECT_LT(0, atomic_load(&r.rounds));
	EXPECT_EQ(0, atomic_load(&r.wrong));
	close(r.disk);
}

/* H57: what was sent is freed at once; the receiver gets what was sent. */

static bool receive_ones(int fd, size_t len)
{
	static char bytes[PAGE];

	while (len) {
		ssize_t nr = read(fd, bytes, len < PAGE ? len : PAGE);

		if (nr <= 0 || !ta_all(bytes, nr, 1))
			return false;
		len -= nr;
	}
	return true;
}

static bool to_pipe(const pins_t *self, int pipe)
{
	struct iovec iov = { self->page, PAGE };

	return vmsplice(pipe, &iov, 1, 0) == (ssize_t)PAGE;
}

TEST_F_TIMEOUT(pins, h57_tee_and_a_socket_keep_what_was_sent, 120)
{
	struct victim victim;
	int a[2], b[2], s[2];
	pid_t pid;

	ASSERT_EQ(0, pipe(a));
	ASSERT_EQ(0, pipe(b));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, s));
	ASSERT_TRUE(to_pipe(self, a[1]));
	ASSERT_EQ((ssize_t)PAGE, tee(a[0], b[1], PAGE, 0));
	ASSERT_EQ((ssize_t)PAGE, splice(a[0], NULL, s[0], NULL, PAGE, 0));
	ASSERT_EQ(0, munmap(self->page, PAGE));
	pid = start_victim(&victim);
	EXPECT_TRUE(receive_ones(b[0], PAGE));
	EXPECT_TRUE(receive_ones(s[1], PAGE));
	EXPECT_EQ(0, end_victim(&victim, pid));
}

/* The loopback device, which the VM has not up yet */
static void start_loopback(int socket)
{
	struct ifreq lo = { .ifr_name = "lo", .ifr_flags = IFF_UP };

	ioctl(socket, SIOCSIFFLAGS, &lo);
}

/* A connection over the loopback device */
static bool connect_tcp(int s[2])
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	socklen_t len = sizeof(addr);
	bool ok;

	if (listener < 0)
		return false;
	start_loopback(listener);
	s[0] = socket(AF_INET, SOCK_STREAM, 0);
	ok = !bind(listener, (void *)&addr, len) && !listen(listener, 1) &&
	     !getsockname(listener, (void *)&addr, &len) &&
	     !connect(s[0], (void *)&addr, len) &&
	     !setsockopt(s[0], SOL_SOCKET, SO_ZEROCOPY, &on, sizeof(on));
	s[1] = ok ? accept(listener, NULL, NULL) : -1;
	close(listener);
	return s[1] >= 0;
}

TEST_F_TIMEOUT(pins, h57_zerocopy_keeps_what_was_sent, 120)
{
	size_t len = 24 * PAGE, sent = 0;
	struct victim victim;
	int s[2], size = 4096;
	pid_t pid;
	char *p;

	if (!connect_tcp(s))
		SKIP(return, "a kernel without TCP");
	/* So that most of it waits at the sender's end, in our pages */
	setsockopt(s[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	p = ta_mmap(self->fd, NULL, len, RW, 0);
	memset(p, 1, len);
	while (sent < len) {
		ssize_t nr = send(s[0], p + sent, len - sent,
				  MSG_ZEROCOPY | MSG_DONTWAIT);

		if (nr <= 0)
			break;
		sent += nr;
	}
	ASSERT_LT(0, sent);
	ASSERT_EQ(0, munmap(p, len));
	pid = start_victim(&victim);
	EXPECT_TRUE(receive_ones(s[1], sent));
	EXPECT_EQ(0, end_victim(&victim, pid));
	close(s[0]);
	close(s[1]);
	EXPECT_TRUE(ta_settles(self->fd, self->pages - 1));
}

/* H52: a pin that lasts. What the device would send shows which page it has. */

#define NR_FRAMES	16	/* that are sent at the most */
#define FRAME	1024

struct device {
	int fd;			/* has the page pinned, from its opening to its end */
	int other_end;
	struct xdp_mmap_offsets off;
	char *ring;		/* of frames to be sent */
};

/* Whether the page could be pinned; errno says why not. */
static bool device_open(struct device *dev, char *page)
{
	struct xdp_umem_reg reg = {
		.addr = (uintptr_t)page, .len = PAGE, .chunk_size = PAGE,
	};

	dev->fd = socket(AF_XDP, SOCK_RAW, 0);
	return dev->fd >= 0 &&
	       !setsockopt(dev->fd, SOL_XDP, XDP_UMEM_REG, &reg, sizeof(reg));
}

static bool device_start(struct device *dev)
{
	static const int rings[] = {
		XDP_UMEM_FILL_RING, XDP_UMEM_COMPLETION_RING, XDP_TX_RING,
	};
	struct sockaddr_xdp xdp = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY,
		.sxdp_ifindex = if_nametoindex("lo"),
	};
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = xdp.sxdp_ifindex,
	};
	struct timeval patience = { .tv_sec = 10 };
	socklen_t len = sizeof(dev->off);
	int nr = NR_FRAMES;

	for (int i = 0; i < 3; i++)
		if (setsockopt(dev->fd, SOL_XDP, rings[i], &nr, sizeof(nr)))
			return false;
	if (getsockopt(dev->fd, SOL_XDP, XDP_MMAP_OFFSETS, &dev->off, &len))
		return false;
	dev->ring = mmap(NULL, dev->off.tx.desc + nr * sizeof(struct xdp_desc), RW,
			 MAP_SHARED | MAP_POPULATE, dev->fd, XDP_PGOFF_TX_RING);
	start_loopback(dev->fd);
	dev->other_end = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL));
	setsockopt(dev->other_end, SOL_SOCKET, SO_RCVTIMEO, &patience,
		   sizeof(patience));
	return dev->ring != MAP_FAILED &&
	       !bind(dev->other_end, (void *)&ll, sizeof(ll)) &&
	       !bind(dev->fd, (void *)&xdp, sizeof(xdp));
}

/* The byte of which the device's page is full, or -1 */
static int device_sees(struct device *dev)
{
	atomic_uint *end = (void *)(dev->ring + dev->off.tx.producer);
	struct xdp_desc *descs = (void *)(dev->ring + dev->off.tx.desc);
	unsigned char frame[FRAME + 1];

	descs[atomic_load(end)] = (struct xdp_desc){ .addr = 0, .len = FRAME };
	atomic_fetch_add(end, 1);
	if (sendto(dev->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) ||
	    recv(dev->other_end, frame, sizeof(frame), 0) != FRAME ||
	    !ta_all(frame, FRAME, *frame))
		return -1;
	return *frame;
}

static void device_close(struct device *dev)
{
	close(dev->fd);
	close(dev->other_end);
	munmap(dev->ring, dev->off.tx.desc + NR_FRAMES * sizeof(struct xdp_desc));
}

struct side {
	char *page;
	struct ta_turn *turn;
};

static void write_other_side(void *arg)
{
	struct side *side = arg;

	ta_turn_wait(side->turn, 1);
	TA_CHILD(ta_all(side->page, PAGE, 1));
	memset(side->page, 3, PAGE);
	ta_turn_set(side->turn, 2);
	ta_turn_wait(side->turn, 3);
	TA_CHILD(ta_all(side->page, PAGE, 3));
}

/* Later kernels let nobody pin for long what they must ask us about. */
static bool have_device(struct __test_metadata *_metadata, struct device *dev,
			char *page)
{
	if (device_open(dev, page)) {
		ASSERT_TRUE(device_start(dev));
		return true;
	}
	if (dev->fd >= 0) {
		ASSERT_EQ(EFAULT, errno);
		close(dev->fd);
	}
	return false;
}

TEST_F_TIMEOUT(pins, h52_a_pin_that_lasts_stays_its_owners, 120)
{
	struct device dev;

	if (!have_device(_metadata, &dev, self->page))
		SKIP(return, "a kernel or a user without pins that last");
	for (int child_first = 0; child_first < 2; child_first++) {
		struct side side = { self->page, ta_turn_new() };
		pid_t pid;

		memset(self->page, 1, PAGE);
		EXPECT_EQ(1, device_sees(&dev));
		pid = ta_fork(write_other_side, &side);
		if (!child_first)
			memset(self->page, 2, PAGE);
		EXPECT_EQ(2 - child_first, device_sees(&dev));
		ta_turn_set(side.turn, 1);
		ta_turn_wait(side.turn, 2);
		EXPECT_EQ(2 - child_first, device_sees(&dev));
		memset(self->page, 4, PAGE);
		EXPECT_EQ(4, device_sees(&dev));
		ta_turn_set(side.turn, 3);
		EXPECT_EQ(0, ta_join(pid));
		memset(self->page, 5, PAGE);
		EXPECT_EQ(5, device_sees(&dev));
	}
	device_close(&dev);
}

TEST_F_TIMEOUT(pins, h52_a_pin_that_lasts_keeps_the_page_from_others, 120)
{
	struct victim victim;
	struct device dev;
	pid_t pid;

	if (!have_device(_metadata, &dev, self->page))
		SKIP(return, "a kernel or a user without pins that last");
	ASSERT_EQ(0, munmap(self->page, PAGE));
	pid = start_victim(&victim);
	EXPECT_EQ(1, device_sees(&dev));
	EXPECT_EQ(0, end_victim(&victim, pid));
	EXPECT_EQ(1, device_sees(&dev));
	device_close(&dev);
	EXPECT_TRUE(ta_settles(self->fd, self->pages));
}

TA_TEST_MAIN
