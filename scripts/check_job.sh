#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# One job of "make check": run it, leave its results in build/logs/JOB.results
# (ktap.py's lines), and tell how it went.
#
#	check_job.sh JOB	host, lint, tour, or
#				{kunit,stock,user,programs,vmalloc,misuse,phys,slab,
#				torture,differ,labs}-KERNEL
#
# TA_ONLY: names of suites or programs, with commas; only these count.
# TA_LAYERS, TA_OPS: what to torture (all), and with how many operations
# (200000: short enough for every day).

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

job=$1
only=${TA_ONLY-}
logs=$BUILD/logs
log=$logs/$job.log
results=$logs/$job.results

results_of() {
	"$ROOT/scripts/ktap.py" "$job" ${only:+--only "$only"}
}

verdict() {
	printf '%s\t%s\t%s\n' "$1" "$job" "$2" >>"$results"
}

# modules KERNEL: build them for it, print the folder.
modules() {
	local kdir out=$BUILD/$1
	kdir=$("$ROOT/scripts/kernel.sh" headers "$1")
	"$ROOT/scripts/module.sh" "$kdir" "$out" >&2
	echo "$out"
}

# boot KERNEL SCRIPT [vm.sh's options]: a VM that ends as it should and whose
# log holds nothing bad.
boot() {
	local kernel=$1 script=$2 status=0
	shift 2

	# A kernel that looks for mistakes takes its time; its first program, and
	# all others, find this in their environment.
	case $kernel in [A-Z]) set -- --append TA_PATIENCE=4 "$@" ;; esac
	# KCSAN also reports races of the kernel's own: go on after those. And
	# it looks at one access in 4000, too few for short tests.
	if [ "$kernel" != C ]; then
		set -- --append panic_on_warn=1 "$@"
	elif [ -z "${TA_OPS-}" ]; then
		set -- --append kcsan.skip_watch=200 "$@"
	fi
	"$ROOT/scripts/vm.sh" --kernel "$kernel" --log "$log" \
		--init-script "$ROOT/scripts/guest/$script" "$@" || status=$?
	case $status in
	0) ;;
	124) verdict fail "the VM hung; its log: $log" ;;
	125) verdict fail "the VM died; its log: $log" ;;
	*) verdict fail "the VM's script ended with $status; its log: $log" ;;
	esac
	[ $status = 0 ] || tail -n 40 "$log" || true
}

scan() {
	if ! "$ROOT/scripts/klog.py" "$@" "$log"; then
		verdict fail "the kernel's log: $log"
	fi
}

host() {
	# its own exit status says no more than its results
	make -s -C "$ROOT/selftests/host" CC="$(cached gcc)" check >"$log" 2>&1 ||
		echo "not ok make" >>"$log"
	make -s -C "$ROOT/tools" OUT="$BUILD/tools" check >>"$log" 2>&1 ||
		echo "not ok make_tools" >>"$log"
	results_of <"$log" >>"$results"
	! grep -q ^fail "$results" || tail -n 60 "$log"
}

lint() {
	"$ROOT/scripts/lint.sh" >"$log" 2>&1 || true
	results_of <"$log" >>"$results"
	! grep -q ^fail "$results" || cat "$log"
}

kunit() {
	local out
	out=$(modules "$1")
	boot "$1" kunit --timeout 900 --file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$out/teachalloc_kunit.ko:teachalloc_kunit.ko"
	# the suites are in the kernel's log, the rest in the script's output
	results_of <"$log" >>"$results"
	[ -z "$only" ] || only+=,insmod_teachalloc,rmmod_teachalloc,kmemleak
	results_of <"$log.out" >>"$results"
	[ -s "$log" ] || verdict fail "no output"
	grep -qE '^\[[^]]*\] +# Subtest: ' "$log" || verdict fail "no suite ran"
	scan --misuse-expected
}

# selftests: build the programs once for all kernels, print the folder.
selftests() {
	local out=$BUILD/selftests
	mkdir -p "$out"
	(
		flock 9
		make -s -C "$ROOT/selftests" OUT="$out" STATIC=1 \
			KSRC="$("$ROOT/scripts/kernel.sh" source 6.1)" >&2
	) 9>"$BUILD/.selftests.lock"
	echo "$out"
}

