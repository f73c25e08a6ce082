// SPDX-License-Identifier: GPL-2.0
/* The stand-in kernel's CPUs, memory and threads. include/host.h says how. */
#include <execinfo.h>
#include <host.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__ 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n)		((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n)	((void)(p), (void)(n))
#endif

#define MEMORY_PAGES	(256UL << (20 - PAGE_SHIFT))
#define SECTION_BYTES	(4UL << 20)

/* --- messages ---------------------------------------------------------- */

static unsigned long warnings;

/* %pV and %pS are the kernel's own; the rest is printf's. */
void host_printk(const char *level, const char *fmt, ...)
{
	const char *v = strstr(fmt, "%pV");
	va_list args;

	if (getenv("HOST_QUIET"))
		return;
	printf("# %s: ", level);
	va_start(args, fmt);
	if (v && strncmp(fmt, "teachalloc: %s: %p: ", 20) == 0) {
		const char *what = va_arg(args, const char *);
		const void *addr = va_arg(args, const void *);
		struct va_format *vaf = va_arg(args, struct va_format *);

		printf("%s: %p: ", what, addr);
		vprintf(vaf->fmt, *vaf->va);
		putchar('\n');
	} else {
		vprintf(fmt, args);
	}
	va_end(args);
}

unsigned long jiffies = 1000;

int scnprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return len < (int)size ? len : (int)size - 1;
}

/* One byte a group: "6b 6b  kk", the text in a column of its own. */
void hex_dump_to_buffer(const void *from, size_t len, int rowsize,
			int groupsize, char *line, size_t size, bool ascii)
{
	const u8 *b = from;
	size_t i;

	for (i = 0; i < len; i++)
		sprintf(line + 3 * i, "%02x ", b[i]);
	for (i = 0; i < len; i++)
		sprintf(line + 3 * len + 1 + i, "%c",
			b[i] >= 0x20 && b[i] < 0x7f ? b[i] : '.');
	line[3 * len] = ' ';
}

void host_warn(const char *file, int line, const char *what)
{
	printf("# WARNING: %s:%d: %s\n", file, line, what);
	__atomic_add_fetch(&warnings, 1, __ATOMIC_RELAXED);
}

unsigned long host_warnings(void)
{
	return __atomic_load_n(&warnings, __ATOMIC_RELAXED);
}

/* --- stacks and time --------------------------------------------------- */

unsigned int stack_trace_save(unsigned long *store, unsigned int size,
			      unsigned int skipnr)
{
	void *frames[64];
	int i, nr = backtrace(frames, size + skipnr + 1);

	/* This function's own frame is one more than the kernel counts. */
	for (i = skipnr + 1; i < nr; i++)
		*store++ = (unsigned long)frames[i];
	return nr > skipnr + 1 ? nr - skipnr - 1 : 0;
}

u64 local_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000ULL + now.tv_nsec;
}

/* --- RCU --------------------------------------------------------------- */

static pthread_rwlock_t rcu = PTHREAD_RWLOCK_INITIALIZER;

void rcu_read_lock(void)
{
	pthread_rwlock_rdlock(&rcu);
}

void rcu_read_unlock(void)
{
	pthread_rwlock_unlock(&rcu);
}

void synchronize_rcu(void)
{
	pthread_rwlock_wrlock(&rcu);
	pthread_rwlock_unlock(&rcu);
}

static pthread_mutex_t rcu_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t rcu_changed = PTHREAD_COND_INITIALIZER;
static struct rcu_head *rcu_first, **rcu_last = &rcu_first;
static unsigned long rcu_asked, rcu_done;
static bool rcu_runs;

static unsigned long call_back(struct rcu_head *head)
{
	unsigned long nr;

	synchronize_rcu();
	for (nr = 0; head; nr++) {
		struct rcu_head *next = head->next;

		head->func(head);
		head = next;
	}
	return nr;
}

static void *run_rcu(void *arg)
{
	pthread_mutex_lock(&rcu_lock);
	for (;;) {
		struct rcu_head *head = rcu_first;
		unsigned long nr;

		if (!head) {
			pthread_cond_wait(&rcu_changed, &rcu_lock);
			continue;
		}
		rcu_first = NULL;
		rcu_last = &rcu_first;
		pthread_mutex_unlock(&rcu_lock);
		nr = call_back(head);
		pthread_mutex_lock(&rcu_lock);
		rcu_done += nr;
		pthread_cond_broadcast(&rcu_changed);
	}
	return NULL;
}

