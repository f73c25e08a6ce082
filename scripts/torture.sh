#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make torture [T="pages ..."] [OPS=N]: long random runs against the layers named,
# on two CPUs, on Debian's 6.1 and 6.12 and on the debug kernels A to C; against the
# user service, T=user, the same operations on the kernel's own memory beside
# (selftests/differ), on 6.1, 6.12 and A. Without T every layer has its run, and then
# every test runs on the debug kernels, C being the one that sees data races, and phys
# on 6.12.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

layers='' user=''
for layer in "$@"; do
	if [ "$layer" = user ]; then
		user=1
	elif [ -e "$ROOT/mm/tests/torture_$layer.c" ]; then
		layers+=" $layer"
	else
		die "no layer $layer to torture"
	fi
done
[ -z "${OPS-}" ] || export TA_DIFFER_OPS=$OPS
export TA_LAYERS="${layers# }" TA_OPS=${OPS:-10000000}
jobs=''
if [ -n "$layers" ] || [ -z "$user" ]; then
	jobs+=" torture-6.1 torture-6.12 torture-A torture-B torture-C"
fi
if [ -n "$user" ] || [ -z "$layers" ]; then
	jobs+=" differ-6.1 differ-6.12 differ-A"
fi
[ $# -gt 0 ] || jobs+=" phys-6.12 kunit-C stock-C stock-A stock-B stock-D"
# shellcheck disable=SC2086	# words are what is wanted
exec "$ROOT/scripts/check.sh" $jobs
