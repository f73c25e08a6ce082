/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_REPORT_H
#define _TA_REPORT_H

#include "internal.h"

#include <linux/ratelimit.h>

/* What a kernel caller can do wrong, or what can be found broken. */
enum ta_fault {
	TA_FAULT_FOREIGN,	/* an address outside the pool or the window */
	TA_FAULT_DOUBLE_FREE,	/* free already */
	TA_FAULT_WRONG_ORDER,	/* freed with another order than allocated */
	TA_FAULT_WRONG_OWNER,	/* belongs to another layer or cache */
	TA_FAULT_INTERIOR,	/* not at the start of what it belongs to */
	TA_FAULT_BAD_SIZE,	/* a size or order that cannot be */
	TA_FAULT_BAD_ARG,	/* any other argument that cannot be */
	TA_FAULT_BUSY,		/* destroyed while in use */
	TA_FAULT_LEAK,		/* still allocated at the end */
	TA_FAULT_CORRUPT,	/* an invariant does not hold */
	TA_FAULT_OVERRUN,	/* written to beside an object */
	TA_FAULT_AFTER_FREE,	/* written to after its free */
	TA_NR_FAULTS
};

/* Gets each line instead of the log, for tests of what is said. */
typedef void (*ta_report_sink)(const char *line);

__printf(4, 5)
bool ta_report(enum ta_fault fault, const void *addr, unsigned long caller,
	       const char *fmt, ...);
unsigned long ta_report_count(enum ta_fault fault);
bool ta_report_may_say(struct ratelimit_state *limit);
void ta_report_set_sink(ta_report_sink sink);
__printf(1, 2)
void ta_report_line(const char *fmt, ...);
void ta_report_bytes(const char *what, const void *from, size_t len);
void ta_report_stack(void);

/**
 * ta_check() - report an invariant that does not hold
 * @ok: whether it holds
 * @what: the invariant's number and words, as at the top of the file
 * @addr: the object that it was checked on
 *
 * Return: @ok.
 */
static inline bool ta_check(bool ok, const char *what, const void *addr)
{
	if (unlikely(!ok))
		ta_report(TA_FAULT_CORRUPT, addr, 0, "%s", what);
	return ok;
}

#endif /* _TA_REPORT_H */
