/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _TA_HANDLE_H
#define _TA_HANDLE_H

#include "uspace.h"

/**
 * struct ta_handle_request - what a client wants for an experiment
 * @layer: an enum ta_layer of the ABI
 * @amount: in that layer's unit
 * @gfp: how hard to try
 */
struct ta_handle_request {
	u32 layer;
	u64 amount;
	gfp_t gfp;
};

int ta_handle_alloc(struct ta_client *client,
		    const struct ta_handle_request *request, u32 *id,
		    u64 *frame);
int ta_handle_free(struct ta_client *client, u32 id);
void ta_handle_free_all(struct ta_client *client);

#endif /* _TA_HANDLE_H */
