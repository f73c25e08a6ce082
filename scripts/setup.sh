#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Install what the other scripts need, if it is not there. Debian only; on
# anything else print the list.
#
#	setup.sh [lint|docs|programs...]	also what only the checks of the source
#				need, the documentation, or the job that runs
#				programs of Debian's

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

# package:command, or package:file with a leading slash
NEEDS="gcc:gcc ccache:ccache make:make libc6-dev:/usr/include/stdlib.h bc:bc flex:flex
	bison:bison libelf-dev:/usr/include/libelf.h
	libssl-dev:/usr/include/openssl/ssl.h qemu-system-x86:qemu-system-x86_64
	cpio:cpio xz-utils:xz zstd:zstd kmod:depmod
	python3:/usr/bin/python3 rsync:rsync util-linux:flock perl:perl"
LINT="sparse:sparse clang:clang lld:ld.lld llvm:llvm-nm
	shellcheck:shellcheck mandoc:mandoc"

DOCS="python3-sphinx:sphinx-build
	python3-myst-parser:/usr/lib/python3/dist-packages/myst_parser"

LIB=/usr/lib/$(uname -m)-linux-gnu
PROGRAMS="libjemalloc2:$LIB/libjemalloc.so.2 libmimalloc2.0:$LIB/libmimalloc.so.2
	libtcmalloc-minimal4:$LIB/libtcmalloc_minimal.so.4 sqlite3:sqlite3
	redis-server:redis-server redis-tools:redis-benchmark memtester:memtester
	stress-ng:stress-ng
	libpython3.11-testsuite:/usr/lib/python3.11/test/test_json"

for group in "$@"; do
	case $group in
	lint) NEEDS+=" $LINT" ;;
	docs) NEEDS+=" $DOCS" ;;
	programs) NEEDS+=" $PROGRAMS" ;;
	esac
done

missing=()
for need in $NEEDS; do
	what=${need#*:}
	case $what in
	/*) [ -e "$what" ] ;;
	*) PATH=$PATH:/usr/sbin:/sbin command -v "$what" >/dev/null ;;
	esac || missing+=("${need%%:*}")
done

if [ ! -e /etc/debian_version ] || ! command -v apt-get >/dev/null; then
	echo "This needs Debian's packages (its kernels come from there)." >&2
	echo "Wanted here: ${NEEDS//:[^[:space:]]*/}" >&2
	exit 1
fi

sudo=
[ "$(id -u)" = 0 ] || sudo=sudo

# quietly COMMAND...: what it says is only of interest if it fails
quietly() {
	local said
	if ! said=$("$@" 2>&1 </dev/null); then
		echo "$said" >&2
		die "failed: $*"
	fi
}

if [ ${#missing[@]} -gt 0 ]; then
	say "installing ${missing[*]}"
	quietly $sudo apt-get -q update
	quietly $sudo env DEBIAN_FRONTEND=noninteractive apt-get -q install -y \
		--no-install-recommends "${missing[@]}"
elif ! apt-cache pkgnames linux-source-6.12 | grep -q .; then
	say "reading Debian's package lists"
	quietly $sudo apt-get -q update
fi
