/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the window needs of an architecture: to find and write the entries of
 * the kernel's page tables, and to flush a CPU's TLB, with exported symbols
 * alone. Where that cannot be had, ta_ptmap_vmap does without.
 */
#ifndef _TA_PTMAP_HOST_H
#define _TA_PTMAP_HOST_H

#include <linux/io.h>
#include <linux/mm.h>
#include <linux/pgtable.h>

#ifdef CONFIG_X86_64

#include <asm/pgtable_types.h>
#include <asm/tlbflush.h>

#define TA_ARCH_HAS_WINDOW	1

/* The entry that maps @addr, NULL if none does or a larger page. */
static inline pte_t *ta_arch_find_pte(unsigned long addr)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	return pte && level == PG_LEVEL_4K ? pte : NULL;
}

/* What all entries of one protection have in common. */
static inline unsigned long ta_arch_pte_base(pgprot_t prot)
{
	return pte_val(pfn_pte(0, prot));
}

static inline void ta_arch_set_pte(pte_t *ptep, struct page *page,
				   unsigned long base)
{
	set_pte(ptep, __pte(base | page_to_phys(page)));
}

static inline void ta_arch_clear_pte(pte_t *ptep)
{
	set_pte(ptep, __pte(0));
}

static inline struct page *ta_arch_pte_page(const pte_t *ptep)
{
	pte_t pte = READ_ONCE(*ptep);

	return likely(pte_present(pte)) ? pte_page(pte) : NULL;
}

/*
 * Drop every translation this CPU has cached, the kernel's own included. INVLPG
 * for a few addresses would be quicker but reaches only the current PCID: with
 * page table isolation others stay behind.
 */
static inline void ta_arch_flush_tlb_local(void)
{
	__flush_tlb_all();
}

#else

#define TA_ARCH_HAS_WINDOW	0

static inline pte_t *ta_arch_find_pte(unsigned long addr)
{
	return NULL;
}

static inline unsigned long ta_arch_pte_base(pgprot_t prot)
{
	return 0;
}

static inline void ta_arch_set_pte(pte_t *ptep, struct page *page,
				   unsigned long base)
{
}

static inline void ta_arch_clear_pte(pte_t *ptep)
{
}

static inline struct page *ta_arch_pte_page(const pte_t *ptep)
{
	return NULL;
}

static inline void ta_arch_flush_tlb_local(void)
{
}

#endif /* CONFIG_X86_64 */

#endif /* _TA_PTMAP_HOST_H */