void call_rcu(struct rcu_head *head, rcu_callback_t func)
{
	pthread_t thread;

	head->next = NULL;
	head->func = func;
	pthread_mutex_lock(&rcu_lock);
	if (!rcu_runs)
		rcu_runs = !pthread_create(&thread, NULL, run_rcu, NULL);
	*rcu_last = head;
	rcu_last = &head->next;
	rcu_asked++;
	pthread_cond_broadcast(&rcu_changed);
	pthread_mutex_unlock(&rcu_lock);
}

void rcu_barrier(void)
{
	unsigned long asked;

	pthread_mutex_lock(&rcu_lock);
	asked = rcu_asked;
	while (rcu_done < asked)
		pthread_cond_wait(&rcu_changed, &rcu_lock);
	pthread_mutex_unlock(&rcu_lock);
}

/* --- CPUs -------------------------------------------------------------- */

__thread int host_cpu;
static __thread int preempt_depth;
static pthread_mutex_t cpu_lock[NR_CPUS] = {
	[0 ... NR_CPUS - 1] = PTHREAD_MUTEX_INITIALIZER
};

void preempt_disable(void)
{
	if (!preempt_depth++)
		pthread_mutex_lock(&cpu_lock[host_cpu]);
}

void preempt_enable(void)
{
	if (!--preempt_depth)
		pthread_mutex_unlock(&cpu_lock[host_cpu]);
}

int smp_call_function_single(int cpu, smp_call_func_t func, void *info,
			     int wait)
{
	int self = host_cpu;

	WARN_ON(preempt_depth);
	host_cpu = cpu;
	preempt_disable();
	func(info);
	preempt_enable();
	host_cpu = self;
	return 0;
}

static bool always(int cpu, void *info)
{
	return true;
}

void on_each_cpu(smp_call_func_t func, void *info, int wait)
{
	on_each_cpu_cond(always, func, info, wait);
}

void on_each_cpu_cond(bool (*cond)(int cpu, void *info), smp_call_func_t func,
		      void *info, bool wait)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (cond(cpu, info))
			smp_call_function_single(cpu, func, info, wait);
}

/* --- memory ------------------------------------------------------------ */

unsigned long host_memory;
struct page *host_mem_map;
long host_fail_after = -1;

unsigned long totalram_pages(void)
{
	return MEMORY_PAGES;
}

static pthread_mutex_t memory_lock = PTHREAD_MUTEX_INITIALIZER;
static long nr_objects;

struct host_current *host_current(void)
{
	static __thread struct host_current task = { .comm = "host" };

	task.pid = host_cpu + 1;
	task.tgid = host_cpu + 1;
	return &task;
}

static bool none_left(void)
{
	long left = __atomic_load_n(&host_fail_after, __ATOMIC_RELAXED);

	if (left > 0)
		__atomic_sub_fetch(&host_fail_after, 1, __ATOMIC_RELAXED);
	return !left;
}

static bool fail_this(void)
{
	return should_fail(NULL, 1) || none_left();
}

