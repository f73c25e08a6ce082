/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The system calls that are made in another way, one function each; redirect.c
 * calls them.
 */
#ifndef TA_SHIM_TRANSLATE_H
#define TA_SHIM_TRANSLATE_H

/* break.c */
long ta_translate_brk(long addr);

/* range.c */
long ta_translate_madvise(unsigned long addr, unsigned long len, int advice);
long ta_translate_mremap(unsigned long old, unsigned long old_len,
			 unsigned long len, long flags, unsigned long to);
long ta_translate_mincore(unsigned long addr, unsigned long len,
			  unsigned char *vec);

/* client.c: for the program its descriptor is not there */
long ta_translate_close(int fd);
long ta_translate_close_range(unsigned int first, unsigned int last, int flags);
long ta_translate_dup(long nr, int from, int to, int flags);

#endif /* TA_SHIM_TRANSLATE_H */
