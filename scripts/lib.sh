# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# What every script here shares: where things are, how progress is told, and
# the cache. Sourced, never run.
#
# The cache lies outside the tree, so that several checkouts share it and
# "make clean" costs nothing. An entry is a folder whose name says version and
# configuration; it is made under another name, then renamed: who sees an entry
# sees all of it. Two scripts that want the same entry wait for one another.

set -euo pipefail
shopt -s inherit_errexit

# Started from a Makefile: its flags, jobserver T= and L= are not for the makes here.
unset MAKEFLAGS MAKELEVEL MFLAGS T L

ROOT=$(realpath "$(dirname "${BASH_SOURCE[0]}")/..")
CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/teachalloc
# shellcheck disable=SC2034	# used by the scripts that source this file
BUILD=$ROOT/build

# What was compiled once, in whichever checkout, is not compiled again.
export CCACHE_DIR=$CACHE/ccache CCACHE_BASEDIR=$ROOT CCACHE_NOHASHDIR=1

# cached COMPILER: print what to call it by.
cached() {
	! command -v ccache >/dev/null || printf 'ccache '
	echo "$1"
}

# say TEXT...: progress, on stderr, with the seconds since the command began.
# A script started by another one goes on counting from the same moment.
export TA_T0=${TA_T0:-$(date +%s)}
say() {
	printf '[%4ds] %s\n' $(($(date +%s) - TA_T0)) "$*" >&2
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 1
}

# publish NAME COMMAND...: print the folder of cache entry NAME. If there is
# none, COMMAND makes it: it gets an empty folder as its last argument.
publish() {
	local dest=$CACHE/$1 name=$1
	shift
	mkdir -p "$CACHE"
	(
		flock 9
		[ ! -d "$dest" ] || exit 0
		tmp=$(mktemp -d "$CACHE/.new-$name.XXXXXX")
		trap 'rm -rf "$tmp"' EXIT
		chmod 755 "$tmp"
		"$@" "$tmp" >&2
		mv -T "$tmp" "$dest"
	) 9>"$CACHE/.lock-$name"
	echo "$dest"
}

# with_libraries FILE...: programs (by name or path) or libraries of this machine, and
# all libraries that they need, as arguments for vm.sh, a word a line: each at its own
# path in the VM.
with_libraries() {
	local file files=()
	for file in "$@"; do
		[ -e "$file" ] || file=$(PATH=$PATH:/usr/sbin command -v "$file")
		files+=("$file")
	done
	{
		printf '%s\n' "${files[@]}"
		ldd "${files[@]}" | sed -nE 's/.*(=> |^\t)(\/[^ ]+) \(.*/\2/p'
	} | sort -u | while read -r file; do
		printf '%s\n' --file "$file:${file#/}"
	done
}
