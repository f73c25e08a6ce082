// SPDX-License-Identifier: GPL-2.0
/*
 * The kernel's own page tables: a window of the module's, or the host's vmap().
 *
 * Model of the window: the host maps one page of zeroes over the whole window,
 * once. That gives the module a range of addresses that nobody else uses, and
 * page tables that stay for as long as the range does. From then on it writes
 * the entries itself, with symbols that the kernel exports. For page n:
 *
 *	n + skew --- >> 9 --> tables[]       skew: where in its table page 0 is
 *	    +------- & 511 -> table of 512 entries -> page
 *
 * A new entry needs no flush, as x86 does not cache what is not there. One that
 * was cleared does, on every CPU. At the end the host unmaps what is already
 * clear.
 *
 * Model of vmap: the pages of a span are collected in an array. Publishing
 * hands that part of it to the host's vmap(), which chooses the address; an
 * xarray leads from each address back to the number of the page.
 *
 * Invariants of the window
 *  I1  tables[] has an entry for every page, and no entry is another's
 *  I2  an entry is clear or maps a page for the span that has the address
 *
 * Locking: none, the layer above gives each page one user at a time.
 * Context: mapping and unmapping in the window: any. Otherwise process.
 * Failure: no room for the window in the host's range, or in its memory.
 */
#include "ptmap_host.h"
#include "ptmap.h"

#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <linux/smp.h>
#include <linux/vmalloc.h>
#include <linux/xarray.h>

/* The window */

struct window {
	pte_t **tables;
	unsigned long skew;
	void *base;
};

static pte_t *find_pte(const struct window *win, unsigned long idx)
{
	unsigned long n = idx + win->skew;

	return win->tables[n / PTRS_PER_PTE] + n % PTRS_PER_PTE;
}

/* How many of @nr entries from @idx on stand side by side in one table. */
static unsigned int in_table(const struct window *win, unsigned long idx,
			     unsigned int nr)
{
	return min_t(unsigned int, nr,
		     PTRS_PER_PTE - (idx + win->skew) % PTRS_PER_PTE);
}

static void *reserve_range(unsigned long nr_pages)
{
	struct page **pages;
	unsigned long i;
	void *base;

	pages = kvmalloc_array(nr_pages, sizeof(*pages), GFP_KERNEL);
	if (!pages)
		return NULL;
	for (i = 0; i < nr_pages; i++)
		pages[i] = ZERO_PAGE(0);
	base = vmap(pages, nr_pages, VM_MAP, PAGE_KERNEL_RO);
	kvfree(pages);
	return base;
}

/*
 * Find the tables, and clear each entry once it is seen to be the window's: it
 * maps the page of zeroes.
 */
static int take_over(struct window *win, unsigned long nr_pages)
{
	unsigned long addr = (unsigned long)win->base, idx;

	for (idx = 0; idx < nr_pages; idx++, addr += PAGE_SIZE) {
		unsigned long n = idx + win->skew;
		pte_t **table = &win->tables[n / PTRS_PER_PTE];

		if (!*table) {
			pte_t *pte = ta_arch_find_pte(addr);

			if (!pte)
				return -EOPNOTSUPP;
			*table = pte - n % PTRS_PER_PTE;
		}
		if (ta_arch_pte_page(find_pte(win, idx)) != ZERO_PAGE(0))
			return -EOPNOTSUPP;
		*(unsigned long *)find_pte(win, idx) = 0;
	}
	return 0;
}

static void flush_cpu(void *unused)
{
	ta_arch_flush_tlb_local();
}

static void window_flush(struct ta_ptmap *map)
{
	on_each_cpu(flush_cpu, NULL, 1);
}

static void window_fini(struct ta_ptmap *map)
{
	struct window *win = map->priv;

	vunmap(win->base);
	kvfree(win->tables);
	kfree(win);
}

static struct window *make_window(unsigned long nr_pages)
{
	struct window *win = kzalloc(sizeof(*win), GFP_KERNEL);

