// SPDX-License-Identifier: GPL-2.0
/* There are no page tables here: pages are mapped in software alone. */
#include <ptmap.h>

const struct ta_ptmap_ops ta_ptmap_window = { .name = "window" };
const struct ta_ptmap_ops ta_ptmap_vmap = { .name = "vmap" };

const struct ta_ptmap_ops *ta_ptmap_default(void)
{
	return &ta_ptmap_soft;
}
