#!/bin/bash
# Prints the folder with the libraries of the static muster (include/, lib/); builds them where they are not there yet.
#
#     container/static/libraries.sh [CACHE]
#
# CACHE is ${MUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/muster}. The folder's name is a checksum over everything that goes into it: the
# pins, the recipe, the compiler, the assemblers, the libc. What is there under that name is complete: it is built
# elsewhere and renamed at the end. The sources are checked each time they are used.
set -euo pipefail
umask 022
here=$(cd "$(dirname "$0")" && pwd)
home=${HOME:-$(getent passwd "$(id -u)" | cut -d: -f6)}
cache=${1:-${MUSTER_CACHE:-${XDG_CACHE_HOME:-$home/.cache}/muster}}
mkdir -p "$cache"
cache=$(cd "$cache" && pwd)

key=$({
	cat "$here/sources" "$here/libraries.mk"
	gcc --version | head -n 1
	dpkg-query -W -f '${Package} ${Version} ${Architecture}\n' gcc binutils libc6-dev nasm linux-libc-dev 2>/dev/null || true
	uname -m
} | sha256sum | cut -c -16)
finished=$cache/libraries-$key

if [ -d "$finished" ]; then
	echo "$finished"
	exit 0
fi
# Two builds at a time would only take longer.
exec 9>"$cache/lock"
flock 9
if [ ! -d "$finished" ]; then
	began=$SECONDS
	echo "building the libraries of the static muster, once per machine (some minutes):" >&2
	"$here/fetch.sh" "$cache/sources" >&2
	work=$(mktemp -d "$cache/building.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	mkdir -p "$work/prefix/include" "$work/prefix/lib"
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL -u CFLAGS -u CPPFLAGS -u LDFLAGS -u LIBS -u CC \
		make --no-print-directory -j"$(nproc)" -f "$here/libraries.mk" SOURCES="$cache/sources" PREFIX="$work/prefix" WORK="$work" >&2
	mv -T "$work/prefix" "$finished"
	echo "  all of them: $((SECONDS - began)) s" >&2
fi
echo "$finished"