stock() {
	local out programs tests=$logs/$job.tests machine=() longest=1800
	out=$(modules "$1")
	programs=$(selftests)
	rm -rf "$tests"
	cp -r "$programs" "$tests"
	if [ -n "$only" ]; then
		grep -wE "${only//,/|}" "$programs/list" >"$tests/list" || true
	elif [ "$1" = 6.12 ]; then
		# what hardly asks the kernel for anything is seen on 6.1 every day
		sed -i -E '/^(command|reload) /d' "$tests/list"
	fi
	[ -z "${args-}" ] || sed -i "s/ .*/ $limit $args/" "$tests/list"
	# a disk, which the debug kernels have not; and two nodes for who can pretend
	case $1 in
	*-full) machine=(--kmod brd --append numa=fake=2) ;;
	6.*) machine=(--kmod brd) ;;
	*) longest=7200 ;;
	esac
	boot "$1" stock --timeout "${limit:-$longest}" "${machine[@]}" --file "$tests:tests" \
		--file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$out/samples/teachalloc_hello.ko:teachalloc_hello.ko"
	only='' results_of <"$log.out" >>"$results"
	rm -r "$tests"
	! grep -q ^fail "$results" || tail -n 40 "$log.out"
	scan
}

# what uses a process's memory most, on a kernel that looks for mistakes; on the
# one where requests for memory can fail, what has them fail
user() {
	local programs=advise,fork,hostile,mremap,pins,race,zero
	[ "$1" != D ] || programs=failing,failnth,insertion
	only=${only:-$programs} stock "$1"
}

# Programs of Debian's on our memory, in the userland of this machine; programs-full
# takes them further. Of a kernel only the ordinary flavour has what it takes.
programs() {
	local kernel=${1/full/6.1}-full out folder=$logs/$job.programs
	out=$(modules "$kernel")
	make -s -C "$ROOT/tools" OUT="$BUILD/tools"
	make -s -C "$ROOT/selftests" OUT="$BUILD/programs" programs \
		KSRC="$("$ROOT/scripts/kernel.sh" source 6.1)"
	rm -rf "$folder"
	cp -r "$BUILD/programs" "$folder"
	[ "$1" != full ] || touch "$folder/full"
	if [ -n "$only" ]; then
		grep -wE "${only//,/|}" "$BUILD/programs/list" |
			sed 's/ full$//' >"$folder/list" || true
	fi
	boot "$kernel" programs --share / --mem 2G --timeout 7200 \
		--file "$folder:programs" --file "$BUILD/tools:tools" \
		--file "$ROOT/tools:src/tools" --file "$ROOT/include:src/include" \
		--file "$out/teachalloc.ko:teachalloc.ko"
	only='' results_of <"$log.out" >>"$results"
	rm -r "$folder"
	! grep -q ^fail "$results" || tail -n 60 "$log.out"
	scan
}

vmalloc() {
	local out
	out=$(modules "$1")
	boot "$1" vmalloc --timeout 900 --mem 2G \
		--file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$out/teachalloc_test_vmalloc.ko:teachalloc_test_vmalloc.ko"
	results_of <"$log.out" >>"$results"
	! grep -q ^fail "$results" || tail -n 40 "$log.out"
	scan
}

# a pool of memory that the host left alone, and some programs on it
phys() {
	local out programs tests=$logs/$job.tests
	out=$(modules "$1")
	programs=$(selftests)
	rm -rf "$tests"
	cp -r "$programs" "$tests"
	grep -wE 'brk|edges|files|fork|hostile|lifetime|mmap|mremap|outside|pool' \
		"$programs/list" >"$tests/list"
	boot "$1" phys --timeout 900 --append "memmap=64M\$0x10000000" \
		--file "$tests:tests" --file "$out/teachalloc.ko:teachalloc.ko"
	results_of <"$log.out" >>"$results"
	rm -r "$tests"
	! grep -q ^fail "$results" || tail -n 40 "$log.out"
	scan
}

