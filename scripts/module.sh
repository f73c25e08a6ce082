#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Build the modules against one kernel, in a folder of their own: several
# kernels can be built for side by side, and the tree stays clean.
#
#	module.sh KDIR OUT [make's arguments]
#
# OUT gets copies of the sources that changed, so a second build is short. And
# objects come out of ccache, if the machine has it, whichever checkout made them:
# for that the compiler must see the same paths, so that OUT is built under a name
# in the cache, by one checkout at a time.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

[ $# -ge 2 ] || die "usage: module.sh KDIR OUT [make's arguments]"
kdir=$1
out=$2
shift 2

[ -e "$kdir/Makefile" ] ||
	die "no kernel headers in $kdir: install linux-headers-$(uname -r), or say KDIR=..."

mkdir -p "$out"
out=$(realpath "$out")
name=$CACHE/build/${out##*/}
mkdir -p "$CACHE/build"
exec 9>"$name.lock"
flock 9
ln -sfn "$out" "$name"

# -c: what a checkout touched but did not change is not built again
rsync -rlc --delete --filter='P *.o' --filter='P *.ko' --filter='P *.mod*' \
	--filter='P .*.cmd' --filter='P .*.d' --filter='P *.order' \
	--filter='P Module.symvers' \
	"$ROOT/Kbuild" "$ROOT/mm" "$ROOT/include" "$ROOT/samples" "$out/"

# Clang, against a kernel that gcc configured (Debian's are): take back what
# only gcc has. Such a module is good to look at and to try, not to measure.
clang_for_gcc=(CC="$(cached clang)" CONFIG_CC_IS_GCC= CONFIG_CC_IS_CLANG=y
	CONFIG_GCC_VERSION=0 CONFIG_CLANG_VERSION=140000
	CONFIG_RETHUNK= CONFIG_MITIGATION_RETHUNK=
	CONFIG_SLS= CONFIG_MITIGATION_SLS= CONFIG_INIT_STACK_ALL_ZERO=
	CONFIG_FTRACE_MCOUNT_USE_CC= CONFIG_FTRACE_MCOUNT_USE_OBJTOOL=y
	CONFIG_CC_IMPLICIT_FALLTHROUGH=-Wimplicit-fallthrough
	KCFLAGS="-include $ROOT/scripts/config/clang.h")
case " $* " in
*" LLVM="*)
	! grep -qx CONFIG_CC_IS_GCC=y "$kdir/.config" ||
		set -- "${clang_for_gcc[@]}" "$@"
	;;
esac

# Without BTF: it needs the kernel's vmlinux, which 6.1's headers do not have.
nice make -s -C "$kdir" M="$name" -j"$(nproc)" CC="$(cached gcc)" \
	CONFIG_DEBUG_INFO_BTF_MODULES= "$@" modules
