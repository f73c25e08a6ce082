// SPDX-License-Identifier: GPL-2.0
/*
 * Every mistake that can be made with an object of a cache, once each, to see
 * what is said about it. Nothing breaks: the module comes and goes, and the
 * cache is sound at the end.
 *
 * Load teachalloc with slab_debug=FZPU,victim,bystander before.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/module.h>
#include <linux/teachalloc.h>

#define SIZE	64U

static struct ta_kmem_cache *victim, *bystander;

static u8 *get(void)
{
	return ta_kmem_cache_alloc(victim, GFP_KERNEL);
}

static void overrun(u8 *p)
{
	WRITE_ONCE(p[SIZE], 0x12);
	ta_kmem_cache_free(victim, p);
}

static void underrun(u8 *p)
{
	WRITE_ONCE(p[-1], 0x34);
	ta_kmem_cache_free(victim, p);
}

static void free_twice(u8 *p)
{
	ta_kmem_cache_free(victim, p);
	ta_kmem_cache_free(victim, p);
}

static void free_inside(u8 *p)
{
	ta_kmem_cache_free(victim, p + 8);
	ta_kmem_cache_free(victim, p);
}

static void free_to_another(u8 *p)
{
	ta_kmem_cache_free(bystander, p);
	ta_kmem_cache_free(victim, p);
}

/* The object freed last is the next one. */
static void write_after_free(u8 *p)
{
	ta_kmem_cache_free(victim, p);
	WRITE_ONCE(p[3], 0x56);
	ta_kmem_cache_free(victim, get());
}

/* The link lies behind the right red zone, which is a word. */
static void break_freelist(u8 *p)
{
	ta_kmem_cache_free(victim, p);
	WRITE_ONCE(*(unsigned long *)(p + SIZE + sizeof(long)), 0x4141414141414141UL);
	ta_kmem_cache_free(victim, get());
}

static void destroy_busy(u8 *p)
{
	ta_kmem_cache_destroy(victim);
	ta_kmem_cache_free(victim, p);
}

static int __init misuse_init(void)
{
	static void (* const mistakes[])(u8 *p) = {
		overrun, underrun, free_twice, free_inside, free_to_another,
		write_after_free, break_freelist, destroy_busy,
	};
	unsigned int i;

	victim = ta_kmem_cache_create("victim", SIZE, 0, 0, NULL);
	bystander = ta_kmem_cache_create("bystander", SIZE, 0, 0, NULL);
	for (i = 0; victim && bystander && i < ARRAY_SIZE(mistakes); i++) {
		u8 *p = get();

		pr_info("about to %ps\n", mistakes[i]);
		if (p)
			mistakes[i](p);
	}
	pr_info("the victim is %s\n",
		ta_kmem_cache_validate(victim) ? "sound" : "broken");
	return 0;
}

static void __exit misuse_exit(void)
{
	ta_kmem_cache_destroy(victim);
	ta_kmem_cache_destroy(bystander);
}

module_init(misuse_init);
module_exit(misuse_exit);
MODULE_DESCRIPTION("Mistakes with objects, to see them reported");
MODULE_AUTHOR("The teachalloc developers");
MODULE_LICENSE("GPL");
