// SPDX-License-Identifier: GPL-2.0
/*
 * The one place that prints what a caller did wrong.
 *
 * Model: each misuse has a kind (enum ta_fault), is counted under it and
 * printed in one line with the caller's address. The line is rate-limited, the
 * count is not, so tests assert on the counts. Who knows more says it in lines
 * of its own after that one, if that one was printed.
 *
 * A test may have the lines instead of the log.
 *
 * Context: any. Takes no lock of ours, calls no layer.
 */
#include "report.h"

#include <linux/atomic.h>
#include <linux/kernel.h>
#include <linux/printk.h>
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
	[TA_FAULT_OVERRUN]	= "write beside an object",
	[TA_FAULT_AFTER_FREE]	= "write after free",
};

static_assert(ARRAY_SIZE(fault_names) == TA_NR_FAULTS);

static atomic_long_t counts[TA_NR_FAULTS];
static DEFINE_RATELIMIT_STATE(limit, 5 * HZ, 20);
static ta_report_sink test_sink;

#define MAX_LINE	192
#define BYTES_A_LINE	16

/**
 * ta_report() - count and print a misuse
 * @fault: its kind
 * @addr: the object concerned
 * @caller: the return address of who did it, or 0
 * @fmt: what is known besides, without a newline
 *
 * Context: any.
 * Return: whether it was printed: then more may be said about it.
 */
bool ta_report(enum ta_fault fault, const void *addr, unsigned long caller,
	       const char *fmt, ...)
{
	struct va_format vaf;
	va_list args;

	atomic_long_inc(&counts[fault]);
	if (READ_ONCE(test_sink))
		return true;
	if (!__ratelimit(&limit))
		return false;

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	if (caller)
		pr_err("%s: %p: %pV (by %pS)\n", fault_names[fault], addr,
		       &vaf, (void *)caller);
	else
		pr_err("%s: %p: %pV\n", fault_names[fault], addr, &vaf);
	va_end(args);
	return true;
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

/**
 * ta_report_set_sink() - have lines instead of printing them
 * @sink: called with each but the first of a misuse; NULL prints again
 *
 * Nothing is rate-limited while there is one.
 *
 * Context: any; nobody else may be reporting.
 */
void ta_report_set_sink(ta_report_sink sink)
{
	WRITE_ONCE(test_sink, sink);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_set_sink);

/**
 * ta_report_may_say() - tell whether something that is no misuse may be said
 * @limit: how often
 *
 * Context: any.
 * Return: whether ta_report_line() may be called for it.
 */
bool ta_report_may_say(struct ratelimit_state *limit)
{
	return READ_ONCE(test_sink) || __ratelimit(limit);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_may_say);

/**
 * ta_report_line() - say more about a misuse that was printed
 * @fmt: a line without its newline; cut if it is too long
 *
 * Context: any.
 */
void ta_report_line(const char *fmt, ...)
{
	ta_report_sink sink = READ_ONCE(test_sink);
	char line[MAX_LINE];
	va_list args;

	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	if (sink)
		sink(line);
	else
		_printk(KERN_ERR "%s\n", line);
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_line);

/**
 * ta_report_bytes() - show what is in memory
 * @what: the lines' first word
 * @from: the first byte
 * @len: how many
 *
 * Context: any.
 */
void ta_report_bytes(const char *what, const void *from, size_t len)
{
	char text[BYTES_A_LINE * 4 + 2];
	size_t done;

	for (done = 0; done < len; done += BYTES_A_LINE) {
		hex_dump_to_buffer(from + done, min_t(size_t, len - done, BYTES_A_LINE),
				   BYTES_A_LINE, 1, text, sizeof(text), true);
		ta_report_line("%s%p: %s", what, from + done, text);
	}
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_bytes);

/**
 * ta_report_stack() - show who is here
 *
 * Context: any.
 */
void ta_report_stack(void)
{
	if (!READ_ONCE(test_sink))
		dump_stack();
}
EXPORT_SYMBOL_FOR_TA_TESTS(ta_report_stack);
