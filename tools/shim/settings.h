/* SPDX-License-Identifier: GPL-2.0 */
#ifndef TA_SHIM_SETTINGS_H
#define TA_SHIM_SETTINGS_H

#include <stdbool.h>

/**
 * struct ta_settings - what the environment says
 * @verbose: TEACHALLOC_VERBOSE: say on stderr if there is no device
 * @strict: TEACHALLOC_STRICT: what the service refuses is refused
 * @summary: TEACHALLOC_SUMMARY: a descriptor's number or a file's path, or ""
 */
struct ta_settings {
	bool verbose;
	bool strict;
	char summary[256];
};

const struct ta_settings *ta_settings(void);

#endif /* TA_SHIM_SETTINGS_H */
