/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_OVERCOMMIT_H
#define _TA_OVERCOMMIT_H

#include "uspace.h"

void ta_overcommit_init(struct ta_overcommit *overcommit);
unsigned long ta_overcommit_limit(struct ta_users *users);
unsigned long ta_overcommit_committed(struct ta_users *users);
bool ta_overcommit_begin(struct ta_client *client, unsigned long nr_pages,
			 bool noreserve, bool *counted);
int ta_overcommit_protect(struct vm_area_struct *vma, unsigned long start,
			  unsigned long end, unsigned long newflags);
void ta_overcommit_end(struct ta_client *client, bool counted);

#endif /* _TA_OVERCOMMIT_H */
