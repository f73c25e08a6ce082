/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The tracepoints, system "teachalloc". Fields have the names of kmem:* where
 * those have them; a page also has its frame in the pool, which other files show.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM teachalloc

#if !defined(_TRACE_TEACHALLOC_H) || defined(TRACE_HEADER_MULTI_READ)
#define _TRACE_TEACHALLOC_H

#include <linux/mm.h>
#include <linux/tracepoint.h>
#include <linux/types.h>
#include <trace/events/mmflags.h>

TRACE_EVENT(ta_mm_page_alloc,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 gfp_t gfp_flags, int migratetype, unsigned long call_site),
	TP_ARGS(page, frame, order, gfp_flags, migratetype, call_site),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(unsigned long, gfp_flags)
		__field(int, migratetype)
		__field(unsigned long, frame)
		__field(unsigned long, call_site)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->order = order;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->migratetype = migratetype;
		__entry->frame = frame;
		__entry->call_site = call_site;
		__entry->op = ta_op_current();
	),
	TP_printk("pfn=0x%lx order=%u migratetype=%d gfp_flags=%s frame=%lu call_site=%pS op=%llu",
		  __entry->pfn, __entry->order, __entry->migratetype,
		  show_gfp_flags(__entry->gfp_flags), __entry->frame,
		  (void *)__entry->call_site, __entry->op)
);

TRACE_EVENT(ta_mm_page_free,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 unsigned long call_site),
	TP_ARGS(page, frame, order, call_site),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(unsigned long, frame)
		__field(unsigned long, call_site)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->order = order;
		__entry->frame = frame;
		__entry->call_site = call_site;
		__entry->op = ta_op_current();
	),
	TP_printk("pfn=0x%lx order=%u frame=%lu call_site=%pS op=%llu", __entry->pfn,
		  __entry->order, __entry->frame, (void *)__entry->call_site,
		  __entry->op)
);

/* A block of order becomes one of new_order and the halves that are left. */
DECLARE_EVENT_CLASS(ta_mm_page_resize,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 unsigned int new_order),
	TP_ARGS(page, frame, order, new_order),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(unsigned int, new_order)
		__field(unsigned long, frame)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->order = order;
		__entry->new_order = new_order;
		__entry->frame = frame;
		__entry->op = ta_op_current();
	),
	TP_printk("pfn=0x%lx order=%u new_order=%u frame=%lu op=%llu", __entry->pfn,
		  __entry->order, __entry->new_order, __entry->frame,
		  __entry->op)
);

DEFINE_EVENT(ta_mm_page_resize, ta_mm_page_split,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 unsigned int new_order),
	TP_ARGS(page, frame, order, new_order));

/* A block of order that became free is one of new_order with its buddies. */
DEFINE_EVENT(ta_mm_page_resize, ta_mm_page_merge,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 unsigned int new_order),
	TP_ARGS(page, frame, order, new_order));

/* Each block that comes to a CPU's list, or leaves it for the buddy allocator. */
DECLARE_EVENT_CLASS(ta_mm_page_pcpu,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 int migratetype),
	TP_ARGS(page, frame, order, migratetype),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(unsigned int, order)
		__field(int, migratetype)
		__field(unsigned long, frame)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->order = order;
		__entry->migratetype = migratetype;
		__entry->frame = frame;
		__entry->op = ta_op_current();
	),
	TP_printk("pfn=0x%lx order=%u migratetype=%d frame=%lu op=%llu", __entry->pfn,
		  __entry->order, __entry->migratetype, __entry->frame,
		  __entry->op)
);

DEFINE_EVENT(ta_mm_page_pcpu, ta_mm_page_pcpu_refill,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 int migratetype),
	TP_ARGS(page, frame, order, migratetype));

DEFINE_EVENT(ta_mm_page_pcpu, ta_mm_page_pcpu_drain,
	TP_PROTO(struct page *page, unsigned long frame, unsigned int order,
		 int migratetype),
	TP_ARGS(page, frame, order, migratetype));

