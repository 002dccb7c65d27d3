#!/bin/bash
# A root file system of Debian packages as a tar file: base.sh SUITE VARIANT PACKAGE...; base.sh --sources SUITE prints apt's lines for it.
# Prints the file's path. It is kept, and made anew when the archive has changed (the dates of its Release files), so the same
# archive gives the same file, down to its own date. The mirror is the one that apt is configured with, which
# is not told to what is made; VARIANT is mmdebstrap's.
set -euo pipefail

only_sources=''
[ "$1" != --sources ] || { only_sources=1; shift; }
suite=$1 variant=${2:-}
shift $(($# < 2 ? $# : 2))
cache=${MUSTER_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/muster}/base
sudo=''
[ "$(id -u)" = 0 ] || sudo=sudo

fail() { echo "base.sh: $*" >&2; exit 1; }

# "URI RELEASE" of every archive that apt knows here, and the one of a release.
archives=$(apt-get indextargets --no-release-info --format '$(REPO_URI) $(RELEASE)' | sort -u)
archive_of() { awk -v release="$1" '$2 == release { print $1; exit }' <<<"$archives"; }

here=$(. /etc/os-release && echo "$VERSION_CODENAME")
main=$(archive_of "$here")
security=$(archive_of "$here-security")
[ -n "$main" ] || fail "apt's configuration names no archive of '$here': its mirror is what '$suite' would come from"
sources=("$main $suite" "$main $suite-updates")
[ -z "$security" ] || sources+=("$security $suite-security")

if [ -n "$only_sources" ]; then
	printf 'deb %s main\n' "${sources[@]}"
	exit
fi

options=(--quiet --variant="$variant" --include="$(IFS=,; echo "$*")" --format=tar --dpkgopt=force-unsafe-io
	--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*'
	--dpkgopt='path-exclude=/usr/share/info/*' --dpkgopt='path-exclude=/usr/share/doc/*'
	--dpkgopt='path-include=/usr/share/doc/*/copyright' --customize-hook='rm -f "$1/etc/apt/sources.list"')
# Testing's Release file is good for a week, which a mirror may lag behind. No image is made of it.
[ "$suite" != forky ] || options+=(--aptopt='Acquire::Check-Valid-Until "false"')

mkdir -p "$cache"
# Two at a time would only take longer, and make the same.
exec 9>"$cache/lock"
flock 9
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
date_of() {
	/usr/lib/apt/apt-helper -qq download-file "${1}dists/$2/InRelease" "$work/release" >/dev/null 2>&1 &&
		sed -n '/^Date: /{s///p;q}' "$work/release"
}
stem=$cache/$suite-$(sha256sum <<<"$(dpkg --print-architecture) ${options[*]}" | cut -c 1-12)
dates='' newest=0
for source in "${sources[@]}"; do
	read -r uri release <<<"$source"
	if ! date=$(date_of "$uri" "$release"); then
		# Without the archive, what was made of it before.
		kept=$(ls -t "$stem"-*.tar 2>/dev/null | head -n 1)
		[ -n "$kept" ] || fail "cannot read the archive's '$release' at $uri"
		echo "base.sh: cannot read the archive's '$release': taking $kept" >&2
		echo "$kept"
		exit
	fi
	dates+="$release $date;"
	seconds=$(date -d "$date" +%s)
	[ "$seconds" -le "$newest" ] || newest=$seconds
done
file=$stem-$(sha256sum <<<"$dates" | cut -c 1-12).tar
if [ ! -e "$file" ]; then
	list=()
	for source in "${sources[@]}"; do list+=("deb $source main"); done
	echo "base.sh: making '$suite' of $*" >&2
	$sudo env SOURCE_DATE_EPOCH="$newest" mmdebstrap "${options[@]}" "$suite" "$work/base.tar" "${list[@]}" >&2
	rm -f "$stem"-*.tar
	cp "$work/base.tar" "$file.$$"
	touch --date="@$newest" "$file.$$"
	mv "$file.$$" "$file"
fi
echo "$file"
