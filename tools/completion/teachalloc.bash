# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of the teachalloc command for bash. The verbs are those of its --help;
# caches and processes are those there are.

_teachalloc_verbs() {
	teachalloc --help 2>/dev/null | sed -n 's/^  \([a-z]*\) .*/\1/p'
}

_teachalloc_caches() {
	ls /sys/kernel/debug/teachalloc/slab 2>/dev/null
}

# the processes that have clients
_teachalloc_pids() {
	local client
	for client in /sys/kernel/debug/teachalloc/clients/*-*; do
		client=${client##*/}
		[ "$client" = '*-*' ] || echo "${client%-*}"
	done
}

_teachalloc() {
	local word=${COMP_WORDS[COMP_CWORD]} words=''

	if [ "$COMP_CWORD" = 1 ]; then
		words="$(_teachalloc_verbs) --help"
	elif [[ $word == -* ]]; then
		words='--json --color --help'
	else
		case ${COMP_WORDS[1]} in
		slabs) words=$(_teachalloc_caches) ;;
		maps) words=$(_teachalloc_pids) ;;
		who) words='frame: 0x' ;;
		explain) words='100 4K 64K 128K 1M' ;;
		script) mapfile -t COMPREPLY < <(compgen -f -- "$word") && return ;;
		run) mapfile -t COMPREPLY < <(compgen -c -- "$word") && return ;;
		esac
	fi
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
}

complete -o filenames -F _teachalloc teachalloc
