// SPDX-License-Identifier: GPL-2.0
/*
 * 13: What the compiler does for kmalloc
 *
 * Which of its caches serves a request, kmalloc must find out from the size. If the size
 * is a constant in the source, the compiler can do that, and what is left at run time is
 * the allocation from a known cache. If it is not, somebody looks into a table.
 *
 * How much is that worth? The lab has the module's benchmark measure kmalloc(64) and
 * its free twice: with the 64 in the source, and with a 64 of which the compiler
 * was made to know nothing.
 *
 * Claim: A constant size picks its cache at compile time.
 * Verdict: right, and of little use
 * So: What it saves is a look into a table: a few instructions of a hundred.
 */
#include "bench.h"
#include "lab.h"

int main(int argc, char **argv)
{
	struct bench constant, unknown;
	long least, most;

	lab_begin(argc, argv, "What the compiler does for kmalloc");
	lab_step("kmalloc and kfree, of a size the compiler knows, and of one it does not",
		 "The second one is a little dearer, on both sides.");
	lab_did("insmod teachalloc_bench.ko only=\"kmalloc_64 kmalloc_unknown\"");
	bench_run("kmalloc_64 kmalloc_unknown");
	bench_get("kmalloc_64", &constant);
	bench_get("kmalloc_unknown", &unknown);
	bench_tell("a constant 64", &constant);
	bench_tell("a 64 known at run time", &unknown);
	least = bench_exact() ? 0 : -300;
	most = bench_exact() ? 30 : 90;
	expect_within("what a constant saves, the kernel's, in percent",
		      (unknown.host - constant.host) * 100 / unknown.host,
		      least, most);
	expect_within("what a constant saves, ours, in percent",
		      (unknown.ours - constant.ours) * 100 / unknown.ours,
		      least, most);
	return lab_end();
}
