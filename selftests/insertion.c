// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of an insertion in which memory is refused: each request of the module's own
 * fails in turn, then one in so many, TA_FAIL_STEP (59), of those that follow.
 */
#include "kselftest_harness.h"

#include "ta_module.h"

FIXTURE(insertion) {
	int log;
};

FIXTURE_SETUP(insertion)
{
	self->log = ta_module_begin();
	ASSERT_TRUE(self->log >= 0 || !ta_module_can_insert());
}

FIXTURE_TEARDOWN(insertion)
{
	ta_module_end(self->log);
}

#define MANY	1000000

/* Of the module's first requests, without which it is nothing, let each fail. */
#define FIRST	100

/* Of the others, for debugfs most of them, one in so many, by chance */
static unsigned int step(struct ta_rand *rand)
{
	const char *given = getenv("TA_FAIL_STEP");
	unsigned int mean = given ? strtoul(given, NULL, 0) : 59;

	return 1 + ta_random(rand, 2 * mean - 1);
}

/* What an insertion asks for; with a bad parameter, before the module begins. */
static unsigned int nr_requests(const char *params)
{
	ta_fail_nth(MANY);
	if (!ta_module_insert(params))
		ta_module_drop();
	return MANY - ta_fail_end();
}

/* Either all is there, and goes again, or nothing. */
static void expect_all_or_nothing(struct __test_metadata *_metadata, int log,
				  int err)
{
	if (err) {
		EXPECT_TRUE(err == ENOMEM || err == EFAULT) {
			TH_LOG("errno %d", err);
		}
		EXPECT_EQ(-1, access(TA_DEVICE, F_OK));
		EXPECT_EQ(-1, ta_module_drop());
		EXPECT_EQ(ENOENT, errno);
	} else {
		EXPECT_EQ(0, ta_module_drop());
		EXPECT_TRUE(ta_module_returned(log));
	}
}

/*
 * From where the module begins: that the kernel's own part of an insertion does not
 * always work out well (it warns of a tracepoint's fields) is not ours to judge.
 */
TEST_F_TIMEOUT(insertion, h95_each_request_of_an_insertion_fails, 3000)
{
	struct ta_rand rand = ta_seed();
	unsigned int nth, nr = 0, refused = 0, before;
	bool failed = true;

	if (!ta_module_can_insert() || !ta_fail_ready())
		SKIP(return, "needs root, a kernel with fault injection and %s",
		     ta_module_file());
	before = nr_requests("vmalloc_fit=neither");
	for (nth = before + 1; failed;
	     nth += nth - before < FIRST ? 1 : step(&rand)) {
		int err;

		ta_fail_nth(nth);
		err = ta_module_insert("pool_mb=4") ? errno : 0;
		failed = !ta_fail_end();
		expect_all_or_nothing(_metadata, self->log, err);
		if (!_metadata->passed) {
			TH_LOG("when request %u failed", nth - before);
			break;
		}
		nr += failed;
		refused += !!err;
	}
	EXPECT_LT(0, refused);
	fprintf(stderr, "# %u of some %u requests failed, %u could not be done without\n",
		nr, nth - before, refused);
}

TEST_HARNESS_MAIN