/* A block of another type is taken; change_ownership: with its pageblock. */
TRACE_EVENT(ta_mm_page_alloc_extfrag,
	TP_PROTO(struct page *page, int alloc_order, int fallback_order,
		 int block_order, int alloc_migratetype,
		 int fallback_migratetype, bool change_ownership),
	TP_ARGS(page, alloc_order, fallback_order, block_order,
		alloc_migratetype, fallback_migratetype, change_ownership),
	TP_STRUCT__entry(
		__field(unsigned long, pfn)
		__field(int, alloc_order)
		__field(int, fallback_order)
		__field(int, block_order)
		__field(int, alloc_migratetype)
		__field(int, fallback_migratetype)
		__field(int, fragmenting)
		__field(int, change_ownership)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pfn = page_to_pfn(page);
		__entry->alloc_order = alloc_order;
		__entry->fallback_order = fallback_order;
		__entry->block_order = block_order;
		__entry->alloc_migratetype = alloc_migratetype;
		__entry->fallback_migratetype = fallback_migratetype;
		__entry->fragmenting = fallback_order < block_order;
		__entry->change_ownership = change_ownership;
		__entry->op = ta_op_current();
	),
	TP_printk("pfn=0x%lx alloc_order=%d fallback_order=%d pageblock_order=%d alloc_migratetype=%d fallback_migratetype=%d fragmenting=%d change_ownership=%d op=%llu",
		  __entry->pfn, __entry->alloc_order, __entry->fallback_order,
		  __entry->block_order, __entry->alloc_migratetype,
		  __entry->fallback_migratetype, __entry->fragmenting,
		  __entry->change_ownership, __entry->op)
);

/* A run of compaction; all numbers are of frames. */
DECLARE_EVENT_CLASS(ta_mm_compaction,
	TP_PROTO(unsigned long zone_start, unsigned long migrate_pfn,
		 unsigned long free_pfn, unsigned long zone_end, bool sync,
		 int status),
	TP_ARGS(zone_start, migrate_pfn, free_pfn, zone_end, sync, status),
	TP_STRUCT__entry(
		__field(unsigned long, zone_start)
		__field(unsigned long, migrate_pfn)
		__field(unsigned long, free_pfn)
		__field(unsigned long, zone_end)
		__field(bool, sync)
		__field(int, status)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->zone_start = zone_start;
		__entry->migrate_pfn = migrate_pfn;
		__entry->free_pfn = free_pfn;
		__entry->zone_end = zone_end;
		__entry->sync = sync;
		__entry->status = status;
		__entry->op = ta_op_current();
	),
	TP_printk("zone_start=0x%lx migrate_pfn=0x%lx free_pfn=0x%lx zone_end=0x%lx, mode=%s status=%s op=%llu",
		  __entry->zone_start, __entry->migrate_pfn,
		  __entry->free_pfn, __entry->zone_end,
		  __entry->sync ? "sync" : "async",
		  __print_symbolic(__entry->status,
				   { 0, "skipped" },
				   { 1, "deferred" },
				   { 2, "complete" },
				   { 3, "success" },
				   { 4, "contended" },
				   { 5, "running" }), __entry->op)
);

DEFINE_EVENT(ta_mm_compaction, ta_mm_compaction_begin,
	TP_PROTO(unsigned long zone_start, unsigned long migrate_pfn,
		 unsigned long free_pfn, unsigned long zone_end, bool sync,
		 int status),
	TP_ARGS(zone_start, migrate_pfn, free_pfn, zone_end, sync, status));

DEFINE_EVENT(ta_mm_compaction, ta_mm_compaction_end,
	TP_PROTO(unsigned long zone_start, unsigned long migrate_pfn,
		 unsigned long free_pfn, unsigned long zone_end, bool sync,
		 int status),
	TP_ARGS(zone_start, migrate_pfn, free_pfn, zone_end, sync, status));

TRACE_EVENT(ta_mm_compaction_migratepages,
	TP_PROTO(unsigned long nr_migrated, unsigned long nr_failed),
	TP_ARGS(nr_migrated, nr_failed),
	TP_STRUCT__entry(
		__field(unsigned long, nr_migrated)
		__field(unsigned long, nr_failed)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->nr_migrated = nr_migrated;
		__entry->nr_failed = nr_failed;
		__entry->op = ta_op_current();
	),
	TP_printk("nr_migrated=%lu nr_failed=%lu op=%llu", __entry->nr_migrated,
		  __entry->nr_failed, __entry->op)
);

