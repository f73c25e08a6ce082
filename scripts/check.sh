#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make check [T="..."]: every test, or those named, two jobs at a time; ends with
# one line, "N passed, N failed[, N skipped]".
#
# T names parts (host lint tour labs kunit stock user programs vmalloc misuse phys slab
# torture), jobs (kunit-A, stock-6.12), KUnit suites (teachalloc_buddy) or programs of
# selftests/. KUnit of 6.1 cannot choose a suite in a module: all of them run, and
# only those named count.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# the short ones first: a mistake in the source shows in a minute
ALL="host lint stock-6.1 tour labs-6.1 kunit-kunit stock-6.12"
ALL+=" programs-6.1 vmalloc-6.1 vmalloc-6.12 misuse-6.1 phys-6.1 slab-6.1 torture-6.1 user-A user-D kunit-B kunit-A kunit-D"
logs=$BUILD/logs

jobs_of() {
	tr ' ' '\n' <<<"$ALL" | grep -E "$1" | tr '\n' ' '
}

is_suite() {
	grep -rqsE "\.name = \"$1\"" "$ROOT/mm/tests"
}

is_program() {
	compgen -G "$ROOT/selftests/$1.*" >/dev/null ||
		grep -qsw -- "$1" "$ROOT/selftests/Makefile"
}

# does it need the userland of a Debian system?
is_of_debian() {
	sed -n '/^limits_programs/,/^$/p' "$ROOT/selftests/Makefile" |
		grep -qw -- "$1:[0-9]*"
}

jobs='' only=''
# shellcheck disable=SC2048	# words are what is wanted
for word in ${*//,/ }; do
	case $word in
	host | lint | tour | kunit-? | kunit-kunit | stock-* | user-* | programs-* | vmalloc-* | misuse-* | phys-* | slab-* | torture-* | differ-* | labs-*) jobs+="$word " ;;
	kunit | stock | user | programs | vmalloc | misuse | phys | slab | torture | labs) jobs+=$(jobs_of "^$word-") ;;
	*)
		only+=,$word
		if is_suite "$word"; then
			jobs+=$(jobs_of "^host|^kunit-")
		elif is_of_debian "$word"; then
			jobs+=$(jobs_of "^programs-")
		elif is_program "$word"; then
			jobs+=$(jobs_of "^stock-")
		else
			die "no part, job, suite or program $word"
		fi
		;;
	esac
done
export TA_ONLY=${only#,}
jobs=$(tr ' ' '\n' <<<"${jobs:-$ALL}" | awk 'NF && !seen[$0]++')

mapfile -t groups < <(grep -owE 'lint|programs' <<<"$jobs" | sort -u)
if ! "$ROOT/scripts/setup.sh" "${groups[@]}"; then
	echo "0 passed, 1 failed"
	exit 1
fi
rm -rf "$logs"
mkdir -p "$logs"
echo "$jobs" | xargs -P 2 -n 1 "$ROOT/scripts/check_job.sh" || true

# a job that was killed has not had its last word
for job in $jobs; do
	[ -e "$logs/$job.done" ] ||
		printf 'fail\t%s\tthe job did not end\n' "$job" >>"$logs/$job.results"
done

count() {
	cat "$logs"/*.results | grep -c "^$1" || true
}

passed=$(count pass) failed=$(count fail) skipped=$(count skip)
line="$passed passed, $failed failed"
[ "$skipped" = 0 ] || line+=", $skipped skipped"
say "the end"
echo
cat "$logs"/*.results | sed -nE 's/^fail\t/FAILED: /p; s/^said\t[^\t]*\t/\t/p'
echo "$line"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
