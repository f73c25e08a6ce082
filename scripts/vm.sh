#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Boot a kernel in QEMU, run a script in it as root, and end with the script's
# exit status.
#
#	vm.sh --init-script FILE --log FILE [options]
#
#	--kernel KERNEL		as for kernel.sh, or stock-6.1, stock-6.12 (6.1)
#	--cpus N		(2)
#	--mem SIZE		(1G)
#	--file HOST:GUEST	copy a file or a folder into the VM's root
#	--kmod NAME		load a module of the kernel's own at boot
#	--append WORDS		more words for the kernel's command line
#	--icount		count instructions: one CPU, no host time
#	--timeout SECONDS	(600) kill the VM, and end with 124
#	--live			show the script's output as it comes
#	--share FOLDER		the script can mount FOLDER of this machine by 9p,
#				read-only, as "host" (a kernel with 9p)
#	--shell FOLDER		likewise, but writable, and the script gets this
#				terminal; Ctrl-A X leaves
#
# The kernel's messages go to the log, from the moment the first program starts
# (what is earlier only if it is an error); what the script prints goes to
# LOG.out. Two serial lines, so that neither tears the other's lines. A VM that
# dies before its script ends gives 125.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

kernel=6.1 cpus=2 mem=1G append='' icount='' timeout=600 live='' shell=''
share='' script='' log='' files=() kmods=()

while [ $# -gt 0 ]; do
	case $1 in
	--icount | --live) declare "${1#--}=1" && shift && continue ;;
	esac
	[ $# -ge 2 ] || die "$1 wants a value"
	case $1 in
	--kernel) kernel=${2#stock-} ;;
	--cpus) cpus=$2 ;;
	--mem) mem=$2 ;;
	--file) files+=("$2") ;;
	--kmod) kmods+=("$2") ;;
	--append) append+=" $2" ;;
	--timeout) timeout=$2 ;;
	--share) share=$2 ;;
	--shell) shell=$2 ;;
	--init-script) script=$2 ;;
	--log) log=$2 ;;
	*) die "no option $1" ;;
	esac
	shift 2
done
[ -n "$script" ] || die "--init-script is needed"
[ -n "$log" ] || die "--log is needed"
[ -z "$share$shell" ] || kmods+=(9p 9pnet_virtio virtio_pci)

image=$("$ROOT/scripts/kernel.sh" image "$kernel")
busybox=$("$ROOT/scripts/kernel.sh" busybox)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$(dirname "$log")"

# The modules of the kernel's own, each after those that it needs.
copy_kmods() {
	local dest=$1 nr=100 path version
	[ ${#kmods[@]} -gt 0 ] || return 0
	version=$(ls "$image/lib/modules")
	mkdir "$dest"
	PATH=$PATH:/usr/sbin:/sbin modprobe -d "$image" -S "$version" \
		--show-depends -a "${kmods[@]}" | awk '/^insmod/ { print $2 }' |
		awk '!seen[$0]++' | while read -r path; do
			cp "$path" "$dest/$((nr++))-${path##*/}"
		done
}

make_initramfs() {
	local root=$tmp/root file

	mkdir -p "$root"/{bin,dev,proc,sys,tmp,etc,root,host}
	cp -a "$busybox/bin" "$root"
	cp "$ROOT/scripts/guest/init" "$root/init"
	cp "$script" "$root/script"
	chmod 755 "$root/init" "$root/script"
	printf 'root:x:0:0:root:/root:/bin/sh\n%s\n' \
		'nobody:x:65534:65534:nobody:/:/bin/sh' >"$root/etc/passwd"
	copy_kmods "$root/kmods"
	for file in "${files[@]}"; do
		mkdir -p "$root/$(dirname "${file##*:}")"
		cp -rL "${file%:*}" "$root/${file##*:}"
	done
	(cd "$root" && find . | cpio --quiet -o -H newc -R 0:0) >"$tmp/initrd"
}

# /dev/kvm says little: inside another VM it may open, take a guest, and hang.
# So boot one, to where its first program ends and it panics at that; the answer
# holds until this machine boots again.
kvm_works() {
	local known
	grep -qwE 'vmx|svm' /proc/cpuinfo && [ -w /dev/kvm ] || return 1
	known=$CACHE/kvm-$(cat /proc/sys/kernel/random/boot_id)
	if [ ! -e "$known" ]; then
		timeout 20 "${qemu[@]}" -accel kvm -cpu host -m 512M \
			-append "console=ttyS0 panic=-1 rdinit=/bin/true" \
			-serial stdio </dev/null >"$known.log" 2>&1 || true
		grep -q "Attempted to kill init" "$known.log" &&
			echo works >"$known" || echo hangs >"$known"
		rm -f "$known.log"
	fi
	grep -q works "$known"
}

qemu=(qemu-system-x86_64 -machine pc -nodefaults -display none -no-reboot
	-kernel "$image/vmlinuz" -initrd "$tmp/initrd")

# One CPU a socket: the firmware's MP table, all that a kernel without ACPI
# has, lists no more. An emulated CPU goes through a string instruction element by
# element, so better by words than by bytes. And it speculates nothing: what kernels do
# against that costs a fifth of all time, but is left on where instructions count.
machine() {
	local cpu=max,-erms,-fsrm
	if [ -n "$icount" ]; then
		qemu+=(-accel tcg -smp 1 -icount "shift=0,sleep=off" -cpu "$cpu")
	elif kvm_works; then
		qemu+=(-accel kvm -cpu host -smp "$cpus,sockets=$cpus")
	else
		qemu+=(-accel "tcg,thread=multi" -cpu "$cpu" -smp "$cpus,sockets=$cpus")
		append+=" mitigations=off"
	fi
}

consoles() {
	local size
	size=$({ stty size </dev/tty; } 2>/dev/null | tr ' ' ,) || size=
	[ "${size:-0,0}" = 0,0 ] || append+=" size=$size"
	qemu+=(-serial "file:$log")
	if [ -n "$shell" ]; then
		qemu+=(-serial mon:stdio)
		timeout=infinity
		# the VM's first program finds it in its environment
		append+=" stty=sane"
	elif [ -n "$live" ]; then
		qemu+=(-chardev "stdio,id=out,signal=off,logfile=$log.out"
			-serial chardev:out)
	else
		qemu+=(-serial "file:$log.out")
	fi
}

# share_folder FOLDER [QEMU's options]: what lies below it may be on several disks
share_folder() {
	qemu+=(-virtfs "local,path=${1//,/,,},mount_tag=host,security_model=none,multidevs=remap${2-}")
}

run_qemu() {
	timeout --foreground -k 5 "$timeout" "${qemu[@]}" -m "$mem" \
		-append "console=ttyS0 quiet panic=-1 $append"
}

make_initramfs
rm -f "$log" "$log.out"
machine
consoles
[ -z "$shell" ] || share_folder "$shell"
[ -z "$share" ] || share_folder "$share" ,readonly=on
status=0
if [ -n "$shell" ]; then
	run_qemu || status=$?
else
	run_qemu </dev/null || status=$?
fi

[ $status -ne 124 ] && [ $status -ne 137 ] || exit 124
status=$(tr -d '\r' <"$log" | sed -n 's/.*vm: exit status \([0-9]*\)$/\1/p' | tail -n 1)
exit "${status:-125}"
