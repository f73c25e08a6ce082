#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# Run the built tests on this machine, where the module is inserted.
#
#	run.sh FOLDER [test...]
#
# Ends with one line of sums; exit status 0: all passed, 1: not, 4: no device.

out=$1
shift
cd "$out" || exit 1

if [ ! -e /dev/teachalloc ]; then
	echo "1..0 # SKIP no /dev/teachalloc: insert the module first"
	exit 4
fi

wanted() {
	[ $# -eq 1 ] && return
	name=$1
	shift
	case " $* " in *" $name "*) ;; *) false ;; esac
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
while read -r name limit; do
	wanted "$name" "$@" || continue
	echo "# $name"
	timeout "${limit:-60}" "./$name" 2>&1
	case $? in
	0 | 1 | 4) ;;
	*) echo "not ok - $name did not end by itself" ;;
	esac
done <list | tee "$log"

passed=$(grep -v '# SKIP' "$log" | grep -c '^ok ')
failed=$(grep -c '^not ok ' "$log")
skipped=$(grep -c '^ok .*# SKIP' "$log")
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
