// SPDX-License-Identifier: GPL-2.0
/*
 * The settings, from the environment that the program was started with.
 *
 * It is read from /proc/self/environ, since the core may run before the C library
 * knows where the environment is; and once, at the first call, since programs
 * write over it. Two threads that read it at once write the same.
 *
 * Context: any, see redirect.h.
 */
#include <fcntl.h>
#include <stddef.h>

#include "raw.h"
#include "settings.h"

static struct ta_settings settings;
static bool known;

/* A variable, NAME=value, as far as it has been read. */
struct variable {
	char bytes[sizeof(settings.summary) + 32];
	size_t len;
};

/* The value of the variable if it has this name, or NULL. */
static const char *value_of(const struct variable *variable, const char *name)
{
	const char *c = variable->bytes;

	for (; *name; name++, c++)
		if (*c != *name)
			return NULL;
	return *c == '=' ? c + 1 : NULL;
}

static bool is_on(const char *value)
{
	return *value && !(value[0] == '0' && !value[1]);
}

static void take_variable(const struct variable *variable)
{
	const char *value;
	size_t i;

	value = value_of(variable, "TEACHALLOC_VERBOSE");
	if (value)
		settings.verbose = is_on(value);
	value = value_of(variable, "TEACHALLOC_STRICT");
	if (value)
		settings.strict = is_on(value);
	value = value_of(variable, "TEACHALLOC_SUMMARY");
	for (i = 0; value && i < sizeof(settings.summary) - 1 && value[i]; i++)
		settings.summary[i] = value[i];
}

/* One more character; what is too long is none of ours. */
static void take(struct variable *variable, char c)
{
	if (variable->len < sizeof(variable->bytes))
		variable->bytes[variable->len++] = c;
	if (c)
		return;
	if (!variable->bytes[variable->len - 1])
		take_variable(variable);
	variable->len = 0;
}

static void read_environment(void)
{
	static const char path[] = "/proc/self/environ";
	int fd = ta_raw6(SYS_openat, AT_FDCWD, (long)path,
			 O_RDONLY | O_CLOEXEC, 0, 0, 0);
	struct variable variable;
	char bytes[512];
	long i, nr;

	variable.len = 0;
	if (fd < 0)
		return;
	while ((nr = ta_raw3(SYS_read, fd, (long)bytes, sizeof(bytes))) > 0)
		for (i = 0; i < nr; i++)
			take(&variable, bytes[i]);
	ta_raw1(SYS_close, fd);
}

/**
 * ta_settings() - tell what the environment says
 *
 * Return: the settings, which do not change any more.
 */
const struct ta_settings *ta_settings(void)
{
	if (!__atomic_load_n(&known, __ATOMIC_ACQUIRE)) {
		read_environment();
		__atomic_store_n(&known, true, __ATOMIC_RELEASE);
	}
	return &settings;
}
