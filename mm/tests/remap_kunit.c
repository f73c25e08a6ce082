// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of a user's mapping of vmalloc memory: in the address space of whoever
 * inserts the module, a file whose mmap handler maps the fixture's memory.
 */
#include "backends.h"
#include "helpers.h"
#include "remap.h"

#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/sched/mm.h>
#include <linux/uaccess.h>

#define NR_POOL		128UL
#define NR_WINDOW	200UL
#define NR_PAGES	6UL
#define BYTES		(NR_PAGES * PAGE_SIZE)
#define CALLER		_THIS_IP_

/**
 * struct fixture - a vmalloc layer, memory in it, a file to map it by
 * @pages: the page layer
 * @slabs: the slab layer
 * @vmap: the vmalloc layer
 * @file: whose mmap handler maps @addr
 * @addr: what a user may map
 */
struct fixture {
	struct ta_pages pages;
	struct ta_slabs slabs;
	struct ta_vmap vmap;
	struct file *file;
	u8 *addr;
};

/* Of who inserts the module; a test runs in a thread that has none. */
static struct mm_struct *user_mm;

static int remap_suite_init(struct kunit_suite *suite)
{
	user_mm = current->mm;
	if (user_mm)
		mmget(user_mm);
	return 0;
}

static void remap_suite_exit(struct kunit_suite *suite)
{
	if (user_mm)
		mmput(user_mm);
}

static int map_it(struct file *file, struct vm_area_struct *vma)
{
	struct fixture *f = file->private_data;

	return ta_vmap_remap(&f->vmap, vma, f->addr, vma->vm_pgoff);
}

static const struct file_operations fops = {
	.mmap = map_it,
};

static void *user_memory(struct fixture *f, bool user)
{
	const struct ta_vmap_want want = {
		.size = BYTES,
		.align = PAGE_SIZE,
		.gfp = GFP_KERNEL | __GFP_ZERO,
		.prot = PAGE_KERNEL,
		.user = user,
	};

	return ta_vmap_alloc_want(&f->vmap, &want, CALLER);
}

static int remap_test_init(struct kunit *test)
{
	const struct ta_ptmap_ops *const *ops = test->param_value;
	struct ta_vmap_options options = { .ops = *ops, .nr_pages = NR_WINDOW };
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	test->priv = NULL;
	KUNIT_ASSERT_NOT_NULL(test, f);
	if (!user_mm)
		kunit_skip(test, "nobody's address space to map into");
	ta_test_pages(test, &f->pages, NR_POOL);
	KUNIT_ASSERT_EQ(test, 0, ta_slabs_init(&f->slabs, &f->pages,
					       &(struct ta_slab_options){}));
	KUNIT_ASSERT_EQ(test, 0, ta_vmap_init(&f->vmap, &f->pages, &f->slabs,
					      &options));
	test->priv = f;
	f->addr = user_memory(f, true);
	KUNIT_ASSERT_NOT_NULL(test, f->addr);
	f->file = anon_inode_getfile("[ta_remap]", &fops, f, O_RDWR);
	KUNIT_ASSERT_FALSE(test, IS_ERR(f->file));
	kthread_use_mm(user_mm);
	return 0;
}

static void remap_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	kthread_unuse_mm(user_mm);
	fput(f->file);
	/* The last of a file happens later, in a thread. */
	flush_delayed_fput();
	ta_vmap_free(&f->vmap, f->addr, CALLER);
	KUNIT_EXPECT_TRUE(test, ta_vmap_validate(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_vmap_fini(&f->vmap));
	KUNIT_EXPECT_EQ(test, 0UL, ta_slabs_fini(&f->slabs));
	KUNIT_EXPECT_TRUE(test, ta_pages_validate(&f->pages));
	KUNIT_EXPECT_EQ(test, 0UL, ta_pages_fini(&f->pages));
}

static unsigned long map(struct kunit *test, unsigned long nr_pages,
			 unsigned long pgoff)
{
	struct fixture *f = test->priv;

	return vm_mmap(f->file, 0, nr_pages << PAGE_SHIFT,
		       PROT_READ | PROT_WRITE, MAP_SHARED, pgoff << PAGE_SHIFT);
}

static u8 __user *user_ptr(unsigned long uaddr)
{
	return (u8 __user *)uaddr;
}

