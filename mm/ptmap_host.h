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

/* User Mode Linux is built for the processor it runs on, but has not its tables. */
#if defined(CONFIG_X86_64) && !defined(CONFIG_UML)

#include <asm/pgtable_types.h>
#include <asm/tlbflush.h>

/*
 * A guest of Xen that knows it is one asks the hypervisor to write its page
 * tables. Everywhere else an entry is a word in memory, and written as such:
 * the call that could be Xen's costs three times as much.
 */
static inline bool ta_arch_may_write_ptes(void)
{
	return !cpu_feature_enabled(X86_FEATURE_XENPV);
}

/* The entry that maps @addr, NULL if none does or a larger page. */
static inline pte_t *ta_arch_find_pte(unsigned long addr)
{
	unsigned int level;
	pte_t *pte = lookup_address(addr, &level);

	return pte && level == PG_LEVEL_4K ? pte : NULL;
}

/* What of a protection this processor knows. */
static inline unsigned long ta_arch_prot_mask(void)
{
	return __supported_pte_mask;
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

static inline bool ta_arch_may_write_ptes(void)
{
	return false;
}

static inline pte_t *ta_arch_find_pte(unsigned long addr)
{
	return NULL;
}

static inline unsigned long ta_arch_prot_mask(void)
{
	return 0;
}

static inline struct page *ta_arch_pte_page(const pte_t *ptep)
{
	return NULL;
}

static inline void ta_arch_flush_tlb_local(void)
{
}

#endif /* CONFIG_X86_64 && !CONFIG_UML */

#endif /* _TA_PTMAP_HOST_H */