DECLARE_EVENT_CLASS(ta_object_alloc,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name,
		 size_t bytes_req, size_t bytes_alloc, gfp_t gfp_flags),
	TP_ARGS(call_site, ptr, name, bytes_req, bytes_alloc, gfp_flags),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__string(name, name)
		__field(size_t, bytes_req)
		__field(size_t, bytes_alloc)
		__field(unsigned long, gfp_flags)
		__field(int, node)
		__field(bool, accounted)
		__field(u64, op)
	),
	/* The pool is of no node, and no cgroup pays for it. */
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		ta_assign_str(name, name);
		__entry->bytes_req = bytes_req;
		__entry->bytes_alloc = bytes_alloc;
		__entry->gfp_flags = (__force unsigned long)gfp_flags;
		__entry->node = -1;
		__entry->accounted = false;
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS ptr=%p name=%s bytes_req=%zu bytes_alloc=%zu gfp_flags=%s node=%d accounted=%s op=%llu",
		  (void *)__entry->call_site, __entry->ptr, __get_str(name),
		  __entry->bytes_req, __entry->bytes_alloc,
		  show_gfp_flags(__entry->gfp_flags), __entry->node,
		  __entry->accounted ? "true" : "false", __entry->op)
);

DEFINE_EVENT(ta_object_alloc, ta_kmem_cache_alloc,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name,
		 size_t bytes_req, size_t bytes_alloc, gfp_t gfp_flags),
	TP_ARGS(call_site, ptr, name, bytes_req, bytes_alloc, gfp_flags));

DEFINE_EVENT(ta_object_alloc, ta_kmalloc,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name,
		 size_t bytes_req, size_t bytes_alloc, gfp_t gfp_flags),
	TP_ARGS(call_site, ptr, name, bytes_req, bytes_alloc, gfp_flags));

DECLARE_EVENT_CLASS(ta_object_free,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name),
	TP_ARGS(call_site, ptr, name),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, ptr)
		__string(name, name)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->ptr = ptr;
		ta_assign_str(name, name);
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS ptr=%p name=%s op=%llu",
		  (void *)__entry->call_site, __entry->ptr, __get_str(name),
		  __entry->op)
);

DEFINE_EVENT(ta_object_free, ta_kmem_cache_free,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name),
	TP_ARGS(call_site, ptr, name));

DEFINE_EVENT(ta_object_free, ta_kfree,
	TP_PROTO(unsigned long call_site, const void *ptr, const char *name),
	TP_ARGS(call_site, ptr, name));

DECLARE_EVENT_CLASS(ta_slab,
	TP_PROTO(const char *name, unsigned long frame, unsigned int order,
		 unsigned int objects),
	TP_ARGS(name, frame, order, objects),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned long, frame)
		__field(unsigned int, order)
		__field(unsigned int, objects)
		__field(u64, op)
	),
	TP_fast_assign(
		ta_assign_str(name, name);
		__entry->frame = frame;
		__entry->order = order;
		__entry->objects = objects;
		__entry->op = ta_op_current();
	),
	TP_printk("name=%s frame=%lu order=%u objects=%u op=%llu", __get_str(name),
		  __entry->frame, __entry->order, __entry->objects,
		  __entry->op)
);

DEFINE_EVENT(ta_slab, ta_slab_new,
	TP_PROTO(const char *name, unsigned long frame, unsigned int order,
		 unsigned int objects),
	TP_ARGS(name, frame, order, objects));

DEFINE_EVENT(ta_slab, ta_slab_discard,
	TP_PROTO(const char *name, unsigned long frame, unsigned int order,
		 unsigned int objects),
	TP_ARGS(name, frame, order, objects));

TRACE_EVENT(ta_magazine_exchange,
	TP_PROTO(const char *name, unsigned int in, unsigned int out),
	TP_ARGS(name, in, out),
	TP_STRUCT__entry(
		__string(name, name)
		__field(unsigned int, in)
		__field(unsigned int, out)
		__field(u64, op)
	),
	TP_fast_assign(
		ta_assign_str(name, name);
		__entry->in = in;
		__entry->out = out;
		__entry->op = ta_op_current();
	),
	TP_printk("name=%s in=%u out=%u op=%llu", __get_str(name), __entry->in,
		  __entry->out, __entry->op)
);

