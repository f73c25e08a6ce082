// SPDX-License-Identifier: GPL-2.0
/*
 * The one place that prints what a caller did wrong.
 *
 * Model: each misuse has a kind (enum ta_fault), is counted under it and
 * printed in one line with the caller's address. The line is rate-limited, the
 * count is not, so tests assert on the counts.
 *
 * Context: any. Takes no lock of ours, calls no layer.
 */
#include "report.h"

#include <linux/atomic.h>
#include <linux/ratelimit.h>

static const char * const fault_names[] = {
	[TA_FAULT_FOREIGN]	= "foreign pointer",
	[TA_FAULT_DOUBLE_FREE]	= "double free",
	[TA_FAULT_WRONG_ORDER]	= "wrong order",
	[TA_FAULT_WRONG_OWNER]	= "wrong owner",
	[TA_FAULT_INTERIOR]	= "interior pointer",
	[TA_FAULT_BAD_SIZE]	= "bad size",
	[TA_FAULT_BAD_ARG]	= "bad argument",
	[TA_FAULT_BUSY]		= "busy object destroyed",
	[TA_FAULT_LEAK]		= "leak",
	[TA_FAULT_CORRUPT]	= "broken invariant",
};

static_assert(ARRAY_SIZE(fault_names) == TA_NR_FAULTS);

static atomic_long_t counts[TA_NR_FAULTS];
static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 20);

/**
 * ta_report() - count and print a misuse
 * @fault: its kind
 * @addr: the object concerned
 * @caller: the return address of who did it, or 0
 * @fmt: what is known besides, without a newline
 *
 * Context: any.
 */
void ta_report(enum ta_fault fault, const void *addr, unsigned long caller,
	       const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	atomic_long_inc(&counts[fault]);
	if (!__ratelimit(&limit))
		return;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (caller)
		pr_err("%s: %p: %pV (by %pS)\n", fault_names[fault], addr,
		       &vaf, (void *)caller);
	else
		pr_err("%s: %p: %pV\n", fault_names[fault], addr, &vaf);
	va_end(args);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report);

/**
 * ta_report_count() - how often a misuse was reported
 * @fault: its kind
 *
 * Context: any.
 * Return: the count since the module was loaded, printed or not.
 */
unsigned long ta_report_count(enum ta_fault fault)
{
	return atomic_long_read(&counts[fault]);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_count);
