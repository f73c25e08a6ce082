#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make bench [KERNEL=6.12]: ours against the kernel's own allocators in one boot,
# in instructions. Prints a table, writes build/bench.tsv.
#
# QEMU counts instructions, and lets a nanosecond of the guest be one of them: the
# figures repeat, on any machine. The kernel would also zero what it allocates
# (init_on_alloc), and we would not: off, for a like comparison.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

kernel=${1:-6.1}
log=$BUILD/logs/bench.log
programs=$BUILD/selftests
files=()

"$ROOT/scripts/setup.sh" programs
say "building the modules for $kernel"
kdir=$("$ROOT/scripts/kernel.sh" headers "$kernel")
"$ROOT/scripts/module.sh" "$kdir" "$BUILD/$kernel"
for module in teachalloc teachalloc_{bench,footprint,fragment,areas}; do
	files+=(--file "$BUILD/$kernel/$module.ko:$module.ko")
done

if [ -e "$ROOT/selftests/Makefile" ]; then
	mkdir -p "$programs"
	make -s -C "$ROOT/selftests" OUT="$programs" STATIC=1 \
		KSRC="$("$ROOT/scripts/kernel.sh" source 6.1)" \
		"$programs/bench_user" "$programs/timed"
	files+=(--file "$programs/bench_user:bin/bench_user")
fi

# measure LOG SCRIPT [vm.sh's options]: a boot in which instructions are counted
measure() {
	local log=$1 script=$2 status=0
	shift 2
	"$ROOT/scripts/vm.sh" --kernel "$kernel" --icount --timeout 1800 --log "$log" \
		--append "clocksource=tsc tsc=reliable init_on_alloc=0" \
		--init-script "$ROOT/scripts/guest/$script" "$@" || status=$?
	if [ $status != 0 ]; then
		tail -n 40 "$log" "$log.out" >&2
		say "the VM ended with $status; its log: $log"
	fi
	return $status
}

# programs that go into their VM with all that they need
measure_programs() {
	local tool libjemalloc needed files=()
	make -s -C "$ROOT/tools" OUT="$BUILD/tools"
	for tool in teachalloc libteachalloc-{dispatch,preload}.so; do
		files+=(--file "$BUILD/tools/$tool:bin/$tool")
	done
	libjemalloc=$(PATH=$PATH:/sbin ldconfig -p | sed -n 's/.*libjemalloc.so.2 .*=> //p')
	needed=$(with_libraries "${libjemalloc%%$'\n'*}" sqlite3 redis-server \
		redis-benchmark redis-cli)
	mapfile -t -O ${#files[@]} files <<<"$needed"
	measure "$log.programs" bench_programs "${files[@]}" \
		--file "$programs/timed:bin/timed" \
		--file "$BUILD/$kernel/teachalloc.ko:teachalloc.ko" \
		--file "$ROOT/selftests/programs/people.sql:people.sql"
}

say "measuring (some minutes)"
status=0
measure "$log" bench "${files[@]}" || status=$?
measure_programs || status=$?
[ -e "$log" ] || exit $status
python3 "$ROOT/scripts/bench.py" "$ROOT/scripts/bench-goals.tsv" \
	"$BUILD/bench.tsv" "$log" "$log.out" "$log.programs.out"
python3 "$ROOT/scripts/plot_areas.py" "$log" "$BUILD/vmalloc-areas.svg"
exit $status
