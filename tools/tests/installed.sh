#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What "make install" has put into a folder: the command tells what it can, and all
# it can has a place in its manual and is completed.
#
#	installed.sh PREFIX

prefix=$1
PATH=$prefix/bin:$PATH

result() {
	if [ "$1" = 0 ]; then echo "ok $2"; else echo "not ok $2"; fi
}

# complete WORD...: what the last of them can become
complete_line() {
	COMP_WORDS=(teachalloc "$@")
	COMP_CWORD=$#
	COMPREPLY=()
	_teachalloc
	echo "${COMPREPLY[*]}"
}

verbs=$(teachalloc --help | sed -n 's/^  \([a-z]*\) .*/\1/p' | xargs)
[ "$(wc -w <<<"$verbs")" -ge 10 ]
result $? command_tells_its_verbs

missing=''
for verb in $verbs; do
	grep -qE "^\.SS $verb\b" "$prefix/share/man/man1/teachalloc.1" ||
		missing+=" $verb"
	teachalloc "$verb" --help | grep -q "^usage: teachalloc $verb" ||
		missing+=" $verb"
done
[ -z "$missing" ] || echo "# not told of:$missing"
[ -z "$missing" ]
result $? every_verb_has_its_manual_and_help

# shellcheck source=tools/completion/teachalloc.bash
. "$prefix/share/bash-completion/completions/teachalloc"
[ "$(complete_line ma)" = 'map maps' ] &&
	[ "$(complete_line info --j)" = --json ] &&
	[ "$(complete_line script "$prefix/bi")" = "$prefix/bin" ] &&
	[ "$(complete_line slabs no-such-cache)" = '' ]
result $? words_are_completed
