#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make run: the tour, by an ordinary user on a fresh module in a VM with two CPUs.
# make shell: a prompt in the same VM, and FOLDER of this machine at /host.
#
#	run.sh tour | run.sh shell [FOLDER]
#
# tour ends with the tour's exit status.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# Of python3, its interpreter, and what that cannot do without, as vm.sh's options.
python_files() {
	local lib file
	lib=$(/usr/bin/python3 -I -S -c 'import os; print(os.__file__)')
	lib=${lib%/*}
	with_libraries /usr/bin/python3
	for file in os.py encodings/{__init__,aliases,utf_8}.py; do
		printf '%s\n' --file "$lib/$file:${lib#/}/$file"
	done
	# it looks for this folder to know where it is
	printf '%s\n' --file "$lib/os.py:${lib#/}/lib-dynload/os.py"
}

"$ROOT/scripts/setup.sh"
verb=${1:-tour}
case $verb in
tour)
	kernel=6.1
	how=(--live --timeout 300)
	# what the kernel does not know it hands to its first program
	[ -t 1 ] || how+=(--append NO_COLOR=1)
	python=$(python_files)
	mapfile -t -O ${#how[@]} how <<<"$python"
	;;
shell)
	# the smallest flavour has no 9p
	kernel=6.1-full
	how=(--shell "$(realpath "${2:-.}")"
		--file "$ROOT/scripts/guest/lab:bin/lab"
		--file "$BUILD/$kernel/teachalloc_bench.ko:teachalloc_bench.ko")
	;;
*) die "no verb $verb: tour or shell" ;;
esac

say "getting Debian's kernel $kernel"
"$ROOT/scripts/kernel.sh" image "$kernel" >/dev/null
kdir=$("$ROOT/scripts/kernel.sh" headers "$kernel")
say "building the module and the tools"
"$ROOT/scripts/module.sh" "$kdir" "$BUILD/$kernel"
mkdir -p "$BUILD/tools-static"
make -s -C "$ROOT/tools" OUT="$BUILD/tools-static" STATIC=1

if [ "$verb" = shell ]; then
	make -s -C "$ROOT/Documentation/labs" root OUT="$BUILD/labs"
	for folder in "$BUILD"/labs-root/*; do
		how+=(--file "$folder:${folder##*/}")
	done
fi

for tool in "$BUILD"/tools-static/*; do
	[ ! -x "$tool" ] || how+=(--file "$tool:bin/${tool##*/}")
done
say "booting"
log=$BUILD/logs/$verb.log
status=0
"$ROOT/scripts/vm.sh" --kernel "$kernel" --log "$log" \
	--init-script "$ROOT/scripts/guest/$verb" \
	--file "$BUILD/$kernel/teachalloc.ko:teachalloc.ko" "${how[@]}" || status=$?
case $verb/$status in
shell/125) status=0 ;; # left with Ctrl-A X
*/124) say "the VM hung; its log: $log" ;;
*/125) say "the VM died; its log: $log" ;;
*/0) ;;
*) say "ended with $status; the log: $log" ;;
esac
exit $status
