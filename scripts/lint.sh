#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make lint: everything about the source that no run shows. Prints one KTAP line
# a check, and what a failed one said.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

cd "$ROOT"
"$ROOT/scripts/setup.sh" lint
tree=$("$ROOT/scripts/kernel.sh" source 6.1)
# now, as a check must say nothing, not even that it downloads
for kernel in 6.1 6.12; do
	"$ROOT/scripts/kernel.sh" headers $kernel >/dev/null
done
nr=0 failed=0
said=$(mktemp)
trap 'rm -f "$said"' EXIT

# check NAME COMMAND...: it passes if it ends well and says nothing.
check() {
	local name=$1
	shift
	nr=$((nr + 1))
	if "$@" >"$said" 2>&1 && [ ! -s "$said" ]; then
		echo "ok $nr $name"
	else
		sed 's/^/# /' "$said"
		echo "not ok $nr $name"
		failed=$((failed + 1))
	fi
}

# Built anew: only what is compiled can warn. Without what takes most of the time and
# warns of nothing: sums of exported symbols' types, and kernel-doc, which comes below.
build() {
	local kernel=$1 out=$BUILD/lint-$1-$2 kdir
	shift 2
	rm -rf "$out"
	kdir=$("$ROOT/scripts/kernel.sh" headers "$kernel")
	"$ROOT/scripts/module.sh" "$kdir" "$out" W=1 CONFIG_MODVERSIONS= cmd_checkdoc= "$@"
}

# A file that passed once passes again, in whichever checkout: the cache keeps the
# sums of those that did, each of the checker, what it ignores, and the file.
#
# patch_check "TYPES TO IGNORE" FOLDER...
patch_check() {
	local checker=$tree/scripts/checkpatch.pl ignore=$1 complaints file sum status=0
	local -A passed=()
	shift
	mkdir -p "$CACHE/checkpatch"
	while read -r file; do
		sum=$({ echo "$ignore $file"; cat "$checker" "$file"; } | sha256sum)
		sum=$CACHE/checkpatch/${sum%% *}
		[ -e "$sum" ] || passed[$file]=$sum
	done < <(find "$@" -name '*.[ch]' ! -path 'selftests/host/include/*' \
		! -path mm/tests/bench.c)
	[ ${#passed[@]} != 0 ] || return 0
	complaints=$(perl "$checker" --strict --no-tree --no-summary --quiet --terse \
		--max-line-length=100 --ignore "$ignore" -f "${!passed[@]}") || status=$?
	sort <<<"$complaints" | sed '/^$/d'
	# it ends with 1 if it has something to say; with more, it has not looked
	[ $status -le 1 ] || return $status
	while IFS=: read -r file _; do unset "passed[${file:-none}]"; done <<<"$complaints"
	[ ${#passed[@]} = 0 ] || touch "${passed[@]}"
}

# Tracepoints are laid out as tables, which it does not know; programs are not
# kernel code; the host's stand-ins for kernel headers, and the benchmark, which
# makes its loops by macros, are not looked at.
checkpatch() {
	patch_check NONE mm include/linux include/uapi
	patch_check PARENTHESIS_ALIGNMENT,OPEN_ENDED_LINE include/trace
	patch_check NR_CPUS,PREFER_KERNEL_TYPES,VOLATILE,BRACES selftests tools Documentation
}

kernel_doc() {
	find mm include samples -name '*.[ch]' ! -path 'include/trace/*' | sort |
		xargs perl "$tree/scripts/kernel-doc" -none -Werror
}

# What the differential test lets through must be a row of the list.
differences() {
	sed -n 's/^\t\[DIFF_.*\] = "\(.*\)",$/\1/p' selftests/differ/differences.c |
		while read -r name; do
			grep -qF "| $name |" Documentation/abi.md || echo "$name"
		done
}

scripts() {
	shellcheck -x scripts/*.sh scripts/guest/* .ci/run tools/completion/* tools/tests/*.sh
	grep -lE '^#!.*/(ba)?sh' selftests/programs/* | xargs shellcheck -x
}

man_pages() {
	mandoc -Tlint -W warning tools/man/*
}

for kernel in 6.1 6.12; do
	check "gcc_and_sparse_$kernel" build "$kernel" gcc C=1
	check "clang_$kernel" build "$kernel" clang LLVM=1
done
check checkpatch checkpatch
check layers python3 scripts/check_layers.py
check kernel_doc kernel_doc
check man_pages man_pages
check differences differences
check scripts scripts
[ $failed = 0 ]