	if (!win)
		return NULL;
	win->base = reserve_range(nr_pages);
	if (!win->base)
		goto free_window;
	win->skew = pte_index((unsigned long)win->base);
	win->tables = kvcalloc((nr_pages + win->skew) / PTRS_PER_PTE + 1,
			       sizeof(*win->tables), GFP_KERNEL);
	if (!win->tables)
		goto unmap_range;
	return win;

unmap_range:
	vunmap(win->base);
free_window:
	kfree(win);
	return NULL;
}

static int window_init(struct ta_ptmap *map)
{
	struct window *win;
	int err;

	if (!ta_arch_may_write_ptes())
		return -EOPNOTSUPP;
	win = make_window(map->nr_pages);
	if (!win)
		return -ENOMEM;
	map->priv = win;
	map->start = (unsigned long)win->base;
	map->prot_mask = ta_arch_prot_mask();
	err = take_over(win, map->nr_pages);
	if (err)
		window_fini(map);
	else
		window_flush(map);
	return err;
}

/* An entry is a word, and all of a table's stand side by side. */
static unsigned long *window_entries(struct ta_ptmap *map, unsigned long first,
				     unsigned int nr)
{
	const struct window *win = map->priv;

	if (in_table(win, first, nr) < nr)
		return NULL;
	return (unsigned long *)find_pte(win, first);
}

static int window_map(struct ta_ptmap *map, unsigned long first,
		      unsigned int nr, struct page **pages, pgprot_t prot,
		      gfp_t gfp)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		ta_ptmap_set_entries(map, window_entries(map, first + i, 1), 1,
				     pages[i], prot);
	return 0;
}

static int window_map_run(struct ta_ptmap *map, unsigned long first,
			  unsigned int nr, struct page *page, pgprot_t prot,
			  gfp_t gfp)
{
	unsigned int n;

	for (; nr; nr -= n, first += n, page += n) {
		n = in_table(map->priv, first, nr);
		ta_ptmap_set_entries(map, window_entries(map, first, n), n,
				     page, prot);
	}
	return 0;
}

static void window_unmap(struct ta_ptmap *map, unsigned long first,
			 unsigned int nr)
{
	unsigned int n;

	for (; nr; nr -= n, first += n) {
		n = in_table(map->priv, first, nr);
		ta_ptmap_clear_entries(window_entries(map, first, n), n);
	}
}

static struct page *window_lookup(struct ta_ptmap *map, unsigned long idx)
{
	return ta_arch_pte_page(find_pte(map->priv, idx));
}

const struct ta_ptmap_ops ta_ptmap_window = {
	.name	= "window",
	.init	= window_init,
	.fini	= window_fini,
	.map	= window_map,
	.map_run = window_map_run,
	.unmap	= window_unmap,
	.lookup	= window_lookup,
	.flush	= window_flush,
	.entries = window_entries,
};
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_window);

/* The host's vmap() */

/**
 * struct hostmap - spans mapped by the host
 * @pages: what is mapped at each number
 * @base: address of the published span that starts there
 * @index: page number of each published address >> PAGE_SHIFT
 */
struct hostmap {
	struct page **pages;
	void **base;
	struct xarray index;
};

static void hostmap_fini(struct ta_ptmap *map)
{
	struct hostmap *host = map->priv;

	xa_destroy(&host->index);
	kvfree(host->base);
	kvfree(host->pages);
	kfree(host);
}

static int hostmap_init(struct ta_ptmap *map)
{
	struct hostmap *host = kzalloc(sizeof(*host), GFP_KERNEL);

	if (!host)
		return -ENOMEM;
	map->priv = host;
	xa_init(&host->index);
	host->pages = kvcalloc(map->nr_pages, sizeof(*host->pages),
			       GFP_KERNEL);
	host->base = kvcalloc(map->nr_pages, sizeof(*host->base), GFP_KERNEL);
	if (!host->pages || !host->base) {
		hostmap_fini(map);
		return -ENOMEM;
	}
	return 0;
}

static int hostmap_map(struct ta_ptmap *map, unsigned long first,
		       unsigned int nr, struct page **pages, pgprot_t prot,
		       gfp_t gfp)
{
	struct hostmap *host = map->priv;

	memcpy(host->pages + first, pages, nr * sizeof(*pages));
	return 0;
}

