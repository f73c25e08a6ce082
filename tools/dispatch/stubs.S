/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What cannot be said in C: to change the stack, or to make a system call that
 * returns in two places.
 */
	.text

/*
 * Where the handler returns to. It is found by what its bytes are: unwinders know
 * a signal's frame by exactly these two instructions, if nothing else describes
 * the place; hence no .cfi here, and the nop, since they look one byte ahead of it.
 */
	nop
	.globl	ta_restorer
	.hidden	ta_restorer
	.type	ta_restorer, @function
	.p2align 4
ta_restorer:
	mov	$15, %rax		/* rt_sigreturn */
	syscall
	.size	ta_restorer, . - ta_restorer

/* ta_return_from(sp): return from the signal whose context is at sp. */
	.globl	ta_return_from
	.hidden	ta_return_from
	.type	ta_return_from, @function
ta_return_from:
	mov	%rdi, %rsp
	jmp	ta_restorer
	.size	ta_return_from, . - ta_return_from

/* The system call %rax with the arguments at \args. */
	.macro	call_with args
	mov	0(\args), %rdi
	mov	16(\args), %rdx
	mov	24(\args), %r10
	mov	32(\args), %r8
	mov	40(\args), %r9
	mov	8(\args), %rsi
	syscall
	.endm

/*
 * ta_call_keeping_stack(nr, args, save, top): a call whose child uses this stack,
 * while the parent waits. What is between here and @top, the child's return and the
 * program's further calls write over; so the parent puts it back. Between the call
 * and the last byte nothing is on the stack that is not there already.
 */
	.globl	ta_call_keeping_stack
	.hidden	ta_call_keeping_stack
	.type	ta_call_keeping_stack, @function
ta_call_keeping_stack:
	.cfi_startproc
	push	%rbx
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbx, 0
	push	%rbp
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset rbp, 0
	push	%r12
	.cfi_adjust_cfa_offset 8
	.cfi_rel_offset r12, 0
	mov	%rdi, %rax
	mov	%rsi, %r12		/* args */
	mov	%rdx, %rbx		/* save */
	mov	%rcx, %rbp
	sub	%rsp, %rbp		/* bytes */

	mov	%rsp, %rsi
	mov	%rbx, %rdi
	mov	%rbp, %rcx
	rep movsb
	call_with %r12
	test	%rax, %rax
	jz	1f
	mov	%rbx, %rsi
	mov	%rsp, %rdi
	mov	%rbp, %rcx
	rep movsb
1:
	pop	%r12
	.cfi_adjust_cfa_offset -8
	.cfi_restore r12
	pop	%rbp
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbp
	pop	%rbx
	.cfi_adjust_cfa_offset -8
	.cfi_restore rbx
	ret
	.cfi_endproc
	.size	ta_call_keeping_stack, . - ta_call_keeping_stack

/*
 * ta_call_with_child(nr, args): a call whose child begins on a stack of its own, on
 * which lies the context of a signal, for it to return from.
 */
	.globl	ta_call_with_child
	.hidden	ta_call_with_child
	.type	ta_call_with_child, @function
ta_call_with_child:
	.cfi_startproc
	mov	%rdi, %rax
	mov	%rsi, %r11
	call_with %r11
	test	%rax, %rax
	jz	1f
	ret
	.cfi_endproc
1:
	call	ta_child_begins
	jmp	ta_restorer
	.size	ta_call_with_child, . - ta_call_with_child

	.section .note.GNU-stack, "", @progbits
