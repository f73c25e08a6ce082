#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# make torture [T="pages ..."] [OPS=N]: long random runs against the layers named,
# on two CPUs, on Debian's 6.1 and 6.12 and on the debug kernels A to C. Without T
# every layer has its run, and then every test runs on the debug kernels, C being
# the one that sees data races.

# shellcheck source-path=SCRIPTDIR
. "$(dirname "$0")/lib.sh"

for layer in "$@"; do
	[ -e "$ROOT/mm/tests/torture_$layer.c" ] || die "no layer $layer to torture"
done
export TA_LAYERS="$*" TA_OPS=${OPS:-10000000}
jobs="torture-6.1 torture-6.12 torture-A torture-B torture-C"
[ $# -gt 0 ] || jobs+=" kunit-C stock-C stock-A stock-B stock-D"
# shellcheck disable=SC2086	# words are what is wanted
exec "$ROOT/scripts/check.sh" $jobs
