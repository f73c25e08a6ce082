/* SPDX-License-Identifier: GPL-2.0 */
/*
 * As much of KUnit as the core's tests use, so that the same files run here.
 * A suite registers itself before main(), which prints KTAP.
 */
#ifndef _KUNIT_TEST_H
#define _KUNIT_TEST_H

#include <host.h>
#include <setjmp.h>

#define KUNIT_PARAM_DESC_SIZE	128

struct kunit_suite;

struct kunit {
	const char *name;
	void *priv;
	const void *param_value;
	int param_index;
	bool failed;
	bool skipped;
	char status_comment[256];
	jmp_buf abort;
	struct list_head resources;
};

struct kunit_case {
	void (*run_case)(struct kunit *test);
	const char *name;
	const void *(*generate_params)(const void *prev, char *desc);
};

struct kunit_suite {
	const char *name;
	int (*suite_init)(struct kunit_suite *suite);
	void (*suite_exit)(struct kunit_suite *suite);
	int (*init)(struct kunit *test);
	void (*exit)(struct kunit *test);
	struct kunit_case *test_cases;
	struct kunit_suite *next;
};

void host_add_suite(struct kunit_suite *suite);
void host_fail(struct kunit *test, const char *file, int line, bool fatal,
	       const char *fmt, ...) __printf(5, 6);
void *kunit_kmalloc(struct kunit *test, size_t size, gfp_t gfp);
#define kunit_kzalloc(test, size, gfp) \
	kunit_kmalloc(test, size, (gfp) | __GFP_ZERO)
#define kunit_kcalloc(test, n, size, gfp) \
	kunit_kzalloc(test, array_size(n, size), gfp)
#define kunit_kmalloc_array(test, n, size, gfp) \
	kunit_kmalloc(test, array_size(n, size), gfp)

