// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of caches and their objects by handle: what a kernel caller can do with
 * ta_kmem_cache_create() and ta_kmem_cache_alloc(), from a program.
 */
#include <pthread.h>
#include <sys/ioctl.h>

#include "kselftest_harness.h"
#include "ta_test.h"

#define SLABINFO	"/sys/kernel/debug/teachalloc/slabinfo"
#define SIZE		1000
#define NR		100

FIXTURE(cache) {
	int fd;
	long pages;
};

#define cache_t FIXTURE_DATA(cache)

/* With what the slab layer keeps for later given back. */
static long free_pages(int fd)
{
	ta_shrink_caches();
	return ta_free_pages(fd);
}

FIXTURE_SETUP(cache)
{
	ta_begin();
	self->fd = ta_open();
	ASSERT_LE(0, self->fd);
	self->pages = free_pages(self->fd);
}

FIXTURE_TEARDOWN(cache)
{
	close(self->fd);
	free_pages(-1);
}

static int cache_of(int fd, size_t size)
{
	return ta_alloc(fd, TA_LAYER_CACHE, size, 0, NULL);
}

static int object_of(int fd, int cache)
{
	return ta_alloc(fd, TA_LAYER_OBJECT, cache, 0, NULL);
}

/* How many objects the caches of handles have in use; -1 without such a cache. */
static long in_use(void)
{
	FILE *file = fopen(SLABINFO, "r");
	long active, sum = -1;
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "handle-%*d %ld", &active) == 1)
			sum = (sum < 0 ? 0 : sum) + active;
	if (file)
		fclose(file);
	return sum;
}

TEST_F(cache, its_objects_are_its_own)
{
	int cache, object[NR];

	ASSERT_EQ(-1, in_use());
	cache = cache_of(self->fd, SIZE);
	ASSERT_LT(0, cache);
	EXPECT_EQ(0, in_use());
	EXPECT_EQ(self->pages, free_pages(self->fd));
	for (int i = 0; i < NR; i++) {
		object[i] = object_of(self->fd, cache);
		ASSERT_LT(0, object[i]);
	}
	EXPECT_LE(NR, in_use());
	EXPECT_GE(self->pages - NR * SIZE / (long)PAGE,
		  ta_free_pages(self->fd));
	EXPECT_EQ(-1, ta_free(self->fd, cache));
	EXPECT_EQ(EBUSY, errno);
	for (int i = 0; i < NR; i++)
		EXPECT_EQ(0, ta_free(self->fd, object[i]));
	EXPECT_EQ(0, ta_free(self->fd, cache));
	EXPECT_EQ(-1, in_use());
	EXPECT_EQ(self->pages, free_pages(self->fd));
	EXPECT_EQ(0, ta_validate(self->fd));
}

/* Whichever has the lower number. */
TEST_F(cache, close_frees_objects_and_caches)
{
	int other = ta_open(), first, cache;

	first = ta_alloc(other, TA_LAYER_PAGES, 0, 0, NULL);
	ASSERT_LT(0, first);
	cache = cache_of(other, SIZE);
	ASSERT_EQ(0, ta_free(other, first));
	for (int i = 0; i < NR; i++)
		ASSERT_LT(0, object_of(other, cache));
	ASSERT_LT(0, cache_of(other, 5 * PAGE));
	close(other);
	EXPECT_EQ(-1, in_use());
	EXPECT_EQ(self->pages, free_pages(self->fd));
}

static int refused(int fd, enum ta_layer layer, uint64_t amount)
{
	errno = 0;
	return ta_alloc(fd, layer, amount, 0, NULL) < 0 ? errno : 0;
}

static void try_as_nobody(void *arg)
{
	cache_t *self = arg;
	int cache = cache_of(self->fd, SIZE);

	TA_CHILD(cache > 0 && !setuid(65534));
	TA_CHILD(refused(self->fd, TA_LAYER_CACHE, SIZE) == EPERM);
	TA_CHILD(!ta_free(self->fd, object_of(self->fd, cache)));
	TA_CHILD(!ta_free(self->fd, cache));
}

TEST_F(cache, H25_bad_requests_are_refused)
{
	int cache = cache_of(self->fd, SIZE), object, other = ta_open();

	ASSERT_LT(0, cache);
	object = object_of(self->fd, cache);
	EXPECT_EQ(EINVAL, refused(self->fd, TA_LAYER_CACHE, 0));
	EXPECT_EQ(EINVAL, refused(self->fd, TA_LAYER_CACHE, (4 << 20) + 1));
	EXPECT_EQ(EINVAL, refused(self->fd, TA_LAYER_CACHE, -1));
	EXPECT_EQ(ENOENT, refused(self->fd, TA_LAYER_OBJECT, 0));
	EXPECT_EQ(ENOENT, refused(self->fd, TA_LAYER_OBJECT, object));
	EXPECT_EQ(ENOENT, refused(self->fd, TA_LAYER_OBJECT, cache + 100));
	EXPECT_EQ(EINVAL, refused(self->fd, TA_LAYER_OBJECT,
				  (1UL << 32) + cache));
	EXPECT_EQ(ENOENT, refused(other, TA_LAYER_OBJECT, cache));
	EXPECT_EQ(0, ta_join(ta_fork(try_as_nobody, self)));
}

TEST_F(cache, its_objects_count_in_the_quota)
{
	int small = cache_of(self->fd, SIZE), large = cache_of(self->fd, 3 * PAGE);

	ASSERT_EQ(0, ta_set_quota(self->fd, 5));
	EXPECT_LT(0, object_of(self->fd, large));
	EXPECT_EQ(ENOMEM, refused(self->fd, TA_LAYER_OBJECT, large));
	EXPECT_LT(0, object_of(self->fd, small));
	EXPECT_LT(0, object_of(self->fd, small));
	EXPECT_EQ(ENOMEM, refused(self->fd, TA_LAYER_OBJECT, small));
}

struct worker {
	cache_t *self;
	int cache;
};

/* All that may happen to a cache, while others do the same. */
static void *make_and_free(void *arg)
{
	struct worker *w = arg;
	int cache, object;

	for (int i = 0; i < 300; i++) {
		object = object_of(w->self->fd, w->cache);
		ta_free(w->self->fd, w->cache);
		cache = cache_of(w->self->fd, SIZE);
		if (object > 0)
			ta_free(w->self->fd, object);
		ta_free(w->self->fd, object_of(w->self->fd, cache));
		ta_free(w->self->fd, cache);
	}
	return NULL;
}

TEST_F_TIMEOUT(cache, H43_freeing_while_others_allocate, 120)
{
	struct worker w = { self, cache_of(self->fd, 64) };
	pthread_t threads[4];

	for (int i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, make_and_free,
					    &w));
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, ta_validate(self->fd));
	close(self->fd);
	self->fd = ta_open();
	EXPECT_EQ(-1, in_use());
	EXPECT_EQ(self->pages, free_pages(self->fd));
}

TA_TEST_MAIN
