/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_TRACE_H
#define _TA_TRACE_H

#include "compat.h"
#include "op.h"
#include <trace/events/teachalloc.h>

#endif /* _TA_TRACE_H */