#define KUNIT_CASE(fn)		{ .run_case = fn, .name = #fn }
#define KUNIT_CASE_SLOW(fn)	KUNIT_CASE(fn)
#define KUNIT_CASE_PARAM(fn, gen) \
	{ .run_case = fn, .name = #fn, .generate_params = gen }
#define KUNIT_ARRAY_PARAM(pname, array, get_desc)			\
	static const void *pname##_gen_params(const void *prev, char *desc) \
	{								\
		typeof((array)[0]) *next = prev ?			\
			((typeof(next))prev) + 1 : (array);		\
		void (*describe)(typeof(next), char *) = get_desc;	\
		if (next - (array) >= (long)ARRAY_SIZE(array))		\
			return NULL;					\
		if (describe)						\
			describe(next, desc);				\
		return next;						\
	}

#define kunit_test_suite(suite)						\
	static void __attribute__((constructor)) suite##_register(void)	\
	{								\
		host_add_suite(&suite);					\
	}


#define kunit_info(test, fmt, ...)					\
	printf("    # %s: " fmt "\n", (test)->name, ##__VA_ARGS__)
#define kunit_warn		kunit_info
#define kunit_err		kunit_info
#define kunit_skip(test, fmt, ...) do {					\
	(test)->skipped = true;						\
	snprintf((test)->status_comment, sizeof((test)->status_comment), \
		 fmt, ##__VA_ARGS__);					\
	longjmp((test)->abort, 1);					\
} while (0)

#define HOST_CHECK(test, fatal, cond, fmt, ...) do {			\
	if (!(cond))							\
		host_fail(test, __FILE__, __LINE__, fatal, fmt,		\
			  ##__VA_ARGS__);				\
} while (0)
#define HOST_COMPARE(test, fatal, a, op, b) do {			\
	__auto_type __a = (a);						\
	__auto_type __b = (b);						\
	HOST_CHECK(test, fatal, __a op __b, "%s " #op " %s: %lld, %lld",	\
		   #a, #b, (long long)__a, (long long)__b);		\
} while (0)
#define HOST_POINTERS(test, fatal, a, op, b)				\
	HOST_CHECK(test, fatal, (const void *)(a) op (const void *)(b),	\
		   "%s " #op " %s: %p, %p", #a, #b, (const void *)(a),	\
		   (const void *)(b))

#define KUNIT_FAIL(test, fmt, ...) \
	host_fail(test, __FILE__, __LINE__, false, fmt, ##__VA_ARGS__)

#define KUNIT_EXPECT_TRUE(t, c)		HOST_CHECK(t, false, c, "%s", #c)
#define KUNIT_EXPECT_FALSE(t, c)	HOST_CHECK(t, false, !(c), "!(%s)", #c)
#define KUNIT_EXPECT_EQ(t, a, b)	HOST_COMPARE(t, false, a, ==, b)
#define KUNIT_EXPECT_NE(t, a, b)	HOST_COMPARE(t, false, a, !=, b)
#define KUNIT_EXPECT_LT(t, a, b)	HOST_COMPARE(t, false, a, <, b)
#define KUNIT_EXPECT_LE(t, a, b)	HOST_COMPARE(t, false, a, <=, b)
#define KUNIT_EXPECT_GT(t, a, b)	HOST_COMPARE(t, false, a, >, b)
#define KUNIT_EXPECT_GE(t, a, b)	HOST_COMPARE(t, false, a, >=, b)
#define KUNIT_EXPECT_PTR_EQ(t, a, b)	HOST_POINTERS(t, false, a, ==, b)
#define KUNIT_EXPECT_PTR_NE(t, a, b)	HOST_POINTERS(t, false, a, !=, b)
#define KUNIT_EXPECT_NULL(t, a)		HOST_POINTERS(t, false, a, ==, NULL)
#define KUNIT_EXPECT_NOT_NULL(t, a)	HOST_POINTERS(t, false, a, !=, NULL)
#define KUNIT_EXPECT_STREQ(t, a, b) \
	HOST_CHECK(t, false, !strcmp(a, b), "%s == %s", #a, #b)

#define KUNIT_ASSERT_TRUE(t, c)		HOST_CHECK(t, true, c, "%s", #c)
#define KUNIT_ASSERT_FALSE(t, c)	HOST_CHECK(t, true, !(c), "!(%s)", #c)
#define KUNIT_ASSERT_EQ(t, a, b)	HOST_COMPARE(t, true, a, ==, b)
#define KUNIT_ASSERT_NE(t, a, b)	HOST_COMPARE(t, true, a, !=, b)
#define KUNIT_ASSERT_LT(t, a, b)	HOST_COMPARE(t, true, a, <, b)
#define KUNIT_ASSERT_LE(t, a, b)	HOST_COMPARE(t, true, a, <=, b)
#define KUNIT_ASSERT_GT(t, a, b)	HOST_COMPARE(t, true, a, >, b)
#define KUNIT_ASSERT_GE(t, a, b)	HOST_COMPARE(t, true, a, >=, b)
#define KUNIT_ASSERT_PTR_EQ(t, a, b)	HOST_POINTERS(t, true, a, ==, b)
#define KUNIT_ASSERT_PTR_NE(t, a, b)	HOST_POINTERS(t, true, a, !=, b)
#define KUNIT_ASSERT_NULL(t, a)		HOST_POINTERS(t, true, a, ==, NULL)
#define KUNIT_ASSERT_NOT_NULL(t, a)	HOST_POINTERS(t, true, a, !=, NULL)
#define KUNIT_ASSERT_NOT_ERR_OR_NULL(t, a) \
	HOST_CHECK(t, true, !IS_ERR_OR_NULL(a), "%s", #a)

/* The same with a message of the test's own in place of the values. */
#define KUNIT_EXPECT_TRUE_MSG(t, c, ...)	HOST_CHECK(t, false, c, __VA_ARGS__)
#define KUNIT_EXPECT_FALSE_MSG(t, c, ...)	HOST_CHECK(t, false, !(c), __VA_ARGS__)
#define KUNIT_EXPECT_EQ_MSG(t, a, b, ...)	HOST_CHECK(t, false, (a) == (b), __VA_ARGS__)
#define KUNIT_EXPECT_NE_MSG(t, a, b, ...)	HOST_CHECK(t, false, (a) != (b), __VA_ARGS__)
#define KUNIT_EXPECT_PTR_EQ_MSG(t, a, b, ...)	HOST_CHECK(t, false, (a) == (b), __VA_ARGS__)
#define KUNIT_EXPECT_NOT_NULL_MSG(t, a, ...)	HOST_CHECK(t, false, (a), __VA_ARGS__)
#define KUNIT_EXPECT_NULL_MSG(t, a, ...)	HOST_CHECK(t, false, !(a), __VA_ARGS__)
#define KUNIT_ASSERT_TRUE_MSG(t, c, ...)	HOST_CHECK(t, true, c, __VA_ARGS__)
#define KUNIT_ASSERT_FALSE_MSG(t, c, ...)	HOST_CHECK(t, true, !(c), __VA_ARGS__)
#define KUNIT_ASSERT_EQ_MSG(t, a, b, ...)	HOST_CHECK(t, true, (a) == (b), __VA_ARGS__)
#define KUNIT_ASSERT_NE_MSG(t, a, b, ...)	HOST_CHECK(t, true, (a) != (b), __VA_ARGS__)
#define KUNIT_ASSERT_NOT_NULL_MSG(t, a, ...)	HOST_CHECK(t, true, (a), __VA_ARGS__)

#endif /* _KUNIT_TEST_H */