static void __attribute__((constructor(101))) make_memory(void)
{
	size_t size = MEMORY_PAGES << PAGE_SHIFT;
	char *p = mmap(NULL, size + SECTION_BYTES, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (p == MAP_FAILED)
		abort();
	host_memory = ALIGN((unsigned long)p, SECTION_BYTES);
	host_mem_map = mmap(NULL, MEMORY_PAGES * sizeof(struct page),
			    PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (host_mem_map == MAP_FAILED)
		abort();
	ASAN_POISON_MEMORY_REGION((void *)host_memory, size);
}

static bool is_free(unsigned long pfn, unsigned long nr)
{
	while (nr--)
		if (host_mem_map[pfn + nr].refcount)
			return false;
	return true;
}

/* As the kernel's: only the first page of a block has a reference. */
static struct page *claim(unsigned long pfn, unsigned int order)
{
	unsigned long i;

	for (i = 0; i < 1UL << order; i++)
		host_mem_map[pfn + i].refcount = -1;
	host_mem_map[pfn].refcount = 1;
	ASAN_UNPOISON_MEMORY_REGION(page_address(pfn_to_page(pfn)),
				    PAGE_SIZE << order);
	memset(page_address(pfn_to_page(pfn)), 0xa5, PAGE_SIZE << order);
	return pfn_to_page(pfn);
}

struct page *alloc_pages(gfp_t gfp, unsigned int order)
{
	unsigned long pfn, nr = 1UL << order;
	struct page *page = NULL;

	if (fail_this())
		return NULL;
	pthread_mutex_lock(&memory_lock);
	for (pfn = 0; pfn < MEMORY_PAGES && !page; pfn += nr)
		if (is_free(pfn, nr))
			page = claim(pfn, order);
	pthread_mutex_unlock(&memory_lock);
	return page;
}

void split_page(struct page *page, unsigned int order)
{
	unsigned long i;

	for (i = 1; i < 1UL << order; i++)
		page[i].refcount = 1;
}

void __free_pages(struct page *page, unsigned int order)
{
	unsigned long i;

	if (__atomic_sub_fetch(&page->refcount, 1, __ATOMIC_SEQ_CST))
		return;
	ASAN_POISON_MEMORY_REGION(page_address(page), PAGE_SIZE << order);
	pthread_mutex_lock(&memory_lock);
	for (i = 1; i < 1UL << order; i++)
		page[i].refcount = 0;
	pthread_mutex_unlock(&memory_lock);
}

void *kmalloc(size_t size, gfp_t gfp)
{
	void *p;

	if (fail_this())
		return NULL;
	p = aligned_alloc(64, ALIGN(size, 64) ?: 64);
	if (p && (gfp & __GFP_ZERO))
		memset(p, 0, ALIGN(size, 64));
	__atomic_add_fetch(&nr_objects, !!p, __ATOMIC_RELAXED);
	return p;
}

void kfree(const void *p)
{
	__atomic_sub_fetch(&nr_objects, !!p, __ATOMIC_RELAXED);
	free((void *)p);
}

/* What lies between two CPUs' copies is nobody's. */
void *host_alloc_percpu(size_t size, gfp_t gfp)
{
	char *p = kzalloc(NR_CPUS * HOST_PERCPU_STEP, gfp);
	int cpu;

	if (size > HOST_PERCPU_STEP)
		abort();
	for (cpu = 0; p && cpu < NR_CPUS; cpu++)
		ASAN_POISON_MEMORY_REGION(p + cpu * HOST_PERCPU_STEP + size,
					  HOST_PERCPU_STEP - size);
	return p;
}

/* What was taken from the host and not given back. */
unsigned long host_leaked_pages(void)
{
	unsigned long pfn, nr = 0;

	for (pfn = 0; pfn < MEMORY_PAGES; pfn++)
		nr += host_mem_map[pfn].refcount != 0;
	return nr;
}

void host_count_objects(long nr)
{
	__atomic_add_fetch(&nr_objects, nr, __ATOMIC_RELAXED);
}

long host_leaked_objects(void)
{
	return __atomic_load_n(&nr_objects, __ATOMIC_RELAXED);
}

/* --- threads ----------------------------------------------------------- */

struct task_struct {
	pthread_t thread;
	int (*fn)(void *data);
	void *data;
	int cpu;
	int stop;
	bool started;
};

static __thread struct task_struct *current_task;
static int next_cpu;

static void *run_task(void *arg)
{
	struct task_struct *task = arg;

	current_task = task;
	host_cpu = task->cpu;
	return (void *)(long)task->fn(task->data);
}

struct task_struct *kthread_create(int (*fn)(void *), void *data,
				   const char *name, ...)
{
	struct task_struct *task = calloc(1, sizeof(*task));

	if (!task)
		return ERR_PTR(-ENOMEM);
	task->fn = fn;
	task->data = data;
	task->cpu = __atomic_fetch_add(&next_cpu, 1, __ATOMIC_RELAXED) %
		    NR_CPUS;
	return task;
}

void kthread_bind(struct task_struct *task, unsigned int cpu)
{
	task->cpu = cpu;
}

int wake_up_process(struct task_struct *task)
{
	task->started = true;
	return !pthread_create(&task->thread, NULL, run_task, task);
}

struct task_struct *kthread_run(int (*fn)(void *), void *data,
				const char *name, ...)
{
	struct task_struct *task = kthread_create(fn, data, "%s", name);

	if (!IS_ERR(task))
		wake_up_process(task);
	return task;
}

bool kthread_should_stop(void)
{
	return __atomic_load_n(&current_task->stop, __ATOMIC_ACQUIRE);
}

int kthread_stop(struct task_struct *task)
{
	void *ret = (void *)(long)-EINTR;

	__atomic_store_n(&task->stop, 1, __ATOMIC_RELEASE);
	if (task->started)
		pthread_join(task->thread, &ret);
	free(task);
	return (long)ret;
}

/* --- work --------------------------------------------------------------- */

static pthread_mutex_t work_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t work_cond = PTHREAD_COND_INITIALIZER;
static struct work_struct *work_first, *work_running;

static void *worker(void *unused)
{
	struct work_struct *work;

	pthread_mutex_lock(&work_lock);
	for (;;) {
		while (!work_first)
			pthread_cond_wait(&work_cond, &work_lock);
		work = work_first;
		work_first = work->next;
		work->pending = false;
		work_running = work;
		pthread_mutex_unlock(&work_lock);
		work->func(work);
		pthread_mutex_lock(&work_lock);
		work_running = NULL;
		pthread_cond_broadcast(&work_cond);
	}
	return unused;
}

bool schedule_work(struct work_struct *work)
{
	struct work_struct **at = &work_first;
	static bool started;
	pthread_t thread;
	bool queued;

	pthread_mutex_lock(&work_lock);
	queued = !work->pending;
	if (queued) {
		while (*at)
			at = &(*at)->next;
		*at = work;
		work->next = NULL;
		work->pending = true;
		if (!started && pthread_create(&thread, NULL, worker, NULL))
			abort();
		started = true;
		pthread_cond_broadcast(&work_cond);
	}
	pthread_mutex_unlock(&work_lock);
	return queued;
}

/* Wait till it neither runs nor is to run; @cancel: it need not run any more. */
static bool wait_for_work(struct work_struct *work, bool cancel)
{
	struct work_struct **at = &work_first;
	bool waited;

	pthread_mutex_lock(&work_lock);
	waited = work->pending || work_running == work;
	if (cancel && work->pending) {
		while (*at != work)
			at = &(*at)->next;
		*at = work->next;
		work->pending = false;
	}
	while (work->pending || work_running == work)
		pthread_cond_wait(&work_cond, &work_lock);
	pthread_mutex_unlock(&work_lock);
	return waited;
}

bool flush_work(struct work_struct *work)
{
	return wait_for_work(work, false);
}

bool cancel_work_sync(struct work_struct *work)
{
	return wait_for_work(work, true);
}

void init_completion(struct completion *x)
{
	pthread_mutex_init(&x->m, NULL);
	pthread_cond_init(&x->c, NULL);
	x->done = 0;
}

static void signal_done(struct completion *x, unsigned int nr)
{
	pthread_mutex_lock(&x->m);
	x->done += nr;
	pthread_cond_broadcast(&x->c);
	pthread_mutex_unlock(&x->m);
}

void complete(struct completion *x)
{
	signal_done(x, 1);
}

void complete_all(struct completion *x)
{
	signal_done(x, UINT_MAX / 2);
}

void wait_for_completion(struct completion *x)
{
	pthread_mutex_lock(&x->m);
	while (!x->done)
		pthread_cond_wait(&x->c, &x->m);
	x->done--;
	pthread_mutex_unlock(&x->m);
}

bool completion_done(struct completion *x)
{
	bool done;

	pthread_mutex_lock(&x->m);
	done = x->done;
	pthread_mutex_unlock(&x->m);
	return done;
}

void msleep(unsigned int ms)
{
	usleep(ms * 1000);
}

u32 get_random_u32(void)
{
	u32 v;

	return getentropy(&v, sizeof(v)) ? 1 : v;
}
