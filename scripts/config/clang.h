/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Included first where clang builds against a kernel that gcc configured: what
 * that kernel may take from gcc and clang does not have.
 */
#undef CONFIG_CC_IS_GCC
#define CONFIG_CC_IS_CLANG 1
#undef CONFIG_CC_HAS_NAMED_AS
#undef CONFIG_USE_X86_SEG_SUPPORT
