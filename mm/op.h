/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_OP_H
#define _TA_OP_H

#include <linux/types.h>

u64 ta_op_begin(u64 *before);
void ta_op_end(u64 before);
u64 ta_op_current(void);

#endif /* _TA_OP_H */