# the kernel's log is full of what the script expects
misuse() {
	local out
	out=$(modules "$1")
	boot "$1" misuse --file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$out/teachalloc_misuse.ko:teachalloc_misuse.ko"
	results_of <"$log.out" >>"$results"
	! grep -q ^fail "$results" || tail -n 40 "$log"
}

# what make run shows; its steps check themselves
tour() {
	if "$ROOT/scripts/run.sh" tour >"$log.out" 2>&1 </dev/null; then
		verdict pass tour
	else
		verdict fail tour
		tail -n 60 "$log.out"
	fi
	scan
}

# the experiments of the documentation, which check themselves
labs() {
	# its own exit status says no more than its results
	"$ROOT/scripts/labs.sh" --check >"$log.said" 2>&1 ||
		tail -n 20 "$log.said"
	results_of <"$log.out" >>"$results"
	! grep -q ^fail "$results" || tail -n 60 "$log.out"
	scan
}

# The layers there are: those that have a file of their own.
layers() {
	local file
	for file in "$ROOT"/mm/tests/torture_*.c; do
		file=${file##*/torture_}
		[ "$file" = main.c ] || echo "${file%.c}"
	done
}

# follow FILE SED: tell how far it is, by what sed makes of the file's lines, until
# this is killed.
follow() {
	local line
	tail -F -n +1 "$1" 2>/dev/null | sed -un "s/\r$//; $2" |
		while read -r line; do say "$job: $line"; done
}

# the same beside what comes next, and how to end it
begin_following() {
	: >"$1"
	setsid "$BASH" -c "$(declare -f say follow); job=\$0; follow \"\$@\"" "$job" "$@" &
	follower=$!
}

end_following() {
	[ -z "${follower-}" ] || kill -- "-$follower"
}

torture() {
	local out what=$logs/$job.layers follower
	out=$(modules "$1")
	echo "${TA_OPS:-200000} ${TA_LAYERS:-$(layers | xargs)}" >"$what"
	[ -z "${TA_OPS-}" ] || begin_following "$log" \
		's/.*torture: \(.*\( passed:\| FAILED:\|, and\) .*\)/\1/p'
	boot "$1" torture --timeout 10000 --file "$what:layers" \
		--file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$out/teachalloc_torture.ko:teachalloc_torture.ko"
	end_following
	results_of <"$log.out" >>"$results"
	! grep -q ^fail "$results" || tail -n 40 "$log"
	scan --misuse-expected
}

# the same on the service and on the kernel's own memory, as often as TA_DIFFER_OPS
# says, from the seed TA_SEED
differ() {
	local limit=10000 follower
	local args="--ops ${TA_DIFFER_OPS:-1000000} --seed ${TA_SEED:-$(date +%s%3N)}"

	say "$job: $args"
	begin_following "$log.out" 's/^# \([0-9]* operations\)$/\1/p'
	only=differ stock "$1"
	end_following
}

# mistakes with objects, and slabtop, of Debian's package
slab() {
	local out procps
	out=$(modules "$1")
	procps=$("$ROOT/scripts/kernel.sh" procps)
	boot "$1" slab --file "$out/teachalloc.ko:teachalloc.ko" \
		--file "$procps:procps" \
		--file "$out/teachalloc_misuse_slab.ko:teachalloc_misuse_slab.ko" \
		--file "$out/samples/teachalloc_hello.ko:teachalloc_hello.ko"
	results_of <"$log.out" >>"$results"
	! grep -q ^fail "$results" || tail -n 60 "$log.out"
}

mkdir -p "$logs"
: >"$results"
say "$job: begins"
trap '[ $? = 0 ] || verdict fail "the job itself broke"' EXIT
case $job in
host | lint | tour) $job ;;
kunit-* | stock-* | user-* | programs-* | vmalloc-* | misuse-* | phys-* | slab-* | torture-* | differ-* | labs-*)
	"${job%%-*}" "${job#*-}"
	;;
*) die "no job $job" ;;
esac
grep -q . "$results" || verdict fail "no results"
touch "$logs/$job.done"
say "$job: $(grep -c ^pass "$results" || true) passed," \
	"$(grep -c ^fail "$results" || true) failed"
