/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The kernel that the core needs, as a user-space program has it.
 *
 * A thread plays a CPU: it has a number, and preempt_disable() keeps every
 * other thread of that number out. An inter-processor interrupt is a call with
 * the other CPU's number and its preemption off. Spinlocks are mutexes. The
 * host's memory is one range of addresses with a struct page for each page;
 * a page that is free in it is poisoned for AddressSanitizer.
 *
 * Lists, bit operations and red-black trees are the kernel's own, from
 * tools/include of its source.
 */
#ifndef _HOST_H
#define _HOST_H

#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/types.h>
#include <linux/compiler.h>
#include <linux/kconfig.h>
#include <linux/kernel.h>
#include <linux/align.h>
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/err.h>
#include <linux/kconfig.h>
#include <linux/list.h>
#include <linux/log2.h>

/* --- compiler and module ----------------------------------------------- */

#ifndef __always_inline
#define __always_inline		inline __attribute__((always_inline))
#endif
#undef noinline
#define noinline		__attribute__((noinline))
#ifndef __printf
#define __printf(a, b)		__attribute__((format(printf, a, b)))
#endif
#ifndef __maybe_unused
#define __maybe_unused		__attribute__((unused))
#endif
#undef fallthrough
#define fallthrough		__attribute__((fallthrough))
#define __percpu
#define __must_hold(x)
#define __acquires(x)
#define __releases(x)
#define __rcu
#define __ro_after_init
#define ____cacheline_aligned	__attribute__((aligned(64)))
#define ____cacheline_aligned_in_smp ____cacheline_aligned
#define L1_CACHE_BYTES		64
#define cache_line_size()	64
#define ARCH_KMALLOC_MINALIGN	8
#define EXPORT_SYMBOL_NS_GPL(sym, ns)
#define EXPORT_SYMBOL_GPL(sym)
#define MODULE_LICENSE(x)
#define MODULE_DESCRIPTION(x)
#define MODULE_AUTHOR(x)
#define MODULE_IMPORT_NS(x)
#define __init
#define __exit
#undef _RET_IP_
#define _RET_IP_		((unsigned long)__builtin_return_address(0))
#define _THIS_IP_		({ __label__ here; here: (unsigned long)&&here; })

#undef barrier
#define barrier()		atomic_signal_fence(memory_order_seq_cst)

/*
 * ThreadSanitizer takes a volatile access for a plain one, so READ_ONCE() and
 * WRITE_ONCE() are relaxed atomics here: that is what they promise.
 */
#undef READ_ONCE
#undef WRITE_ONCE
#define READ_ONCE(x)		__atomic_load_n(&(x), __ATOMIC_RELAXED)
#define WRITE_ONCE(x, v)	__atomic_store_n(&(x), (v), __ATOMIC_RELAXED)
/* ThreadSanitizer has no tolerance for a plain write of one word. */
#define __no_kcsan		noinline __attribute__((no_sanitize_thread))
/* What only an address orders, it has to be told of. */
#undef data_race
#define data_race(x)		__atomic_load_n(&(x), __ATOMIC_ACQUIRE)
#define smp_load_acquire(p)	__atomic_load_n(p, __ATOMIC_ACQUIRE)
#define smp_store_release(p, v)	__atomic_store_n(p, v, __ATOMIC_RELEASE)
#define smp_mb()		atomic_thread_fence(memory_order_seq_cst)
/* x86 needs no instruction for these, and ThreadSanitizer knows no fence. */
#define smp_rmb()		barrier()
#define smp_wmb()		barrier()
#define cmpxchg(p, o, n) ({						\
	typeof(*(p)) __o = (o);						\
	__atomic_compare_exchange_n(p, &__o, n, 0, __ATOMIC_SEQ_CST,	\
				    __ATOMIC_SEQ_CST);			\
	__o; })
#ifndef __uninitialized
#define __uninitialized
#endif
#ifndef swap
#define swap(a, b) \
	do { typeof(a) __t = (a); (a) = (b); (b) = __t; } while (0)