TRACE_EVENT(ta_vmalloc,
	TP_PROTO(unsigned long call_site, const void *addr, unsigned long size,
		 unsigned long nr_pages),
	TP_ARGS(call_site, addr, size, nr_pages),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, addr)
		__field(unsigned long, size)
		__field(unsigned long, nr_pages)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->addr = addr;
		__entry->size = size;
		__entry->nr_pages = nr_pages;
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS addr=%p size=%lu nr_pages=%lu op=%llu",
		  (void *)__entry->call_site, __entry->addr, __entry->size,
		  __entry->nr_pages, __entry->op)
);

TRACE_EVENT(ta_vfree,
	TP_PROTO(unsigned long call_site, const void *addr,
		 unsigned long nr_pages),
	TP_ARGS(call_site, addr, nr_pages),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, addr)
		__field(unsigned long, nr_pages)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->addr = addr;
		__entry->nr_pages = nr_pages;
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS addr=%p nr_pages=%lu op=%llu",
		  (void *)__entry->call_site, __entry->addr, __entry->nr_pages,
		  __entry->op)
);

TRACE_EVENT(ta_alloc_vmap_area,
	TP_PROTO(unsigned long addr, unsigned long size, unsigned long align,
		 unsigned long vstart, unsigned long vend, int failed),
	TP_ARGS(addr, size, align, vstart, vend, failed),
	TP_STRUCT__entry(
		__field(unsigned long, addr)
		__field(unsigned long, size)
		__field(unsigned long, align)
		__field(unsigned long, vstart)
		__field(unsigned long, vend)
		__field(int, failed)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->addr = addr;
		__entry->size = size;
		__entry->align = align;
		__entry->vstart = vstart;
		__entry->vend = vend;
		__entry->failed = failed;
		__entry->op = ta_op_current();
	),
	TP_printk("va_start: %lu size=%lu align=%lu vstart=0x%lx vend=0x%lx failed=%d op=%llu",
		  __entry->addr, __entry->size, __entry->align,
		  __entry->vstart, __entry->vend, __entry->failed, __entry->op)
);

TRACE_EVENT(ta_purge_vmap_area_lazy,
	TP_PROTO(unsigned long start, unsigned long end, unsigned int npurged),
	TP_ARGS(start, end, npurged),
	TP_STRUCT__entry(
		__field(unsigned long, start)
		__field(unsigned long, end)
		__field(unsigned int, npurged)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->start = start;
		__entry->end = end;
		__entry->npurged = npurged;
		__entry->op = ta_op_current();
	),
	TP_printk("start=0x%lx end=0x%lx num_purged=%u op=%llu", __entry->start,
		  __entry->end, __entry->npurged, __entry->op)
);

TRACE_EVENT(ta_free_vmap_area_noflush,
	TP_PROTO(unsigned long va_start, unsigned long nr_lazy,
		 unsigned long nr_lazy_max),
	TP_ARGS(va_start, nr_lazy, nr_lazy_max),
	TP_STRUCT__entry(
		__field(unsigned long, va_start)
		__field(unsigned long, nr_lazy)
		__field(unsigned long, nr_lazy_max)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->va_start = va_start;
		__entry->nr_lazy = nr_lazy;
		__entry->nr_lazy_max = nr_lazy_max;
		__entry->op = ta_op_current();
	),
	TP_printk("va_start=0x%lx nr_lazy=%lu nr_lazy_max=%lu op=%llu",
		  __entry->va_start, __entry->nr_lazy, __entry->nr_lazy_max,
		  __entry->op)
);

TRACE_EVENT(ta_vmap,
	TP_PROTO(unsigned long call_site, const void *addr,
		 unsigned long nr_pages),
	TP_ARGS(call_site, addr, nr_pages),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, addr)
		__field(unsigned long, nr_pages)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->addr = addr;
		__entry->nr_pages = nr_pages;
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS addr=%p nr_pages=%lu op=%llu",
		  (void *)__entry->call_site, __entry->addr, __entry->nr_pages,
		  __entry->op)
);

