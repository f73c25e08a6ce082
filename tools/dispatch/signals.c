// SPDX-License-Identifier: GPL-2.0
/*
 * Calls about signals: what they set must outlive the handler, and must leave
 * SIGSYS alone.
 *
 * The handler's return gives the thread the mask and the alternate stack that are in
 * its frame. So a new mask is written there and nowhere else: it is in force from
 * the moment the program goes on, and a signal that was waiting for it arrives in
 * the program, not here. The bit of SIGSYS is taken out of every set on its way; a
 * program that blocks all signals and then asks finds one missing.
 *
 * What the program wants done at a SIGSYS is kept here, and done when one comes that
 * has nothing to do with the dispatch: from another process, or from a filter of
 * seccomp. (Processes that share memory but not their actions, as after a vfork,
 * share this one. Two threads that set it at once may find it half of each.)
 *
 * Context: the handler's, see dispatch.c.
 */
#include <errno.h>

#include "dispatch.h"

#define SIGSYS_BIT	TA_SIGSET(SIGSYS)

/* Linux has it since 4.7, not every C library. */
#ifndef SS_AUTODISARM
#define SS_AUTODISARM	0x80000000U
#endif

/* The program's own action for SIGSYS: at first SIG_DFL. */
static struct ta_action own_action;

static long own_sigaction(const struct ta_action *action, long old)
{
	long ret = 0;

	if (old)
		ret = ta_copy_out(old, &own_action, sizeof(own_action));
	if (!ret && action)
		own_action = *action;
	return ret;
}

/**
 * ta_sigaction() - rt_sigaction(signal, action, old, size)
 * @call: it
 *
 * Return: what the program is to get.
 */
long ta_sigaction(struct ta_caught *call)
{
	struct ta_action action;

	if (call->arg[3] != sizeof(unsigned long))
		return -EINVAL;
	if (call->arg[1]) {
		if (ta_copy_in(&action, call->arg[1], sizeof(action)))
			return -EFAULT;
		action.mask &= ~SIGSYS_BIT;
		call->arg[1] = (long)&action;
	}
	if ((int)call->arg[0] == SIGSYS)
		return own_sigaction(call->arg[1] ? &action : NULL,
				     call->arg[2]);
	return ta_raw(call);
}

static long changed_mask(int how, unsigned long mask, unsigned long *set)
{
	switch (how) {
	case SIG_BLOCK:
		*set = mask | *set;
		return 0;
	case SIG_UNBLOCK:
		*set = mask & ~*set;
		return 0;
	case SIG_SETMASK:
		return 0;
	default:
		return -EINVAL;
	}
}

/**
 * ta_sigprocmask() - rt_sigprocmask(how, set, old, size)
 * @call: it
 *
 * Return: what the program is to get.
 */
long ta_sigprocmask(struct ta_caught *call)
{
	unsigned long *mask = ta_mask_of(call->uc), old = *mask, set = old;

	if (call->arg[3] != sizeof(set))
		return -EINVAL;
	if (call->arg[1]) {
		if (ta_copy_in(&set, call->arg[1], sizeof(set)))
			return -EFAULT;
		if (changed_mask(call->arg[0], old, &set))
			return -EINVAL;
		*mask = set & ~SIGSYS_BIT;
	}
	return call->arg[2] ? ta_copy_out(call->arg[2], &old, sizeof(old)) : 0;
}

/**
 * ta_sigaltstack() - sigaltstack(stack, old)
 * @call: it
 *
 * Return: what the program is to get.
 */
long ta_sigaltstack(struct ta_caught *call)
{
	stack_t *stack = &call->uc->uc_stack;
	long ret;

	/* One that disarms itself is gone as long as a handler runs. */
	if (stack->ss_flags & (int)SS_AUTODISARM)
		ta_raw3(SYS_sigaltstack, (long)stack, 0, 0);
	ret = ta_raw(call);
	if (!ret)
		ta_raw3(SYS_sigaltstack, 0, (long)stack, 0);
	return ret;
}

/**
 * ta_raw_keeping_mask() - make the call as it was caught
 * @call: it
 *
 * A handler of the program's that interrupts it, and changes the mask of what it
 * interrupted, means the program: its mask is in our frame.
 *
 * Return: what the kernel says.
 */
long ta_raw_keeping_mask(struct ta_caught *call)
{
	unsigned long *mask = ta_mask_of(call->uc);
	long ret = ta_raw(call);

	ta_raw6(SYS_rt_sigprocmask, SIG_BLOCK, 0, (long)mask, sizeof(*mask), 0,
		0);
	return ret;
}

/* A call that waits with another mask: with a mask of ours in its place. */
static long wait_with(struct ta_caught *call, long *set, long size)
{
	unsigned long mask;

	if (*set && size == sizeof(mask)) {
		if (ta_copy_in(&mask, *set, sizeof(mask)))
			return -EFAULT;
		mask &= ~SIGSYS_BIT;
		*set = (long)&mask;
	}
	return ta_raw_keeping_mask(call);
}

/**
 * ta_with_mask() - a call that has a set of signals and then its size
 * @call: it
 * @index: which argument the set is
 *
 * Return: what the program is to get.
 */
long ta_with_mask(struct ta_caught *call, int index)
{
	return wait_with(call, &call->arg[index], call->arg[index + 1]);
}

/**
 * ta_with_packed_mask() - a call whose sixth argument points to these two
 * @call: it
 *
 * Return: what the program is to get.
 */
long ta_with_packed_mask(struct ta_caught *call)
{
	long packed[2];

	if (!call->arg[5])
		return ta_raw(call);
	if (ta_copy_in(packed, call->arg[5], sizeof(packed)))
		return -EFAULT;
	call->arg[5] = (long)packed;
	return wait_with(call, &packed[0], packed[1]);
}

/**
 * ta_sigreturn() - rt_sigreturn(): one of the program's handlers is done
 * @call: it
 *
 * The context to go on with is where the program's stack pointer points to; its
 * handler may have changed the mask in it.
 */
noreturn void ta_sigreturn(struct ta_caught *call)
{
	ucontext_t *uc = (void *)call->uc->uc_mcontext.gregs[REG_RSP];

	*ta_mask_of(uc) &= ~SIGSYS_BIT;
	ta_return_from(uc);
}

/* As if there had never been a handler. */
static void die_of_sigsys(void)
{
	const struct ta_action action = { .flags = 0 };

	ta_raw6(SYS_rt_sigaction, SIGSYS, (long)&action, 0, sizeof(unsigned long),
		0, 0);
	ta_raw3(SYS_tgkill, ta_raw1(SYS_getpid, 0), ta_raw1(SYS_gettid, 0),
		SIGSYS);
}

/**
 * ta_foreign_sigsys() - do what the program wants done at a SIGSYS
 * @info: says where it comes from
 * @uc: what it interrupted
 */
void ta_foreign_sigsys(siginfo_t *info, ucontext_t *uc)
{
	const struct ta_action action = own_action;

	if (action.handler == (void *)SIG_IGN)
		return;
	if (action.handler == (void *)SIG_DFL)
		die_of_sigsys();
	ta_raw6(SYS_rt_sigprocmask, SIG_BLOCK, (long)&action.mask, 0,
		sizeof(action.mask), 0, 0);
	if (action.flags & SA_RESETHAND)
		own_action.handler = (void *)SIG_DFL;
	action.handler(SIGSYS, info, uc);
}
