/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What differs between the kernels supported. The only place that looks at a
 * version; everything else is written for the newest interface.
 */
#ifndef _TA_COMPAT_H
#define _TA_COMPAT_H

#include <linux/version.h>
#include <linux/mm.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 1, 0)
#error "teachalloc needs Linux 6.1 or newer"
#endif

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define TA_NAMESPACE_STRING(ns) ns
#else
#define TA_NAMESPACE_STRING(ns) #ns
#endif

/* Exported for teachalloc_kunit.ko only, which imports the namespace. */
#define EXPORT_SYMBOL_FOR_TA_TESTS(sym) \
	EXPORT_SYMBOL_NS_GPL(sym, TA_NAMESPACE_STRING(TEACHALLOC_TESTS))

/* A kernel without CONFIG_STACKTRACE cannot walk a stack. */
#ifndef CONFIG_STACKTRACE
static inline unsigned int stack_trace_save(unsigned long *store,
					    unsigned int size,
					    unsigned int skipnr)
{
	return 0;
}
#endif

/* Since 6.10 a dynamic string of a tracepoint knows its source. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define ta_assign_str(dst, src) __assign_str(dst, src)
#else
#define ta_assign_str(dst, src) __assign_str(dst)
#endif

/*
 * Since 6.7: exchanges this CPU's copy of a word if it is *@old, else stores it
 * there. One instruction on x86, no lock prefix; so it needs neither preemption
 * nor interrupts off.
 */
#ifdef this_cpu_try_cmpxchg
#define ta_this_cpu_try_cmpxchg(var, old, new) \
	this_cpu_try_cmpxchg(var, old, new)
#elif defined(CONFIG_X86_64) && defined(__percpu_arg)
#define ta_this_cpu_try_cmpxchg(var, old, new) ({			\
	bool __done;							\
									\
	asm volatile("cmpxchgq %[n], " __percpu_arg([v])		\
		     : "=@ccz" (__done), "+a" (*(old)), [v] "+m" (var)	\
		     : [n] "r" (new)					\
		     : "memory");					\
	__done;								\
})
#else
#define ta_this_cpu_try_cmpxchg(var, old, new) ({			\
	typeof(*(old)) __was = this_cpu_cmpxchg(var, *(old), new);	\
	bool __done = __was == *(old);					\
									\
	*(old) = __was;							\
	__done;								\
})
#endif

/* Since 6.5 a cache may be kept from being merged. */
#ifndef SLAB_NO_MERGE
#define SLAB_NO_MERGE ((__force slab_flags_t)0x01000000U)
#endif

/* Since 6.3 the flags of a VMA are written by functions. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define ta_vm_flags_set(vma, flags) ((void)((vma)->vm_flags |= (flags)))
#define ta_vm_flags_init(vma, flags) ((void)((vma)->vm_flags = (flags)))
#else
#define ta_vm_flags_set(vma, flags) vm_flags_set(vma, flags)
#define ta_vm_flags_init(vma, flags) vm_flags_init(vma, flags)
#endif

/*
 * What a page table entry of this protection is to say besides: that the page
 * was written to. Elsewhere the processor or the kernel finds that out.
 */
#ifdef CONFIG_X86
#define ta_pgprot_mkdirty(prot) \
	__pgprot(pgprot_val(prot) | _PAGE_DIRTY | _PAGE_SOFT_DIRTY)
#else
#define ta_pgprot_mkdirty(prot) (prot)
#endif

/* Since 6.13 a timer is set up in one call, since 6.15 in no other way. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 13, 0)
#define ta_hrtimer_setup(timer, fn, clock, mode) do {	\
	struct hrtimer *__t = (timer);			\
							\
	hrtimer_init(__t, clock, mode);			\
	__t->function = (fn);				\
} while (0)
#else
#define ta_hrtimer_setup(timer, fn, clock, mode) \
	hrtimer_setup(timer, fn, clock, mode)
#endif

#endif /* _TA_COMPAT_H */