TRACE_EVENT(ta_vunmap,
	TP_PROTO(unsigned long call_site, const void *addr,
		 unsigned long nr_pages),
	TP_ARGS(call_site, addr, nr_pages),
	TP_STRUCT__entry(
		__field(unsigned long, call_site)
		__field(const void *, addr)
		__field(unsigned long, nr_pages)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->call_site = call_site;
		__entry->addr = addr;
		__entry->nr_pages = nr_pages;
		__entry->op = ta_op_current();
	),
	TP_printk("call_site=%pS addr=%p nr_pages=%lu op=%llu",
		  (void *)__entry->call_site, __entry->addr, __entry->nr_pages,
		  __entry->op)
);

/*
 * A user's access that faults, or a call, begins an operation, when these two are
 * on: all events have the number of the one that they belong to, or 0.
 */
TRACE_EVENT(ta_touch,
	TP_PROTO(u64 client, unsigned long addr, bool write),
	TP_ARGS(client, addr, write),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned long, addr)
		__field(bool, write)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->addr = addr;
		__entry->write = write;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu addr=%#lx %s op=%llu", __entry->client,
		  __entry->addr, __entry->write ? "write" : "read",
		  __entry->op)
);

TRACE_EVENT(ta_ioctl,
	TP_PROTO(u64 client, unsigned int nr),
	TP_ARGS(client, nr),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned int, nr)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->nr = nr;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu nr=%#x op=%llu", __entry->client, __entry->nr,
		  __entry->op)
);

/* A process is killed for its pages; the operation is the one that needs some. */
TRACE_EVENT(ta_mark_victim,
	TP_PROTO(pid_t pid, unsigned long nr_pages, int oom_score_adj),
	TP_ARGS(pid, nr_pages, oom_score_adj),
	TP_STRUCT__entry(
		__field(pid_t, pid)
		__field(unsigned long, nr_pages)
		__field(int, oom_score_adj)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->pid = pid;
		__entry->nr_pages = nr_pages;
		__entry->oom_score_adj = oom_score_adj;
		__entry->op = ta_op_current();
	),
	TP_printk("pid=%d nr_pages=%lu oom_score_adj=%d op=%llu", __entry->pid,
		  __entry->nr_pages, __entry->oom_score_adj, __entry->op)
);

TRACE_EVENT(ta_fault,
	TP_PROTO(u64 client, unsigned long addr, unsigned long frame,
		 bool write),
	TP_ARGS(client, addr, frame, write),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned long, addr)
		__field(unsigned long, frame)
		__field(bool, write)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->addr = addr;
		__entry->frame = frame;
		__entry->write = write;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu addr=%#lx frame=%lu %s op=%llu", __entry->client,
		  __entry->addr, __entry->frame,
		  __entry->write ? "write" : "read", __entry->op)
);

/* A fault that took no page of its own, or several: of these no frame is told. */
DECLARE_EVENT_CLASS(ta_fault_other,
	TP_PROTO(u64 client, unsigned long addr),
	TP_ARGS(client, addr),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned long, addr)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->addr = addr;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu addr=%#lx op=%llu", __entry->client, __entry->addr,
		  __entry->op)
);

DEFINE_EVENT(ta_fault_other, ta_fault_zero,
	TP_PROTO(u64 client, unsigned long addr),
	TP_ARGS(client, addr));

DEFINE_EVENT(ta_fault_other, ta_fault_batch,
	TP_PROTO(u64 client, unsigned long addr),
	TP_ARGS(client, addr));

TRACE_EVENT(ta_brk,
	TP_PROTO(u64 client, unsigned long from, unsigned long to),
	TP_ARGS(client, from, to),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned long, from)
		__field(unsigned long, to)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->from = from;
		__entry->to = to;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu from=%#lx to=%#lx op=%llu", __entry->client,
		  __entry->from, __entry->to, __entry->op)
);

TRACE_EVENT(ta_mmap,
	TP_PROTO(u64 client, unsigned long addr, unsigned long len),
	TP_ARGS(client, addr, len),
	TP_STRUCT__entry(
		__field(u64, client)
		__field(unsigned long, addr)
		__field(unsigned long, len)
		__field(u64, op)
	),
	TP_fast_assign(
		__entry->client = client;
		__entry->addr = addr;
		__entry->len = len;
		__entry->op = ta_op_current();
	),
	TP_printk("client=%llu addr=%#lx len=%lu op=%llu", __entry->client,
		  __entry->addr, __entry->len, __entry->op)
);

#endif /* _TRACE_TEACHALLOC_H */

#include <trace/define_trace.h>
