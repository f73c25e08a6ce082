// SPDX-License-Identifier: GPL-2.0
/*
 * Runs the suites and prints KTAP.
 *
 *	core-asan [SUITE[.CASE]]	only those whose name begins so
 *
 * A case fails if one of its checks does, if it warns, or if the host misses
 * memory after it.
 */
#include <kunit/test.h>
#include <linux/string.h>

static struct kunit_suite *suites;

struct resource {
	struct list_head list;
	unsigned long long data[];
};

/* By name, so that the order does not depend on the linker. */
void host_add_suite(struct kunit_suite *suite)
{
	struct kunit_suite **at = &suites;

	while (*at && strcmp((*at)->name, suite->name) < 0)
		at = &(*at)->next;
	suite->next = *at;
	*at = suite;
}

void host_fail(struct kunit *test, const char *file, int line, bool fatal,
	       const char *fmt, ...)
{
	va_list args;

	__atomic_store_n(&test->failed, true, __ATOMIC_RELAXED);
	printf("    # %s: FAILED at %s:%d: ", test->name, file, line);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	if (fatal)
		longjmp(test->abort, 1);
}

void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp)
{
	struct resource *r = kmalloc(sizeof(*r) + size, gfp);

	if (!r)
		return NULL;
	list_add(&r->list, &test->resources);
	return r->data;
}

static void free_resources(struct kunit *test)
{
	struct resource *r, *next;

	list_for_each_entry_safe(r, next, &test->resources, list)
		kfree(r);
}

static void run_body(struct kunit_suite *suite, struct kunit_case *c,
		     struct kunit *test)
{
	if (!setjmp(test->abort) && (!suite->init || !suite->init(test)))
		c->run_case(test);
	if (suite->exit && !setjmp(test->abort))
		suite->exit(test);
	free_resources(test);
}

static bool run_one(struct kunit_suite *suite, struct kunit_case *c,
		    struct kunit *test)
{
	unsigned long warnings = host_warnings();

	test->failed = false;
	INIT_LIST_HEAD(&test->resources);
	run_body(suite, c, test);
	if (host_warnings() != warnings)
		host_fail(test, __FILE__, __LINE__, false, "it warned");
	if (host_leaked_pages() || host_leaked_objects())
		host_fail(test, __FILE__, __LINE__, false,
			  "the host misses %lu pages, %ld objects",
			  host_leaked_pages(), host_leaked_objects());
	return !test->failed;
}

static void print_result(const char *indent, bool ok, int nr, const char *name,
			 const struct kunit *test)
{
	printf("%s%sok %d %s%s%s\n", indent, ok ? "" : "not ", nr, name,
	       test->skipped ? " # SKIP " : "", test->status_comment);
	fflush(stdout);
}

/* A line each; the case as a whole is skipped only if all of them are. */
static bool run_params(struct kunit_suite *suite, struct kunit_case *c,
		       struct kunit *test)
{
	char desc[KUNIT_PARAM_DESC_SIZE] = "";
	const void *param = NULL;
	bool ok = true, skipped = true;

	printf("        KTAP version 1\n        # Subtest: %s\n", c->name);
	while ((param = c->generate_params(param, desc))) {
		bool this_ok;

		test->param_value = param;
		test->skipped = false;
		test->status_comment[0] = 0;
		this_ok = run_one(suite, c, test);
		print_result("        ", this_ok, ++test->param_index, desc,
			     test);
		ok &= this_ok;
		skipped &= test->skipped;
	}
	test->skipped = skipped;
	if (!skipped)
		test->status_comment[0] = 0;
	return ok;
}

static bool run_case(struct kunit_suite *suite, struct kunit_case *c, int nr)
{
	struct kunit test = { .name = c->name };
	bool ok = c->generate_params ? run_params(suite, c, &test) :
				       run_one(suite, c, &test);

	print_result("    ", ok, nr, c->name, &test);
	return ok;
}

static bool wanted(const char *suite, const char *c, const char *filter)
{
	char name[256];

	snprintf(name, sizeof(name), "%s.%s", suite, c);
	return !filter || !strncmp(name, filter, strlen(filter));
}

static int count(struct kunit_suite *suite, const char *filter)
{
	struct kunit_case *c;
	int nr = 0;

	for (c = suite->test_cases; c->run_case; c++)
		nr += wanted(suite->name, c->name, filter);
	return nr;
}

static bool run_suite(struct kunit_suite *suite, const char *filter)
{
	struct kunit_case *c;
	bool ok = true;
	int nr = 0;

	printf("    KTAP version 1\n    # Subtest: %s\n    1..%d\n",
	       suite->name, count(suite, filter));
	if (suite->suite_init)
		suite->suite_init(suite);
	for (c = suite->test_cases; c->run_case; c++)
		if (wanted(suite->name, c->name, filter))
			ok &= run_case(suite, c, ++nr);
	if (suite->suite_exit)
		suite->suite_exit(suite);
	return ok;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : NULL;
	struct kunit_suite *suite;
	bool ok, all_ok = true;
	int nr = 0;

	for (suite = suites; suite; suite = suite->next)
		nr += count(suite, filter) > 0;
	printf("KTAP version 1\n1..%d\n", nr);
	for (nr = 0, suite = suites; suite; suite = suite->next) {
		if (!count(suite, filter))
			continue;
		ok = run_suite(suite, filter);
		printf("%sok %d %s\n", ok ? "" : "not ", ++nr, suite->name);
		all_ok &= ok;
	}
	return all_ok && nr ? 0 : 1;
}
