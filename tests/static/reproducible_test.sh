#!/bin/bash
# test: about 20
# The same sources give the same bytes: muster is compiled again from a copy of them elsewhere, by another umask, time zone and
# language and with another number of processes, and compared with build/static/muster.
#
#     reproducible_test.sh [--libraries]      the libraries too, in a cache of their own (some minutes more)
#
# Of its sources each fourth is, which ones TEST_RUN turns; TEST_FULL=1: all of them.
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
first=$(realpath "${STATIC_MUSTER:-$root/build/static/muster}")
libraries=$(cat "$(dirname "$first")/libraries")

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [ "${1:-}" = --libraries ]; then
	cache=$(cd "$work" && mkdir -p cache/of/another && cd cache/of/another && pwd)
	[ ! -d "$(dirname "$libraries")/sources" ] || cp -R "$(dirname "$libraries")/sources" "$cache/"
	libraries=$(umask 077 && TZ=Asia/Kathmandu LANG=de_DE.UTF-8 "$root/container/static/libraries.sh" "$cache")
fi

copy=$work/a/place/whose/name/is/of/another/length
mkdir -p "$copy"
cp -R "$root/assertions" "$root/wrapper" "$root/Makefile" "$root/.version" "$copy/"
find "$copy" -exec touch -d 2001-01-01 {} +
if [ -z "${TEST_FULL:-}${1:-}" ]; then
	(cd "$(dirname "$first")" && find assertions wrapper -name '*.o' | sort | awk -v run="${TEST_RUN:-0}" '(NR + run) % 4' |
		cpio --quiet -pdm "$copy/out")
fi
(
	umask 077
	cd "$copy"
	unset MAKEFLAGS MFLAGS MAKELEVEL BUILD
	TZ=Asia/Kathmandu LANG=de_DE.UTF-8 make --no-print-directory -j$(($(nproc) + 1)) BUILD=out STATIC="$libraries" muster >"$work/log" 2>&1 || {
		tail -n 20 "$work/log" >&2
		exit 1
	}
)
for name in muster muster.debug; do
	if ! cmp "$(dirname "$first")/$name" "$copy/out/$name"; then
		echo "$name differs from what the same sources gave elsewhere"
		echo "0 passed, 1 failed"
		exit 1
	fi
done
sha256sum "$first" | sed "s|  .*|  build/static/muster|"
echo "1 passed, 0 failed"