#endif
#ifndef ror32
#define ror32(w, s)		(((w) >> ((s) & 31)) | ((w) << (-(s) & 31)))
#endif
#define xchg(p, v)		__atomic_exchange_n(p, v, __ATOMIC_SEQ_CST)
#define hweight_long(w)		((unsigned long)__builtin_popcountl(w))
#define div_u64(a, b)		((u64)(a) / (b))

/* --- messages ---------------------------------------------------------- */

struct va_format {
	const char *fmt;
	va_list *va;
};

void host_printk(const char *level, const char *fmt, ...);

#define pr_err(fmt, ...)	host_printk("err", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_warn(fmt, ...)	host_printk("warn", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_info(fmt, ...)	host_printk("info", pr_fmt(fmt), ##__VA_ARGS__)
#define pr_debug(fmt, ...)	do { } while (0)
#define KERN_ERR
#define _printk(fmt, ...)	host_printk("err", fmt, ##__VA_ARGS__)
#define dump_stack()		do { } while (0)
void hex_dump_to_buffer(const void *from, size_t len, int rowsize,
			int groupsize, char *line, size_t size, bool ascii);
#define pr_warn_once		pr_warn
#define pr_err_ratelimited	pr_err
#define pr_warn_ratelimited	pr_warn

#define HZ			250
struct ratelimit_state { int unused; };
#define DEFINE_RATELIMIT_STATE(name, interval, burst) \
	struct ratelimit_state name
#define __ratelimit(state)	((void)(state), true)

#define panic(fmt, ...) do {						\
	host_printk("panic", fmt "\n", ##__VA_ARGS__);			\
	abort();							\
} while (0)

void host_warn(const char *file, int line, const char *what);
#undef WARN_ON
#undef WARN_ON_ONCE
#define WARN_ON(x) ({							\
	bool __w = !!(x);						\
	if (__w)							\
		host_warn(__FILE__, __LINE__, #x);			\
	__w; })
#define WARN_ON_ONCE(x)		WARN_ON(x)
#define VM_WARN_ON_ONCE(x)	WARN_ON(x)

/* --- CPUs -------------------------------------------------------------- */

#define NR_CPUS			4
#define nr_cpu_ids		NR_CPUS
typedef void (*smp_call_func_t)(void *info);

extern __thread int host_cpu;
void preempt_disable(void);
void preempt_enable(void);
void on_each_cpu(smp_call_func_t func, void *info, int wait);
void on_each_cpu_cond(bool (*cond)(int cpu, void *info), smp_call_func_t func,
		      void *info, bool wait);
int smp_call_function_single(int cpu, smp_call_func_t func, void *info,
			     int wait);

#define smp_processor_id()	host_cpu
#define raw_smp_processor_id()	host_cpu
#define for_each_possible_cpu(c) for ((c) = 0; (c) < NR_CPUS; (c)++)
#define for_each_online_cpu(c)	for_each_possible_cpu(c)
#define cpu_online(c)		((void)(c), true)
#define num_online_cpus()	NR_CPUS
#define num_possible_cpus()	NR_CPUS
#define cpus_read_lock()	do { } while (0)
#define cpus_read_trylock()	true
#define cpus_read_unlock()	do { } while (0)
/* No CPU goes by itself; a test may call who would be told, and who is to be is
 * counted as an object.
 */
enum cpuhp_state { CPUHP_BP_PREPARE_DYN };
#define cpuhp_setup_state_multi(s, name, up, down) ((void)(down), 1)
#define cpuhp_remove_multi_state(s) ((void)(s))
void host_count_objects(long nr);
#define cpuhp_state_add_instance_nocalls(s, node) \
	((void)(s), (void)(node), host_count_objects(1), 0)
#define cpuhp_state_remove_instance_nocalls(s, node) \
	((void)(s), (void)(node), host_count_objects(-1))
static inline int remove_cpu(unsigned int cpu) { return -EBUSY; }
static inline int add_cpu(unsigned int cpu) { return -EBUSY; }
#define get_cpu()		({ preempt_disable(); host_cpu; })
#define put_cpu()		preempt_enable()