static void remap_both_see_the_same_bytes(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long uaddr = map(test, NR_PAGES, 0), i;
	u8 value;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(uaddr));
	for (i = 0; i < BYTES; i += 1000) {
		KUNIT_ASSERT_EQ(test, 0, get_user(value, user_ptr(uaddr + i)));
		KUNIT_EXPECT_EQ(test, 0, (int)value);
		KUNIT_ASSERT_EQ(test, 0, put_user((u8)(i / 1000 + 1),
						  user_ptr(uaddr + i)));
		KUNIT_EXPECT_EQ(test, (int)(i / 1000 + 1), (int)f->addr[i]);
		f->addr[i + 1] = 99;
		KUNIT_ASSERT_EQ(test, 0, get_user(value,
						  user_ptr(uaddr + i + 1)));
		KUNIT_EXPECT_EQ(test, 99, (int)value);
	}
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(uaddr, BYTES));
}

static void remap_offset_leaves_pages_out(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long uaddr = map(test, 2, 3);
	u8 value = 0;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(uaddr));
	f->addr[3 * PAGE_SIZE] = 7;
	KUNIT_ASSERT_EQ(test, 0, get_user(value, user_ptr(uaddr)));
	KUNIT_EXPECT_EQ(test, 7, (int)value);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(uaddr, 2 * PAGE_SIZE));
}

static void expect_refused(struct kunit *test, unsigned long nr_pages,
			   unsigned long pgoff)
{
	KUNIT_EXPECT_EQ(test, (long)-EINVAL, (long)map(test, nr_pages, pgoff));
}

static void remap_beyond_the_end_refused(struct kunit *test)
{
	expect_refused(test, NR_PAGES + 1, 0);
	expect_refused(test, NR_PAGES, 1);
	expect_refused(test, 1, NR_PAGES);
	expect_refused(test, 1, NR_PAGES + 1);
	expect_refused(test, 1, LONG_MAX >> PAGE_SHIFT);
}

static void remap_of_what_is_not_a_users_refused(struct kunit *test)
{
	struct fixture *f = test->priv;
	void *addr = f->addr;

	f->addr = user_memory(f, false);
	KUNIT_ASSERT_NOT_NULL(test, f->addr);
	expect_refused(test, 1, 0);
	ta_vmap_free(&f->vmap, f->addr, CALLER);
	expect_refused(test, 1, 0);
	f->addr = addr + 1;
	expect_refused(test, 1, 0);
	f->addr = (void *)f;
	expect_refused(test, 1, 0);
	f->addr = NULL;
	expect_refused(test, 1, 0);
	f->addr = addr;
}

/* Freed under the user: nobody else gets the pages before he is done. */
static void remap_outlives_the_kernels_mapping(struct kunit *test)
{
	struct fixture *f = test->priv;
	unsigned long uaddr = map(test, NR_PAGES, 0), before, nr;
	u8 value = 0;
	void *all;

	KUNIT_ASSERT_FALSE(test, IS_ERR_VALUE(uaddr));
	f->addr[PAGE_SIZE] = 55;
	before = ta_pages_nr_free(&f->pages);
	ta_vmap_free(&f->vmap, f->addr, CALLER);
	f->addr = NULL;
	KUNIT_EXPECT_EQ(test, before, ta_pages_nr_free(&f->pages));
	nr = before - 8;
	all = ta_vmap_alloc(&f->vmap, nr << PAGE_SHIFT,
			    GFP_KERNEL | __GFP_ZERO, PAGE_KERNEL, CALLER);
	KUNIT_EXPECT_NOT_NULL(test, all);
	KUNIT_ASSERT_EQ(test, 0, get_user(value, user_ptr(uaddr + PAGE_SIZE)));
	KUNIT_EXPECT_EQ(test, 55, (int)value);
	ta_vmap_free(&f->vmap, all, CALLER);
	KUNIT_EXPECT_EQ(test, 0, vm_munmap(uaddr, BYTES));
	KUNIT_EXPECT_EQ(test, before + NR_PAGES, ta_pages_nr_free(&f->pages));
}

/* In user space all but the soft one are empty; and that one maps nothing. */
static const void *real_gen_params(const void *prev, char *desc)
{
	const struct ta_ptmap_ops *const *next = backend_gen_params(prev, desc);

	while (next && *next == &ta_ptmap_soft)
		next = backend_gen_params(next, desc);
	return next;
}

#define CASE(fn) KUNIT_CASE_PARAM(fn, real_gen_params)

static struct kunit_case remap_test_cases[] = {
	CASE(remap_both_see_the_same_bytes),
	CASE(remap_offset_leaves_pages_out),
	CASE(remap_beyond_the_end_refused),
	CASE(remap_of_what_is_not_a_users_refused),
	CASE(remap_outlives_the_kernels_mapping),
	{}
};

static struct kunit_suite remap_test_suite = {
	.name = "teachalloc_remap",
	.suite_init = remap_suite_init,
	.suite_exit = remap_suite_exit,
	.init = remap_test_init,
	.exit = remap_test_exit,
	.test_cases = remap_test_cases,
};

kunit_test_suite(remap_test_suite);
