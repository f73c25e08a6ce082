// SPDX-License-Identifier: GPL-2.0
/* The kernel API from another module: something from each layer, held. */
#include <linux/module.h>
#include <linux/teachalloc.h>

static struct page *page;
static char *text;
static void *area;

static int __init hello_init(void)
{
	page = ta_alloc_pages(GFP_KERNEL, 3);
	text = ta_kmalloc(100, GFP_KERNEL);
	area = ta_vmalloc(1 << 20);
	return 0;
}

static void __exit hello_exit(void)
{
	ta_vfree(area);
	ta_kfree(text);
	if (page)
		ta_free_pages(page, 3);
}

module_init(hello_init);
module_exit(hello_exit);
MODULE_DESCRIPTION("The kernel API of teachalloc in ten lines");
MODULE_LICENSE("GPL");