/*
 * A per-CPU variable has its copies at the same distance, whatever its size, so
 * that a field's address is enough to find another CPU's.
 */
#define HOST_PERCPU_STEP	4096
void *host_alloc_percpu(size_t size, gfp_t gfp);
#define alloc_percpu_gfp(type, gfp) \
	((type *)host_alloc_percpu(sizeof(type), gfp))
#define alloc_percpu(type)	alloc_percpu_gfp(type, GFP_KERNEL)
#define free_percpu(p)		kfree(p)
#define per_cpu_ptr(p, cpu) \
	((typeof(p))((char *)(p) + (cpu) * HOST_PERCPU_STEP))
#define this_cpu_ptr(p)		per_cpu_ptr(p, host_cpu)
#define raw_cpu_ptr(p)		this_cpu_ptr(p)
#define this_cpu_read(v)	READ_ONCE(*this_cpu_ptr(&(v)))
#define this_cpu_try_cmpxchg(v, old, new) \
	host_try_cmpxchg((void **)this_cpu_ptr(&(v)), old, new)
static inline bool host_try_cmpxchg(void **p, void **old, void *new)
{
	bool same;

	preempt_disable();
	same = *p == *old;
	*old = *p;
	if (same)
		WRITE_ONCE(*p, new);
	preempt_enable();
	return same;
}
#define raw_cpu_read(v) \
	__atomic_load_n(this_cpu_ptr(&(v)), __ATOMIC_RELAXED)
#define raw_cpu_write(v, n) \
	__atomic_store_n(this_cpu_ptr(&(v)), n, __ATOMIC_RELAXED)
#define raw_cpu_inc(v)		raw_cpu_write(v, raw_cpu_read(v) + 1)
#define raw_cpu_dec(v)		raw_cpu_write(v, raw_cpu_read(v) - 1)
#define this_cpu_add(v, n) \
	((void)__atomic_add_fetch(this_cpu_ptr(&(v)), n, __ATOMIC_RELAXED))

/* --- locks ------------------------------------------------------------- */

typedef struct { pthread_mutex_t m; } spinlock_t;
struct mutex { pthread_mutex_t m; };

#define spin_lock_init(l)	pthread_mutex_init(&(l)->m, NULL)
typedef spinlock_t raw_spinlock_t;
#define raw_spin_lock_init(l)			spin_lock_init(l)
#define raw_spin_lock_irqsave(l, f)		spin_lock_irqsave(l, f)
#define raw_spin_unlock_irqrestore(l, f)	spin_unlock_irqrestore(l, f)
#define spin_lock(l)		pthread_mutex_lock(&(l)->m)
#define spin_unlock(l)		pthread_mutex_unlock(&(l)->m)
#define spin_trylock(l)		(!pthread_mutex_trylock(&(l)->m))
#define spin_lock_irqsave(l, f)		({ (f) = 0; spin_lock(l); })
#define spin_unlock_irqrestore(l, f)	({ (void)(f); spin_unlock(l); })
#define spin_lock_irq(l)	spin_lock(l)
#define spin_unlock_irq(l)	spin_unlock(l)
#define DEFINE_SPINLOCK(l)	spinlock_t l = { PTHREAD_MUTEX_INITIALIZER }
#define mutex_init(l)		pthread_mutex_init(&(l)->m, NULL)
#define mutex_destroy(l)	pthread_mutex_destroy(&(l)->m)
#define mutex_lock(l)		pthread_mutex_lock(&(l)->m)
#define mutex_unlock(l)		pthread_mutex_unlock(&(l)->m)
#define mutex_trylock(l)	(!pthread_mutex_trylock(&(l)->m))
#define mutex_is_locked(l) ({						\
	bool __free = mutex_trylock(l);					\
	if (__free)							\
		mutex_unlock(l);					\
	!__free; })
