// SPDX-License-Identifier: GPL-2.0
/*
 * The dispatcher: every system call of a program, from wherever it is made, comes
 * by here on its way to the kernel.
 *
 * The C library's own malloc calls the kernel by ways that no preloaded function
 * sees. But the kernel can be asked to hand a thread's system calls back
 * (Syscall User Dispatch): what is not made from one given range of addresses
 * raises SIGSYS instead. The range is this library's text, so the calls that are
 * made here are real ones.
 *
 *	program		syscall ----> kernel: not from the range: SIGSYS
 *	handler		  ta_call() --> what the redirect core wants: ta_redirect()
 *			            --> what depends on who calls: clone.c, signals.c
 *			            --> all else: the same call again, from here
 *	program		  <---------- rt_sigreturn, with the result in rax
 *
 * The library is preloaded, and initialised before all others, so nearly all that
 * the program ever does is caught. An exec ends it, and preloading begins it anew.
 *
 * What must hold, for else the program is killed:
 *
 *	I1  SIGSYS is never blocked nor ignored while the dispatch is on: no set of
 *	    signals that has it reaches the kernel (signals.c).
 *	I2  The dispatch is a thread's, and a new thread or process has none: it is on
 *	    before a child makes a call of its own (clone.c).
 *	I3  Nothing here calls what is outside the range: no C library, no memcpy.
 *
 * The handler may be interrupted anywhere by the program's handlers, whose calls are
 * caught as well, and may be left by a longjmp: it holds nothing.
 *
 * Context: any thread, any signal handler; on the program's own stack, of which it
 * takes four kilobytes, or six on machines with AVX-512.
 */
#include <sys/prctl.h>

#include "../shim/redirect.h"
#include "../shim/settings.h"
#include "dispatch.h"

/* The prctl(2) is younger than some C libraries. */
#ifndef PR_SET_SYSCALL_USER_DISPATCH
#define PR_SET_SYSCALL_USER_DISPATCH	59
#define PR_SYS_DISPATCH_ON		1
#endif
#ifndef SYS_USER_DISPATCH
#define SYS_USER_DISPATCH		2
#endif

#define ARCH_X86_64	0xc000003e	/* AUDIT_ARCH_X86_64 */
#define SA_RESTORER	0x04000000	/* the kernel's; the C library hides it */

static void on_sigsys(int sig, siginfo_t *info, void *context)
{
	ucontext_t *uc = context;
	greg_t *regs = uc->uc_mcontext.gregs;
	struct ta_caught call = {
		.nr = regs[REG_RAX],
		.arg = { regs[REG_RDI], regs[REG_RSI], regs[REG_RDX],
			 regs[REG_R10], regs[REG_R8], regs[REG_R9] },
		.uc = uc,
	};

	(void)sig;
	/* A 32-bit call of a 64-bit program is one that nobody expects. */
	if (info->si_code != SYS_USER_DISPATCH || info->si_arch != ARCH_X86_64)
		ta_foreign_sigsys(info, uc);
	else
		regs[REG_RAX] = ta_call(&call);
}

/**
 * ta_arm() - catch the system calls of this thread from now on
 *
 * Return: 0, or what the kernel says if it cannot.
 */
long ta_arm(void)
{
	const struct ta_action action = {
		.handler = on_sigsys,
		.flags = SA_SIGINFO | SA_NODEFER | SA_RESTART | SA_RESTORER,
		.restorer = ta_restorer,
	};
	const unsigned long mask = TA_SIGSET(SIGSYS);
	long ret;

	ret = ta_raw6(SYS_rt_sigaction, SIGSYS, (long)&action, 0, sizeof(mask),
		      0, 0);
	if (!ret)
		ret = ta_raw6(SYS_rt_sigprocmask, SIG_UNBLOCK, (long)&mask, 0,
			      sizeof(mask), 0, 0);
	if (!ret)
		ret = ta_raw6(SYS_prctl, PR_SET_SYSCALL_USER_DISPATCH,
			      PR_SYS_DISPATCH_ON, (long)__ehdr_start,
			      etext - __ehdr_start, 0, 0);
	return ret;
}

/* Before the program's first instruction, and before any other library's. */
static void __attribute__((constructor)) begin(void)
{
	static const char text[] =
		"teachalloc: no Syscall User Dispatch: memory is the kernel's\n";

	/* Nothing to redirect to: then let the program be as fast as it is. */
	if (ta_redirect_client() < 0)
		return;
	if (ta_arm() && ta_settings()->verbose)
		ta_raw3(SYS_write, 2, (long)text, sizeof(text) - 1);
}
