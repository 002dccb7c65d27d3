#!/bin/bash
# Runs a command as root in a root file system of a Debian release, made anew for it and removed at its end:
#
#     tests/release.sh SUITE PACKAGE... -- COMMAND [ARGUMENT...]
#
# The tree is /tree there, and what is below it is the machine's own. Network, name resolution, trusted certificates and apt's mirror
# are the machine's. Its mounts are its own and go with it. Asks sudo where it is not root. RELEASE_ENV names variables to hand on.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=$1
shift
packages=()
while [ "$1" != -- ]; do
	packages+=("$1")
	shift
done
shift

base=$(container/base.sh "$suite" apt ca-certificates "${packages[@]}")
sources=$(container/base.sh --sources "$suite")
handed_on=()
for name in ${RELEASE_ENV:-}; do handed_on+=("$name=${!name:-}"); done
sudo=()
[ "$(id -u)" = 0 ] || sudo=(sudo)

root=$("${sudo[@]}" mktemp -d "${TMPDIR:-/tmp}/release-$suite.XXXXXX")
trap '"${sudo[@]}" rm -rf --one-file-system "$root"' EXIT
"${sudo[@]}" unshare --mount --propagation private bash -euc '
	root=$1 base=$2 sources=$3
	shift 3
	chmod 755 "$root"
	# A mount, as every root is: unshare makes it private.
	mount --bind "$root" "$root"
	tar -xpf "$base" -C "$root"
	mount -t proc proc "$root/proc"
	mount --rbind /sys "$root/sys"
	mount --rbind /dev "$root/dev"
	mkdir -p "$root/tree"
	mount --bind . "$root/tree"
	echo "$sources" >"$root/etc/apt/sources.list"
	cp --dereference /etc/resolv.conf /etc/hosts "$root/etc/"
	cp --dereference /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
	exec chroot "$root" env -i HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
' release "$root" "$base" "$sources" "${handed_on[@]}" "$@"