#define DEFINE_MUTEX(l)		struct mutex l = { PTHREAD_MUTEX_INITIALIZER }
#define lockdep_assert_held(l)	((void)(l))
#define lockdep_assert_irqs_disabled() do { } while (0)
#define local_irq_save(f)	((f) = 0)
#define local_irq_restore(f)	((void)(f))
#define irqs_disabled()		false
#define in_interrupt()		false
#define in_task()		true
#define preemptible()		true
#define might_sleep()		do { } while (0)
#define might_alloc(gfp)	((void)(gfp))
#define cond_resched()		do { } while (0)

#define atomic_read(v)		__atomic_load_n(&(v)->counter, __ATOMIC_RELAXED)
#define atomic_set(v, i)	__atomic_store_n(&(v)->counter, i, __ATOMIC_RELAXED)
#define atomic_add_return(i, v)	__atomic_add_fetch(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_add(i, v)	((void)atomic_add_return(i, v))
#define atomic_sub(i, v)	((void)atomic_add_return(-(i), v))
#define atomic_inc(v)		atomic_add(1, v)
#define atomic_dec(v)		atomic_add(-1, v)
#define atomic_inc_return(v)	atomic_add_return(1, v)
#define atomic_dec_return(v)	atomic_add_return(-1, v)
#define atomic_dec_and_test(v)	(!atomic_add_return(-1, v))
#define ATOMIC_INIT(i)		{ (i) }
static inline bool atomic_inc_not_zero(atomic_t *v)
{
	int was = atomic_read(v);

	while (was && !__atomic_compare_exchange_n(&v->counter, &was, was + 1,
						   true, __ATOMIC_SEQ_CST,
						   __ATOMIC_RELAXED))
		;
	return was;
}

#define atomic_long_read(v)	atomic_read(v)
#define atomic_long_set(v, i)	atomic_set(v, (long)(i))
#define atomic_long_inc(v)	atomic_add(1L, v)
#define atomic_long_dec(v)	atomic_add(-1L, v)
#define atomic_long_add(i, v)	atomic_add((long)(i), v)
#define atomic_long_sub(i, v)	atomic_add(-(long)(i), v)
#define atomic_long_inc_return(v) atomic_add_return(1L, v)
#define atomic_long_add_return(i, v) atomic_add_return((long)(i), v)
#define ATOMIC_LONG_INIT(i)	{ (i) }
#define atomic_long_fetch_or(i, v) \
	__atomic_fetch_or(&(v)->counter, i, __ATOMIC_SEQ_CST)
#define atomic_long_fetch_andnot(i, v) \
	__atomic_fetch_and(&(v)->counter, ~(i), __ATOMIC_SEQ_CST)

/* A writer of RCU waits for every reader; a reader may be one already. */
void rcu_read_lock(void);
void rcu_read_unlock(void);
#undef synchronize_rcu
void synchronize_rcu(void);

/* A thread waits for the readers and calls what was asked for before. */
struct rcu_head {
	struct rcu_head *next;
	void (*func)(struct rcu_head *head);
};

typedef void (*rcu_callback_t)(struct rcu_head *head);

void call_rcu(struct rcu_head *head, rcu_callback_t func);
void rcu_barrier(void);
#define rcu_dereference(p)	__atomic_load_n(&(p), __ATOMIC_ACQUIRE)
#define rcu_assign_pointer(p, v) __atomic_store_n(&(p), (v), __ATOMIC_RELEASE)

/* A static key is a variable that is looked at. */
struct static_key_false { atomic_t enabled; };
#define DEFINE_STATIC_KEY_FALSE(name)	struct static_key_false name
#define DECLARE_STATIC_KEY_FALSE(name)	extern struct static_key_false name
#define static_branch_unlikely(k)	unlikely(atomic_read(&(k)->enabled) > 0)
#define static_key_enabled(k)		(atomic_read(&(k)->enabled) > 0)
#define static_branch_inc(k)		atomic_inc(&(k)->enabled)
#define static_branch_dec(k)		atomic_dec(&(k)->enabled)

/* --- memory ------------------------------------------------------------ */

