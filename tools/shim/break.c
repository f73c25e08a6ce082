// SPDX-License-Identifier: GPL-2.0
/*
 * The break: from the first question on, the service's.
 *
 * Model: the kernel's break and the service's are two, in different places. Who
 * asks where the break is (brk of 0) is told the service's, and goes on from there.
 * Who sets it without having asked was told by the kernel before we were there, and
 * stays with the kernel's until he asks. A heap belongs to a client: if that is lost,
 * the heap stays as it is, and every move is refused.
 *
 * Context: any, see redirect.h.
 */
#include <errno.h>
#include <stddef.h>

#include <linux/teachalloc.h>

#include "client.h"
#include "count.h"
#include "raw.h"
#include "redirect.h"
#include "translate.h"

/*
 * The service's break as it was last told, 0 if it was never, and whose it is:
 * another client would have another heap.
 */
static unsigned long known_break;
static unsigned int break_generation;

static long kernel_brk(long addr)
{
	ta_count_passed(TA_REDIRECT_BRK);
	return ta_raw1(SYS_brk, addr);
}

/* Note what the service answered. */
static long told(unsigned long known, unsigned long brk)
{
	ta_count_redirected(TA_REDIRECT_BRK,
			    known && brk > known ? brk - known : 0);
	__atomic_store_n(&known_break, brk, __ATOMIC_RELEASE);
	return brk;
}

static long first_question(void)
{
	struct ta_ioc_brk arg = { .size = sizeof(arg) };

	if (ta_client_ioctl(TA_IOC_BRK, &arg))
		return kernel_brk(0);
	break_generation = ta_client_generation();
	return told(0, arg.addr);
}

/**
 * ta_translate_brk() - brk(2) by the service
 * @addr: the break wanted, or 0
 *
 * Return: the break in force.
 */
long ta_translate_brk(long addr)
{
	unsigned long known = __atomic_load_n(&known_break, __ATOMIC_ACQUIRE);
	struct ta_ioc_brk arg = { .size = sizeof(arg), .addr = addr };
	long ret = -ENODEV;

	if (!known)
		return addr ? kernel_brk(addr) : first_question();
	if (break_generation == ta_client_generation())
		ret = ta_client_ioctl_same(TA_IOC_BRK, &arg);
	return !ret || ret == -ENOMEM ? told(known, arg.addr) : (long)known;
}

/**
 * ta_redirect_has_break() - tell whose break a program sees
 *
 * Return: whether it is the service's, else the kernel's.
 */
bool ta_redirect_has_break(void)
{
	return __atomic_load_n(&known_break, __ATOMIC_ACQUIRE);
}
