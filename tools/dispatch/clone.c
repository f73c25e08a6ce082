// SPDX-License-Identifier: GPL-2.0
/*
 * Calls that make a thread or a process: the child has no dispatch, and goes on in
 * the middle of the handler. What it needs depends on whose stack it uses:
 *
 *	a copy of this one (fork): it is on the handler's frame as the parent is,
 *	switches the dispatch on, and returns.
 *
 *	a new one: the handler's frame is copied to the new stack before the call.
 *	The child begins there, switches the dispatch on, and returns from the copy:
 *	so it has all registers of the parent at the call, but for rax and rsp.
 *
 *	this one (vfork): the child returns from the frame and then writes over it. The
 *	parent, which waits for the child's end, puts it back from a copy elsewhere.
 *
 * Context: the handler's, see dispatch.c.
 */
#include <errno.h>
#include <sched.h>
#include <sys/mman.h>

#include "dispatch.h"

/* The kernel's arguments of clone3, as far as it matters here. */
struct clone3_args {
	unsigned long flags;
	unsigned long unused[4];
	unsigned long stack;
	unsigned long stack_size;
	unsigned long rest[16];		/* and what it may have one day */
};

#define CLONE3_MIN	64

/* Of the context, what the kernel has of it: the C library's is longer. */
#define CONTEXT_SIZE	(offsetof(ucontext_t, uc_sigmask) + sizeof(unsigned long))

/* What the kernel says about the length of the registers it saved (x86). */
#define FP_SIZE		512UL
#define FP_MAGIC_AT	464
#define FP_LENGTH_AT	468
#define FP_MAGIC	0x46505853U

static unsigned int fp_word(const void *fp, size_t at)
{
	return *(const unsigned int *)((const char *)fp + at);
}

static size_t fp_size(const void *fp)
{
	return fp_word(fp, FP_MAGIC_AT) == FP_MAGIC ? fp_word(fp, FP_LENGTH_AT)
						    : FP_SIZE;
}

/**
 * struct copy - where a child's copy of the frame goes
 * @uc: the context, which the child's stack pointer is at first
 * @fp: the registers of the floating point unit, or NULL
 */
struct copy {
	ucontext_t *uc;
	void *fp;
};

/* Below @sp, the child's stack pointer; -EFAULT if that is no place to write to. */
static long find_room(const ucontext_t *uc, unsigned long sp, struct copy *copy)
{
	const void *fp = uc->uc_mcontext.fpregs;
	unsigned long at = sp;

	if (fp)
		at = (at - fp_size(fp)) & -64UL;
	copy->fp = fp ? (void *)at : NULL;
	copy->uc = (void *)((at - CONTEXT_SIZE) & -16UL);
	return ta_check_writable((long)copy->uc, sp - (unsigned long)copy->uc);
}

static void copy_frame(const ucontext_t *uc, unsigned long sp,
		       const struct copy *copy)
{
	const void *fp = uc->uc_mcontext.fpregs;

	ta_copy(copy->uc, uc, CONTEXT_SIZE);
	if (fp)
		ta_copy(copy->fp, fp, fp_size(fp));
	copy->uc->uc_mcontext.fpregs = copy->fp;
	copy->uc->uc_mcontext.gregs[REG_RAX] = 0;
	copy->uc->uc_mcontext.gregs[REG_RSP] = sp;
}

/* As the kernel has it: a thread does not share the other's alternate stack. */
static void forget_altstack(ucontext_t *uc, unsigned long flags)
{
	if ((flags & (CLONE_VM | CLONE_VFORK)) == CLONE_VM)
		uc->uc_stack = (stack_t){ .ss_flags = SS_DISABLE };
}

/**
 * ta_child_begins() - get ready to leave the handler, in a child
 */
void ta_child_begins(void)
{
	/* What the parent could, its child can. */
	ta_arm();
}

/* A child with a copy of this stack. */
static long call_with_copy(const struct ta_caught *call)
{
	long ret = ta_raw(call);

	if (!ret)
		ta_child_begins();
	return ret;
}

/* A child on this stack. */
static long call_keeping_stack(const struct ta_caught *call)
{
	unsigned long top = call->uc->uc_mcontext.gregs[REG_RSP], len;
	long ret, save;

	/* A page more than there is from here on: for the frames still to come. */
	len = top - (unsigned long)__builtin_frame_address(0) + 4096;
	save = ta_raw6(SYS_mmap, 0, len, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (save < 0 && save >= -4095)
		return save;
	ret = ta_call_keeping_stack(call->nr, call->arg, (void *)save,
				    (void *)top);
	if (ret)
		ta_raw3(SYS_munmap, save, len, 0);
	else
		ta_child_begins();
	return ret;
}

static long call_on_this_stack(const struct ta_caught *call,
			       unsigned long flags)
{
	return flags & CLONE_VM ? call_keeping_stack(call)
				: call_with_copy(call);
}

/**
 * ta_fork() - fork()
 * @call: it
 *
 * Return: what the program, or its child, is to get.
 */
long ta_fork(struct ta_caught *call)
{
	return call_with_copy(call);
}

/**
 * ta_vfork() - vfork()
 * @call: it
 *
 * Return: what the program, or its child, is to get.
 */
long ta_vfork(struct ta_caught *call)
{
	return call_keeping_stack(call);
}

/**
 * ta_clone() - clone(flags, stack, parent_tid, child_tid, tls)
 * @call: it
 *
 * Return: what the program, or its child, is to get.
 */
long ta_clone(struct ta_caught *call)
{
	unsigned long flags = call->arg[0], sp = call->arg[1];
	struct copy copy;

	if (!sp)
		return call_on_this_stack(call, flags);
	if (find_room(call->uc, sp, &copy))
		return -EFAULT;
	copy_frame(call->uc, sp, &copy);
	forget_altstack(copy.uc, flags);
	call->arg[1] = (long)copy.uc;
	return ta_call_with_child(call->nr, call->arg);
}

/**
 * ta_clone3() - clone3(args, size)
 * @call: it
 *
 * Return: what the program, or its child, is to get.
 */
long ta_clone3(struct ta_caught *call)
{
	size_t size = call->arg[1];
	struct clone3_args args;
	unsigned long sp;
	struct copy copy;

	if (size < CLONE3_MIN)
		return -EINVAL;
	if (size > sizeof(args))
		return -E2BIG;
	if (ta_copy_in(&args, call->arg[0], size))
		return -EFAULT;
	call->arg[0] = (long)&args;
	if (!args.stack || !args.stack_size)
		return call_on_this_stack(call, args.flags);
	sp = args.stack + args.stack_size;
	if (find_room(call->uc, sp, &copy) ||
	    (unsigned long)copy.uc <= args.stack)
		return -EFAULT;
	copy_frame(call->uc, sp, &copy);
	forget_altstack(copy.uc, args.flags);
	args.stack_size = (unsigned long)copy.uc - args.stack;
	return ta_call_with_child(call->nr, call->arg);
}