#define PAGE_SHIFT		12
#define SZ_8M			0x800000UL
#define PAGE_SIZE		(1UL << PAGE_SHIFT)
#define PAGE_MASK		(~(PAGE_SIZE - 1))
#define PAGE_ALIGN(x)		ALIGN(x, PAGE_SIZE)
#define PAGE_ALIGNED(x)		IS_ALIGNED((unsigned long)(x), PAGE_SIZE)
#define offset_in_page(p)	((unsigned long)(p) & ~PAGE_MASK)
#define MAX_ORDER		11
#define get_order(size) \
	((size) > PAGE_SIZE ? ilog2((size) - 1) + 1 - PAGE_SHIFT : 0)
#define PAGE_OFFSET		host_memory

#define __GFP_MOVABLE		0x8U
#define __GFP_RECLAIMABLE	0x10U
#define __GFP_ZERO		0x100U
#define __GFP_NOWARN		0x200U
#define __GFP_NORETRY		0x400U
#define __GFP_DIRECT_RECLAIM	0x800U
#define __GFP_NOFAIL		0x1000U
#define __GFP_RETRY_MAYFAIL	0x2000U
#define __GFP_HIGHMEM		0x4000U
#define __GFP_ACCOUNT		0x8000U
#define __GFP_COMP		0x10000U
#define __GFP_HIGH		0x20000U
#define __GFP_DMA		0x40000U
#define __GFP_DMA32		0x80000U
#define __GFP_MEMALLOC		0x100000U
#define __GFP_NOMEMALLOC	0x200000U
#define __GFP_KSWAPD_RECLAIM	0x400000U
#define GFP_KERNEL		(__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM | 1)
#define GFP_ATOMIC		(__GFP_HIGH | __GFP_KSWAPD_RECLAIM)
#define GFP_NOWAIT		__GFP_KSWAPD_RECLAIM
#define GFP_NOFS		GFP_KERNEL
#define GFP_NOIO		GFP_KERNEL
#define GFP_USER		GFP_KERNEL
#define GFP_HIGHUSER		(GFP_KERNEL | __GFP_HIGHMEM)
#define gfpflags_allow_blocking(gfp) (!!((gfp) & __GFP_DIRECT_RECLAIM))

#define SLAB_CONSISTENCY_CHECKS	0x100U
#define SLAB_RED_ZONE		0x400U
#define SLAB_POISON		0x800U
#define SLAB_HWCACHE_ALIGN	0x2000U
#define SLAB_STORE_USER		0x10000U
#define SLAB_RECLAIM_ACCOUNT	0x20000U
#define SLAB_PANIC		0x40000U
#define SLAB_TYPESAFE_BY_RCU	0x80000U
#define SLAB_TRACE		0x200000U
#define SLAB_NOLEAKTRACE	0x800000U
#define SLAB_NO_MERGE		0x1000000U
#define SLAB_ACCOUNT		0x4000000U
#define SLAB_KASAN		0
#define SLAB_NO_USER_FLAGS	0x10000000U
#define ZERO_SIZE_PTR		((void *)16)
#define ZERO_OR_NULL_PTR(x)	((unsigned long)(x) <= (unsigned long)ZERO_SIZE_PTR)

struct page {
	struct list_head lru;
	unsigned long private;
	int refcount;
};

extern unsigned long host_memory;
extern struct page *host_mem_map;
/* Allocations of the host left until all fail; negative: never. */
extern long host_fail_after;

#define page_to_pfn(p)		((unsigned long)((p) - host_mem_map))
#define page_to_phys(p)		(page_to_pfn(p) << PAGE_SHIFT)
#define pfn_to_page(pfn)	(host_mem_map + (pfn))
#define page_address(p)		((void *)(host_memory + (page_to_pfn(p) << PAGE_SHIFT)))
#define virt_to_page(a)		pfn_to_page(((unsigned long)(a) - host_memory) >> PAGE_SHIFT)
#define page_private(p)		((p)->private)
#define set_page_private(p, v)	((p)->private = (v))
#define page_ref_count(p)	READ_ONCE((p)->refcount)
#define get_page(p)		((void)__atomic_add_fetch(&(p)->refcount, 1, __ATOMIC_SEQ_CST))
#define clear_highpage(p)	memset(page_address(p), 0, PAGE_SIZE)

