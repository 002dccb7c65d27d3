#!/bin/bash
# Writes `sources` anew: the newest version of each package that the suite has, and the checksums that its signed index states.
#
#     container/static/pin.sh [SUITE]      bookworm
#
# The suite without its updates: what a release froze stays to be had for years, its updates are replaced by the next. Then:
# git diff container/static/sources, make static-reproducible, make check-static.
set -euo pipefail
cd "$(dirname "$0")"
suite=${1:-bookworm}
packages="zlib libzstd bzip2 lz4 xz-utils jansson expat libyaml pcre2 libisal openssl curl"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial"
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | head -n 1)
echo "deb-src $mirror $suite main" >"$work/sources.list"
cat >"$work/apt.conf" <<CONF
Dir::Etc::sourcelist "$work/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$work/lists";
Dir::Cache "$work/cache";
APT::Sandbox::User "root";
CONF
export APT_CONFIG=$work/apt.conf
apt-get update -qq

{
	sed '/^[^#]/,$d' sources
	for package in $packages; do
		apt-cache showsrc --only-source "$package" >"$work/record"
		version=$(sed -n 's/^Version: //p' "$work/record" | sort -V | tail -n 1)
		awk -v package="$package" -v version="$version" '
			/^Version: / { wanted = $2 == version }
			/^[^ ]/ { inside = $0 == "Checksums-Sha256:" }
			/^ / && inside && wanted && !seen[$3]++ { print package, version, $1, $3 }' "$work/record"
	done
} >"$work/sources"
mv "$work/sources" sources
