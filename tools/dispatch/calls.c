// SPDX-License-Identifier: GPL-2.0
/*
 * One caught call: who makes it.
 *
 * Nearly all calls mean the same from the handler as from the program, so they are
 * made here as they are, and their result is the program's. The others, by what
 * would go wrong:
 *
 *	asks for memory			the redirect core's affair
 *	makes a thread or a process	it would have no dispatch	clone.c
 *	sets a mask or an action	undone by the handler's return, or it would
 *					keep SIGSYS away		signals.c
 *	returns from a signal		it is the program's frame	signals.c
 *	ends the process		the last chance to say what was redirected
 *
 * Context: the handler's, see dispatch.c.
 */
#include <errno.h>
#include <sys/prctl.h>

#include "../shim/redirect.h"
#include "dispatch.h"

#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59
#endif
#ifndef SYS_epoll_pwait2
#define SYS_epoll_pwait2	441
#endif

/**
 * ta_raw() - make the call as it was caught
 * @call: it
 *
 * Return: what the kernel says.
 */
long ta_raw(const struct ta_caught *call)
{
	return ta_raw6(call->nr, call->arg[0], call->arg[1], call->arg[2],
		       call->arg[3], call->arg[4], call->arg[5]);
}

/**
 * ta_copy() - copy bytes
 * @to: where to; ranges do not overlap
 * @from: where from
 * @len: how many
 */
void ta_copy(void *to, const void *from, size_t len)
{
	__asm__ volatile("rep movsb"
			 : "+D" (to), "+S" (from), "+c" (len)
			 :
			 : "memory");
}

/* This fails in any case, but reads eight bytes before it does. */
static bool is_readable(long addr)
{
	return ta_raw6(SYS_rt_sigprocmask, -1, addr, 0, sizeof(unsigned long), 0,
		       0) != -EFAULT;
}

/* This changes nothing, but writes eight bytes. */
static bool is_writable(long addr)
{
	return ta_raw6(SYS_rt_sigprocmask, SIG_BLOCK, 0, addr,
		       sizeof(unsigned long), 0, 0) != -EFAULT;
}

/**
 * ta_copy_in() - read an argument of the program's
 * @to: where to
 * @from: its address, which may be anything
 * @len: bytes, from eight to a page
 *
 * Return: 0 or -EFAULT.
 */
long ta_copy_in(void *to, long from, size_t len)
{
	if (!is_readable(from) || !is_readable(from + len - sizeof(unsigned long)))
		return -EFAULT;
	ta_copy(to, (const void *)from, len);
	return 0;
}

/**
 * ta_check_writable() - look whether the program can write somewhere
 * @addr: where, which may be anything
 * @len: bytes, at least eight; a whole page inside is not looked at
 *
 * Some of the bytes are written to.
 *
 * Return: 0 or -EFAULT.
 */
long ta_check_writable(long addr, size_t len)
{
	return is_writable(addr) && is_writable(addr + len - sizeof(unsigned long))
		       ? 0
		       : -EFAULT;
}

/**
 * ta_copy_out() - write an answer to the program
 * @to: its address, which may be anything
 * @from: the answer
 * @len: bytes, from eight to a page
 *
 * Return: 0 or -EFAULT.
 */
long ta_copy_out(long to, const void *from, size_t len)
{
	if (ta_check_writable(to, len))
		return -EFAULT;
	ta_copy((void *)to, from, len);
	return 0;
}

/**
 * ta_call() - make a call that was caught
 * @call: it
 *
 * Return: what the program is to get.
 */
long ta_call(struct ta_caught *call)
{
	if (ta_redirect_wants(call->nr))
		return ta_redirect(call->nr, call->arg[0], call->arg[1],
				   call->arg[2], call->arg[3], call->arg[4],
				   call->arg[5]);
	switch (call->nr) {
	case SYS_clone:
		return ta_clone(call);
	case SYS_clone3:
		return ta_clone3(call);
	case SYS_fork:
		return ta_fork(call);
	case SYS_vfork:
		return ta_vfork(call);
	case SYS_rt_sigreturn:
		ta_sigreturn(call);
	case SYS_rt_sigaction:
		return ta_sigaction(call);
	case SYS_rt_sigprocmask:
		return ta_sigprocmask(call);
	case SYS_sigaltstack:
		return ta_sigaltstack(call);
	case SYS_rt_sigsuspend:
		return ta_with_mask(call, 0);
	case SYS_ppoll:
		return ta_with_mask(call, 3);
	case SYS_epoll_pwait:
	case SYS_epoll_pwait2:
		return ta_with_mask(call, 4);
	case SYS_pselect6:
	case SYS_io_pgetevents:
		return ta_with_packed_mask(call);
	case SYS_prctl:
		/* There is but one dispatch, and it is taken. */
		if ((int)call->arg[0] == PR_SET_SYSCALL_USER_DISPATCH)
			return -EINVAL;
		return ta_raw(call);
	case SYS_exit_group:
		ta_redirect_summary();
		return ta_raw(call);
	default:
		return ta_raw_keeping_mask(call);
	}
}
