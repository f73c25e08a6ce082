#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make labs [L="1 16"]: build the labs, or those named, run them in one VM, and render
# what they print into Documentation/labs.
#
#	labs.sh [--check] [NUMBER...]	--check: for make check, renders nothing
#
# QEMU counts instructions, and lets a nanosecond of the guest be one of them; and
# the kernel chooses no address at random: so the pages change when what is
# behind them does. Ends with the labs' own verdict.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

kernel=6.1
labs=$ROOT/Documentation/labs
log=$BUILD/logs/labs-$kernel.log
render=1 live=()
if [ "${1-}" = --check ]; then
	render=
	shift
fi

# chosen NUMBER...: the names of those labs, of all without a number.
chosen() {
	local nr
	[ $# -gt 0 ] || set -- '[0-9][0-9]'
	for nr in "$@"; do
		case $nr in [0-9]) nr=0$nr ;; esac
		compgen -G "$labs/$nr-*.c" || die "no lab $nr"
	done | xargs -r -n 1 basename -s .c | sort -u
}

# shellcheck disable=SC2048,SC2086	# words are what is wanted
names=$(chosen ${*//,/ })
"$ROOT/scripts/setup.sh"
say "building the module and the labs"
kdir=$("$ROOT/scripts/kernel.sh" headers "$kernel")
"$ROOT/scripts/module.sh" "$kdir" "$BUILD/$kernel"
mkdir -p "$BUILD/logs"
make -s -C "$labs" root OUT="$BUILD/labs"
echo "$names" >"$BUILD/labs-root/labs/list"

files=(--file "$BUILD/$kernel/teachalloc.ko:teachalloc.ko"
	--file "$BUILD/$kernel/teachalloc_bench.ko:teachalloc_bench.ko")
for folder in "$BUILD"/labs-root/*; do
	files+=(--file "$folder:${folder##*/}")
done
words="norandmaps nokaslr panic_on_warn=1 init_on_alloc=0 LAB_UNIT=instructions"
words+=" clocksource=tsc tsc=reliable"
[ -z "${*-}" ] || live=(--live)
[ $# -gt 0 ] && [ -t 1 ] || words+=" NO_COLOR=1"

say "booting"
status=0
"$ROOT/scripts/vm.sh" --kernel "$kernel" --log "$log" --icount "${live[@]}" \
	--append "$words" --init-script "$ROOT/scripts/guest/labs" \
	--timeout 300 "${files[@]}" || status=$?
[ $status = 0 ] || die "the VM ended with $status; its log: $log"
[ -z "$render" ] || python3 "$ROOT/scripts/labs.py" "$labs" <"$log.out"

wrong=$(tr -d '\r' <"$log.out" | sed -n 's/^not ok lab_//p' | xargs)
nr=$(wc -w <<<"$names")
if [ -n "$wrong" ]; then
	die "$nr labs, NOT as expected: $wrong"
fi
echo "$nr labs, all as expected"
