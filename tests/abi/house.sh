#!/bin/sh
# house.sh NAME: runs tests/abi/NAME.sh with what every test of the house needs: $source (source tree), $binary (build tree), $library (the shared
# library), $objects (its object files, separated by |), $sanitize, $scratch (an empty folder), and fail, which prints stdin and counts a failure.
set -u
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
failed=0
fail()
{
	cat
	failed=1
}
# For a list that is expected to be empty.
fail_unless_empty()
{
	if [ -s "$1" ]; then fail <"$1"; fi
}
skip()
{
	echo "skipped: $*"
	exit 77
}
. "$source/tests/abi/$1.sh"
exit $failed
