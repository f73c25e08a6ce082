/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the dispatcher know of one another. dispatch.c has the model.
 */
#ifndef TA_DISPATCH_H
#define TA_DISPATCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdnoreturn.h>
#include <ucontext.h>

#include "../shim/raw.h"

/*
 * A set of signals is one word to the kernel. The C library's is longer, of which the
 * kernel reads and writes the first word.
 */
#define TA_SIGSET(sig)	(1UL << ((sig) - 1))

#define ta_mask_of(uc)	((unsigned long *)&(uc)->uc_sigmask)

/**
 * struct ta_caught - a system call that was caught
 * @nr: its number
 * @arg: its arguments
 * @uc: the thread at that moment; what is in it when the handler returns is how
 *	the thread goes on
 */
struct ta_caught {
	long nr;
	long arg[6];
	ucontext_t *uc;
};

/**
 * struct ta_action - what a signal does, as the kernel has it
 * @handler: a function, SIG_DFL or SIG_IGN
 * @flags: SA_*
 * @restorer: where @handler returns to
 * @mask: what is blocked meanwhile
 */
struct ta_action {
	void (*handler)(int sig, siginfo_t *info, void *context);
	unsigned long flags;
	void (*restorer)(void);
	unsigned long mask;
};

/* Set by the linker: the first byte of the library, and the end of its text. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char etext[] __attribute__((visibility("hidden")));

/* dispatch.c */
long ta_arm(void);

/* calls.c */
long ta_call(struct ta_caught *call);
long ta_raw(const struct ta_caught *call);
long ta_copy_in(void *to, long from, size_t len);
long ta_copy_out(long to, const void *from, size_t len);
long ta_check_writable(long addr, size_t len);
void ta_copy(void *to, const void *from, size_t len);

/* signals.c */
long ta_sigaction(struct ta_caught *call);
long ta_sigprocmask(struct ta_caught *call);
long ta_sigaltstack(struct ta_caught *call);
long ta_raw_keeping_mask(struct ta_caught *call);
long ta_with_mask(struct ta_caught *call, int index);
long ta_with_packed_mask(struct ta_caught *call);
noreturn void ta_sigreturn(struct ta_caught *call);
void ta_foreign_sigsys(siginfo_t *info, ucontext_t *uc);

/* clone.c */
long ta_clone(struct ta_caught *call);
long ta_clone3(struct ta_caught *call);
long ta_fork(struct ta_caught *call);
long ta_vfork(struct ta_caught *call);
void ta_child_begins(void);

/* stubs.S */
void ta_restorer(void);
noreturn void ta_return_from(void *sp);
long ta_call_keeping_stack(long nr, const long *args, void *save,
			   const void *top);
long ta_call_with_child(long nr, const long *args);

#endif /* TA_DISPATCH_H */
