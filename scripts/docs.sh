#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make docs: the pages of Documentation/ and the kernel-doc of what the module
# exports, of the user ABI and of what its layers offer one another, as web pages
# in build/docs.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

out=$BUILD/docs
pages=$BUILD/docs-source
"$ROOT/scripts/setup.sh" docs
tree=$("$ROOT/scripts/kernel.sh" source 6.1)
rm -rf "$out" "$pages"
mkdir -p "$BUILD"
cp -r "$ROOT/Documentation" "$pages"

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
	} >"$pages/$name.rst"
}

render kernel-api "The kernel API" -export "${sources[@]}"
render user-abi "The user ABI" include/uapi/linux/teachalloc.h
render internals "Between the layers" -internal "${sources[@]}"

cat >"$pages/index.rst" <<'EOF'
teachalloc
==========

.. toctree::
   :maxdepth: 2
   :glob:

   pages
   pool
   compaction
   slab
   vmalloc
   user
   programs
   abi
   labs/README
   labs/[0-9]*
   testing
   kernel-api
   user-abi
   internals
EOF

# The kernel's types are not declared here, so nothing is said of them.
sphinx-build -q -b html -C -D project=teachalloc -D language=en \
	-D extensions=myst_parser -D highlight_language=none \
	-D html_theme=classic -D html_show_copyright=0 "$pages" "$out"
say "build/docs/index.html"
