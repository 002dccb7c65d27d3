#!/bin/bash
# The files of `sources` into a folder, from the mirror that this machine's apt is set up with, and nothing but these: a file
# whose checksum differs, there already or not, is not used.
#
#     container/static/fetch.sh DIR
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pins=$here/sources
mkdir -p "$1"
cd "$1"

missing() {
	grep -v '^#' "$pins" | while read -r package version checksum file; do
		echo "$checksum  $file" | sha256sum --check --status 2>/dev/null || echo "$package $version $checksum $file"
	done
}

# In a Debian archive a package lies below the first letter of its name, of those of libraries below the fourth, too.
folder_of() {
	case $1 in
	lib?*) echo "pool/main/${1:0:4}/$1" ;;
	*) echo "pool/main/${1:0:1}/$1" ;;
	esac
}

# Where the lists were cleaned away, as in images, apt names no mirror.
mirrors() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Component: main' | awk '!seen[$0]++'
}

left=$(missing)
[ -n "$left" ] || exit 0
[ -n "$(mirrors)" ] || $([ "$(id -u)" = 0 ] || echo sudo) apt-get update -qq
temporary=$(mktemp -d "$PWD/fetch.XXXXXX")
trap 'rm -rf "$temporary"' EXIT
for mirror in $(mirrors); do
	arguments=()
	while read -r package version checksum file; do
		arguments+=("${mirror%/}/$(folder_of "$package")/$file" "$temporary/$file" "SHA256:$checksum")
	done <<<"$left"
	/usr/lib/apt/apt-helper -o Acquire::Retries=3 download-file "${arguments[@]}" >>"$temporary/said" 2>&1 || true
	while read -r package version checksum file; do
		if echo "$checksum  $temporary/$file" | sha256sum --check --status 2>/dev/null; then
			mv "$temporary/$file" "$file"
		fi
	done <<<"$left"
	left=$(missing)
	[ -n "$left" ] || exit 0
done
{
	echo "these sources of the static build could not be had, or not with the checksum that container/static/sources states:"
	sed 's/^/  /' <<<"$left"
	echo "the mirrors were those that 'apt-get indextargets' names; they said:"
	grep '^E: ' "$temporary/said" | head -n 8 | sed 's/^E: /  /'
	echo "Where the network is good, the mirror has newer versions: 'container/static/pin.sh' writes container/static/sources anew."
	echo "Or put the files into '$PWD' from elsewhere."
} >&2
exit 1