unsigned long totalram_pages(void);
#define pfn_valid(pfn)		((pfn) < totalram_pages())
#define for_each_online_node(nid) for ((nid) = 0; (nid) < 1; (nid)++)
#define node_start_pfn(nid)	((void)(nid), 0UL)
#define node_end_pfn(nid)	((void)(nid), totalram_pages())

/* Nothing maps pages here: the protection is only handed on. */
typedef struct { unsigned long pgprot; } pgprot_t;
#define PAGE_KERNEL		((pgprot_t){ 1 })
#define PAGE_KERNEL_RO		((pgprot_t){ 2 })
#define pgprot_nx(prot)		(prot)
#define pgprot_val(prot)	((prot).pgprot)
#define VM_MAP			0x4UL
#define VM_MAP_PUT_PAGES	0x200UL
static inline long copy_from_kernel_nofault(void *dst, const void *src,
					    size_t size)
{
	return -EFAULT;
}

#define __put_kernel_nofault(dst, src, type, label) do { \
	(void)(dst), (void)(src); goto label; } while (0)
#define pagefault_disable()	do { } while (0)
#define pagefault_enable()	do { } while (0)

struct page *alloc_pages(gfp_t gfp, unsigned int order);
void __free_pages(struct page *page, unsigned int order);
#define alloc_page(gfp)		alloc_pages(gfp, 0)
#define __free_page(p)		__free_pages(p, 0)
#define put_page(p)		__free_pages(p, 0)
void split_page(struct page *page, unsigned int order);

void *kmalloc(size_t size, gfp_t gfp);
void kfree(const void *p);
static inline void *kzalloc(size_t size, gfp_t gfp)
{
	return kmalloc(size, gfp | __GFP_ZERO);
}

static inline void *kcalloc(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kzalloc(bytes, gfp);
}

static inline void *kmalloc_array(size_t n, size_t size, gfp_t gfp)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return kmalloc(bytes, gfp);
}

/* The compiler may not leave it out, whoever reads there. */
#define memzero_explicit(p, n) do {		\
	void *__p = (p);			\
						\
	memset(__p, 0, n);			\
	asm volatile("" : : "r" (__p) : "memory");	\
} while (0)

#define strscpy(dst, src, size)	snprintf(dst, size, "%s", src)

static inline void *memchr_inv(const void *p, int c, size_t n)
{
	const u8 *b = p;

	for (; n; b++, n--)
		if (*b != (u8)c)
			return (void *)b;
	return NULL;
}

static inline char *kstrdup(const char *s, gfp_t gfp)
{
	char *p = kmalloc(strlen(s) + 1, gfp);

	return p ? strcpy(p, s) : NULL;
}

#define alloc_pages_exact	kmalloc
#define free_pages_exact(p, n)	((void)(n), kfree(p))
#define is_vmalloc_addr(p)	((void)(p), false)
#define vzalloc(size)		kzalloc(size, GFP_KERNEL)
#define vfree			kfree
#define kvmalloc		kmalloc
#define kvzalloc		kzalloc
#define kvcalloc		kcalloc
#define kvmalloc_array		kmalloc_array
#define kvfree			kfree
#define kstrdup_const		kstrdup
#define kfree_const		kfree

#undef check_mul_overflow
#undef check_add_overflow
#define check_mul_overflow(a, b, d) __builtin_mul_overflow(a, b, d)
#define check_add_overflow(a, b, d) __builtin_add_overflow(a, b, d)
#undef array_size
static inline size_t array_size(size_t a, size_t b)
{
	size_t bytes;

	return __builtin_mul_overflow(a, b, &bytes) ? SIZE_MAX : bytes;
}

/* --- threads ----------------------------------------------------------- */

struct task_struct;

/* Who runs: each CPU's thread is a process of its own. */
#define TASK_COMM_LEN		16
struct host_current {
	int pid;
	int tgid;
	char comm[TASK_COMM_LEN];
	unsigned int fail_nth;
	unsigned int flags;
};

