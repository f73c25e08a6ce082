# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What the tests of whole programs share. Sourced, in the folder of the programs.
#
# A program runs once as it is, and then with its memory in the pool, in each of
# several ways. What it prints and how it ends must be the same; what was redirected
# must be told by the client's own counters, or a way that does nothing would look as
# good; and then all pages must be back.

set -u

# Every way, or every day's. What preloading does is tested by preload_allocators, too.
ways=${ways-dispatch}
[ ! -e full ] || ways="dispatch jemalloc mimalloc tcmalloc"

plain_out=/tmp/plain.out plain_now=/tmp/plain.now said=/tmp/said summary=/tmp/summary figures=/tmp/figures peak=/tmp/peak
nr=0

# How many tests there will be is not known: no plan. A script that breaks off ends
# with an error, which counts.
echo "TAP version 13"

# check NAME COMMAND...: one test; what the command prints is shown if it fails, what it
# found to tell people always
check() {
	local name=$1 verdict=ok
	shift
	nr=$((nr + 1))
	"$@" >$said 2>&1 || verdict="not ok"
	[ "$verdict" = ok ] || sed 's/^/# /' $said | tail -n 40
	echo "$verdict $nr $name"
	[ ! -e $figures ] || cat $figures
	rm -f $figures
}

# option WAY: what teachalloc run is told
option() {
	case $1 in
	dispatch) echo --dispatch ;;
	*) echo "--preload=$1" ;;
	esac
}

# look_at_pool: how many pages are free, in the variable of that name
look_at_pool() {
	local name kib
	while read -r name kib _; do
		[ "$name" != MemFree: ] || free=$((kib / 4))
	done </sys/kernel/debug/teachalloc/meminfo
}

free_pages() {
	local free
	look_at_pool
	echo "$free"
}

# watch_pool: note how many pages were taken at most, at one of ten moments a second.
# That is for processes that are killed, which say nothing of themselves.
watch_pool() {
	local free before most=0 never
	look_at_pool
	before=$free
	exec {never}<> <(:)
	while :; do
		look_at_pool
		if [ $((before - free)) -gt $most ]; then
			most=$((before - free))
			echo $most >$peak
		fi
		read -r -t 0.1 -u "$never"
	done
}

# through WAY COMMAND...: with its memory in the pool
through() {
	local way=$1 watcher status=0
	shift
	echo 0 >$peak
	watch_pool &
	watcher=$!
	teachalloc run "$(option "$way")" --summary=$summary -- "$@" || status=$?
	kill $watcher
	wait $watcher 2>/dev/null
	return $status
}

# settled NUMBER: so many pages are free again, or will be soon
settled() {
	local tries=50
	until [ "$(free_pages)" = "$1" ]; do
		tries=$((tries - 1))
		if [ $tries = 0 ]; then
			echo "of $1 free pages $(free_pages) are left"
			return 1
		fi
		sleep 0.1
	done
}

# redirected: the last program's memory was in the pool, as the client counted. One
# line for people, and for the table in the documentation.
redirected() {
	cat $summary
	awk -v name="$1" -v figures=$figures -v most="$(cat $peak)" '
		$1 ~ /^(mmap|brk|madvise|mremap)$/ {
			calls += $2; kib += $3; passed += $4; fell += $5
		}
		/largest client/ { faults = $5 }
		END {
			printf "# %s: %d calls redirected, %d KiB, %d faults, %d pages at most; %d passed on, %d fell back\n",
				name, calls, kib, faults, most, passed, fell >figures
			exit !(calls > 0 && kib > 0 && faults > 0)
		}' $summary
}

# as_plain NAME WAY COMMAND...: prints and ends as it did when it ran as it is
as_plain() {
	local name=$1 way=$2 pages status=0
	shift 2
	pages=$(free_pages)
	through "$way" "$@" >$plain_now 2>&1 </dev/null || status=$?
	echo "exit status $status" >>$plain_now
	diff -a $plain_out $plain_now | head -n 20
	cmp -s $plain_out $plain_now && redirected "$name $way" &&
		settled "$pages"
}

# same NAME COMMAND...: a test for each way
same() {
	local name=$1 way status=0
	shift
	"$@" >$plain_out 2>&1 </dev/null || status=$?
	echo "exit status $status" >>$plain_out
	check "${name}_alone" [ $status = 0 ]
	for way in $ways; do
		check "${name}_$way" as_plain "$name" "$way" "$@"
	done
}
