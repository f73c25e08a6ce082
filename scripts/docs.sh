#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make docs: the kernel-doc of what the module exports, of the user ABI and of what
# its layers offer one another, as reStructuredText in build/docs, beside the pages
# of Documentation/.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/docs
"$ROOT/scripts/setup.sh"
tree=$("$ROOT/scripts/kernel.sh" source 6.1)
rm -rf "$out"
mkdir -p "$out"
[ ! -d "$ROOT/Documentation" ] || cp -r "$ROOT/Documentation/." "$out"

cd "$ROOT"
# The text of a function stands where the function is.
mapfile -t sources < <(grep -l '^/\*\*' mm/*.c)

# render NAME TITLE [kernel-doc's options] FILE...
render() {
	local name=$1 title=$2
	shift 2
	{
		printf '%s\n%s\n\n' "$title" "${title//?/=}"
		perl "$tree/scripts/kernel-doc" -rst -sphinx-version 3.0 "$@" \
			2> >(grep -v 'no structured comments' >&2)
	} >"$out/$name.rst"
}

render kernel-api "The kernel API" -export "${sources[@]}"
render user-abi "The user ABI" include/uapi/linux/teachalloc.h
render internals "Between the layers" -internal "${sources[@]}"

cd "$out"
say "in build/docs:"
find . -type f -printf '%P\n' | sort
