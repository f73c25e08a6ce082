/* SPDX-License-Identifier: GPL-2.0 */
/*
 * syscall(3): look at the number; what the core is for goes there, all else is
 * done as the C library does it.
 *
 * Not in C, since the kernel may return twice from here (fork, clone), with
 * another stack even: between the call and the return nothing is on the stack.
 * The two jumps below are to C functions with the arguments in place: seven
 * longs, the last on the stack, are what syscall(3) takes, too.
 */
#include <sys/syscall.h>

	.text
	.globl	syscall
	.type	syscall, @function
syscall:
	.cfi_startproc
	endbr64
	.irp	nr, SYS_mmap, SYS_brk, SYS_madvise, SYS_mremap, SYS_mincore, \
		SYS_close, SYS_close_range, SYS_dup2, SYS_dup3
	cmp	$\nr, %rdi
	je	ta_preload_syscall
	.endr
	mov	%rdi, %rax
	mov	%rsi, %rdi
	mov	%rdx, %rsi
	mov	%rcx, %rdx
	mov	%r8, %r10
	mov	%r9, %r8
	mov	8(%rsp), %r9
	syscall
	cmp	$-4095, %rax
	jae	1f
	ret
1:	mov	%rax, %rdi
	jmp	ta_preload_error
	.cfi_endproc
	.size	syscall, . - syscall

	.section .note.GNU-stack, "", @progbits