struct host_current *host_current(void);
#define current			host_current()

#define PF_MEMALLOC		0x800U

static inline unsigned int memalloc_noreclaim_save(void)
{
	unsigned int old = current->flags & PF_MEMALLOC;

	current->flags |= PF_MEMALLOC;
	return old;
}

static inline void memalloc_noreclaim_restore(unsigned int old)
{
	current->flags = (current->flags & ~PF_MEMALLOC) | old;
}

static inline unsigned long int_sqrt(unsigned long x)
{
	unsigned long y = 0, bit = 1UL << 31;

	for (; bit; bit >>= 1)
		if ((y + bit) * (y + bit) <= x)
			y += bit;
	return y;
}

/* Of the allocations that a thread makes, the host's and ours, one fails. */
#define CONFIG_FAULT_INJECTION	1

struct fault_attr {
	unsigned long probability;	/* there is no chance here: 0 */
};

#define DECLARE_FAULT_ATTR(name)	struct fault_attr name
#define fault_create_debugfs_attr(name, dir, attr)	((void)(attr))

/* 1 lets the next one fail, once. */
static inline bool should_fail(struct fault_attr *attr, ssize_t size)
{
	return current->fail_nth && !--current->fail_nth;
}

u64 local_clock(void);
extern unsigned long jiffies;

/* Here a stack can be walked, and there is no depot. */
#define CONFIG_STACKTRACE	1
unsigned int stack_trace_save(unsigned long *store, unsigned int size,
			      unsigned int skipnr);
#define stack_depot_init()		0
#define stack_depot_save(e, n, gfp)	((void)(e), (void)(n), (void)(gfp), 0U)
#define stack_depot_fetch(s, e)		((void)(s), (void)(e), 0U)

struct task_struct *kthread_create(int (*fn)(void *), void *data,
				   const char *name, ...);
struct task_struct *kthread_run(int (*fn)(void *), void *data,
				const char *name, ...);
void kthread_bind(struct task_struct *task, unsigned int cpu);
/* No thread here moves. */
#define set_cpus_allowed_ptr(task, mask)	0
int wake_up_process(struct task_struct *task);
int kthread_stop(struct task_struct *task);
bool kthread_should_stop(void);
#define kthread_create_on_cpu(fn, data, cpu, name) ({			\
	struct task_struct *__t = kthread_create(fn, data, name);	\
	kthread_bind(__t, cpu);						\
	__t; })

/* One thread runs what is queued, on CPU 0. */
struct work_struct {
	void (*func)(struct work_struct *work);
	struct work_struct *next;
	bool pending;
};

#define INIT_WORK(w, f)		(*(w) = (struct work_struct){ .func = (f) })
bool schedule_work(struct work_struct *work);
bool flush_work(struct work_struct *work);
bool cancel_work_sync(struct work_struct *work);

/* No time passes here: what is to come later never does. */
struct delayed_work {
	struct work_struct work;
};

#define INIT_DEFERRABLE_WORK(w, f)	INIT_WORK(&(w)->work, f)
#define to_delayed_work(w)		container_of(w, struct delayed_work, work)
#define schedule_delayed_work(w, delay)	((void)(w))
#define cancel_delayed_work_sync(w)	((void)(w))

struct completion {
	pthread_mutex_t m;
	pthread_cond_t c;
	unsigned int done;
};

void init_completion(struct completion *x);
void complete(struct completion *x);
void complete_all(struct completion *x);
void wait_for_completion(struct completion *x);
bool completion_done(struct completion *x);

void msleep(unsigned int ms);
#define usleep_range(min, max)	msleep((max) / 1000)
u32 get_random_u32(void);
#define get_random_long() \
	((unsigned long)get_random_u32() << 32 | get_random_u32())
#define fatal_signal_pending(task) false
#define schedule_timeout_interruptible(ticks) msleep((ticks) * 1000 / HZ)
#define signal_pending(task)	false

unsigned long host_warnings(void);
unsigned long host_leaked_pages(void);
long host_leaked_objects(void);

#endif /* _HOST_H */