static int hostmap_map_run(struct ta_ptmap *map, unsigned long first,
			   unsigned int nr, struct page *page, pgprot_t prot,
			   gfp_t gfp)
{
	struct hostmap *host = map->priv;
	unsigned int i;

	for (i = 0; i < nr; i++)
		host->pages[first + i] = page + i;
	return 0;
}

static void hostmap_unmap(struct ta_ptmap *map, unsigned long first,
			  unsigned int nr)
{
	struct hostmap *host = map->priv;

	memset(host->pages + first, 0, nr * sizeof(*host->pages));
}

static unsigned long key_of(const void *addr)
{
	return (unsigned long)addr >> PAGE_SHIFT;
}

static void hostmap_withdraw(struct ta_ptmap *map, unsigned long first,
			     unsigned int nr)
{
	struct hostmap *host = map->priv;
	void *base = host->base[first];
	unsigned int i;

	for (i = 0; i < nr; i++)
		xa_erase(&host->index, key_of(base) + i);
	host->base[first] = NULL;
	vunmap(base);
}

/* As the host's vmap() has no gfp, what it must not do is said beforehand. */
static void *vmap_gfp(struct page **pages, unsigned int nr, pgprot_t prot,
		      gfp_t gfp)
{
	unsigned int flags;
	void *base;

	if ((gfp & GFP_KERNEL) == GFP_KERNEL)
		return vmap(pages, nr, VM_MAP, prot);
	flags = gfp & __GFP_IO ? memalloc_nofs_save() : memalloc_noio_save();
	base = vmap(pages, nr, VM_MAP, prot);
	if (gfp & __GFP_IO)
		memalloc_nofs_restore(flags);
	else
		memalloc_noio_restore(flags);
	return base;
}

static int hostmap_publish(struct ta_ptmap *map, unsigned long first,
			   unsigned int nr, pgprot_t prot, gfp_t gfp)
{
	struct hostmap *host = map->priv;
	void *base = vmap_gfp(host->pages + first, nr, prot, gfp);
	unsigned int i;

	if (!base)
		return -ENOMEM;
	host->base[first] = base;
	gfp &= GFP_KERNEL | __GFP_NOWARN;
	for (i = 0; i < nr; i++) {
		void *old = xa_store(&host->index, key_of(base) + i,
				     xa_mk_value(first + i), gfp);

		if (xa_is_err(old)) {
			hostmap_withdraw(map, first, nr);
			return xa_err(old);
		}
	}
	return 0;
}

static struct page *hostmap_lookup(struct ta_ptmap *map, unsigned long idx)
{
	struct hostmap *host = map->priv;

	return host->pages[idx];
}

/* The host flushes when it pleases; but it can be told to. */
static void hostmap_flush(struct ta_ptmap *map)
{
	vm_unmap_aliases();
}

static void *hostmap_addr(struct ta_ptmap *map, unsigned long first)
{
	struct hostmap *host = map->priv;

	return host->base[first];
}

static unsigned long hostmap_index(struct ta_ptmap *map, const void *addr)
{
	struct hostmap *host = map->priv;
	void *entry = xa_load(&host->index, key_of(addr));

	return entry ? xa_to_value(entry) : TA_PTMAP_NONE;
}

const struct ta_ptmap_ops ta_ptmap_vmap = {
	.name		= "vmap",
	.sleeps		= true,
	.init		= hostmap_init,
	.fini		= hostmap_fini,
	.map		= hostmap_map,
	.map_run	= hostmap_map_run,
	.unmap		= hostmap_unmap,
	.publish	= hostmap_publish,
	.withdraw	= hostmap_withdraw,
	.lookup		= hostmap_lookup,
	.flush		= hostmap_flush,
	.addr		= hostmap_addr,
	.index		= hostmap_index,
};
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_vmap);

/**
 * ta_ptmap_default() - choose how kernel memory is mapped
 *
 * Return: the window where the machine allows it, else vmap.
 */
const struct ta_ptmap_ops *ta_ptmap_default(void)
{
	return ta_arch_may_write_ptes() ? &ta_ptmap_window : &ta_ptmap_vmap;
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_ptmap_default);
